"""Whether a file is stored so that reading its rows is slow, and how it is rewritten for that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import numpy as np

from diabolo.data.open_table import open_table
from diabolo.data.remote_file import RemoteFile, located
from diabolo.data.sink import open_sink
from diabolo.data.source import Source
from diabolo.errors import ParameterError
from diabolo.messages import setting

__all__ = ["advice", "amplification", "check_chunked", "is_slow", "rechunk"]

# Cells that a reader asks for at once.
_CELLS = 2**21
# The least that a disk and the system's cache move at once.
_PAGE = 4096
# Below it rewriting a file costs more than it gives back in a training of a few epochs.
_WORTHWHILE = 4.0
_OUT = (".h5", ".hdf5", ".zarr")


def rechunk(
    path: Any,
    out: str | os.PathLike[str],
    *,
    rows_per_chunk: int | None = None,
    max_memory: int = 2**30,
    dataset: str | None = None,
    rows: Literal["first", "last"] = "first",
    compression: str | None = None,
) -> Path | RemoteFile:
    """Rewrite a table that is stored by columns, or badly chunked, in chunks of whole rows.

    The table is never in memory as a whole: as many rows as `max_memory` holds are gathered at a time, so
    that each chunk of the file is read once for every such band.

    Parameters
    ----------
    path : str, path-like, Source or whatever else `diabolo.open` takes
        The table; names and carried columns go along. A source is closed.
    out : str or path-like
        A .h5, .hdf5 or .zarr file; not `path` itself.
    rows_per_chunk : int, optional
        Rows of a chunk; None makes chunks of about 1 MiB.
    max_memory : int, default 2**30
        Bytes of the rows that are gathered at a time.
    dataset : str, optional
        The table in a file of several.
    rows : {"first", "last"}, default "first"
        Which axis of the dataset goes along the rows.
    compression : str, optional
        As of `diabolo.data.sink.open_sink`.

    Returns
    -------
    Path or RemoteFile
        `out`.

    Raises
    ------
    DataFileError
        A file cannot be read, or written, or both are one.
    ParameterError
        `out` has no chunks, or `max_memory` holds no row.

    Examples
    --------
    >>> import tempfile, h5py
    >>> folder = Path(tempfile.mkdtemp())
    >>> with h5py.File(folder / "columns.h5", "w") as file:
    ...     _ = file.create_dataset("data", data=np.eye(4), chunks=(4, 1))
    >>> with h5py.File(rechunk(folder / "columns.h5", folder / "rows.h5")) as file:
    ...     file["data"].chunks, bool((file["data"][:] == np.eye(4)).all())
    ((4, 4), True)
    """
    out = located(out)
    check_chunked(out)
    with open_table(path, dataset=dataset, rows=rows) as source:
        row_bytes = source.n_features * source.dtype.itemsize
        if max_memory < row_bytes:
            raise ParameterError(
                f"{setting('max_memory', max_memory)} holds no row of {source.name}: a row has {row_bytes} "
                "bytes, so give that many at least."
            )
        band = min(max_memory // row_bytes, source.n_rows)
        if band < source.n_rows and rows_per_chunk is not None and band > rows_per_chunk:
            band -= band % rows_per_chunk  # so that a chunk is written once
        buffer = np.empty((band, source.n_features), source.dtype)
        with open_sink(
            out,
            source.n_rows,
            source.n_features,
            dtype=source.dtype.newbyteorder("="),
            column_names=source.feature_names,
            row_names=source.row_names,
            carried=source.carried,
            chunk_rows=rows_per_chunk,
            compression=compression,
        ) as sink:
            for start in range(0, source.n_rows, band):
                some = slice(start, min(start + band, source.n_rows))
                sink.write(start, source.read(some, out=buffer[: some.stop - start]))
    return out


def check_chunked(path: Path | RemoteFile) -> None:
    """Make sure that a file's format has chunks.

    Raises
    ------
    ParameterError
        Its suffix is another.

    Examples
    --------
    >>> check_chunked(Path("rows.h5"))
    """
    if path.suffix.lower() not in _OUT:
        raise ParameterError(
            f"{path} cannot be chunked by rows: name a file that has chunks, one of {', '.join(_OUT)}."
        )


def amplification(source: Source) -> float:
    """Estimate how many times the bytes wanted are read where rows are read some at a time.

    Parameters
    ----------
    source : Source
        Any table.

    Returns
    -------
    float
        1 where blocks of the file are read whole, and once.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> amplification(ArraySource(np.zeros((5, 3))))
    1.0
    """
    height, width = source.block
    at_once = source.rows_at_once(_CELLS)
    if height <= at_once or not source.n_features:
        return 1.0
    whole = height / at_once
    if source.is_compressed:
        return whole
    together = at_once * source.dtype.itemsize * (1 if source.is_transposed else width)
    return min(whole, max(_PAGE / together, 1.0))


def is_slow(source: Source) -> bool:
    """Whether rewriting a file by rows pays in a training of a few epochs.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> is_slow(ArraySource(np.zeros((5, 3))))
    False
    """
    return amplification(source) >= _WORTHWHILE


def advice(source: Source, command: str) -> str | None:
    """Say when it would pay to rewrite a file by rows.

    Parameters
    ----------
    source : Source
        Any table.
    command : str
        What rewrites it, as it is typed.

    Returns
    -------
    str or None
        A sentence that ends with the command; None where the file is well as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> advice(ArraySource(np.zeros((5, 3))), "diabolo rechunk rows.h5 -o new.h5") is None
    True
    """
    if not is_slow(source):
        return None
    times = amplification(source)
    height, width = source.block
    return (
        f"{source.name} is stored in blocks of {height:,} rows x {width:,} columns, so reading some rows at "
        f"a time reads about {times:,.0f} times what is wanted; to rewrite it by rows once, type: {command}"
    )
