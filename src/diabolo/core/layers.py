"""Layers: a dense one, one whose matrix is another's transposed; their activations and initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import lax

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "Dense",
    "TiedDense",
    "activate",
    "initial_bias",
    "initial_dense",
    "initial_weight",
]


_FEW_ROWS = 64
# The standard deviation of a standard normal cut at two standard deviations.
_CUT_NORMAL_DEVIATION = 0.87962566103423978

INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")


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


def initial_weight(
    name: str,
    random: np.random.Generator | None,
    fan_in: int,
    fan_out: int,
    shape: tuple[int, ...] | None = None,
) -> Any:
    """Draw a layer's initial weights.

    The variance is 2 / (fan_in + fan_out) for Glorot's and 2 / fan_in for He's scheme. The normal ones are
    cut at two standard deviations and widened to keep that variance, as Keras and Flax do.

    Parameters
    ----------
    name : {"glorot_uniform", "glorot_normal", "he_uniform", "he_normal"}
        The scheme.
    random : numpy.random.Generator or None
        Where the numbers come from; None describes the weights and takes no memory.
    fan_in, fan_out : int, at least 1
        Inputs and outputs of the layer; for a convolution each times the kernel's cells.
    shape : tuple of int, optional
        Of the weights where they are not a matrix of shape (fan_in, fan_out).

    Returns
    -------
    ndarray of that shape, float32, or jax.ShapeDtypeStruct

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
    if random is None:
        return jax.ShapeDtypeStruct(shape, np.float32)
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


def initial_bias(random: np.random.Generator | None, outputs: int) -> Any:
    """Return a layer's initial bias, zeros, or its shape where there is no generator for the weights."""
    return jax.ShapeDtypeStruct((outputs,), np.float32) if random is None else np.zeros(outputs, np.float32)


def initial_dense(name: str, random: np.random.Generator | None, inputs: int, outputs: int) -> Dense:
    """Make a dense layer with initial weights, as :func:`initial_weight` draws them, and a zero bias."""
    return Dense(initial_weight(name, random, inputs, outputs), initial_bias(random, outputs))


@jax.custom_vjp
def _product(
    rows: Float[Array, "rows inputs"], weight: Float[Array, "inputs outputs"]
) -> Float[Array, "rows outputs"]:
    return rows @ weight


def _product_forward(rows: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return rows @ weight, (rows, weight)


def _product_backward(kept: tuple[Array, Array], slope: Array) -> tuple[Array, Array]:
    rows, weight = kept
    turned = rows.T
    # XLA on the CPU multiplies a transposed matrix of few rows by loops of its own; behind the barrier it is
    # turned first and multiplied like any other, which takes half as long for the product by itself.
    if rows.shape[0] <= _FEW_ROWS:
        turned = lax.optimization_barrier(turned)
    return slope @ weight.T, turned @ slope


_product.defvjp(_product_forward, _product_backward)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Dense:
    """A fully connected layer: ``activation(rows @ weight + bias)``.

    Parameters
    ----------
    weight : array of shape (inputs, outputs)
        The matrix.
    bias : array of shape (outputs,)
        Added to every row.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> layer = Dense(weight=jnp.ones((3, 2)), bias=jnp.zeros(2))
    >>> layer(jnp.ones((4, 3)), "relu").shape
    (4, 2)
    """

    weight: Any
    bias: Any

    def __call__(self, rows: Float[Array, "rows inputs"], activation: str) -> Float[Array, "rows outputs"]:
        """Return the layer's activations for a batch of rows."""
        return activate(activation, _product(rows, self.weight) + self.bias)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TiedDense:
    """A fully connected layer with the transposed matrix of a partner and a bias of its own.

    The matrix stays where it is, in the partner: one array in memory, one gradient that sums both uses.

    Parameters
    ----------
    bias : array of shape (outputs,)
        Added to every row.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders, JMLR 11, 2010, section 2.2.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> partner = Dense(weight=jnp.ones((3, 2)), bias=jnp.zeros(2))
    >>> TiedDense(bias=jnp.zeros(3))(jnp.ones((4, 2)), "linear", partner).shape
    (4, 3)
    """

    bias: Any

    def __call__(
        self, rows: Float[Array, "rows inputs"], activation: str, partner: Dense
    ) -> Float[Array, "rows outputs"]:
        """Return the layer's activations for a batch of rows.

        Where the partner is wider than the rows, its first outputs are theirs: a Gaussian code's means.
        """
        return activate(activation, _product(rows, partner.weight[:, : rows.shape[1]].T) + self.bias)
