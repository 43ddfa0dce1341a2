"""Idx files, as MNIST comes in."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from random import Random

from diabolo.datasets.idx import read_idx
from fuzz.kind import Kind
from fuzz.spoil import spoilt_bytes

__all__ = ["IDX"]


def _whole(folder: Path) -> None:
    images = b"\0\0\x08\x03" + struct.pack(">3I", 10, 7, 7) + bytes(range(245)) * 2
    (folder / "images.idx").write_bytes(images)
    (folder / "images.idx.gz").write_bytes(gzip.compress(images, mtime=0))
    (folder / "numbers.idx").write_bytes(b"\0\0\x0d\x01" + struct.pack(">I6f", 6, *range(6)))


def _spoil(random: Random, content: object) -> bytes:
    assert isinstance(content, bytes)
    if content[:2] == b"\x1f\x8b" and random.random() < 0.6:
        content = gzip.decompress(content)
        return gzip.compress(spoilt_bytes(random, content, range(16)), mtime=0)
    return spoilt_bytes(random, content, range(16))


def _read(path: Path, random: Random) -> int:
    return int(read_idx(path).nbytes)


IDX = Kind("idx", ".idx", _whole, _spoil, _read)
