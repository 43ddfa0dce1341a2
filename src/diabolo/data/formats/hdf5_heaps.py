"""What HDF5 takes for granted of texts and of chunks: held against the file, before HDF5 goes by it.

A heap (the format calls it a global heap collection) holds texts one after the other, each behind its length.
Where a length is 0 that cannot be, HDF5's own reader stays at the place for ever; for a text that is said to
be of 4 GB it sets these aside; and a chunk that is looked for beyond its index takes the process down.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from diabolo.data.location import damaged

__all__ = ["check_chunks", "check_heaps", "check_texts"]

_MARK = b"GCOL\x01\0\0\0"
_HEAD = 16  # of a heap, and of an object in it
# A larger file is not looked through, which would take as long as to read it.
_MOST_BYTES = 2**28
_DEFLATE, _SHUFFLE = 1, 2  # as HDF5 numbers its filters
_WITH_ARRAYS = 2  # the first version of a file's head under which the places of chunks may lie in an array
_PLACE_BYTES = 8


def check_heaps(path: Path) -> None:
    """Refuse a file with a heap that HDF5 would not come to the end of.

    Parameters
    ----------
    path : Path
        An HDF5 file.

    Raises
    ------
    DataFileError
        An object in a heap has no length, or goes beyond the heap.

    References
    ----------
    The HDF Group, HDF5 file format specification version 3.0, section III.E, level 1E - global heap,
    https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html.
    """
    if not _HEAD < path.stat().st_size <= _MOST_BYTES:
        return
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as held:
        place = held.find(_MARK)
        while place >= 0:
            if not _has_end(held, place):
                raise damaged(path, ValueError(f"the texts in its heap at byte {place} have no end"))
            place = held.find(_MARK, place + 1)


def _has_end(held: mmap.mmap, start: int) -> bool:
    """Whether the objects of a heap, gone through by their lengths, come to its end."""
    end = start + int.from_bytes(held[start + 8 : start + _HEAD], "little")
    at = start + _HEAD
    while at + _HEAD <= min(end, len(held)):
        index, length = (
            int.from_bytes(held[at : at + 2], "little"),
            int.from_bytes(held[at + 8 : at + _HEAD], "little"),
        )
        step = length if index == 0 else _HEAD + -(-length // 8) * 8  # 0 is what is left, its head included
        if step < _HEAD or at + step > end:
            return False
        at += step
    return True


def check_texts(dataset: Any, path: Path) -> None:
    """Refuse texts of any length that are said to lie, or to be longer than, where their file ends.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of texts of any length, no larger than its file may have it.
    path : Path
        Its file.

    Raises
    ------
    DataFileError
        One does.
    """
    size = path.stat().st_size
    for part in _stored_parts(dataset, path):
        entry = np.dtype([("length", "<u4"), ("address", "<u8"), ("index", "<u4")])
        found = np.frombuffer(part[: len(part) // entry.itemsize * entry.itemsize], entry)
        found = found[found["length"] > 0]
        if (found["length"] > size).any() or (found["address"] > size).any():
            raise damaged(path, ValueError(f"a text of {dataset.name!r} goes beyond the file's end"))


def _stored_parts(dataset: Any, path: Path) -> Iterator[bytes]:
    """Give the places of texts as they are stored, where they can be had without HDF5's own conversion."""
    layout = dataset.id.get_create_plist()
    filters = [layout.get_filter(number)[0] for number in range(layout.get_nfilters())]
    count, offset = dataset.size or 0, dataset.id.get_offset()
    with path.open("rb") as handle:
        if dataset.chunks is None:
            if offset is not None and dataset.id.get_storage_size() == _HEAD * count:
                handle.seek(offset)
                yield handle.read(_HEAD * count)
        elif set(filters) <= {_DEFLATE, _SHUFFLE}:
            for number in range(dataset.id.get_num_chunks()):
                chunk = dataset.id.get_chunk_info(number)
                handle.seek(chunk.byte_offset)
                part = handle.read(chunk.size)
                yield _unfiltered(part, filters, chunk.filter_mask, _HEAD * int(np.prod(dataset.chunks)))


def _unfiltered(part: bytes, filters: list[int], mask: int, length: int) -> bytes:
    for number, kind in reversed(list(enumerate(filters))):
        if mask >> number & 1:
            continue
        if kind == _DEFLATE:
            part = zlib.decompressobj().decompress(part, length)
        else:
            whole = len(part) // _HEAD * _HEAD
            part = np.frombuffer(part[:whole], np.uint8).reshape(_HEAD, -1).T.tobytes()
    return part


def check_chunks(dataset: Any, path: Path) -> None:
    """Refuse a dataset whose last chunk would have its place far beyond what an index in the file can hold.

    Parameters
    ----------
    dataset : h5py.Dataset
        In chunks or not.
    path : Path
        Its file.

    Raises
    ------
    DataFileError
        It says that it may grow to a shape of more chunks than its index has places for.
    """
    if dataset.chunks is None or None in dataset.maxshape or dataset.maxshape == dataset.shape:
        return
    if dataset.file.id.get_create_plist().get_version()[0] < _WITH_ARRAYS:
        return  # whose index is a tree, which has room for anything
    most = [-(-length // size) for length, size in zip(dataset.maxshape, dataset.chunks, strict=True)]
    last = 0
    for length, size, count in zip(dataset.shape, dataset.chunks, most, strict=True):
        last = last * count + max(-(-length // size) - 1, 0)
    if last * _PLACE_BYTES > path.stat().st_size or any(
        a > b for a, b in zip(dataset.shape, dataset.maxshape, strict=True)
    ):
        raise damaged(
            path, ValueError(f"{dataset.name!r} may grow to {dataset.maxshape}, for which it has no room")
        )
