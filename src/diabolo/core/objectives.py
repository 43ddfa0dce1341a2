"""Objectives: what a fit minimizes, as a pure function of a network and a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from diabolo.core.bottlenecks import Bottleneck, Gaussian, Plain, TopK, kept_largest
from diabolo.core.categories import CategoryBlocks
from diabolo.core.corruption import Corruption
from diabolo.core.layers import activate
from diabolo.core.losses import cell_losses
from diabolo.core.own_loss import OwnLoss
from diabolo.core.own_penalty import OwnPenalty
from diabolo.core.penalties import OWN_PENALTY, PENALTIES, kl_to_prior, unit_activation
from diabolo.core.precision import weighted_sum
from diabolo.core.randomness import fold_in
from diabolo.core.supervision import Supervision
from diabolo.core.training_pass import decoded_in_training, encoded_in_training, state_of

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["NETWORK_STATE", "Memory", "Network", "Objective"]

NETWORK_STATE = "network_state"
"""Where a step leaves what the network itself is to carry on; it is no part of the objective's memory."""

Memory = dict[str, Any]
"""What an objective carries from step to step: small arrays by name, empty for most objectives."""


class Network(Protocol):
    """What the engine asks of a network: a pytree that encodes and decodes a batch."""

    def encode(self, rows: Any) -> Any:
        """Return what the bottleneck makes the code of, for a batch of rows."""
        ...

    def decode(self, code: Any) -> Any:
        """Return the output of a batch of codes, before its activation."""
        ...


