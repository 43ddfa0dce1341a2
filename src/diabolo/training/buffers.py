"""How much of a table on disk is in memory at a time, and in what pieces it goes to the device."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Buffers", "chunk_rows_of", "planned_buffers"]

_CHUNK_BYTES = 2**24
# Two chunks take turns, and the device puts the rows of one in the order of its batches.
_CHUNKS = 3
# Of fewer batches than this a chunk is not worth being copied: the pool is what the device gets.
_FEW_BATCHES = 8


@dataclass(frozen=True)
class Buffers:
    """Where rows of a table on disk wait.

    Parameters
    ----------
    pool_rows : int
        Rows that are in memory together, and shuffled together.
    n_pools : int
        1 where that is the whole table, which is then read once; 2 where they take turns.
    chunk_rows : int
        Rows of a pool that go to the device together; 0 where a pool goes as it is.
    row_bytes : int
        Of a row.
    """

    pool_rows: int
    n_pools: int
    chunk_rows: int
    row_bytes: int

    @property
    def nbytes(self) -> int:
        """Bytes that they take."""
        return (self.n_pools * self.pool_rows + _CHUNKS * self.chunk_rows) * self.row_bytes


def chunk_rows_of(row_bytes: int, n_rows: int, batch_size: int, chunk_bytes: int = _CHUNK_BYTES) -> int:
    """Say how many rows go to the device together: whole batches, but no more than there is.

    Parameters
    ----------
    row_bytes : int
        Of a row.
    n_rows, batch_size : int
        Of the table, and of a batch.
    chunk_bytes : int, default 16 MiB
        About how much.

    Returns
    -------
    int
        All rows, or a multiple of the batch size.

    Examples
    --------
    >>> chunk_rows_of(2**14, 10_000, 100), chunk_rows_of(2**14, 500, 100)
    (1000, 500)
    """
    room = chunk_bytes // row_bytes
    return n_rows if room >= n_rows else min(max(room // batch_size, 1) * batch_size, n_rows)


def planned_buffers(room: int, n_rows: int, row_bytes: int, batch_size: int) -> Buffers:
    """Make the most of some memory: the whole table if it fits, else two pools that are as large as can be.

    Parameters
    ----------
    room : int
        Bytes there are; more is taken only where a batch would not fit.
    n_rows, row_bytes, batch_size : int
        Of the table, of a row, and of a batch.

    Returns
    -------
    Buffers

    Examples
    --------
    >>> planned_buffers(2**30, 1_000_000, 400, 64)
    Buffers(pool_rows=1000000, n_pools=1, chunk_rows=41920, row_bytes=400)
    >>> planned_buffers(2**29, 2_000, 2**21, 64)
    Buffers(pool_rows=128, n_pools=2, chunk_rows=0, row_bytes=2097152)
    """
    chunk_rows = chunk_rows_of(row_bytes, n_rows, batch_size, min(_CHUNK_BYTES, room // _FEW_BATCHES))
    whole = Buffers(n_rows, 1, chunk_rows, row_bytes)
    if whole.nbytes <= room:
        return whole
    if chunk_rows < _FEW_BATCHES * batch_size:
        chunk_rows = 0
    left = room // row_bytes - _CHUNKS * chunk_rows
    return Buffers(min(max(left // 2 // batch_size, 1) * batch_size, n_rows), 2, chunk_rows, row_bytes)
