"""NumPy's .npy and .npz."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from random import Random

import numpy as np

from fuzz.kind import Kind
from fuzz.kinds.archives import spoilt_archive
from fuzz.kinds.tables import CELLS, NAMES, WORDS, read_table
from fuzz.spoil import number_near, spoilt_bytes

__all__ = ["NPY", "NPZ", "spoilt_npy"]

_DESCRIPTIONS = (
    *(
        "'|O'",
        "'<f8'",
        "'>f4'",
        "'<f2'",
        "'|b1'",
        "'<c16'",
        "'<U3'",
        "'|S7'",
        "'<M8[s]'",
        "'|V8'",
        "'<i8'",
        "'|u1'",
    ),
    *(
        "'<U999999999'",
        "'|V2147483647'",
        "'<f3'",
        "'f'",
        "'xx'",
        "8",
        "None",
        "()",
        "[('a', '<f8')]",
        "'<f8'*2",
    ),
    *(
        "[('a', '<f8', (2,))]",
        "('<f8', (10, 10))",
        "('|O', (4,))",
        "[('a', '|O')]",
        "'|V0'",
        "'|S0'",
        "[]",
        "'<g'",
    ),
)


def _npy_whole(folder: Path) -> None:
    np.save(folder / "c.npy", CELLS)
    np.save(folder / "fortran.npy", np.asfortranarray(CELLS.astype(np.float32)))
    np.save(folder / "small.npy", np.arange(6, dtype=">i2").reshape(3, 2))


def _npz_whole(folder: Path) -> None:
    members = {"data": CELLS, "label": np.array(WORDS), "feature_names": NAMES, "age": np.arange(40)}
    np.savez(folder / "stored.npz", **members)
    np.savez_compressed(folder / "packed.npz", **members)


def _shape(random: Random) -> str:
    many = [
        str(number_near(random, random.choice((40, 5)))) for _ in range(random.choice((0, 1, 2, 2, 2, 3, 70)))
    ]
    many += random.choice(([], [], [], ["True"], ["2.0"], ["None"], ["'a'"], ["9" * 400]))
    return f"({', '.join(many)}{',' if len(many) == 1 else ''})"


def spoilt_npy(random: Random, content: bytes) -> bytes:
    """Spoil an .npy file: mostly its header, so that it can be read as one."""
    if random.random() < 0.3 or len(content) < 12:
        return spoilt_bytes(random, content, range(min(80, len(content))))
    try:
        version = random.choice((1, 1, 1, 2, 3, 4))
        dtype = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception:  # what was spoilt before
        return spoilt_bytes(random, content)
    order = random.choice(("False", "True", "1", "None"))
    description, shape = f"'{dtype.dtype.str}'", str(dtype.shape)
    what = random.randrange(8)
    if what < 3:
        shape = _shape(random)
    elif what < 6:
        description = random.choice(_DESCRIPTIONS)
    else:
        shape, description = _shape(random), random.choice(_DESCRIPTIONS)
    text = f"{{'descr': {description}, 'fortran_order': {order}, 'shape': {shape}, }}"
    if random.random() < 0.1:
        text = random.choice(
            (
                *(
                    "",
                    "{}",
                    "[]",
                    "__import__('os').system('true')",
                    "(" * 300 + ")" * 300,
                    "{" * 100,
                    "-" * 500 + "1",
                ),
                *(
                    "'x' * 10**9",
                    text * 2,
                    text[:-3],
                    text.replace("descr", "desc"),
                    "\0" * 40,
                    text + "\n# more",
                ),
                *(
                    "[" * 5000,
                    "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1," * 5000 + ")}",
                    "é" * 30,
                ),
            )
        )
    if random.random() < 0.15:
        text = text.replace("}", f", 'more': {random.choice(('1', '(' * 200, 'lambda: 0'))}}}")
    header = text.encode("utf-8", "replace") + b" " * random.choice((0, 0, 20, 70000)) + b"\n"
    length = len(header) if random.random() < 0.9 else number_near(random, len(header))
    size = struct.pack("<H" if version == 1 else "<I", length % (2**16 if version == 1 else 2**32))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + dtype.tobytes()


def _member(random: Random, name: str, content: bytes) -> bytes:
    return spoilt_npy(random, content)


NPY = Kind("npy", ".npy", _npy_whole, lambda random, content: spoilt_npy(random, bytes(content)), read_table)
NPZ = Kind(
    "npz", ".npz", _npz_whole, lambda random, content: spoilt_archive(random, content, _member), read_table
)
