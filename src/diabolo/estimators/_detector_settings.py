"""A detector's parameters, checked: which networks, which score, which line."""

from __future__ import annotations

import math
import numbers
from typing import Any, NamedTuple

import numpy as np

from diabolo.detection.scores import SCORES
from diabolo.detection.threshold_names import threshold_of
from diabolo.detection.thresholds import Threshold
from diabolo.errors import ParameterError, nearest_name

__all__ = ["KINDS", "DetectorSettings", "score_weights", "settings_of"]

KINDS = ("linear", "deep")
"""Autoencoders that a detector makes itself, by name."""
_NAMED = " or ".join(map(repr, KINDS))

_FOREIGN_SCORES = {"mse": "squared_error", "mae": "absolute_error", "residual": "calibrated"}


class ScoreWeights(NamedTuple):
    """What is added to the residuals' term of the score."""

    deviation: float
    distance: float
    code: float


class DetectorSettings(NamedTuple):
    """A detector's parameters in the form that its methods use."""

    weights: ScoreWeights
    threshold: Threshold
    n_members: int
    held_out_fraction: float | None
    contamination: float | None


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
    kind = detector.autoencoder
    if isinstance(kind, str):
        if kind not in KINDS:
            hint = nearest_name(kind, KINDS, {"pca": "linear", "dense": "deep", "trained": "deep"})
            raise ParameterError(
                f"{owner}: autoencoder={kind!r} is not possible; expected {_NAMED}, or one of Diabolo's "
                f"estimators.{hint}"
            )
    elif isinstance(kind, type) or not all(hasattr(kind, name) for name in ("fit", "transform", "_choices")):
        raise ParameterError(
            f"{owner}: autoencoder={kind!r} is not possible; expected {_NAMED}, or one of Diabolo's "
            "estimators, such as Autoencoder(8)."
        )
    given: Any = detector.n_members
    n_members = 0 if isinstance(given, bool) or not isinstance(given, (int, np.integer)) else int(given)
    if n_members < 1:
        raise ParameterError(
            f"{owner}: n_members={given!r} is not possible; expected a whole number, 1 or more."
        )
    if kind == "linear" and n_members > 1:
        raise ParameterError(
            f"{owner}: n_members={n_members} would be alike, since autoencoder='linear' is solved exactly; "
            "leave it at 1, or give an autoencoder that is trained, such as autoencoder='deep'."
        )
    fraction, wanted = detector.held_out_fraction, "a number from 0 to below 1, or None"
    if fraction is not None:
        fraction = _share(owner, "held_out_fraction", fraction, wanted)
        if not 0 <= fraction < 1:
            raise ParameterError(
                f"{owner}: held_out_fraction={fraction!r} is not possible; expected {wanted}."
            )
    contamination = detector.contamination
    if contamination is not None:
        wanted = "a number above 0 and at most 0.5: the odd rows must be fewer than the others"
        contamination = _share(owner, "contamination", contamination, wanted)
        if not 0 < contamination <= 0.5:
            raise ParameterError(
                f"{owner}: contamination={contamination!r} is not possible; expected {wanted}."
            )
    return DetectorSettings(
        score_weights(detector), _threshold(detector, contamination), n_members, fraction, contamination
    )


def score_weights(detector: Any) -> ScoreWeights:
    """Check the score's name and settings.

    Parameters
    ----------
    detector : AutoencoderDetector
        Any.

    Returns
    -------
    ScoreWeights

    Raises
    ------
    ParameterError
        For a name or a setting that does not exist, or a value out of its range.
    """
    owner, name = type(detector).__name__, detector.score_kind
    if not isinstance(name, str) or name not in SCORES:
        hint = nearest_name(name, SCORES, _FOREIGN_SCORES)
        raise ParameterError(
            f"{owner}: score_kind={name!r} is not possible; expected one of "
            f"{', '.join(map(repr, SCORES))}.{hint}"
        )
    known = SCORES[name]
    given = dict(detector.score_params or {})
    for setting, value in given.items():
        if setting not in known:
            what = f"its settings: {', '.join(map(repr, known))}" if known else "it has no settings"
            raise ParameterError(f"{owner}: score_kind {name!r} does not know {setting!r}; {what}.")
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= float(value) < math.inf:
            raise ParameterError(
                f"{owner}: score_params[{setting!r}]={value!r} is not possible; expected a number, 0 or more."
            )
    settings = {**known, **given}
    return ScoreWeights(*(float(settings.get(f"{term}_weight", 0.0)) for term in ScoreWeights._fields))


def _share(owner: str, name: str, value: Any, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ParameterError(f"{owner}: {name}={value!r} is not possible; expected {wanted}.")
    return float(value)


def _threshold(detector: Any, contamination: float | None) -> Threshold:
    name, settings = detector.threshold, detector.threshold_params
    if name is None:
        name = "quantile" if contamination is None else "contamination"
    if name == "contamination" and contamination is not None:
        settings = {"share": contamination, **(settings or {})}
    return threshold_of(type(detector).__name__, name, settings)
