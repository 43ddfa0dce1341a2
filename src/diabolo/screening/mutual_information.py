"""Mutual information of every feature with a target, in microseconds a feature."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.source import Source
from diabolo.errors import InputError
from diabolo.screening.bins import TargetBins, bins_of_target, joint_counts
from diabolo.screening.passes import as_source, pass_over
from diabolo.screening.shares import of_all_features
from diabolo.screening.sums import centered_tile
from diabolo.screening.target import Target, read_target

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int64

    from diabolo.screening.sums import Cells, Present

    Counts = Int64[np.ndarray, "columns bins labels"]

__all__ = ["information_of_tile", "mutual_information", "normalize"]

# A split must be as unlikely by chance as this. Chosen by measurement: 0.1 gives weak features too much
# information (0.06 nats for noise of 1,000 rows), 0.003 takes 0.05 nats from all of them.
_CHANCE = 0.03


def mutual_information(
    X: Any,
    y: Any,
    *,
    target: Literal["auto", "numbers", "classes"] = "auto",
    normalized: bool = False,
    max_memory: int | str = "1GB",
    n_jobs: int = 2,
) -> Float64[np.ndarray, " n_features"]:
    """Estimate the mutual information of every feature with a target, in nats.

    Ranks of the feature and of the target are cut in half again and again, into as many cells as there are
    rows, as far as 64 x 64. From the smallest cells upward a division is kept only where the rows are spread
    over its parts more unevenly than chance spreads them, and what chance brings to a division (half a nat a
    degree of freedom, over the rows) is taken off. In a cluster (`diabolo.initialize_cluster`) every process
    reads some of the features, and all find the same.

    Parameters
    ----------
    X : Source or array-like of shape (n_rows, n_features)
        The table. Equal values share one bin. Where a cell is missing (NaN), the row is left out for that
        feature alone.
    y : array-like of shape (n_rows,)
        The target, neither missing nor infinite.
    target : {"auto", "numbers", "classes"}, default "auto"
        What it is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at most 20
        different values are classes; other numbers are numbers.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once. A band of features is read at a time, as wide as that allows.
    n_jobs : int, default 2
        Threads.

    Returns
    -------
    float64 array of shape (n_features,)
        0 where nothing beyond chance was found; at most the logarithm of the number of bins (3.5 nats for
        1,000 rows) or the entropy of the classes. NaN where fewer than three rows are left.

    Raises
    ------
    InputError, ParameterError
        For a table, a target or a setting that cannot be used.

    See Also
    --------
    f_test, diabolo.MutualInformationSelector

    Notes
    -----
    At 1,000 rows the ranking agrees with that of scikit-learn's nearest-neighbor estimator (Spearman 0.99
    over linear, monotone, quadratic, sinusoidal and heteroscedastic relations), at about a hundredth of its
    cost or less. Between normal variables the values lie within 0.03 nats of the true ones up to a
    correlation of 0.7; strong relations are underrated (0.9: 0.76 nats for 0.83; 0.99: 1.75 for 1.96).

    References
    ----------
    G. A. Darbellay, I. Vajda (1999). Estimation of the information by an adaptive partitioning of the
    observation space. IEEE Transactions on Information Theory 45(4).
    G. A. Miller (1955). Note on the bias of information estimates. Information theory in psychology.

    Examples
    --------
    >>> y = np.linspace(0, 1, 400)
    >>> X = np.stack([y**2, np.sin(np.arange(400) ** 2)], axis=1)
    >>> mutual_information(X, y).round(1).tolist()
    [2.7, 0.0]
    """
    source = as_source(X)
    goal = read_target(y, source.n_rows, target, "mutual_information")
    bins = bins_of_target(goal)

    def measure(part: Source) -> tuple[np.ndarray, ...]:
        nats = np.empty(part.n_features)

        def work(rows: slice, columns: slice, block: np.ndarray) -> None:
            centered, present, _shift = centered_tile(block, None, (part, rows.start, columns.start))
            nats[columns] = information_of_tile(centered, present, bins)

        pass_over(part, work, True, max_memory, n_jobs, 8)
        return (nats,)

    (found,) = of_all_features(source, measure)
    return normalize(found, goal) if normalized else found


def normalize(
    information: Float64[np.ndarray, " features"], target: Target
) -> Float64[np.ndarray, " features"]:
    """Bring nats to between 0 and 1.

    Parameters
    ----------
    information : float64 array of shape (features,)
        In nats.
    target : Target
        Of numbers: the result is sqrt(1 - exp(-2 I)), which is the size of the correlation where both are
        normal (Linfoot, 1957). Of classes: the share of their entropy (Theil's uncertainty coefficient).

    Returns
    -------
    float64 array of shape (features,)

    Examples
    --------
    >>> from diabolo.screening.target import read_target
    >>> normalize(np.array([-0.5 * np.log(1 - 0.6**2)]), read_target([0.1, 0.2, 0.3], 3)).round(3).tolist()
    [0.6]
    >>> normalize(np.array([np.log(2)]), read_target(["a", "b", "a", "b"], 4)).tolist()
    [1.0]
    """
    if target.classes is None:
        return np.sqrt(-np.expm1(-2 * information))
    shares = np.bincount(target.positions) / target.n_rows
    return information / -(shares * np.log(shares)).sum()


def information_of_tile(
    centered: Cells, present: Present, bins: TargetBins
) -> Float64[np.ndarray, " columns"]:
    """Estimate the information of some features, as `mutual_information` does.

    Parameters
    ----------
    centered : float64 array of shape (columns, rows)
        As `centered_tile` gives them.
    present : bool array of shape (columns, rows), or None
        Which cells are there; None for all.
    bins : TargetBins
        The target's.

    Returns
    -------
    float64 array of shape (columns,)
        In nats.
    """
    if centered.shape[1] != len(bins.labels):
        raise InputError(f"{len(bins.labels)} rows have a target, {centered.shape[1]} were given.")
    counts, is_mixed = joint_counts(centered, present, bins)
    n_rows = centered.shape[1]
    if bins.is_class:
        gained = _gain_of_strips(counts, n_rows)
    else:
        # Features without ties and gaps share the sizes of their bins, so what those decide is made once.
        alike = int(np.argmin(is_mixed))
        gained = _gain_of_squares(counts, counts[alike : alike + 1], n_rows)
        if is_mixed.any():
            own = counts[is_mixed]
            gained[is_mixed] = _gain_of_squares(own, own, n_rows)
    there = np.full(len(counts), float(n_rows)) if present is None else present.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(there > 2, (gained + 0.0) / there, np.nan)  # + 0.0: no -0.0


@lru_cache(maxsize=8)
def _table(n_rows: int) -> Float32[np.ndarray, " counts"]:
    """Tabulate n log n; 0 log 0 is 0."""
    numbers = np.arange(n_rows + 1, dtype=np.float64)
    return (numbers * np.log(np.maximum(numbers, 1.0))).astype(np.float32)


def _surprise(counts: Counts, like: Counts, n_rows: int) -> Float32[np.ndarray, "columns bins labels"]:
    """N log(n / (n_feature n_target)) of every cell; what a division adds to it is information times rows."""
    # What a cell would hold by chance, but for a factor.
    across, along = (np.log(np.maximum(like.sum(axis=axis), 1)).astype(np.float32) for axis in (2, 1))
    found = _table(n_rows).take(counts, mode="clip")
    found -= (across[:, :, None] + along[:, None, :]) * counts.astype(np.float32)
    return found


def _kept(gain: np.ndarray, degrees: int) -> np.ndarray:
    """Take off what chance brings to a division, and leave divisions that chance explains unmade."""
    gain -= np.float32(degrees / 2)
    gain *= gain > _least_gain(degrees)
    return gain


@lru_cache(maxsize=64)
def _least_gain(degrees: int) -> np.float32:
    """Say what a division must gain: twice the gain goes by the chi-square distribution."""
    from scipy.special import chdtri

    return np.float32((chdtri(degrees, _CHANCE) - degrees) / 2)


def _halved(values: np.ndarray, axis: int) -> np.ndarray:
    """Add up neighbors, which with reversed bits stand half of the axis apart."""
    half = values.shape[axis] // 2
    first, second = (slice(None),) * axis + (slice(half),), (slice(None),) * axis + (slice(half, None),)
    return values[first] + values[second]


def _quartered(values: np.ndarray) -> np.ndarray:
    return _halved(_halved(values, 1), 2)


def _gain_of_squares(counts: Counts, like: Counts, n_rows: int) -> Float64[np.ndarray, " columns"]:
    """Divide both axes at once: each division into four has three degrees of freedom.

    `like` has the sizes of the bins: the counts themselves, or those of one feature for all.
    """
    below = _surprise(counts, like, n_rows)
    while True:
        is_own = like is counts
        counts = _quartered(counts)
        like = counts if is_own else _quartered(like)
        here = _surprise(counts, like, n_rows)
        gain = _quartered(below)
        gain -= here
        gained = _kept(gain, 3)
        if counts.shape[1] == 1:
            return gained[:, 0, 0].astype(np.float64)
        below = here
        below += gained


def _gain_of_strips(counts: Counts, n_rows: int) -> Float64[np.ndarray, " columns"]:
    """Divide the feature alone: a division in two has a degree of freedom for each class but one."""
    below = _surprise(counts, counts, n_rows).sum(axis=2)
    while True:
        counts = _halved(counts, 1)
        here = _surprise(counts, counts, n_rows).sum(axis=2)
        gained = _kept(_halved(below, 1) - here, counts.shape[2] - 1)
        if counts.shape[1] == 1:
            return gained[:, 0].astype(np.float64)
        below = here + gained
