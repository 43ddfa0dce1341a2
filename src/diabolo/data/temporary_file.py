"""What a file that cannot be read in part is unpacked to: memory where it is small, else the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.disk_cells import DiskCells, DiskSource
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float64

    from diabolo.data.location import RemoteFile
    from diabolo.data.source import Source

__all__ = ["RESIDENT_BYTES", "CollectedRows", "TemporaryFile"]

RESIDENT_BYTES = 2**26
"""What memory may hold of a file that cannot be read in part, before the disk does."""


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

    def __init__(self, origin: Path | RemoteFile) -> None:
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

    def __init__(self, n_features: int, path: Path | RemoteFile, resident_bytes: int | None = None) -> None:
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
