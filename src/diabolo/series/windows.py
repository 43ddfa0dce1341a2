"""Windows of a series as a table that is never laid out, and scores of windows folded back to points."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import copy_cells
from diabolo.data.foreign_tables import taken
from diabolo.data.in_memory import kind_of
from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.data.window_layout import WindowLayout
from diabolo.errors import InputError, InputTypeError, ParameterError, nearest_name
from diabolo.messages import setting
from diabolo.series.point_scores import PointScores
from diabolo.series.timestamps import read_changes, read_times, stretches

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int64, Shaped

__all__ = ["Windows", "sliding_windows"]

# So many cells of the series are read at once, and each window is copied from them.
_READ_CELLS = 2**20


def sliding_windows(
    X: Any,
    length: int,
    step: int = 1,
    timestamps: Any = None,
    *,
    gap: float | None = 1.5,
    groups: Any = None,
) -> Windows:
    """Take the windows of a series as a table, a row each: a view, whatever the series' size.

    Parameters
    ----------
    X : array-like of shape (n_points,) or (n_points, n_channels), data frame, or table from `diabolo.open`
        The series, its points in the order of time. Columns of a frame that hold no numbers are left out; an
        index of dates says when the points were taken. A table on the disk is read as its windows are.
    length : int
        Points of a window.
    step : int, default 1
        Points from the beginning of a window to that of the next. One more window ends with the series where
        these do not.
    timestamps : array-like of shape (n_points,), optional
        When the points were taken: numbers, dates, or text such as 2026-03-01 12:30:00.
    gap : float or None, default 1.5
        A step in time of more than so many times the median one is a gap, and no window reaches over it. None
        looks for none. Without timestamps there is none to be found.
    groups : array-like of shape (n_points,), optional
        Which series each point is of, where several follow each other: no window reaches from one to the
        next.

    Returns
    -------
    Windows
        A table of shape (n_windows, length * n_channels), as every estimator takes; ``notes`` say what was
        left out. `point_scores` gives what a detector makes of every point.

    Raises
    ------
    InputError
        The series is shorter than a window, is no series of numbers, or its timestamps do not fit.
    ParameterError
        A length or step below 1.

    See Also
    --------
    diabolo.series.Windows, AutoencoderDetector, diabolo.plotting.plot_series

    Examples
    --------
    >>> windows = sliding_windows(np.arange(6.0), 3, 2)
    >>> windows[:].tolist(), windows.feature_names
    ([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [3.0, 4.0, 5.0]], ('x0[t-2]', 'x0[t-1]', 'x0[t]'))
    """
    for name, value in (("length", length), ("step", step)):
        is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not is_whole or value < 1:
            raise ParameterError(
                f"{setting(name, value)} is not possible; expected a whole number of 1 or more."
            )
    if gap is not None and not (isinstance(gap, (int, float, np.number)) and gap >= 1):
        raise ParameterError(
            f"{setting('gap', gap)} is not possible; expected a number of 1 or more, or None."
        )
    if timestamps is None:
        timestamps = _dates_of(X)
    series = _series(X)
    n_points = len(series)
    if length > n_points:
        raise InputError(
            f"{series.name} has {n_points:,} point{'s' if n_points != 1 else ''}, fewer than a window of "
            f"{setting('length', length)}; choose {n_points:,} or less."
        )
    changes = None if groups is None else read_changes(groups, n_points)
    times = None if timestamps is None else read_times(timestamps, n_points, changes)
    parts = stretches(times, n_points, gap, changes)
    long_enough = [(start, stop) for start, stop in parts.tolist() if stop - start >= length]
    if not long_enough:
        raise InputError(
            f"{series.name} has {len(parts) - 1:,} gaps in time"
            f"{' or changes of series' if changes is not None else ''}, and no {length} points without one "
            "between them; choose shorter windows, or take the points as they follow each other: "
            f"{setting('gap', None)}."
        )
    starts = np.concatenate([_starts(start, stop, length, step) for start, stop in long_enough])
    layout = WindowLayout(int(length), int(step), series.n_features, series.feature_names, starts)
    apart = None if changes is None else len(changes) + 1
    notes = _notes(parts, n_points, int(length), int(step), starts, apart)
    return Windows(series, layout, times, notes, changes)


def _dates_of(X: Any) -> Any:
    index = getattr(X, "index", None)
    return index if type(index).__name__ == "DatetimeIndex" else None


def _series(X: Any) -> Source:
    """Take a series as a table of a row a point."""
    X = taken(X)
    if hasattr(X, "to_frame") and isinstance(getattr(X, "name", None), str):  # a column of a data frame
        X = X.to_frame()
    elif kind_of(X) is None and not isinstance(X, (str, os.PathLike, Source)):
        with contextlib.suppress(ValueError):  # of points that differ in length `table_of` says so
            cells = np.asanyarray(X)
            X = cells[:, np.newaxis] if cells.ndim == 1 else X
    return table_of(X)


def _starts(start: int, stop: int, length: int, step: int) -> Int64[np.ndarray, " n_windows"]:
    """Say where the windows of a stretch begin; the last one ends with it."""
    starts = np.arange(start, stop - length + 1, step)
    return starts if starts[-1] == stop - length else np.append(starts, stop - length)


def _notes(
    parts: Int64[np.ndarray, "n_stretches 2"],
    n_points: int,
    length: int,
    step: int,
    starts: Int64[np.ndarray, " n_windows"],
    n_series: int | None,
) -> tuple[str, ...]:
    if len(parts) == 1:
        return ()
    n_left_out = len(_starts(0, n_points, length, step)) - len(starts)
    short = parts[parts[:, 1] - parts[:, 0] < length]
    n_bare = int((short[:, 1] - short[:, 0]).sum())
    n_gaps = len(parts) - (n_series or 1)
    found = f"{n_gaps:,} gap{'s' if n_gaps != 1 else ''} in time"
    if n_series is not None:
        found = f"{n_series:,} series" + f" with {found}" * (n_gaps > 0)
    over = "one are" if n_series is None else "an end are"
    said = f"{found}: {max(n_left_out, 0):,} windows that reach over {over} left out"
    if n_bare:
        said += f", and {n_bare:,} points between gaps that are too near have no score"
    return (said,)


class Windows(Source):
    """The windows of a series, a table of a row each; cells are copied from the series as they are read.

    Parameters
    ----------
    series : Source
        A row a point.
    layout : WindowLayout
        Where the windows begin.
    times : array of shape (n_points,) or None
        When the points were taken.
    notes : tuple of str
        What was left out.
    changes : int array, optional
        Points with which another series begins, where several follow each other.

    See Also
    --------
    diabolo.sliding_windows, PointScores

    Examples
    --------
    >>> windows = sliding_windows([[1, 10], [2, 20], [3, 30]], 2)
    >>> windows[:].tolist()
    [[1, 10, 2, 20], [2, 20, 3, 30]]
    >>> windows.to_points(np.array([4.0, 6.0])).tolist()
    [4.0, 5.0, 6.0]
    """

    def __init__(
        self,
        series: Source,
        layout: WindowLayout,
        times: Shaped[np.ndarray, " n_points"] | None = None,
        notes: tuple[str, ...] = (),
        changes: Int64[np.ndarray, " changes"] | None = None,
    ) -> None:
        super().__init__(
            f"{series.name}, in windows of {layout.length}",
            (len(layout.starts), layout.width),
            series.dtype,
            feature_names=layout.feature_names,
            block=(max(series.block[0] // layout.step, 1), layout.width),
            release=series.close,
        )
        self.series, self.windows, self.times, self.notes = series, layout, times, notes
        self.changes = changes
        self.in_memory, self.is_compressed = series.in_memory, series.is_compressed

    def _made_of(self) -> tuple[Any, ...]:
        return self.series, self.windows, self.times, self.notes, self.changes

    @property
    def n_points(self) -> int:
        """How many points the series has."""
        return len(self.series)

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        starts, layout = self.windows.starts[rows], self.windows
        # Windows that lie evenly apart are one view of the points; at gaps and the end they do not.
        uneven = np.flatnonzero(np.diff(starts) != layout.step) + 1
        at_once = max(_READ_CELLS // (layout.n_channels * layout.step), 1)
        edges = np.unique(
            np.concatenate([[0, len(starts)], uneven, np.arange(at_once, len(starts), at_once)])
        )
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            points = slice(int(starts[first]), int(starts[last - 1]) + layout.length)
            cells = self.series.read(points).reshape(-1)
            laid_out = np.lib.stride_tricks.sliding_window_view(cells, layout.width)
            copy_cells(out[first:last], laid_out[:: layout.step * layout.n_channels, columns])

    def origin(self, row: int) -> int:
        """Return the first point of a window."""
        return self.series.origin(int(self.windows.starts[row]))

    def place(self, row: int, column: int) -> str:
        """Say where a cell stands in the series."""
        age, channel = divmod(column, self.windows.n_channels)
        return self.series.place(int(self.windows.starts[row]) + age, channel)

    def to_points(self, values: Any, *, combine: str = "mean") -> Float[np.ndarray, "n_points ..."]:
        """Fold what is said of windows back to points.

        Parameters
        ----------
        values : array-like of shape (n_windows,) or (n_windows, n_values)
            Such as any detector's scores.
        combine : {"mean", "max"}, default "mean"
            Of the windows that hold a point, what is taken: their mean, or the largest value.

        Returns
        -------
        ndarray of shape (n_points,) or (n_points, n_values), float64
            NaN where no window holds a point.

        Raises
        ------
        InputError
            There is not one a window.
        ParameterError
            For another way to combine.
        """
        _check_combine(combine)
        given = np.asarray(values, np.float64)
        if given.ndim not in (1, 2) or len(given) != len(self):
            raise InputError(
                f"{self.name}: values have shape {given.shape}; expected ({len(self)},) or ({len(self)}, "
                "n_values), one entry a window."
            )
        table = given.reshape(len(given), -1)
        if combine == "mean":
            folded = self._mean([table], table.shape[1])
        else:
            folded = np.hstack([self._highest([column[:, np.newaxis]], 1) for column in table.T])
        return folded.reshape(-1, *given.shape[1:])

    def point_scores(self, detector: Any, *, combine: str = "mean") -> PointScores:
        """Say how odd every point is by a detector of windows.

        The windows are scored some at a time, and never laid out as a whole.

        Parameters
        ----------
        detector : AutoencoderDetector
            Fitted to windows of this length and these channels.
        combine : {"mean", "max"}, default "mean"
            Of the windows that hold a point, what it scores: their mean, or as much as the oddest of them,
            which finds short events better, and makes them up to a window longer on either side.

        Returns
        -------
        PointScores

        Raises
        ------
        InputTypeError
            It is no such detector.
        ParameterError
            For another way to combine.
        """
        _check_combine(combine)
        if not hasattr(detector, "explanation_blocks"):
            raise InputTypeError(
                f"point_scores takes an AutoencoderDetector, got {type(detector).__name__}; of another "
                "detector fold the scores of the windows: windows.to_points(scores)."
            )
        shape = self.n_points, self.windows.n_channels
        values = np.full(shape, np.nan, np.result_type(self.dtype, np.float32))
        expected = np.zeros(shape)
        blocks = self._by_channel(detector.explanation_blocks(self), values, expected)
        channels = (self._mean if combine == "mean" else self._highest)(blocks, self.windows.n_channels)
        count = self._held_by()
        expected[count == 0] = np.nan
        expected /= np.maximum(count, 1)[:, np.newaxis]
        told = (self.windows.names, self.times, values, expected, self.changes)
        return PointScores(channels.sum(axis=1), channels, *told)

    def labels(self, is_anomaly: Any) -> Bool[np.ndarray, " n_windows"]:
        """Say which windows hold an anomaly.

        Parameters
        ----------
        is_anomaly : boolean array-like of shape (n_points,)
            Which points are.

        Returns
        -------
        boolean ndarray of shape (n_windows,)

        Raises
        ------
        InputError
            There is not one a point, or they are no truth values.
        """
        marks = np.asarray(is_anomaly)
        if marks.shape != (self.n_points,) or marks.dtype != bool:
            raise InputError(
                f"{self.name}: is_anomaly must be true or false for each of the {self.n_points} points, got "
                f"{marks.dtype} of shape {marks.shape}."
            )
        before = np.concatenate([[0], np.cumsum(marks)])
        starts = self.windows.starts
        held: Bool[np.ndarray, " n_windows"] = before[starts + self.windows.length] > before[starts]
        return held

    def _by_channel(
        self,
        blocks: Iterable[tuple[Any, Any, Any]],
        values: Float[np.ndarray, "n_points channels"],
        expected: Float[np.ndarray, "n_points channels"],
    ) -> Iterator[Float[np.ndarray, "rows channels"]]:
        """Yield what channels add to windows; note what points are, and add up what was expected of them."""
        layout, done = self.windows, 0
        for block in blocks:
            first = layout.starts[done : done + len(block[0])]
            done += len(first)
            added, cells, wanted = (
                each.reshape(len(first), layout.length, layout.n_channels) for each in block
            )
            for age in range(layout.length):  # windows begin at different points: none is met twice
                values[first + age] = cells[:, age]
                expected[first + age] += wanted[:, age]
            yield added.sum(axis=1)

    def _held_by(self) -> Int64[np.ndarray, " n_points"]:
        """Count the windows that hold each point."""
        starts, n_points = self.windows.starts, self.n_points
        ends = np.bincount(starts + self.windows.length, minlength=n_points + 1)
        count: Int64[np.ndarray, " n_points"] = np.cumsum(np.bincount(starts, minlength=n_points + 1) - ends)
        return count[:n_points]

    def _mean(
        self, blocks: Iterable[Float[np.ndarray, "rows values"]], n_values: int
    ) -> Float[np.ndarray, "n_points values"]:
        """Take means over windows, block by block; each is of few terms, so that no large one stays on."""
        total, starts, length = np.zeros((self.n_points, n_values)), self.windows.starts, self.windows.length
        done = 0
        for block in blocks:
            first = starts[done : done + len(block)]
            done += len(block)
            if len(block) < length:
                for start, values in zip(first.tolist(), block, strict=True):
                    total[start : start + length] += values
                continue
            evenly = bool((np.diff(first) == self.windows.step).all())
            for age in range(length):
                # The windows of a block begin at different points, so that no point is met twice.
                at: Any = slice(int(first[0]) + age, int(first[-1]) + age + 1, self.windows.step)
                total[at if evenly else first + age] += block
        count = self._held_by()[:, None]
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)

    def _highest(
        self, blocks: Iterable[Float[np.ndarray, "rows values"]], n_values: int
    ) -> Float[np.ndarray, "n_points values"]:
        """Take what is said of the window of the largest sum that holds a point, the first of equals."""
        kept, highest = np.full((self.n_points, n_values), np.nan), np.full(self.n_points, -np.inf)
        starts, length, done = self.windows.starts, self.windows.length, 0
        for block in blocks:
            first, sums = starts[done : done + len(block)], block.sum(axis=1)
            done += len(block)
            for age in range(length - 1, -1, -1):  # from the earliest window that holds a point to the last
                at = first + age
                higher = sums > highest[at]
                highest[at[higher]], kept[at[higher]] = sums[higher], block[higher]
        return kept


def _check_combine(combine: str) -> None:
    if combine not in ("mean", "max"):
        hint = nearest_name(combine, ("mean", "max"), {"maximum": "max", "average": "mean"})
        raise ParameterError(
            f"{setting('combine', combine)} is not possible; expected 'mean' or 'max'.{hint}"
        )
