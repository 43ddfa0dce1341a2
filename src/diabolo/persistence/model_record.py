"""A fitted autoencoder as arrays and one JSON record, and back."""

from __future__ import annotations

import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import jax
import numpy as np

from diabolo.data.scaling import Scaler
from diabolo.errors import DiaboloError, ForkedProcessError, ModelFileError
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._choices import checked_choices, choices_of, fitted_parameters, keep_parameters
from diabolo.estimators._importance import MOST_ROWS, ImportanceSample, dense_part
from diabolo.estimators._networks import code_width, network_shape, new_network, put_network
from diabolo.estimators.autoencoder import Autoencoder, SparseAutoencoder, VariationalAutoencoder
from diabolo.estimators.convolutional import ConvolutionalAutoencoder
from diabolo.estimators.denoising import DenoisingAutoencoder
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.network import ACTIVATIONS
from diabolo.persistence.category_entry import categories_record, check_frequencies, put_categories, width_of
from diabolo.persistence.cell_entries import cell_tensors, cells_from_tensors
from diabolo.persistence.own_parts import OWN_PARTS, own_filled, own_parts_needed, own_record
from diabolo.persistence.record_entries import (
    checked_entry,
    checked_history,
    checked_shape,
    comparison_from_record,
    history_record,
    hold_out_from_record,
    hold_out_record,
    put_names,
    refusal,
    refuse_rest,
    shown,
    take_offset_and_factor,
    take_tensor,
    target_from_record,
    target_record,
)

__all__ = [
    "ESTIMATORS",
    "FORMAT_VERSION",
    "heading",
    "json_value",
    "network_from_record",
    "network_record",
    "unfitted",
    "without_callbacks",
    "written_parameters",
]

FORMAT_VERSION = 4

ESTIMATORS: dict[str, Any] = {
    "Autoencoder": Autoencoder,
    "ConvolutionalAutoencoder": ConvolutionalAutoencoder,
    "DenoisingAutoencoder": DenoisingAutoencoder,
    "SparseAutoencoder": SparseAutoencoder,
    "VariationalAutoencoder": VariationalAutoencoder,
}
"""The closed table of autoencoders that a model file may hold: nothing is imported by a name from a file."""

_FITTED = ("n_components_", "n_features_in_", "n_epochs_", "best_epoch_")


def _named_arrays(network: Any) -> dict[str, Any]:
    """Name each array by its path, such as ``network.encoder.0.weight``."""
    return {
        ".".join(["network", *(str(getattr(key, "name", getattr(key, "idx", key))) for key in path)]): leaf
        for path, leaf in jax.tree_util.tree_flatten_with_path(network)[0]
    }


