"""A series in time: its channels, the score of every point under them, and what was found odd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from diabolo.errors import InputError, ParameterError
from diabolo.messages import setting
from diabolo.plotting.canvas import column_names, open_axes, read_numbers

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int64
    from numpy.typing import ArrayLike

    Marks = Bool[np.ndarray, " n_points"]

__all__ = ["plot_series"]

_CHANNEL, _SCORE, _ODD, _KNOWN, _LINE = "tab:blue", "0.3", "tab:red", "tab:green", "0.2"
# More points than there are dots across a page are drawn by the least and the largest of each dot.
_DOTS = 2000
_PANEL, _SPACE = 1.1, 0.06  # inches of a channel; the share of its panel that stays free


def plot_series(
    X: Any,
    scores: Any,
    *,
    threshold: float | None = None,
    labels: Bool[ArrayLike, " n_points"] | None = None,
    times: Any = None,
    n_channels: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Draw channels of a series, and under them the score of every point; what is above the threshold is red.

    Parameters
    ----------
    X : array-like of shape (n_points,) or (n_points, n_channels)
        The series; a data frame's columns give names.
    scores : PointScores, or array-like of shape (n_points,)
        Higher is odder; NaN where a point has none. `PointScores` bring names and times along, and say which
        channels are worth drawing.
    threshold : float, optional
        Drawn as a line; points that score above it are shaded.
    labels : boolean array-like of shape (n_points,), optional
        Which points are anomalies: a green bar over the scores.
    times : array-like of shape (n_points,), optional
        When the points were taken. Default: those of the scores, or the points' numbers.
    n_channels : int, default 4
        How many channels to draw at the most: those that add most, beyond what is usual of them, to a point
        above the threshold, or to any where none is; of plain scores the first ones. They are drawn in the
        order of the series.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on; the panels are its ``child_axes``, that of the scores last.

    Raises
    ------
    InputError
        There is not one score, label or time a point.
    ParameterError
        For fewer channels than one.

    See Also
    --------
    diabolo.sliding_windows, diabolo.series.PointScores

    Examples
    --------
    >>> ax = plot_series([1.0, 2.0, 9.0, 2.0], [0.1, 0.2, 3.0, 0.2], threshold=1.0)
    >>> [panel.get_ylabel() for panel in ax.child_axes]
    ['x0', 'score']
    """
    cells, values = read_numbers(X, "X"), read_numbers(getattr(scores, "scores", scores), "scores")
    cells = cells[:, np.newaxis] if cells.ndim == 1 else cells
    n_points = len(cells)
    if cells.ndim != 2 or values.shape != (n_points,) or n_points == 0:
        raise InputError(
            f"X has shape {cells.shape} and scores {values.shape}; give one or more points, and a score for "
            "each."
        )
    if not n_channels >= 1:
        raise ParameterError(f"{setting('n_channels', n_channels)} is not possible; expected 1 or more.")
    when = np.asarray(_first_of(times, getattr(scores, "times", None), np.arange(n_points)))
    known = None if labels is None else np.asarray(labels)
    for what, given in (("times", when), ("labels", known)):
        if given is not None and given.shape != (n_points,):
            raise InputError(f"{what} have shape {given.shape}; expected ({n_points},), one a point.")
    if known is not None and known.dtype != bool:
        raise InputError(
            f"labels must be true or false, got {known.dtype}; compare yours: labels != 'normal'."
        )
    names = _first_of(
        getattr(scores, "names", None), column_names(X), [f"x{n}" for n in range(cells.shape[1])]
    )
    is_odd = values > (np.inf if threshold is None else threshold)
    drawn = _worth_drawing(getattr(scores, "channels", None), is_odd, cells.shape[1], n_channels)
    ax = open_axes(ax, (9.0, _PANEL * (len(drawn) + 1.6)))
    panels = _panels(ax, len(drawn))
    for panel, channel in zip(panels, drawn, strict=False):
        _draw_line(panel, when, cells[:, channel], _CHANNEL)
        panel.set_ylabel(str(names[channel]), rotation=0, ha="right", va="center")
    last = panels[-1]
    _draw_line(last, when, values, _SCORE)
    last.set_ylabel("score", rotation=0, ha="right", va="center")
    last.set_xlabel("time" if when.dtype.kind in "Mm" else "point")
    last.margins(y=0.1)  # for the bar of labels
    handles: list[Any] = []
    if threshold is not None:
        handles.append(
            last.axhline(threshold, color=_LINE, linestyle="--", label=f"threshold {threshold:.4g}")
        )
        spans = _runs(is_odd)
        for panel in panels:
            shades = [
                panel.axvspan(*_ends(when, *span), color=_ODD, alpha=0.2, linewidth=1) for span in spans
            ]
        if shades:
            shades[0].set_label("above it")
            handles.append(shades[0])
    if known is not None:
        bars = [last.axvspan(*_ends(when, *span), 0.94, 1.0, color=_KNOWN) for span in _runs(known)]
        if bars:
            bars[0].set_label("labeled anomalies")
            handles.append(bars[0])
    if handles:
        panels[0].legend(
            handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(handles), frameon=False
        )
    return ax


