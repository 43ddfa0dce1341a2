import errno
import os

import h5py
import numpy as np
import pytest

from diabolo.data.formats.hdf5_file import HeldFile, hdf5_array, hdf5_file
from diabolo.data.open_table import open_table
from diabolo.errors import DataFileError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def error(path):
    with pytest.raises(DataFileError) as caught:
        open_table(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def test_a_file_with_a_block_of_the_user_s_own_in_front(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["a"] = 1
    with path.open("r+b") as handle:
        handle.write(b"a,b\n1,2\n")
    with hdf5_file(path) as file:
        assert file["a"][()] == 1


def test_a_file_that_may_not_be_read(path, monkeypatch):
    with h5py.File(path, "w"):
        pass

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(h5py, "File", refuse)
    assert error(path) == "FILE cannot be read (Permission denied): give yourself permission to read it."


@pytest.mark.parametrize("length", [9, 40, 300, 790])
def test_cut_short(path, length):
    with h5py.File(path, "w") as file:
        file["a"] = np.zeros(4)
    path.write_bytes(path.read_bytes()[:length])
    assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "é", ""], h5py.string_dtype("utf-8"), ["a", "é", ""]),
        ([b"a", "é".encode(), b""], h5py.string_dtype("utf-8", 4), ["a", "é", ""]),
        (["a", "b", ""], h5py.string_dtype("ascii"), ["a", "b", ""]),
        ([b"a", b"\xe9"], h5py.string_dtype("utf-8"), ["a", "\ufffd"]),
        ([b"a", b"\xe9"], h5py.string_dtype("utf-8", 2), ["a", "\ufffd"]),
        (np.array([b"a", b"b"]), None, ["a", "b"]),
    ],
)
def test_text_of_any_kind(path, values, kind, expected):
    with h5py.File(path, "w") as file:
        array = hdf5_array(file.create_dataset("a", data=values, dtype=kind))
        assert array.is_text
        assert array.is_column
        loaded = array.load()
        assert loaded.dtype.kind == "U"
        assert loaded.tolist() == expected


def test_numbers_and_what_is_neither(path):
    with h5py.File(path, "w") as file:
        file["numbers"], file["scalar"], file["empty"] = np.arange(3, dtype=">i2"), 3.5, h5py.Empty("f4")
        file["pairs"] = np.zeros(3, [("a", "f4"), ("b", "i4")])
        numbers, scalar, empty, pairs = (
            hdf5_array(file[name]) for name in ("numbers", "scalar", "empty", "pairs")
        )
        assert (numbers.shape, numbers.dtype, numbers.is_text) == ((3,), np.dtype(">i2"), False)
        assert numbers.load().tolist() == [0, 1, 2]
        assert (scalar.shape, empty.shape) == ((), ())
        assert [each.is_column for each in (numbers, scalar, empty, pairs)] == [True, False, False, False]


@pytest.fixture
def descriptor(path):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def test_hdf5_writes_through_a_held_file(path, descriptor):
    held = HeldFile(descriptor)
    cells = np.random.default_rng(0).normal(size=(50, 30))
    with h5py.File(held, "w") as file:
        file.create_dataset("a", data=cells, chunks=(7, 30), compression="gzip")
        file["words"] = ["x"] * 100
    held.check()
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["a"][:], cells)
        assert file["words"].asstr()[3] == "x"


def test_the_first_failure_is_kept_and_what_comes_after_it_thrown_away(descriptor, monkeypatch):
    held = HeldFile(descriptor)
    assert held.write(b"abc") == 3
    held.check()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        assert held.write(b"def") == 3
    assert held.write(b"ghi") == 3
    assert held.tell() == 9
    assert held.truncate(2) == 2
    assert os.fstat(descriptor).st_size == 3
    for _ in range(2):
        with pytest.raises(OSError, match="No space left on device"):
            held.check()


def test_places_in_a_held_file(descriptor):
    held = HeldFile(descriptor)
    held.write(b"abcdef")
    assert held.seek(2) == 2
    assert held.read(2) == b"cd"
    assert held.seek(-1, os.SEEK_CUR) == 3
    assert held.seek(-1, os.SEEK_END) == 5
    assert held.read(3) == b"f\0\0"  # zeros where nothing is
    held.seek(4)
    assert held.truncate() == 4
    held.flush()
    assert os.fstat(descriptor).st_size == 4
