"""Where a network starts that starts at the linear answer for its training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.core.linear_start import LinearSolution
from diabolo.estimators._rows import TablePart
from diabolo.linear.principal_axes import principal_axes

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = ["principal_solution"]

_BLOCK_CELLS, _EXACT_CELLS = 2**21, 2**20
# Of a number of the code that varies less than this share of the first there is only rounding.
_LEAST_SHARE = 1e-5


def principal_solution(part: TablePart, n_components: int, *, is_tied: bool) -> LinearSolution:
    """Find the linear autoencoder of the least squared error: principal components.

    Parameters
    ----------
    part : TablePart
        The training rows.
    n_components : int
        Width of the code.
    is_tied : bool
        Whether the decoder must be the encoder transposed.

    Returns
    -------
    LinearSolution
        Of no more components than there are axes along which rows vary. Tied, the code is in the rows'
        units, else each of its numbers has a variance of 1.
    """
    mean = part.column_means()
    n_rows, n_features = len(part.chosen), len(mean)
    width = min(n_components, n_rows, n_features)
    axes, values = principal_axes(lambda: _about(part, mean), n_rows, n_features, width)
    axes, values = axes[:, :width], values[:width]
    kept = values > _LEAST_SHARE * max(values[0], np.finfo(np.float32).tiny)
    axes, values = axes[:, kept], values[kept]
    if is_tied:
        return LinearSolution(mean, axes, axes.T)
    deviation = values / np.sqrt(max(part.total_weight, 1e-30))
    return LinearSolution(mean, axes / deviation, (axes * deviation).T)


def _about(
    part: TablePart, mean: Float64[np.ndarray, " features"]
) -> Iterator[Float[np.ndarray, "block features"]]:
    """Read rows about their mean, each times the root of its weight; what is missing is at the mean."""
    table, weights = part.table, part.sample_weight
    # As it fills missing cells: a network that is told of them sees the same in their place.
    table = replace(table, keeps_missing=False)
    n_features = len(mean)
    step = max(min(_BLOCK_CELLS // max(n_features, 1), len(part.chosen)), 1)
    buffer, offset = np.empty((step, n_features), np.float32), mean.astype(np.float32)
    # Of a small table a weight is to be what a repetition is, to the last digits.
    is_exact = weights is not None and len(part.chosen) * n_features <= _EXACT_CELLS
    for start in range(0, len(part.chosen), step):
        rows = part.chosen[start : start + step]
        block = buffer[: len(rows)]
        table.read(rows, block)
        block -= offset
        if weights is None:
            yield block
        elif is_exact:
            yield block * np.sqrt(weights[rows].astype(np.float64))[:, None]
        else:
            block *= np.sqrt(weights[rows]).astype(np.float32)[:, None]
            yield block
