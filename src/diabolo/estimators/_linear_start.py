"""Where a network starts that starts at the linear answer for its training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.linear_start import LinearSolution, linear_start
from diabolo.estimators._rows import TablePart
from diabolo.linear.principal_axes import principal_axes

if TYPE_CHECKING:
    from jaxtyping import Float32

__all__ = ["started_linear"]

_BLOCK_CELLS = 2**21
# Of a number of the code that varies less than this share of the first there is only rounding.
_LEAST_SHARE = 1e-5


def started_linear(network: Any, part: TablePart, n_components: int, output_activation: str) -> Any:
    """Let a dense network start at the principal components of its training rows.

    Parameters
    ----------
    network : DenseNetwork
        With random weights.
    part : TablePart
        The training rows.
    n_components : int
        Width of the code.
    output_activation : str
        Settled.

    Returns
    -------
    DenseNetwork
        Its code has a variance of 1 in each number; with tied weights it has that of the rows.
    """
    return linear_start(
        network, _principal_solution(part, n_components, _is_tied(network)), output_activation
    )


def _is_tied(network: Any) -> bool:
    return not hasattr(network.decoder[0], "weight")


def _principal_solution(part: TablePart, n_components: int, is_tied: bool) -> LinearSolution:
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


def _about(part: TablePart, mean: np.ndarray) -> Iterator[Float32[np.ndarray, "block features"]]:
    """Read rows about their mean, each times the root of its weight; what is missing is at the mean."""
    table, weights = part.table, part.sample_weight
    # As it fills missing cells: a network that is told of them sees the same in their place.
    table = replace(table, keeps_missing=False)
    n_features = len(mean)
    step = max(min(_BLOCK_CELLS // max(n_features, 1), len(part.chosen)), 1)
    buffer, offset = np.empty((step, n_features), np.float32), mean.astype(np.float32)
    for start in range(0, len(part.chosen), step):
        rows = part.chosen[start : start + step]
        block = buffer[: len(rows)]
        table.read(rows, block)
        block -= offset
        if weights is not None:
            block *= np.sqrt(weights[rows]).astype(np.float32)[:, None]
        yield block
