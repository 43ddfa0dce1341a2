"""Cells of a file that cannot be read in part, kept on the disk where memory should not hold them."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

from diabolo.data.disk_cells import DiskCells
from diabolo.errors import DataFileError

__all__ = ["RESIDENT_BYTES", "TemporaryFile"]

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
    >>> import numpy as np
    >>> file = TemporaryFile(Path("table.csv"))
    >>> file.write(np.arange(4.0))
    >>> out = np.empty((2, 1))
    >>> file.cells().read(0, 2, out.dtype, slice(0, 2), slice(1, 2), out)
    >>> out.tolist()
    [[1.0], [3.0]]
    """

    def __init__(self, origin: Path) -> None:
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
