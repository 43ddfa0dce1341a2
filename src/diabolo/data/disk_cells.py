"""Cells on the disk: read from their places in a file, or unpacked to a file of which they can be read so."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.cells import copy_cells
from diabolo.data.location import unreadable
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

    from diabolo.data.location import StandardInput
    from diabolo.data.remote_file import RemoteFile

    AnyArray = Shaped[np.ndarray, "..."]

__all__ = [
    "RESIDENT_BYTES",
    "CollectedRows",
    "DiskCells",
    "DiskSource",
    "RemoteCells",
    "TemporaryFile",
    "block_of",
    "cells_of",
]

# Rows are best read about so many bytes at a time.
_BLOCK_BYTES = 2**16
# Cells of another type, or between others, come through a buffer of so many bytes.
_BUFFER_BYTES = 2**21
RESIDENT_BYTES = 2**26
"""What memory may hold of a file that cannot be read in part, before the disk does."""


class DiskCells:
    """A file of which rectangles of cells are read by their places.

    Nothing is mapped and nothing is kept, so memory does not grow with the file.

    Parameters
    ----------
    path : Path
        The file; it stays open until `close`, or until nothing refers to this.

    Raises
    ------
    DataFileError
        The file may not be opened.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cells"
    >>> np.arange(6.0).tofile(path)
    >>> out = np.empty((2, 1), np.float32)
    >>> DiskCells(path).read(0, 3, np.dtype("f8"), slice(0, 2), slice(1, 2), out)
    >>> out.tolist()
    [[1.0], [4.0]]
    """

    path: Path | RemoteFile
    _closing: Any
    gap_bytes = 2**13
    """Asking once more costs about as much as so many bytes that nobody wants."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as problem:
            raise unreadable(path, problem) from problem
        self._lock = threading.Lock()
        self._closing = weakref.finalize(self, os.close, self._descriptor)

    def read(
        self,
        offset: int,
        width: int,
        dtype: np.dtype[Any],
        rows: slice,
        columns: slice,
        out: Shaped[np.ndarray, "rows columns"],
    ) -> None:
        """Read a rectangle of a table that lies row after row.

        Parameters
        ----------
        offset : int
            The byte at which the table begins.
        width : int
            Cells of a row.
        dtype : dtype
            Of the cells in the file.
        rows, columns : slice
            Whole bounds, step 1.
        out : ndarray of shape (rows, columns)
            Where to put them, cast to its type; of any strides.

        Raises
        ------
        DataFileError
            The file ends before, or cannot be read.
        """
        n_rows, n_columns = out.shape
        size = dtype.itemsize
        first = offset + (rows.start * width + columns.start) * size
        if out.dtype == dtype and out.flags.c_contiguous and (n_columns == width or n_rows == 1):
            self._fill(first, out)
            return
        takes_whole_rows = (width - n_columns) * size <= self.gap_bytes
        if not takes_whole_rows and out.dtype == dtype and out.strides[1] == size:
            for row in range(n_rows):
                self._fill(first + row * width * size, out[row])
            return
        taken = width if takes_whole_rows else n_columns
        step = max(_BUFFER_BYTES // max(taken * size, 1), 1)
        buffer = np.empty((min(step, n_rows), taken), dtype)
        for start in range(0, n_rows, step):
            part = buffer[: min(step, n_rows - start)]
            if takes_whole_rows:
                self._fill(offset + (rows.start + start) * width * size, part)
            else:
                for row in range(len(part)):
                    self._fill(first + (start + row) * width * size, part[row])
            copy_cells(out[start : start + len(part)], part[:, columns] if takes_whole_rows else part)

    def close(self) -> None:
        """Close the file."""
        self._closing()

    def _fill(self, offset: int, array: AnyArray) -> None:
        """Fill a contiguous array with the bytes from an offset on."""
        if not self._closing.alive:
            raise InputError(f"{self.path} was closed and cannot be read any more: open it anew.")
        left = array.reshape(-1).view(np.uint8)
        try:
            while left.size:
                count = self._read_some(offset, left)
                if count == 0:
                    raise DataFileError(
                        f"{self.path} is cut short or damaged (it ends at byte {offset}, where {left.size} "
                        "more were to come): make or copy it anew."
                    )
                left, offset = left[count:], offset + count
        except OSError as problem:
            raise unreadable(self.path, problem) from problem

    def _read_some(self, offset: int, left: Shaped[np.ndarray, " bytes"]) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [left.data], offset)
        with self._lock:  # where a file has one position only, readers take turns
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            got = os.read(self._descriptor, min(left.size, _BUFFER_BYTES))
        left[: len(got)] = np.frombuffer(got, np.uint8)
        return len(got)


