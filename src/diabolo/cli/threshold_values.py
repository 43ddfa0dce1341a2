"""A detector's threshold: where the line lies, how it was drawn, and where other thresholds would draw it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from diabolo.cli.parameter_options import in_flags
from diabolo.errors import InputError

__all__ = [
    "ThresholdValue",
    "current_threshold",
    "flagged_share",
    "named_thresholds",
    "needs_labels",
    "settings_text",
]


@dataclass(frozen=True)
class ThresholdValue:
    """Where a threshold draws the line, and how.

    Parameters
    ----------
    name : str or None
        The threshold's; None where it was set after the fit.
    settings : dict of str to float
        The threshold's own.
    value : float or None
        The score above which a row is an anomaly; None where it cannot be drawn.
    flagged : float or None
        The share of the normal rows of ``fit`` that lie above.
    problem : str, default ""
        Why it cannot be drawn.
    """

    name: str | None
    settings: dict[str, float]
    value: float | None
    flagged: float | None
    problem: str = ""

    def record(self) -> dict[str, Any]:
        """Collect it for a program."""
        known = {
            "name": self.name,
            "settings": self.settings,
            "value": self.value,
            "flags": self.flagged,
        }
        return {**known, "problem": self.problem} if self.problem else known

    def title(self) -> str:
        """Name it for people, such as ``quantile (q=0.95)``."""
        if self.name is None:
            return "set after the fit"
        return f"{self.name} ({settings_text(self.settings)})" if self.settings else self.name


def settings_text(settings: dict[str, float]) -> str:
    """Write settings as they are typed.

    Parameters
    ----------
    settings : dict of str to float
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


def flagged_share(estimator: Any, value: float) -> float:
    """Say what share of the normal rows of ``fit`` a line flags.

    Parameters
    ----------
    estimator : AutoencoderDetector
        Fitted.
    value : float
        The line.

    Returns
    -------
    float
    """
    return float((estimator.training_scores_ > value).mean())


def needs_labels(name: str) -> bool:
    """Say whether a threshold of this name is drawn from labeled rows.

    Parameters
    ----------
    name : str
        One of ``THRESHOLDS``; any other needs none.

    Returns
    -------
    bool
    """
    from diabolo.detection import THRESHOLDS, labeled_thresholds

    return name in THRESHOLDS and THRESHOLDS[name].__module__ == labeled_thresholds.__name__


def current_threshold(estimator: Any) -> ThresholdValue:
    """Say how the line of a detector was drawn.

    Parameters
    ----------
    estimator : AutoencoderDetector
        Fitted.

    Returns
    -------
    ThresholdValue
        Without a name where its threshold would draw another line.
    """
    from diabolo.detection.threshold_names import settings_of_threshold

    value = float(estimator.threshold_)
    name, settings = (estimator.line_ and settings_of_threshold(estimator.line_)) or (None, {})
    return ThresholdValue(name, settings, value, flagged_share(estimator, value))


def named_thresholds(estimator: Any) -> list[ThresholdValue]:
    """Draw the line of each named threshold, with its usual settings.

    Parameters
    ----------
    estimator : AutoencoderDetector
        Fitted; it stays as it is.

    Returns
    -------
    list of ThresholdValue
        In the order of ``THRESHOLDS``.
    """
    from diabolo.detection import THRESHOLDS

    values = []
    for name, kind in THRESHOLDS.items():
        settings = vars(kind())
        if name == "contamination" and estimator.contamination is not None:
            settings = {"share": float(estimator.contamination)}
        try:
            value = copy.copy(estimator).set_threshold(name, **settings).threshold_
        except InputError as problem:
            values.append(ThresholdValue(name, settings, None, None, in_flags(problem.message)))
        else:
            values.append(ThresholdValue(name, settings, value, flagged_share(estimator, value)))
    return values
