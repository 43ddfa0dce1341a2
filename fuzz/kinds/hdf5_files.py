"""HDF5 and AnnData's .h5ad: their structures spoilt, and whole files that say what cannot be."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path
from random import Random

import h5py
import numpy as np

from fuzz.kind import Kind
from fuzz.kinds.tables import CELLS, NAMES, WORDS, read_table
from fuzz.spoil import cut, number_near, spoilt_bytes

__all__ = ["H5AD", "HDF5"]

_MARKS = (
    b"\x89HDF",
    b"TREE",
    b"HEAP",
    b"SNOD",
    b"GCOL",
    b"OHDR",
    b"OCHK",
    b"FRHP",
    b"FHDB",
    b"BTHD",
    b"BTLF",
    b"FAHD",
    b"EAHD",
)
_CHECKED = (
    b"OHDR",
    b"OCHK",
    b"FRHP",
    b"FHDB",
    b"FHIB",
    b"BTHD",
    b"BTIN",
    b"BTLF",
    b"FAHD",
    b"FADB",
    b"EAHD",
    b"EAIB",
    b"EADB",
    b"FSHD",
)


def _whole(folder: Path) -> None:
    for name, save, version in (
        ("bare", {}, "earliest"),
        ("chunked", {"chunks": (16, 3)}, "earliest"),
        (
            "packed",
            {"chunks": (16, 3), "compression": "gzip", "shuffle": True, "fletcher32": True},
            "earliest",
        ),
        ("late", {"chunks": (16, 3), "compression": "lzf"}, "latest"),
        ("grown", {"chunks": (16, 5), "maxshape": (None, None)}, "latest"),
    ):
        with h5py.File(folder / f"{name}.h5", "w", libver=(version, "latest")) as file:
            file.create_dataset("data", data=CELLS, **save)
            file["label"], file["kind"] = np.arange(40), WORDS
            file["feature_names"] = np.array([each.encode() for each in NAMES])
            file["data"].attrs["unit"] = "mm"
            file["group/more"] = np.eye(3)
            file["soft"] = h5py.SoftLink("/data")
        if version == "latest":
            place = folder / f"{name}.h5"
            place.write_bytes(_without_times(place.read_bytes()))


def _h5ad_whole(folder: Path) -> None:
    for kind in ("dense", "csr"):
        with h5py.File(folder / f"{kind}.h5ad", "w") as file:
            _put_anndata(file, kind)


def _put_anndata(file: h5py.File, kind: str) -> None:
    cells = np.where(CELLS > 0.3, CELLS, 0.0)
    if kind == "dense":
        file["X"] = cells
    else:
        rows, columns = np.nonzero(cells)
        matrix = file.create_group("X")
        matrix.attrs["encoding-type"], matrix.attrs["encoding-version"] = "csr_matrix", "0.1.0"
        matrix.attrs["shape"] = cells.shape
        matrix["data"], matrix["indices"] = cells[rows, columns], columns
        matrix["indptr"] = np.searchsorted(rows, np.arange(41))
    for axis, count in (("obs", 40), ("var", 5)):
        frame = file.create_group(axis)
        frame.attrs["_index"], frame.attrs["encoding-type"] = "_index", "dataframe"
        frame["_index"] = [f"{axis}{i}" for i in range(count)]
        frame.attrs["column-order"] = ["age", "kind", "maybe"] if axis == "obs" else np.array([], "S1")
        if axis == "obs":
            frame["age"] = np.arange(40.0)
            frame["kind/codes"], frame["kind/categories"] = np.arange(40, dtype="i1") % 3 - 1, ["x", "y"]
            frame["maybe/values"], frame["maybe/mask"] = np.arange(40), np.arange(40) % 2 == 0


def _messages(content: bytes) -> list[int]:
    """List where structures begin, and the messages of object headers of the first version."""
    places = [found.start() for mark in _MARKS for found in re.finditer(re.escape(mark), content)]
    for found in re.finditer(rb"\x01\x00[\x01-\x20]\x00[\x01-\x04]\x00\x00\x00", content):
        at, (count, size) = (
            found.start() + 16,
            struct.unpack("<xxHxxxxI", content[found.start() : found.start() + 12]),
        )
        end = at + size
        for _ in range(count):
            if at + 8 > min(end, len(content)):
                break
            length = int.from_bytes(content[at + 2 : at + 4], "little")
            places += [at, at + 2, *range(at + 8, min(at + 8 + length, len(content)), 2)]
            at += 8 + length
    return places


def _rot(number: int, count: int) -> int:
    return (number << count | number >> (32 - count)) & 0xFFFFFFFF


def lookup3(content: bytes) -> int:
    """Add up bytes as HDF5 does: B. Jenkins, lookup3.c, hashlittle, https://burtleburtle.net/bob/c/lookup3.c."""
    full = 0xFFFFFFFF
    a = b = c = (0xDEADBEEF + len(content)) & full
    while len(content) > 12:
        x, y, z = struct.unpack("<3I", content[:12])
        a, b, c = (a + x) & full, (b + y) & full, (c + z) & full
        for rot, into in ((4, 0), (6, 1), (8, 2), (16, 0), (19, 1), (4, 2)):
            if into == 0:
                a = ((a - c) & full) ^ _rot(c, rot)
                c = (c + b) & full
            elif into == 1:
                b = ((b - a) & full) ^ _rot(a, rot)
                a = (a + c) & full
            else:
                c = ((c - b) & full) ^ _rot(b, rot)
                b = (b + a) & full
        content = content[12:]
    if not content:
        return c
    x, y, z = struct.unpack("<3I", content.ljust(12, b"\0"))
    a, b, c = (a + x) & full, (b + y) & full, (c + z) & full
    c = ((c ^ b) - _rot(b, 14)) & full
    a = ((a ^ c) - _rot(c, 11)) & full
    b = ((b ^ a) - _rot(a, 25)) & full
    c = ((c ^ b) - _rot(b, 16)) & full
    a = ((a ^ c) - _rot(c, 4)) & full
    b = ((b ^ a) - _rot(a, 14)) & full
    return ((c ^ b) - _rot(b, 24)) & full


