"""Supervision: a linear head on the code, and the loss of what it predicts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.layers import Dense, initial_dense
from diabolo.core.networks import LayerShape
from diabolo.core.precision import weighted_sum
from diabolo.core.training_pass import decoded_in_training, encoded_in_training, state_of

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["GuidedNetwork", "Supervision", "guided_network"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Supervision:
    """What the code must predict.

    Parameters
    ----------
    kind : {"regression", "classification"}
        Numbers, or classes.
    n_columns : int
        Columns of the target: one a number, or one with the class's position.
    weight : scalar, above 0
        Of the supervised loss.
    is_partial : bool, default False
        Whether the targets of some rows are unknown. One further column then says what each row counts in the
        mean over those that are known: 0 for an unknown one, whose own columns may hold any finite number.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> supervision = Supervision("regression", 1, 1.0)
    >>> float(supervision.loss(jnp.array([[3.0]]), jnp.array([[1.0]]), jnp.ones(1)))
    4.0
    """

    kind: str = field(metadata={"static": True})
    n_columns: int = field(metadata={"static": True})
    weight: Any
    is_partial: bool = field(default=False, metadata={"static": True})

    @property
    def width(self) -> int:
        """Columns behind the features: the target's, and the one that says what a row counts."""
        return self.n_columns + self.is_partial

    def loss(
        self,
        predicted: Float[Array, "rows outputs"],
        targets: Float[Array, "rows columns"],
        weights: Float[Array, " rows"],
    ) -> Float[Array, ""]:
        """Average the squared error of numbers, or the cross-entropy of classes in nats, over rows.

        Parameters
        ----------
        predicted : array of shape (rows, outputs)
            What the head gives: numbers, or a logit a class.
        targets : array of shape (rows, columns)
            Numbers, or the class's position; then what each row counts, where some are unknown.
        weights : array of shape (rows,)
            Each row's share in the mean.

        Returns
        -------
        scalar
        """
        if self.is_partial:
            # Not divided by a batch's own count of known targets: over batches that would be another mean.
            weights, targets = weights * targets[:, self.n_columns], targets[:, : self.n_columns]
        if self.kind == "regression":
            residual = predicted - targets
            return weighted_sum(weights, jnp.mean(residual * residual, axis=1))
        # A comparison with every class in place of a gather, whose gradient would be a scatter.
        is_class = targets == jnp.arange(predicted.shape[1], dtype=targets.dtype)
        surprise = -jnp.sum(jnp.where(is_class, jax.nn.log_softmax(predicted, axis=1), 0.0), axis=1)
        return weighted_sum(weights, surprise)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class GuidedNetwork:
    """A network with a linear head on its code.

    Parameters
    ----------
    network : Network
        Encodes and decodes.
    head : Dense
        From the code to the prediction.

    References
    ----------
    L. Le, A. Patterson and M. White, Supervised autoencoders: improving generalization performance with
    unsupervised regularizers, NeurIPS 2018.
    """

    network: Any
    head: Dense

    def encode(self, rows: Float[Array, "rows features"]) -> Float[Array, "rows encoded"]:
        """Return what the bottleneck makes the code of."""
        return self.network.encode(rows)

    def decode(self, code: Float[Array, "rows components"]) -> Float[Array, "rows features"]:
        """Return the output of a batch of codes, before its activation."""
        return self.network.decode(code)

    def encoded_in_training(self, rows: Any, key: Any, weights: Any) -> tuple[Any, GuidedNetwork]:
        """Encode a batch as training does, and return the network as it is after it."""
        encoded, network = encoded_in_training(self.network, rows, key, weights)
        return encoded, replace(self, network=network)

    def decoded_in_training(self, code: Any, key: Any, weights: Any) -> tuple[Any, GuidedNetwork]:
        """Decode a batch as training does, and return the network as it is after it."""
        output, network = decoded_in_training(self.network, code, key, weights)
        return output, replace(self, network=network)

    @property
    def state(self) -> tuple[Any, ...]:
        """What the network carries from batch to batch."""
        return state_of(self.network)

    def with_state(self, state: tuple[Any, ...]) -> GuidedNetwork:
        """Return the network with another state."""
        return replace(self, network=self.network.with_state(state))

    def predict(self, code: Float[Array, "rows components"]) -> Float[Array, "rows outputs"]:
        """Return numbers, or a logit a class."""
        return self.head(code, "linear")

    @property
    def only_layer(self) -> Dense | None:
        """The encoder's layer, where it has one alone."""
        return getattr(self.network, "only_layer", None)

    @property
    def widest(self) -> int | None:
        """The most numbers that the network holds for one row at a time, if it knows."""
        return getattr(self.network, "widest", None)

    @property
    def n_products(self) -> int:
        """Multiplications for one row, forward, as far as the network knows them."""
        return getattr(self.network, "n_products", 0) + int(np.prod(self.head.weight.shape))

    def layer_shapes(self, output_activation: str) -> list[LayerShape]:
        """Describe every layer from input to output, then the head."""
        inputs, outputs = self.head.weight.shape
        head = LayerShape("head", inputs, outputs, "linear", inputs * outputs + outputs)
        return [*self.network.layer_shapes(output_activation), head]


def guided_network(
    network: Any, n_components: int, n_outputs: int, initializer: str, random: np.random.Generator | None
) -> GuidedNetwork:
    """Give a network a head with initial weights and a zero bias.

    Parameters
    ----------
    network : Network
        Any.
    n_components, n_outputs : int
        Width of the code; numbers or classes to predict.
    initializer : str
        A name in :data:`diabolo.core.layers.INITIALIZERS`.
    random : numpy.random.Generator or None
        Where the initial weights come from; None leaves shapes in the place of arrays.

    Returns
    -------
    GuidedNetwork
    """
    return GuidedNetwork(network, initial_dense(initializer, random, n_components, n_outputs))
