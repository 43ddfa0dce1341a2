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
from diabolo.core.penalties import PENALTIES
from diabolo.data.memory import is_memory
from diabolo.errors import ParameterError, nearest_name
from diabolo.estimators._foreign_names import FOREIGN_NAMES, FOREIGN_PENALTIES
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.schedules import SCHEDULES

__all__ = ["check_parameters", "named_settings", "optimizer_settings", "schedule_settings"]


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
_SHARE_OF_ONE = Constraint("a number above 0 and below 1", lambda value: _is_number(value) and 0 < value < 1)
_SHAPE = Constraint(
    "None, (height, width) or (height, width, channels)",
    lambda value: (
        value is None
        or (
            isinstance(value, (tuple, list))
            and len(value) in (2, 3)
            and all(_is_integer(size) and size >= 1 for size in value)
        )
    ),
)
_FILTERS = Constraint(
    "a tuple of whole numbers, each 1 or more, such as (32, 32)",
    lambda value: (
        isinstance(value, (tuple, list))
        and len(value) >= 1
        and all(_is_integer(size) and size >= 1 for size in value)
    ),
)
_KERNEL_SIZE = Constraint(
    "a whole number, 1 or more, or (height, width)",
    lambda value: (
        (_is_integer(value) and value >= 1)
        or (
            isinstance(value, (tuple, list))
            and len(value) == 2
            and all(_is_integer(size) and size >= 1 for size in value)
        )
    ),
)
_MODULE = Constraint(
    "None, a callable that maps one row (such as an Equinox module), or a function (key, shape) that "
    "makes one",
    lambda value: value is None or callable(value),
)

CONSTRAINTS: dict[str, Constraint] = {
    "n_components": _integer(1),
    "encoder": _MODULE,
    "decoder": _MODULE,
    "filters": _FILTERS,
    "kernel_size": _KERNEL_SIZE,
    "downsample": _one_of(("maxpool", "stride")),
    "upsample": _one_of(("nearest", "transposed")),
    "image_shape": _SHAPE,
    "bottleneck": _one_of(("plain", "topk", "gaussian")),
    "bottleneck_params": _SETTINGS,
    "beta": _NOT_NEGATIVE,
    "warmup_epochs": _NOT_NEGATIVE,
    "k": Constraint("a whole number, 1 or more, or None", lambda v: v is None or (_is_integer(v) and v >= 1)),
    "sparsity": _one_of(("kl", "l1", "topk")),
    "sparsity_weight": _NOT_NEGATIVE,
    "sparsity_target": _SHARE_OF_ONE,
    "weight_decay": _NOT_NEGATIVE,
    "supervision_weight": _NOT_NEGATIVE,
    "supervision": _one_of(("auto", "regression", "classification")),
    "pretrain": _one_of(("layerwise",), or_none=True),
    "pretrain_epochs": _integer(1),
    "hidden_layer_sizes": _SIZES,
    "activation": _ACTIVATION,
    "code_activation": _ACTIVATION,
    "output_activation": _one_of(("auto", *ACTIVATIONS)),
    "tied_weights": _BOOLEAN,
    "initializer": _one_of(INITIALIZERS),
    "loss": _one_of(LOSSES),
    "huber_delta": _positive(),
    "scale": _one_of(("minmax", "standard", "maxabs", "center"), or_none=True),
    "missing": _one_of(("error", "mean", "mask")),
    "optimizer": _one_of(tuple(OPTIMIZERS)),
    "optimizer_params": _SETTINGS,
    "learning_rate": _positive(),
    "learning_rate_schedule": _one_of(tuple(SCHEDULES)),
    "schedule_params": _SETTINGS,
    "max_gradient_norm": _positive(or_none=True),
    "batch_size": _integer(1),
    "max_epochs": _integer(1),
    "n_samples": _integer(1),
    "shuffle": _BOOLEAN,
    "validation_fraction": _SHARE,
    "early_stopping": _BOOLEAN,
    "n_iter_no_change": _integer(1),
    "tol": _NOT_NEGATIVE,
    "device": Constraint(
        "a device such as 'cpu' or 'gpu:0', or None", lambda value: value is None or isinstance(value, str)
    ),
    "max_memory": Constraint(
        "bytes, or text such as '4GB' or '512MiB', or None",
        lambda value: value is None or (is_memory(value) and value not in (0, "0")),
    ),
    "verbose": Constraint(
        "0 for silence, n for a line every n epochs, or 'bar'",
        lambda value: value == "bar" or isinstance(value, bool) or (_is_integer(value) and value >= 0),
    ),
}

