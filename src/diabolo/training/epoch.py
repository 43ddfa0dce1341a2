"""The compiled epoch: every step of a pass over the rows, and the same for measuring without training."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from diabolo.core.ensembles import EnsembleObjective
from diabolo.core.objectives import NETWORK_STATE, Memory, Objective
from diabolo.core.precision import multiplied_in
from diabolo.core.randomness import BatchKey, fold_in
from diabolo.core.training_pass import state_of
from diabolo.training.feature_shards import FeatureShard
from diabolo.training.optimizers import OPTIMIZERS, updated
from diabolo.training.own_optimizer import OwnOptimizer
from diabolo.training.plan import SMALL_BATCH_BYTES
from diabolo.training.program import Program
from diabolo.training.wide_step import wide_evaluation, wide_step

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Int32, UInt32

__all__ = [
    "TRACES",
    "EpochState",
    "Schedule",
    "compiled_epoch",
    "compiled_evaluation",
    "initial_slots",
]

TRACES: Counter[str] = Counter()
"""How often each program has been traced in this process; a fit adds one at the most to each."""


class EpochState(NamedTuple):
    """What a step changes; donated, so that it is changed in place.

    Parameters
    ----------
    parameters : tuple of arrays
        The packed network.
    slots : tuple of tuple of arrays
        The optimizer's arrays, each packed like the parameters; none before the first step.
    memory : dict of arrays
        What the objective carries from step to step.
    healthy : boolean scalar
        False from the first loss that is not finite; nothing changes any more then.
    """

    parameters: tuple[Any, ...]
    slots: tuple[tuple[Any, ...], ...]
    memory: Memory
    healthy: Any


class Schedule(NamedTuple):
    """What each step of a call is handed.

    Parameters
    ----------
    indices : int32 array of shape (batches, batch)
        Rows of each batch.
    weights : float32 array of shape (batches, batch)
        Share of each row in its batch's mean.
    numbers : float32 array of shape (batches, scalars)
        The optimizer's and the objective's.
    tickets : uint32 array of shape (batches,)
        The step's number since the fit began, for its key.
    places : int32 array of shape (batches, batch), optional
        Where in its batch each row stands, where they lie on several devices.
    """

    indices: Any
    weights: Any
    numbers: Any
    tickets: Any
    places: Any = None


def initial_slots(
    program: Program,
    parameters: Sequence[Any],
    shapes: Sequence[tuple[int, ...]],
    settings: Mapping[str, float],
) -> tuple[tuple[np.ndarray, ...], ...]:
    """Fill the optimizer's slots, on the host.

    Parameters
    ----------
    program : Program
        Whose optimizer counts.
    parameters : sequence of arrays
        The packed network, which an optimizer of the user's own is handed.
    shapes : sequence of tuples of int
        Of the packed arrays that they stand beside.
    settings : mapping
        The optimizer's settings.

    Returns
    -------
    tuple of tuple of arrays
    """
    if isinstance(program.optimizer, OwnOptimizer):
        return program.optimizer.first_slots(program.layout.unpack(parameters))
    dtype = OPTIMIZERS[program.optimizer].slot_dtype
    return tuple(
        # Zeros are not touched before they are copied to the device, so they take no memory here.
        tuple(np.full(shape, value, dtype) if value else np.zeros(shape, dtype) for shape in shapes)
        for value in OPTIMIZERS[program.optimizer].initial_slots(settings)
    )


def _take(
    rows: Float[Array, "rows features"], indices: Int32[Array, " batch"], mesh: Mesh | None = None
) -> Float[Array, "batch features"]:
    if mesh is not None:  # each device takes its own
        spec = PartitionSpec(*mesh.axis_names)
        return jax.shard_map(_take, mesh=mesh, in_specs=(spec, spec), out_specs=spec)(rows, indices)
    return rows.at[indices].get(mode="promise_in_bounds", wrap_negative_indices=False)


def _whole_batch(
    program: Program, batch: Float[Array, "spread features"], weights: Float[Array, " spread"], places: Any
) -> tuple[Float[Array, "batch features"], Float[Array, " batch"]]:
    """Put the rows of all devices in the order of their batch, for a network that looks at all of them."""
    places = jnp.where(weights > 0, places, program.batch_size)

    def in_order(array: Array) -> Array:
        empty = jnp.zeros((program.batch_size, *array.shape[1:]), array.dtype)
        return empty.at[places].set(array, mode="drop")

    return in_order(batch), in_order(weights)


def _everywhere(tree: Any, mesh: Mesh | None) -> Any:
    """Have each device keep all of it."""
    if mesh is None:
        return tree
    return lax.with_sharding_constraint(tree, NamedSharding(mesh, PartitionSpec()))


def _row(array: Array, step: Any) -> Array:
    return lax.dynamic_index_in_dim(array, step, keepdims=False, allow_negative_indices=False)


def _with_row(array: Array, row: Array, step: Any) -> Array:
    return lax.dynamic_update_index_in_dim(array, row, step, axis=0, allow_negative_indices=False)


def _step(
    program: Program,
    objective: Objective | EnsembleObjective,
    state: EpochState,
    batch: Float[Array, "batch features"],
    weights: Float[Array, " batch"],
    numbers: Float[Array, " scalars"],
    key: Any,
) -> tuple[EpochState, Float[Array, " terms"]]:
    layout, own, ends = program.layout, program.optimizer, program.ends
    scalars = dict(zip(program.scalars, numbers, strict=True))
    network, masks = layout.unpack(state.parameters), layout.matrix_mask()
    if isinstance(key, BatchKey) and state_of(network):
        batch, weights = _whole_batch(program, batch, weights, key.places)
        key = key.key
    active, given = scalars["active"] > 0, (batch, weights, key, state.memory, scalars.get("kl_share", 1.0))
    optimizer, arrays = None, []
    if isinstance(own, str):
        optimizer = OPTIMIZERS[own]
        # The parameters' parts, each with the optimizer's arrays that belong to it.
        arrays = [tuple(group) for group in zip(state.parameters, *state.slots, strict=True)]
    if ends is None:
        (loss, (terms, memory)), gradient = jax.value_and_grad(objective.training_terms, has_aux=True)(
            network, *given
        )
        gradients = layout.pack(gradient)
        if program.clip:
            norm = jnp.sqrt(sum(jnp.vdot(part, part, precision="highest") for part in gradients))
            limit = scalars["max_gradient_norm"]
            gradients = tuple(part * (limit / jnp.maximum(norm, limit)) for part in gradients)
    else:
        assert isinstance(objective, Objective)
        assert optimizer is not None
        position_of = {leaf: layout.position_of(leaf) for leaf in ends.leaves}
        wide, narrow, terms, memory = wide_step(
            ends,
            network,
            {leaf: arrays[position] for leaf, position in position_of.items()},
            objective,
            optimizer,
            scalars,
            {leaf: masks[position] for leaf, position in position_of.items()},
            batch,
            weights,
            key,
            state.memory,
            state.healthy & active,
            program.shard,
        )
        for leaf, position in position_of.items():
            arrays[position] = wide[leaf]
        loss, gradients = terms[0], layout.pack_leaves(narrow)
    healthy = state.healthy & jnp.isfinite(loss)
    moves = healthy & active
    slots: Any
    if isinstance(own, OwnOptimizer):

        def loss_of(network: Any) -> Any:
            return objective.training_terms(network, *given)[0]

        gradient = layout.unpack(gradients)
        after, slots = own.stepped(network, state.slots, gradient, loss, loss_of, scalars, moves)
        parameters = layout.pack(after)
    else:
        assert optimizer is not None
        for position, (part, mask) in enumerate(zip(gradients, masks, strict=True)):
            if part is not None:  # else it is a wide one, which has been updated
                arrays[position] = updated(optimizer, scalars, arrays[position], part, mask, moves)
        parameters, *slots = zip(*arrays, strict=True)
    state_after = memory.pop(NETWORK_STATE, None)
    if state_after is not None:
        # It lies among the parameters, to go wherever they go; what the optimizer made of it counts nothing.
        kept = [jnp.where(moves, new, old) for new, old in zip(state_after, state_of(network), strict=True)]
        parameters = layout.pack(layout.unpack(parameters).with_state(tuple(kept)))
    memory = jax.tree.map(lambda new, old: jnp.where(moves, new, old), memory, state.memory)
    return EpochState(tuple(parameters), tuple(slots), memory, healthy), terms


def _run_epoch(
    program: Program,
    objective: Objective | EnsembleObjective,
    state: EpochState,
    rows: Float[Array, "rows features"],
    schedule: Schedule,
    key: UInt32[Array, " 2"],
    n_batches: Int32[Array, ""],
) -> tuple[EpochState, Float[Array, "batches terms"]]:
    TRACES["epoch"] += 1
    with multiplied_in(program.precision):
        given = objective, state, rows, schedule, key, n_batches
        found: tuple[EpochState, Array] = _on_its_devices(_run_steps, program, *given, changes_state=True)
        return found


def _on_its_devices(
    run: Callable[..., Any], program: Program, objective: Any, state: Any, *others: Any, changes_state: bool
) -> Any:
    """Run steps, over a state or parameters alone, where the program says that its arrays are.

    `others` are the rows and what each device needs whole.
    """
    given = objective, state, *others
    if program.shard is None:
        return run(program, *given)
    whole, spec = PartitionSpec(), partial(_spec_of, program.shard)
    own = [jax.tree.map(spec, each) for each in (objective, state)]
    specs = *own, PartitionSpec(None, program.shard.axis), *[whole] * (len(others) - 1)
    after = (own[1], whole) if changes_state else whole
    on_one = partial(run, program.on_one_device())
    return jax.shard_map(on_one, mesh=program.mesh, in_specs=specs, out_specs=after, check_vma=False)(*given)


def _spec_of(shard: FeatureShard, leaf: Any) -> PartitionSpec:
    """Say whether an array lies in parts along its features."""
    is_wide = leaf.ndim > 0 and leaf.shape[0] >= shard.n_features
    return PartitionSpec(shard.axis) if is_wide else PartitionSpec()


def _run_steps(
    program: Program,
    objective: Objective | EnsembleObjective,
    state: EpochState,
    rows: Float[Array, "rows features"],
    schedule: Schedule,
    key: UInt32[Array, " 2"],
    n_batches: Int32[Array, ""],
) -> tuple[EpochState, Float[Array, "batches terms"]]:
    indices, places = schedule.indices, schedule.places
    # Of several devices each takes its rows step by step.
    batch_bytes = indices.shape[1] * rows.shape[1] * 4 if program.mesh is None else SMALL_BATCH_BYTES
    if batch_bytes < SMALL_BATCH_BYTES:
        ordered = _take(rows, indices.reshape(-1)).reshape(*indices.shape, rows.shape[1])

    def batch_of(step: Any) -> Float[Array, "batch features"]:
        if batch_bytes < SMALL_BATCH_BYTES:
            return _row(ordered, step)
        return _take(rows, _row(indices, step), program.mesh)

    def body(step: Any, carry: Any) -> Any:
        state, terms = carry
        weights, numbers = _row(schedule.weights, step), _row(schedule.numbers, step)
        step_key = fold_in(key, _row(schedule.tickets, step))
        if places is not None:
            step_key = BatchKey(step_key, _row(places, step))
        state, batch_terms = _step(program, objective, state, batch_of(step), weights, numbers, step_key)
        return _everywhere((state, _with_row(terms, batch_terms, step)), program.mesh)

    terms = jnp.zeros((indices.shape[0], len(objective.term_names)), jnp.float32)
    return lax.fori_loop(0, n_batches, body, (state, terms))


def _run_evaluation(
    program: Program,
    objective: Objective | EnsembleObjective,
    parameters: tuple[Array, ...],
    rows: Float[Array, "rows features"],
    indices: Int32[Array, "batches batch"],
    weights: Float[Array, "batches batch"],
    n_batches: Int32[Array, ""],
    key: UInt32[Array, " 2"] | None = None,
    places: Int32[Array, "batches batch"] | None = None,
) -> Float[Array, "batches terms"]:
    TRACES["evaluation"] += 1
    with multiplied_in(program.precision):
        given = objective, parameters, rows, indices, weights, n_batches, key, places
        found: Array = _on_its_devices(_run_measurement, program, *given, changes_state=False)
        return found


def _run_measurement(
    program: Program,
    objective: Objective | EnsembleObjective,
    parameters: tuple[Array, ...],
    rows: Float[Array, "rows features"],
    indices: Int32[Array, "batches batch"],
    weights: Float[Array, "batches batch"],
    n_batches: Int32[Array, ""],
    key: UInt32[Array, " 2"] | None,
    places: Int32[Array, "batches batch"] | None,
) -> Float[Array, "batches terms"]:
    network = program.layout.unpack(parameters)

    def body(step: Any, terms: Any) -> Any:
        batch, shares = _take(rows, _row(indices, step), program.mesh), _row(weights, step)
        own = None if key is None else fold_in(key, jnp.asarray(step).astype(jnp.uint32))
        if own is not None and places is not None:
            own = BatchKey(own, _row(places, step))
        if program.ends is None:
            batch_terms = objective.evaluation_terms(network, batch, shares, own)
        else:
            assert isinstance(objective, Objective)
            batch_terms = wide_evaluation(program.ends, network, objective, batch, shares, own, program.shard)
        return _everywhere(_with_row(terms, batch_terms, step), program.mesh)

    terms = jnp.zeros((indices.shape[0], len(objective.term_names)), jnp.float32)
    return lax.fori_loop(0, n_batches, body, terms)


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
        ``(program, objective, state, rows, schedule, key, n_batches) -> (state, terms)``; ``terms`` holds
        each batch's means, named by the objective.
    """
    return jax.jit(
        _run_epoch, static_argnums=0, donate_argnums=2, compiler_options=dict(compiler_options) or None
    )


compiled_evaluation = jax.jit(_run_evaluation, static_argnums=0)
"""The jitted evaluation: as the epoch, without a change to the parameters; with a key, through noise."""