def _first_of(*things: Any) -> Any:
    return next(thing for thing in things if thing is not None)


def _worth_drawing(added: Any, is_odd: Marks, n_channels: int, most: int) -> list[int]:
    """Choose the channels that add most to an odd point, or to any, beyond their median."""
    if added is None or n_channels <= most:
        return list(range(min(most, n_channels)))
    known = added[~np.isnan(added[:, 0])]
    beyond = (added[is_odd] if is_odd.any() else known).max(axis=0, initial=0.0)
    beyond -= np.median(known, axis=0) if len(known) else 0.0
    return sorted(np.argsort(-beyond, kind="stable")[:most].tolist())


def _panels(ax: Axes, n_channels: int) -> list[Axes]:
    """Lay panels under each other inside an Axes, which is left empty; that of the scores is the highest."""
    ax.set_axis_off()
    height = 1.0 / (n_channels + 1.5)
    bottoms = [1.0 - (n + 1) * height for n in range(n_channels)]
    panels = [ax.inset_axes((0, bottom, 1, height * (1 - _SPACE))) for bottom in bottoms]
    panels.append(ax.inset_axes((0, 0, 1, 1.5 * height - _SPACE * height)))
    for panel in panels[:-1]:
        panel.sharex(panels[-1])
        panel.tick_params(labelbottom=False)
    for panel in panels:
        panel.grid(alpha=0.25)
        panel.margins(x=0)
    return panels


def _draw_line(panel: Axes, when: np.ndarray, values: Float[np.ndarray, " n_points"], color: str) -> None:
    shown = _seen(values)
    panel.plot(when[shown], values[shown], color=color, linewidth=0.8)


def _seen(values: Float[np.ndarray, " n_points"]) -> Int64[np.ndarray, " n_shown"]:
    """Choose the points that are enough to draw a line: of each dot the least and the largest."""
    size = -(-len(values) // _DOTS)
    if size <= 2:
        return np.arange(len(values))
    places = np.arange(len(values) // size * size).reshape(-1, size)
    cells, rows = values[places], np.arange(len(places))
    is_gap = np.isnan(cells)
    low = np.where(is_gap, np.inf, cells).argmin(axis=1)
    high = np.where(is_gap, -np.inf, cells).argmax(axis=1)
    rest = np.arange(places.size, len(values))
    return np.unique(np.concatenate([places[rows, low], places[rows, high], rest]))


def _runs(marks: Marks) -> Int64[np.ndarray, "n_runs 2"]:
    """Find the first and the last point of each run of marks."""
    padded = np.concatenate([[False], marks, [False]])
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2) - np.array([0, 1])


def _ends(when: np.ndarray, first: int, last: int) -> tuple[Any, Any]:
    return when[first], when[last]
