"""How odd every point of a series is, and through which channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError
from diabolo.messages import setting
from diabolo.result_table import ResultTable
from diabolo.series.events import Event

if TYPE_CHECKING:
    from jaxtyping import Float, Int64, Shaped

__all__ = ["PointScores"]


@dataclass(frozen=True, eq=False)
class PointScores(ResultTable):
    """How odd every point of a series is, by the windows that hold it.

    Parameters
    ----------
    scores : array of shape (n_points,)
        Higher is odder; NaN where no window holds a point.
    channels : array of shape (n_points, n_channels)
        What each channel adds to each score.
    names : tuple of str
        The channels'.
    times : array of shape (n_points,) or None
        When the points were taken, where that is known.
    values, expected : arrays of shape (n_points, n_channels), or None
        The points, and what was expected of them: the mean of what windows that hold a point expect, which is
        as of `AutoencoderDetector.explanation_blocks`. NaN where no window holds a point.
    changes : int array, optional
        Points with which another series begins, where several follow each other: an event ends before them.

    See Also
    --------
    Event, Windows, diabolo.plotting.plot_series

    Examples
    --------
    >>> added = np.array([[1.0, 0.0], [1.0, 4.0], [2.0, 4.0], [0.5, 0.5]])
    >>> scores = PointScores(added.sum(axis=1), added, ("heat", "flow"))
    >>> [str(event) for event in scores.events(3.0)]
    ['points 1 to 2, score 6: flow 73%, heat 27%']
    """

    scores: Float[np.ndarray, " n_points"]
    channels: Float[np.ndarray, "n_points n_channels"]
    names: tuple[str, ...]
    times: Shaped[np.ndarray, " n_points"] | None = None
    values: Float[np.ndarray, "n_points n_channels"] | None = None
    expected: Float[np.ndarray, "n_points n_channels"] | None = None
    changes: Int64[np.ndarray, " changes"] | None = None

    def __len__(self) -> int:
        return len(self.scores)

    def _columns(self) -> dict[str, Any]:
        times = {} if self.times is None else {"time": self.times}
        added = {f"by_{name}": self.channels[:, i] for i, name in enumerate(self.names)}
        return {**times, "score": self.scores, **added}

    def events(self, threshold: float) -> list[Event]:
        """Gather the points above a threshold into events.

        Parameters
        ----------
        threshold : float
            Such as a detector's ``threshold_``.

        Returns
        -------
        list of Event
            In the order of time; points beside each other are one event.

        Raises
        ------
        InputError
            The threshold is no number.
        """
        if np.isnan(threshold):
            raise InputError(f"{setting('threshold', threshold)} is not possible; expected a number.")
        is_odd = np.concatenate([[False], self.scores > threshold, [False]])
        edges = np.flatnonzero(is_odd[1:] != is_odd[:-1])
        if self.changes is not None:
            inside = self.changes[is_odd[self.changes] & is_odd[self.changes + 1]]
            edges = np.sort(np.concatenate([edges, inside, inside]))
        return [self._event(start, end - 1) for start, end in edges.reshape(-1, 2).tolist()]

    def _event(self, start: int, end: int) -> Event:
        added = self.channels[start : end + 1].sum(axis=0)
        total = float(added.sum())
        order = np.argsort(-added, kind="stable")
        shares = {self.names[n]: float(added[n]) / total if total > 0 else 0.0 for n in order}
        first, last = (None, None) if self.times is None else (self.times[start], self.times[end])
        oddest, cells = start + int(np.argmax(self.scores[start : end + 1])), {}
        if self.values is not None and self.expected is not None:
            found = self.values[oddest], self.expected[oddest]
            cells = {self.names[n]: (float(found[0][n]), float(found[1][n])) for n in order}
        return Event(start, end, first, last, float(self.scores[oddest]), shares, cells)
