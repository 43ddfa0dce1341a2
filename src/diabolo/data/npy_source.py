"""NumPy files of one array as sources."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.casting import check_table
from diabolo.data.disk_cells import DiskCells
from diabolo.data.location import content, damaged, existing_file, pickled, unreadable
from diabolo.data.source import Source
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    import os

    from jaxtyping import Shaped

__all__ = ["NpySource", "npy_header"]

# Rows are best read about so many bytes at a time.
_BLOCK_BYTES = 2**16


class NpySource(Source):
    """An .npy file, in C or in Fortran order, read as it is needed.

    Parameters
    ----------
    path : str or path-like
        The file.
    rows : {"first", "last"}, default "first"
        Which axis of the array goes along the rows; "last" reads features x rows.

    Raises
    ------
    DataFileError
        The file is missing, cut short, pickled, or holds no table of numbers.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "rows.npy"
    >>> np.save(path, np.arange(6).reshape(3, 2))
    >>> NpySource(path)[[2, 0]].tolist()
    [[4, 5], [0, 1]]
    """

    def __init__(self, path: str | os.PathLike[str], *, rows: Literal["first", "last"] = "first") -> None:
        path = existing_file(path)
        held = content(path)
        if held == "a Python pickle":
            raise pickled(str(path))
        if not held.startswith("a NumPy array"):
            cure = " (a text table is named .csv or .tsv)" if held == "text" else ""
            raise DataFileError(
                f"{path} is not an .npy file, it holds {held}: give it the name that fits{cure}."
            )
        try:
            with path.open("rb") as handle:
                shape, fortran, dtype = npy_header(handle)
                offset = handle.tell()
        except OSError as problem:
            raise unreadable(path, problem) from problem
        except Exception as problem:
            # A damaged header is read as Python literals, which can go wrong in many ways.
            raise damaged(path, problem) from problem
        if dtype.hasobject:
            raise pickled(str(path))
        check_table(shape, dtype, str(path))
        there, expected = path.stat().st_size - offset, shape[0] * shape[1] * dtype.itemsize
        if there < expected:
            raise damaged(path, ValueError(f"{expected} bytes of cells were to come and there are {there}"))
        # Features x rows, and rows x features in Fortran's order, lie in the same way.
        transposed = fortran != (rows == "last")
        shape = (shape[0], shape[1]) if rows == "first" else (shape[1], shape[0])
        super().__init__(str(path), shape, dtype, block=block_of(shape, dtype, transposed))
        self._offset, self.is_transposed = offset, transposed
        self._cells = DiskCells(path)

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if self.is_transposed:
            self._cells.read(self._offset, self.shape[0], self.dtype, columns, rows, out.T)
        else:
            self._cells.read(self._offset, self.shape[1], self.dtype, rows, columns, out)

    def close(self) -> None:
        """Close the file."""
        self._cells.close()


def npy_header(handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the shape, whether the order is Fortran's, and the type of an array; its cells come next.

    Parameters
    ----------
    handle : file object
        At the start of an .npy file.

    Returns
    -------
    shape : tuple of int
    fortran : bool
    dtype : dtype

    Examples
    --------
    >>> import io
    >>> held = io.BytesIO()
    >>> np.save(held, np.zeros((2, 3), np.float32))
    >>> npy_header(io.BytesIO(held.getvalue()))
    ((2, 3), False, dtype('float32'))
    """
    version = np.lib.format.read_magic(handle)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(handle)
    return shape, fortran, dtype


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
