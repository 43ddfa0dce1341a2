"""NumPy files of one array."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.cells import check_table
from diabolo.data.columns import set_aside
from diabolo.data.disk_cells import DiskCells, DiskSource
from diabolo.data.location import check_content, damaged, pickled
from diabolo.data.sink import Sink, reserve, write_at
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    from diabolo.data.source import Source

__all__ = ["NpySink", "npy_header", "open_npy", "write_header"]


def open_npy(
    path: Path,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    rows: Literal["first", "last"] = "first",
) -> Source:
    """Open an .npy file, in C or in Fortran order, to be read as it is needed.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, rows
        As of `diabolo.open`; columns are named by their numbers.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is cut short, pickled, or holds no table of numbers.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npy"
    >>> np.save(path, np.arange(6).reshape(3, 2))
    >>> open_npy(path)[[2, 0]].tolist()
    [[4, 5], [0, 1]]
    """
    held = check_content(path, "an .npy file", "a NumPy array", "a Python pickle")
    if held == "a Python pickle":
        raise pickled(str(path))
    with path.open("rb") as handle:
        shape, fortran, dtype = npy_header(handle)
        offset = handle.tell()
    if dtype.hasobject:
        raise pickled(str(path))
    check_table(shape, dtype, str(path))
    there, expected = path.stat().st_size - offset, shape[0] * shape[1] * dtype.itemsize
    if there < expected:
        raise damaged(path, ValueError(f"{expected} bytes of cells were to come and there are {there}"))
    # Features x rows, and rows x features in Fortran's order, lie in the same way.
    transposed = fortran != (rows == "last")
    shape = (shape[0], shape[1]) if rows == "first" else (shape[1], shape[0])
    source = DiskSource(str(path), shape, dtype, DiskCells(path), offset, transposed)
    return set_aside(source, target, keep_columns)


def npy_header(handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the shape, whether the order is Fortran's, and the type of an array; its cells come next.

    Examples
    --------
    >>> held = io.BytesIO()
    >>> np.save(held, np.zeros((2, 3), np.float32))
    >>> npy_header(io.BytesIO(held.getvalue()))
    ((2, 3), False, dtype('float32'))
    """
    version = np.lib.format.read_magic(handle)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(handle)
    if any(length < 0 for length in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, fortran, dtype


def write_header(handle: IO[bytes], shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
    """Write what `npy_header` reads, of a table whose rows come next."""
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(handle, described)


class NpySink(Sink):
    """One array; it has no place for names, and none for carried columns."""

    in_order = False
    _descriptor: int | None = None

    def begin(self, place: Path) -> None:
        """Write the header."""
        plan = self.plan
        if plan.carried:
            raise DataFileError(
                f"{plan.path} cannot be written: an .npy file holds one array, so "
                f"{', '.join(map(repr, plan.carried))} cannot go with it; write .npz or .h5."
            )
        header = io.BytesIO()
        write_header(header, (plan.n_rows, plan.n_columns), plan.dtype)
        head = np.frombuffer(header.getvalue(), np.uint8)
        self._offset = len(head)
        self._row_bytes = plan.n_columns * plan.dtype.itemsize
        self._descriptor = os.open(place, os.O_RDWR | getattr(os, "O_BINARY", 0))
        reserve(self._descriptor, self._offset + plan.n_rows * self._row_bytes)
        write_at(self._descriptor, 0, head)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        assert self._descriptor is not None
        write_at(self._descriptor, self._offset + start * self._row_bytes, block)

    def finish(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    abandon = finish
