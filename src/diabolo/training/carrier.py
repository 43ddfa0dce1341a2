"""How a state goes from the host to its devices and back: whole, or a wide one's features in parts."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from diabolo.cluster.team import current_team
from diabolo.core.objectives import Memory
from diabolo.training.epoch import EpochState
from diabolo.training.placement import Placement
from diabolo.training.program import Program
from diabolo.training.stages import taken_weights

__all__ = ["Carrier", "WideCarrier", "carrier_of"]

Parameters = tuple[Any, ...]


class Carrier:
    """Carries a state of which every device has all.

    Parameters
    ----------
    placement : Placement
        Where it lives.
    """

    def __init__(self, placement: Placement) -> None:
        self.placement = placement

    def first_state(self, parameters: Parameters, memory: Memory) -> EpochState:
        """Place what training begins with; the optimizer's arrays are to come."""
        placed = self.put_kept(self.kept_from_whole(parameters))
        state = EpochState(placed, (), *self.placement.put_parameters((memory, np.bool_(True))))
        # The host's arrays are free only when they have been copied.
        return jax.block_until_ready(state)

    def put_state(self, state: EpochState) -> EpochState:
        """Place the host's arrays."""
        placed: EpochState = self.placement.put_parameters(state)
        return placed

    def put_objective(self, objective: Any) -> Any:
        """Place what is minimized."""
        return self.placement.put_parameters(objective)

    def whole(self, parts: Parameters) -> Parameters:
        """Return packed arrays of all devices as the host can read them."""
        return parts if self.placement.mesh is None else tuple(np.asarray(part) for part in parts)

    def whole_state(self, state: EpochState) -> EpochState:
        """Return a state as the host can read it."""
        return state

    def like(self, state: EpochState) -> EpochState:
        """Return what has the shapes and types of a whole state."""
        return state

    def kept(self, parameters: Parameters) -> Parameters:
        """Copy parameters to the host, or those of this process."""
        return jax.tree.map(lambda leaf: np.array(leaf), parameters)

    def kept_from_whole(self, parameters: Parameters) -> Parameters:
        """Return what `kept` would give of such parameters."""
        return parameters

    def kept_shapes(self, parameters: Parameters) -> list[tuple[int, ...]]:
        """Return the shapes of what `kept` would give."""
        return [part.shape for part in parameters]

    def whole_of_kept(self, kept: Parameters) -> Parameters:
        """Return all of what every process has kept."""
        return kept

    def kept_arrays(self, kept: Parameters, name: str) -> dict[str, np.ndarray]:
        """Write what every process has kept, by a name that the arrays' numbers follow."""
        return {f"{name}.{i}": np.asarray(part) for i, part in enumerate(self.whole_of_kept(kept))}

    def kept_from(self, arrays: dict[str, np.ndarray], name: str, state: EpochState) -> Parameters:
        """Read what `kept_arrays` wrote, of a state as this one."""
        like = self.like(state).parameters
        whole = tuple(taken_weights(arrays, f"{name}.{i}", part) for i, part in enumerate(like))
        return self.kept_from_whole(whole)

    def put_kept(self, kept: Parameters) -> Parameters:
        """Place what was kept."""
        placed: Parameters = self.placement.put_parameters(kept)
        return placed


