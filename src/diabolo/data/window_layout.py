"""How the rows of a table lie in a series: windows that overlap, of points in several channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Int, Int64

__all__ = ["WindowLayout"]

# So many cells take 64 MB, of which learning makes a few copies.
_ENOUGH_CELLS, _ENOUGH_ROWS = 8_000_000, 20_000


@dataclass(frozen=True, eq=False)
class WindowLayout:
    """Where each row of a table begins in a series.

    A row is a window: its points one after the other, and of each point all channels.

    Parameters
    ----------
    length : int
        Points of a window.
    step : int
        Points from one window to the next.
    n_channels : int
        Numbers of a point.
    channels : tuple of str or None
        Their names, where they have any.
    starts : int array of shape (n_rows,), default none
        The first point of each row; none where a table is yet to come.

    Examples
    --------
    >>> layout = WindowLayout(3, 1, 1, ("heat",), np.arange(6))
    >>> layout.apart_from(np.array([0, 4, 5]), np.array([1])).tolist()
    [False, True, True]
    """

    length: int
    step: int
    n_channels: int
    channels: tuple[str, ...] | None = None
    starts: Int64[np.ndarray, " n_rows"] = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return self.length * self.n_channels

    @property
    def names(self) -> tuple[str, ...]:
        """What the channels are called: by their numbers, where they have no names."""
        return self.channels or tuple(f"x{number}" for number in range(self.n_channels))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the cells of a row are called: a channel, and how long before the window's last point."""
        ages = range(self.length - 1, -1, -1)
        return tuple(f"{name}[t-{age}]" if age else f"{name}[t]" for age in ages for name in self.names)

    def chosen(self, rows: Any) -> WindowLayout:
        """Say where some of the rows lie."""
        return replace(self, starts=self.starts[rows])

    def settings(self) -> WindowLayout:
        """Keep what holds of any series: all but where the rows of this one lie."""
        return replace(self, starts=np.empty(0, np.int64))

    def enough(self, *, is_linear: bool) -> int:
        """Say how many windows are learned from at the most: they overlap, and more of them say little new.

        Parameters
        ----------
        is_linear : bool
            Whether the networks are solved, and settle with fewer rows.

        Returns
        -------
        int
        """
        most = max(_ENOUGH_CELLS // self.width, 2)
        return min(most, _ENOUGH_ROWS) if is_linear else most

    def apart_from(
        self, rows: Int[np.ndarray, " rows"], others: Int[np.ndarray, " others"]
    ) -> Bool[np.ndarray, " rows"]:
        """Say which rows share no point with the stretch of the series that others lie in.

        Parameters
        ----------
        rows, others : int arrays
            Row numbers.

        Returns
        -------
        boolean array of shape (rows,)
        """
        if not len(others):
            return np.ones(len(rows), bool)
        begin, end = self.starts[others].min(), self.starts[others].max() + self.length
        starts = self.starts[rows]
        apart: Bool[np.ndarray, " rows"] = (starts >= end) | (starts + self.length <= begin)
        return apart
