"""Thresholds that take rows of both kinds, with their labels, to draw the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.thresholds import KnownScores
from diabolo.errors import InputError
from diabolo.messages import either

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["BestF1", "FalseAlarmRate", "Precision", "Recall"]

_LABELS = either(
    "pass y to fit, or rows and labels to set_threshold", "give rows with --labels COLUMN --normal LABEL"
)


@dataclass(frozen=True)
class BestF1:
    """The line with the best F1 on labeled rows: the harmonic mean of precision and recall.

    See Also
    --------
    Precision, Recall, FalseAlarmRate

    Examples
    --------
    >>> import numpy as np
    >>> labeled = KnownScores(np.array([]), np.array([]), np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]) > 0)
    >>> BestF1().line(labeled)
    2.5
    """

    def line(self, known: KnownScores) -> float:
        """Return the line, the highest one of several that are as good."""
        lines, flagged, caught = _cuts("best_f1", known)
        return float(lines[np.argmax(2 * caught / (flagged + caught[-1]))])


@dataclass(frozen=True)
class Precision:
    """The lowest line at which a wished share of the flagged rows, or more, are anomalies.

    Parameters
    ----------
    at_least : float, default 0.9
        Above 0 and at most 1; on labeled rows.

    See Also
    --------
    Recall, BestF1, FalseAlarmRate

    Examples
    --------
    >>> import numpy as np
    >>> labeled = KnownScores(np.array([]), np.array([]), np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1]) > 0)
    >>> Precision(at_least=0.6).line(labeled) < 1.0
    True
    """

    at_least: float = 0.9

    def line(self, known: KnownScores) -> float:
        """Return the line; it flags as many rows as the wish allows."""
        lines, flagged, caught = _cuts("precision", known)
        precision = caught[1:] / flagged[1:]
        good = np.flatnonzero(precision >= self.at_least)
        if good.size == 0:
            raise InputError(
                f"threshold 'precision': no line reaches a precision of {self.at_least:g} on these rows; the "
                f"best is {precision.max():.4g}. Wish for less, or use 'best_f1'."
            )
        return float(lines[1:][good[-1]])


@dataclass(frozen=True)
class Recall:
    """The highest line above which a wished share of the anomalies, or more, lie.

    Parameters
    ----------
    at_least : float, default 0.9
        Above 0 and at most 1; on labeled rows.

    See Also
    --------
    Precision, BestF1, FalseAlarmRate

    Examples
    --------
    >>> import numpy as np
    >>> labeled = KnownScores(np.array([]), np.array([]), np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1]) > 0)
    >>> Recall(at_least=0.5).line(labeled)
    2.5
    """

    at_least: float = 0.9

    def line(self, known: KnownScores) -> float:
        """Return the line; it flags as few rows as the wish allows."""
        lines, _, caught = _cuts("recall", known)
        return float(lines[np.argmax(caught >= self.at_least * caught[-1] - 1e-9)])


@dataclass(frozen=True)
class FalseAlarmRate:
    """The lowest line above which at most a wished share of the normal labeled rows lie.

    Parameters
    ----------
    at_most : float, default 0.01
        From 0 to below 1.

    See Also
    --------
    Precision, Recall, Conformal

    Examples
    --------
    >>> import numpy as np
    >>> labeled = KnownScores(np.array([]), np.array([]), np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]) > 0)
    >>> FalseAlarmRate(at_most=0.5).line(labeled)
    1.5
    """

    at_most: float = 0.01

    def line(self, known: KnownScores) -> float:
        """Return the line; where no normal row may be flagged, the highest of their scores or above."""
        lines, flagged, caught = _cuts("false_alarm_rate", known)
        alarms = flagged - caught
        return float(lines[np.flatnonzero(alarms <= self.at_most * alarms[-1] + 1e-9)[-1]])


def _cuts(name: str, known: KnownScores) -> tuple[Float[np.ndarray, " cuts"], ...]:
    """Cut labeled rows in two by their scores in every way, from flagging none to flagging all.

    Returns the line of each cut, how many rows it flags, and how many anomalies are among these.
    """
    scores, is_anomaly = known.labeled, known.is_anomaly
    if scores is None or is_anomaly is None:
        raise InputError(
            f"threshold {name!r} needs rows with labels of both kinds, but there are none; {_LABELS}."
        )
    if is_anomaly.all() or not is_anomaly.any():
        kind = "anomalies" if is_anomaly.all() else "normal"
        raise InputError(
            f"threshold {name!r} needs rows with labels of both kinds, but all {len(is_anomaly)} are {kind}."
        )
    order = np.argsort(-scores, kind="stable")
    falling, caught = scores[order], np.cumsum(is_anomaly[order])
    # A cut falls between two different scores only.
    last = np.append(np.flatnonzero(falling[1:] < falling[:-1]), len(falling) - 1)
    upper = falling[last]
    lower = np.append(falling[last[:-1] + 1], np.nextafter(falling[-1], -np.inf))
    middle = lower + (upper - lower) / 2
    # Between neighboring numbers there is none: the lower one still lies below the upper.
    middle = np.where(middle < upper, middle, lower)
    lines, flagged = np.insert(middle, 0, falling[0]), np.insert(last + 1.0, 0, 0.0)
    return lines, flagged, np.insert(caught[last].astype(float), 0, 0.0)
