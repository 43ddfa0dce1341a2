"""HDF5 files written some rows at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.sink import Sink, reserve, write_at
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["Hdf5Sink", "row_chunks"]

_CHUNK_BYTES = 2**20
# Chunks wider than that would make one row of a wide table one piece that no reader can take a part of.
_CHUNK_COLUMNS = 2**18
# Texts handed to HDF5 together, which makes copies of them.
_TEXTS = 2**14
# Texts of at most so many bytes are stored in places of one length: half a million names then read at once.
_SHORT = 64
_COMPRESSIONS = (None, "gzip", "lzf")


class Hdf5Sink(Sink):
    """The dataset ``data`` in chunks of rows; names and carried columns are datasets beside it.

    Cells that are not compressed are written to their places by Diabolo itself, so that a full disk is a
    plain error and HDF5's file stays whole.
    """

    in_order = False
    _file: Any = None
    _descriptor: int | None = None

    def begin(self, place: Path) -> None:
        """Write everything but the cells."""
        import h5py

        plan = self.plan
        if plan.compression not in _COMPRESSIONS:
            raise DataFileError(
                f"{plan.path} cannot be written with compression={plan.compression!r}: of an HDF5 file it is "
                "None, 'gzip' or 'lzf'."
            )
        self._descriptor = os.open(place, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._chunks = row_chunks((plan.n_rows, plan.n_columns), plan.dtype, plan.chunk_rows)
        counts = [-(-n // size) for n, size in zip((plan.n_rows, plan.n_columns), self._chunks, strict=True)]
        whole = counts[0] * counts[1] * self._chunks[0] * self._chunks[1] * plan.dtype.itemsize
        if plan.compression is None:
            reserve(self._descriptor, whole)
            os.ftruncate(self._descriptor, 0)
        self._held = _HeldFile(self._descriptor)
        self._file = h5py.File(self._held, "w", rdcc_nbytes=16 * _CHUNK_BYTES)
        for name, values in plan.carried.items():
            self._write_column(h5py, name, values, values.dtype.kind == "U")
        for name, names in [("feature_names", plan.column_names), ("row_names", plan.row_names)]:
            if names is not None:
                self._write_column(h5py, name, names, True)
        self._make_table(h5py)
        if plan.compression is None:
            self._places = np.zeros(counts, np.int64)

            def note(chunk: Any) -> None:
                row, column = chunk.chunk_offset
                self._places[row // self._chunks[0], column // self._chunks[1]] = chunk.byte_offset

            self._file["data"].id.chunk_iter(note)
            self._file.close()
        else:
            self._file.flush()
        self._held.check()
        if plan.compression is None:
            reserve(self._descriptor, os.fstat(self._descriptor).st_size)

    def _write_column(self, h5py: Any, name: str, values: Sequence[Any] | np.ndarray, is_text: bool) -> None:
        if not is_text:
            self._file.create_dataset(name, data=values)
            return
        longest = max(len(str(each).encode()) for each in values)
        kind = h5py.string_dtype("utf-8", max(longest, 1) if longest <= _SHORT else None)
        column = self._file.create_dataset(name, (len(values),), kind)
        for start in range(0, len(values), _TEXTS):
            part = [str(each).encode() for each in values[start : start + _TEXTS]]
            column[start : start + len(part)] = np.array(part, kind)

    def _make_table(self, h5py: Any) -> None:
        plan = self.plan
        shape = (plan.n_rows, plan.n_columns)
        if plan.compression is not None:
            self._file.create_dataset(
                "data", shape, plan.dtype, chunks=self._chunks, compression=plan.compression, shuffle=True
            )
            return
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk(self._chunks)
        layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        kind = h5py.h5t.py_create(plan.dtype, logical=True)
        space = h5py.h5s.create_simple(shape)
        h5py.h5d.create(self._file.id, b"data", kind, space, dcpl=layout)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        stop = start + len(block)
        if self.plan.compression is not None:
            self._file["data"][start:stop] = block
            self._held.check()
            return
        assert self._descriptor is not None
        height, width = self._chunks
        size = block.dtype.itemsize
        for i in range(start // height, -(-stop // height)):
            first, last = max(start, i * height), min(stop, (i + 1) * height)
            for j in range(self._places.shape[1]):
                part = block[first - start : last - start, j * width : (j + 1) * width]
                place = int(self._places[i, j]) + (first - i * height) * width * size
                if part.shape[1] == width and part.flags.c_contiguous:
                    write_at(self._descriptor, place, part)
                else:
                    for row in range(len(part)):
                        write_at(self._descriptor, place + row * width * size, part[row])

    def finish(self) -> None:
        """Close the file."""
        self._file.close()
        self._held.check()
        self._close_descriptor()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        if self._file is not None:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                self._file.close()
        self._close_descriptor()

    def _close_descriptor(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _HeldFile:
    """The file as HDF5 sees it, which takes every write for done.

    HDF5 cannot close a file that it could not write to, and takes the process down with it at the end. So the
    first failure is kept for `check`, and what comes after it is thrown away.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._place = descriptor, 0
        self._failure: OSError | None = None

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._failure is not None:
            raise self._failure

    def write(self, part: Any) -> int:
        """Write at the present place."""
        count = memoryview(part).nbytes
        if self._failure is None:
            try:
                write_at(self._descriptor, self._place, np.frombuffer(part, np.uint8))
            except OSError as problem:
                self._failure = problem
        self._place += count
        return count

    def read(self, count: int) -> bytes:
        """Read from the present place."""
        part = bytearray(count)
        self.readinto(part)
        return bytes(part)

    def readinto(self, part: Any) -> int:
        """Read from the present place; zeros where nothing is."""
        left = memoryview(part).cast("B")
        os.lseek(self._descriptor, self._place, os.SEEK_SET)
        got = os.read(self._descriptor, len(left))
        left[: len(got)] = got
        left[len(got) :] = bytes(len(left) - len(got))
        self._place += len(left)
        return len(left)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._descriptor).st_size}
        self._place = base[whence] + place
        return self._place

    def tell(self) -> int:
        """Say where the present place is."""
        return self._place

    def truncate(self, size: int | None = None) -> int:
        """Make the file end at a place."""
        size = self._place if size is None else size
        if self._failure is None:
            try:
                os.ftruncate(self._descriptor, size)
            except OSError as problem:
                self._failure = problem
        return size

    def flush(self) -> None:
        """Nothing is held back."""


def row_chunks(shape: tuple[int, int], dtype: np.dtype[Any], rows: int | None = None) -> tuple[int, int]:
    """Choose chunks of whole rows, about 1 MiB each; very wide rows are cut into equal parts.

    Parameters
    ----------
    shape : (int, int)
        Of the table.
    dtype : dtype
        Of the cells.
    rows : int, optional
        Rows of a chunk; None chooses.

    Returns
    -------
    (int, int)
        Rows and columns of a chunk.

    Examples
    --------
    >>> row_chunks((10_000, 1024), np.dtype("f4")), row_chunks((10_000, 485_512), np.dtype("f4"))
    ((256, 1024), (1, 242756))
    """
    parts = -(-shape[1] // _CHUNK_COLUMNS)
    width = -(-shape[1] // parts)
    if rows is None:
        rows = max(_CHUNK_BYTES // (width * dtype.itemsize), 1)
    return max(min(rows, shape[0]), 1), width
