"""Parquet and Feather files: written by columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.arrow_source import CARRIED_MARK, import_pyarrow
from diabolo.data.sink import Sink

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["FeatherSink", "ParquetSink"]

# A batch has about so many cells, and so many rows at the most.
_BATCH_CELLS, _BATCH_ROWS = 2**22, 2**17


class ArrowSink(Sink):
    """A column for each feature, then ``row_names`` and the carried columns, marked as no features.

    A format says how a file is opened (`open_writer`): what that returns has ``write`` and ``close``.
    """

    taken = ("row_names",)
    names_columns = True

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
        self._schema = pyarrow.schema(plan.in_order(fields))
        rows = min(max(_BATCH_CELLS // max(plan.n_columns, 1), 1), _BATCH_ROWS)
        self._waiting = np.empty((min(plan.chunk_rows or rows, plan.n_rows), plan.n_columns), plan.dtype)
        self._count = self._at = 0
        self._file = self.open_writer(pyarrow, place, self._schema)

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
            for each, field in zip(self.plan.in_order(arrays), self._schema, strict=True)
        ]
        self._file.write(self._pyarrow.Table.from_arrays(columns, schema=self._schema))
        self._at, self._count = self._at + self._count, 0

    def finish(self) -> None:
        """Write the last batch and close the file."""
        self._write_batch()
        super().finish()


class ParquetSink(ArrowSink):
    """Columns in row groups."""

    called = "a Parquet file"
    compressions = dict.fromkeys(("snappy", "gzip", "zstd", "lz4", "brotli"))

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        from pyarrow import parquet

        return parquet.ParquetWriter(place, schema, compression=self.plan.compression or "none")


class FeatherSink(ArrowSink):
    """Columns in record batches."""

    called = "a Feather file"
    compressions = dict.fromkeys(("lz4", "zstd"))

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        options = pyarrow.ipc.IpcWriteOptions(compression=self.plan.compression)
        return pyarrow.ipc.new_file(str(place), schema, options=options)
