"""A fitted estimator as arrays and one JSON record, and back."""

from __future__ import annotations

import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import jax
import numpy as np

from diabolo.core.networks import dense_network_shape
from diabolo.data.scaling import Scaler
from diabolo.errors import DiaboloError, ModelFileError
from diabolo.estimators._parameters import check_parameters
from diabolo.persistence.estimators_table import ESTIMATORS
from diabolo.training.history import COLUMNS
from diabolo.training.packing import layout_of
from diabolo.training.placement import choose_placement

__all__ = ["FORMAT_VERSION", "estimator_from_record", "record_of"]

FORMAT_VERSION = 1

_FITTED = ("n_components_", "n_features_in_", "n_epochs_", "best_epoch_")


def _tensor_names(network: Any) -> list[str]:
    """Name each array by its path, such as ``encoder.0.weight``."""
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(network)[0]]
    return [".".join(str(getattr(key, "name", getattr(key, "idx", key))) for key in path) for path in paths]


def _plain(value: Any) -> Any:
    """Turn a parameter into what JSON knows; a random generator cannot be written down and becomes None."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else None


def _gap(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("diabolo", "jax", "numpy", "scikit-learn"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    return versions


def record_of(estimator: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take a fitted estimator apart.

    Parameters
    ----------
    estimator : estimator
        Fitted, of a kind in the table.

    Returns
    -------
    tensors : dict of str to ndarray
        The network's arrays, and the scaler's.
    record : dict
        Everything else, in what JSON knows.

    Raises
    ------
    ModelFileError
        For anything else than a fitted estimator of the table.
    """
    name = type(estimator).__name__
    if ESTIMATORS.get(name) is not type(estimator):
        raise ModelFileError(
            f"save got {type(estimator).__module__}.{name}; expected one of Diabolo's estimators: "
            f"{', '.join(ESTIMATORS)}."
        )
    if not hasattr(estimator, "network_"):
        raise ModelFileError(f"This {name} is not fitted yet; call fit before save.")
    leaves = jax.tree.leaves(estimator.network_)
    names = _tensor_names(estimator.network_)
    tensors = {
        f"network.{name}": np.ascontiguousarray(leaf) for name, leaf in zip(names, leaves, strict=True)
    }
    scaler = estimator.scaler_
    tensors["scaler.offset"] = np.asarray(scaler.offset, np.float64)
    tensors["scaler.factor"] = np.asarray(scaler.factor, np.float64)
    feature_names = getattr(estimator, "feature_names_in_", None)
    record = {
        "format_version": FORMAT_VERSION,
        "versions": _versions(),
        "estimator": type(estimator).__name__,
        "parameters": _plain(estimator.get_params(deep=False)),
        "output_activation": estimator.output_activation_,
        "scale": scaler.kind,
        "fitted": {name: int(getattr(estimator, name)) for name in _FITTED},
        "feature_names": None if feature_names is None else [str(name) for name in feature_names],
        "history": {name: [_gap(value) for value in column] for name, column in estimator.history_.items()},
    }
    return tensors, record