class WideCarrier(Carrier):
    """Carries a state whose wide arrays lie in parts on several devices, along their features.

    Parameters
    ----------
    placement : Placement
        Where it lives.
    program : Program
        Which arrays are wide.
    """

    def __init__(self, placement: Placement, program: Program) -> None:
        super().__init__(placement)
        assert program.shard is not None
        assert placement.mesh is not None
        self.shard, self.wide = program.shard, program.wide_positions
        self._parts = NamedSharding(placement.mesh, PartitionSpec(self.shard.axis))
        own, count = placement.columns, placement.columns.count
        self._own = slice(own.first * self.shard.n_own, (own.first + own.n_own) * self.shard.n_own)
        self._n_padded = count * self.shard.n_own
        layout = program.layout
        self.turned = frozenset(layout.position_of(leaf) for leaf in layout.turned)

    def put_state(self, state: EpochState) -> EpochState:
        """Place the host's arrays; of the wide ones each process its part."""
        return EpochState(
            self._put(state.parameters),
            tuple(map(self._put, state.slots)),
            *self.placement.put_parameters((state.memory, state.healthy)),
        )

    def put_objective(self, objective: Any) -> Any:
        """Place what is minimized; what it knows of each feature goes with the feature."""

        def put(leaf: np.ndarray) -> Any:
            is_wide = leaf.shape == (self.shard.n_features,)
            return self._put_part(self._part(leaf)) if is_wide else self.placement.put_parameters(leaf)

        return jax.tree.map(put, objective)

    def whole(self, parts: Parameters, *, by_first: bool = False) -> Parameters:
        """Return packed arrays of all devices as the host can read them, or the first process alone."""
        return tuple(
            self._whole(part, i in self.turned, by_first) if i in self.wide else np.asarray(part)
            for i, part in enumerate(parts)
        )

    def _whole(self, part: Any, is_turned: bool, by_first: bool) -> np.ndarray:
        n_there = min(max(self.shard.n_features - self._own.start, 0), self._own.stop - self._own.start)
        own = _own(part)[:n_there]
        # What was turned to be trained is joined as it is used afterwards, which costs no copy then.
        if is_turned:
            return current_team().joined(own.T, 1, by_first=by_first).T
        return current_team().joined(own, by_first=by_first)

    def whole_state(self, state: EpochState) -> EpochState:
        """Return a state as the first process can read it."""
        whole = partial(self.whole, by_first=True)
        return state._replace(parameters=whole(state.parameters), slots=tuple(map(whole, state.slots)))

    def like(self, state: EpochState) -> EpochState:
        """Return what has the shapes and types of a whole state."""

        def like(parts: Parameters) -> Parameters:
            n_features = self.shard.n_features
            return tuple(
                jax.ShapeDtypeStruct((n_features, *part.shape[1:]), part.dtype) if i in self.wide else part
                for i, part in enumerate(parts)
            )

        return state._replace(parameters=like(state.parameters), slots=tuple(map(like, state.slots)))

    def kept(self, parameters: Parameters) -> Parameters:
        """Copy parameters to the host: of the wide ones the part of this process."""
        return tuple(np.array(_own(part) if i in self.wide else part) for i, part in enumerate(parameters))

    def kept_from_whole(self, parameters: Parameters) -> Parameters:
        """Return what `kept` would give of such parameters."""
        return tuple(self._part(part) if i in self.wide else part for i, part in enumerate(parameters))

    def kept_shapes(self, parameters: Parameters) -> list[tuple[int, ...]]:
        """Return the shapes of what `kept` would give."""
        n_own = self._own.stop - self._own.start
        return [
            (n_own, *part.shape[1:]) if i in self.wide else part.shape for i, part in enumerate(parameters)
        ]

    def whole_of_kept(self, kept: Parameters) -> Parameters:
        """Return all of what every process has kept."""
        return self.whole(self.put_kept(kept), by_first=True)

    def put_kept(self, kept: Parameters) -> Parameters:
        """Place what was kept."""
        return tuple(
            self._put_part(part) if i in self.wide else self.placement.put_parameters(part)
            for i, part in enumerate(kept)
        )

    def _put(self, parts: Parameters) -> Parameters:
        return self.put_kept(self.kept_from_whole(parts))

    def _part(self, whole: np.ndarray) -> np.ndarray:
        """Cut this process's features out, and fill them up with zeros where there are none any more."""
        own = whole[self._own]
        n_own = self._own.stop - self._own.start
        if len(own) == n_own:
            return own
        part = np.zeros((n_own, *whole.shape[1:]), whole.dtype)
        part[: len(own)] = own
        return part

    def _put_part(self, part: np.ndarray) -> Any:
        return jax.make_array_from_process_local_data(self._parts, part, (self._n_padded, *part.shape[1:]))


def _own(array: Any) -> np.ndarray:
    """Return the part of an array that lies on devices of this process."""
    shards = sorted(array.addressable_shards, key=lambda each: each.index[0].start or 0)
    parts = [np.asarray(each.data) for each in shards]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def carrier_of(placement: Placement, program: Program) -> Carrier:
    """Return who carries the states of such a program."""
    return Carrier(placement) if program.shard is None else WideCarrier(placement, program)
