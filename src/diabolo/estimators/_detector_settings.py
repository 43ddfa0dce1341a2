"""What a detector is told: its parameters, checked."""

from __future__ import annotations

from typing import Any, NamedTuple

from diabolo.detection.scores import SCORES
from diabolo.detection.threshold_names import threshold_of
from diabolo.detection.thresholds import Threshold
from diabolo.errors import ParameterError
from diabolo.messages import setting
from diabolo.parameters.checks import check_parameters, refuse_unless
from diabolo.parameters.detector import SCORES as SCORE_KINDS
from diabolo.parameters.kinds import NOT_NEGATIVE

__all__ = [
    "DetectorSettings",
    "ScoreWeights",
    "score_kind_of",
    "settings_of",
]


class ScoreWeights(NamedTuple):
    """What is added to the residuals' term of the score."""

    deviation: float
    distance: float
    density: float
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
    if getattr(detector.autoencoder, "categories", None) is not None:
        raise ParameterError(
            f"{owner}: {setting('categories')} of an autoencoder within a detector would be of the columns "
            "of 0 and 1 that the detector makes of categories; name them for the detector, and leave the "
            "autoencoder's at None."
        )
    own = detector.autoencoder
    if getattr(own, "callbacks", None) or getattr(own, "_skl_callbacks", None):
        raise ParameterError(
            f"{owner}: its autoencoder has callbacks; set them on the detector, which tells them of the "
            "epochs of all of its networks."
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
