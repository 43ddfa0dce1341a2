"""Tables opened by what they are: files by their suffix, arrays, data frames, several files as one."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.csv_layout import records
from diabolo.data.frame_source import frame_source, is_frame
from diabolo.data.h5ad_source import H5adSource
from diabolo.data.hdf5_source import Hdf5Source
from diabolo.data.joined_source import JoinedSource
from diabolo.data.npy_source import NpySource
from diabolo.data.npz_source import NpzSource
from diabolo.data.opening import read_table
from diabolo.data.parquet_source import ParquetSource
from diabolo.data.source import Source
from diabolo.data.zarr_source import ZarrSource
from diabolo.errors import DataFileError, InputError, InputTypeError, ParameterError, nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SUFFIXES", "open_source", "split_address"]

_TEXT = (".csv", ".tsv")
_NAMED: Mapping[str, type[Hdf5Source | ZarrSource | NpzSource]] = {
    ".h5": Hdf5Source,
    ".hdf5": Hdf5Source,
    ".hdf": Hdf5Source,
    ".zarr": ZarrSource,
    ".npz": NpzSource,
}
SUFFIXES = (*_TEXT, ".npy", *_NAMED, ".parquet", ".h5ad")


def open_source(
    path: Any,
    *,
    dataset: str | None = None,
    target: str | int | None = None,
    rows: Literal["first", "last"] = "first",
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
) -> Source:
    """Open a table that is read as it is needed, and may be larger than memory.

    Parameters
    ----------
    path : str, path-like, sequence of these, array, data frame or Source
        A file of rows: .npy, .npz, .h5 or .hdf5, .zarr, .parquet, .h5ad, .csv or .tsv. ``"a.h5::name"`` names
        the dataset, too. A list of files, or a pattern with ``*``, is read as one table, rows one after the
        other. An array, a data frame of pandas or Polars, and a source pass through.
    dataset : str, optional
        The table in a file of several: HDF5, Zarr, .npz, .h5ad. By default ``data``, ``X``, or the only one
        of two axes.
    target : str or int, optional
        The column that is to be predicted: the name of a dataset beside the table, or of a column of it; of
        an .npy file its number, of a text table either. It is carried, and no feature.
    rows : {"first", "last"}, default "first"
        Which axis of the dataset goes along the rows; "last" reads features x rows.
    keep_columns : sequence of str or int, optional
        Columns to carry that are no features. Of HDF5, Zarr, .npz and .h5ad, only these are then carried, of
        all that would fit.
    header : bool, optional
        Whether the first line of a text table holds names; None finds out.
    delimiter : str, optional
        The character between the cells of a text table; None finds out.

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

    Examples
    --------
    >>> import tempfile
    >>> import diabolo
    >>> path = Path(tempfile.mkdtemp()) / "rows.npy"
    >>> np.save(path, np.arange(6.0).reshape(3, 2))
    >>> with diabolo.open(path) as source:
    ...     source.shape, source[1:].tolist()
    ((3, 2), [[2.0, 3.0], [4.0, 5.0]])
    """
    options: dict[str, Any] = {
        "dataset": dataset,
        "target": target,
        "keep_columns": tuple(keep_columns) if keep_columns is not None else None,
        "header": header,
        "delimiter": delimiter,
    }
    if rows not in ("first", "last"):
        raise ParameterError(f'rows must be "first" or "last", the axis of the rows; got {rows!r}.')
    options["rows"] = None if rows == "first" else rows
    if isinstance(path, (str, os.PathLike)):
        return _open_path(os.fspath(path), options)
    if (
        isinstance(path, (list, tuple))
        and path
        and all(isinstance(each, (str, os.PathLike)) for each in path)
    ):
        return _joined([os.fspath(each) for each in path], options)
    if isinstance(path, Source):
        _refuse(options, "a source", ())
        return path
    if is_frame(path):
        _refuse(options, "a data frame", ("target", "keep_columns"))
        return frame_source(path, target=options["target"], keep_columns=options["keep_columns"])
    _refuse(options, "an array", ("rows", "target", "keep_columns"))
    try:
        array = np.asarray(path)
    except (TypeError, ValueError) as problem:
        raise InputTypeError(
            f"a {type(path).__name__} is no table: give a path, an array or a data frame."
        ) from problem
    if array.dtype.kind not in "buif":
        raise InputTypeError(f"a {type(path).__name__} is no table: give a path, an array or a data frame.")
    source: Source = ArraySource(array.T if options["rows"] else array)
    return _without_columns(source, options["target"], options["keep_columns"])


def split_address(address: str) -> tuple[str, str | None]:
    """Take ``"a.h5::name"`` apart.

    Parameters
    ----------
    address : str
        A path, and perhaps a dataset in it.

    Returns
    -------
    path : str
    dataset : str or None

    Examples
    --------
    >>> split_address("a.h5::methylation/beta"), split_address("a.h5")
    (('a.h5', 'methylation/beta'), ('a.h5', None))
    """
    path, mark, name = address.rpartition("::")
    if not mark or Path(address).exists():
        return address, None
    return path, name


def _open_path(address: str, options: dict[str, Any]) -> Source:
    path, named = split_address(address)
    if named is not None:
        if options["dataset"] not in (None, named):
            raise ParameterError(
                f"{address} names the dataset {named!r}, and dataset={options['dataset']!r} "
                "another: give one."
            )
        options = {**options, "dataset": named}
    if "*" in path and not Path(path).exists():
        found = sorted(glob.glob(path))  # noqa: PTH207 - Path.glob takes no absolute pattern
        if not found:
            raise DataFileError(f"{path} matches no file: correct the pattern.")
        return _joined(found, options)
    return _open_file(path, options)


def _joined(paths: list[str], options: dict[str, Any]) -> Source:
    parts: list[Source] = []
    try:
        for each in paths:
            parts.append(_open_path(each, options))  # noqa: PERF401 - what was opened is closed if one fails
        return parts[0] if len(parts) == 1 else JoinedSource(parts)
    except BaseException:
        for part in parts:
            part.close()
        raise


def _open_file(path: str, options: dict[str, Any]) -> Source:
    suffix = Path(path.rstrip("/")).suffix.lower()
    target, kept = options["target"], options["keep_columns"]
    if suffix in _TEXT:
        _refuse(options, path, ("target", "keep_columns", "header", "delimiter"))
        return _text_table(path, options)
    if suffix == ".npy":
        _refuse(options, path, ("rows", "target", "keep_columns"))
        return _without_columns(NpySource(path, rows=options["rows"] or "first"), target, kept)
    if suffix in _NAMED:
        _refuse(options, path, ("dataset", "rows", "target", "keep_columns"))
        _need_names(path, target, kept)
        return _NAMED[suffix](
            path,
            dataset=options["dataset"],
            target=target,
            rows=options["rows"] or "first",
            keep_columns=kept,
        )
    if suffix == ".parquet":
        _refuse(options, path, ("target", "keep_columns"))
        _need_names(path, target, kept)
        return ParquetSource(path, target=target, keep_columns=kept)
    if suffix == ".h5ad":
        _refuse(options, path, ("dataset", "target", "keep_columns"))
        _need_names(path, target, kept)
        return H5adSource(path, dataset=options["dataset"], target=target, keep_columns=kept)
    given = f"the suffix {suffix!r}" if suffix else "a name without a suffix"
    raise DataFileError(
        f"{path} has {given}, and the format is chosen by the suffix: it must be one of "
        f"{', '.join(SUFFIXES)}.{nearest_name(suffix, SUFFIXES)}"
    )


def _refuse(options: dict[str, Any], place: str, heeded: tuple[str, ...]) -> None:
    for name, value in options.items():
        if value is not None and name not in heeded:
            raise ParameterError(f"{name}={value!r} means nothing to {place}: leave it out.")


def _need_names(path: str, target: Any, kept: Sequence[Any] | None) -> None:
    for option, value in [("target", target), *(("keep_columns", each) for each in kept or ())]:
        if value is not None and not isinstance(value, str):
            raise ParameterError(f"{path}: {option} names columns of such a file by text; got {value!r}.")


def _text_table(path: str, options: dict[str, Any]) -> Source:
    kept = options["keep_columns"] or ()
    header = next(iter(_first_cells(path, options["delimiter"])), None)
    named = header == "row_names" and "row_names" not in kept and options["target"] != "row_names"
    table = read_table(
        path,
        label_column=options["target"],
        header=options["header"],
        delimiter=options["delimiter"],
        keep_columns=(*kept, *(("row_names",) if named else ())) or None,
        allows_missing=True,
    )
    carried = {name: _numbers_if_all(values) for name, values in table.carried.items()}
    row_names = carried.pop("row_names", None) if named else None
    source = table.rows if isinstance(table.rows, Source) else ArraySource(table.rows, name=path)
    source.feature_names, source.carried = table.feature_names, carried
    source.row_names = None if row_names is None else tuple(map(str, table.carried["row_names"]))
    source.target_name = None if options["target"] is None else next(iter(carried))
    return source


def _first_cells(path: str, delimiter: str | None) -> list[str]:
    """Read the first line's cells, if it can be read; what is wrong with it is said later."""
    tab = "\t" if path.lower().endswith(".tsv") else ","
    try:
        return next(iter(records(Path(path), delimiter or tab)))[1][:1]
    except (DataFileError, OSError, ValueError, TypeError, StopIteration):
        return []


def _numbers_if_all(values: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Turn a column of text to numbers where every cell is one."""
    texts = np.asarray(values)
    for kind in (np.int64, np.float64):
        try:
            return texts.astype(kind)
        except (ValueError, OverflowError):
            continue
    return texts.astype(str)


def _without_columns(source: Source, target: Any, kept: Sequence[Any] | None) -> Source:
    """Take a target and other columns out of an array's, named by their numbers."""
    aside: dict[str, int] = {}
    for option, value in [("target", target), *(("keep_columns", each) for each in kept or ())]:
        if value is None:
            continue
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -source.n_features - 1
        if not -source.n_features <= number < source.n_features:
            raise InputError(
                f"{source.name} has {source.n_features} columns without names, numbered from 0: {option} "
                f"must be one of the numbers; got {value!r}."
            )
        number %= source.n_features
        aside["label" if option == "target" else f"column_{number}"] = number
    if not aside:
        return source
    left = np.delete(np.arange(source.n_features), list(aside.values()))
    view = source.columns(left)
    view.carried = {name: source.read(columns=slice(at, at + 1))[:, 0] for name, at in aside.items()}
    view.target_name = None if target is None else "label"
    return view
