"""NumPy's files: .npy of one array, .npz of several named ones."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Literal, Unpack

import numpy as np

from diabolo.data.allowance import check_room
from diabolo.data.array_source import ArraySource
from diabolo.data.cells import as_text, check_table
from diabolo.data.column_roles import set_aside
from diabolo.data.disk_cells import RESIDENT_BYTES, DiskCells, DiskSource, TemporaryFile, cells_of
from diabolo.data.formats.named_arrays import NamedArray, Wanted, choose_table
from diabolo.data.location import check_content, damaged, pickled
from diabolo.data.remote_file import RemoteFile
from diabolo.data.sink import Sink, bytes_of, reserve, write_at
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    from diabolo.data.source import Source


__all__ = ["NpySink", "NpzSink", "npy_header", "npz_shapes", "open_npy", "open_npz", "write_header"]

_LOCAL_HEADER = 30
# How many bytes the length of the header takes, by the version of the format.
_LENGTHS = {(1, 0): 2, (2, 0): 4, (3, 0): 4}
_LONGEST_HEADER = 10_000  # as numpy has it
_MOST_BRACKETS = 1000
_SHOWN = 80
_INFLATION = 1032  # deflate makes no more bytes than this of one (zlib.net/zlib_tech.html)
_HELD_TEXT = 5  # bytes of a text that are bytes, and then characters of four
_LONG = re.compile(rb"(\d)L\b")
_PART_BYTES = 2**20


def open_npy(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    rows: Literal["first", "last"] = "first",
) -> Source:
    """Open an .npy file, in C or in Fortran order, to be read as it is needed.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, drop_columns, columns, rows
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
    size = path.ranges.size if isinstance(path, RemoteFile) else path.stat().st_size
    there, expected = size - offset, shape[0] * shape[1] * dtype.itemsize
    if there < expected:
        raise damaged(path, ValueError(f"{expected} bytes of cells were to come and there are {there}"))
    # Features x rows, and rows x features in Fortran's order, lie in the same way.
    transposed = fortran != (rows == "last")
    shape = (shape[0], shape[1]) if rows == "first" else (shape[1], shape[0])
    source = DiskSource(str(path), shape, dtype, cells_of(path), offset, transposed)
    return set_aside(source, target, keep_columns, DataFileError, drop_columns, columns)


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
    size = _LENGTHS.get(version)
    if size is None:
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    length = int.from_bytes(handle.read(size), "little")
    if length > _LONGEST_HEADER:
        raise ValueError(f"its header has {length:,} bytes")
    text = _LONG.sub(rb"\1", handle.read(length))  # as Python 2 wrote whole numbers
    if (
        len(text) > length
        or max(map(text.count, (b"(", b"[", b"{"))) > _MOST_BRACKETS
        or not _is_literal(text)
    ):
        raise ValueError("its header is no description of an array")
    described = io.BytesIO(struct.pack("<I", len(text)) + text)
    shape, fortran, dtype = np.lib.format.read_array_header_2_0(described)
    if any(isinstance(length, bool) or not 0 <= length < 2**63 for length in shape):
        raise ValueError(f"its shape is {str(shape)[:_SHOWN]}")
    return shape, fortran, dtype


