"""Conformal p-values: how many normal rows are as odd, with a guarantee for any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["conformal_pvalues", "discoveries"]


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
