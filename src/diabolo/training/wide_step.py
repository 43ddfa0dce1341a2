"""A step of a network with wide ends: blocks of features, each gone through once from output to update.

The matrices of a table's half a million features do not fit the processor's cache, and a step that computes
output, loss, gradient and update one after the other moves each of them through memory many times. Here a
block of features of the last layer gets its output, its loss, its gradient and its update while it is in the
cache; the first layer's gradient and update go the same way. Neither the output nor a gradient ever
exists as a whole.

A loss that is not finite is known only when the last block is done; the last layer's blocks before it have
been updated by then, with finite numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.objectives import Memory, Objective
from diabolo.core.precision import weighted_sum
from diabolo.core.wide_network import InnerNetwork, WideEnds
from diabolo.training.feature_shards import FeatureShard
from diabolo.training.optimizers import Optimizer, updated

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["wide_evaluation", "wide_step"]


def _blocks(ends: WideEnds, body: Callable[[Any, int, Any], Any], carry: Any) -> Any:
    """Go over all features: whole blocks in a loop, then what is left."""
    n_whole = ends.n_features // ends.block
    carry = lax.fori_loop(0, n_whole, lambda i, carry: body(i * ends.block, ends.block, carry), carry)
    left = ends.n_features - n_whole * ends.block
    return body(n_whole * ends.block, left, carry) if left else carry


def _part(array: Array, start: Any, size: int, axis: int) -> Array:
    return lax.dynamic_slice_in_dim(array, start, size, axis)


def _first_sums(ends: WideEnds, seen: Array, weight: Array, shard: FeatureShard | None) -> Array:
    """Multiply the rows by the first matrix."""

    def body(start: Any, size: int, sums: Any) -> Any:
        return sums + _part(seen, start, size, 1) @ _part(weight, start, size, 0)

    sums = _blocks(ends, body, jnp.zeros((seen.shape[0], weight.shape[1]), seen.dtype))
    return sums if shard is None else shard.summed(sums)


def _share_of(objective: Objective, clean: Array, shard: FeatureShard | None) -> Callable[[Any, int], Any]:
    """Say what the cells of a block of features count in their rows' means."""
    if shard is None:
        share = objective.shares(clean)
        return lambda start, size: share
    share = shard.shares(objective, clean)
    return lambda start, size: jnp.where(shard.is_there(start, size), share, 0.0)


def _output(matrix: Array, bias: Array, hidden: Array, start: Any, size: int) -> tuple[Array, Array]:
    """Return a block of the last layer's matrix, as (features, width), and its output."""
    part = _part(matrix, start, size, 0)[:, : hidden.shape[1]]
    return part, hidden @ part.T + _part(bias, start, size, 0)


