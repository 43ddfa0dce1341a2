"""Idx files, written here with struct as LeCun's page describes them."""

import gzip
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.datasets import idx
from diabolo.datasets.idx import read_idx
from diabolo.errors import DataFileError

# Type code -> struct's letter and NumPy's name.
TYPES = {
    0x08: ("B", "uint8"),
    0x09: ("b", "int8"),
    0x0B: ("h", "int16"),
    0x0C: ("i", "int32"),
    0x0D: ("f", "float32"),
    0x0E: ("d", "float64"),
}


def written(code, shape, values):
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)
    return header + struct.pack(f">{len(values)}{TYPES[code][0]}", *values)


SMALL = written(0x08, (2, 3), [1, 2, 3, 4, 5, 250])


def message(tmp_path, content, **options):
    path = tmp_path / "a-idx"
    path.write_bytes(content)
    with pytest.raises(DataFileError) as caught:
        read_idx(path, **options)
    said = str(caught.value)
    assert said.startswith(f"{path} ")
    return said.removeprefix(f"{path} ")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("code", TYPES)
@settings(max_examples=10)
@given(data=st.data())
def test_round_trip(tmp_path_factory, code, compress, data):
    shape = tuple(data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=4)))
    letter, name = TYPES[code]
    if letter in "fd":
        number = st.floats(width=32 if letter == "f" else 64, allow_nan=False)
    else:
        bounds = np.iinfo(name)
        number = st.integers(int(bounds.min), int(bounds.max))
    count = int(np.prod(shape))
    values = data.draw(st.lists(number, min_size=count, max_size=count))
    path = tmp_path_factory.mktemp("idx") / "a"
    content = written(code, shape, values)
    path.write_bytes(compress(content))
    array = read_idx(path, sha256=hashlib.sha256(content).hexdigest())
    assert array.dtype == np.dtype(name)
    assert array.dtype.isnative
    assert array.shape == shape
    assert array.ravel().tolist() == values


def test_more_than_is_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "_AT_ONCE", 7)
    values = list(range(200))
    for compress in (bytes, gzip.compress):
        (tmp_path / "a").write_bytes(compress(written(0x0B, (20, 10), values)))
        assert read_idx(str(tmp_path / "a")).ravel().tolist() == values


def test_another_sum(tmp_path):
    got = hashlib.sha256(SMALL).hexdigest()
    for content in (SMALL, gzip.compress(SMALL)):
        assert message(tmp_path, content, sha256="0" * 64) == (
            f"does not hold what it should: the SHA-256 sum of its content is {got}, expected {'0' * 64}; "
            "remove the file or replace it."
        )


def test_missing_and_empty(tmp_path):
    with pytest.raises(DataFileError, match="a-idx does not exist"):
        read_idx(tmp_path / "a-idx")
    assert message(tmp_path, b"") == "is empty (0 bytes), so there are no rows to read."


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"1,2,3\n", "31 2c 32 2c; it holds text."),
        (b"\0\0", "00 00; it holds bytes of an unknown kind."),
        (b"\x89HDF\r\n\x1a\n", "89 48 44 46; it holds HDF5, as .h5 files do."),
        (gzip.compress(b"1,2,3\n", mtime=0), "31 2c 32 2c; it holds compressed bytes of another kind."),
        (gzip.compress(b"", mtime=0), "nothing; it holds compressed bytes of another kind."),
    ],
)
def test_not_an_idx_file(tmp_path, content, got):
    assert message(tmp_path, content) == (
        "is not an idx file: expected two zero bytes, a type and a number of axes at its start, got " + got
    )


def test_an_unknown_type(tmp_path):
    assert message(tmp_path, b"\0\0\x0a\x01" + bytes(8)) == (
        "is not an idx file, or is damaged: expected a type of 0x08 (uint8), 0x09 (int8), 0x0b (int16), "
        "0x0c (int32), 0x0d (float32), 0x0e (float64) as the third byte, got 0x0a; make or copy it anew."
    )


