"""Thresholds by name, their settings checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from diabolo.detection.labeled_thresholds import BestF1, FalseAlarmRate, Precision, Recall
from diabolo.detection.thresholds import Conformal, Contamination, MeanStd, MedianMAD, Quantile, Threshold
from diabolo.errors import ParameterError
from diabolo.messages import either, setting, typed_value
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.detector import THRESHOLDS as NAMES

__all__ = ["THRESHOLDS", "settings_of_threshold", "settings_text", "threshold_of"]

THRESHOLDS: dict[str, type[Any]] = {
    "mean+std": MeanStd,
    "median+mad": MedianMAD,
    "quantile": Quantile,
    "contamination": Contamination,
    "conformal": Conformal,
    "best_f1": BestF1,
    "precision": Precision,
    "recall": Recall,
    "false_alarm_rate": FalseAlarmRate,
}
"""Name to kind of threshold."""

_LIMITS: dict[str, tuple[str, float, float, bool, bool]] = {
    "k": ("a finite number", -math.inf, math.inf, False, False),
    "q": ("a number from 0 to 1", 0.0, 1.0, True, True),
    "share": ("a number above 0 and at most 0.5", 0.0, 0.5, False, True),
    "level": ("a number above 0 and below 1", 0.0, 1.0, False, False),
    "at_least": ("a number above 0 and at most 1", 0.0, 1.0, False, True),
    "at_most": ("a number from 0 to below 1", 0.0, 1.0, True, False),
}


def threshold_of(owner: str, name: Any, settings: Mapping[str, Any] | None = None) -> Threshold:
    """Make a threshold from its name and settings; an object made before is taken as it is.

    Parameters
    ----------
    owner : str
        Who asks, for messages.
    name : str or Threshold
        A name in :data:`THRESHOLDS`, or anything with a ``line``.
    settings : mapping, optional
        The named kind's own.

    Returns
    -------
    Threshold

    Raises
    ------
    ParameterError
        For a name or a setting that does not exist, or a value out of its range.

    Examples
    --------
    >>> threshold_of("here", "quantile", {"q": 0.99})
    Quantile(q=0.99)
    """
    settings = dict(settings or {})
    if not isinstance(name, str):
        if not callable(getattr(name, "line", None)):
            raise ParameterError(
                f"{owner}: {setting('threshold', name)} is not possible; expected {NAMES.expected}, or an "
                "object with a method line(known_scores)."
            )
        if settings:
            raise ParameterError(
                f"{owner}: {setting('threshold_params', settings)} go with a threshold's name, but "
                f"threshold is {name!r}, which has its own; leave them out."
            )
        # The settings of another's object are its own business.
        for key, value in vars(name).items() if type(name) in THRESHOLDS.values() else ():
            _check_setting(owner, repr(name), key, value)
        return name
    refuse_unless(owner, "threshold", name, NAMES)
    kind = THRESHOLDS[name]
    known = vars(kind())
    for key, value in settings.items():
        if key not in known:
            what = f"its settings: {', '.join(map(repr, known))}" if known else "it has no settings"
            raise ParameterError(f"{owner}: threshold {name!r} does not know {key!r}; {what}.")
        _check_setting(owner, repr(name), key, value)
    return kind(**settings)


def settings_of_threshold(threshold: Threshold) -> tuple[str, dict[str, float]] | None:
    """Return the name and the settings of one of Diabolo's own thresholds; None for another's object.

    Parameters
    ----------
    threshold : Threshold
        Any.

    Returns
    -------
    tuple of (name, settings), or None

    Examples
    --------
    >>> settings_of_threshold(Quantile(q=0.99))
    ('quantile', {'q': 0.99})
    """
    for name, kind in THRESHOLDS.items():
        if type(threshold) is kind:
            return name, {key: float(value) for key, value in vars(threshold).items()}
    return None


def _check_setting(owner: str, threshold: str, key: str, value: Any) -> None:
    expected, low, high, with_low, with_high = _LIMITS[key]
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (low < number < high or (with_low and number == low) or (with_high and number == high)):
        said = either(f"{key}={value!r}", f"--threshold-param {key}={typed_value(value)}")
        raise ParameterError(
            f"{owner}: {said} is not possible for threshold {threshold}; expected {expected}."
        )


def settings_text(settings: Mapping[str, float]) -> str:
    """Write settings as they are typed.

    Parameters
    ----------
    settings : mapping of str to float
        Of a threshold.

    Returns
    -------
    str

    Examples
    --------
    >>> settings_text({"q": 0.95})
    'q=0.95'
    """
    return " ".join(f"{name}={value:g}" for name, value in settings.items())
