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

__all__ = ["OPTIMIZERS", "Optimizer"]

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
    "adam16": Optimizer(
        (0.0, 0.0),
        _adam_scalars,
        _accumulate_half_moments,
        _half_adam_change,
        jnp.bfloat16,
    ),
    "adamw": Optimizer(
        (0.0, 0.0),
        _adam_scalars,
        _accumulate_moments,
        _adamw_change,
    ),
    "sgd": Optimizer((0.0,), _sgd_scalars, _accumulate_velocity, _sgd_change),
    "rmsprop": Optimizer((0.0,), _rmsprop_scalars, _accumulate_square, _scaled_change),
    "adagrad": Optimizer(
        ("initial_accumulator",),
        _adagrad_scalars,
        _accumulate_total,
        _scaled_change,
    ),
}
"""Name to optimizer.

adam     Kingma and Ba, Adam, ICLR 2015.
adam16   The same with its moments in bfloat16, rounded by chance: half the memory beside the parameters.
adamw    Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019; matrices only.
sgd      Heavy-ball or Nesterov momentum, as Sutskever et al., ICML 2013, write it.
rmsprop  Tieleman and Hinton, Lecture 6.5, Coursera, 2012.
adagrad  Duchi, Hazan and Singer, JMLR 12, 2011.
"""