@pytest.mark.parametrize("n_axes", [0, 65, 255])
def test_a_number_of_axes_that_cannot_be(tmp_path, n_axes):
    assert message(tmp_path, bytes([0, 0, 8, n_axes]) + bytes(4 * n_axes)) == (
        f"cannot be read: expected 1 to 64 axes in the fourth byte, got {n_axes}; "
        "write it with fewer or more."
    )


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_header_cut_short(tmp_path, compress):
    assert message(tmp_path, compress(SMALL[:9])) == (
        "is cut short: expected the sizes of 2 axes in 8 bytes, got 5 bytes; make or copy it anew."
    )


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (SMALL[:-1], "5"),
        (SMALL + b"\0", "7"),
        (SMALL[:12], "0"),
        (gzip.compress(SMALL[:-1], mtime=0), "5"),
        (gzip.compress(SMALL + b"\0", mtime=0), "more"),
        (gzip.compress(SMALL, mtime=0) + gzip.compress(b"\0", mtime=0), "more"),
    ],
)
def test_another_length_than_promised(tmp_path, content, got):
    assert message(tmp_path, content) == (
        "is cut short, too long or damaged: its header promises 2 x 3 values of type uint8, expected 6 bytes "
        f"of values, got {got}; make or copy it anew."
    )


def test_nothing_is_set_aside_for_a_promise_that_the_file_cannot_keep(tmp_path, monkeypatch):
    monkeypatch.setattr(np, "empty", lambda *_: pytest.fail("memory was set aside"))
    huge = struct.pack(">BBBB2I", 0, 0, 0x0E, 2, 2**32 - 1, 2**32 - 1)
    assert message(tmp_path, huge + bytes(8)) == (
        "is cut short, too long or damaged: its header promises 4,294,967,295 x 4,294,967,295 values of type "
        "float64, expected 147,573,952,520,967,225,304 bytes of values, got 8; make or copy it anew."
    ).replace("147,573,952,520,967,225,304", f"{8 * (2**32 - 1) ** 2:,}")
    small = gzip.compress(huge + bytes(8))
    assert message(tmp_path, small) == (
        "is damaged: its header promises 4,294,967,295 x 4,294,967,295 values of type float64, "
        f"{8 * (2**32 - 1) ** 2:,} bytes, and {len(small)} compressed bytes cannot hold more than "
        f"{1032 * len(small):,}; make or copy it anew."
    )


def test_deflate_stays_within_the_bound_that_is_taken_for_it(tmp_path):
    content = written(0x08, (2**22,), bytes(2**22))
    compressed = gzip.compress(content, 9)
    assert 900 < len(content) / len(compressed) < 1032
    (tmp_path / "a").write_bytes(compressed)
    assert not read_idx(tmp_path / "a").any()


def test_a_bomb_is_not_decompressed(tmp_path, monkeypatch):
    """No more than the header's promise and one byte, whatever the file would come to."""
    asked = []
    read, readinto = gzip.GzipFile.read, gzip.GzipFile.readinto
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size: asked.append(size) or read(self, size))
    monkeypatch.setattr(
        gzip.GzipFile, "readinto", lambda self, room: asked.append(len(room)) or readinto(self, room)
    )
    said = message(tmp_path, gzip.compress(SMALL + bytes(2**22)))
    assert said.endswith("expected 6 bytes of values, got more; make or copy it anew.")
    assert max(asked) <= 8


def test_axes_whose_product_is_no_number_of_the_machine(tmp_path):
    content = struct.pack(">BBBB4I", 0, 0, 0x08, 4, 0, *[2**32 - 1] * 3)
    assert message(tmp_path, content).startswith(
        "does not fit in memory: its header promises 0 x 4,294,967,295 x 4,294,967,295 x 4,294,967,295 values"
    )


def test_no_memory(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(np, "empty", full)
    assert message(tmp_path, SMALL) == (
        "does not fit in memory: its header promises 2 x 3 values of type uint8, 6 bytes; use a machine with "
        "more, or cut the file."
    )


def test_damaged_compression(tmp_path):
    compressed = gzip.compress(SMALL)
    assert message(tmp_path, compressed[:-6]).startswith(
        "is cut short or damaged (Compressed file ended before"
    )
    broken = compressed[:-8] + b"\0\0\0\0" + compressed[-4:]
    assert message(tmp_path, broken).startswith("is cut short or damaged (CRC check failed")
    assert message(tmp_path, compressed + b"rest").startswith("is cut short or damaged (Not a gzipped file")
    assert message(tmp_path, compressed[:10] + b"\xff" * 20).startswith("is cut short or damaged (Error -3")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(SMALL)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(
        DataFileError, match=r"a cannot be read \(Permission denied\): give yourself permission"
    ):
        read_idx(path)
