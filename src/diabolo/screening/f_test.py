"""The F test of every feature, and how many of those that pass it have passed by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from diabolo.errors import InputError
from diabolo.result_table import frame_of
from diabolo.screening.passes import as_source
from diabolo.screening.sums import Sums, sums_over
from diabolo.screening.target import read_target

if TYPE_CHECKING:
    import pandas
    from jaxtyping import Float, Float64

__all__ = ["FTest", "f_of_sums", "f_test", "false_discovery"]


class FTest(NamedTuple):
    """What an F test says of every feature.

    Parameters
    ----------
    statistic : float64 array of shape (n_features,)
        F: explained over unexplained variance, each over its degrees of freedom.
    pvalue : float64 array of shape (n_features,)
        How often chance alone brings an F as large.
    n_rows : int array of shape (n_features,)
        Rows in which the feature is there.

    See Also
    --------
    f_test

    Examples
    --------
    >>> import numpy as np
    >>> found = f_test(np.array([[0.0, 3], [1, 1], [2, 4], [3, 1], [4, 5]]), [0.0, 1, 2, 3, 4.5])
    >>> int(found.statistic.argmax()), found.n_rows.tolist()
    (0, [5, 5])
    """

    statistic: Float64[np.ndarray, " n_features"]
    pvalue: Float64[np.ndarray, " n_features"]
    n_rows: np.ndarray

    def to_frame(self) -> pandas.DataFrame:
        """Return the result as a data frame of pandas, a row a feature.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ParameterError
            pandas is not installed.
        """
        return frame_of(self._asdict())


def f_test(
    X: Any,
    y: Any,
    *,
    target: Literal["auto", "numbers", "classes"] = "auto",
    max_memory: int | str = "1GB",
    n_jobs: int = 2,
) -> FTest:
    """Test every feature of a table against a target, in one pass over the table.

    The numbers are those of scikit-learn's ``f_regression`` for a numeric target and ``f_classif`` for
    classes, for tables that do not fit in memory. Where a cell is missing, the row is left out for that
    feature alone. In a cluster (`diabolo.initialize_cluster`) every process reads some of the rows, and all
    find the same.

    Parameters
    ----------
    X : Source or array-like of shape (n_rows, n_features)
        The table; NaN is missing.
    y : array-like of shape (n_rows,)
        The target, neither missing nor infinite.
    target : {"auto", "numbers", "classes"}, default "auto"
        What it is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at most 20
        different values are classes; other numbers are numbers.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once.
    n_jobs : int, default 2
        Threads.

    Returns
    -------
    FTest
        With statistic, pvalue and n_rows. As in scikit-learn: of a numeric target, a constant feature (or
        target) has F = 0 and p = 1, and one that follows it exactly the largest float and p = 0; of classes,
        a constant feature has NaN for both, and one that is constant within each class infinity and p = 0.
        Both are NaN where too few rows are left.

    Raises
    ------
    InputError, ParameterError
        For a table, a target or a setting that cannot be used.

    See Also
    --------
    FTest, false_discovery, diabolo.screen, diabolo.FTestSelector

    References
    ----------
    R. A. Fisher (1925). Statistical methods for research workers, chapters 6 and 7.

    Examples
    --------
    >>> X = np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 4.0], [5.0, 2.0]])
    >>> found = f_test(X, [1.0, 2.0, 3.0, 4.0], target="numbers")
    >>> found.statistic.round(3).tolist(), found.pvalue.round(3).tolist()
    ([56.333, 0.439], [0.017, 0.576])
    """
    source = as_source(X)
    goal = read_target(y, source.n_rows, target, "f_test")
    kept = 8 * (4 + (5 if goal.classes is None else 2 * len(goal.classes)))
    return f_of_sums(sums_over(source, goal, max_memory, n_jobs, kept))


def f_of_sums(sums: Sums) -> FTest:
    """Finish what `f_test` returns.

    Parameters
    ----------
    sums : Sums
        Over all rows, with a target.

    Returns
    -------
    FTest
    """
    from scipy.special import fdtrc

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        statistic, above, below, count = (_along_numbers if sums.is_of_numbers else _between_classes)(sums)
        pvalue = fdtrc(above, np.where(below > 0, below, np.nan), statistic)
        if sums.is_of_numbers:
            # scikit-learn's convention (force_finite).
            statistic = np.where(np.isinf(statistic), np.finfo(np.float64).max, statistic)
    none = ~(below > 0) | ~(above > 0)
    return FTest(
        np.where(none, np.nan, statistic), np.where(none, np.nan, pvalue), np.rint(count).astype(int)
    )


def _along_numbers(sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """F of a straight line: r^2 / (1 - r^2) * (n - 2)."""
    count, of_y, of_yy = sums.counts.T
    of_x, of_xy = sums.products.T
    x_spread = sums.squares - of_x**2 / count
    y_spread = of_yy - of_y**2 / count
    shared = of_xy - of_x * of_y / count
    spreads = np.maximum(x_spread, 0.0) * np.maximum(y_spread, 0.0)
    explained = np.where(spreads > 0, np.minimum(shared**2 / spreads, 1.0), 0.0)
    return explained / (1.0 - explained) * (count - 2), np.ones_like(count), count - 2, count


def _between_classes(sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """F of the class means: the variance between classes over that within."""
    count = sums.counts.sum(axis=1)
    total = sums.products.sum(axis=1)
    of_classes = np.where(sums.counts > 0, sums.products**2 / sums.counts, 0.0).sum(axis=1)
    above = (sums.counts > 0).sum(axis=1) - 1.0
    below = count - above - 1.0
    between = np.maximum(of_classes - total**2 / count, 0.0)
    within = np.maximum(sums.squares - of_classes, 0.0)
    return between / above / (within / below), above, below, count


def false_discovery(pvalue: Float[np.ndarray, " features"]) -> Float64[np.ndarray, " features"]:
    """Turn p values into q values by the method of Benjamini and Hochberg.

    Of the features with a q value of at most 0.05, 5% are expected to be there by chance.

    Parameters
    ----------
    pvalue : array-like of shape (features,)
        Between 0 and 1; NaN, where there was no test, is left out and not counted.

    Returns
    -------
    float64 array of shape (features,)
        The smallest false discovery rate at which each feature is still among the discoveries.

    Raises
    ------
    InputError
        A value is not between 0 and 1.

    See Also
    --------
    f_test, diabolo.detection.discoveries

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995). Controlling the false discovery rate: a practical and powerful approach
    to multiple testing. Journal of the Royal Statistical Society B 57(1).

    Examples
    --------
    >>> false_discovery([0.01, 0.04, 0.03, np.nan]).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    values = np.asarray(pvalue, np.float64)
    if values.ndim != 1:
        raise InputError(
            f"false_discovery: p values come one for each feature; got the shape {values.shape}."
        )
    tested = np.flatnonzero(~np.isnan(values))
    given = values[tested]
    if given.size and (given.min() < 0 or given.max() > 1):
        worst = given.min() if given.min() < 0 else given.max()
        raise InputError(f"false_discovery: p values lie between 0 and 1; got {worst:g}.")
    order = np.argsort(given, kind="stable")[::-1]
    rates = given[order] * (len(given) / np.arange(len(given), 0, -1))
    found = np.full(len(values), np.nan)
    found[tested[order]] = np.minimum(np.minimum.accumulate(rates), 1.0)
    return found
