"""Minimum, maximum, mean and standard deviation of each column, in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Shaped

    Rows = Shaped[np.ndarray, "n_rows n_features"]
    Column = Float64[np.ndarray, " n_columns"]

# 1 MB of float64: a block and its temporaries stay in the cache, and extra memory stays small.
_BLOCK_CELLS = 1 << 17


def column_statistics(
    X: Rows,
    columns: slice,
    row_indices: Int[np.ndarray, " n_chosen"] | None,
    sample_weight: Float[np.ndarray, " n_rows"] | None,
    moments: bool,
) -> tuple[Column, Column, Column, Column]:
    """Find the extremes of some columns and, if asked, their mean and standard deviation.

    The blocks' sums of squares about their own means are merged (Chan, Golub and LeVeque, 1979), which
    stays exact where the mean is large beside the deviation.

    Parameters
    ----------
    X : array of shape (n_rows, n_features)
        Finite numbers.
    columns : slice
        The columns to look at, ``n_columns`` of them.
    row_indices : ndarray of shape (n_chosen,), int, or None
        The rows to look at; None for all.
    sample_weight : ndarray of shape (n_rows,), or None
        Finite and not negative; rows of weight 0 are left out of the extremes too.
    moments : bool
        Whether to find the mean and the standard deviation.

    Returns
    -------
    lowest, highest, mean, deviation : ndarrays of shape (n_columns,), float64
        The last two are zero unless `moments`; the deviation divides by the sum of the weights.

    Raises
    ------
    InputError
        No row is left, or the weights do not fit.

    Examples
    --------
    >>> X = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> [values.tolist() for values in column_statistics(X, slice(0, 2), None, None, moments=True)]
    [[1.0, 5.0], [3.0, 5.0], [2.0, 5.0], [1.0, 0.0]]
    """
    weights = None if sample_weight is None else _checked_weights(sample_weight, len(X))
    n_columns = len(range(*columns.indices(X.shape[1])))
    lowest, highest = np.full(n_columns, np.inf), np.full(n_columns, -np.inf)
    mean, squares, total = np.zeros(n_columns), np.zeros(n_columns), 0.0
    for block, weight in _blocks(X, row_indices, weights, columns):
        np.minimum(lowest, block.min(axis=0), out=lowest)
        np.maximum(highest, block.max(axis=0), out=highest)
        added = float(weight.sum())
        if moments:
            block_mean = weight @ block / added
            block -= block_mean
            np.square(block, out=block)
            change = block_mean - mean
            squares += weight @ block + change**2 * (total * added / (total + added))
            mean += change * (added / (total + added))
        total += added
    if total == 0:
        raise InputError("The scaler has no row to look at: give at least one row, and of a weight above 0.")
    return lowest, highest, mean, np.sqrt(squares / total)


def _checked_weights(
    sample_weight: Float[np.ndarray, " n_rows"], n_rows: int
) -> Float64[np.ndarray, " n_rows"]:
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (n_rows,):
        raise InputError(
            f"sample_weight must have one entry for each of the {n_rows} rows; got the shape {weights.shape}."
        )
    if n_rows and not (weights.min() >= 0 and weights.max() < np.inf):
        raise InputError("sample_weight must be finite and not negative.")
    return weights


def _blocks(
    X: Rows,
    row_indices: Int[np.ndarray, " n_chosen"] | None,
    weights: Float64[np.ndarray, " n_rows"] | None,
    columns: slice,
) -> Iterator[tuple[Float64[np.ndarray, "n_block n_columns"], Float64[np.ndarray, " n_block"]]]:
    """Copy out the rows to look at, some at a time, with their weights."""
    n_chosen = len(X) if row_indices is None else len(row_indices)
    step = max(1, _BLOCK_CELLS // len(range(*columns.indices(X.shape[1]))))
    for start in range(0, n_chosen, step):
        place = slice(start, min(start + step, n_chosen))
        chosen = place if row_indices is None else row_indices[place]
        block = X[chosen, columns].astype(np.float64)
        weight = np.ones(len(block)) if weights is None else weights[chosen]
        if not weight.all():
            block, weight = block[weight > 0], weight[weight > 0]
        if len(block):
            yield block, weight
