"""Text tables written some rows at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from diabolo.data.csv import number_texts, quoted
from diabolo.data.sink import Sink
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["CsvSink"]

# Cells turned to text together.
_BLOCK_CELLS = 2**18


class CsvSink(Sink):
    """One row a line: the row's name if it has one, the cells, the carried columns.

    A missing cell is empty. There is a header where there are names of any kind; columns without a name are
    then called ``column_0`` and so on.
    """

    _handle: IO[str] | None = None

    def begin(self, place: Path) -> None:
        """Write the header."""
        plan = self.plan
        if plan.compression is not None:
            raise DataFileError(
                f"{plan.path} cannot be compressed: leave compression={plan.compression!r} out, or write .h5."
            )
        self._delimiter = "\t" if plan.path.suffix.lower() == ".tsv" else ","
        self._handle = place.open("w", encoding="utf-8", newline="")
        names = plan.column_names
        if names is None and (plan.carried or plan.row_names is not None):
            names = tuple(f"column_{number}" for number in range(plan.n_columns))
        if names is not None:
            first = [] if plan.row_names is None else ["row_names"]
            header = [quoted(name, self._delimiter) for name in (*first, *names, *plan.carried)]
            self._handle.write(self._delimiter.join(header) + "\n")

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        assert self._handle is not None
        infinite = np.isinf(block) if block.dtype.kind == "f" else np.zeros(1, bool)
        if infinite.any():
            row, column = (int(index) for index in np.argwhere(infinite)[0])
            raise DataFileError(
                f"{self.plan.path} cannot be written: row {start + row}, column {column} (both counted from "
                f"0) is {block[row, column]}, which a text table cannot hold."
            )
        step = max(1, _BLOCK_CELLS // block.shape[1])
        for first in range(0, len(block), step):
            part = block[first : first + step]
            for number, texts in enumerate(self._texts(part), start + first):
                self._handle.write(self._delimiter.join(self._line(number, texts)) + "\n")

    def _line(self, number: int, texts: list[str]) -> list[str]:
        plan = self.plan
        first = [] if plan.row_names is None else [quoted(plan.row_names[number], self._delimiter)]
        last = [quoted(str(values[number]), self._delimiter) for values in plan.carried.values()]
        return [*first, *texts, *last]

    def _texts(self, part: Shaped[np.ndarray, "rows n_columns"]) -> list[list[str]]:
        if part.dtype == np.float32:
            texts = number_texts(part)
        elif part.dtype.kind == "b":
            texts = [[str(int(value)) for value in row] for row in part.tolist()]
        else:
            texts = [[str(value) for value in row] for row in part.tolist()]
        if part.dtype.kind == "f":
            for row, column in np.argwhere(np.isnan(part)):
                texts[row][column] = ""
        return texts

    def finish(self) -> None:
        """Close the file."""
        assert self._handle is not None
        self._handle.close()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        if self._handle is not None:
            with contextlib.suppress(OSError):  # the rest of the buffer may not fit either
                self._handle.close()