_AUTO_OR_ACTIVATION = _one_of(("auto", *ACTIVATIONS))

# Parameters that mean more in one estimator than in the others.
_OF_ONE: dict[str, dict[str, Constraint]] = {
    "ConvolutionalAutoencoder": {
        "n_components": Constraint(
            "a whole number, 1 or more, or None for the maps as the code",
            lambda value: value is None or (_is_integer(value) and value >= 1),
        ),
        "code_activation": _AUTO_OR_ACTIVATION,
    },
    "SparseAutoencoder": {"code_activation": _AUTO_OR_ACTIVATION},
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
    "k": _integer(1),
    "auxiliary_weight": _NOT_NEGATIVE,
    "dead_epochs": _NOT_NEGATIVE,
    "beta": _NOT_NEGATIVE,
    "warmup_epochs": _NOT_NEGATIVE,
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
        if name == "penalty":
            _check_penalty(owner, value)
        constraint = _constraint(owner, name)
        if constraint is not None and not constraint.holds(value):
            hint = nearest_name(value, constraint.names, FOREIGN_NAMES) if constraint.names else ""
            raise ParameterError(
                f"{owner}: {name}={value!r} is not possible; expected {constraint.expected}.{hint}"
            )


def _constraint(owner: str, name: str) -> Constraint | None:
    return _OF_ONE.get(owner, {}).get(name) or CONSTRAINTS.get(name)


def _check_penalty(owner: str, penalty: Any) -> None:
    if penalty is None:
        return
    known = ", ".join(repr(name) for name in PENALTIES)
    if not isinstance(penalty, Mapping):
        raise ParameterError(
            f"{owner}: penalty={penalty!r} is not possible; expected None or a dictionary of weights by "
            f"name, the names being {known}, such as {{'weight_decay': 1e-4}}."
        )
    for name, weight in penalty.items():
        if name not in PENALTIES:
            hint = nearest_name(name, PENALTIES, FOREIGN_PENALTIES)
            raise ParameterError(f"{owner}: penalty has {name!r}, which is none of {known}.{hint}")
        if not _NOT_NEGATIVE.holds(weight):
            raise ParameterError(
                f"{owner}: penalty[{name!r}]={weight!r} is not possible; expected {_NOT_NEGATIVE.expected}."
            )


def optimizer_settings(owner: str, optimizer: str, given: Mapping[str, Any] | None) -> dict[str, float]:
    """Fill in an optimizer's settings: :func:`named_settings` for ``optimizer_params``."""
    return named_settings(owner, "optimizer_params", optimizer, OPTIMIZERS[optimizer].defaults, given)


def schedule_settings(owner: str, schedule: str, given: Mapping[str, Any] | None) -> dict[str, float]:
    """Fill in a schedule's settings: :func:`named_settings` for ``schedule_params``."""
    return named_settings(owner, "schedule_params", schedule, SCHEDULES[schedule], given)


def named_settings(
    owner: str, parameter: str, chosen: str, defaults: Mapping[str, float], given: Mapping[str, Any] | None
) -> dict[str, float]:
    """Fill in the settings of an optimizer or a schedule, refusing those it does not have.

    Parameters
    ----------
    owner, parameter : str
        The estimator's name and the parameter that holds the settings.
    chosen : str
        The optimizer or schedule.
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
            hint = nearest_name(name, defaults, FOREIGN_NAMES)
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