def _checked_spans(content: bytes) -> list[tuple[int, int]]:
    """List spans of bytes that end with a sum over what comes before in them."""
    found = []
    if content[8:9] in (b"\x02", b"\x03"):
        found.append((0, 44))
    for mark in _CHECKED:
        for each in re.finditer(re.escape(mark), content):
            start = each.start()
            for end in range(start + 8, min(start + 700, len(content) - 3)):
                if int.from_bytes(content[end : end + 4], "little") == lookup3(content[start:end]):
                    found.append((start, end))
                    break
    return found


def _without_times(content: bytes) -> bytes:
    """Set the times in object headers to 0, so that the same files are made every time."""
    spans = dict(_checked_spans(content))
    for found in re.finditer(b"OHDR\x02", content):
        start = found.start()
        if content[start + 5] & 0x20 and start in spans:
            content = content[: start + 6] + bytes(16) + content[start + 22 :]
            end = spans[start]
            content = content[:end] + lookup3(content[start:end]).to_bytes(4, "little") + content[end + 4 :]
    return content


_SPANS: dict[bytes, list[tuple[int, int]]] = {}


def _spoilt_structures(random: Random, content: bytes) -> bytes:
    """Spoil structures, and set their sums right, so that what was spoilt is read."""
    if content not in _SPANS:
        _SPANS[content] = _checked_spans(content) if content[8:9] in (b"\x02", b"\x03") else []
    spans = _SPANS[content]
    places = _messages(content)
    for start, end in spans:
        places += range(start + 4, end, 2)
    spoilt = spoilt_bytes(random, content, places)
    if len(spoilt) == len(content):
        for start, end in spans:
            spoilt = spoilt[:end] + lookup3(spoilt[start:end]).to_bytes(4, "little") + spoilt[end + 4 :]
    return spoilt


def _odd_numbers(random: Random, values: np.ndarray) -> np.ndarray:
    values = np.array(values)
    what = random.randrange(8)
    if what == 0:
        return values[: random.randrange(len(values) + 1)]
    if what == 1:
        return np.concatenate([values, values])
    if what == 2:
        return values[::-1].copy()
    if what == 3:
        return values.astype(random.choice(("f4", "f8", "u1", "i1", "S3", "c16", ">i4", "u8", "?")))
    if what == 4:
        return np.full(len(values), random.choice((np.nan, np.inf, -1.0, 1e300)))
    if what == 5:
        return values.reshape(1, -1)
    if len(values) and values.dtype.kind in "iuf":
        with np.errstate(all="ignore"):
            info = np.iinfo(values.dtype) if values.dtype.kind in "iu" else None
            new = number_near(random, int(values[0]))
            new = max(min(new, info.max), info.min) if info else float(max(min(new, 10**300), -(10**300)))
            values[random.randrange(len(values))] = new
    return values


def _put_odd(random: Random, file: h5py.File) -> None:
    """Put in the place of something what a program could write, and what no table has."""
    names: list[str] = []
    file.visit(names.append)
    name = random.choice(names)
    each = file[name]
    what = random.randrange(16)
    if what < 6 and isinstance(each, h5py.Dataset) and each.ndim == 1 and each.dtype.kind != "O":
        values = _odd_numbers(random, each[()])
        del file[name]
        file[name] = values
    elif what < 8 and each.attrs:
        key = random.choice(list(each.attrs))
        each.attrs[key] = random.choice(
            (
                0,
                -1,
                2**60,
                "x",
                "",
                "csr",
                "csc_matrix",
                [1],
                [40, -5],
                [2**40, 5],
                [40, 5, 2],
                np.nan,
                [0.5, 2.0],
                ["a", "b"],
                np.zeros((2, 2)),
            )
        )
    elif what < 9:
        del file[name]
    else:
        _put_strange(random, file, name)


