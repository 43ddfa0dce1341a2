"""The text of a table, unpacked on the way where it is packed."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from diabolo.data.location import RemoteFile

__all__ = ["Packing", "open_text", "packing_of"]


@dataclass(frozen=True)
class Packing:
    """How a file is packed.

    Parameters
    ----------
    holds : str
        What `diabolo.data.location.content` says of such a file; nothing where it is not packed.
    unpacked : callable, optional
        Takes the file's bytes as they are read and gives those that were packed.
    """

    holds: str = ""
    unpacked: Callable[[IO[bytes], str], Any] | None = None

    def open(self, path: Path | RemoteFile) -> IO[bytes]:
        """Open a file's bytes as they were before they were packed."""
        packed: IO[bytes] = path.open("rb")
        return packed if self.unpacked is None else _Unpacked(self.unpacked(packed, str(path)), packed)


class _Unpacked(io.BufferedReader):
    """Unpacked bytes, closed together with the file that they are unpacked from."""

    def __init__(self, unpacked: Any, packed: IO[bytes]) -> None:
        super().__init__(unpacked)
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def packing_of(path: Path | RemoteFile) -> Packing:
    """Say how a file is packed, by its suffix.

    Examples
    --------
    >>> packing_of(Path("rows.csv.gz")).holds, packing_of(Path("rows.csv")).holds
    ('gzip-compressed bytes', '')
    """
    return _PACKINGS.get(path.suffix.lower(), _PLAIN)


def open_text(path: Path | RemoteFile, newline: str | None = None) -> IO[str]:
    """Open a table's text, in UTF-8 with a byte order mark or without."""
    packed: Any = packing_of(path).open(path)
    return io.TextIOWrapper(packed, encoding="utf-8-sig", newline=newline)


def _zstd(handle: IO[bytes], place: str) -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # of Python 3.14
    except ImportError:
        from diabolo.data.arrow_source import import_pyarrow

        return import_pyarrow(place).CompressedInputStream(handle, "zstd")
    return zstd.ZstdFile(handle)


_PLAIN = Packing()
_PACKINGS = {
    ".gz": Packing("gzip-compressed bytes", lambda handle, _: gzip.GzipFile(fileobj=handle)),
    ".bz2": Packing("bzip2-compressed bytes", lambda handle, _: bz2.BZ2File(handle)),
    ".zst": Packing("zstd-compressed bytes", _zstd),
}
