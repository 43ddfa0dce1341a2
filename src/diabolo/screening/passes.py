"""How a table is passed over: in bands of features or blocks of rows that fit in memory, by threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.in_memory import in_memory_table
from diabolo.data.memory import memory_bytes
from diabolo.data.source import Source
from diabolo.errors import InputError, ParameterError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Work = Callable[[slice, slice, Shaped[np.ndarray, "rows columns"]], None]

__all__ = ["PassOptions", "as_source", "pass_over", "plan_reading"]

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
        X = in_memory_table(X)
    if 0 in X.shape:
        raise InputError(
            f"{X.name} has {X.n_rows} rows and {X.n_features} features: there is nothing to screen."
        )
    return X


@dataclass(frozen=True)
class PassOptions:
    """How a table is passed over.

    Parameters
    ----------
    whole_columns : bool
        Whether all rows of a feature are wanted at once.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once.
    n_jobs : int, default 2
        Threads.
    kept_per_feature : int, default 100
        Bytes of results for each feature, which are held to the end.
    progress : callable, optional
        Told of the share that is done, from 0 to 1, after every piece.
    """

    whole_columns: bool
    max_memory: int | str = "1GB"
    n_jobs: int = 2
    kept_per_feature: int = 100
    progress: Callable[[float], None] | None = None


def plan_reading(source: Source, options: PassOptions) -> tuple[int, int]:
    """Say how many rows and features to read at once.

    Where whole features are wanted, bands are as wide as memory allows: a file that is stored by rows is
    passed over once for each band. Otherwise some rows of all features are read, and the file passed over
    once.

    Parameters
    ----------
    source : Source
        The table.
    options : PassOptions
        What is wanted.

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
    >>> plan_reading(source, PassOptions(True, "30MB"))
    (1000, 3072)
    >>> plan_reading(source, PassOptions(False, "30MB"))
    (636, 5000)
    """
    if (
        not isinstance(options.n_jobs, int | np.integer)
        or isinstance(options.n_jobs, bool)
        or options.n_jobs < 1
    ):
        raise ParameterError(
            f"{setting('n_jobs')} must be a whole number of threads, at least 1; got {options.n_jobs!r}."
        )
    n_rows, n_features = source.shape
    memory = memory_bytes(options.max_memory)
    cells = max(_TILE_CELLS, n_rows if options.whole_columns else 0)
    held = n_features * options.kept_per_feature + options.n_jobs * cells * _BYTES_OF_WORK
    left = memory - held
    row, column = (source.block[0], n_features) if not options.whole_columns else (n_rows, 1)
    row = min(row, n_rows)
    least = row * column * source.dtype.itemsize
    if left < least:
        raise ParameterError(
            f"Screening {source.name} ({n_rows:,} rows of {n_features:,} features) takes at least "
            f"{(held + least) / 1e6:,.0f} MB, and {setting('max_memory')} is {options.max_memory!r}: allow "
            f"that much, or set {setting('n_jobs', 1)}."
        )
    if options.whole_columns:
        width = min(left // (n_rows * source.dtype.itemsize), n_features)
        tile = tile_width(n_rows)
        if width < n_features and width > tile:
            width -= width % tile
        return n_rows, int(width)
    return int(min(left // least * row, n_rows)), n_features


def tile_width(n_rows: int) -> int:
    """Say how many features of so many rows a thread works on at a time."""
    return max(_TILE_CELLS // max(n_rows, 1) // 8 * 8, 8)


def pass_over(source: Source, work: Work, options: PassOptions) -> None:
    """Call a function with every part of a table, within the memory given.

    Parameters
    ----------
    source : Source
        The table.
    work : callable
        Called with the rows, the columns and their cells, from several threads at once, never with the same
        column twice at a time, and with the rows of a column in order.
    options : PassOptions
        How.
    """
    rows_at_once, columns_at_once = plan_reading(source, options)
    n_rows, n_features = source.shape
    _keep_freed_memory()
    is_here = isinstance(source, ArraySource)
    if is_here:  # nothing to read, so the pieces need not be small
        rows_at_once, columns_at_once = n_rows, n_features
    buffer = None if is_here else np.empty((rows_at_once, columns_at_once), source.dtype)
    done = 0
    with ThreadPoolExecutor(options.n_jobs) as pool:
        for first in range(0, n_features, columns_at_once):
            columns = slice(first, min(first + columns_at_once, n_features))
            for start in range(0, n_rows, rows_at_once):
                rows = slice(start, min(start + rows_at_once, n_rows))
                if buffer is None:
                    piece = source.array  # type: ignore[attr-defined]
                else:
                    piece = buffer[: rows.stop - rows.start, : columns.stop - columns.start]
                    source.read(rows, columns, piece)
                done = _share_out(pool, work, rows, columns, piece, options, done, source.shape)


def _keep_freed_memory() -> None:
    """Have the C library keep what a tile frees for the next one.

    glibc gives larger blocks back to the system each time, and fetching their pages anew takes a third of the
    whole. Once a block has been freed, blocks as large are kept (mallopt(3), M_MMAP_THRESHOLD); this one is
    the largest that counts, and never touched, so it takes no memory. Elsewhere it does nothing.
    """
    np.empty(_LARGEST_KEPT, np.uint8)


def _share_out(
    pool: ThreadPoolExecutor,
    work: Work,
    rows: slice,
    columns: slice,
    piece: Shaped[np.ndarray, "rows columns"],
    options: PassOptions,
    done: int,
    shape: tuple[int, int],
) -> int:
    """Have the threads work on a piece, tile by tile, and return how many cells are done."""
    height = rows.stop - rows.start
    width = tile_width(height)
    tiles = [
        slice(start, min(start + width, columns.stop)) for start in range(columns.start, columns.stop, width)
    ]

    def one(tile: slice) -> int:
        work(rows, tile, piece[:, tile.start - columns.start : tile.stop - columns.start])
        return (tile.stop - tile.start) * height

    for cells in pool.map(one, tiles):
        done += cells
        if options.progress is not None:
            options.progress(done / (shape[0] * shape[1]))
    return done
