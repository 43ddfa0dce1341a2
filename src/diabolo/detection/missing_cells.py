"""Missing cells: they add nothing to a score, and the others of their row count for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["balanced", "gaps_in"]


def gaps_in(rows: Float[np.ndarray, "rows features"]) -> Bool[np.ndarray, "rows features"] | None:
    """Say which cells are missing: NaN.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Of no larger numbers than float32 has.

    Returns
    -------
    bool array of shape (rows, features), or None where none is
    """
    if rows.dtype.kind != "f":
        return None
    cells = rows.ravel(order="K")
    # A sum of squares is NaN if a cell is, and else only too large; it takes a fraction of the time.
    if cells.itemsize == 8 and not math.isnan(np.dot(cells, cells)):
        return None
    if cells.itemsize == 4:
        with np.errstate(over="ignore"):
            if not math.isnan(np.dot(cells, cells)):
                return None
    gaps = np.isnan(rows)
    return gaps if gaps.any() else None


def balanced(
    cells: Float[np.ndarray, "rows features"], gaps: Bool[np.ndarray, "rows features"] | None
) -> Float[np.ndarray, "rows features"]:
    """Take missing cells for 0, and have the others of their row count as much more.

    Parameters
    ----------
    cells : array of shape (rows, features)
        What each cell adds.
    gaps : bool array of shape (rows, features) or None
        Which are missing.

    Returns
    -------
    array of shape (rows, features)
        Each row's sum is its mean over the cells that are there, times the number of features; 0 where none
        is.

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 3.0]])
    >>> balanced(cells, np.isnan(cells)).tolist()
    [[1.0, 2.0, 3.0], [1.5, 0.0, 4.5]]
    """
    if gaps is None:
        return cells
    n_there = (~gaps).sum(axis=1, keepdims=True)
    return np.where(gaps, 0.0, cells) * (cells.shape[1] / np.maximum(n_there, 1))
