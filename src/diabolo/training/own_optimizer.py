"""An optimizer of the user's own: a pair of functions ``init`` and ``update``, as those of ``optax`` are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.own_call import OwnCall, said_of
from diabolo.errors import ParameterError
from diabolo.parameters.own_functions import is_optimizer

__all__ = ["OwnOptimizer"]

_EXTRA = ("value", "grad", "value_fn")
_SHARE = "step_share"


def _plain(leaf: Any) -> bool:
    return getattr(leaf.dtype, "kind", None) in ("b", "i", "u") or jnp.issubdtype(leaf.dtype, jnp.floating)


class OwnOptimizer(OwnCall):
    """An optimizer of the user's own, which is handed the network as a tree of arrays, and not packed.

    Parameters
    ----------
    given : pair of init and update, or callable
        The pair, or a function without parameters that makes one.

    Raises
    ------
    ParameterError
        For a function that makes something else.
    """

    def __init__(self, given: Any) -> None:
        super().__init__(given)
        made = given
        if not is_optimizer(given):
            try:
                made = given()
            except Exception as problem:
                raise ParameterError(
                    f"called without arguments to make a pair of init and update, {said_of(problem)}"
                ) from problem
            if not is_optimizer(made):
                raise ParameterError(
                    f"called without arguments it makes {type(made).__name__}; expected a pair of functions "
                    "init and update, as optax.adamw(1e-3) is"
                )
        self.pair = made
        self._extra = self._taken_extra()

    def _taken_extra(self) -> tuple[str, ...]:
        try:
            parameters = inspect.signature(self.pair.update).parameters.values()
        except (TypeError, ValueError):
            return ()
        if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
            return _EXTRA
        return tuple(each.name for each in parameters if each.name in _EXTRA)

    def scalars(self, step: Any, share: Any, settings: Mapping[str, float]) -> dict[str, Any]:
        """Return the numbers that each step needs: the share of its change that is made."""
        return {_SHARE: share}

    def shapes(self, network: Any) -> Any:
        """Find what it keeps of a network, without computing anything."""
        like = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, np.float32), network)
        return jax.eval_shape(lambda network: jax.tree.map(jnp.asarray, self.pair.init(network)), like)

    def n_bytes(self, network: Any) -> int:
        """Say how much memory what it keeps of a network takes; 0 of one that `check` refuses."""
        try:
            leaves = jax.tree.leaves(self.shapes(network))
        except Exception:
            return 0
        return sum(int(np.prod(leaf.shape)) * leaf.dtype.itemsize for leaf in leaves)

    def first_slots(self, network: Any) -> tuple[tuple[np.ndarray, ...], ...]:
        """Make what it keeps before the first step, on the host."""
        made = jax.jit(lambda network: jax.tree.map(jnp.asarray, self.pair.init(network)))(network)
        return (tuple(np.array(leaf) for leaf in jax.tree.leaves(made)),)

    def check(self, network: Any) -> None:
        """Refuse one that cannot be applied to a network, without computing anything.

        Parameters
        ----------
        network : Network
            Arrays or shapes.

        Raises
        ------
        ParameterError
            Saying what it does instead.
        """
        like = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, np.float32), network)
        try:
            state = self.shapes(network)
        except Exception as problem:
            raise ParameterError(f"of its init, handed the network: {said_of(problem)}") from problem
        odd = next((leaf for leaf in jax.tree.leaves(state) if not _plain(leaf)), None)
        if odd is not None:
            raise ParameterError(
                f"it keeps an array of {odd.dtype}, which cannot be kept; expected arrays of numbers and "
                "truth values (for a random key the older jax.random.PRNGKey(0) is one)"
            )
        number = jax.ShapeDtypeStruct((), np.float32)

        def update(gradient: Any, state: Any, network: Any, value: Any) -> Any:
            return self._updated(gradient, state, network, value, lambda _: value)

        try:
            changes, after = jax.eval_shape(update, like, state, like, number)
        except Exception as problem:
            raise ParameterError(
                f"of its update, handed gradients, what it keeps and the network: {said_of(problem)}"
            ) from problem
        for what, found, expected in (("changes", changes, like), ("what it keeps", after, state)):
            before: Any = jax.tree.structure(expected)
            if before != jax.tree.structure(found) or any(
                one.shape != other.shape
                for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
            ):
                raise ParameterError(f"its update gives {what} of other shapes than it was handed")

    def _updated(self, gradient: Any, state: Any, network: Any, value: Any, value_of: Any) -> Any:
        extra = {"value": value, "grad": gradient, "value_fn": value_of}
        return self.pair.update(gradient, state, network, **{name: extra[name] for name in self._extra})

    def stepped(
        self,
        network: Any,
        slots: tuple[tuple[Any, ...], ...],
        gradient: Any,
        value: Any,
        value_of: Callable[[Any], Any],
        scalars: Mapping[str, Any],
        moves: Any,
    ) -> tuple[Any, tuple[tuple[Any, ...], ...]]:
        """Take a step.

        Parameters
        ----------
        network, gradient : Network
            The parameters, and the loss's gradient by them.
        slots : tuple of one tuple of arrays
            What it keeps.
        value : scalar
            The loss.
        value_of : callable
            From another network to its loss of the same batch.
        scalars : mapping
            The step's numbers.
        moves : boolean scalar
            Whether anything may change.

        Returns
        -------
        network, slots
            As given; where a gradient is not finite, nothing has changed.
        """
        structure = jax.tree.structure(self.shapes(network))
        (kept,) = slots
        finite = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(gradient)]
        moves = moves & jnp.all(jnp.stack(finite))
        state = jax.tree.unflatten(structure, kept)
        changes, after = self._updated(gradient, state, network, value, value_of)

        def changed(parameter: Any, change: Any) -> Any:
            candidate = parameter + scalars[_SHARE] * change.astype(parameter.dtype)
            return jnp.where(moves & jnp.isfinite(candidate), candidate, parameter)

        network = jax.tree.map(changed, network, changes)
        left = zip(jax.tree.leaves(after), kept, strict=True)
        return network, (tuple(jnp.where(moves, new, old).astype(old.dtype) for new, old in left),)
