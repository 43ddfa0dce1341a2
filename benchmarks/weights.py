"""Initial weights, drawn once and handed to every peer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

Layer = tuple[np.ndarray, np.ndarray]


def glorot_uniform(kernel_shapes: Iterable[Sequence[int]], seed: int) -> list[Layer]:
    """Draw float32 kernels of shape (..., in, out) from Glorot's uniform law, with zero biases.

    The axes before the last two are a convolution's: each channel has as many weights as they have cells.
    """
    rng = np.random.default_rng(seed)
    layers = []
    for shape in kernel_shapes:
        *sides, n_in, n_out = shape
        limit = np.sqrt(6.0 / (math.prod(sides) * (n_in + n_out)))
        kernel = rng.uniform(-limit, limit, shape).astype(np.float32)
        layers.append((kernel, np.zeros(n_out, np.float32)))
    return layers


def to_arrays(layers: Iterable[Layer]) -> dict[str, np.ndarray]:
    """Name the arrays for an .npz file."""
    arrays = {}
    for i, (kernel, bias) in enumerate(layers):
        arrays[f"kernel_{i}"] = kernel
        arrays[f"bias_{i}"] = bias
    return arrays


def from_arrays(arrays: np.lib.npyio.NpzFile) -> list[Layer]:
    """Read the layers back from an .npz file."""
    n_layers = sum(name.startswith("kernel_") for name in arrays.files)
    return [(arrays[f"kernel_{i}"], arrays[f"bias_{i}"]) for i in range(n_layers)]
