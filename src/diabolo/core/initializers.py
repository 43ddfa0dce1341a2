"""Initial weights: Glorot's and He's scales, uniform and normal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float32

__all__ = ["INITIALIZERS", "initial_weight"]

INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")

# The standard deviation of a standard normal cut at two standard deviations.
_CUT_NORMAL_DEVIATION = 0.87962566103423978


def initial_weight(
    name: str,
    random: np.random.Generator,
    fan_in: int,
    fan_out: int,
    shape: tuple[int, ...] | None = None,
) -> Float32[np.ndarray, " *shape"]:
    """Draw a layer's initial weights.

    The variance is 2 / (fan_in + fan_out) for Glorot's and 2 / fan_in for He's scheme. The normal ones are
    cut at two standard deviations and widened to keep that variance, as Keras and Flax do.

    Parameters
    ----------
    name : {"glorot_uniform", "glorot_normal", "he_uniform", "he_normal"}
        The scheme.
    random : numpy.random.Generator
        Where the numbers come from.
    fan_in, fan_out : int, at least 1
        Inputs and outputs of the layer; for a convolution each times the kernel's cells.
    shape : tuple of int, optional
        Of the weights where they are not a matrix of shape (fan_in, fan_out).

    Returns
    -------
    ndarray of that shape, float32

    References
    ----------
    X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010. K. He et al., Delving deep into rectifiers, ICCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> weight = initial_weight("glorot_uniform", np.random.default_rng(0), 64, 32)
    >>> weight.shape, bool(abs(weight).max() <= (6 / 96) ** 0.5)
    ((64, 32), True)
    """
    shape = (fan_in, fan_out) if shape is None else shape
    scheme, _, distribution = name.partition("_")
    variance = 2.0 / (fan_in + fan_out) if scheme == "glorot" else 2.0 / fan_in
    if distribution == "uniform":
        limit = math.sqrt(3.0 * variance)
        weight = random.random(shape, dtype=np.float32)
        weight *= np.float32(2.0 * limit)
        weight -= np.float32(limit)
        return weight
    weight = random.standard_normal(shape, dtype=np.float32)
    outside = np.abs(weight) > 2.0
    while outside.any():
        weight[outside] = random.standard_normal(int(outside.sum()), dtype=np.float32)
        outside = np.abs(weight) > 2.0
    weight *= np.float32(math.sqrt(variance) / _CUT_NORMAL_DEVIATION)
    return weight
