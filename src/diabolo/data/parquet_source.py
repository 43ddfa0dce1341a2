"""Parquet files as sources."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.casting import copy_cells
from diabolo.data.location import content, damaged, existing_file, unreadable
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError, ParameterError, nearest_name

if TYPE_CHECKING:
    import os

    from jaxtyping import Shaped

__all__ = ["CARRIED_MARK", "ParquetSource", "import_parquet"]

CARRIED_MARK = b"diabolo_carried"
"""In a column's metadata: it is no feature although it holds numbers."""

# A row group of at most so many cells is kept after it was read, since the next rows are likely in it too.
_KEPT_CELLS = 2**23


class ParquetSource(Source):
    """A Parquet file whose numeric columns are the features, read by row groups as they are needed.

    Columns of text, of dates and of categories are carried as text; missing numbers are NaN.

    Parameters
    ----------
    path : str or path-like
        The file.
    target : str, optional
        The column that is the target; it is carried, and no feature.
    keep_columns : sequence of str, optional
        Further columns to carry although they hold numbers.

    Raises
    ------
    DataFileError
        The file is missing, damaged or not Parquet, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """

    is_compressed = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        target: str | None = None,
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        path = existing_file(path)
        self._pyarrow, parquet = import_parquet(str(path))
        held = content(path)
        try:
            with path.open("rb") as handle:
                magic = handle.read(4)
        except OSError as problem:
            raise unreadable(path, problem) from problem
        if magic != b"PAR1":
            raise DataFileError(f"{path} is not a Parquet file, it holds {held}: give it the name that fits.")
        self._path = path
        try:
            self._file: Any = parquet.ParquetFile(path)
        except Exception as problem:
            raise damaged(path, problem) from problem
        schema = self._file.schema_arrow
        for wanted in [*([] if target is None else [target]), *(keep_columns or ())]:
            if wanted not in schema.names:
                raise DataFileError(
                    f"{path} has no column {wanted!r}; it has {_listing(schema.names)}."
                    f"{nearest_name(wanted, schema.names)}"
                )
        aside = {target, *(keep_columns or ())}
        features = [field for field in schema if field.name not in aside and self._is_feature(field)]
        n_rows = self._file.metadata.num_rows
        if not features or not n_rows:
            self._file.close()
            raise DataFileError(
                f"{path} has {n_rows} rows and {len(features)} numeric columns, and a table needs at least "
                f"one of each; its columns are {_listing(schema.names)}."
            )
        taken = {field.name for field in features}
        carried = self._columns([name for name in schema.names if name not in taken])
        row_names = carried.pop("row_names", None) if target != "row_names" else None
        counts = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        self._ends = np.cumsum(counts)
        self._names = [field.name for field in features]
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, int, int], np.ndarray] | None = None
        super().__init__(
            str(path),
            (n_rows, len(features)),
            self._type_of(features),
            feature_names=self._names,
            row_names=None if row_names is None else [str(name) for name in row_names],
            carried=carried,
            target_name=target,
            block=(max(counts), 1),
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = self._kept = None

    def _is_feature(self, field: Any) -> bool:
        types = self._pyarrow.types
        numeric = (
            types.is_integer(field.type) or types.is_floating(field.type) or types.is_boolean(field.type)
        )
        return numeric and CARRIED_MARK not in (field.metadata or {})

    def _type_of(self, features: Sequence[Any]) -> np.dtype[Any]:
        """Find the type that holds every cell, missing ones included."""
        types, metadata = self._pyarrow.types, self._file.metadata
        places = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
        found = {np.dtype(field.type.to_pandas_dtype()) for field in features}
        for field in features:
            if types.is_floating(field.type) or not field.nullable:
                continue
            for group in range(metadata.num_row_groups):
                statistics = metadata.row_group(group).column(places[field.name]).statistics
                if statistics is None or not statistics.has_null_count or statistics.null_count:
                    found.add(np.dtype(np.float32 if field.type.bit_width <= 16 else np.float64))
                    break
        return np.result_type(*found)

    def _columns(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        if not names:
            return {}
        try:
            table = self._file.read(columns=list(names))
        except Exception as problem:
            raise damaged(self._path, problem) from problem
        columns = {}
        for name in names:
            values = np.asarray(table[name].to_numpy())
            if values.dtype.kind not in "buif":
                texts = table[name].to_pylist()
                values = np.array(["" if value is None else str(value) for value in texts], str)
            columns[name] = values
        return columns

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        first = int(np.searchsorted(self._ends, rows.start, "right"))
        last = int(np.searchsorted(self._ends, rows.stop - 1, "right"))
        for group in range(first, last + 1):
            top = int(self._ends[group - 1]) if group else 0
            start, stop = max(rows.start, top), min(rows.stop, int(self._ends[group]))
            cells = self._group(group, columns, int(self._ends[group]) - top)
            copy_cells(out[start - rows.start : stop - rows.start], cells[start - top : stop - top])

    def _group(self, group: int, columns: slice, n_rows: int) -> Shaped[np.ndarray, "rows columns"]:
        wanted = (group, columns.start, columns.stop)
        with self._lock:  # Arrow's reader is no reader for several threads
            if self._file is None:
                raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
            if self._kept is not None and self._kept[0] == wanted:
                return self._kept[1]
            self._kept = None
            try:
                table = self._file.read_row_group(group, columns=self._names[columns])
            except Exception as problem:
                raise damaged(self._path, problem) from problem
            cells = np.empty((n_rows, len(table.column_names)), self.dtype, order="F")
            for number, name in enumerate(self._names[columns]):
                copy_cells(cells[:, number], table[name].to_numpy())
            if cells.size <= _KEPT_CELLS:
                self._kept = wanted, cells
            return cells


def import_parquet(place: str) -> tuple[Any, Any]:
    """Import pyarrow and its Parquet reader, or say how to install them.

    Parameters
    ----------
    place : str
        The file that needs them, as the message begins.

    Returns
    -------
    pyarrow : module
    parquet : module

    Raises
    ------
    ParameterError
        They are not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as problem:
        raise ParameterError(
            f'{place} needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
        ) from problem
    return pyarrow, parquet


def _listing(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(map(repr, names[:10])) + more
