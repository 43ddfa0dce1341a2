"""Optimizers: each two rules for one array, applied in the same compiled step as the gradient.

The first brings the arrays kept beside the parameters up to date, the second works out the parameters'
change from them. Two rules, since a compiler that may mix them reads the old arrays for both and has to copy
them first; taken one after the other, both write in place.

What changes with the step but not with the data (learning rate, bias correction) is worked out for a
whole epoch beforehand, in float64 outside the compiled program, and handed in as a row of numbers a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jax import lax

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Int

__all__ = ["OPTIMIZERS", "SCHEDULES", "Optimizer", "learning_rates", "updated"]


Scalars = dict[str, "Array"]
Slots = tuple["Array", ...]
Scheduler = Callable[
    ["Int[np.ndarray, ' steps']", "Float[np.ndarray, ' steps']", Mapping[str, float]],
    dict[str, "Float[np.ndarray, ' steps'] | float"],
]


@dataclass(frozen=True)
class Optimizer:
    """One optimizer.

    Parameters
    ----------
    slots : tuple of float or str
        The initial value of each array it keeps beside the parameters: a number, or the setting that
        holds it.
    scalars : callable
        From step numbers (from 1), learning rates and settings to the numbers each step needs.
    accumulate : callable
        From gradient, slots and scalars to new slots.
    change : callable
        From gradient, new slots, parameter, scalars and matrix mask to what is subtracted from the parameter.
    slot_dtype : dtype, default float32
        Of the arrays it keeps.
    """

    slots: tuple[float | str, ...]
    scalars: Scheduler
    accumulate: Callable[[Array, Slots, Scalars], Slots]
    change: Callable[[Array, Slots, Array, Scalars, Any], Array]
    slot_dtype: Any = np.float32

    def initial_slots(self, settings: Mapping[str, float]) -> tuple[float, ...]:
        """Return the value that fills each slot before the first step."""
        return tuple(settings[slot] if isinstance(slot, str) else slot for slot in self.slots)


def _adam_scalars(step: Any, learning_rate: Any, settings: Mapping[str, float]) -> dict[str, Any]:
    unseen = np.sqrt(1.0 - settings["beta_2"] ** step)
    return {
        "mean_gain": 1.0 - settings["beta_1"],
        "square_gain": 1.0 - settings["beta_2"],
        "step_size": learning_rate * unseen / (1.0 - settings["beta_1"] ** step),
        "epsilon": settings["epsilon"] * unseen,
        "decay": learning_rate * settings.get("weight_decay", 0.0),
    }


def _accumulate_moments(gradient: Array, slots: Slots, scalars: Scalars) -> Slots:
    mean, square = slots
    return (
        mean + scalars["mean_gain"] * (gradient - mean),
        square + scalars["square_gain"] * (gradient * gradient - square),
    )


def _adam_change(gradient: Array, slots: Slots, parameter: Array, scalars: Scalars, mask: Any) -> Array:
    mean, square = slots
    return scalars["step_size"] * mean / (jnp.sqrt(square) + scalars["epsilon"])


def _dithered(value: Array, salt: Array) -> Array:
    """Round to bfloat16 up or down by chance, so that on average nothing is lost.

    To the nearest, a second moment that moves by a thousandth a step would never move at all. The chance is
    a hash of the number's and the gradient's own bits, so that the same step gives the same bits.
    """
    bits = lax.bitcast_convert_type(value, jnp.uint32)
    noise = (bits ^ lax.bitcast_convert_type(salt, jnp.uint32)) * np.uint32(0x9E3779B1)
    noise = ((noise ^ (noise >> 15)) * np.uint32(0x85EBCA77)) >> 16
    kept = (bits + noise) & np.uint32(0xFFFF0000)
    return lax.bitcast_convert_type(kept, jnp.float32).astype(jnp.bfloat16)


def _accumulate_half_moments(gradient: Array, slots: Slots, scalars: Scalars) -> Slots:
    mean, square = (slot.astype(jnp.float32) for slot in slots)
    return tuple(
        _dithered(moment, gradient) for moment in _accumulate_moments(gradient, (mean, square), scalars)
    )


def _half_adam_change(gradient: Array, slots: Slots, parameter: Array, scalars: Scalars, mask: Any) -> Array:
    whole = tuple(slot.astype(jnp.float32) for slot in slots)
    return _adam_change(gradient, whole, parameter, scalars, mask)


def _adamw_change(gradient: Array, slots: Slots, parameter: Array, scalars: Scalars, mask: Any) -> Array:
    change = _adam_change(gradient, slots, parameter, scalars, mask)
    return change + scalars["decay"] * mask * parameter


def _sgd_scalars(step: Any, learning_rate: Any, settings: Mapping[str, float]) -> dict[str, Any]:
    return {
        "step_size": learning_rate,
        "momentum": settings["momentum"],
        "nesterov": float(bool(settings["nesterov"])),
    }


def _accumulate_velocity(gradient: Array, slots: Slots, scalars: Scalars) -> Slots:
    (velocity,) = slots
    return (scalars["momentum"] * velocity + gradient,)


def _sgd_change(gradient: Array, slots: Slots, parameter: Array, scalars: Scalars, mask: Any) -> Array:
    (velocity,) = slots
    ahead = gradient + scalars["momentum"] * velocity
    return scalars["step_size"] * jnp.where(scalars["nesterov"] > 0, ahead, velocity)


def _rmsprop_scalars(step: Any, learning_rate: Any, settings: Mapping[str, float]) -> dict[str, Any]:
    return {
        "step_size": learning_rate,
        "square_gain": 1.0 - settings["rho"],
        "epsilon": settings["epsilon"],
    }


def _accumulate_square(gradient: Array, slots: Slots, scalars: Scalars) -> Slots:
    (square,) = slots
    return (square + scalars["square_gain"] * (gradient * gradient - square),)


def _scaled_change(gradient: Array, slots: Slots, parameter: Array, scalars: Scalars, mask: Any) -> Array:
    (square,) = slots
    return scalars["step_size"] * gradient / (jnp.sqrt(square) + scalars["epsilon"])


def _adagrad_scalars(step: Any, learning_rate: Any, settings: Mapping[str, float]) -> dict[str, Any]:
    return {"step_size": learning_rate, "epsilon": settings["epsilon"]}


def _accumulate_total(gradient: Array, slots: Slots, scalars: Scalars) -> Slots:
    (total,) = slots
    return (total + gradient * gradient,)


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer((0.0, 0.0), _adam_scalars, _accumulate_moments, _adam_change),
    "adam16": Optimizer((0.0, 0.0), _adam_scalars, _accumulate_half_moments, _half_adam_change, jnp.bfloat16),
    "adamw": Optimizer((0.0, 0.0), _adam_scalars, _accumulate_moments, _adamw_change),
    "sgd": Optimizer((0.0,), _sgd_scalars, _accumulate_velocity, _sgd_change),
    "rmsprop": Optimizer((0.0,), _rmsprop_scalars, _accumulate_square, _scaled_change),
    "adagrad": Optimizer(("initial_accumulator",), _adagrad_scalars, _accumulate_total, _scaled_change),
}
"""Name to optimizer.