def wide_step(
    ends: WideEnds,
    network: Any,
    wide: dict[int, tuple[Any, ...]],
    objective: Objective,
    optimizer: Optimizer,
    scalars: dict[str, Any],
    masks: dict[int, Any],
    batch: Float[Array, "batch columns"],
    weights: Float[Array, " batch"],
    key: UInt32[Array, " 2"],
    memory: Memory,
    may_move: Any,
    shard: FeatureShard | None = None,
) -> tuple[dict[int, tuple[Any, ...]], list[Any], Float[Array, " terms"], Memory]:
    """Take the gradient of everything, and update the wide arrays.

    Parameters
    ----------
    ends : WideEnds
        Of the network.
    network : Network
        Before the step.
    wide : dict of int to tuple of arrays
        By leaf: each wide array, then the optimizer's arrays beside it; features go along the first axis of
        all of them.
    objective : Objective
        What is minimized.
    optimizer, scalars, masks
        The rules, the step's numbers, and by leaf whether an array is a matrix.
    batch : array of shape (batch, columns)
        Rows, then targets.
    weights : array of shape (batch,)
        Each row's share in the mean.
    key : uint32 array of shape (2,)
        Of the step.
    memory : dict
        From the step before.
    may_move : boolean scalar
        Whether anything may change.
    shard : FeatureShard, optional
        Where the features lie on several devices, of which this is one.

    Returns
    -------
    wide : dict
        As given, updated.
    gradients : list of arrays
        By leaf; None for the wide ones.
    terms : array of shape (terms,)
        The batch's figures.
    memory : dict
        For the next step.
    """
    leaves, structure = jax.tree.flatten(network)
    seen, clean, targets = (objective.seen if shard is None else partial(shard.seen, objective))(batch, key)
    sums = _first_sums(ends, seen, leaves[ends.first], shard)
    narrow = [None if i in wide else leaf for i, leaf in enumerate(leaves)]

    def through(narrow: list[Any], sums: Any) -> Any:
        whole = [leaves[i] if leaf is None else leaf for i, leaf in enumerate(narrow)]
        inside = InnerNetwork(jax.tree.unflatten(structure, whole), sums)
        share = scalars.get("kl_share", 1.0)
        return objective.inner_terms(inside, clean, targets, weights, key, memory, share)

    (hidden, charged), back, (measured, memory) = jax.vjp(through, narrow, sums, has_aux=True)
    finite = may_move & jnp.isfinite(jnp.sum(hidden)) & jnp.isfinite(charged)
    n_rows, share_of = clean.shape[0], _share_of(objective, clean, shard)

    def update(leaf: int, own: tuple[Any, ...], gradient: Array, moves: Any, start: Any) -> tuple[Any, ...]:
        """Rewrite a block of a wide array, and of the optimizer's arrays beside it."""
        size = len(gradient)
        return updated(
            optimizer,
            scalars,
            own,
            lax.optimization_barrier(gradient),
            masks[leaf],
            moves,
            read=lambda array: _part(array, start, size, 0),
            write=lambda array, block: lax.dynamic_update_slice_in_dim(array, block, start, 0),
        )

    def last_layer(start: Any, size: int, carry: Any) -> Any:
        arrays, losses, sizes, hidden_slope, output_slopes = carry
        last = leaves[ends.first] if ends.last is None else arrays[ends.last][0]
        matrix, output = _output(last, arrays[ends.bias][0], hidden, start, size)
        rows = _part(clean, start, size, 1)
        (loss, absolute), slope_of = jax.vjp(
            lambda z: objective.row_losses(z, rows, share_of(start, size)), output
        )
        (slope,) = slope_of((weights, jnp.zeros_like(absolute)))
        hidden_slope = hidden_slope + slope @ matrix
        arrays = dict(arrays)
        arrays[ends.bias] = update(ends.bias, arrays[ends.bias], jnp.sum(slope, axis=0), finite, start)
        if ends.last is None:
            output_slopes = lax.dynamic_update_slice_in_dim(output_slopes, slope, start, 1)
        else:
            arrays[ends.last] = update(ends.last, arrays[ends.last], slope.T @ hidden, finite, start)
        return arrays, losses + loss, sizes + absolute, hidden_slope, output_slopes

    nothing = jnp.zeros(n_rows, clean.dtype)
    output_slopes = jnp.zeros(clean.shape if ends.last is None else (0,), clean.dtype)
    arrays = {leaf: own for leaf, own in wide.items() if leaf != ends.first}
    arrays, losses, sizes, hidden_slope, output_slopes = _blocks(
        ends, last_layer, (arrays, nothing, nothing, jnp.zeros_like(hidden), output_slopes)
    )
    if shard is not None:
        losses, sizes, hidden_slope = shard.summed((losses, sizes, hidden_slope))
    terms = objective.stacked(weighted_sum(weights, losses), weighted_sum(weights, sizes), charged, measured)
    gradients, sums_slope = back((hidden_slope, jnp.ones_like(charged)))
    finite = finite & jnp.isfinite(terms[0])

    def first_layer(start: Any, size: int, own: Any) -> Any:
        gradient = _part(seen, start, size, 1).T @ sums_slope
        if ends.last is None:
            shared = _part(output_slopes, start, size, 1).T @ hidden
            gradient = gradient.at[:, : hidden.shape[1]].add(shared)
        return update(ends.first, own, gradient, finite, start)

    arrays[ends.first] = _blocks(ends, first_layer, wide[ends.first])
    return arrays, gradients, terms, memory


def wide_evaluation(
    ends: WideEnds,
    network: Any,
    objective: Objective,
    batch: Float[Array, "batch columns"],
    weights: Float[Array, " batch"],
    key: UInt32[Array, " 2"] | None = None,
    shard: FeatureShard | None = None,
) -> Float[Array, " terms"]:
    """Measure a batch as it is, block by block of its features; see `Objective.evaluation_terms`."""
    leaves = jax.tree.leaves(network)
    seen, clean, targets = (objective.seen if shard is None else partial(shard.seen, objective))(batch, key)
    inside = InnerNetwork(network, _first_sums(ends, seen, leaves[ends.first], shard))
    share_of = _share_of(objective, clean, shard)
    (hidden, charged), (measured, _) = objective.inner_terms(inside, clean, targets, weights, None, None)
    # The network's matrix is the packed one transposed, so that this is the packed one again.
    last = leaves[ends.first] if ends.last is None else leaves[ends.last].T

    def body(start: Any, size: int, carry: Any) -> Any:
        _, output = _output(last, leaves[ends.bias], hidden, start, size)
        loss, absolute = objective.row_losses(output, _part(clean, start, size, 1), share_of(start, size))
        return carry[0] + loss, carry[1] + absolute

    nothing = jnp.zeros(clean.shape[0], clean.dtype)
    losses, sizes = _blocks(ends, body, (nothing, nothing))
    if shard is not None:
        losses, sizes = shard.summed((losses, sizes))
    return objective.stacked(weighted_sum(weights, losses), weighted_sum(weights, sizes), charged, measured)