def _refuse(what: str, expected: str, found: str) -> ModelFileError:
    return ModelFileError(f"{what}: expected {expected}, found {found}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _entry(record: Any, name: str, kind: type | tuple[type, ...], expected: str) -> Any:
    if not isinstance(record, dict) or name not in record:
        raise _refuse(f"the record's {name!r}", expected, "nothing")
    if not isinstance(record[name], kind) or (kind is int and isinstance(record[name], bool)):
        raise _refuse(f"the record's {name!r}", expected, _shown(record[name]))
    return record[name]


def estimator_from_record(tensors: dict[str, np.ndarray], record: dict[str, Any]) -> Any:
    """Put a fitted estimator together again, trusting neither the arrays nor the record.

    Parameters
    ----------
    tensors : dict of str to ndarray
        As :func:`record_of` gives them.
    record : dict
        As :func:`record_of` gives it, of this format version.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    ModelFileError
        For the first thing that is not as it should be, saying what was expected and what was found.
    """
    name = _entry(record, "estimator", str, "an estimator's name")
    if name not in ESTIMATORS:
        raise _refuse("the estimator", f"one of {', '.join(ESTIMATORS)}", _shown(name))
    estimator = _unfitted(name, _entry(record, "parameters", dict, "the estimator's parameters"))
    fitted = _entry(record, "fitted", dict, "the fitted figures")
    for key in _FITTED:
        value = _entry(fitted, key, int, "a whole number")
        if value < (0 if key in ("n_epochs_", "best_epoch_") else 1):
            raise _refuse(f"the record's {key!r}", "a count", _shown(value))
        setattr(estimator, key, value)
    if estimator.n_components != estimator.n_components_:
        raise _refuse(
            "the record's 'n_components_'", f"{estimator.n_components}", f"{estimator.n_components_}"
        )
    estimator.output_activation_ = _entry(record, "output_activation", str, "an activation's name")
    try:
        check_parameters(name, {"activation": estimator.output_activation_})
    except DiaboloError as problem:
        raise ModelFileError(str(problem)) from None
    estimator.history_ = _history(_entry(record, "history", dict, "the history of the fit"))
    names = _entry(record, "feature_names", (list, type(None)), "a list of names or nothing")
    if names is not None:
        if len(names) != estimator.n_features_in_ or not all(isinstance(item, str) for item in names):
            raise _refuse("the feature names", f"{estimator.n_features_in_} names", f"{len(names)} entries")
        estimator.feature_names_in_ = np.asarray(names, dtype=object)
    _put_network(estimator, tensors)
    kind = _entry(record, "scale", (str, type(None)), "a scaler's name or nothing")
    if kind != estimator.scale:
        raise _refuse("the record's 'scale'", repr(estimator.scale), _shown(kind))
    width = (estimator.n_features_in_,)
    offset, factor = (_tensor(tensors, f"scaler.{part}", width, np.float64) for part in ("offset", "factor"))
    if not (factor != 0).all():
        raise _refuse("the array 'scaler.factor'", "numbers other than 0", "a 0")
    estimator.scaler_ = Scaler(kind, offset, factor)
    extra = sorted(set(tensors) - _expected_tensors(estimator))
    if extra:
        raise _refuse("the arrays", "those of the network and the scaler alone", _shown(extra[0]))
    return estimator


def _unfitted(name: str, parameters: dict[str, Any]) -> Any:
    known = ESTIMATORS[name]().get_params(deep=False)
    unknown = sorted(set(parameters) - set(known))
    missing = sorted(set(known) - set(parameters))
    if unknown or missing:
        raise _refuse(
            f"the parameters of {name}",
            "exactly those it has",
            f"unknown {unknown}" if unknown else f"without {missing}",
        )
    restored = {key: tuple(value) if isinstance(value, list) else value for key, value in parameters.items()}
    try:
        check_parameters(name, restored)
    except DiaboloError as problem:
        raise ModelFileError(str(problem)) from None
    return ESTIMATORS[name](**restored)


def _history(columns: dict[str, Any]) -> dict[str, list[float]]:
    for key, column in columns.items():
        if key not in COLUMNS:
            raise _refuse("the history's columns", f"some of {', '.join(COLUMNS)}", _shown(key))
        is_numbers = isinstance(column, list) and all(
            value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
            for value in column
        )
        if not is_numbers:
            raise _refuse(f"the history's {key!r}", "a list of numbers", _shown(column))
    return {
        key: [math.nan if value is None else float(value) for value in column]
        for key, column in columns.items()
    }


def _blueprint(estimator: Any) -> Any:
    return dense_network_shape(
        (estimator.n_features_in_, *estimator.hidden_layer_sizes, estimator.n_components_),
        activation=estimator.activation,
        code_activation=estimator.code_activation,
        tied_weights=bool(estimator.tied_weights),
    )


def _expected_tensors(estimator: Any) -> set[str]:
    names = _tensor_names(estimator.network_)
    return {f"network.{name}" for name in names} | {"scaler.offset", "scaler.factor"}


def _put_network(estimator: Any, tensors: dict[str, np.ndarray]) -> None:
    blueprint = _blueprint(estimator)
    leaves, structure = jax.tree.flatten(blueprint)
    names = _tensor_names(blueprint)
    loaded = [
        _tensor(tensors, f"network.{name}", leaf.shape, np.float32)
        for name, leaf in zip(names, leaves, strict=True)
    ]
    try:
        placement = choose_placement(estimator.device)
    except DiaboloError:  # Trained on a device that this machine lacks.
        placement = choose_placement(None)
    estimator.network_ = placement.put_parameters(jax.tree.unflatten(structure, loaded))
    estimator.n_parameters_ = layout_of(estimator.network_).n_parameters


def _tensor(
    tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: type[np.floating]
) -> np.ndarray:
    wanted = f"{np.dtype(dtype).name} of shape {tuple(shape)}"
    if name not in tensors:
        raise _refuse(f"the array {name!r}", wanted, "nothing")
    found = tensors[name]
    if found.dtype != dtype or found.shape != tuple(shape):
        raise _refuse(f"the array {name!r}", wanted, f"{found.dtype.name} of shape {found.shape}")
    if not np.isfinite(found).all():
        raise _refuse(f"the array {name!r}", "finite numbers", "cells that are not")
    return found