adam     Kingma and Ba, Adam, ICLR 2015.
adam16   The same with its moments in bfloat16, rounded by chance: half the memory beside the parameters.
adamw    Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019; matrices only.
sgd      Heavy-ball or Nesterov momentum, as Sutskever et al., ICML 2013, write it.
rmsprop  Tieleman and Hinton, Lecture 6.5, Coursera, 2012.
adagrad  Duchi, Hazan and Singer, JMLR 12, 2011.
"""


def updated(
    optimizer: Optimizer,
    scalars: dict[str, Any],
    arrays: tuple[Any, ...],
    gradient: Array,
    mask: Any,
    moves: Any,
    *,
    read: Callable[[Any], Any] = lambda array: array,
    write: Callable[[Any, Any], Any] = lambda array, new: new,
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


def learning_rates(
    schedule: str,
    learning_rate: float,
    settings: Mapping[str, float],
    steps: Int[np.ndarray, " steps"],
    steps_per_epoch: int,
    max_epochs: int,
) -> Float[np.ndarray, " steps"]:
    """Work out the learning rate of each step.

    With f the share of the whole fit's steps already done and e the whole epochs done::

        constant  r
        cosine    r (a + (1 - a) (1 + cos(pi f)) / 2), a being final_fraction
        step      r factor^floor(e / epochs)

    Parameters
    ----------
    schedule : {"constant", "cosine", "step"}
        Which one.
    learning_rate : float
        r, the rate at the start.
    settings : mapping
        All of the schedule's settings.
    steps : array of int
        Steps, from 0.
    steps_per_epoch, max_epochs : int
        The fit's length.

    Returns
    -------
    array of float64

    References
    ----------
    I. Loshchilov and F. Hutter, SGDR, ICLR 2017 (cosine, without restarts).

    Examples
    --------
    >>> import numpy as np
    >>> learning_rates("cosine", 0.1, {"final_fraction": 0.0}, np.array([0, 50]), 10, 10).tolist()
    [0.1, 0.05]
    """
    spent = np.minimum(steps / max(steps_per_epoch * max_epochs, 1), 1.0)
    return learning_rate * SCHEDULES[schedule](spent, steps // steps_per_epoch, settings)


def _constant(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    return np.ones(len(spent))


def _cosine(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    final = settings["final_fraction"]
    return final + (1.0 - final) * 0.5 * (1.0 + np.cos(np.pi * spent))


def _step(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    return settings["factor"] ** (epochs // int(settings["epochs"]))


SCHEDULES: dict[str, Callable[[Any, Any, Mapping[str, float]], Any]] = {
    "constant": _constant,
    "cosine": _cosine,
    "step": _step,
}
"""Name to the share of the first rate, by the share of steps done, the whole epochs done, and settings."""
