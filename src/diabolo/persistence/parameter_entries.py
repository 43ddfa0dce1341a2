"""Parameters of an estimator in a record: what JSON knows, and where functions of the user's own were."""

from __future__ import annotations

from typing import Any

import numpy as np

from diabolo.parameters.own_functions import PLACES, AbsentFunction, function_path, is_optimizer
from diabolo.persistence.record_entries import shown

__all__ = ["json_value", "read_parameters", "without_callbacks", "written_parameters"]

_CODE = "code: "
"""What text begins with that says where a function was to be found; it is never followed."""


def json_value(value: Any) -> Any:
    """Turn a parameter into what JSON knows; a random generator cannot be written down and becomes None."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {str(name): json_value(item) for name, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else None


def written_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Write an estimator's parameters in what JSON knows.

    An encoder and a decoder are none of it; of other functions of the user's own it has where they were.
    """
    written = {
        name: _named(value) if name in PLACES and not isinstance(value, dict) else value
        for name, value in without_callbacks(parameters).items()
    }
    if isinstance(penalty := parameters.get("penalty"), dict):
        written["penalty"] = {_named(name): weight for name, weight in penalty.items()}
    own = {name: None for name in ("encoder", "decoder") if name in parameters}
    return {**json_value(written), **own}


def without_callbacks(parameters: dict[str, Any]) -> dict[str, Any]:
    """Leave out who is told of a fit: code, which a model file never holds."""
    return {name: value for name, value in parameters.items() if name != "callbacks"}


def read_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Read parameters of a record; what stands for functions says that they are not here."""
    read = {name: _tuples(value) for name, value in parameters.items()}
    for name in PLACES:
        value = read.get(name)
        if name == "penalty" and isinstance(value, dict):
            read[name] = {_absent(each): weight for each, weight in value.items()}
        elif value is not None:
            read[name] = _absent(value)
    return read


def _named(value: Any) -> Any:
    is_own = callable(value) or is_optimizer(value)
    return f"{_CODE}{function_path(value)}" if is_own else value


def _absent(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(_CODE):
        return value
    return AbsentFunction(shown(value.removeprefix(_CODE)).strip("'\""))


def _tuples(value: Any) -> Any:
    """Turn JSON's lists back into tuples, at any depth."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
