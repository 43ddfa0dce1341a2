"""NumPy archives as sources."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.casting import copy_cells
from diabolo.data.disk_cells import DiskCells
from diabolo.data.location import content, damaged, existing_file, pickled, unreadable
from diabolo.data.named_arrays import NamedArray, choose_table
from diabolo.data.npy_source import block_of, npy_header
from diabolo.data.source import Source
from diabolo.data.temporary_file import RESIDENT_BYTES, TemporaryFile
from diabolo.errors import DataFileError, DiaboloError, InputError

if TYPE_CHECKING:
    import os

    from jaxtyping import Shaped

__all__ = ["NpzSource"]

_LOCAL_HEADER = 30
_PART_BYTES = 2**20


class NpzSource(Source):
    """A table of an .npz archive, read as it is needed; one that is compressed is unpacked first.

    It is unpacked into memory if it is small, and else into a temporary file.

    Parameters
    ----------
    path : str or path-like
        The file.
    dataset, target, rows, keep_columns
        As of `diabolo.data.hdf5_source.Hdf5Source`, of arrays.

    Raises
    ------
    DataFileError
        The file is missing, damaged or no archive, or what was named is not in it or no table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npz"
    >>> np.savez(path, X=np.eye(2), label=["a", "b"])
    >>> source = NpzSource(path)
    >>> source[:].tolist(), source.carried["label"].tolist()
    ([[1.0, 0.0], [0.0, 1.0]], ['a', 'b'])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        target: str | None = None,
        rows: Literal["first", "last"] = "first",
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        path = existing_file(path)
        held = content(path)
        if "zip archive" not in held:
            raise DataFileError(f"{path} is not an .npz file, it holds {held}: give it the name that fits.")
        try:
            with zipfile.ZipFile(path) as archive:
                members = {
                    name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")
                }
                if not members:
                    raise DataFileError(
                        f"{path} is a zip archive without a NumPy array in it, so it is not an .npz file."
                    )
                arrays = {name: _described(archive, member, path) for name, member in members.items()}
                chosen = choose_table(
                    arrays, str(path), dataset=dataset, target=target, rows=rows, keep_columns=keep_columns
                )
                self._cells, place = _cells(archive, members[chosen.name], path)
                self._array = None if self._cells else arrays[chosen.name].load()
        except DiaboloError:
            raise
        except OSError as problem:
            raise unreadable(path, problem) from problem
        except Exception as problem:  # a damaged archive can go wrong in many ways
            raise damaged(path, problem) from problem
        # Lying features x rows, or row after row in Fortran's order, comes to the same.
        offset, fortran = place
        self._offset, self.is_transposed, self._flipped = offset, fortran != (rows == "last"), rows == "last"
        self._is_open = True
        super().__init__(
            f"{path}::{chosen.name}",
            chosen.shape,
            chosen.dtype,
            feature_names=chosen.feature_names,
            row_names=chosen.row_names,
            carried=chosen.carried,
            target_name=chosen.target_name,
            block=block_of(chosen.shape, chosen.dtype, self.is_transposed) if self._cells else None,
        )

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if not self._is_open:
            raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
        if self._array is not None:
            copy_cells(out, (self._array.T if self._flipped else self._array)[rows, columns])
        elif self._cells is not None:
            if self.is_transposed:
                self._cells.read(self._offset, self.shape[0], self.dtype, columns, rows, out.T)
            else:
                self._cells.read(self._offset, self.shape[1], self.dtype, rows, columns, out)

    def close(self) -> None:
        """Close the file."""
        self._is_open, self._array = False, None
        if self._cells is not None:
            self._cells.close()


def _described(archive: zipfile.ZipFile, member: str, path: Path) -> NamedArray:
    with archive.open(member) as handle:
        shape, _, dtype = npy_header(handle)

    def load() -> np.ndarray:
        with archive.open(member) as handle:
            if dtype.hasobject:
                raise pickled(f"{path}, array {member.removesuffix('.npy')!r}")
            values: Any = np.lib.format.read_array(handle, allow_pickle=False)
            return np.asarray(values).astype(str) if dtype.kind == "S" else values

    return NamedArray(shape, dtype, dtype.kind in "US", load)


def _cells(archive: zipfile.ZipFile, member: str, path: Path) -> tuple[DiskCells | None, tuple[int, bool]]:
    """Return where an array's cells lie on the disk, from which byte on, and whether in Fortran's order.

    A small array that is compressed lies nowhere.
    """
    info = archive.getinfo(member)
    with archive.open(member) as packed:
        _, fortran, dtype = npy_header(packed)
        if info.compress_type != zipfile.ZIP_STORED:
            if info.file_size <= RESIDENT_BYTES or dtype.hasobject:
                return None, (0, False)
            unpacked = TemporaryFile(path)
            while part := packed.read(_PART_BYTES):
                unpacked.write(part)
            return unpacked.cells(), (0, fortran)
    with path.open("rb") as handle:
        handle.seek(info.header_offset)
        name, extra = struct.unpack("<HH", handle.read(_LOCAL_HEADER)[26:30])
        handle.seek(info.header_offset + _LOCAL_HEADER + name + extra)
        npy_header(handle)
        return DiskCells(path), (handle.tell(), fortran)
