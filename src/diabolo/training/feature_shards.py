"""The features of a wide table on several devices: what each of them knows of its own, within a step."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.objectives import Objective
from diabolo.core.randomness import BatchKey

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Bool, Float

__all__ = ["FeatureShard"]


@dataclass(frozen=True)
class FeatureShard:
    """One of several equal parts of a table's features, each on a device; hashable, for compiled functions.

    The last one is filled up with features that are not there: of zeros, which no loss counts.

    Parameters
    ----------
    axis : str
        Of the devices' mesh, which a step is mapped over.
    n_features : int
        Of the table.
    n_own : int
        Of each part.
    """

    axis: str
    n_features: int
    n_own: int

    def summed(self, tree: Any) -> Any:
        """Add up what every device has: as one array, since each array goes round by messages of its own."""
        leaves, structure = jax.tree.flatten(tree)
        flat = lax.psum(jnp.concatenate([leaf.reshape(-1) for leaf in leaves]), self.axis)
        ends = list(itertools.accumulate(leaf.size for leaf in leaves))
        parts = jnp.split(flat, ends[:-1])
        summed = [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
        return jax.tree.unflatten(structure, summed)

    def key(self, key: Any) -> BatchKey:
        """Return the key with which these features are drawn what they are drawn in the whole batch."""
        return BatchKey(key, None, self._first, self.n_features)

    @property
    def _first(self) -> Any:
        return lax.axis_index(self.axis) * self.n_own

    def is_there(self, start: Any, size: int) -> Bool[Array, "1 size"]:
        """Say which of some of its features are those of the table."""
        return (self._first + start + jnp.arange(size) < self.n_features)[None]

    def seen(
        self, objective: Objective, batch: Float[Array, "batch columns"], key: Any
    ) -> tuple[Any, Any, Any]:
        """Return what `Objective.seen` does, for these features."""
        if objective.corruption is None or key is None:  # what is not there is zero in every row
            return objective.seen(batch, None)
        seen, clean, targets = objective.seen(batch, self.key(key))
        return jnp.where(self.is_there(0, self.n_own), seen, 0.0), clean, targets

    def shares(self, objective: Objective, clean: Float[Array, "batch features"]) -> Any:
        """Return what a cell counts in its row's mean over all features."""
        n_padding = self.n_own * jax.lax.axis_size(self.axis) - self.n_features
        return objective.shares(clean, lambda known: self.summed(known) - n_padding)
