"""Text tables as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.sink import Sink, TablePlan
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32, Shaped

__all__ = ["CsvSink", "number_texts"]

# Cells turned to text together.
_BLOCK_CELLS = 2**18
# What makes a cell be quoted: all marks that a reader may try between cells, whichever it is here; and the
# byte order mark, which at the start of a file would be taken for one.
_QUOTED = (",", ";", "\t", "|", '"', "\r", "\n", "\ufeff")


class CsvSink(Sink):
    """One row a line: the row's name if it has one, the cells, the carried columns.

    A missing cell is empty, or ``nan`` where the line would be blank.

    There is a header where there are names of any kind; columns without a name are then called ``column_0``
    and so on.
    """

    taken = ("row_names",)
    names_columns = True

    def __init__(self, plan: TablePlan) -> None:
        super().__init__(plan)
        for number, name in enumerate(plan.column_names or ()):
            if not name.strip():
                raise DataFileError(
                    f"{plan.path} cannot be written: column {number} (counted from 0) has the name {name!r}, "
                    "and a text table needs one with something in it; rename the column."
                )

    def begin(self, place: Path) -> None:
        """Write the header."""
        plan = self.plan
        self._delimiter = "\t" if plan.path.suffix.lower() == ".tsv" else ","
        self._missing = "nan" if plan.n_columns == 1 and plan.row_names is None and not plan.carried else ""
        self._file = place.open("w", encoding="utf-8", newline="")
        if plan.column_names is not None or plan.carried or plan.row_names is not None:
            first = [] if plan.row_names is None else ["row_names"]
            names = plan.in_order([*plan.named_columns(), *plan.carried])
            self._write_line([_quoted(name) for name in (*first, *names)])

    def _write_line(self, cells: Sequence[str]) -> None:
        self._file.write(self._delimiter.join(cells) + "\n")

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        infinite = np.isinf(block) if block.dtype.kind == "f" else np.zeros(1, bool)
        if infinite.any():
            row, column = (int(index) for index in np.argwhere(infinite)[0])
            raise DataFileError(
                f"{self.plan.path} cannot be written: row {start + row}, column {column} (both counted from "
                f"0) is {block[row, column]}, which a text table cannot hold."
            )
        plan = self.plan
        step = max(1, _BLOCK_CELLS // max(1, block.shape[1]))
        for first in range(0, len(block), step):
            part = block[first : first + step]
            for number, texts in enumerate(_texts(part, self._missing), start + first):
                name = [] if plan.row_names is None else [_quoted(plan.row_names[number])]
                last = [_quoted(str(values[number])) for values in plan.carried.values()]
                self._write_line([*name, *plan.in_order([*texts, *last])])


def _texts(part: Shaped[np.ndarray, "rows n_columns"], missing: str) -> list[list[str]]:
    if part.dtype == np.float32:
        texts = number_texts(part)
    else:
        cells: Any = part.astype(np.int64) if part.dtype.kind == "b" else part
        texts = [[str(value) for value in row] for row in cells.tolist()]
    if part.dtype.kind == "f":
        for row, column in np.argwhere(np.isnan(part)):
            texts[row][column] = missing
    return texts


def number_texts(rows: Float32[np.ndarray, "n_rows n_features"]) -> list[list[str]]:
    """Write numbers with the fewest digits that give back the same float32.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features), float32
        The numbers.

    Returns
    -------
    list of list of str
        A text for each.

    Examples
    --------
    >>> number_texts(np.float32([[0.1, 2]]))
    [['0.1', '2.0']]
    """
    # Each distinct number once: pixels have few. By their bits, so that -0.0 stays apart from 0.0.
    bits, place = np.unique(np.ascontiguousarray(rows).view(np.uint32), return_inverse=True)
    distinct = bits.view(np.float32)
    texts = distinct.astype(str)
    # Readers parse to float64 and round again, which for a few numbers (7.038531e-26) ends one step off:
    # those get the digits of the float64 of the same value.
    for index in np.flatnonzero(texts.astype(np.float64).astype(np.float32) != distinct):
        texts[index] = repr(float(distinct[index]))
    return np.array(texts.tolist(), object)[place.reshape(rows.shape)].tolist()


def _quoted(text: str) -> str:
    """Quote a cell where need be."""
    if not text or text.isspace() or any(mark in text for mark in _QUOTED):
        return '"' + text.replace('"', '""') + '"'
    return text