class RemoteCells(DiskCells):
    """A file elsewhere, of which rectangles of cells are read by their places.

    Parameters
    ----------
    path : RemoteFile
        The file.
    """

    gap_bytes = 2**18

    def __init__(self, path: RemoteFile) -> None:
        self.path = path
        self._ranges = path.ranges
        self._closing = weakref.finalize(self, bool)  # nothing is open between two questions

    def _read_some(self, offset: int, left: Shaped[np.ndarray, " bytes"]) -> int:
        got = self._ranges.read(offset, offset + left.size)
        left[: len(got)] = np.frombuffer(got, np.uint8)
        return len(got)


def cells_of(path: Path | RemoteFile) -> DiskCells:
    """Open a file of which rectangles of cells are read, here or elsewhere."""
    return DiskCells(path) if isinstance(path, Path) else RemoteCells(path)


class DiskSource(Source):
    """A table whose cells lie in a file bare, one line of them after the other.

    Parameters
    ----------
    name, shape
        As of `Source`.
    dtype : dtype
        Of the cells as they lie there, of any byte order.
    cells : DiskCells
        The file.
    offset : int
        The byte at which the table begins.
    is_transposed : bool
        Whether a line holds the cells of a feature, and not those of a row.
    **described
        Names and carried columns, as of `Source`.
    """

    def __init__(
        self,
        name: str,
        shape: tuple[int, int],
        dtype: np.dtype[Any],
        cells: DiskCells,
        offset: int = 0,
        is_transposed: bool = False,
        **described: Any,
    ) -> None:
        block = block_of(shape, dtype, is_transposed)
        super().__init__(name, shape, dtype, block=block, path=cells.path, release=cells.close, **described)
        self._cells, self._offset, self._stored = cells, offset, dtype
        self.is_transposed = self.swaps_axes = is_transposed

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        width = self.shape[0] if self.is_transposed else self.shape[1]
        self._cells.read(self._offset, width, self._stored, rows, columns, out)


