"""Tables opened by what they are: files by their suffix, arrays, data frames, several files as one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.allowance import permitted
from diabolo.data.column_roles import chosen_features
from diabolo.data.columns import named, typed_number
from diabolo.data.destination import note_read, split_address
from diabolo.data.formats import FOLDERS, format_of
from diabolo.data.in_memory import in_memory_table, refuse_options
from diabolo.data.location import StandardInput, existing_file
from diabolo.data.parts import parts_of
from diabolo.data.remote_file import RemoteFile, located
from diabolo.data.reopening import Opening
from diabolo.data.source import Source
from diabolo.errors import DataFileError, DiaboloError, InputError, InputTypeError, ParameterError
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["JoinedSource", "open_table", "table_of"]

_OPTIONS = ("dataset", "target", "rows", "keep_columns", "categories", "header", "delimiter", "decimal")

_OF_COLUMNS = ("target", "keep_columns", "drop_columns", "columns")


def open_table(
    path: Any,
    *,
    dataset: str | None = None,
    target: str | int | None = None,
    rows: Literal["first", "last"] = "first",
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    categories: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    skip_lines: int | None = None,
    skip_footer: int | None = None,
    below_limit: str | None = None,
    above_limit: str | None = None,
    na_values: Sequence[str | float] | None = None,
    sheet: str | None = None,
    max_memory: int | str | None = None,
    follow_links: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> Source:
    """Open a table that is read as it is needed, and may be larger than memory.

    Parameters
    ----------
    path : str, path-like, sequence of these, table in memory or Source
        A file of rows: .csv or .tsv (also .gz, .bz2 or .zst), .xlsx, .npy, .npz, .h5 or .hdf5, .zarr,
        .parquet, .feather, .h5ad. ``"a.h5::name"`` names the dataset, too. A list of files, or a pattern with
        ``*``, is read as one table, rows one after the other, and so are the tables in a folder. ``"-"`` is
        a text table on standard input. Addresses such as ``s3://bucket/part-*.parquet``, ``gs://`` and
        ``https://`` are read by ranges of their bytes. An array, a data frame of pandas or Polars, an Arrow
        table, a sparse matrix, an AnnData object and a source pass through.
    dataset : str, optional
        The table in a file of several: HDF5, Zarr, .npz, .h5ad, AnnData. By default ``data``, ``X``, or the
        only one of two axes.
    target : str or int, optional
        The column that is to be predicted: the name of a dataset beside the table, or the name or number of
        a column of it. It is carried, and no feature.
    rows : {"first", "last"}, default "first"
        Which axis of the dataset goes along the rows; "last" reads features x rows.
    keep_columns : sequence of str or int, optional
        Columns to carry that are no features. Of HDF5, Zarr, .npz and .h5ad, only these are then carried, of
        all that would fit.
    drop_columns : sequence of str or int, optional
        Columns that are not read, such as notes.
    columns : sequence of str or int, optional
        The only columns that are features, in the table's order; of the others those that are named by
        `target` and `keep_columns` are carried, and the rest is not read.
    categories : sequence of str or int, optional
        Columns of a file that are features, too, and whose cells are values of categories: what an
        estimator's `categories` names. A file may hold nothing else.
    header : bool, optional
        Whether the first line of a text table holds names; None finds out.
    delimiter : str, optional
        The character between the cells of a text table; None finds out.
    decimal : {".", ","}, optional
        The mark before decimals in a text table; None finds out.
    thousands : {",", ".", " ", "'", "none"}, optional
        The mark between thousands in a text table; None finds out where a number such as 1.139,80 shows it.
    encoding : str, optional
        Of a text table, such as "cp1252", "latin-1" or "utf-16"; None takes UTF-8, or UTF-16 where a byte
        order mark says so.
    skip_lines : int, optional
        Lines above the header, or above the first row; None leaves out those that begin with ``#``, and
        titles above a header.
    skip_footer : int, optional
        Rows at the end that are none, such as sums; None leaves out remarks such as "Exported on Monday".
    below_limit : {"half", "limit", "zero", "missing"}, optional
        What a cell such as ``<0.5`` counts as: half of the limit, the limit, 0 or a missing cell. None
        refuses such cells.
    above_limit : {"limit", "missing"}, optional
        What a cell such as ``>100`` counts as.
    na_values : sequence of str or number, optional
        What stands for a missing cell of a text table beside NA and the like, such as ``["n.d.", -99]``; of
        columns that are features.
    sheet : str, optional
        The sheet of an .xlsx file; None takes the first.
    max_memory : int or str, optional
        The most that what is held of a file may take: its names, its carried columns, a block of its cells.
        Bytes, or text such as "4GB". None goes by the file's size: 64 MiB of a small file, 1 GiB of one of a
        megabyte or more, and of one beyond half of that twice its size.
    follow_links : bool, default False
        Whether links of an HDF5 file, and virtual datasets, may have other files read.
    storage_options : mapping, optional
        For the package of fsspec that reads an address, such as ``{"anon": True}`` for a bucket that is open
        to all. What is not said here it takes from its environment, such as ``AWS_ACCESS_KEY_ID`` and
        ``AWS_ENDPOINT_URL``.

    Returns
    -------
    Source
        With `shape`, `dtype`, `feature_names`, `row_names`, `carried` and `target_name`; `read`, `rows`,
        `columns`, `blocks` and indexing give cells, read as they are needed. Text tables and compressed .npz
        files are unpacked first: into memory up to 64 MiB, beyond that into a temporary file. Use it in a
        ``with``, or `close` it.

    Raises
    ------
    DataFileError
        The file is missing, damaged or of an unknown format, or what was named is not in it.
    ParameterError
        An option means nothing to this format, or the package that reads it is not installed.

    See Also
    --------
    hold_out, sliding_windows

    Examples
    --------
    >>> import tempfile
    >>> import diabolo
    >>> import numpy as np
    >>> path = Path(tempfile.mkdtemp()) / "rows.npy"
    >>> np.save(path, np.arange(6.0).reshape(3, 2))
    >>> with diabolo.open(path) as source:
    ...     source.shape, source[1:].tolist()
    ((3, 2), [[2.0, 3.0], [4.0, 5.0]])
    """
    if rows not in ("first", "last"):
        raise ParameterError(
            f'{setting("rows")} must be "first" or "last", the axis of the rows; got {rows!r}.'
        )
    lists = {
        "keep_columns": keep_columns,
        "drop_columns": drop_columns,
        "columns": columns,
        "categories": categories,
    }
    for name, given in lists.items():
        if isinstance(given, (str, int)):
            raise ParameterError(f"{setting(name)} is a list of columns: say {setting(name, [given])}.")
    options: dict[str, Any] = {
        "dataset": dataset,
        "target": target,
        **{name: None if given is None else tuple(given) for name, given in lists.items()},
        "rows": None if rows == "first" else rows,
        "header": header,
        "delimiter": delimiter,
        "decimal": decimal,
        "thousands": thousands,
        "encoding": encoding,
        "skip_lines": skip_lines,
        "skip_footer": skip_footer,
        "below_limit": below_limit,
        "above_limit": above_limit,
        "na_values": na_values,
        "sheet": sheet,
    }
    options = {name: value for name, value in options.items() if value is not None}
    is_one = isinstance(path, (str, os.PathLike))
    parts = [path] if is_one else path if isinstance(path, (list, tuple)) else []
    if parts and all(isinstance(each, (str, os.PathLike)) for each in parts):
        with permitted(max_memory, follow_links):
            addresses = [os.fspath(each) for each in parts]
            opened = (
                _open_address(addresses[0], options, storage_options)
                if is_one
                else _joined(addresses, options, storage_options)
            )
            source = _with_categories(opened, categories)
        told = {**options, "max_memory": max_memory, "follow_links": follow_links}
        told |= {} if storage_options is None else {"storage_options": storage_options}
        files = [file for each in addresses for file in _files(each, storage_options)]
        source.opening = Opening.of(source, open_table, files, is_one and files == addresses, told)
        return source
    if isinstance(path, Source):
        refuse_options(options, "a source", ())
        return path
    if path is None or isinstance(path, (int, float, complex)):
        raise InputTypeError(f"{path!r} is no table: give a path, an array or a data frame.")
    refuse_options(options, "a table in memory", ("dataset", "rows", *_OF_COLUMNS))
    return in_memory_table(path, **options)


def table_of(X: Any, opens: Callable[[Any], Source] = open_table, **options: Any) -> Source:
    """Open a table for a function that does not take the options of opening.

    Parameters
    ----------
    X : path, table in memory or Source
        As of `open_table`.
    opens : callable, default `open_table`
        What opens it.
    **options
        For `opens`.

    Returns
    -------
    Source

    Raises
    ------
    DiaboloError
        As of `opens`; where it names an option, it says whose that is.

    Examples
    --------
    >>> table_of([[1, 2]]).shape
    (1, 2)
    """
    try:
        return opens(X, **options)
    except DiaboloError as problem:
        if any(named.name in _OPTIONS for named in problem.message.settings):
            whose = either(" Say so to diabolo.open, and give what it returns.", "")
            raise type(problem)(f"{problem.message.marked}{whose}") from None
        raise


def _open_address(address: str, options: dict[str, Any], storage: Mapping[str, Any] | None) -> Source:
    path, named = split_address(address)
    if named is not None:
        if options.get("dataset", named) != named:
            raise ParameterError(
                f"{address} names the dataset {named!r}, and {setting('dataset', options['dataset'])} "
                "another: give one."
            )
        options = {**options, "dataset": named}
    found = parts_of(path, storage)
    if found not in ([], [path]):
        return _joined(found, options, storage, _open_file)
    return _open_file(path, options, storage)


def _files(address: str, storage: Mapping[str, Any] | None) -> list[str]:
    """List the files that an address stands for, each with the dataset that it names."""
    path, named = split_address(address)
    found = parts_of(path, storage)
    if found in ([], [path]):
        return [address]
    return [each if named is None else f"{each}::{named}" for each in found]


def _with_categories(source: Source, categories: Sequence[str | int] | None) -> Source:
    """Take the cells of categories, which readers carry, for features."""
    names = source.column_order
    for each in categories or ():
        name = typed_number(each, names or tuple(source.carried))
        if not isinstance(name, str) and names is None:
            raise InputError(
                f"{source.name} has no column names, and {setting('categories', each)} must be found in "
                "other files, too: name the columns in its first line, and then by their names here."
            )
        name = named(int(name), names) if not isinstance(name, str) else name
        source.category_cells[name] = source.written_as.pop(name, source.carried.pop(name))
    return source


def _joined(
    paths: list[str],
    options: dict[str, Any],
    storage: Mapping[str, Any] | None,
    opens: Callable[..., Source] | None = None,
) -> Source:
    opens = _open_address if opens is None else opens
    with contextlib.ExitStack() as opened:  # which are closed if one fails
        parts = [opened.enter_context(opens(each, options, storage)) for each in paths]
        whole = parts[0] if len(parts) == 1 else JoinedSource(parts)
        opened.pop_all()
    return whole


def _open_file(address: str, options: dict[str, Any], storage: Mapping[str, Any] | None) -> Source:
    if not address:
        raise DataFileError("the path is empty: name a file.")
    if address == "-":
        text_table = format_of("rows.csv")
        refuse_options(options, "standard input", (*text_table.heeds, *_OF_COLUMNS))
        return text_table.open(StandardInput(), **options)
    path = located(address, storage)
    if storage is not None and not isinstance(path, RemoteFile):
        raise ParameterError(
            f"{address} is a file here, and {setting('storage_options')} is for addresses; leave it out."
        )
    if isinstance(path, Path) and not (path.is_dir() and path.suffix.lower() in FOLDERS):
        existing_file(path)
    chosen = format_of(path)
    beside = () if chosen.has_columns else ("categories",)  # which stand there as carried columns do
    refuse_options(options, str(path), (*chosen.heeds, *_OF_COLUMNS, *beside))
    features: dict[str, Any] = {}
    if not chosen.has_columns:
        features = {name: options.get(name) for name in ("drop_columns", "columns")}
        options = {name: value for name, value in options.items() if name not in features}
        if beside := options.pop("categories", ()):
            options["keep_columns"] = (*options.get("keep_columns", ()), *beside)
        for option in ("target", "keep_columns"):
            for each in _each(options.get(option)):
                if not isinstance(each, str):
                    raise ParameterError(
                        f"{path}: {setting(option)} names columns of such a file by text; got {each!r}."
                    )
    source = chosen.open(path, **options)
    note_read(source, path)
    return chosen_features(source, **features) if features else source


def _each(names: Any) -> tuple[Any, ...]:
    return names if isinstance(names, tuple) else () if names is None else (names,)


class JoinedSource(Source):
    """Several tables of the same columns as one.

    Parameters
    ----------
    parts : sequence of Source
        In the order of their rows. What all of them carry, the whole carries.

    Raises
    ------
    InputError
        The columns differ, or the target is missing in one.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> joined = JoinedSource([ArraySource(np.zeros((2, 1))), ArraySource(np.ones((1, 1)))])
    >>> joined.read([2, 0]).tolist()
    [[1.0], [0.0]]
    """

    def __init__(self, parts: Sequence[Source]) -> None:
        if not parts:
            raise InputError("no tables were given to join; name at least one.")
        self.parts = tuple(parts)
        first = self.parts[0]
        for part in self.parts[1:]:
            _check_alike(first, part)
        self._ends = np.cumsum([part.n_rows for part in self.parts])
        carried, written_as = {}, {}
        for name in first.carried:
            if not all(name in part.carried for part in self.parts):
                continue
            columns = [np.asarray(part.carried[name]) for part in self.parts]
            are_text = {column.dtype.kind in "UO" for column in columns}
            carried[name] = np.concatenate(columns) if len(are_text) == 1 else self._text(name)
            if are_text == {False} and any(name in part.written_as for part in self.parts):
                written_as[name] = self._text(name)
        rows = [part.row_names for part in self.parts]
        super().__init__(
            first.name if len(self.parts) == 1 else f"{first.name} and {len(self.parts) - 1} more",
            (int(self._ends[-1]), first.n_features),
            np.result_type(*{part.dtype for part in self.parts}),
            feature_names=first.feature_names,
            row_names=None if None in rows else [name for names in rows for name in names or ()],
            carried=carried,
            target_name=first.target_name,
            block=(max(part.block[0] for part in self.parts), max(part.block[1] for part in self.parts)),
        )
        self.written_as, self.column_order = written_as, first.column_order
        self.header_found = any(part.header_found for part in self.parts)
        self.notes = tuple(note for part in self.parts for note in part.notes)
        self.left_out = self.parts[0].left_out
        self.is_compressed = any(part.is_compressed for part in self.parts)
        self.is_transposed = any(part.is_transposed for part in self.parts)

    def _made_of(self) -> tuple[Any, ...]:
        return (self.parts,)

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        first = int(np.searchsorted(self._ends, rows.start, "right"))
        last = int(np.searchsorted(self._ends, rows.stop - 1, "right"))
        for number in range(first, last + 1):
            top = int(self._ends[number - 1]) if number else 0
            start, stop = max(rows.start, top), min(rows.stop, int(self._ends[number]))
            self.parts[number].read(
                slice(start - top, stop - top), columns, out[start - rows.start : stop - rows.start]
            )

    def _text(self, name: str) -> np.ndarray:
        """Return a carried column as text, as it stands in the files where that is known."""
        texts = [part.written_as.get(name, part.carried[name]) for part in self.parts]
        return np.concatenate([np.asarray(text).astype(str) for text in texts])

    def place(self, row: int, column: int) -> str:
        """Say where a cell is, and in which file."""
        number = int(np.searchsorted(self._ends, row, "right"))
        part, top = self.parts[number], int(self._ends[number - 1]) if number else 0
        return f"{part.place(row - top, column)} in {part.name}"

    def close(self) -> None:
        """Let go of the files."""
        super().close()
        for part in self.parts:
            part.close()


def _check_alike(first: Source, part: Source) -> None:
    if part.n_features != first.n_features:
        raise InputError(
            f"{part.name} has {part.n_features} column{'s' * (part.n_features != 1)} and "
            f"{first.name} has {first.n_features}: files read as one must have the same columns."
        )
    ours, theirs = first.feature_names, part.feature_names
    if ours != theirs:
        place = next((i for i, (a, b) in enumerate(zip(ours or (), theirs or (), strict=False)) if a != b), 0)
        got, expected = (repr(names[place]) if names else "no name" for names in (theirs, ours))
        raise InputError(
            f"{part.name} differs from {first.name} in column {place} (counted from 0), which is {got} and "
            f"not {expected}: files read as one must have the same columns in the same order."
        )
    if first.target_name is not None and first.target_name not in part.carried:
        raise InputError(
            f"{part.name} has no column {first.target_name!r}, the target in {first.name}: files read as one "
            "must have the same target."
        )
