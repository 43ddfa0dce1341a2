"""Optimisers: each a rule for one array, applied in the same compiled step as the gradient.

What changes with the step but not with the data (learning rate, bias correction) is worked out for a
whole epoch beforehand, in float64 outside the compiled program, and handed in as a row of numbers a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Int

__all__ = ["OPTIMIZERS", "Optimizer"]

Scalars = dict[str, "Array"]
Rule = Callable[["Array", "tuple[Array, ...]", "Array", Scalars, "Array"], "tuple[tuple[Array, ...], Array]"]
Scheduler = Callable[
    ["Int[np.ndarray, ' steps']", "Float[np.ndarray, ' steps']", Mapping[str, float]],
    dict[str, "Float[np.ndarray, ' steps'] | float"],
]


@dataclass(frozen=True)
class Optimizer:
    """One optimiser.

    Parameters
    ----------
    slots : tuple of float or str
        The initial value of each array it keeps beside the parameters: a number, or the setting that
        holds it.
    defaults : mapping of str to float
        Its settings.
    scalars : callable
        From step numbers (from 1), learning rates and settings to the numbers each step needs.
    rule : callable
        From gradient, slots, parameter, scalars and matrix mask to new slots and the change that is
        subtracted from the parameter.
    """

    slots: tuple[float | str, ...]
    defaults: Mapping[str, float]
    scalars: Scheduler
    rule: Rule

    def initial_slots(self, settings: Mapping[str, float]) -> tuple[float, ...]:
        """Return the value that fills each slot before the first step."""
        return tuple(settings[slot] if isinstance(slot, str) else slot for slot in self.slots)


def _adam_scalars(step, learning_rate, settings):  # type: ignore[no-untyped-def]
    unseen = np.sqrt(1.0 - settings["beta_2"] ** step)
    return {
        "mean_gain": 1.0 - settings["beta_1"],
        "square_gain": 1.0 - settings["beta_2"],
        "step_size": learning_rate * unseen / (1.0 - settings["beta_1"] ** step),
        "epsilon": settings["epsilon"] * unseen,
        "decay": learning_rate * settings.get("weight_decay", 0.0),
    }


def _adam(gradient, slots, parameter, scalars, mask):  # type: ignore[no-untyped-def]
    mean, square = slots
    mean = mean + scalars["mean_gain"] * (gradient - mean)
    square = square + scalars["square_gain"] * (gradient * gradient - square)
    return (mean, square), scalars["step_size"] * mean / (jnp.sqrt(square) + scalars["epsilon"])


def _adamw(gradient, slots, parameter, scalars, mask):  # type: ignore[no-untyped-def]
    slots, change = _adam(gradient, slots, parameter, scalars, mask)
    return slots, change + scalars["decay"] * mask * parameter


def _sgd_scalars(step, learning_rate, settings):  # type: ignore[no-untyped-def]
    return {
        "step_size": learning_rate,
        "momentum": settings["momentum"],
        "nesterov": float(bool(settings["nesterov"])),
    }


def _sgd(gradient, slots, parameter, scalars, mask):  # type: ignore[no-untyped-def]
    (velocity,) = slots
    velocity = scalars["momentum"] * velocity + gradient
    ahead = gradient + scalars["momentum"] * velocity
    return (velocity,), scalars["step_size"] * jnp.where(scalars["nesterov"] > 0, ahead, velocity)


def _rmsprop_scalars(step, learning_rate, settings):  # type: ignore[no-untyped-def]
    return {
        "step_size": learning_rate,
        "square_gain": 1.0 - settings["rho"],
        "epsilon": settings["epsilon"],
    }


def _rmsprop(gradient, slots, parameter, scalars, mask):  # type: ignore[no-untyped-def]
    (square,) = slots
    square = square + scalars["square_gain"] * (gradient * gradient - square)
    return (square,), scalars["step_size"] * gradient / (jnp.sqrt(square) + scalars["epsilon"])


def _adagrad_scalars(step, learning_rate, settings):  # type: ignore[no-untyped-def]
    return {"step_size": learning_rate, "epsilon": settings["epsilon"]}


def _adagrad(gradient, slots, parameter, scalars, mask):  # type: ignore[no-untyped-def]
    (total,) = slots
    total = total + gradient * gradient
    return (total,), scalars["step_size"] * gradient / (jnp.sqrt(total) + scalars["epsilon"])


_ADAM_DEFAULTS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}

OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer((0.0, 0.0), _ADAM_DEFAULTS, _adam_scalars, _adam),
    "adamw": Optimizer((0.0, 0.0), {**_ADAM_DEFAULTS, "weight_decay": 0.01}, _adam_scalars, _adamw),
    "sgd": Optimizer((0.0,), {"momentum": 0.9, "nesterov": 0.0}, _sgd_scalars, _sgd),
    "rmsprop": Optimizer((0.0,), {"rho": 0.9, "epsilon": 1e-8}, _rmsprop_scalars, _rmsprop),
    "adagrad": Optimizer(
        ("initial_accumulator",),
        {"initial_accumulator": 0.1, "epsilon": 1e-10},
        _adagrad_scalars,
        _adagrad,
    ),
}
"""Name to optimiser.

adam     Kingma and Ba, Adam, ICLR 2015.
adamw    Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019; matrices only.
sgd      Heavy-ball or Nesterov momentum, as Sutskever et al., ICML 2013, write it.
rmsprop  Tieleman and Hinton, Lecture 6.5, Coursera, 2012.
adagrad  Duchi, Hazan and Singer, JMLR 12, 2011.
"""
