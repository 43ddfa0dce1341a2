"""One file of arrays and a record, in the layout of safetensors: written whole, read without trust.

Written here and not by the library, which holds every array a second time. What is read is never larger than
the file, and nothing in it is executed. A file says what it is of, so that none is taken for another.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from pathlib import Path
from reprlib import repr as shown
from typing import Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import CHECKPOINT
from diabolo.errors import CheckpointError
from diabolo.training.stages import Snapshot

__all__ = ["MOST_TEXT", "check_regular", "read_snapshot", "write_snapshot"]

MOST_TEXT = 2**21
"""Bytes of JSON at the most, which take many times as much when they are read."""

_KEY, _DIGEST = "diabolo checkpoint", "sha256"
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U32": "<u4", "BOOL": "|b1"}
_BFLOAT = "BF16"
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items()}
_LENGTH = 8


def write_snapshot(path: Path, snapshot: Snapshot, of: str = "") -> None:
    """Write a moment of a stage; the file appears under its name only when all of it is on the disk.

    Parameters
    ----------
    path : Path
        Where.
    snapshot : Snapshot
        Its arrays are not copied.
    of : str, default ""
        The fit, the stage and the moment that it is of, for its reader.

    Raises
    ------
    CheckpointError
        The folder cannot be written to, or the disk is full.
    """
    arrays = {name: np.asarray(part, order="C") for name, part in sorted(snapshot.arrays.items())}
    text = json.dumps(
        {"of": of, "record": snapshot.record, "is_finished": snapshot.is_finished}, sort_keys=True
    )
    header: dict[str, Any] = {"__metadata__": {_KEY: text, _DIGEST: _digest(text, arrays)}}
    end = 0
    for name, part in arrays.items():
        header[name] = {
            "dtype": _code_of(part.dtype),
            "shape": list(part.shape),
            "data_offsets": [end, end + part.nbytes],
        }
        end += part.nbytes
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % _LENGTH)
    with atomic_write(path, CHECKPOINT, "b", error=CheckpointError) as handle:
        handle.write(len(encoded).to_bytes(_LENGTH, "little"))
        handle.write(encoded)
        for part in arrays.values():
            handle.write(_bytes_of(part))


def read_snapshot(path: Path, of: str = "") -> Snapshot:
    """Read a moment that `write_snapshot` wrote.

    Parameters
    ----------
    path : Path
        The file.
    of : str, default ""
        What it must be of.

    Returns
    -------
    Snapshot

    Raises
    ------
    CheckpointError
        It cannot be read, was cut or altered, or is of something else.
    """
    check_regular(path)
    try:
        with path.open("rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            length = int.from_bytes(handle.read(_LENGTH), "little")
            if not 2 <= length <= size - _LENGTH:
                raise ValueError(f"it has {size} bytes and begins as no checkpoint does")
            if length > MOST_TEXT:
                raise ValueError(f"its header has {length} bytes, and none has more than {MOST_TEXT}")
            header = json.loads(handle.read(length))
            metadata = header.pop("__metadata__")
            text, digest = metadata[_KEY], metadata[_DIGEST]
            places = sorted(header.items(), key=lambda each: each[1]["data_offsets"])
            arrays, end = {}, 0
            for name, entry in places:
                arrays[name], end = _array(handle, name, entry, end, size - _LENGTH - length)
        if _LENGTH + length + end != size:
            raise ValueError(f"it has {size} bytes where {_LENGTH + length + end} are expected")
        if _digest(text, dict(sorted(arrays.items()))) != digest:
            raise ValueError("its checksum does not match")
        whole = json.loads(text)
        if whole["of"] != of:
            raise ValueError("it is not what its name says, or comes from another folder")
        return Snapshot(arrays, dict(whole["record"]), whole["is_finished"] is True)
    except OSError as problem:
        raise CheckpointError(f"{path} cannot be read ({problem.strerror}).") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        said = str(problem) if isinstance(problem, ValueError) else "it begins as no checkpoint does"
        raise CheckpointError(
            f"{path} is damaged: {said}. Delete it to go on from the one before it, where there is one, or "
            "else from the beginning."
        ) from None


def check_regular(path: Path) -> None:
    """Refuse a pipe or a device, at which a reader waits for ever.

    Raises
    ------
    CheckpointError
        It is one. What is not there, or a folder, is for the system to refuse.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise CheckpointError(
            f"{path} is a pipe or a device, where a file of a checkpoint is expected; remove it, or choose "
            "another folder."
        )


def _array(handle: Any, name: str, entry: Any, start: int, room: int) -> tuple[np.ndarray, int]:
    """Read the next array; it must lie right behind the one before it, and within the file."""
    code, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, first, last)):
        raise ValueError(f"the array {shown(name)} has no shape")
    dtype = _dtype_of(code)
    n_bytes = math.prod(shape) * dtype.itemsize
    if first != start or last - first != n_bytes or last > room:
        raise ValueError(f"the array {shown(name)} does not lie where it should")
    found = np.fromfile(handle, np.uint8, n_bytes)
    if len(found) != n_bytes:
        raise ValueError(f"the array {shown(name)} is cut")
    return found.view(dtype).reshape(shape), last


def _code_of(dtype: np.dtype) -> str:
    return _BFLOAT if dtype.name == "bfloat16" else _CODES[dtype]


def _dtype_of(code: str) -> np.dtype:
    if code == _BFLOAT:
        # numpy knows the name since JAX was imported.
        return np.dtype("bfloat16")
    if code not in _DTYPES:
        raise ValueError(f"arrays of {shown(code)} are not known")
    return np.dtype(_DTYPES[code])


def _bytes_of(part: np.ndarray) -> memoryview:
    return part.reshape(-1).view(np.uint8).data


def _digest(text: str, arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name, part in arrays.items():
        digest.update(f"\n{name} {_code_of(part.dtype)} {part.shape}\n".encode())
        digest.update(_bytes_of(part))
    return digest.hexdigest()
