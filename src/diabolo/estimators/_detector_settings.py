"""What a detector is told: its parameters, checked, and labels, which say what rows are anomalies."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.detection.scores import SCORES
from diabolo.detection.threshold_names import threshold_of
from diabolo.detection.thresholds import Threshold
from diabolo.errors import InputError, ParameterError, UnknownLabelsWarning
from diabolo.messages import setting
from diabolo.parameters.checks import check_parameters, refuse_unless
from diabolo.parameters.detector import SCORES as SCORE_KINDS
from diabolo.parameters.kinds import NOT_NEGATIVE

if TYPE_CHECKING:
    from jaxtyping import Bool

__all__ = [
    "DetectorSettings",
    "ScoreWeights",
    "anomalies_of",
    "labels_to_learn_from",
    "score_kind_of",
    "settings_of",
]


class ScoreWeights(NamedTuple):
    """What is added to the residuals' term of the score."""

    deviation: float
    distance: float
    code: float


class DetectorSettings(NamedTuple):
    """What a detector's parameters of score and threshold come to."""

    weights: ScoreWeights
    threshold: Threshold


def settings_of(detector: Any) -> DetectorSettings:
    """Check all parameters of a detector.

    Parameters
    ----------
    detector : AutoencoderDetector
        Any.

    Returns
    -------
    DetectorSettings

    Raises
    ------
    ParameterError
        For the first that cannot be.
    """
    owner = type(detector).__name__
    check_parameters(owner, detector.PARAMETERS, detector.get_params(deep=False))
    if detector.autoencoder == "linear" and detector.n_members > 1:
        raise ParameterError(
            f"{owner}: {setting('n_members', detector.n_members)} would be alike, since "
            f"{setting('autoencoder', 'linear')} is solved exactly; leave it at 1, or give an autoencoder "
            f"that is trained, such as {setting('autoencoder', 'deep')}."
        )
    name, settings, contamination = detector.threshold, detector.threshold_params, detector.contamination
    if name is None:
        name = "quantile" if contamination is None else "contamination"
    if name == "contamination" and contamination is not None:
        settings = {"share": float(contamination), **(settings or {})}
    weights = _score_weights(owner, detector)
    return DetectorSettings(weights, threshold_of(owner, name, settings))


def score_kind_of(detector: Any) -> str:
    """Return a detector's kind of score, which has been checked, under the name that it has here."""
    return str(SCORE_KINDS.canonical(detector.score_kind))


def _score_weights(owner: str, detector: Any) -> ScoreWeights:
    """Check the score's settings."""
    name = score_kind_of(detector)
    known = SCORES[name]
    given = dict(detector.score_params or {})
    for key, value in given.items():
        if key not in known:
            what = f"its settings: {', '.join(map(repr, known))}" if known else "it has no settings"
            raise ParameterError(f"{owner}: {setting('score_kind')} {name!r} does not know {key!r}; {what}.")
        refuse_unless(owner, "score_params", value, NOT_NEGATIVE, key)
    settings = {**known, **given}
    return ScoreWeights(*(float(settings.get(f"{term}_weight", 0.0)) for term in ScoreWeights._fields))


def labels_to_learn_from(
    owner: str, y: Any, n_rows: int, normal_label: Any
) -> Bool[np.ndarray, " n_rows"] | None:
    """Read the labels that ``fit`` was given; numbers that say nothing about oddness are left aside.

    scikit-learn hands any ``y`` of a pipeline on to a detector, which must put up with it.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (n_rows,) or None
        The labels.
    n_rows : int
        How many there must be.
    normal_label : object
        The label of normal rows, or None for +1 with -1 for anomalies.

    Returns
    -------
    boolean array of shape (n_rows,), or None where there is nothing to learn from them

    Raises
    ------
    InputError
        Where there is not one label a row, or none is the normal one.
    """
    if y is None:
        return None
    labels = _one_a_row(owner, y, n_rows)
    if normal_label is None and not _is_signed(labels) and labels.dtype.kind in "biuf":
        message = UnknownLabelsWarning(
            f"{owner}: y holds {_shown(labels)} and is left aside: only +1 (normal) and -1 (anomaly) need no "
            "saying. If it labels the rows, say which is normal, as in "
            f"{setting('normal_label', labels.tolist()[0])}."
        )
        warnings.warn(message, stacklevel=3)
        return None
    return anomalies_of(owner, y, n_rows, normal_label)


def anomalies_of(owner: str, y: Any, n_rows: int, normal_label: Any) -> Bool[np.ndarray, " n_rows"]:
    """Say which rows are anomalies by their labels.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (n_rows,)
        The labels.
    n_rows : int
        How many there must be.
    normal_label : object
        The label of normal rows, or None for +1 with -1 for anomalies.

    Returns
    -------
    boolean array of shape (n_rows,)

    Raises
    ------
    InputError
        Where there is not one label a row, none is the normal one, or which is normal was not said.
    """
    labels = _one_a_row(owner, y, n_rows)
    if normal_label is None:
        if not _is_signed(labels):
            raise InputError(
                f"{owner}: Unknown label type: y holds {_shown(labels)}. Say which is normal, as in "
                f"{setting('normal_label', labels.tolist()[0])}. Only +1 (normal) and -1 (anomaly) need no "
                "saying."
            )
        return np.asarray(labels == -1)
    is_normal = np.array([bool(label == normal_label) for label in labels.tolist()], dtype=bool)
    if not is_normal.any():
        # A number that was written as text, or the other way round, is the usual slip.
        alike = [label for label in dict.fromkeys(labels.tolist()) if str(label) == str(normal_label)]
        hint = f" Did you mean {setting('normal_label', alike[0])}?" if alike else ""
        raise InputError(
            f"{owner}: no label in y equals {setting('normal_label', normal_label)}; they are "
            f"{_shown(labels)}.{hint}"
        )
    return ~is_normal


def _is_signed(labels: np.ndarray) -> bool:
    return labels.dtype.kind in "iuf" and set(np.unique(labels).tolist()) <= {1, -1}


def _shown(labels: np.ndarray) -> str:
    found = list(dict.fromkeys(labels.tolist()))
    return ", ".join(map(repr, found[:4])) + (f" and {len(found) - 4} more" if len(found) > 4 else "")


def _one_a_row(owner: str, y: Any, n_rows: int) -> np.ndarray:
    labels = np.asarray(y)
    if labels.shape != (n_rows,):
        raise InputError(f"{owner}: y has shape {labels.shape}; expected ({n_rows},), one label a row.")
    return labels
