"""HDF5 files as the library h5py opens them, and datasets as they are described before they are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from diabolo.data.cells import as_text
from diabolo.data.formats.named_arrays import NamedArray
from diabolo.data.location import RemoteFile, check_content
from diabolo.data.sink import write_at

__all__ = ["HeldFile", "hdf5_array", "hdf5_file"]


def hdf5_file(path: Path | RemoteFile) -> Any:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    h5py.File

    Raises
    ------
    DataFileError
        The file is cut short, damaged or something else.
    """
    import h5py

    is_local = isinstance(path, Path)
    if not (is_local and h5py.is_hdf5(path)):  # with a block of the user's own in front
        check_content(path, "an HDF5 file", "HDF5")
    return h5py.File(path if is_local else path.open("rb"), "r")


def hdf5_array(dataset: Any) -> NamedArray:
    """Describe a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of any kind.

    Returns
    -------
    NamedArray

    Examples
    --------
    >>> import h5py, io
    >>> with h5py.File(io.BytesIO(), "w") as file:
    ...     file["words"] = ["a", "b"]
    ...     hdf5_array(file["words"]).load().tolist()
    ['a', 'b']
    """
    import h5py

    is_text = h5py.check_string_dtype(dataset.dtype) is not None

    def load() -> np.ndarray:
        values = dataset[()]
        if not is_text:
            return np.asarray(values)
        if dataset.dtype.kind == "S":
            try:
                return np.asarray(values).astype(str)
            except UnicodeDecodeError:  # more than ASCII
                return np.char.decode(values, "utf-8", "replace")
        return as_text(np.asarray(values).tolist())

    return NamedArray(dataset.shape or (), dataset.dtype, is_text, load)


class HeldFile:
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