def json_value(value: Any) -> Any:
    """Turn a parameter into what JSON knows; a random generator cannot be written down and becomes None."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {str(name): json_value(item) for name, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else None


def heading(estimator: Any) -> dict[str, Any]:
    """Collect the entries that every record has: what the file is, what made it, names of features."""
    versions = {"python": platform.python_version()}
    for package in ("diabolo", "jax", "numpy", "scikit-learn"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "format_version": FORMAT_VERSION,
        "versions": versions,
        "estimator": type(estimator).__name__,
        "feature_names": None if names is None else [str(name) for name in names],
    }


def network_record(estimator: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
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
            f"{', '.join(ESTIMATORS)}, AutoencoderDetector."
        )
    if not hasattr(estimator, "network_"):
        raise ModelFileError(f"This {name} is not fitted yet; call fit before save.")
    is_own = fitted_parameters(estimator).get("encoder") is not None
    if is_own:
        tensors, own_parts = own_record(estimator.network_.network)
    else:
        named = _named_arrays(estimator.network_.network)
        tensors = {name: np.ascontiguousarray(array) for name, array in named.items()}
    scaler = estimator.scaler_
    tensors["scaler.offset"] = np.asarray(scaler.offset, np.float64)
    tensors["scaler.factor"] = np.asarray(scaler.factor, np.float64)
    if scaler.fill is not None:
        tensors["scaler.fill"] = np.asarray(scaler.fill, np.float64)
    sample = getattr(estimator, "_importance_sample", None)
    if sample is not None:
        tensors["importance.sums"], tensors["importance.spread"] = sample.sums, sample.spread
    tensors.update(cell_tensors(getattr(estimator, "_cell_model", None)))
    record = {
        **heading(estimator),
        "parameters": written_parameters(fitted_parameters(estimator)),
        "output_activation": estimator.output_activation_,
        "scale": scaler.kind,
        "unscaled": scaler.dtype.name,
        "fitted": {name: int(getattr(estimator, name)) for name in _FITTED},
        "start": {
            "at": estimator.start_,
            "trained_on": estimator.trained_on_,
            "loss": None if math.isnan(estimator.start_loss_) else float(estimator.start_loss_),
        },
        "history": history_record(estimator.history_),
        "pretrain_history": [history_record(history) for history in estimator.pretrain_history_],
        "image_shape": json_value(getattr(estimator, "image_shape_", None)),
        "given_shape": json_value(getattr(estimator, "given_shape_", None)),
        "categories": categories_record(table_of(estimator)),
        "target": None,
        "n_labeled_rows": getattr(estimator, "n_labeled_rows_", None),
        "hold_out": hold_out_record(getattr(estimator, "hold_out_", None)),
        "comparison": None,
    }
    if is_own:
        record[OWN_PARTS] = own_parts
    if hasattr(estimator, "comparison_"):
        record["comparison"] = estimator.comparison_.to_dict()
    if hasattr(estimator, "target_"):
        more, record["target"] = target_record(estimator.target_)
        tensors.update(more)
    return tensors, record


def network_from_record(
    tensors: dict[str, np.ndarray], record: dict[str, Any], own: tuple[Any, Any] = (None, None)
) -> Any:
    """Put a fitted estimator together again, trusting neither the arrays nor the record.

    Parameters
    ----------
    tensors : dict of str to ndarray
        As :func:`network_record` gives them.
    record : dict
        As :func:`network_record` gives it, of this format version or an earlier one.
    own : tuple of (encoder, decoder), default (None, None)
        The user's own, of a model that has such.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    ModelFileError
        For the first thing that is not as it should be, saying what was expected and what was found.
    """
    tensors, record = dict(tensors), _as_written_now(record)
    own_parts = own_parts_needed(record, own)
    estimator = unfitted("the estimator", record, own)
    fitted = checked_entry(record, "fitted", dict, "the fitted figures")
    for key in _FITTED:
        value = checked_entry(fitted, key, int, "a whole number")
        if not (0 if key in ("n_epochs_", "best_epoch_") else 1) <= value <= 2**31:
            raise refusal(f"the record's {key!r}", "a count", shown(value))
        setattr(estimator, key, value)
    if estimator.n_components not in (None, estimator.n_components_):
        raise refusal(
            "the record's 'n_components_'", f"{estimator.n_components}", f"{estimator.n_components_}"
        )
    estimator.output_activation_ = checked_entry(record, "output_activation", str, "an activation's name")
    try:
        refuse_unless(type(estimator).__name__, "activation", estimator.output_activation_, ACTIVATIONS)
    except DiaboloError as problem:
        raise ModelFileError(str(problem)) from None
    estimator.history_ = checked_history(checked_entry(record, "history", dict, "the history of the fit"))
    earlier = checked_entry(record, "pretrain_history", list, "a list of histories")
    if not all(isinstance(history, dict) for history in earlier):
        raise refusal("the record's 'pretrain_history'", "a list of histories", shown(earlier))
    estimator.pretrain_history_ = [checked_history(history) for history in earlier]
    _put_start(estimator, record)
    put_names(estimator, record)
    put_categories(estimator, record)
    _put_image_shapes(estimator, record)
    held_out = hold_out_from_record(record.get("hold_out"))
    if held_out is not None:
        estimator.hold_out_ = held_out
    comparison = comparison_from_record(record.get("comparison"))
    if comparison is not None:
        estimator.comparison_ = comparison
    target = checked_entry(record, "target", (dict, type(None)), "what guided the code, or nothing")
    if target is not None:
        estimator.target_ = target_from_record(tensors, target)
        _put_labeled_rows(estimator, record)
    _put_network(estimator, tensors, own_parts)
    _put_importance(estimator, tensors)
    estimator._cell_model = cells_from_tensors(tensors, width_of(estimator), table_of(estimator))
    kind = checked_entry(record, "scale", (str, type(None)), "a scaler's name or nothing")
    expected = choices_of(estimator).scale if table_of(estimator) is None else "mixed"
    if kind != expected:
        raise refusal("the record's 'scale'", repr(expected), shown(kind))
    offset, factor = take_offset_and_factor(tensors, "scaler", width_of(estimator))
    is_filled = choices_of(estimator).missing != "error"
    fill = take_tensor(tensors, "scaler.fill", (width_of(estimator),)) if is_filled else None
    estimator.scaler_ = Scaler(kind, offset, factor, fill, _unscaled_dtype(record))
    check_frequencies(estimator)
    keep_parameters(estimator)
    refuse_rest(tensors, "the network and the scaler")
    return estimator


def _as_written_now(record: dict[str, Any]) -> dict[str, Any]:
    """Give a record of format 1, which knew dense autoencoders alone, the entries it lacks."""
    if record["format_version"] > 1:
        return record
    added: dict[str, Any] = {"pretrain_history": [], "image_shape": None, "given_shape": None, "target": None}
    parameters = record.get("parameters")
    if isinstance(parameters, dict):
        # A code wider than its input is allowed now without being asked for.
        added["parameters"] = {key: value for key, value in parameters.items() if key != "overcomplete"}
    return {**record, **added}


def _tuples(value: Any) -> Any:
    """Turn JSON's lists back into tuples, at any depth."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def written_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Write an estimator's parameters in what JSON knows; functions and modules are none of it."""
    own = {name: None for name in ("encoder", "decoder") if name in parameters}
    return {**json_value(without_callbacks(parameters)), **own}


def without_callbacks(parameters: dict[str, Any]) -> dict[str, Any]:
    """Leave out who is told of a fit: code, which a model file never holds."""
    return {name: value for name, value in parameters.items() if name != "callbacks"}


def unfitted(what: str, record: dict[str, Any], own: tuple[Any, Any] = (None, None)) -> Any:
    """Make an estimator of a stranger's record of its name and parameters, or refuse them.

    A parameter that the file's time did not know is at its default; an encoder and a decoder of the user's
    own do not come from the file.
    """
    name = checked_entry(record, "estimator", str, "an estimator's name")
    if name not in ESTIMATORS:
        raise refusal(what, f"one of {', '.join(ESTIMATORS)}", shown(name))
    parameters = checked_entry(record, "parameters", dict, "the estimator's parameters")
    known = ESTIMATORS[name]().get_params(deep=False)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise refusal(f"the parameters of {name}", "those it has", f"unknown {unknown}")
    chosen = {key: _tuples(value) for key, value in parameters.items()}
    if own != (None, None):
        chosen.update(encoder=own[0], decoder=own[1])
    estimator = ESTIMATORS[name](**chosen)
    try:
        checked_choices(estimator)
    except DiaboloError as problem:
        raise ModelFileError(str(problem)) from None
    return estimator


def _put_image_shapes(estimator: Any, record: dict[str, Any]) -> None:
    image = checked_shape(record, "image_shape", (3,), estimator.n_features_in_)
    given = checked_shape(record, "given_shape", (2, 3), estimator.n_features_in_)
    is_of_images = choices_of(estimator).network == "convolutional"
    if is_of_images != (image is not None) or (given is not None and image != (*given, 1)[:3]):
        raise refusal("the record's 'image_shape'", "that of a convolutional network alone", shown(image))
    if image is not None:
        estimator.image_shape_, estimator.given_shape_ = image, given


def _put_importance(estimator: Any, tensors: dict[str, np.ndarray]) -> None:
    """Take the sample of training rows, which a file of an earlier format and some models lack."""
    estimator._importance_sample = None
    dense = dense_part(estimator.network_.network)
    if dense is None or not {"importance.sums", "importance.spread"} & set(tensors):
        return
    n_features, width = dense.encoder[0].weight.shape
    n_rows = np.shape(tensors.get("importance.sums", ()))[:1] or (0,)
    if not 1 <= n_rows[0] <= MOST_ROWS:
        raise refusal("the array 'importance.sums'", f"1 to {MOST_ROWS} rows", f"{n_rows[0]}")
    sums = take_tensor(tensors, "importance.sums", (*n_rows, width), np.float32)
    spread = take_tensor(tensors, "importance.spread", (n_features,), np.float32)
    if (spread < 0).any():
        raise refusal("the array 'importance.spread'", "no number below 0", f"{spread.min()}")
    estimator._importance_sample = ImportanceSample(sums, spread)


def _put_start(estimator: Any, record: dict[str, Any]) -> None:
    """Say where a network started; one of a file that does not say so started at random."""
    start = checked_entry({"start": {}, **record}, "start", dict, "where the network started")
    loss = start.get("loss")
    if not (loss is None or (isinstance(loss, (int, float)) and not isinstance(loss, bool))):
        raise refusal("the start's 'loss'", "a number or nothing", shown(loss))
    estimator.start_loss_ = math.nan if loss is None else float(loss)
    for name, entry, known in (
        ("start_", "at", ("random weights", "principal components", "principal covariates")),
        ("trained_on_", "trained_on", ("features", "scores")),
    ):
        value = start.get(entry, known[0])
        if value not in known:
            raise refusal(f"the start's {entry!r}", f"one of {', '.join(map(repr, known))}", shown(value))
        setattr(estimator, name, value)


def _unscaled_dtype(record: dict[str, Any]) -> np.dtype[Any]:
    name = record.get("unscaled", "float32")  # files of earlier times have no such entry
    if name not in ("float32", "float64"):
        raise refusal("the record's 'unscaled'", "'float32' or 'float64'", shown(name))
    return np.dtype(name)


def _put_labeled_rows(estimator: Any, record: dict[str, Any]) -> None:
    """Say how many rows' targets guided the code, which a file of an earlier time does not."""
    count = record.get("n_labeled_rows")
    if count is None:
        return
    if type(count) is not int or not 0 <= count <= 2**53:
        raise refusal("the record's 'n_labeled_rows'", "a count or nothing", shown(count))
    estimator.n_labeled_rows_ = count


