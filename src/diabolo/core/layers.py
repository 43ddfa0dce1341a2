"""Layers: a dense one, and a dense one whose matrix is another's transposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
from jax import lax

from diabolo.core.activations import activate

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["Dense", "TiedDense"]

_FEW_ROWS = 64


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
