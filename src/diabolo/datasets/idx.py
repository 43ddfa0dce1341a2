"""Idx files, in which MNIST and its kin come: one array, big-endian, gzip-compressed or not."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from diabolo.data.location import content, damaged, existing_file, unreadable
from diabolo.data.remote_file import RemoteFile, located
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
"""Element types by the third byte of the file."""

_MOST_AXES = 64  # NumPy's
_MOST_INFLATED = 1032  # deflate makes no more bytes than this of one (zlib.net/zlib_tech.html)
_AT_ONCE = 2**20


def read_idx(path: str | os.PathLike[str], *, sha256: str | None = None) -> Shaped[np.ndarray, ...]:
    r"""Read the array of an idx file.

    The header is checked against the length of the file before memory is set aside for the values, and of a
    compressed file never more is decompressed than the header promises and one byte.

    Parameters
    ----------
    path : str or path-like
        The file. Its first bytes say whether it is gzip-compressed; its name does not matter.
    sha256 : str, optional
        The SHA-256 sum that the file must have, in hexadecimal digits; of a compressed file that of what it
        was made from, since programs compress differently.

    Returns
    -------
    ndarray
        Of the shape and the type in the header, in the machine's byte order: uint8, int8, int16, int32,
        float32 or float64.

    Raises
    ------
    DataFileError
        The file is missing, unreadable, no idx file, shorter or longer than its header says, too large for
        the memory, or of another sum.

    References
    ----------
    Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, section "File formats",
    http://yann.lecun.com/exdb/mnist/.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels-idx1-ubyte"
    >>> _ = path.write_bytes(b"\0\0\x08\x01" + b"\0\0\0\x03" + b"\x07\x02\x01")
    >>> read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    path = located(path)
    if isinstance(path, Path):
        existing_file(path)
    try:
        with path.open("rb") as raw:
            length = raw.seek(0, os.SEEK_END)
            raw.seek(0)
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if compressed else raw  # type: ignore[assignment]
            return _read(stream, path, length, compressed, sha256)
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise damaged(path, problem) from problem
    except OSError as problem:
        raise unreadable(path, problem) from problem


def _read(
    stream: IO[bytes], path: Path | RemoteFile, length: int, compressed: bool, sha256: str | None
) -> Shaped[np.ndarray, ...]:
    header, dtype, shape = _header(stream, path)
    promised = math.prod(shape) * dtype.itemsize
    described = f"{' x '.join(f'{size:,}' for size in shape)} values of type {dtype.newbyteorder('=')}"

    def wrong_length(got: str) -> DataFileError:
        return DataFileError(
            f"{path} is cut short, too long or damaged: its header promises {described}, expected "
            f"{promised:,} bytes of values, got {got}; make or copy it anew."
        )

    if compressed and promised > _MOST_INFLATED * length:
        raise DataFileError(
            f"{path} is damaged: its header promises {described}, {promised:,} bytes, and {length:,} "
            f"compressed bytes cannot hold more than {_MOST_INFLATED * length:,}; make or copy it anew."
        )
    if not compressed and length != len(header) + promised:
        raise wrong_length(f"{length - len(header):,}")
    try:
        values = np.empty(promised // dtype.itemsize, dtype)
        array = values.reshape(shape)
    except (MemoryError, ValueError) as problem:
        raise DataFileError(
            f"{path} does not fit in memory: its header promises {described}, {promised:,} bytes; use a "
            "machine with more, or cut the file."
        ) from problem
    digest = hashlib.sha256(header)
    room: Any = values.view(np.uint8)
    received = 0
    for start in range(0, promised, _AT_ONCE):
        part = room[start : start + _AT_ONCE]
        count = stream.readinto(part)  # type: ignore[attr-defined]
        digest.update(part[:count])
        received += count
        if count < len(part):
            raise wrong_length(f"{received:,}")
    # At its end a compressed file is also held against its own checksum.
    if stream.read(1):
        raise wrong_length("more")
    if sha256 is not None and digest.hexdigest() != sha256:
        raise DataFileError(
            f"{path} does not hold what it should: the SHA-256 sum of its content is {digest.hexdigest()}, "
            f"expected {sha256}; remove the file or replace it."
        )
    native = dtype.newbyteorder("=")
    return array if dtype == native else array.byteswap(inplace=True).view(native)


def _header(stream: IO[bytes], path: Path | RemoteFile) -> tuple[bytes, np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        held = content(path)
        inside = "compressed bytes of another kind" if held.startswith("gzip") else held
        raise DataFileError(
            f"{path} is not an idx file: expected two zero bytes, a type and a number of axes at its start, "
            f"got {magic.hex(' ') or 'nothing'}; it holds {inside}."
        )
    dtype = TYPES.get(magic[2])
    if dtype is None:
        known = ", ".join(f"0x{code:02x} ({each.newbyteorder('=')})" for code, each in TYPES.items())
        raise DataFileError(
            f"{path} is not an idx file, or is damaged: expected a type of {known} as the third byte, got "
            f"0x{magic[2]:02x}; make or copy it anew."
        )
    n_axes = magic[3]
    if not 1 <= n_axes <= _MOST_AXES:
        raise DataFileError(
            f"{path} cannot be read: expected 1 to {_MOST_AXES} axes in the fourth byte, got {n_axes}; "
            "write it with fewer or more."
        )
    sizes = stream.read(4 * n_axes)
    if len(sizes) < 4 * n_axes:
        raise DataFileError(
            f"{path} is cut short: expected the sizes of {n_axes} axes in {4 * n_axes} bytes, got "
            f"{len(sizes)} bytes; make or copy it anew."
        )
    return magic + sizes, dtype, tuple(np.frombuffer(sizes, ">u4").tolist())
