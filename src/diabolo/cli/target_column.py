"""The column of a data file that a guided code must predict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from diabolo.errors import InputError

if TYPE_CHECKING:
    from diabolo.data.table import Table

__all__ = ["target_of"]

_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?([eE][+-]?\d+)?")
_MISSING = ("", "na", "nan", "null", "none")


def target_of(table: Table) -> Any:
    """Read the column that was left out of a table as what is to be predicted.

    Parameters
    ----------
    table : Table
        Read with a label column.

    Returns
    -------
    ndarray of shape (n_rows,)
        Whole numbers, or numbers, where every cell of the text is one; else the text. ``007`` is text. The
        values of an array are as they are.

    Raises
    ------
    InputError
        Where a cell is missing.
    """
    import numpy as np

    name, column = next(iter(table.carried.items()))
    if isinstance(column, np.ndarray) and column.dtype.kind not in "OUS":
        return column
    cells = [str(cell).strip() for cell in column]
    for row, cell in enumerate(cells):
        if cell.lower() in _MISSING:
            raise InputError(
                f"{table.path} has nothing to predict in row {row} of the column {name!r}; leave such rows "
                "out."
            )
    if all(_WHOLE.fullmatch(cell) for cell in cells):
        return np.array([int(cell) for cell in cells])
    if all(_DECIMAL.fullmatch(cell) for cell in cells):
        return np.array([float(cell) for cell in cells])
    return np.array([str(cell) for cell in column])
