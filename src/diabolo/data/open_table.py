"""Tables opened by what they are: files by their suffix, arrays, data frames, several files as one."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from diabolo.data.formats import FOLDERS, format_of
from diabolo.data.in_memory import in_memory_table, refuse_options
from diabolo.data.joined_source import JoinedSource
from diabolo.data.location import RemoteFile, existing_file, is_remote
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError
from diabolo.messages import setting

__all__ = ["open_table", "split_address"]


def open_table(
    path: Any,
    *,
    dataset: str | None = None,
    target: str | int | None = None,
    rows: Literal["first", "last"] = "first",
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Source:
    """Open a table that is read as it is needed, and may be larger than memory.

    Parameters
    ----------
    path : str, path-like, sequence of these, table in memory or Source
        A file of rows: .csv or .tsv (also .gz, .bz2 or .zst), .npy, .npz, .h5 or .hdf5, .zarr, .parquet,
        .feather, .h5ad. ``"a.h5::name"`` names the dataset, too. A list of files, or a pattern with ``*``, is
        read as one table, rows one after the other. ``s3://``, ``https://`` and other addresses of fsspec do
        for the formats whose libraries read them. An array, a data frame of pandas or Polars, an Arrow table,
        a sparse matrix, an AnnData object and a source pass through.
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
    header : bool, optional
        Whether the first line of a text table holds names; None finds out.
    delimiter : str, optional
        The character between the cells of a text table; None finds out.
    decimal : {".", ","}, optional
        The mark before decimals in a text table; None finds out.

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
    if isinstance(keep_columns, (str, int)):
        raise ParameterError(
            f"{setting('keep_columns')} is a list of columns: say {setting('keep_columns', [keep_columns])}."
        )
    options: dict[str, Any] = {
        "dataset": dataset,
        "target": target,
        "keep_columns": tuple(keep_columns) if keep_columns is not None else None,
        "rows": None if rows == "first" else rows,
        "header": header,
        "delimiter": delimiter,
        "decimal": decimal,
    }
    options = {name: value for name, value in options.items() if value is not None}
    if isinstance(path, (str, os.PathLike)):
        return _open_address(os.fspath(path), options)
    if (
        isinstance(path, (list, tuple))
        and path
        and all(isinstance(each, (str, os.PathLike)) for each in path)
    ):
        return _joined([os.fspath(each) for each in path], options)
    if isinstance(path, Source):
        refuse_options(options, "a source", ())
        return path
    refuse_options(options, "a table in memory", ("dataset", "target", "rows", "keep_columns"))
    return in_memory_table(path, **options)


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


def _open_address(address: str, options: dict[str, Any]) -> Source:
    path, named = split_address(address)
    if named is not None:
        if options.get("dataset", named) != named:
            raise ParameterError(
                f"{address} names the dataset {named!r}, and {setting('dataset', options['dataset'])} "
                "another: give one."
            )
        options = {**options, "dataset": named}
    if "*" in path and not is_remote(path) and not Path(path).exists():
        found = sorted(glob.glob(path))  # noqa: PTH207 - Path.glob takes no absolute pattern
        if not found:
            raise DataFileError(f"{path} matches no file: correct the pattern.")
        return _joined(found, options)
    return _open_file(path, options)


def _joined(paths: list[str], options: dict[str, Any]) -> Source:
    parts: list[Source] = []
    try:
        for each in paths:
            parts.append(_open_address(each, options))  # noqa: PERF401 - what was opened is closed if one fails
        return parts[0] if len(parts) == 1 else JoinedSource(parts)
    except BaseException:
        for part in parts:
            part.close()
        raise


def _open_file(address: str, options: dict[str, Any]) -> Source:
    path = RemoteFile(address) if is_remote(address) else Path(address)
    if isinstance(path, Path) and not (path.is_dir() and path.suffix.lower() in FOLDERS):
        existing_file(path)
    chosen = format_of(address)
    refuse_options(options, address, (*chosen.heeds, "target", "keep_columns"))
    if not chosen.has_columns:
        for option in ("target", "keep_columns"):
            for each in _each(options.get(option)):
                if not isinstance(each, str):
                    raise ParameterError(
                        f"{address}: {setting(option)} names columns of such a file by text; got {each!r}."
                    )
    if isinstance(path, RemoteFile) and not chosen.is_remote:
        raise DataFileError(
            f"{address} is of a format that is read from a disk alone: copy the file here first."
        )
    return chosen.open(path, **options)


def _each(names: Any) -> tuple[Any, ...]:
    return names if isinstance(names, tuple) else () if names is None else (names,)
