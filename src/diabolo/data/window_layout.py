"""How the rows of a table lie in a series: windows that overlap, of points in several channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jaxtyping import Bool, Int, Int64

__all__ = ["WindowLayout"]

# So many cells take 64 MB, of which learning makes a few copies.
_ENOUGH_CELLS, _ENOUGH_ROWS = 8_000_000, 20_000
# In more stretches than that, held-out windows say little more, and more of the others are at a border.
_MOST_BLOCKS = 5


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
        """Say which rows share no point with any of the others.

        Parameters
        ----------
        rows, others : int arrays
            Row numbers.

        Returns
        -------
        boolean array of shape (rows,)
        """
        begun, starts = np.sort(self.starts[others]), self.starts[rows]
        before = np.searchsorted(begun, starts - self.length, "right")
        apart: Bool[np.ndarray, " rows"] = before == np.searchsorted(begun, starts + self.length, "left")
        return apart

    def in_time(self, rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " rows"]:
        """Sort rows by where they begin."""
        return rows[np.argsort(self.starts[rows], kind="stable")]

    def parted(
        self, rows: Int[np.ndarray, " rows"], count: int, random: np.random.Generator | None = None
    ) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]:
        """Hold out stretches of time, and leave out the windows at their borders, which share their points.

        These are several stretches, one in each of as many equal parts of the series, where each is as long
        as two windows or longer and no more than half of the others are at a border; else the last windows.

        Parameters
        ----------
        rows : int array
            Row numbers.
        count : int
            How many to hold out; below the number of rows.
        random : numpy.random.Generator, optional
            Draws where in its part of the series each stretch lies. Without, the last windows are held out.

        Returns
        -------
        training, held_out : int arrays, ascending
            They share no point. The first is empty where the series is too short for that.

        Examples
        --------
        >>> layout = WindowLayout(3, 1, 1, None, np.arange(12))
        >>> [part.tolist() for part in layout.parted(np.arange(12), 4)]
        [[0, 1, 2, 3, 4, 5], [8, 9, 10, 11]]
        """
        ordered, n_rows = self.in_time(rows), len(rows)
        n_blocks = 0 if random is None else self._n_blocks(count)
        while random is not None and n_blocks:
            # Each part has its share of both, so that none is too short for its stretch.
            held, others = (n * np.arange(n_blocks + 1) // n_blocks for n in (count, n_rows - count))
            sizes = np.diff(held)
            first = held[:-1] + others[:-1] + random.integers(0, np.diff(others) + 1)
            held_out = np.concatenate(
                [ordered[at : at + size] for at, size in zip(first, sizes, strict=True)]
            )
            division = self._division(rows, held_out)
            if 2 * len(division[0]) >= n_rows - count:
                return division
            n_blocks //= 2
        return self._division(rows, ordered[n_rows - count :])

    def divided(
        self, rows: Int[np.ndarray, " rows"], n_parts: int, random: np.random.Generator
    ) -> Iterator[tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]]:
        """Hold out each part of the rows in turn, in one stretch of time or several, far apart.

        Parameters
        ----------
        rows : int array
            Row numbers.
        n_parts : int
            How many parts; at most as many as rows.
        random : numpy.random.Generator
            Says which stretches are a part.

        Yields
        ------
        training, held_out : int arrays, ascending
            As of :meth:`parted`; each row is held out once.
        """
        ordered, n_blocks = self.in_time(rows), max(self._n_blocks(len(rows) // n_parts), 1)
        part = np.concatenate([random.permutation(n_parts) for _ in range(n_blocks)])
        part = part[np.arange(len(rows)) * len(part) // len(rows)]
        for number in range(n_parts):
            yield self._division(rows, ordered[part == number])

    def _n_blocks(self, count: int) -> int:
        """Say in how many stretches to hold out so many windows, each as long as two windows or longer."""
        return min(count // -(-2 * self.length // self.step), _MOST_BLOCKS)

    def _division(
        self, rows: Int[np.ndarray, " rows"], held_out: Int[np.ndarray, " held_out"]
    ) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]:
        others = np.setdiff1d(rows, held_out)
        return others[self.apart_from(others, held_out)], np.sort(held_out)
