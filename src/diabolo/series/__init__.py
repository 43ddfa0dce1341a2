"""Series in time: windows of them as tables, scores of every point, events."""

from diabolo.series.events import Event
from diabolo.series.point_scores import PointScores
from diabolo.series.windows import Windows, sliding_windows

__all__ = ["Event", "PointScores", "Windows", "sliding_windows"]
