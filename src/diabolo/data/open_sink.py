"""Tables written some rows at a time, in a format chosen by the suffix."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.atomic import atomic_path
from diabolo.data.formats import WRITTEN, format_of
from diabolo.data.sink import Sink, TablePlan
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["open_sink"]


@contextlib.contextmanager
def open_sink(
    path: str | os.PathLike[str],
    n_rows: int,
    n_columns: int,
    *,
    dtype: Any = np.float32,
    column_names: Sequence[str] | None = None,
    row_names: Sequence[str] | None = None,
    carried: Mapping[str, Any] | None = None,
    chunk_rows: int | None = None,
    compression: str | None = None,
) -> Iterator[Sink]:
    """Open a file for a table that is written some rows at a time; the suffix says how.

    The file appears under its name only when every row is on the disk; after any failure there is nothing,
    or what stood there before. Missing cells are NaN, and empty in a text table.

    Parameters
    ----------
    path : str or path-like
        A file of rows of any format that is written; replaced if it exists.
    n_rows, n_columns : int
        The size, known beforehand.
    dtype : dtype, default float32
        Of the cells in the file; blocks are cast to it.
    column_names, row_names : sequence of str, optional
        One for each column; one for each row. An .npy file has no place for them.
    carried : mapping of str to array-like of shape (n_rows,), optional
        Further columns of numbers or text, such as a target.
    chunk_rows : int, optional
        Rows stored together in HDF5, Zarr, Parquet and Feather; None chooses chunks of about 1 MiB.
    compression : str, optional
        "gzip" or "lzf" for HDF5, "zstd" or "gzip" for Zarr, "snappy", "zstd" or others for Parquet, "lz4"
        or "zstd" for Feather, "deflate" for .npz; None stores the cells as they are.

    Yields
    ------
    Sink
        Its `write(start, block)` writes rows; .csv, .tsv, .npz, .parquet and .feather files want them
        in order.

    Raises
    ------
    DataFileError
        The file cannot be written, or cannot hold what it should.
    InputError
        Names, columns or blocks do not fit the table, or rows were left out.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.npy"
    >>> with open_sink(path, 3, 2) as sink:
    ...     sink.write(0, np.zeros((2, 2)))
    ...     sink.write(2, np.ones((1, 2)))
    >>> np.load(path).tolist()
    [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]
    """
    path = Path(path)
    kind = format_of(path, WRITTEN).sink()
    if n_rows < 1 or n_columns < 1:
        raise InputError(
            f"{path} cannot be written: a table needs at least one row and one column; "
            f"got {n_rows} and {n_columns}."
        )
    if chunk_rows is not None and chunk_rows < 1:
        raise InputError(f"{path} cannot be written: chunk_rows must be at least 1; got {chunk_rows}.")
    if np.dtype(dtype).kind not in "buif":
        raise InputError(f"{path} cannot be written: dtype must be a real number's; got {np.dtype(dtype)}.")
    columns = {name: _column(values) for name, values in (carried or {}).items()}
    plan = TablePlan(
        path,
        n_rows,
        n_columns,
        np.dtype(dtype),
        _names(path, column_names, n_columns, "column"),
        _names(path, row_names, n_rows, "row"),
        columns,
        chunk_rows,
        compression,
    )
    sink = kind(plan)
    with atomic_path(path, folder=kind.is_folder) as place:
        try:
            sink.begin(place)
            yield sink
            sink.check_whole()
            sink.finish()
        except BaseException:
            sink.abandon()
            raise


def _column(values: Any) -> Shaped[np.ndarray, " n_rows"]:
    column = np.asarray(values)
    if column.dtype.kind in "buifU":
        return column
    return np.array([str(value) for value in column.tolist()], str)


def _names(path: Path, names: Sequence[str] | None, count: int, what: str) -> tuple[str, ...] | None:
    if names is None:
        return None
    names = tuple(str(name) for name in names)
    if len(names) != count:
        raise InputError(
            f"{path} cannot be written: expected {count} {what} names, one for each {what}; got {len(names)}."
        )
    return names
