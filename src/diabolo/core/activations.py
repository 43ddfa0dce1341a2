"""Activation functions by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import jax
from jax import lax

if TYPE_CHECKING:
    from jax import Array

__all__ = ["ACTIVATIONS", "activate"]


def _linear(values: Array) -> Array:
    return values


def _gelu(values: Array) -> Array:
    return jax.nn.gelu(values, approximate=False)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": _linear,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "gelu": _gelu,
    "tanh": lax.tanh,
    "sigmoid": lax.logistic,
    "softplus": jax.nn.softplus,
}
"""Name to function: x; max(0, x); x or 0.01 x; x or exp(x) - 1; x Phi(x); tanh; logistic; log(1 + exp x)."""


def activate(name: str, values: Array) -> Array:
    """Apply an activation function, cell by cell.

    Parameters
    ----------
    name : {"linear", "relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid", "softplus"}
        Which one; leaky_relu has slope 0.01, elu scale 1, gelu is exact (by the error function).
    values : array of any shape
        Weighted sums.

    Returns
    -------
    array of the same shape

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> activate("relu", jnp.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    return ACTIVATIONS[name](values)