def _put_network(estimator: Any, tensors: dict[str, np.ndarray], own_parts: dict[str, str] | None) -> None:
    choices = choices_of(estimator)
    target = getattr(estimator, "target_", None)
    n_outputs = 0 if target is None else target.n_outputs
    n_features, image_shape = width_of(estimator), getattr(estimator, "image_shape_", None)
    if own_parts is not None:
        try:
            made = new_network(choices, n_features, image_shape, n_outputs, seed=0)
        except ForkedProcessError:
            raise
        except DiaboloError as problem:
            raise ModelFileError(str(problem).removesuffix(".")) from None
        network = own_filled(made, tensors, own_parts)
    else:
        blueprint = network_shape(choices, n_features, image_shape, estimator.n_components_, n_outputs)
        loaded = [
            take_tensor(tensors, name, leaf.shape, np.float32)
            for name, leaf in _named_arrays(blueprint).items()
        ]
        network = jax.tree.unflatten(jax.tree.structure(blueprint), loaded)
    n_components = code_width(choices, network, n_features)
    if n_components != estimator.n_components_:
        raise refusal("the record's 'n_components_'", f"{n_components}", f"{estimator.n_components_}")
    k = choices.bottleneck_settings.get("k", 0)
    if k > n_components:
        raise refusal("the bottleneck's 'k'", f"at most the code's {n_components}", f"{k:.0f}")
    # How many rows an epoch has matters to training alone.
    estimator.bottleneck_ = choices.made_bottleneck(n_components, n_features, n_rows=1)
    put_network(estimator, network)
