"""Conformal p-values, which tell how many normal rows are as odd, and the rows that they choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["conformal_pvalues", "cross_conformal_pvalues", "discoveries"]


def conformal_pvalues(
    scores: Float[np.ndarray, " n_rows"], held_out: Float[np.ndarray, " n_held_out"]
) -> Float[np.ndarray, " n_rows"]:
    """Compare scores with those of held-out normal rows.

    The p-value of a score s is (1 + the number of held-out scores at least s) / (1 + their number). For a
    normal row that is exchangeable with the held-out ones it is at most a with a probability of at most a,
    for any a.

    Parameters
    ----------
    scores : array of shape (n_rows,)
        Higher is odder.
    held_out : array of shape (n_held_out,)
        Scores of normal rows that nothing was learned from.

    Returns
    -------
    array of shape (n_rows,), above 0 and at most 1

    See Also
    --------
    cross_conformal_pvalues, discoveries

    References
    ----------
    S. Bates et al., Testing for outliers with conformal p-values, Annals of Statistics 51, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> conformal_pvalues(np.array([2.5, 9.0]), np.array([1.0, 2.0, 3.0])).tolist()
    [0.5, 0.25]
    """
    below = np.searchsorted(np.sort(held_out), scores, side="left")
    return (1.0 + len(held_out) - below) / (1.0 + len(held_out))


def cross_conformal_pvalues(
    scores: Sequence[Float[np.ndarray, " n_rows"]], left_out: Sequence[Float[np.ndarray, " n_left_out"]]
) -> Float[np.ndarray, " n_rows"]:
    """Compare scores with those of rows that were left out in turn, each by what was learned without them.

    The p-value is (1 + the number of left-out rows whose score is at least that of the row, both by what was
    learned without the fold of that row) / (1 + their number). A normal row has one of at most a with a
    probability of at most ``2 a + min(2 (1 - 1/K) / (n/K + 1), (1 - K/n) / (K + 1))``, for n rows in K folds
    of one size, and of about a where what is learned hardly changes from fold to fold.

    Parameters
    ----------
    scores : sequence of arrays of shape (n_rows,)
        By what was learned without each fold; higher is odder.
    left_out : sequence of arrays of shape (rows of the fold,)
        Of the rows of each fold, by the same.

    Returns
    -------
    array of shape (n_rows,), above 0 and at most 1

    See Also
    --------
    conformal_pvalues, discoveries

    References
    ----------
    V. Vovk, Cross-conformal predictors, Annals of Mathematics and Artificial Intelligence 74, 2015. R. F.
    Barber, E. J. Candes, A. Ramdas and R. J. Tibshirani, Predictive inference with the jackknife+, Annals of
    Statistics 49, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> cross_conformal_pvalues(
    ...     [np.array([2.5, 9.0]), np.array([3.5, 9.0])], [np.array([1.0, 3.0]), np.array([4.0, 2.0])]
    ... ).tolist()
    [0.6, 0.2]
    """
    at_least = [
        len(known) - np.searchsorted(np.sort(known), own, side="left")
        for own, known in zip(scores, left_out, strict=True)
    ]
    pvalues: Float[np.ndarray, " n_rows"] = (1 + np.sum(at_least, axis=0)) / (
        1.0 + sum(len(known) for known in left_out)
    )
    return pvalues


def discoveries(pvalues: Float[np.ndarray, " n_rows"], rate: float) -> Bool[np.ndarray, " n_rows"]:
    """Choose the rows to call anomalies so that the expected share of normal ones among them is limited.

    It is Benjamini's and Hochberg's step-up procedure. Conformal p-values that share their held-out rows
    depend on each other positively, and the limit holds for them.

    Parameters
    ----------
    pvalues : array of shape (n_rows,)
        Of the rows tested together.
    rate : float
        The wished false discovery rate, above 0 and below 1.

    Returns
    -------
    boolean array of shape (n_rows,)

    See Also
    --------
    conformal_pvalues, cross_conformal_pvalues

    References
    ----------
    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical
    Society B 57, 1995. S. Bates et al., Testing for outliers with conformal p-values, Annals of Statistics
    51, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> discoveries(np.array([0.01, 0.9, 0.02]), 0.05).tolist()
    [True, False, True]
    """
    n_rows = len(pvalues)
    ranked = np.sort(pvalues)
    # Conformal p-values often lie on the line itself: rounding must not cost a row there.
    line = rate * np.arange(1, n_rows + 1) / max(n_rows, 1) * (1 + 1e-12)
    passes = np.flatnonzero(ranked <= line)
    limit = ranked[passes[-1]] if passes.size else -np.inf
    return pvalues <= limit
