"""What is chosen by name and has settings of its own: optimizers, schedules, bottlenecks, noises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diabolo.parameters.kinds import ABOVE_0, NOT_NEGATIVE, SHARE, Kind, is_number, is_truth, number_in, whole

__all__ = [
    "BOTTLENECKS",
    "NOISES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Setting",
    "Table",
    "defaults_of",
    "described",
]

Table = Mapping[str, Mapping[str, "Setting"]]


@dataclass(frozen=True)
class Setting:
    """One setting: its default, and what it may be. A default of None with a kind that refuses it: none."""

    default: Any
    kind: Kind


_SHARE = number_in("from 0 to 1", lambda value: 0 <= value <= 1)
_TRUTH = Kind("True or False", lambda value: is_truth(value) or value in (0, 1))


def _is_range(value: Any) -> bool:
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2
    return is_pair and all(map(is_number, value)) and value[0] < value[1]


def _is_data(value: Any) -> bool:
    return isinstance(value, str) and value == "data"


_RANGE = Kind("'data' or (low, high) with low below high", lambda value: _is_data(value) or _is_range(value))
_CLIP = Kind(
    "None, 'data' or (low, high) with low below high", lambda value: value is None or _RANGE.holds(value)
)
_FILL = Kind("'zero' or 'mean'", lambda value: isinstance(value, str) and value in ("zero", "mean"))

_ADAM = {
    "beta_1": Setting(0.9, SHARE),
    "beta_2": Setting(0.999, SHARE),
    "epsilon": Setting(1e-8, ABOVE_0),
}

OPTIMIZERS: Table = {
    "adam": _ADAM,
    "adam16": _ADAM,
    "adamw": {**_ADAM, "weight_decay": Setting(0.01, NOT_NEGATIVE)},
    "sgd": {"momentum": Setting(0.9, SHARE), "nesterov": Setting(0.0, _TRUTH)},
    "rmsprop": {"rho": Setting(0.9, SHARE), "epsilon": Setting(1e-8, ABOVE_0)},
    "adagrad": {"initial_accumulator": Setting(0.1, NOT_NEGATIVE), "epsilon": Setting(1e-10, ABOVE_0)},
}
SCHEDULES: Table = {
    "constant": {},
    "cosine": {"final_fraction": Setting(0.0, _SHARE)},
    "step": {"epochs": Setting(30, whole()), "factor": Setting(0.1, ABOVE_0)},
}
BOTTLENECKS: Table = {
    "plain": {},
    "topk": {
        "k": Setting(0, whole()),  # which must be given, and 0 stands for that it was not
        "auxiliary_weight": Setting(1 / 32, NOT_NEGATIVE),
        "dead_epochs": Setting(1.0, NOT_NEGATIVE),
    },
    "gaussian": {"beta": Setting(1.0, NOT_NEGATIVE), "warmup_epochs": Setting(0.0, NOT_NEGATIVE)},
}
NOISES: Table = {
    "gaussian": {"standard_deviation": Setting(0.2, NOT_NEGATIVE), "clip": Setting(None, _CLIP)},
    "masking": {"fraction": Setting(0.25, _SHARE), "fill": Setting("zero", _FILL)},
    "salt_and_pepper": {"fraction": Setting(0.1, _SHARE), "range": Setting("data", _RANGE)},
}


def defaults_of(table: Table, name: str) -> dict[str, Any]:
    """Return all settings of what has a name, at their defaults."""
    return {key: each.default for key, each in table[name].items()}


def described(table: Table) -> str:
    """Write each name with its settings and their defaults, for a docstring."""
    parts = []
    for name, settings in table.items():
        written = ", ".join(
            f"{key} {each.default:g}" if is_number(each.default) else f"{key} {each.default!r}"
            for key, each in settings.items()
        )
        if written:
            parts.append(f"{name}: {written}")
    return "; ".join(parts) + "."
