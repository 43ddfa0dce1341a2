"""The compiled epoch: every step of a pass over the rows, and the same for measuring without training."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from diabolo.core.objectives import Objective
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.packing import Layout

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Int32

__all__ = ["TRACES", "EpochState", "Program", "compiled_epoch", "compiled_evaluation", "initial_state"]

# XLA splits a gather over threads by the size of its table, however small the batch. Below this, the meeting
# of the threads in each step costs more than putting the whole chunk in order once beforehand.
_SMALL_BATCH_BYTES = 2**16

TRACES: Counter[str] = Counter()
"""How often each program has been traced in this process; a fit adds one at the most to each."""


@dataclass(frozen=True)
class Program:
    """What decides the compiled code, beside the shapes: hashable, so that fits share it.

    Parameters
    ----------
    objective : Objective
        What is minimised.
    layout : Layout
        How the network is packed.
    optimizer : str
        A name in :data:`diabolo.training.optimizers.OPTIMIZERS`.
    scalars : tuple of str
        Names of the numbers that the optimiser is handed each step.
    clip : bool
        Whether the gradient's norm is limited.
    """

    objective: Objective
    layout: Layout
    optimizer: str
    scalars: tuple[str, ...]
    clip: bool


class EpochState(NamedTuple):
    """What a step changes; donated, so that it is changed in place.

    Parameters
    ----------
    parameters : tuple of arrays
        The packed network.
    slots : tuple of tuple of arrays
        The optimiser's arrays, each packed like the parameters.
    healthy : boolean scalar
        False from the first loss that is not finite; nothing changes any more then.
    """

    parameters: tuple[Any, ...]
    slots: tuple[tuple[Any, ...], ...]
    healthy: Any


def initial_state(program: Program, network: Any, settings: Mapping[str, float]) -> EpochState:
    """Pack a network and fill the optimiser's slots, on the host.

    Parameters
    ----------
    program : Program
        Whose layout and optimiser count.
    network : Network
        Its initial arrays.
    settings : mapping
        The optimiser's settings.

    Returns
    -------
    EpochState
    """
    parameters = program.layout.pack(network)
    slots = tuple(
        # Zeros are not touched before they are copied to the device, so they take no memory here.
        tuple(
            np.full(p.shape, value, np.float32) if value else np.zeros(p.shape, np.float32)
            for p in parameters
        )
        for value in OPTIMIZERS[program.optimizer].initial_slots(settings)
    )
    return EpochState(parameters, slots, np.bool_(True))


def _take(
    rows: Float[Array, "rows features"], indices: Int32[Array, " batch"]
) -> Float[Array, "batch features"]:
    return rows.at[indices].get(mode="promise_in_bounds", wrap_negative_indices=False)


def _row(array: Array, step: Any) -> Array:
    return lax.dynamic_index_in_dim(array, step, keepdims=False, allow_negative_indices=False)


def _with_row(array: Array, row: Array, step: Any) -> Array:
    return lax.dynamic_update_index_in_dim(array, row, step, axis=0, allow_negative_indices=False)


def _step(
    program: Program,
    state: EpochState,
    batch: Float[Array, "batch features"],
    weights: Float[Array, " batch"],
    numbers: Float[Array, " scalars"],
) -> tuple[EpochState, Float[Array, " 2"]]:
    layout, optimizer = program.layout, OPTIMIZERS[program.optimizer]

    def batch_loss(network: Any) -> tuple[Any, Any]:
        return program.objective.batch_terms(network, batch, weights)

    (loss, absolute_error), gradient = jax.value_and_grad(batch_loss, has_aux=True)(
        layout.unpack(state.parameters)
    )
    gradients = layout.pack(gradient)
    scalars = dict(zip(program.scalars, numbers, strict=True))
    if program.clip:
        norm = jnp.sqrt(sum(jnp.vdot(part, part) for part in gradients))
        limit = scalars["max_gradient_norm"]
        gradients = tuple(part * (limit / jnp.maximum(norm, limit)) for part in gradients)
    healthy = state.healthy & jnp.isfinite(loss)
    moves = healthy & (scalars["active"] > 0)

    new_parameters, new_slots = [], []
    for position, (part, mask) in enumerate(zip(state.parameters, layout.matrix_mask(), strict=True)):
        old_slots = tuple(slot[position] for slot in state.slots)
        own = gradients[position]
        # A gradient may overflow while its loss does not: such a cell sits the step out.
        sound = moves & jnp.isfinite(own * own)
        accumulated = optimizer.accumulate(own, old_slots, scalars)
        slots = tuple(jnp.where(sound, new, old) for new, old in zip(accumulated, old_slots, strict=True))
        slots = lax.optimization_barrier(slots)
        candidate = part - optimizer.change(own, slots, part, scalars, mask)
        new_parameters.append(jnp.where(sound & jnp.isfinite(candidate), candidate, part))
        new_slots.append(slots)
    state = EpochState(tuple(new_parameters), tuple(zip(*new_slots, strict=True)), healthy)
    return state, jnp.stack([loss, absolute_error])


def _run_epoch(
    program: Program,
    state: EpochState,
    rows: Float[Array, "rows features"],
    indices: Int32[Array, "batches batch"],
    weights: Float[Array, "batches batch"],
    numbers: Float[Array, "batches scalars"],
    n_batches: Int32[Array, ""],
) -> tuple[EpochState, Float[Array, "batches 2"]]:
    TRACES["epoch"] += 1

    batch_bytes = indices.shape[1] * rows.shape[1] * 4
    if batch_bytes < _SMALL_BATCH_BYTES:
        ordered = _take(rows, indices.reshape(-1)).reshape(*indices.shape, rows.shape[1])

    def batch_of(step: Any) -> Float[Array, "batch features"]:
        if batch_bytes < _SMALL_BATCH_BYTES:
            return _row(ordered, step)
        return _take(rows, _row(indices, step))

    def body(step: Any, carry: Any) -> Any:
        state, terms = carry
        batch = batch_of(step)
        state, batch_terms = _step(program, state, batch, _row(weights, step), _row(numbers, step))
        return state, _with_row(terms, batch_terms, step)

    terms = jnp.zeros((indices.shape[0], 2), jnp.float32)
    return lax.fori_loop(0, n_batches, body, (state, terms))


def _run_evaluation(
    program: Program,
    parameters: tuple[Array, ...],
    rows: Float[Array, "rows features"],
    indices: Int32[Array, "batches batch"],
    weights: Float[Array, "batches batch"],
    n_batches: Int32[Array, ""],
) -> Float[Array, "batches 2"]:
    TRACES["evaluation"] += 1
    network = program.layout.unpack(parameters)

    def body(step: Any, terms: Any) -> Any:
        batch = _take(rows, _row(indices, step))
        batch_terms = program.objective.batch_terms(network, batch, _row(weights, step))
        return _with_row(terms, jnp.stack(batch_terms), step)

    return lax.fori_loop(0, n_batches, body, jnp.zeros((indices.shape[0], 2), jnp.float32))


@functools.cache
def compiled_epoch(compiler_options: tuple[tuple[str, Any], ...] = ()) -> Callable[..., Any]:
    """Return the jitted training epoch; its state is donated.

    Parameters
    ----------
    compiler_options : tuple of (name, value) pairs
        Handed to XLA, from :mod:`diabolo.training.placement`.

    Returns
    -------
    callable
        ``(program, state, rows, indices, weights, numbers, n_batches) -> (state, terms)``; ``terms`` holds
        each batch's mean loss and mean absolute error.
    """
    return jax.jit(
        _run_epoch, static_argnums=0, donate_argnums=1, compiler_options=dict(compiler_options) or None
    )


@functools.cache
def compiled_evaluation() -> Callable[..., Any]:
    """Return the jitted evaluation: as the epoch, without a change to the parameters."""
    return jax.jit(_run_evaluation, static_argnums=0)
