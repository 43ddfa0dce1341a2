"""Parquet files written some rows at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.parquet_source import CARRIED_MARK, import_parquet
from diabolo.data.sink import Sink
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ParquetSink"]

# A row group has about so many cells, and so many rows at the most.
_GROUP_CELLS, _GROUP_ROWS = 2**22, 2**17
_COMPRESSIONS = (None, "snappy", "gzip", "zstd", "lz4", "brotli")


class ParquetSink(Sink):
    """A column for each feature, then ``row_names`` and the carried columns, marked as no features."""

    _writer: Any = None

    def begin(self, place: Path) -> None:
        """Write the schema."""
        pyarrow, parquet = import_parquet(str(self.plan.path))
        plan = self.plan
        if plan.compression not in _COMPRESSIONS:
            raise DataFileError(
                f"{plan.path} cannot be written with compression={plan.compression!r}: of a Parquet file it "
                f"is one of {', '.join(map(repr, _COMPRESSIONS))}."
            )
        names = plan.column_names or tuple(f"column_{number}" for number in range(plan.n_columns))
        self._columns = dict(plan.carried)
        if plan.row_names is not None:
            self._columns["row_names"] = np.array(plan.row_names, str)
        cell = pyarrow.from_numpy_dtype(plan.dtype)
        fields = [pyarrow.field(name, cell) for name in names]
        for name, values in self._columns.items():
            kind = pyarrow.string() if values.dtype.kind == "U" else pyarrow.from_numpy_dtype(values.dtype)
            fields.append(pyarrow.field(name, kind, metadata={CARRIED_MARK: b"1"}))
        self._schema = pyarrow.schema(fields)
        rows = min(max(_GROUP_CELLS // plan.n_columns, 1), _GROUP_ROWS)
        self._group = min(plan.chunk_rows or rows, max(plan.n_rows, 1))
        self._waiting = np.empty((self._group, plan.n_columns), plan.dtype)
        self._count = 0
        self._at = 0
        self._pyarrow = pyarrow
        self._writer = parquet.ParquetWriter(place, self._schema, compression=plan.compression or "none")

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        done = 0
        while done < len(block):
            taken = min(self._group - self._count, len(block) - done)
            self._waiting[self._count : self._count + taken] = block[done : done + taken]
            self._count, done = self._count + taken, done + taken
            if self._count == self._group:
                self._write_group()

    def _write_group(self) -> None:
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
        table = self._pyarrow.Table.from_arrays(columns, schema=self._schema)
        self._writer.write_table(table, row_group_size=self._count)
        self._at, self._count = self._at + self._count, 0

    def finish(self) -> None:
        """Write the last row group and the footer."""
        self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        if self._writer is not None:
            with contextlib.suppress(Exception):
                self._writer.close()
