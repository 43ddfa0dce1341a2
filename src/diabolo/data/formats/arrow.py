"""Files of Arrow columns: .parquet, and .feather, which is Arrow's own format on the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.allowance import check_room
from diabolo.data.array_source import widest_type
from diabolo.data.arrow_source import (
    arrow_layout,
    arrow_numbers,
    carried_cells,
    feature_type,
    import_pyarrow,
    left_out,
    number_type,
)
from diabolo.data.cells import copy_cells
from diabolo.data.columns import check_names
from diabolo.data.fixed_lists import item_of, items_of
from diabolo.data.formats.arrow_sink import FeatherSink, ParquetSink
from diabolo.data.formats.feather_heads import missing_counts
from diabolo.data.formats.parquet_footer import parquet_footer
from diabolo.data.location import check_content, damaged
from diabolo.data.remote_file import RemoteFile
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError

if TYPE_CHECKING:
    import os

    from jaxtyping import Shaped

__all__ = ["ArrowBatches", "FeatherSink", "ParquetSink", "open_feather", "open_parquet"]

# A batch of at most so many cells is kept after it was read, since the next rows are likely in it too.
_KEPT_CELLS = 2**23
# A cell of a carried column is an object of Python's on its way.
_TEXT_BYTES = 64


def open_parquet(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    categories: Sequence[str | int] | None = None,
) -> Source:
    """Open a Parquet file whose numeric columns are the features, to be read by row groups.

    Columns of text, of dates and of categories are carried as text; missing numbers are NaN. A list of a
    fixed size is a feature for each of its places, ``vector[0]`` and so on.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, drop_columns, columns, categories
        As of `diabolo.open`.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or not Parquet, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """
    roles = (target, keep_columns, drop_columns, columns, categories)
    return _opened(path, _RowGroups, "a Parquet file", "Parquet", *roles)


def open_feather(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    categories: Sequence[str | int] | None = None,
) -> Source:
    """Open a Feather file (version 2) whose numeric columns are the features, to be read by batches.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, drop_columns, columns, categories
        As of `diabolo.open`.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or not Feather, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """
    roles = (target, keep_columns, drop_columns, columns, categories)
    return _opened(path, _Batches, "a Feather file", "an Arrow table", *roles)


def _opened(
    path: Path | RemoteFile,
    kind: type[_RowGroups | _Batches],
    called: str,
    held: str,
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    drop_columns: Sequence[str | int] | None,
    columns: Sequence[str | int] | None,
    categories: Sequence[str | int] | None,
) -> Source:
    """Open a file that must hold what `called` and `held` say, as of `check_content`."""
    import_pyarrow(str(path))
    check_content(path, called, held)
    file = kind(path)
    try:
        return ArrowBatches(
            str(path),
            file.schema,
            file.counts(),
            file.load,
            file.null_count,
            target=target,
            keep_columns=keep_columns,
            drop_columns=drop_columns,
            columns=columns,
            categories=categories,
            path=path,
            release=file.close,
        )
    except BaseException:
        file.close()
        raise


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
    drop_columns, columns : sequence of str or int, optional
        Columns that are not read; the only features.
    categories : sequence of str or int, optional
        Columns to carry with which a table needs no numeric ones.
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
        drop_columns: Sequence[str | int] | None = None,
        columns: Sequence[str | int] | None = None,
        categories: Sequence[str | int] | None = None,
        path: str | os.PathLike[str] | None = None,
        release: Callable[[], object] | None = None,
    ) -> None:
        self._ends = np.cumsum([0, *counts])
        layout = arrow_layout(
            schema,
            int(self._ends[-1]),
            target,
            keep_columns,
            name,
            DataFileError,
            drop_columns,
            columns,
            categories,
        )
        aside = [*layout.carried, *([layout.row_names] if layout.row_names else [])]
        if isinstance(path, (Path, RemoteFile)):
            for each in aside:
                check_room(path, _TEXT_BYTES * int(self._ends[-1]), f"the column {each!r}")
        loaded = [load(batch, aside) for batch in range(len(counts))] if aside else []
        carried = {
            each: np.concatenate([carried_cells(batch.column(each)) for batch in loaded]) for each in aside
        }
        items = {field.name: list(items_of(field.name, field.type)) for field in layout.features}
        self._items = [(name, place) for name, found in items.items() for _, place, _ in found]
        names = [item for found in items.values() for item, _, _ in found]
        self.column_order = tuple(
            item for name in schema.names for item, *_ in items.get(name, [(name, (), None)])
        )
        check_names(self.column_order, name, DataFileError)
        self._load_batch = load
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, int, int], np.ndarray] | None = None
        super().__init__(
            name,
            (int(self._ends[-1]), len(names)),
            widest_type([feature_type(field, null_count) for field in layout.features]),
            feature_names=names,
            row_names=carried.pop(layout.row_names).tolist() if layout.row_names else None,
            carried=carried,
            target_name=layout.target_name,
            block=(max(counts), 1),
            path=path,
            release=release,
        )
        chosen = (*(keep_columns or ()), *(categories or ()), *([] if target is None else [target]))
        asked = {schema.names[each] if isinstance(each, int) else each for each in chosen}
        self.left_out = left_out(schema, [each for each in layout.carried if each not in asked])

    def close(self) -> None:
        """Let go of the file; what is read afterwards is refused."""
        with self._lock:
            self._kept = None
            super().close()

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
            items = self._items[columns]
            loaded = self._load_batch(batch, list(dict.fromkeys(name for name, _ in items)))
            is_small = n_rows * len(items) <= _KEPT_CELLS
            part = slice(0, n_rows) if is_small else rows
            cells = np.empty((part.stop - part.start, len(items)), self.dtype, order="F")
            for number, (name, place) in enumerate(items):
                column = loaded.column(name).slice(part.start, len(cells))
                copy_cells(cells[:, number], arrow_numbers(item_of(column, place)))
            if is_small:
                self._kept = wanted, cells
            return cells[rows] if is_small else cells


class _RowGroups:
    """A file's row groups; Arrow reads what the footer and the pages' heads were held against."""

    def __init__(self, path: Path | RemoteFile) -> None:
        from pyarrow import OSFile, parquet

        self._path, self._footer = path, parquet_footer(path)
        self._pages: Any = OSFile(str(path)) if isinstance(path, Path) else None
        self._file: Any = (
            parquet.ParquetFile(path)
            if isinstance(path, Path)  # elsewhere columns that lie side by side are asked for together
            else parquet.ParquetFile(path.open("rb"), pre_buffer=True)
        )
        self.schema = self._file.schema_arrow
        self._places: dict[str, int] = {}

    def counts(self) -> list[int]:
        """Count the rows of each group."""
        about = self._file.metadata
        return [about.row_group(number).num_rows for number in range(about.num_row_groups)]

    def load(self, number: int, names: list[str]) -> Any:
        """Read some columns of a group, in the order asked for."""
        if self._pages is not None:  # elsewhere each head would be a question over the network
            self._footer.check_pages(self._pages, self._path, number, names)
        return self._file.read_row_group(number, columns=names)

    def null_count(self, name: str) -> int:
        """Count the missing cells of a column; 1 for each group that does not say."""
        if self._footer.parts is None:  # of a footer too long to be looked at
            return self._null_count_of_arrow(name)
        found = [group[name].n_missing for group in self._footer.parts]
        return sum(1 if count is None else count for count in found)

    def _null_count_of_arrow(self, name: str) -> int:
        about = self._file.metadata
        if not self._places:
            self._places = {about.schema.column(i).path: i for i in range(about.num_columns)}
        chunks = [
            about.row_group(number).column(self._places[name]) for number in range(about.num_row_groups)
        ]
        counts = [each.statistics for each in chunks]
        return sum(1 if each is None or not each.has_null_count else each.null_count for each in counts)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._pages is not None:
            self._pages.close()


class _Batches:
    """A file's batches, of which columns are read that are asked for."""

    def __init__(self, path: Path | RemoteFile) -> None:
        import pyarrow

        self._pyarrow, self._path = pyarrow, path
        self._handle = pyarrow.OSFile(str(path)) if isinstance(path, Path) else path.open("rb")
        self._names: list[str] | None = None
        self._nulls: dict[str, int] | None = None
        self._reader = pyarrow.ipc.open_file(self._handle)
        self.schema = self._reader.schema

    def counts(self) -> list[int]:
        """Count the rows of each batch."""
        return [batch.num_rows for batch in self._batches(self.schema.names[:1])]

    def _batches(self, names: list[str]) -> list[Any]:
        return [self.load(number, names) for number in range(self._reader.num_record_batches)]

    def load(self, number: int, names: list[str]) -> Any:
        """Read some columns of a batch, in the order asked for."""
        if names != self._names:
            fields = [self.schema.get_field_index(name) for name in names]
            options = self._pyarrow.ipc.IpcReadOptions(included_fields=sorted(fields))
            self._reader = self._pyarrow.ipc.open_file(self._handle, options=options)
            self._names = names
        try:
            batch = self._reader.get_batch(number).select(names)
        except MemoryError as problem:  # of a length that is damaged, as it is more than any machine has
            raise damaged(self._path, problem) from problem
        batch.validate(full=True)  # Arrow trusts a file, and a damaged one would take the process down
        return batch

    def null_count(self, name: str) -> int:
        """Count the missing cells of a column; those of floats need no counting."""
        if self._nulls is None:
            self._nulls = missing_counts(self._handle, self.schema)
        if self._nulls is None:
            kinds = {field.name: number_type(field.type) for field in self.schema}
            names = [each for each, kind in kinds.items() if kind is not None and kind.kind != "f"]
            loaded = self._batches(names)
            self._nulls = {each: sum(batch.column(each).null_count for batch in loaded) for each in names}
        return self._nulls[name]

    def close(self) -> None:
        """Close the file."""
        self._handle.close()