def _put_strange(random: Random, file: h5py.File, name: str) -> None:
    shape = random.choice(
        ((40, 5), (40,), (5,), (), (0, 5), (2**40, 5), (40, 2**33), (2**20, 2**20), (40, 5, 1), (10**6,))
    )
    makers = {
        "claim": lambda: file.create_dataset(
            name, shape, "f8", chunks=tuple(min(n, 64) or 1 for n in shape) or None
        ),
        "claim packed": lambda: file.create_dataset(name, shape, "f4", compression="gzip" if shape else None),
        "large chunk": lambda: file.create_dataset(
            name, (2**14, 2**14), "f4", chunks=(2**14, 2**14), compression="gzip"
        ),
        "external": lambda: file.create_dataset(name, (40, 5), "f8", external=[("/etc/passwd", 0, 1600)]),
        "external link": lambda: file.__setitem__(name, h5py.ExternalLink("/etc/hostname", "/data")),
        "other file": lambda: file.__setitem__(name, h5py.ExternalLink("none.h5", "/data")),
        "itself": lambda: file.__setitem__(name, h5py.ExternalLink("case.h5", f"/{name}")),
        "loop": lambda: file.__setitem__(name, h5py.SoftLink(f"/{name}")),
        "hard loop": lambda: file.__setitem__(name, file["/"]),
        "dangling": lambda: file.__setitem__(name, h5py.SoftLink("/nothing")),
        "virtual": lambda: _put_virtual(file, name, "case.h5" if random.random() < 0.5 else "/etc/passwd"),
        "compound": lambda: file.create_dataset(name, data=np.zeros(40, [("a", "f8"), ("b", "S3")])),
        "references": lambda: file.create_dataset(name, data=[file.ref] * 40, dtype=h5py.ref_dtype),
        "ragged": lambda: file.create_dataset(name, (40,), h5py.vlen_dtype("f8")),
        "enumeration": lambda: file.create_dataset(name, (40, 5), h5py.enum_dtype({"A": 1, "B": 2})),
        "texts": lambda: file.create_dataset(
            name, shape if np.prod(shape, dtype=float) < 1e7 else (40,), h5py.string_dtype()
        ),
        "wide texts": lambda: file.create_dataset(name, (40,), "S100000000", chunks=(1,)),
        "array type": lambda: file.create_dataset(name, (40,), np.dtype(("f8", (5,)))),
        "no space": lambda: file.create_dataset(name, data=h5py.Empty("f8")),
        "opaque": lambda: file.create_dataset(name, (40, 5), "V16"),
        "named type": lambda: file.__setitem__(name, np.dtype("f8")),
        "halves": lambda: file.create_dataset(name, (40, 5), "f2"),
        "deep": lambda: file.create_group("/".join(["g"] * 300) + "/data"),
        "complex": lambda: file.create_dataset(name, (40, 5), "c16"),
    }
    del file[name]
    makers[random.choice(list(makers))]()


def _put_virtual(file: h5py.File, name: str, source: str) -> None:
    layout = h5py.VirtualLayout((40, 5), "f8")
    layout[:] = h5py.VirtualSource(source, "data", (40, 5))
    file.create_virtual_dataset(name, layout)


def _said_odd(random: Random, content: bytes) -> bytes:
    held = io.BytesIO(content)
    try:
        with h5py.File(held, "r+") as file:
            for _ in range(random.choice((1, 1, 2))):
                _put_odd(random, file)
    except (ValueError, TypeError, OSError, KeyError, RuntimeError, OverflowError, MemoryError):
        return content[: random.randrange(len(content))]
    return _without_times(held.getvalue())


def _spoil(random: Random, content: object) -> bytes:
    assert isinstance(content, bytes)
    what = random.randrange(20)
    if what < 11:
        return _spoilt_structures(random, content)
    if what < 19:
        return _said_odd(random, content)
    return cut(random, content)


def _read(path: Path, random: Random) -> int:
    given = (
        {"dataset": random.choice(("soft", "data", "group/more", "label", "group"))}
        if random.random() < 0.2
        else {}
    )
    return read_table(path, random, **given)


HDF5 = Kind("h5", ".h5", _whole, _spoil, _read)
H5AD = Kind("h5ad", ".h5ad", _h5ad_whole, _spoil, read_table)
