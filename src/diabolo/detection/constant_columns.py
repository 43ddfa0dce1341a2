"""Columns that hold one value only, rounding aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["constant_columns"]


def constant_columns(rows: Float[np.ndarray, "rows features"]) -> Bool[np.ndarray, " features"]:
    """Find the columns whose standard deviation is rounding.

    The mean of equal numbers is rounded, which leaves them a deviation of their own size times 1e-16.

    Parameters
    ----------
    rows : array of shape (rows, features)
        At least one.

    Returns
    -------
    boolean array of shape (features,)
        True where the deviation is at most 1e-12 of the largest number.

    Examples
    --------
    >>> import numpy as np
    >>> constant_columns(np.array([[0.1, 0.1], [0.1, 0.2], [0.1, 0.3]])).tolist()
    [True, False]
    """
    return rows.std(axis=0) <= 1e-12 * np.abs(rows).max(axis=0)
