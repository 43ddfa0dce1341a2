"""Ensembles: several networks of one shape, trained side by side as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.objectives import Memory, Objective
from diabolo.core.randomness import fold_in

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["EnsembleObjective", "stack_networks", "unstack_network"]


def stack_networks(members: Sequence[Any]) -> Any:
    """Lay the arrays of several networks on each other.

    Parameters
    ----------
    members : sequence of Network
        Of one structure, with arrays of the same shapes.

    Returns
    -------
    Network
        Of the same structure; each array has the members as its first axis.

    Examples
    --------
    >>> import numpy as np
    >>> stack_networks([{"bias": np.zeros(3)}, {"bias": np.ones(3)}])["bias"].shape
    (2, 3)
    """
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *members)


def unstack_network(stacked: Any, n_members: int) -> list[Any]:
    """Take the networks apart that :func:`stack_networks` laid on each other.

    Parameters
    ----------
    stacked : Network
        With the members as the first axis of each array.
    n_members : int
        How many.

    Returns
    -------
    list of Network

    Examples
    --------
    >>> import numpy as np
    >>> [part["bias"].tolist() for part in unstack_network({"bias": np.array([[1.0], [2.0]])}, 2)]
    [[1.0], [2.0]]
    """
    # Taken off the device whole: a slice there would be a program of its own for each array.
    held = jax.tree.map(np.asarray, stacked)
    return [jax.tree.map(lambda leaf, member=member: leaf[member], held) for member in range(n_members)]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class EnsembleObjective:
    """What several networks minimize side by side: the sum of what each would minimize alone.

    No number of one member appears in another's loss, so each gets the gradient that it would have had alone.
    All see the same rows in the same order, each through noise of its own.

    Parameters
    ----------
    member : Objective
        What each minimizes.
    n_members : int
        How many there are.
    first : int, default 0
        The first one's number among all that are trained, here and elsewhere: each has noise by its number.
    """

    member: Objective
    n_members: int = field(metadata={"static": True})
    first: int = 0

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of what a batch measures: the member's, each a mean over the members."""
        return self.member.term_names

    def initial_memory(self, n_components: int) -> Memory:
        """Return the memory before the first step: each member's, laid on each other."""
        memory = self.member.initial_memory(n_components)
        return {name: np.stack([value] * self.n_members) for name, value in memory.items()}

    def training_terms(
        self,
        network: Any,
        rows: Float[Array, "rows columns"],
        weights: Float[Array, " rows"],
        key: UInt32[Array, " 2"],
        memory: Memory,
        kl_share: Any = 1.0,
    ) -> tuple[Float[Array, ""], tuple[Float[Array, " terms"], Memory]]:
        """Measure a batch as training sees it; the loss is a sum over members, the terms are means."""

        def of_member(network: Any, key: Any, memory: Memory) -> Any:
            return self.member.training_terms(network, rows, weights, key, memory, kl_share)

        losses, (terms, memory) = jax.vmap(of_member)(network, self._keys(key), memory)
        return jnp.sum(losses), (jnp.mean(terms, axis=0), memory)

    def evaluation_terms(
        self,
        network: Any,
        rows: Float[Array, "rows columns"],
        weights: Float[Array, " rows"],
        key: UInt32[Array, " 2"] | None = None,
    ) -> Float[Array, " terms"]:
        """Measure a batch as it is, or with a key through noise; means over the members."""

        def of_member(network: Any, key: Any) -> Any:
            return self.member.evaluation_terms(network, rows, weights, key)

        terms = jax.vmap(of_member)(network, None if key is None else self._keys(key))
        return jnp.mean(terms, axis=0)

    def _keys(self, key: UInt32[Array, " 2"]) -> UInt32[Array, "members 2"]:
        """Give each member a key of its own, by its number."""
        numbers = jnp.asarray(self.first).astype(jnp.uint32) + jnp.arange(self.n_members, dtype=jnp.uint32)
        return jax.vmap(lambda number: fold_in(key, number))(numbers)
