"""How a table is passed over: in bands of features or blocks of rows that fit in memory, by threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.in_memory import in_memory_table
from diabolo.data.memory import memory_bytes
from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.errors import InputError, ParameterError
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Work = Callable[[slice, slice, Shaped[np.ndarray, "rows columns"]], None]

__all__ = ["as_source", "pass_over", "plan_reading"]

# A tile of 128 features and 1,000 rows, and what is made of it, stay in a core's cache.
_TILE_CELLS = 2**17
# What a thread makes of a cell: its value in float64 and float32, its label, its place in the counts.
_BYTES_OF_WORK = 64
_LARGEST_KEPT = 30 * 2**20


def as_source(X: Any) -> Source:
    """Take a table as a source.

    Parameters
    ----------
    X : Source, array-like, data frame, sparse, Arrow or AnnData table of shape (n_rows, n_features)
        The names of columns come along; of a data frame those of numbers are features.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        It has no cells, or not two axes.
    InputTypeError
        It holds no numbers.
    """
    if not isinstance(X, Source):
        X = table_of(X, in_memory_table)
    if 0 in X.shape:
        raise InputError(
            f"{X.name} has {X.n_rows} rows and {X.n_features} features: there is nothing to screen."
        )
    return X


def plan_reading(
    source: Source,
    whole_columns: bool,
    max_memory: int | str = "1GB",
    n_jobs: int = 2,
    kept_per_feature: int = 100,
) -> tuple[int, int]:
    """Say how many rows and features to read at once.

    Where whole features are wanted, bands are as wide as memory allows: a file that is stored by rows is
    passed over once for each band. Otherwise some rows of all features are read, and the file passed over
    once.

    Parameters
    ----------
    source : Source
        The table.
    whole_columns : bool
        Whether all rows of a feature are wanted at once.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once.
    n_jobs : int, default 2
        Threads.
    kept_per_feature : int, default 100
        Bytes of results for each feature, which are held to the end.

    Returns
    -------
    rows, columns : int
        Of one piece.

    Raises
    ------
    ParameterError
        Not even the smallest piece fits.

    Examples
    --------
    >>> source = ArraySource(np.zeros((1000, 5000), np.float32))
    >>> plan_reading(source, True, "30MB")
    (1000, 3072)
    >>> plan_reading(source, False, "30MB")
    (636, 5000)
    """
    if not is_whole(n_jobs) or n_jobs < 1:
        raise ParameterError(
            f"{setting('n_jobs')} must be a whole number of threads, at least 1; got {n_jobs!r}."
        )
    n_rows, n_features = source.shape
    memory = memory_bytes(max_memory)
    cells = max(_TILE_CELLS, n_rows if whole_columns else 0)
    held = n_features * kept_per_feature + n_jobs * cells * _BYTES_OF_WORK
    left = memory - held
    row, column = (n_rows, 1) if whole_columns else (min(source.block[0], n_rows), n_features)
    least = row * column * source.dtype.itemsize
    if left < least:
        raise ParameterError(
            f"Screening {source.name} ({n_rows:,} rows of {n_features:,} features) takes at least "
            f"{(held + least) / 1e6:,.0f} MB, and {setting('max_memory')} is {max_memory!r}: allow "
            f"that much, or set {setting('n_jobs', 1)}."
        )
    if whole_columns:
        width = min(left // (n_rows * source.dtype.itemsize), n_features)
        tile = tile_width(n_rows)
        if width < n_features and width > tile:
            width -= width % tile
        return n_rows, int(width)
    return int(min(left // least * row, n_rows)), n_features


def tile_width(n_rows: int) -> int:
    """Say how many features of so many rows a thread works on at a time."""
    return max(_TILE_CELLS // max(n_rows, 1) // 8 * 8, 8)


def pass_over(
    source: Source,
    work: Work,
    whole_columns: bool,
    max_memory: int | str = "1GB",
    n_jobs: int = 2,
    kept_per_feature: int = 100,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Call a function with every part of a table, within the memory given.

    Parameters
    ----------
    source : Source
        The table.
    work : callable
        Called with the rows, the columns and their cells, from several threads at once, never with the same
        column twice at a time, and with the rows of a column in order.
    whole_columns, max_memory, n_jobs, kept_per_feature
        As of `plan_reading`.
    progress : callable, optional
        Told of the share that is done, from 0 to 1, after every piece.
    """
    if not source.n_features:  # as where there are more processes than tiles
        return
    rows_at_once, columns_at_once = plan_reading(source, whole_columns, max_memory, n_jobs, kept_per_feature)
    # The C library is to keep what a tile frees for the next one. glibc gives larger blocks back to the
    # system each time, and fetching their pages anew takes a third of the whole. Once a block has been freed,
    # blocks as large are kept (mallopt(3), M_MMAP_THRESHOLD); this one is the largest that counts, and never
    # touched, so it takes no memory. Elsewhere it does nothing.
    np.empty(_LARGEST_KEPT, np.uint8)
    done = 0
    with ThreadPoolExecutor(n_jobs) as pool:
        for rows, columns, piece in _pieces(source, rows_at_once, columns_at_once):
            height, left = len(piece), columns.start
            starts = range(left, columns.stop, tile_width(height))
            tiles = [slice(start, min(start + starts.step, columns.stop)) for start in starts]
            blocks = (piece[:, tile.start - left : tile.stop - left] for tile in tiles)
            finished = pool.map(work, itertools.repeat(rows), tiles, blocks)
            for tile, _ in zip(tiles, finished, strict=True):
                done += (tile.stop - tile.start) * height
                if progress is not None:
                    progress(done / (source.n_rows * source.n_features))


def _pieces(
    source: Source, rows_at_once: int, columns_at_once: int
) -> Iterator[tuple[slice, slice, Shaped[np.ndarray, "rows columns"]]]:
    """Read a table piece by piece; the cells of one are overwritten by those of the next."""
    n_rows, n_features = source.shape
    if isinstance(source, ArraySource):  # nothing to read, so the pieces need not be small
        yield slice(0, n_rows), slice(0, n_features), source.array
        return
    buffer = np.empty((rows_at_once, columns_at_once), source.dtype)
    for first in range(0, n_features, columns_at_once):
        columns = slice(first, min(first + columns_at_once, n_features))
        for start in range(0, n_rows, rows_at_once):
            rows = slice(start, min(start + rows_at_once, n_rows))
            piece = buffer[: rows.stop - start, : columns.stop - first]
            source.read(rows, columns, piece)
            yield rows, columns, piece
