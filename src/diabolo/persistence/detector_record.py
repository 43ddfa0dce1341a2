"""A fitted detector as arrays and one JSON record, and back; its networks as records of their own."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from diabolo.detection.density import CodeDensity
from diabolo.detection.deviation import DeviationCalibration, RobustScale
from diabolo.detection.known_anomalies import LabelGain
from diabolo.detection.linear import LinearAutoencoder
from diabolo.detection.scores import Calibration
from diabolo.detection.threshold_names import settings_of_threshold, threshold_of
from diabolo.detection.thresholds import KnownScores
from diabolo.errors import DiaboloError, InputError, ModelFileError
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._checked_rows import missing_of
from diabolo.estimators._choices import fitted_parameters, keep_parameters
from diabolo.estimators._detector_scoring import Learned
from diabolo.estimators._detector_settings import ScoreWeights, score_kind_of, settings_of
from diabolo.estimators.detector import AutoencoderDetector
from diabolo.messages import setting
from diabolo.parameters.detector import DETECTORS
from diabolo.parameters.kinds import is_number
from diabolo.persistence.category_entry import categories_record, put_categories, width_of
from diabolo.persistence.model_record import (
    heading,
    network_from_record,
    network_record,
    unfitted,
)
from diabolo.persistence.own_parts import OWN_PARTS, own_parts_needed
from diabolo.persistence.parameter_entries import json_value, without_callbacks, written_parameters
from diabolo.persistence.record_entries import (
    checked_entry,
    checked_shape,
    put_names,
    refusal,
    refuse_rest,
    shown,
    take_tensor,
    window_from_record,
    window_record,
)

__all__ = ["NAME", "detector_from_record", "detector_record"]

NAME = "AutoencoderDetector"

# A calibration's arrays, and what they are called in a file, where a name stays what it once was.
_CALIBRATION = {
    "spread": "ruler.spread",
    "whitening": "ruler.whitening",
    "code_center": "ruler.code_centre",
    "code_precision": "ruler.code_precision",
    "typical": "ruler.customary",
}
_MOST_MEMBERS = 10_000


def detector_record(detector: AutoencoderDetector) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take a fitted detector apart.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.

    Returns
    -------
    tensors : dict of str to ndarray
        Its scales, the scores of known rows, and each network's arrays under ``member.0.`` and so on.
    record : dict
        Everything else, in what JSON knows.

    Raises
    ------
    ModelFileError
        Where it is not fitted, or holds something that a file cannot.
    """
    if not hasattr(detector, "threshold_"):
        raise ModelFileError(f"This {NAME} is not fitted yet; call fit before save.")
    known = detector.known_scores_
    tensors, members = _learned_record(detector._learned, "")
    tensors |= {"scores.training": known.training, "scores.held_out": known.held_out}
    if known.labeled is not None and known.is_anomaly is not None:
        tensors["scores.labelled"] = known.labeled
        tensors["scores.is_anomaly"] = known.is_anomaly.astype(np.float64)
    if known.seen is not None:
        tensors["scores.seen"] = known.seen
    folds = []
    for number, (learned, scores) in enumerate(zip(detector._folds, detector._fold_scores, strict=True)):
        arrays, fold = _learned_record(learned, f"fold.{number}.")
        tensors |= {**arrays, f"fold.{number}.scores": scores}
        folds.append({**fold, "n_scores": len(scores)})
    record = {
        **heading(detector),
        "parameters": _written_parameters(detector),
        "threshold": float(detector.threshold_),
        "n_features": int(detector.n_features_in_),
        "image_shape": json_value(detector._image_shape),
        "categories": categories_record(table_of(detector)),
        "window": window_record(detector.window_),
        "n_scores": [len(known.training), len(known.held_out)],
        "n_labelled": None if known.labeled is None else len(known.labeled),
        **members,
        "has_seen": known.seen is not None,
        "score_weights": list(detector._score[1]),
        "label_gain": None if detector.label_gain_ is None else asdict(detector.label_gain_),
        "folds": folds,
    }
    own_parts = next((entry.get(OWN_PARTS) for entry in members["members"] if entry), None)
    if own_parts is not None:
        record[OWN_PARTS] = own_parts
    return {name: np.asarray(array, order="C") for name, array in tensors.items()}, record


