"""Rows or columns that are chosen, by numbers or marks, and the runs that a file reads them in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Int, Int64

__all__ = ["Run", "part_of", "positions_of", "runs_of"]


@dataclass(frozen=True)
class Run:
    """Rows to read in one go.

    Parameters
    ----------
    rows : int array, ascending
        The row numbers wanted.
    places : int array or slice
        Where each belongs in the answer.
    """

    rows: Int[np.ndarray, " rows"]
    places: Int[np.ndarray, " rows"] | slice

    @property
    def first(self) -> int:
        """The first row."""
        return int(self.rows[0])

    @property
    def last(self) -> int:
        """The row after the last."""
        return int(self.rows[-1]) + 1

    @property
    def is_whole(self) -> bool:
        """Whether every row between the first and the last is wanted, once, in its order."""
        return isinstance(self.places, slice)


def runs_of(chosen: Int[np.ndarray, " chosen"], block: int = 1, longest: int | None = None) -> Iterator[Run]:
    """Gather row numbers into runs: neighbors, and rows that share a block of the file.

    Parameters
    ----------
    chosen : int array
        Row numbers in any order, repeated or not.
    block : int, default 1
        Rows of the block that the file is stored by.
    longest : int, optional
        Rows, those between them included, that a run reaches over at the most; a multiple of `block`.

    Yields
    ------
    Run
        In ascending order of rows.

    Examples
    --------
    >>> [(run.rows.tolist(), run.places) for run in runs_of(np.array([2, 3, 9]))]
    [([2, 3], slice(0, 2, None)), ([9], slice(2, 3, None))]
    >>> [(run.first, run.last, run.is_whole) for run in runs_of(np.array([0, 3, 9]), block=4)]
    [(0, 4, False), (9, 10, True)]
    """
    if not len(chosen):
        return
    order = np.argsort(chosen, kind="stable")
    ascending = chosen[order]
    # A gap costs nothing where both its ends lie in one block, or in neighbors, which are read whole anyway.
    new = np.diff(ascending // max(block, 1)) > 1
    if longest is not None:
        new |= np.diff(ascending // longest) > 0
    starts = [0, *(np.flatnonzero(new) + 1).tolist(), len(ascending)]
    # How often up to each row the next one wanted is not the next one of the file, or of the answer.
    breaks = np.concatenate([[0], np.cumsum((np.diff(ascending) != 1) | (np.diff(order) != 1))])
    for start, stop in itertools.pairwise(starts):
        rows, places = ascending[start:stop], order[start:stop]
        first = int(places[0])
        yield Run(rows, slice(first, first + stop - start) if breaks[start] == breaks[stop - 1] else places)


def part_of(
    rows: slice | Int[np.ndarray, " rows"], start: int, stop: int
) -> slice | Int[np.ndarray, " part"]:
    """Take a part of a range of rows, or of row numbers.

    Parameters
    ----------
    rows : slice or int array
        A range with whole bounds and step 1, or numbers.
    start, stop : int
        Which of them; those beyond the end are not there.

    Returns
    -------
    slice or int array

    Examples
    --------
    >>> part_of(slice(10, 15), 3, 9), part_of(np.array([7, 2, 9]), 1, 3).tolist()
    (slice(13, 15, None), [2, 9])
    """
    if isinstance(rows, slice):
        return slice(rows.start + start, min(rows.start + stop, rows.stop))
    return rows[start:stop]


def positions_of(chosen: Any, count: int, name: str, what: str) -> Int64[np.ndarray, " chosen"]:
    """Take what was chosen as numbers, all of them there.

    Parameters
    ----------
    chosen : array-like of int or bool
        Numbers from 0, or a mark for each.
    count : int
        How many there are.
    name : str
        The table, as messages begin.
    what : {"row", "column"}
        For messages.

    Returns
    -------
    int64 array

    Raises
    ------
    InputError
        These are no such numbers or marks.

    Examples
    --------
    >>> positions_of([False, True, True], 3, "here", "row").tolist()
    [1, 2]
    """
    positions = np.asarray(chosen)
    if positions.dtype == bool:
        if positions.shape != (count,):
            raise InputError(f"{name} has {count} {what}s; got marks of shape {positions.shape}.")
        positions = np.flatnonzero(positions)
    elif positions.size == 0:
        positions = positions.astype(np.int64)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise InputError(f"{name}: {what}s are chosen by a list of whole numbers or of marks.")
    if positions.size and (positions.min() < 0 or positions.max() >= count):
        worst = positions.min() if positions.min() < 0 else positions.max()
        raise InputError(f"{name} has {count} {what}s, numbered from 0; there is no {what} {worst}.")
    return positions.astype(np.int64)
