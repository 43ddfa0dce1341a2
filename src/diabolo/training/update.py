"""One array's update: the optimizer's arrays first, then the parameters from them, each written in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import lax

from diabolo.training.optimizers import Optimizer

if TYPE_CHECKING:
    from jax import Array

__all__ = ["updated"]


def _whole(array: Any) -> Any:
    return array


def _replaced(array: Any, new: Any) -> Any:
    return new


def updated(
    optimizer: Optimizer,
    scalars: dict[str, Any],
    arrays: tuple[Any, ...],
    gradient: Array,
    mask: Any,
    moves: Any,
    *,
    read: Callable[[Any], Any] = _whole,
    write: Callable[[Any, Any], Any] = _replaced,
) -> tuple[Any, ...]:
    """Update an array, or a block of it.

    Parameters
    ----------
    optimizer, scalars
        The rules, and the step's numbers.
    arrays : tuple of arrays
        The parameters, then the optimizer's arrays.
    gradient : array
        Of the parameters, or of the block that ``read`` takes of them.
    mask : array or scalar
        1 where a number belongs to a matrix.
    moves : boolean scalar
        Whether anything may change.
    read, write : callable, optional
        Take the block out of an array, and put a new one in its place.

    Returns
    -------
    tuple of arrays
        As given.
    """
    parameters, *slots = arrays
    # A gradient may overflow while its loss does not: such a cell sits the step out.
    sound = moves & jnp.isfinite(gradient * gradient)
    old = tuple(read(slot) for slot in slots)
    accumulated = optimizer.accumulate(gradient, old, scalars)
    new = tuple(
        write(slot, jnp.where(sound, after, before))
        for slot, after, before in zip(slots, accumulated, old, strict=True)
    )
    # Behind the barrier the new arrays are read where they were written. Without it the compiler works them
    # out a second time for the parameters, from the old ones, which it must copy for that.
    new = lax.optimization_barrier(new)
    part = read(parameters)
    candidate = part - optimizer.change(gradient, tuple(read(slot) for slot in new), part, scalars, mask)
    return write(parameters, jnp.where(sound & jnp.isfinite(candidate), candidate, part)), *new
