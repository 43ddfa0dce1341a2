"""Rows times a matrix, each to the same bits whatever rows stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["row_products"]

# BLAS chooses among its kernels, and so the order of a sum, by the number of rows: it always gets so many.
_BLOCK_ROWS = 8


def row_products(
    rows: Float[np.ndarray, "rows inner"], matrix: Float[np.ndarray, "inner columns"]
) -> Float[np.ndarray, "rows columns"]:
    """Multiply rows by a matrix in blocks of one shape.

    Parameters
    ----------
    rows : array of shape (rows, inner)
        Any number of them.
    matrix : array of shape (inner, columns)
        What each is multiplied by.

    Returns
    -------
    array of shape (rows, columns)

    Examples
    --------
    >>> import numpy as np
    >>> rows, matrix = np.random.default_rng(0).normal(size=(2, 100, 100))
    >>> np.array_equal(row_products(rows[7:8], matrix)[0], row_products(rows, matrix)[7])
    True
    """
    n_rows, inner = rows.shape
    if n_rows < _BLOCK_ROWS:
        padded = np.zeros((_BLOCK_ROWS, inner))
        padded[:n_rows] = rows
        return (padded @ matrix)[:n_rows]
    whole = n_rows - n_rows % _BLOCK_ROWS
    out = np.empty((n_rows, matrix.shape[1]))
    n_blocks = whole // _BLOCK_ROWS
    blocks = np.ascontiguousarray(rows[:whole]).reshape(n_blocks, _BLOCK_ROWS, inner)
    np.matmul(blocks, matrix, out=out[:whole].reshape(n_blocks, _BLOCK_ROWS, matrix.shape[1]))
    if whole < n_rows:
        out[whole:] = row_products(rows[whole:], matrix)
    return out
