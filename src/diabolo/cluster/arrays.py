"""Arrays as bytes, and back, for their way from one process to another: nothing that could be run."""

from __future__ import annotations

import io
import math
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import UInt8

__all__ = ["aligned_array", "packed", "unpacked"]

_ALIGNMENT = 64


def aligned_array(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Make an empty array that a device on the CPU can use where it lies.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    dtype : dtype
        Of its numbers.

    Returns
    -------
    ndarray
        Its memory starts at a multiple of 64 bytes.
    """
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def packed(arrays: dict[str, np.ndarray]) -> UInt8[np.ndarray, " bytes"]:
    """Write arrays one behind the other, each with its name.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Of numbers or text.

    Returns
    -------
    uint8 array

    Raises
    ------
    ValueError
        For an array of objects.

    Examples
    --------
    >>> import numpy as np
    >>> unpacked(packed({"a": np.arange(2.0), "b": np.array("x")}))
    {'a': array([0., 1.]), 'b': array('x', dtype='<U1')}
    """
    out = io.BytesIO()
    for name, array in arrays.items():
        key = name.encode()
        out.write(struct.pack("<I", len(key)) + key)
        np.lib.format.write_array(out, np.asarray(array), allow_pickle=False)
    return np.frombuffer(out.getbuffer(), np.uint8)


def unpacked(data: UInt8[np.ndarray, " bytes"]) -> dict[str, np.ndarray]:
    """Read the arrays that `packed` has written."""
    given, found = io.BytesIO(data.tobytes()), {}
    while head := given.read(4):
        key = given.read(struct.unpack("<I", head)[0]).decode()
        found[key] = np.lib.format.read_array(given, allow_pickle=False)
    return found