def _is_literal(text: bytes) -> bool:
    """Whether it is one of Python's literals: others would be read once more, slowly, and warned of."""
    try:
        ast.literal_eval(text.decode("latin-1"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def write_header(handle: IO[bytes], shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
    """Write what `npy_header` reads, of a table whose rows come next."""
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(handle, described)


class NpySink(Sink):
    """One array; it has no place for names, and none for carried columns."""

    in_order = False

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
        self._file = place.open("r+b", buffering=0)
        reserve(self._file.fileno(), self._offset + plan.n_rows * self._row_bytes)
        write_at(self._file.fileno(), 0, head)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        write_at(self._file.fileno(), self._offset + start * self._row_bytes, block)


def open_npz(path: Path | RemoteFile, **wanted: Unpack[Wanted]) -> Source:
    """Open a table of an .npz archive, to be read as it is needed; one that is compressed is unpacked first.

    It is unpacked into memory if it is small, and else into a temporary file.

    Parameters
    ----------
    path : Path
        An existing file.
    **wanted
        As of `diabolo.open`, of arrays.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or no archive, or what was named is not in it or no table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npz"
    >>> np.savez(path, X=np.eye(2), label=["a", "b"])
    >>> source = open_npz(path)
    >>> source[:].tolist(), source.carried["label"].tolist()
    ([[1.0, 0.0], [0.0, 1.0]], ['a', 'b'])
    """
    check_content(path, "an .npz file", "a zip archive", "an empty zip archive")
    with zipfile.ZipFile(_opened(path)) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
        if not members:
            raise DataFileError(
                f"{path} is a zip archive without a NumPy array in it, so it is not an .npz file."
            )
        arrays = {name: _described(archive, member, path) for name, member in members.items()}
        chosen = choose_table(arrays, str(path), **wanted)
        member = members[chosen.name]
        name = f"{path}::{chosen.name}"
        unpacked = _unpacked(archive, member, path)
        if unpacked is None:
            array = arrays[chosen.name].load()
            return ArraySource(
                array.T if chosen.is_transposed else array, name=name, path=path, **chosen.described()
            )
        cells, offset, fortran = unpacked
        # Lying features x rows, or row after row in Fortran's order, comes to the same.
        transposed = fortran != chosen.is_transposed
        return DiskSource(name, chosen.shape, chosen.dtype, cells, offset, transposed, **chosen.described())


def npz_shapes(path: Path | RemoteFile) -> dict[str, tuple[int, ...] | None]:
    """Return the shapes of an archive's arrays by their names.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npz"
    >>> np.savez(path, X=np.eye(2), label=["a", "b"])
    >>> npz_shapes(path)
    {'X': (2, 2), 'label': (2,)}
    """
    with zipfile.ZipFile(_opened(path)) as archive:
        names = archive.namelist()
        return {name.removesuffix(".npy"): _described(archive, name, path).shape for name in names}


def _described(archive: zipfile.ZipFile, member: str, path: Path | RemoteFile) -> NamedArray:
    info = archive.getinfo(member)
    with archive.open(member) as handle:
        shape, _, dtype = npy_header(handle)
    n_bytes = math.prod(shape) * dtype.itemsize
    is_deflated = info.compress_type == zipfile.ZIP_DEFLATED
    if (n_bytes > info.file_size and not dtype.hasobject) or (
        is_deflated and info.file_size > _INFLATION * (info.compress_size + 1)
    ):
        raise damaged(
            path, ValueError(f"{member} has {info.compress_size:,} bytes for an array of {n_bytes:,}")
        )

    def load() -> np.ndarray:
        check_room(path, n_bytes * (_HELD_TEXT if dtype.kind == "S" else 1), f"the array {member!r}")
        with archive.open(member) as handle:
            if dtype.hasobject:
                raise pickled(f"{path}, array {member.removesuffix('.npy')!r}")
            values: Any = np.lib.format.read_array(handle, allow_pickle=False)
            return as_text(values.tolist()) if dtype.kind == "S" else values

    return NamedArray(shape, dtype, dtype.kind in "US", load)


def _opened(path: Path | RemoteFile) -> Any:
    return path if isinstance(path, Path) else path.open()


def _unpacked(
    archive: zipfile.ZipFile, member: str, path: Path | RemoteFile
) -> tuple[DiskCells, int, bool] | None:
    """Return where an array's cells lie on the disk, from which byte on, and whether in Fortran's order.

    A small array that is compressed lies nowhere.
    """
    info = archive.getinfo(member)
    with archive.open(member) as packed:
        _, fortran, dtype = npy_header(packed)
        if info.compress_type != zipfile.ZIP_STORED:
            if info.file_size <= RESIDENT_BYTES or dtype.hasobject:
                return None
            unpacked = TemporaryFile(path)
            while part := packed.read(_PART_BYTES):
                unpacked.write(part)
            return unpacked.cells(), 0, fortran
    with path.open("rb") as handle:
        handle.seek(info.header_offset)
        name, extra = struct.unpack("<HH", handle.read(_LOCAL_HEADER)[26:30])
        handle.seek(info.header_offset + _LOCAL_HEADER + name + extra)
        npy_header(handle)
        return cells_of(path), handle.tell(), fortran


class NpzSink(Sink):
    """The array ``X``, then the names and the carried columns as arrays of their own."""

    called = "an .npz file"
    compressions: ClassVar = {"deflate": zipfile.ZIP_DEFLATED}
    taken = ("X", "feature_names", "row_names")
    _member: Any = None

    def begin(self, place: Path) -> None:
        """Write the header of the table."""
        plan = self.plan
        kind = self.compressions.get(plan.compression or "", zipfile.ZIP_STORED)
        self._file = zipfile.ZipFile(place, "w", kind)
        self._member = self._file.open("X.npy", "w", force_zip64=True)
        write_header(self._member, (plan.n_rows, plan.n_columns), plan.dtype)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        self._member.write(bytes_of(block))

    def finish(self) -> None:
        """Write the names and the carried columns."""
        self._member.close()
        for name, array in self.plan.further().items():
            # Not numpy.savez, which takes the names as keyword arguments and so cannot write every name.
            with self._file.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
        super().finish()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        if self._member is not None:
            with contextlib.suppress(OSError, ValueError):
                self._member.close()
        super().abandon()