class _Batch(NamedTuple):
    """A batch on its way through the network."""

    seen: Any
    rows: Any
    targets: Any
    weights: Any
    encoded: Any
    code: Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Objective:
    """What is minimized: loss of the clean rows' reconstruction, plus each further term by its weight.

    A pytree: what decides the compiled code is in its structure, and what is merely a number is a leaf, so
    that two noises or two weights share one compiled program.

    Parameters
    ----------
    loss : str or OwnLoss
        A name in :data:`diabolo.core.losses.LOSSES`, or one of the user's own.
    output_activation : str
        A name in :data:`diabolo.core.layers.ACTIVATIONS`.
    loss_settings : dict of str to float, default {}
        The loss's own.
    bottleneck : Bottleneck, default Plain()
        How the code is formed.
    corruption : Corruption or None, default None
        What the encoder sees in training instead of the rows.
    penalties : dict of str to float, default {}
        Weights by names in :data:`diabolo.core.penalties.PENALTIES`, and of `OWN_PENALTY`.
    code_activation : str, default "linear"
        Of the network's code; the KL sparsity maps it into (0, 1).
    sparsity_target : float, default 0.05
        The mean activation that the KL sparsity wishes for.
    sparsity_memory : float from 0 to below 1, default 0.0
        How much of the running mean activation a step keeps; 0 where a batch is large enough by itself.
    supervision : Supervision or None, default None
        What the code must predict; the rows then end in the target's columns.
    below : tuple of layers, default ()
        Trained layers whose code takes the rows' place, when layers are trained one after the other.
    below_activation : str, default "linear"
        Of these layers.
    missing_fill : array of shape (features,) or None, default None
        What the encoder sees in the place of a cell that is NaN, which then does not count in the loss; None
        where no cell is missing.
    categories : CategoryBlocks or None, default None
        Which columns are blocks of categories: each block counts as one column, charged by its cross-entropy.
    n_features : int or None, default None
        How many features a row has, where a batch has some of them; None where it has all.
    own_penalty : OwnPenalty or None, default None
        The user's own, where the penalties have a weight of it.
    """

    loss: str | OwnLoss = field(metadata={"static": True})
    output_activation: str = field(metadata={"static": True})
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    bottleneck: Bottleneck = field(default_factory=Plain)
    corruption: Corruption | None = None
    penalties: Mapping[str, Any] = field(default_factory=dict)
    code_activation: str = field(default="linear", metadata={"static": True})
    sparsity_target: Any = 0.05
    sparsity_memory: Any = 0.0
    supervision: Supervision | None = None
    below: tuple[Any, ...] = ()
    below_activation: str = field(default="linear", metadata={"static": True})
    missing_fill: Any = None
    categories: CategoryBlocks | None = None
    n_features: int | None = field(default=None, metadata={"static": True})
    own_penalty: OwnPenalty | None = field(default=None, metadata={"static": True})

    @property
    def further_terms(self) -> tuple[str, ...]:
        """Names of what is minimized beside the reconstruction loss."""
        names = [name for name in (*PENALTIES, OWN_PENALTY) if name in self.penalties]
        if isinstance(self.bottleneck, Gaussian):
            names.append("kl_divergence")
        if isinstance(self.bottleneck, TopK):
            names.append("dead_unit_loss")
        if self.supervision is not None:
            names.append("supervised_loss")
        return tuple(names)

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of what a batch measures: what is minimized, the absolute error, the parts of the first."""
        further = self.further_terms
        parts = ("reconstruction_loss", *further) if further else ()
        return ("loss", "mean_absolute_error", *parts)

    def initial_memory(self, n_components: int) -> Memory:
        """Return the memory before the first step.

        Parameters
        ----------
        n_components : int
            Width of the code.

        Returns
        -------
        dict of str to ndarray
        """
        memory: Memory = {}
        if "kl_sparsity" in self.penalties:
            memory["activation"] = np.zeros(n_components, np.float32)
            memory["activation_share"] = np.float32(0)
        if isinstance(self.bottleneck, TopK):
            memory["steps_out"] = np.zeros(n_components, np.float32)
        return memory

    def training_terms(
        self,
        network: Network,
        rows: Float[Array, "rows columns"],
        weights: Float[Array, " rows"],
        key: UInt32[Array, " 2"],
        memory: Memory,
        kl_share: Any = 1.0,
    ) -> tuple[Float[Array, ""], tuple[Float[Array, " terms"], Memory]]:
        """Measure a batch as training sees it: corrupted, its code drawn.

        Parameters
        ----------
        network : Network
            Encodes and decodes.
        rows : array of shape (rows, columns)
            Scaled rows, both input and target, then the columns of what is to be predicted, if any.
        weights : array of shape (rows,)
            Each row's share in the mean; zero for padding.
        key : uint32 array of shape (2,)
            Of this step.
        memory : dict
            From the step before.
        kl_share : scalar from 0 to 1, default 1.0
            Share of the divergence from the prior that is charged, while it is warmed up.

        Returns
        -------
        loss : scalar
            What is minimized.
        terms : array of shape (terms,)
            As ``term_names``, each a weighted sum over the rows, before its own weight.
        memory : dict
            For the next step; under ``NETWORK_STATE`` what a network's own layers are to remember.
        """
        seen, clean, targets = self.seen(rows, key)
        encoded, network = encoded_in_training(network, seen, fold_in(key, 2), weights)
        code = self.bottleneck.draw(encoded, fold_in(key, 1))
        batch = _Batch(seen, clean, targets, weights, encoded, code)
        output, network = decoded_in_training(network, code, fold_in(key, 3), weights)
        terms, memory = self._terms(network, batch, output, memory, kl_share)
        if state := state_of(network):
            memory[NETWORK_STATE] = state
        return terms[0], (terms, memory)

    def evaluation_terms(
        self,
        network: Network,
        rows: Float[Array, "rows columns"],
        weights: Float[Array, " rows"],
        key: UInt32[Array, " 2"] | None = None,
    ) -> Float[Array, " terms"]:
        """Measure a batch as it is: nothing drawn, nothing remembered, and nothing corrupted without a key.

        Parameters
        ----------
        network, rows, weights
            As :meth:`training_terms`.
        key : uint32 array of shape (2,), optional
            Of the noise through which the rows are seen.

        Returns
        -------
        array of shape (terms,)
            As ``term_names``; the loss of dead units is 0.
        """
        seen, clean, targets = self.seen(rows, key)
        encoded = network.encode(seen)
        batch = _Batch(seen, clean, targets, weights, encoded, self.bottleneck.code(encoded))
        return self._terms(network, batch, network.decode(batch.code), None, 1.0)[0]

    def seen(self, rows: Float[Array, "rows columns"], key: Any) -> tuple[Any, Any, Any]:
        """Return what the encoder sees of a batch, the clean rows, the targets; no noise without a key."""
        clean, targets = self.split(rows)
        filled = self.filled(clean)
        if self.corruption is None or key is None:
            return filled, clean, targets
        return self.corruption(filled, fold_in(key, 0)), clean, targets

    def filled(self, clean: Float[Array, "rows features"]) -> Float[Array, "rows features"]:
        """Put something in the place of missing cells."""
        if self.missing_fill is None or self.below:
            return clean
        return jnp.where(jnp.isnan(clean), self.missing_fill, clean)

    def shares(
        self, clean: Float[Array, "rows features"], summed: Callable[[Any], Any] = lambda known: known
    ) -> Any:
        """Return what a cell counts in its row's mean: one over the cells that are there.

        Where a batch has some of the features, `summed` makes the known ones of all.
        """
        if self.missing_fill is None:
            return 1.0 / self.n_columns(clean)
        return 1.0 / jnp.maximum(summed(jnp.sum(~self._missing(clean), axis=1, keepdims=True)), 1)

    def n_columns(self, rows: Any) -> int:
        """Say over how many columns of the user's table a row's loss is a mean."""
        if self.categories is not None:
            return self.categories.n_columns
        return int(rows.shape[1]) if self.n_features is None else self.n_features

    def _missing(self, rows: Any) -> Any:
        """Mark the columns of the user's table that are missing."""
        missing = jnp.isnan(rows)
        return missing if self.categories is None else self.categories.by_column(missing)

    def split(self, rows: Float[Array, "rows columns"]) -> tuple[Any, Any]:
        """Part the rows from the targets, and lift them over the layers below."""
        features, targets = rows, None
        if self.supervision is not None:
            width = rows.shape[1] - self.supervision.width
            features, targets = rows[:, :width], rows[:, width:]
        if self.below and self.missing_fill is not None:
            features = jnp.where(jnp.isnan(features), self.missing_fill, features)
        for layer in self.below:
            features = layer(features, self.below_activation)
        return features, targets

    def _terms(
        self, network: Any, batch: _Batch, output: Any, memory: Memory | None, kl_share: Any
    ) -> tuple[Float[Array, " terms"], Memory]:
        losses, sizes = self.row_losses(output, batch.rows, self.shares(batch.rows))
        loss, absolute_error = weighted_sum(batch.weights, losses), weighted_sum(batch.weights, sizes)
        charged, measured, after = self._charged(network, batch, memory, kl_share)
        return self.stacked(loss, absolute_error, charged, measured), after

    def _charged(
        self, network: Any, batch: _Batch, memory: Memory | None, kl_share: Any
    ) -> tuple[Any, list[Any], Memory]:
        """Measure what is minimized beside the reconstruction loss; return its weighted sum and its parts."""
        total, measured, after = jnp.zeros((), batch.weights.dtype), [], dict(memory or {})
        for name in self.further_terms:
            value, weight = self._further(name, network, batch, memory, after)
            total = total + value * weight * (kl_share if name == "kl_divergence" else 1.0)
            measured.append(value)
        return total, measured, after

    def stacked(self, loss: Any, absolute_error: Any, charged: Any, measured: list[Any]) -> Any:
        """Put a batch's figures in the order of ``term_names``."""
        if not measured:
            return jnp.stack([loss, absolute_error])
        return jnp.stack([loss + charged, absolute_error, loss, *measured])

    def inner_terms(
        self,
        inner: Any,
        clean: Float[Array, "rows features"],
        targets: Any,
        weights: Float[Array, " rows"],
        key: UInt32[Array, " 2"] | None,
        memory: Memory | None,
        kl_share: Any = 1.0,
    ) -> tuple[tuple[Any, Any], tuple[list[Any], Memory]]:
        """Pass a batch through the inside of a network whose outermost layers are computed elsewhere.

        Parameters
        ----------
        inner : Network
            ``encode`` gives what the bottleneck makes the code of, ``decode`` what the last layer is given.
        clean, targets
            The rows, of which the width alone counts here, and what is to be predicted.
        weights, memory, kl_share
            As :meth:`training_terms`.
        key : uint32 array of shape (2,) or None
            Of this step; None measures without drawing.

        Returns
        -------
        hidden, charged
            What the last layer is given, and what is minimized beside the reconstruction loss.
        measured, memory
            The parts of the second, and what the next step needs.
        """
        encoded = inner.encode(clean)
        code = self.bottleneck.code(encoded)
        if key is not None:
            code = self.bottleneck.draw(encoded, fold_in(key, 1))
        batch = _Batch(clean, clean, targets, weights, encoded, code)
        charged, measured, after = self._charged(inner, batch, memory, kl_share)
        return (inner.decode(code), charged), (measured, after)

    def row_losses(
        self, output: Float[Array, "rows some"], rows: Float[Array, "rows some"], share: Any
    ) -> tuple[Float[Array, " rows"], Float[Array, " rows"]]:
        """Sum the losses and the absolute errors of some of the features, as shares of a mean over all."""
        is_own = isinstance(self.loss, OwnLoss)
        if is_own and self.n_features is not None:  # of features that are not there it may give anything
            output, rows = (jnp.where(share > 0, cells, 0.0) for cells in (output, rows))
        losses = self._cell_losses(output, rows)
        if is_own and self.n_features is not None:
            losses = jnp.where(share > 0, losses, 0.0)
        sizes = self._cell_sizes(lax.stop_gradient(output), rows)
        if self.missing_fill is not None:
            sizes = jnp.where(self._missing(rows), 0.0, sizes)
        # By rows: XLA sums those on all threads, but a whole array to one number on a single one.
        return jnp.sum(losses * share, axis=1), jnp.sum(sizes * share, axis=1)

    def _further(
        self, name: str, network: Any, batch: _Batch, memory: Memory | None, after: Memory
    ) -> tuple[Any, Any]:
        """Measure one further term, return it with its weight; note in ``after`` what the next step needs."""
        if name == "kl_divergence":
            assert isinstance(self.bottleneck, Gaussian)
            log_variance = self.bottleneck.log_variance(batch.encoded)
            value = kl_to_prior(self.bottleneck.code(batch.encoded), log_variance, batch.weights)
            # The loss is a mean over features, and so is every nat beside it.
            return value, self.bottleneck.beta / self.n_columns(batch.rows)
        if name == "dead_unit_loss":
            assert isinstance(self.bottleneck, TopK)
            value = self._dead_unit_loss(self.bottleneck, network, batch, memory, after)
            return value, self.bottleneck.auxiliary_weight
        if name == "supervised_loss":
            assert self.supervision is not None
            value = self.supervision.loss(network.predict(batch.code), batch.targets, batch.weights)
            return value, self.supervision.weight
        if name == OWN_PENALTY:
            assert self.own_penalty is not None
            return self.own_penalty(batch.code, batch.weights, network), self.penalties[name]
        return PENALTIES[name](self, network, batch, memory, after), self.penalties[name]

    def mean_activation(
        self, batch: _Batch, memory: Memory | None, after: Memory
    ) -> Float[Array, " components"]:
        """Return each unit's mean activation: the batch's gradient at the running mean's value."""
        activation = unit_activation(batch.code, self.code_activation)
        total = jnp.sum(batch.weights)
        mean = weighted_sum(batch.weights, activation) / jnp.where(total > 0, total, 1.0)
        if memory is None:
            return mean
        keep, still = self.sparsity_memory, lax.stop_gradient(mean)
        running = keep * memory["activation"] + (1.0 - keep) * still
        running_share = keep * memory["activation_share"] + (1.0 - keep)
        after["activation"], after["activation_share"] = running, running_share
        return mean + (running / running_share - still)

    def _dead_unit_loss(
        self, bottleneck: TopK, network: Any, batch: _Batch, memory: Memory | None, after: Memory
    ) -> Float[Array, ""]:
        """Rebuild the rows with the help of dead units: the loss, or 0 where none is dead."""
        if memory is None:
            return jnp.zeros((), batch.rows.dtype)
        counted = batch.weights > 0
        kept = jnp.any(kept_largest(batch.encoded, bottleneck.k) & counted[:, None], axis=0)
        after["steps_out"] = jnp.where(kept, 0.0, memory["steps_out"] + 1.0)
        dead = memory["steps_out"] >= bottleneck.dead_after

        def helped(network: Any) -> Float[Array, ""]:
            candidates = jnp.where(dead, batch.encoded, -jnp.inf)
            helpers = kept_largest(candidates, bottleneck.auxiliary_k) & dead
            code = lax.stop_gradient(batch.code) + jnp.where(helpers, batch.encoded, 0.0)
            losses = self._cell_losses(network.decode(code), batch.rows)
            return weighted_sum(batch.weights, jnp.sum(losses * self.shares(batch.rows), axis=1))

        return lax.cond(jnp.any(dead), helped, lambda _: jnp.zeros((), batch.rows.dtype), network)

    def _cell_losses(self, output: Any, rows: Any) -> Any:
        if self.missing_fill is None:
            return self._losses_of_known(output, rows)
        known = jnp.where(jnp.isnan(rows), 0.0, rows)
        if isinstance(self.loss, OwnLoss):  # whose derivative there may be none, and 0 times that is none
            output = jnp.where(jnp.isnan(rows), 0.0, output)
        return jnp.where(self._missing(rows), 0.0, self._losses_of_known(output, known))

    def _losses_of_known(self, output: Any, rows: Any) -> Any:
        if self.categories is None:
            return cell_losses(self.loss, output, rows, self.output_activation, **self.loss_settings)
        n, settings = self.categories.n_numbers, self.loss_settings
        numbers = cell_losses(self.loss, output[:, :n], rows[:, :n], self.output_activation, **settings)
        return jnp.concatenate([numbers, self.categories.losses(output, rows)], axis=1)

    def _cell_sizes(self, output: Any, rows: Any) -> Any:
        """Measure absolute errors: of a category, the probability of other values than the row's."""
        sizes = lax.abs(activate(self.output_activation, output) - rows)
        if self.categories is None:
            return sizes
        n = self.categories.n_numbers
        return jnp.concatenate([sizes[:, :n], self.categories.distances(output, rows)], axis=1)