def block_of(shape: tuple[int, ...], dtype: np.dtype[Any], transposed: bool) -> tuple[int, int]:
    """Say what rectangle of cells without chunks is best read at once.

    Parameters
    ----------
    shape : (int, int)
        Rows and features.
    dtype : dtype
        Of the cells.
    transposed : bool
        Whether the cells of a feature lie beside each other, and not those of a row.

    Returns
    -------
    (int, int)
        Rows and features.

    Examples
    --------
    >>> block_of((100, 8), np.dtype("f8"), False), block_of((100, 8), np.dtype("f8"), True)
    ((100, 8), (100, 8))
    """
    lines, length = (shape[1], shape[0]) if transposed else (shape[0], shape[1])
    at_once = min(max(_BLOCK_BYTES // (length * dtype.itemsize), 1), lines)
    return (length, at_once) if transposed else (at_once, length)


class TemporaryFile:
    """A file without a name of its own, written once from front to back and then read by its places.

    It goes when nothing refers to it or to its cells any more.

    Parameters
    ----------
    origin : Path
        The file whose cells it takes, for messages.

    Raises
    ------
    DataFileError
        The folder of temporary files may not be written to.

    Examples
    --------
    >>> file = TemporaryFile(Path("table.csv"))
    >>> file.write(np.arange(4.0))
    >>> out = np.empty((2, 1))
    >>> file.cells().read(0, 2, out.dtype, slice(0, 2), slice(1, 2), out)
    >>> out.tolist()
    [[1.0], [3.0]]
    """

    def __init__(self, origin: Path | RemoteFile | StandardInput) -> None:
        self.origin = origin
        try:
            descriptor, name = tempfile.mkstemp(prefix="diabolo-")
        except OSError as problem:
            raise self._unwritable(problem) from problem
        self._handle = os.fdopen(descriptor, "wb")
        self._path = Path(name)
        self._removing = weakref.finalize(self, _remove, self._path, self._handle)

    def write(self, data: Any) -> None:
        """Write what comes next.

        Parameters
        ----------
        data : bytes-like
            Contiguous.

        Raises
        ------
        DataFileError
            The disk is full.
        """
        try:
            self._handle.write(data)
        except OSError as problem:
            raise self._unwritable(problem) from problem

    def cells(self) -> DiskCells:
        """End the writing, and open what was written; its first cell is at byte 0.

        Returns
        -------
        DiskCells

        Raises
        ------
        DataFileError
            The disk is full.
        """
        try:
            self._handle.close()
        except OSError as problem:
            raise self._unwritable(problem) from problem
        cells = DiskCells(self._path)
        if os.name == "posix":  # an open file may lose its name, so not even a crash leaves it behind
            self._removing()
        else:
            self._removing.detach()
            weakref.finalize(cells, _remove, self._path)
        return cells

    def _unwritable(self, problem: OSError) -> DataFileError:
        said = problem.strerror or str(problem)
        return DataFileError(
            f"{self.origin} is unpacked into a temporary file in {tempfile.gettempdir()}, which cannot be "
            f"written ({said}); set TMPDIR to a folder on a larger disk."
        )


def _remove(path: Path, handle: IO[bytes] | None = None) -> None:
    with contextlib.suppress(OSError):
        if handle is not None:
            handle.close()
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


class CollectedRows:
    """Collects rows until the table is whole: in memory while they are few, on the disk once they are many.

    Parameters
    ----------
    n_features : int
        Columns.
    path : Path
        The file they are read from.
    resident_bytes : int, optional
        The most that is held in memory, by default 64 MiB.

    Examples
    --------
    >>> rows = CollectedRows(2, Path("rows.csv"))
    >>> rows.append(np.array([[1.0, 2.0]]))
    >>> rows.append(np.array([[3.0, 4.0], [5.0, 6.0]]))
    >>> rows.table()[:].tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    """

    def __init__(
        self, n_features: int, path: Path | RemoteFile | StandardInput, resident_bytes: int | None = None
    ) -> None:
        self.n_features, self.path = n_features, path
        self.resident_bytes = RESIDENT_BYTES if resident_bytes is None else resident_bytes
        self.n_rows = 0
        # Grows in place, so that the rows never stand in memory twice.
        self._cells = bytearray()
        self._file: TemporaryFile | None = None

    def expect(self, n_bytes: float) -> None:
        """Go to the disk at once where so many bytes are likely to come, of which memory would hold a part.

        Raises
        ------
        DataFileError
            The folder of temporary files may not be written to.
        """
        if n_bytes > self.resident_bytes and not self.n_rows:
            self._file = TemporaryFile(self.path)

    def append(self, rows: Float64[np.ndarray, "rows features"]) -> None:
        """Add contiguous rows.

        Raises
        ------
        DataFileError
            There are too many for memory, and the disk of temporary files is full.
        """
        self.n_rows += len(rows)
        part = rows.data.cast("B") if rows.size else b""
        if self._file is not None:
            self._file.write(part)
            return
        self._cells += part
        if len(self._cells) > self.resident_bytes:
            self._file = TemporaryFile(self.path)
            self._file.write(self._cells)
            self._cells.clear()

    def table(self) -> Source:
        """Return all rows, in the order they came; nothing can be added afterwards.

        Raises
        ------
        DataFileError
            The disk of temporary files is full.
        """
        shape, name = (self.n_rows, self.n_features), str(self.path)
        if self._file is None:
            array = np.frombuffer(self._cells, np.float64).reshape(shape)
            return ArraySource(array, name=name, path=self.path)
        return DiskSource(name, shape, np.dtype(np.float64), self._file.cells())
