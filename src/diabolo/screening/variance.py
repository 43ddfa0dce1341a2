"""The variance of every feature, and the share of its cells that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.screening.passes import PassOptions, as_source, pass_over
from diabolo.screening.sums import Sums

if TYPE_CHECKING:
    from jaxtyping import Float64

__all__ = ["variance", "variance_of_sums"]


def variance(
    X: Any, *, max_memory: int | str = "1GB", n_jobs: int = 2
) -> tuple[Float64[np.ndarray, " n_features"], Float64[np.ndarray, " n_features"]]:
    """Find the variance of every feature and the share of its cells that is missing, in one pass.

    Parameters
    ----------
    X : Source or array-like of shape (n_rows, n_features)
        The table; NaN is missing.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once.
    n_jobs : int, default 2
        Threads.

    Returns
    -------
    variance : float64 array of shape (n_features,)
        Mean squared distance from the mean, over the cells that are there; NaN where there are none.
    missing : float64 array of shape (n_features,)
        Share of the rows, 0 to 1.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque (1983). Algorithms for computing the sample variance: analysis and
    recommendations. The American Statistician 37(3): sums relative to a shift.

    Examples
    --------
    >>> [values.tolist() for values in variance([[1.0, 2.0], [3.0, 2.0], [5.0, np.nan], [7.0, 2.0]])]
    [[5.0, 0.0], [0.0, 0.25]]
    """
    source = as_source(X)
    sums = Sums(source.n_features, None, source.n_rows)

    def work(rows: slice, columns: slice, block: np.ndarray) -> None:
        sums.add(rows, columns, block, source)

    pass_over(source, work, PassOptions(False, max_memory, n_jobs))
    return variance_of_sums(sums, source.n_rows)


def variance_of_sums(
    sums: Sums, n_rows: int
) -> tuple[Float64[np.ndarray, " n_features"], Float64[np.ndarray, " n_features"]]:
    """Finish what `variance` returns.

    Parameters
    ----------
    sums : Sums
        Over all rows.
    n_rows : int
        How many those were.

    Returns
    -------
    variance, missing : float64 arrays of shape (n_features,)
    """
    # Of a numeric target the first columns are the sums themselves; of classes they add up to them.
    is_numeric = sums.counts.shape[1] != sums.products.shape[1]
    total = sums.products[:, 0] if is_numeric else sums.products.sum(axis=1)
    count = sums.counts[:, 0] if is_numeric else sums.counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.maximum(sums.squares - total**2 / count, 0.0) / count
    return spread, 1.0 - count / n_rows
