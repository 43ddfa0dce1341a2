"""A detector's parameters, checked: which networks, which score, which line."""

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

__all__ = ["DetectorSettings", "score_kind_of", "score_weights", "settings_of"]


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
    check_parameters(owner, detector.PARAMETERS, detector.get_params(deep=False))
    if detector.autoencoder == "linear" and detector.n_members > 1:
        raise ParameterError(
            f"{owner}: {setting('n_members', detector.n_members)} would be alike, since "
            f"{setting('autoencoder', 'linear')} is solved exactly; leave it at 1, or give an autoencoder "
            f"that is trained, such as {setting('autoencoder', 'deep')}."
        )
    fraction, contamination = (
        None if value is None else float(value)
        for value in (detector.held_out_fraction, detector.contamination)
    )
    return DetectorSettings(
        score_weights(detector),
        _threshold(detector, contamination),
        int(detector.n_members),
        fraction,
        contamination,
    )


def score_kind_of(detector: Any) -> str:
    """Return a detector's kind of score, under the name that it has here."""
    refuse_unless(type(detector).__name__, "score_kind", detector.score_kind, SCORE_KINDS)
    return str(SCORE_KINDS.canonical(detector.score_kind))


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
    owner, name = type(detector).__name__, score_kind_of(detector)
    known = SCORES[name]
    given = dict(detector.score_params or {})
    for key, value in given.items():
        if key not in known:
            what = f"its settings: {', '.join(map(repr, known))}" if known else "it has no settings"
            raise ParameterError(f"{owner}: {setting('score_kind')} {name!r} does not know {key!r}; {what}.")
        if not NOT_NEGATIVE.holds(value):
            raise ParameterError(
                f"{owner}: {setting('score_params', value, key)} is not possible; expected "
                f"{NOT_NEGATIVE.expected}."
            )
    settings = {**known, **given}
    return ScoreWeights(*(float(settings.get(f"{term}_weight", 0.0)) for term in ScoreWeights._fields))


def _threshold(detector: Any, contamination: float | None) -> Threshold:
    name, settings = detector.threshold, detector.threshold_params
    if name is None:
        name = "quantile" if contamination is None else "contamination"
    if name == "contamination" and contamination is not None:
        settings = {"share": contamination, **(settings or {})}
    return threshold_of(type(detector).__name__, name, settings)
