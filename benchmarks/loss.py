"""The loss of a trained network, by the same definition for everyone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

ROWS_AT_ONCE = 1024  # 32 maps of 28 x 28 pixels are 100 MB of each
NAMES = {"squared_error": "mean squared error", "binary_cross_entropy": "mean binary cross-entropy"}
SMALLEST = 1e-7  # a float32 sigmoid may reach 0 or 1, whose logarithm is infinite


def mean_loss(loss: str, reconstruct: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> float:
    """Return the mean over all cells of X after training, summed in float64."""
    total = 0.0
    for start in range(0, len(X), ROWS_AT_ONCE):
        rows = X[start : start + ROWS_AT_ONCE]
        output = np.asarray(reconstruct(rows), np.float64)
        total += float(_cell_losses(loss, output, rows).sum())
    return total / X.size


def _cell_losses(loss: str, output: np.ndarray, rows: np.ndarray) -> np.ndarray:
    if loss == "squared_error":
        return np.square(output - rows)
    output = output.clip(SMALLEST, 1 - SMALLEST)
    return -(rows * np.log(output) + (1 - rows) * np.log1p(-output))
