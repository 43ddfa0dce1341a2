"""What each parameter may be: one table of constraints, one form for every message."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diabolo.core.activations import ACTIVATIONS
from diabolo.core.initializers import INITIALIZERS
from diabolo.core.losses import LOSSES
from diabolo.errors import ParameterError, nearest_name
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.schedules import SCHEDULES

__all__ = ["check_parameters", "named_settings"]

CUSTOMARY = {
    "mse": "squared_error",
    "mean_squared_error": "squared_error",
    "l2": "squared_error",
    "mae": "absolute_error",
    "mean_absolute_error": "absolute_error",
    "l1": "absolute_error",
    "bce": "binary_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "log_loss": "binary_cross_entropy",
    "cross_entropy": "binary_cross_entropy",
    "smooth_l1": "huber",
    "identity": "linear",
    "none": "linear",
    "logistic": "sigmoid",
    "min_max": "minmax",
    "max_abs": "maxabs",
    "zscore": "standard",
    "z_score": "standard",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "xavier": "glorot_uniform",
    "glorot": "glorot_uniform",
    "he": "he_uniform",
    "momentum": "sgd",
    "cosine_decay": "cosine",
    "betas": "beta_1",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "lr": "learning_rate",
}
"""What other libraries call a thing, for messages only: no alias is accepted."""


@dataclass(frozen=True)
class Constraint:
    """What one parameter may be: a sentence for people and a test for the program."""

    expected: str
    holds: Callable[[Any], bool]
    names: tuple[str, ...] = ()


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    return is_real and math.isfinite(float(value))


def _one_of(names: tuple[str, ...], *, or_none: bool = False) -> Constraint:
    expected = "one of " + ", ".join(repr(name) for name in names) + (", or None" if or_none else "")
    return Constraint(
        expected,
        lambda value: (or_none and value is None) or (isinstance(value, str) and value in names),
        names,
    )


def _integer(least: int) -> Constraint:
    return Constraint(f"a whole number, {least} or more", lambda value: _is_integer(value) and value >= least)


def _positive(*, or_none: bool = False) -> Constraint:
    return Constraint(
        "a number above 0" + (", or None" if or_none else ""),
        lambda value: (or_none and value is None) or (_is_number(value) and value > 0),
    )


_SHARE = Constraint(
    "a number from 0 to below 1, or None",
    lambda value: value is None or (_is_number(value) and 0 <= value < 1),
)
_NOT_NEGATIVE = Constraint("a number, 0 or more", lambda value: _is_number(value) and value >= 0)
_BOOLEAN = Constraint("True or False", lambda value: isinstance(value, (bool, np.bool_)))
_SIZES = Constraint(
    "a tuple of whole numbers, each 1 or more, such as (128, 32), or () for none",
    lambda value: isinstance(value, (tuple, list)) and all(_is_integer(size) and size >= 1 for size in value),
)
_SETTINGS = Constraint("a dictionary, or None", lambda value: value is None or isinstance(value, Mapping))
_ACTIVATION = _one_of(tuple(ACTIVATIONS))

CONSTRAINTS: dict[str, Constraint] = {
    "n_components": _integer(1),
    "hidden_layer_sizes": _SIZES,
    "activation": _ACTIVATION,
    "code_activation": _ACTIVATION,
    "output_activation": _one_of(("auto", *ACTIVATIONS)),
    "tied_weights": _BOOLEAN,
    "initializer": _one_of(INITIALIZERS),
    "loss": _one_of(LOSSES),
    "huber_delta": _positive(),
    "scale": _one_of(("minmax", "standard", "maxabs"), or_none=True),
    "optimizer": _one_of(tuple(OPTIMIZERS)),
    "optimizer_params": _SETTINGS,
    "learning_rate": _positive(),
    "learning_rate_schedule": _one_of(tuple(SCHEDULES)),
    "schedule_params": _SETTINGS,
    "max_gradient_norm": _positive(or_none=True),
    "batch_size": _integer(1),
    "max_epochs": _integer(1),
    "shuffle": _BOOLEAN,
    "validation_fraction": _SHARE,
    "early_stopping": _BOOLEAN,
    "n_iter_no_change": _integer(1),
    "tol": _NOT_NEGATIVE,
    "overcomplete": _BOOLEAN,
    "device": Constraint(
        "a device such as 'cpu' or 'gpu:0', or None", lambda value: value is None or isinstance(value, str)
    ),
    "verbose": Constraint(
        "0 for silence, n for a line every n epochs, or 'bar'",
        lambda value: value == "bar" or isinstance(value, bool) or (_is_integer(value) and value >= 0),
    ),
}

_SETTING_LIMITS: dict[str, Constraint] = {
    "beta_1": Constraint("a number from 0 to below 1", lambda v: _is_number(v) and 0 <= v < 1),
    "beta_2": Constraint("a number from 0 to below 1", lambda v: _is_number(v) and 0 <= v < 1),
    "rho": Constraint("a number from 0 to below 1", lambda v: _is_number(v) and 0 <= v < 1),
    "momentum": Constraint("a number from 0 to below 1", lambda v: _is_number(v) and 0 <= v < 1),
    "nesterov": Constraint("True or False", lambda v: isinstance(v, (bool, np.bool_)) or v in (0, 1)),
    "epsilon": _positive(),
    "weight_decay": _NOT_NEGATIVE,
    "initial_accumulator": _NOT_NEGATIVE,
    "epochs": _integer(1),
    "factor": _positive(),
    "final_fraction": Constraint("a number from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
}


def check_parameters(owner: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that cannot be, naming it, its value, what it may be and the nearest right name.

    Parameters
    ----------
    owner : str
        The estimator's name.
    parameters : mapping of str to object
        All of its parameters.

    Raises
    ------
    ParameterError
        For the first parameter that is out of its range.
    """
    for name, value in parameters.items():
        constraint = CONSTRAINTS.get(name)
        if constraint is not None and not constraint.holds(value):
            hint = nearest_name(value, constraint.names, CUSTOMARY) if constraint.names else ""
            raise ParameterError(
                f"{owner}: {name}={value!r} is not possible; expected {constraint.expected}.{hint}"
            )


def named_settings(
    owner: str, parameter: str, chosen: str, defaults: Mapping[str, float], given: Mapping[str, Any] | None
) -> dict[str, float]:
    """Fill in the settings of an optimiser or a schedule, refusing those it does not have.

    Parameters
    ----------
    owner, parameter : str
        The estimator's name and the parameter that holds the settings.
    chosen : str
        The optimiser or schedule.
    defaults : mapping
        Its settings.
    given : mapping or None
        What the user set.

    Returns
    -------
    dict
        All of the settings.

    Raises
    ------
    ParameterError
        For a setting that ``chosen`` does not have, or a value out of its range.
    """
    given = given or {}
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(repr(known) for known in defaults) or "none"
            hint = nearest_name(name, defaults, CUSTOMARY)
            raise ParameterError(
                f"{owner}: {parameter} has {name!r}, which {chosen!r} does not know; "
                f"its settings: {known}.{hint}"
            )
        limit = _SETTING_LIMITS[name]
        if not limit.holds(value):
            raise ParameterError(
                f"{owner}: {parameter}[{name!r}]={value!r} is not possible; expected {limit.expected}."
            )
    return {**defaults, **{name: float(value) for name, value in given.items()}}
