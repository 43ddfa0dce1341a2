"""The false discovery rate: how many of the features that pass a test have passed by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = ["false_discovery"]


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
