"""A file's bytes by their places: asked for by ranges, kept by blocks, and as an open file."""

from __future__ import annotations

import gc
import io
import os
import threading
from collections.abc import Callable
from typing import Any

from diabolo.errors import DiaboloError

__all__ = ["BLOCK_BYTES", "RangeFile", "Ranges"]

BLOCK_BYTES = 2**18
"""What is asked for at once, where less is wanted."""

# So many such blocks are kept of a file.
_MOST_BLOCKS = 16


class Ranges:
    """A file's bytes by their places: much at once as it is asked for, little by blocks that are kept.

    Parameters
    ----------
    size : int
        Bytes of the file.
    fetch : callable
        Gives the bytes from one place up to another; called by several threads.
    faults : list
        Where what it raises is noted.

    Examples
    --------
    >>> Ranges(5, lambda start, stop: b"abcde"[start:stop]).read(1, 3)
    b'bc'
    """

    def __init__(
        self, size: int, fetch: Callable[[int, int], bytes], faults: list[DiaboloError] | None = None
    ) -> None:
        from fsspec.caching import BlockCache

        self.size, self._fetch, self._faults = size, fetch, [] if faults is None else faults
        self._blocks = BlockCache(BLOCK_BYTES, self._noted, size, _MOST_BLOCKS)

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from one place up to another, or to the file's end."""
        stop = min(stop, self.size)
        if start >= stop:
            return b""
        if stop - start >= BLOCK_BYTES:
            return self._noted(start, stop)
        found: bytes = self._blocks._fetch(start, stop)
        return found

    def _noted(self, start: int, stop: int) -> bytes:
        try:
            found = self._fetch(start, min(stop, self.size))  # the last block goes beyond it
        except DiaboloError as problem:
            self._faults.append(problem)
            raise
        self._faults.clear()
        return found


class _CollectorHeld:
    """Keeps Python's collector from running while a file object waits for bytes.

    HDF5 asks for them with h5py's lock held. An object of h5py that the collector finds on the thread that
    fetches them would wait there for that lock, and both for ever.
    """

    def __init__(self) -> None:
        self._lock, self._n_inside, self._was_enabled = threading.Lock(), 0, False

    def __enter__(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._n_inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0 and self._was_enabled:
                gc.enable()


_COLLECTOR_HELD = _CollectorHeld()


class RangeFile(io.RawIOBase):
    """What libraries take for an open file."""

    def __init__(self, ranges: Ranges) -> None:
        super().__init__()
        self._ranges, self._at = ranges, 0

    def readable(self) -> bool:
        """Say that it is read."""
        return True

    def seekable(self) -> bool:
        """Say that any place is as near as another."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._ranges.size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, by default all."""
        stop = self._ranges.size if size is None or size < 0 else self._at + size
        with _COLLECTOR_HELD:
            part = self._ranges.read(self._at, stop)
        self._at += len(part)
        return part

    def readall(self) -> bytes:
        """Return all bytes that are left."""
        return self.read()

    def readinto(self, out: Any) -> int:
        """Write the next bytes into a buffer; return how many there were."""
        view = memoryview(out).cast("B")
        part = self.read(len(view))
        view[: len(part)] = part
        return len(part)
