"""How far an engine is: its state, what it has counted, and the epoch under way; replaced as a whole.

An interrupt may come between any two bytecodes. Whoever holds a position holds one moment of the fit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from diabolo.training.epoch import EpochState
from diabolo.training.history import Divergence, EpochReport
from diabolo.training.measurement import Measurement, measurement_from, measurement_parts
from diabolo.training.plan import BatchPlan
from diabolo.training.stages import named, taken, taken_weights, whole

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["Position", "Running", "position_from", "position_parts"]


@dataclass(frozen=True)
class Running:
    """An epoch under way, or the epochs of one call.

    Parameters
    ----------
    sums : Measurement
        Of the chunks but for the last.
    n_epochs : int, default 1
        How many the call trains.
    n_chunks : int, default 0
        Chunks that have been trained on, the last one included.
    last : (plan, terms) or None
        Of the chunk that the device may still be working on.
    rates : float array
        Learning rates of its steps.
    """

    sums: Measurement
    rates: Float[np.ndarray, " steps"]
    n_epochs: int = 1
    n_chunks: int = 0
    last: tuple[BatchPlan, Any] | None = None

    def with_chunk(self, plan: BatchPlan, terms: Any, rates: Float[np.ndarray, " steps"]) -> Running:
        """Return it with one more chunk; the figures of the one before are read now."""
        return replace(
            self.measured(),
            last=(plan, terms),
            rates=rates[: max(plan.n_batches, 1)],
            n_chunks=self.n_chunks + 1,
        )

    def measured(self) -> Running:
        """Return it with all figures read, for which the device is waited for."""
        if self.last is None:
            return self
        return replace(self, sums=self.sums.with_plan(*self.last), last=None)


class Position(NamedTuple):
    """How far an engine is.

    Parameters
    ----------
    state : EpochState
        What a step changes.
    n_steps, n_epochs : int
        That are done.
    running : Running or None
        What is under way.
    reports : tuple of EpochReport
        Of the epochs that were finished last, up to a divergence.
    divergence : Divergence or None
        Where their loss stopped being finite.
    """

    state: EpochState
    n_steps: int = 0
    n_epochs: int = 0
    running: Running | None = None
    reports: tuple[EpochReport, ...] = ()
    divergence: Divergence | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the state was given to a step whose result nobody has."""
        leaves = jax.tree.leaves(self.state)
        return any(leaf.is_deleted() for leaf in leaves if isinstance(leaf, jax.Array))


def position_parts(position: Position) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take a position apart; the engine waits for its device.

    Parameters
    ----------
    position : Position
        Between two calls.

    Returns
    -------
    arrays : dict of str to ndarray
        They may be views of the device's memory, and are to be written before the next step.
    record : dict
        Everything else, in what JSON knows.
    """
    state = position.state
    arrays = {f"parameters.{i}": np.asarray(part) for i, part in enumerate(state.parameters)}
    for i, slot in enumerate(state.slots):
        arrays |= {f"slots.{i}.{j}": np.asarray(part) for j, part in enumerate(slot)}
    arrays |= {f"memory.{name}": np.asarray(part) for name, part in state.memory.items()}
    record: dict[str, Any] = {
        "n_steps": position.n_steps,
        "n_epochs": position.n_epochs,
        "n_slots": len(state.slots),
        "is_healthy": bool(state.healthy),
        "n_chunks": 0,
    }
    if position.running is not None:
        running = position.running.measured()
        parts = {**measurement_parts(running.sums), "rates": running.rates}
        arrays |= {f"running.{name}": part for name, part in parts.items()}
        record["n_chunks"] = running.n_chunks
    return arrays, record


def position_from(
    arrays: dict[str, np.ndarray],
    record: dict[str, Any],
    like: EpochState,
    names: tuple[str, ...],
    has_diverged: bool = False,
) -> Position:
    """Put a position together.

    Parameters
    ----------
    arrays, record : dict
        As `position_parts` gives them.
    like : EpochState
        Of the same engine, whose arrays say what must be there; those of the optimizer may be left out.
    names : tuple of str
        Of the terms that each batch has.
    has_diverged : bool, default False
        Whether the loss was not finite in the end, after which weights may be anything.

    Returns
    -------
    Position
        Its arrays are the host's.

    Raises
    ------
    ValueError, KeyError, TypeError
        They are not those of such an engine.
    """
    n_slots = whole(record, "n_slots")
    if n_slots not in (0, len(like.slots)):
        raise ValueError(f"{n_slots} arrays of the optimizer where {len(like.slots)} are expected")
    take = taken if has_diverged else taken_weights
    parameters = tuple(take(arrays, f"parameters.{i}", part) for i, part in enumerate(like.parameters))
    slots = tuple(
        tuple(taken(arrays, f"slots.{i}.{j}", part) for j, part in enumerate(slot))
        for i, slot in enumerate(like.slots[:n_slots])
    )
    memory = {name: taken(arrays, f"memory.{name}", part) for name, part in like.memory.items()}
    if type(record["is_healthy"]) is not bool:
        raise ValueError("it does not say whether its numbers are finite")
    state = EpochState(parameters, slots, memory, np.bool_(record["is_healthy"]))
    running = None
    if n_chunks := whole(record, "n_chunks"):
        own = named(arrays, "running.")
        rates = own["rates"]
        if rates.ndim != 1 or not len(rates) or rates.dtype.kind != "f":
            raise ValueError("its learning rates are none")
        running = Running(measurement_from(own, names), rates, 1, n_chunks)
    return Position(state, whole(record, "n_steps"), whole(record, "n_epochs"), running)
