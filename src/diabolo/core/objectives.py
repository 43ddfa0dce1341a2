"""Objectives: what a fit minimises, as a pure function of a network and a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jax.numpy as jnp
from jax import lax

from diabolo.core.activations import activate
from diabolo.core.losses import cell_losses

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["Network", "Objective", "reconstruct"]


class Network(Protocol):
    """What the engine asks of a network: a pytree that encodes and decodes a batch."""

    def encode(self, rows: Any) -> Any:
        """Return the code of a batch of rows."""
        ...

    def decode(self, code: Any) -> Any:
        """Return the output of a batch of codes, before its activation."""
        ...


@dataclass(frozen=True)
class Objective:
    """What is minimised; hashable, so that a compiled epoch is found again.

    Parameters
    ----------
    loss : str
        A name in :data:`diabolo.core.losses.LOSSES`.
    output_activation : str
        A name in :data:`diabolo.core.activations.ACTIVATIONS`.
    huber_delta : float, default 1.0
        Of Huber's loss.
    """

    loss: str
    output_activation: str
    huber_delta: float = 1.0

    def batch_terms(
        self, network: Network, rows: Float[Array, "rows features"], weights: Float[Array, " rows"]
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Sum the loss and the absolute error of a batch, each row by its weight.

        Parameters
        ----------
        network : Network
            Encodes and decodes.
        rows : array of shape (rows, features)
            Scaled rows, both input and target.
        weights : array of shape (rows,)
            Zero for padding.

        Returns
        -------
        loss, absolute_error : scalars
            Weighted sums over the rows of the mean over the features.
        """
        output = network.decode(network.encode(rows))
        losses = cell_losses(self.loss, output, rows, self.output_activation, self.huber_delta)
        sizes = lax.abs(lax.stop_gradient(activate(self.output_activation, output)) - rows)
        share = weights[:, None] / rows.shape[1]
        return jnp.sum(losses * share), jnp.sum(sizes * share)


def reconstruct(
    network: Network, rows: Float[Array, "rows features"], output_activation: str
) -> Float[Array, "rows features"]:
    """Encode and decode a batch of scaled rows.

    Parameters
    ----------
    network : Network
        Encodes and decodes.
    rows : array of shape (rows, features)
        Scaled rows.
    output_activation : str
        Applied to the decoder's output.

    Returns
    -------
    array of shape (rows, features)
    """
    return activate(output_activation, network.decode(network.encode(rows)))