def _learned_record(learned: Learned, prefix: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take apart what was learned of rows, each array under a prefix."""
    deviation = learned.deviation
    tensors = {
        "deviation.centre": deviation.scale.center,
        "deviation.spread": deviation.scale.spread,
        "deviation.mean": deviation.mean,
        "deviation.deviation": deviation.deviation,
        "deviation.customary": deviation.typical,
    }
    tensors |= {
        "density.codes": learned.density.codes,
        "density.typical": np.array([learned.density.typical]),
    }
    members: list[dict[str, Any] | None] = []
    for number, (member, own) in enumerate(zip(learned.members, learned.calibrations, strict=True)):
        arrays = {in_file: getattr(own, name) for name, in_file in _CALIBRATION.items()}
        if isinstance(member, LinearAutoencoder):
            arrays.update(mean=member.mean, components=member.components)
            members.append(None)
        else:
            inner, entry = network_record(member)
            arrays.update(inner)
            members.append(entry)
        tensors.update({f"member.{number}.{name}": array for name, array in arrays.items()})
    widths = [int(own.code_center.size) for own in learned.calibrations]
    described = {"members": members, "widths": widths, "n_codes": len(learned.density.codes)}
    return {prefix + name: array for name, array in tensors.items()}, described


def _written_parameters(detector: AutoencoderDetector) -> dict[str, Any]:
    parameters = without_callbacks(fitted_parameters(detector))
    kind, line, label = (parameters.pop(name) for name in ("autoencoder", "threshold", "normal_label"))
    if isinstance(label, np.generic):
        label = label.item()
    if not (label is None or isinstance(label, (bool, int, float, str))):
        raise ModelFileError(
            f"{setting('normal_label', label)} cannot be written; a model file can hold text and numbers"
        )
    if not isinstance(kind, str):
        kind = {
            "estimator": type(kind).__name__,
            "parameters": written_parameters(kind.get_params(deep=False)),
        }
    if line is not None and not isinstance(line, str):
        named = settings_of_threshold(line)
        if named is None and detector.line_ is not None:
            raise ModelFileError(
                f"{setting('threshold', line)} is code of your own, which a model file never holds; keep the "
                "line itself before saving, with set_threshold(detector.threshold_)"
            )
        line = None if named is None else {"name": named[0], "settings": named[1]}
    return {**json_value(parameters), "autoencoder": kind, "threshold": line, "normal_label": label}


def detector_from_record(
    tensors: dict[str, np.ndarray], record: dict[str, Any], own: tuple[Any, Any] = (None, None)
) -> AutoencoderDetector:
    """Put a fitted detector together again, trusting neither the arrays nor the record.

    Parameters
    ----------
    tensors : dict of str to ndarray
        As :func:`detector_record` gives them.
    record : dict
        As :func:`detector_record` gives it.
    own : tuple of (encoder, decoder), default (None, None)
        The user's own, of a detector whose autoencoder has such.

    Returns
    -------
    AutoencoderDetector
        Fitted.

    Raises
    ------
    ModelFileError
        For the first thing that is not as it should be.
    """
    tensors = dict(tensors)
    own_parts_needed(record, own)
    detector = _unfitted(checked_entry(record, "parameters", dict, "the detector's parameters"), own)
    n_features = checked_entry(record, "n_features", int, "a count")
    if not 1 <= n_features <= 2**31:
        raise refusal("the record's 'n_features'", "a count", shown(n_features))
    detector.n_features_in_ = n_features
    put_names(detector, record)
    put_categories(detector, record)
    detector._image_shape = checked_shape(record, "image_shape", (2, 3), n_features)
    detector.window_ = window_from_record(record, n_features)
    detector.known_scores_ = _known(tensors, record)
    known = detector.known_scores_
    detector.training_scores_, detector.held_out_scores_ = known.training, known.held_out
    threshold = checked_entry(record, "threshold", (int, float), "a number")
    if isinstance(threshold, bool) or not math.isfinite(threshold):
        raise refusal("the record's 'threshold'", "a finite number", shown(threshold))
    detector.threshold_, detector.offset_ = float(threshold), -float(threshold)
    keep_parameters(detector)
    detector.line_ = _line(detector)
    _put_score(detector, record)
    detector._missing = missing_of(detector, fitted=True)
    _put_folds(detector, tensors, record)
    detector._learned = _learned(detector, tensors, record, record["format_version"])
    detector.members_ = detector._learned.members
    return detector


def _put_score(detector: AutoencoderDetector, record: dict[str, Any]) -> None:
    usual = settings_of(detector).weights
    # Files of versions before 4 have none, and no density.
    found = record.get("score_weights", list(usual._replace(density=0.0)))
    if not (
        isinstance(found, list)
        and len(found) == len(usual)
        and all(is_number(weight) and weight >= 0 for weight in found)
    ):
        raise refusal("the record's 'score_weights'", "four numbers, 0 or more", shown(found))
    detector._score = score_kind_of(detector), ScoreWeights(*map(float, found))
    gain = record.get("label_gain")
    if gain is not None:
        names = [each.name for each in fields(LabelGain)]
        if not (
            isinstance(gain, dict) and sorted(gain) == sorted(names) and all(map(is_number, gain.values()))
        ):
            raise refusal("the record's 'label_gain'", "its figures", shown(gain))
        gain = LabelGain(**{**gain, "n_anomalies": int(gain["n_anomalies"])})
    detector.label_gain_ = gain


def _put_folds(detector: AutoencoderDetector, tensors: dict[str, np.ndarray], record: dict[str, Any]) -> None:
    entries = record.get("folds", [])  # files of versions before 4 have none
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise refusal("the record's 'folds'", "records", shown(entries))
    detector._folds, detector._fold_scores = [], []
    for number, entry in enumerate(entries):
        own = _taken(tensors, f"fold.{number}.")
        count = checked_entry(entry, "n_scores", int, "a count")
        if not 0 <= count <= 2**40:
            raise refusal("a fold's 'n_scores'", "a count", shown(count))
        detector._fold_scores.append(take_tensor(own, "scores", (count,)))
        detector._folds.append(_learned(detector, own, entry, record["format_version"]))
    detector.n_folds_ = len(entries)


def _taken(tensors: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Take out the arrays under a prefix."""
    names = [name for name in tensors if name.startswith(prefix)]
    return {name.removeprefix(prefix): tensors.pop(name) for name in names}


def _line(detector: AutoencoderDetector) -> Any:
    """Return the threshold that drew the line: its own, or none where that would draw another."""
    line = settings_of(detector).threshold
    try:
        return line if float(line.line(detector.known_scores_)) == detector.threshold_ else None
    except InputError:
        return None


def _unfitted(parameters: dict[str, Any], own: tuple[Any, Any]) -> AutoencoderDetector:
    usual = AutoencoderDetector().get_params(deep=False)
    if not set(parameters) <= set(usual):
        raise refusal("the detector's parameters", "those it has", shown(sorted(parameters)))
    chosen = {**usual, **parameters}
    kind, line = chosen["autoencoder"], chosen["threshold"]
    if isinstance(kind, dict):
        chosen["autoencoder"] = unfitted("the detector's autoencoder", kind, own)
    elif not DETECTORS.holds(kind):
        raise refusal("the detector's autoencoder", "a name or an estimator", shown(kind))
    try:
        if isinstance(line, dict):
            name = checked_entry(line, "name", str, "a threshold's name")
            settings = checked_entry(line, "settings", dict, "its settings")
            chosen["threshold"] = threshold_of(NAME, name, settings)
        detector = AutoencoderDetector(**chosen)
        settings_of(detector)
    except ModelFileError:
        raise
    except (DiaboloError, TypeError, ValueError) as problem:
        raise ModelFileError(str(problem)) from None
    return detector


def _deviation(tensors: dict[str, np.ndarray], n_features: int) -> DeviationCalibration:
    center, spread, mean, deviation = (
        take_tensor(tensors, f"deviation.{name}", (n_features,), above_zero=name in ("spread", "deviation"))
        for name in ("centre", "spread", "mean", "deviation")
    )
    typical = take_tensor(tensors, "deviation.customary", (2,), above_zero=True)
    return DeviationCalibration(RobustScale(center, spread), mean, deviation, typical)


def _known(tensors: dict[str, np.ndarray], record: dict[str, Any]) -> KnownScores:
    counts = checked_entry(record, "n_scores", list, "two counts")
    n_labeled = checked_entry(record, "n_labelled", (int, type(None)), "a count or nothing")
    if len(counts) != 2 or not all(type(count) is int and 0 <= count <= 2**40 for count in counts):
        raise refusal("the record's 'n_scores'", "two counts", shown(counts))
    training, held_out = (
        take_tensor(tensors, f"scores.{name}", (count,))
        for name, count in zip(("training", "held_out"), counts, strict=True)
    )
    seen = take_tensor(tensors, "scores.seen", (counts[0],)) if record.get("has_seen") is True else None
    if n_labeled is None:
        return KnownScores(training, held_out, seen=seen)
    labeled, is_anomaly = (
        take_tensor(tensors, f"scores.{name}", (n_labeled,)) for name in ("labelled", "is_anomaly")
    )
    if not np.isin(is_anomaly, (0.0, 1.0)).all():
        raise refusal("the array 'scores.is_anomaly'", "0 or 1", "other numbers")
    return KnownScores(training, held_out, labeled, is_anomaly == 1.0, seen)


def _learned(
    detector: AutoencoderDetector,
    tensors: dict[str, np.ndarray],
    record: dict[str, Any],
    format_version: int,
) -> Learned:
    """Put together what was learned of rows; no array may be left over."""
    n_features = width_of(detector)
    deviation = _deviation(tensors, n_features)
    entries = checked_entry(record, "members", list, "the records of the networks")
    widths = checked_entry(record, "widths", list, "the widths of the codes")
    if not 1 <= len(entries) == len(widths) <= _MOST_MEMBERS:
        raise refusal("the record's 'members'", "one or more, each with a width", f"{len(entries)}")
    if not all(type(width) is int and 0 <= width <= 2**31 for width in widths):
        raise refusal("the record's 'widths'", "counts", shown(widths))
    is_linear = detector.autoencoder == "linear"
    parts = getattr(detector.autoencoder, "encoder", None), getattr(detector.autoencoder, "decoder", None)
    members: list[Any] = []
    calibrations = []
    for number, (entry, width) in enumerate(zip(entries, widths, strict=True)):
        own = _taken(tensors, f"member.{number}.")
        is_last = number == len(entries) - 1
        may_be_linear = is_linear or (detector.autoencoder == "deep" and is_last)
        # The last of "deep" is a linear one, but for files of versions before 4.
        if (entry is None and not may_be_linear) or (is_linear and entry is not None):
            raise refusal("the record's 'members'", "networks of the detector's own kind", shown(entry))
        calibrations.append(_calibration(own, detector.n_features_in_, width, score_kind_of(detector)))
        if entry is None:
            member: Any = LinearAutoencoder(
                take_tensor(own, "mean", (n_features,)), take_tensor(own, "components", (width, n_features))
            )
            refuse_rest(own, "the networks")
        else:
            if not isinstance(entry, dict):
                raise refusal("the record's 'members'", "records", shown(entry))
            member = network_from_record(own, {**entry, "format_version": format_version}, parts)
            if member.n_features_in_ != n_features or member.n_components_ != width:
                raise refusal(
                    "the record's 'members'", f"networks of {n_features} features", f"{member.n_features_in_}"
                )
        members.append(member)
    density = _density(tensors, record, widths[-1])
    refuse_rest(tensors, "the detector")
    return Learned(deviation, members, calibrations, density)


def _density(tensors: dict[str, np.ndarray], record: dict[str, Any], width: int) -> CodeDensity:
    if "n_codes" not in record:  # a file of a version before 4, whose score has no such part
        return CodeDensity(np.zeros((1, width)), 1.0)
    count = checked_entry(record, "n_codes", int, "a count")
    if not 1 <= count <= 2**31:
        raise refusal("the record's 'n_codes'", "a count", shown(count))
    typical = take_tensor(tensors, "density.typical", (1,), above_zero=True)
    return CodeDensity(take_tensor(tensors, "density.codes", (count, width)), float(typical[0]))


def _calibration(tensors: dict[str, np.ndarray], n_features: int, width: int, score_kind: str) -> Calibration:
    found = sorted(name for name in tensors if name.startswith("ruler."))
    if set(found) != set(_CALIBRATION.values()):
        expected = ", ".join(in_file.removeprefix("ruler.") for in_file in _CALIBRATION.values())
        raise refusal("the arrays of a ruler", expected, shown(found))
    is_code_weighed = tensors[_CALIBRATION["code_precision"]].size > 0
    shapes = {
        "spread": (n_features,),
        "whitening": (n_features, n_features) if score_kind == "mahalanobis" else (0, 0),
        "code_center": (width,),
        "code_precision": (width, width) if is_code_weighed else (0, 0),
        "typical": (2,),
    }
    return Calibration(
        **{
            name: take_tensor(tensors, _CALIBRATION[name], shape, above_zero=name in ("spread", "typical"))
            for name, shape in shapes.items()
        }
    )
