"""A source whose cells are looked at as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["CheckedSource", "unfit_cell"]

_LARGEST = float(np.finfo(np.float32).max)


def unfit_cell(
    owner: str, source: Source, row: int, column: int, advice: str = "Fill or drop missing cells first."
) -> InputError:
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
    where = source.place(row, column)
    if np.isnan(cell):
        what = "NaN"
    elif np.isinf(cell):
        what, advice = "infinity", "Replace or drop such cells first."
    else:
        what, advice = f"{float(cell)!r}, too large for float32", "Divide that column first."
    return InputError(f"{source.name} contains {what}: {owner} found it first in {where}. {advice}")


class CheckedSource(Source):
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

    def __init__(
        self,
        parent: Source,
        owner: str,
        allows_missing: bool,
        advice: str = "Fill or drop missing cells first.",
    ) -> None:
        super().__init__(
            parent.name,
            parent.shape,
            parent.dtype,
            feature_names=parent.feature_names,
            row_names=parent.row_names,
            carried=parent.carried,
            target_name=parent.target_name,
            block=parent.block,
        )
        self.parent, self.owner = parent, owner
        self.allows_missing, self.advice = allows_missing, advice

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        with np.errstate(over="ignore"):  # a cast that overflows is found below
            self.parent.read(rows, columns, out)
        if out.dtype.kind != "f":
            return
        # A sum is not finite if a cell is not; it may overflow by itself, so only then look at the cells.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.sum(out, dtype=np.float32)):
                return
            bad = ~(np.abs(out) <= _LARGEST)
        if self.allows_missing:
            bad &= ~np.isnan(out)
        if bad.any():
            row, column = (int(place) for place in np.unravel_index(int(np.argmax(bad)), bad.shape))
            raise unfit_cell(self.owner, self.parent, rows.start + row, columns.start + column, self.advice)

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self.parent.origin(row)

    def place(self, row: int, column: int) -> str:
        """Say where a cell is in the file."""
        return self.parent.place(row, column)

    def close(self) -> None:
        """Let go of the file."""
        self.parent.close()
