"""Files of Arrow columns written some rows at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.arrow_columns import CARRIED_MARK
from diabolo.data.arrow_source import import_pyarrow
from diabolo.data.sink import Sink

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ArrowSink"]

# A batch has about so many cells, and so many rows at the most.
_BATCH_CELLS, _BATCH_ROWS = 2**22, 2**17


class ArrowSink(Sink):
    """A column for each feature, then ``row_names`` and the carried columns, marked as no features.

    A format says how a file is opened (`open_writer`): what that returns has ``write`` and ``close``.
    """

    taken = ("row_names",)
    names_columns = True
    _writer: Any = None

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        raise NotImplementedError

    def begin(self, place: Path) -> None:
        """Write the schema."""
        plan = self.plan
        pyarrow = self._pyarrow = import_pyarrow(str(plan.path))
        self._columns = dict(plan.carried)
        if plan.row_names is not None:
            self._columns["row_names"] = np.array(plan.row_names, str)
        cell = pyarrow.from_numpy_dtype(plan.dtype)
        fields = [pyarrow.field(name, cell) for name in plan.named_columns()]
        for name, values in self._columns.items():
            kind = pyarrow.string() if values.dtype.kind == "U" else pyarrow.from_numpy_dtype(values.dtype)
            fields.append(pyarrow.field(name, kind, metadata={CARRIED_MARK: b"1"}))
        self._schema = pyarrow.schema(fields)
        rows = min(max(_BATCH_CELLS // plan.n_columns, 1), _BATCH_ROWS)
        self._waiting = np.empty((min(plan.chunk_rows or rows, plan.n_rows), plan.n_columns), plan.dtype)
        self._count = self._at = 0
        self._writer = self.open_writer(pyarrow, place, self._schema)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        done = 0
        while done < len(block):
            taken = min(len(self._waiting) - self._count, len(block) - done)
            self._waiting[self._count : self._count + taken] = block[done : done + taken]
            self._count, done = self._count + taken, done + taken
            if self._count == len(self._waiting):
                self._write_batch()

    def _write_batch(self) -> None:
        if not self._count:
            return
        cells = self._waiting[: self._count]
        part = slice(self._at, self._at + self._count)
        arrays = [
            *(np.ascontiguousarray(cells[:, number]) for number in range(cells.shape[1])),
            *(
                values[part].tolist() if values.dtype.kind == "U" else values[part]
                for values in self._columns.values()
            ),
        ]
        columns = [
            self._pyarrow.array(each, type=field.type)
            for each, field in zip(arrays, self._schema, strict=True)
        ]
        self._writer.write(self._pyarrow.Table.from_arrays(columns, schema=self._schema))
        self._at, self._count = self._at + self._count, 0

    def finish(self) -> None:
        """Write the last batch and close the file."""
        self._write_batch()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        if self._writer is not None:
            with contextlib.suppress(Exception):
                self._writer.close()
