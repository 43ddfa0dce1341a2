"""Arrow tables as sources: in memory, or read batch by batch from a file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from diabolo.data.array_source import ColumnsSource, PackedColumn, widest_type
from diabolo.data.arrow_columns import (
    arrow_layout,
    arrow_numbers,
    carried_cells,
    feature_type,
    number_type,
)
from diabolo.data.cells import as_numbers, check_loose, copy_cells
from diabolo.data.columns import check_names
from diabolo.data.location import check_content
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError, InputTypeError, ParameterError

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from jaxtyping import Shaped

    from diabolo.data.location import RemoteFile

    Column = Shaped[np.ndarray, " n_rows"] | PackedColumn

__all__ = ["ArrowBatches", "ArrowFile", "arrow_file", "arrow_source", "import_pyarrow"]

# A batch of at most so many cells is kept after it was read, since the next rows are likely in it too.
_KEPT_CELLS = 2**23


class ArrowBatches(Source):
    """A table that comes in record batches, such as a Parquet file's row groups.

    Numeric columns are features, save those marked with `CARRIED_MARK`; others are carried, numbers as these,
    text, dates and categories as text. A carried column ``row_names`` is taken as the rows' names.

    Parameters
    ----------
    name : str
        Where the table lies, as messages begin.
    schema : pyarrow.Schema
        Of the table.
    counts : sequence of int
        How many rows each batch has.
    load : callable
        Given a batch's number and names of columns, it returns a ``pyarrow.Table`` or ``RecordBatch`` of
        them; it is called from one thread at a time.
    null_count : callable
        Given a column's name, it returns how many of its cells are missing at the most.
    target : str or int, optional
        The column that is the target; it is carried, and no feature.
    keep_columns : sequence of str or int, optional
        Further columns to carry although they hold numbers.
    path : path-like, optional
        The file, for the message where it turns out to be damaged.
    release : callable, optional
        Lets go of the file.

    Raises
    ------
    DataFileError
        There is no numeric column, none of that name, or two of one name.

    Examples
    --------
    >>> import pyarrow
    >>> batches = pyarrow.table({"a": [1, None, 3], "kind": ["x", "y", "z"]}).to_batches(max_chunksize=2)
    >>> source = ArrowBatches(
    ...     "here", batches[0].schema, [2, 1], lambda i, names: batches[i].select(names), lambda name: 1
    ... )
    >>> source[:].tolist(), source.carried
    ([[1.0], [nan], [3.0]], {'kind': array(['x', 'y', 'z'], dtype='<U1')})
    """

    is_compressed = True

    def __init__(
        self,
        name: str,
        schema: Any,
        counts: Sequence[int],
        load: Callable[[int, list[str]], Any],
        null_count: Callable[[str], int],
        *,
        target: str | int | None = None,
        keep_columns: Sequence[str | int] | None = None,
        path: str | os.PathLike[str] | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        self._ends = np.cumsum([0, *counts])
        layout = arrow_layout(schema, int(self._ends[-1]), target, keep_columns, name, DataFileError)
        aside = [*layout.carried, *([layout.row_names] if layout.row_names else [])]
        loaded = [load(batch, aside) for batch in range(len(counts))] if aside else []
        carried = {
            each: np.concatenate([carried_cells(batch.column(each)) for batch in loaded])
            for each in layout.carried
        }
        if layout.row_names:
            names = [
                each for batch in loaded for each in carried_cells(batch.column(layout.row_names)).tolist()
            ]
        self._names = [field.name for field in layout.features]
        self._load_batch, self._let_go = load, release
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, int, int], np.ndarray] | None = None
        super().__init__(
            name,
            (int(self._ends[-1]), len(self._names)),
            widest_type([feature_type(field, null_count) for field in layout.features]),
            feature_names=self._names,
            row_names=names if layout.row_names else None,
            carried=carried,
            target_name=layout.target_name,
            block=(max(counts), 1),
            path=path,
        )

    def _release(self) -> None:
        with self._lock:
            self._kept = None
            if self._let_go is not None:
                self._let_go()

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        start = rows.start
        while start < rows.stop:
            batch = int(np.searchsorted(self._ends, start, "right")) - 1
            first, stop = int(self._ends[batch]), min(rows.stop, int(self._ends[batch + 1]))
            cells = self._cells(batch, slice(start - first, stop - first), columns)
            copy_cells(out[start - rows.start : stop - rows.start], cells)
            start = stop

    def _cells(self, batch: int, rows: slice, columns: slice) -> Shaped[np.ndarray, "rows columns"]:
        wanted = (batch, columns.start, columns.stop)
        n_rows = int(self._ends[batch + 1] - self._ends[batch])
        with self._lock:  # Arrow's readers are no readers for several threads
            if not self._is_open:
                raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
            if self._kept is not None and self._kept[0] == wanted:
                return self._kept[1][rows]
            self._kept = None
            loaded = self._load_batch(batch, self._names[columns])
            is_small = n_rows * loaded.num_columns <= _KEPT_CELLS
            part = slice(0, n_rows) if is_small else rows
            cells = np.empty((part.stop - part.start, loaded.num_columns), self.dtype, order="F")
            for number, column in enumerate(loaded.columns):
                copy_cells(cells[:, number], arrow_numbers(column.slice(part.start, len(cells))))
            if is_small:
                self._kept = wanted, cells
            return cells[rows] if is_small else cells


class ArrowFile(Protocol):
    """A file of record batches."""

    schema: Any

    def counts(self) -> list[int]:
        """Count the rows of each batch."""

    def load(self, number: int, names: list[str]) -> Any:
        """Read some columns of a batch, in the order asked for."""

    def null_count(self, name: str) -> int:
        """Say how many cells of a column are missing at the most."""

    def close(self) -> None:
        """Close the file."""


def arrow_file(
    path: Path | RemoteFile,
    opened: Callable[[Path | RemoteFile], ArrowFile],
    called: str,
    held: str,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
) -> Source:
    """Open a file of record batches whose numeric columns are the features.

    Parameters
    ----------
    path : Path or RemoteFile
        An existing file.
    opened : callable
        Given the path, it opens the file.
    called, held : str
        What the file should be, with its article, and how `content` (data/location.py) begins for such files.
    target, keep_columns
        As of `diabolo.open`.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or of another format, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """
    import_pyarrow(str(path))
    check_content(path, called, held)
    file = opened(path)
    try:
        return ArrowBatches(
            str(path),
            file.schema,
            file.counts(),
            file.load,
            file.null_count,
            target=target,
            keep_columns=keep_columns,
            path=path,
            release=file.close,
        )
    except BaseException:
        file.close()
        raise


def arrow_source(
    table: Any,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    owner: str | None = None,
    name: str = "the Arrow table",
) -> Source:
    """Take an Arrow table in memory as a source, without a copy: numeric columns are features.

    Parameters
    ----------
    table : pyarrow.Table, pyarrow.RecordBatch, or what has ``__arrow_c_stream__``
        Such as a relation of DuckDB's; a stream is read to its end, once.
    target : str or int, optional
        The column that is the target; it is carried, and no feature.
    keep_columns : sequence of str or int, optional
        Further columns to carry although they hold numbers.
    owner : str, optional
        The estimator that is given the table. Then every column is a feature, and text that reads as a number
        is that number.
    name : str, default "the Arrow table"
        For messages.

    Returns
    -------
    Source
        Missing cells are NaN.

    Raises
    ------
    InputError
        There is no numeric column, none of that name, or two of one name; or, with an owner, a column does
        not hold numbers.
    InputTypeError
        The stream is none of a table's.
    ParameterError
        The package pyarrow is not installed.

    Examples
    --------
    >>> import pyarrow
    >>> source = arrow_source(pyarrow.table({"a": [1.0, None], "age": [30, 40]}), target="age")
    >>> source[:].tolist(), source.carried["age"].tolist()
    ([[1.0], [nan]], [30, 40])
    """
    pyarrow = import_pyarrow(name)
    try:
        table = table if isinstance(table, pyarrow.Table) else pyarrow.table(table)
    except (TypeError, ValueError) as problem:
        raise InputTypeError(
            f"a {type(table).__name__} is no table: give a path, an array or a data frame."
        ) from problem
    schema = table.schema
    if owner is not None:
        check_names(schema.names, name, InputError)
        columns: dict[int, Column] = {}
        for position, (field, column) in enumerate(zip(schema, table.columns, strict=True)):
            if number_type(field.type) is None:
                check_loose(field.type, owner, position, field.name)
                columns[position] = as_numbers(column.to_pylist(), owner, position, field.name)
            else:
                columns[position] = _column(field, column)
        return ColumnsSource(columns, table.num_rows, name, feature_names=schema.names)
    layout = arrow_layout(schema, table.num_rows, target, keep_columns, name, InputError)
    return ColumnsSource(
        {i: _column(field, table.column(field.name)) for i, field in enumerate(layout.features)},
        table.num_rows,
        name,
        feature_names=[field.name for field in layout.features],
        row_names=carried_cells(table.column(layout.row_names)).tolist() if layout.row_names else None,
        carried={each: carried_cells(table.column(each)) for each in layout.carried},
        target_name=layout.target_name,
    )


def import_pyarrow(place: str) -> Any:
    """Import pyarrow, or say how to install it.

    Parameters
    ----------
    place : str
        The table that needs it, as the message begins.

    Returns
    -------
    module

    Raises
    ------
    ParameterError
        It is not installed.

    Examples
    --------
    >>> import_pyarrow("a.parquet").__name__
    'pyarrow'
    """
    try:
        import pyarrow
    except ImportError as problem:
        raise ParameterError(
            f'{place} needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
        ) from problem
    return pyarrow


def _column(field: Any, column: Any) -> Column:
    """Return a column's cells without a copy, packed where they are no array of numpy's."""
    dtype = feature_type(field, lambda _: column.null_count)
    is_plain = column.num_chunks == 1 and not column.null_count and str(field.type) != "bool"
    if is_plain and not str(field.type).startswith("decimal"):
        return np.asarray(column.chunk(0).to_numpy())
    return PackedColumn(column, dtype, _of_arrow)


def _of_arrow(column: Any, dtype: np.dtype[Any], rows: Any) -> Shaped[np.ndarray, " chosen"]:
    if isinstance(rows, slice):
        return arrow_numbers(column.slice(rows.start, rows.stop - rows.start))
    return arrow_numbers(column.take(rows))
