"""A source whose cells are looked at as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import LARGEST
from diabolo.data.source import Source, View
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

    Chosen = slice | Int64[np.ndarray, " chosen"]

__all__ = ["ADVICE", "CheckedSource", "unfit_cell"]

ADVICE = "Fill or drop missing cells first."
"""What to do about a missing cell, where nothing more helpful is known."""

# A block that is looked at stays in the cache.
_LOOKED_CELLS = 2**18
_LARGEST_SQUARE = float(LARGEST) ** 2


def unfit_cell(owner: str, source: Source, row: int, column: int, advice: str = ADVICE) -> InputError:
    """Make the error for a cell that cannot be used.

    Parameters
    ----------
    owner : str
        Who found it.
    source : Source
        Where.
    row, column : int
        Which.
    advice : str
        What to do about one that is missing.

    Returns
    -------
    InputError
        Ready to raise.
    """
    cell = source.read(slice(row, row + 1), slice(column, column + 1))[0, 0]
    if np.isnan(cell):
        what = "NaN"
    elif np.isinf(cell):
        what, advice = "infinity", "Replace or drop such cells first."
    else:
        what, advice = f"{float(cell)!r}, too large for float32", "Divide that column first."
    where = source.place(row, column)
    return InputError(f"{source.name} contains {what}: {owner} found it first in {where}. {advice}")


class CheckedSource(View):
    """A source that refuses, as it is read, a cell that cannot be used.

    Parameters
    ----------
    parent : Source
        The table.
    owner : str
        Who reads, for messages.
    allows_missing : bool
        Whether cells may be NaN.
    advice : str
        What to do about one that may not.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> CheckedSource(ArraySource(np.array([[1.0, np.inf]])), "fit", False)[:]
    Traceback (most recent call last):
    diabolo.errors.InputError: the array contains infinity: fit found it first in row 0, column 1, both ...
    """

    def __init__(self, parent: Source, owner: str, allows_missing: bool, advice: str = ADVICE) -> None:
        super().__init__(parent, parent.shape)
        self.owner, self.allows_missing, self.advice = owner, allows_missing, advice

    def _made_of(self) -> tuple[Any, ...]:
        return self.parent, self.owner, self.allows_missing, self.advice

    def _read(self, rows: Chosen, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self.parent.read(rows, columns, out)
        self._look_at(out, rows, columns.start)

    _take = _read

    def peek(self, rows: slice, columns: slice = slice(None)) -> Shaped[np.ndarray, "rows columns"]:
        """Return a rectangle of cells that nobody writes to, without a copy where they are an array."""
        cells = self.parent.peek(rows, columns)
        self._look_at(cells, rows, columns.indices(self.shape[1])[0])
        return cells

    def look(self, rows: Int64[np.ndarray, " chosen"] | None = None) -> None:
        """Look at rows, by default at all, and refuse them if a cell cannot be used.

        Parameters
        ----------
        rows : int array, optional
            Which, ascending.

        Raises
        ------
        InputError
            With the first such cell.
        """
        if self.dtype.kind != "f":
            return
        step = self.rows_at_once(_LOOKED_CELLS)
        if rows is None:
            for start in range(0, self.shape[0], step):
                self.peek(slice(start, start + step))
        else:
            for start in range(0, len(rows), step):
                self.read(rows[start : start + step])

    def _look_at(self, cells: Shaped[np.ndarray, "rows columns"], rows: Chosen, left: int) -> None:
        if cells.dtype.kind != "f":
            return
        # A sum is too large or NaN if a cell is; it may overflow by itself, so only then look at the cells.
        is_flat = cells.itemsize == 8 and cells.flags.forc
        if is_flat:
            flat = cells.ravel(order="K")
            if np.vdot(flat, flat) <= _LARGEST_SQUARE:  # which, unlike dot, does not warn when it overflows
                return
        with np.errstate(over="ignore", invalid="ignore"):
            if not is_flat and np.isfinite(np.sum(cells, dtype=np.float32)):
                return
            bad = ~(np.abs(cells) <= LARGEST)
        if self.allows_missing:
            bad &= ~np.isnan(cells)
        if bad.any():
            row, column = (int(place) for place in np.unravel_index(int(np.argmax(bad)), bad.shape))
            number = int(np.arange(self.shape[0])[rows][row])
            raise unfit_cell(self.owner, self.parent, number, left + column, self.advice)
