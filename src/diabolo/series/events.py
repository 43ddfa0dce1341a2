"""Events: stretches of a series whose points are odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Event"]


@dataclass(frozen=True)
class Event:
    """A stretch of a series whose points all score above a threshold.

    Parameters
    ----------
    start, end : int
        Its first and its last point, counted from 0.
    start_time, end_time : datetime64, number or None
        When these were taken, where that is known.
    score : float
        The highest of its points' scores.
    channels : dict of str to float
        Each channel's share in its points' scores, the most first.
    cells : dict of str to tuple of float
        Of each channel, in this order, its value at the point of the highest score, and what was expected
        there; none where that is not known.

    See Also
    --------
    PointScores

    Examples
    --------
    >>> print(Event(3, 8, None, None, 4.25, {"heat": 0.75, "flow": 0.25}))
    points 3 to 8, score 4.25: heat 75%, flow 25%
    """

    start: int
    end: int
    start_time: Any
    end_time: Any
    score: float
    channels: dict[str, float] = field(default_factory=dict)
    cells: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self) -> str:
        when = "" if self.start_time is None else f" ({self.start_time} to {self.end_time})"
        shares = ", ".join(f"{name} {share:.0%}" for name, share in self.channels.items())
        return f"points {self.start} to {self.end}{when}, score {self.score:.4g}: {shares}"
