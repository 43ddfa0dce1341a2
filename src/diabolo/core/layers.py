"""Layers: a dense one, and a dense one whose matrix is another's transposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax

from diabolo.core.activations import activate

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["Dense", "TiedDense"]


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
        return activate(activation, rows @ self.weight + self.bias)


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
        return activate(activation, rows @ partner.weight[:, : rows.shape[1]].T + self.bias)
