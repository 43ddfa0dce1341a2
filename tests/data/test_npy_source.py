# ruff: noqa: E501 - error messages are shown whole, one a line
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diabolo.data.npy_source import NpySource, block_of
from diabolo.errors import DataFileError

CELLS = np.arange(12.0).reshape(4, 3)


def error(path):
    with pytest.raises(DataFileError) as caught:
        NpySource(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "f4", ">f4", "f8", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_real_type_and_order(tmp_path, dtype, order):
    cells = (CELLS % 2).astype(dtype, order=order)
    np.save(tmp_path / "a.npy", cells)
    with NpySource(tmp_path / "a.npy") as source:
        assert source.dtype == cells.dtype
        assert source.is_transposed == (order == "F")
        np.testing.assert_array_equal(source[:], cells)
        np.testing.assert_array_equal(source.read(out=np.empty((4, 3), np.float32)), cells.astype("f4"))


def test_a_block_is_about_64_kib_and_one_row_at_least():
    assert block_of((10**6, 16), np.dtype("f4"), False) == (1024, 16)
    assert block_of((10**6, 10**6), np.dtype("f4"), False) == (1, 10**6)
    assert block_of((1000, 485_512), np.dtype("f4"), True) == (1000, 16)


def test_a_later_version_of_the_format(tmp_path):
    with (tmp_path / "a.npy").open("wb") as handle:
        np.lib.format.write_array(handle, CELLS, version=(3, 0))
    np.testing.assert_array_equal(NpySource(tmp_path / "a.npy")[:], CELLS)


def test_cut_short(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, CELLS)
    held = path.read_bytes()
    path.write_bytes(held[:-8])
    assert (
        error(path)
        == "FILE is cut short or damaged (96 bytes of cells were to come and there are 88): make or copy it anew."
    )
    path.write_bytes(held[:40])
    assert error(path).startswith("FILE is cut short or damaged (")


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([[object()]]), allow_pickle=True)
    assert error(path).startswith(
        "FILE holds pickled Python objects, and nothing in a file is ever executed here"
    )
    path.write_bytes(pickle.dumps([1]))
    assert error(path).startswith("FILE holds pickled Python objects")


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(3), "FILE has the shape (3,), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(-1, 1)."),
        (np.zeros((2, 0)), "FILE has the shape (2, 0), and a table needs at least one row and one column."),
        (np.zeros((2, 2), complex), "FILE holds values of type complex128, and rows must be real numbers: convert them to float32 first."),
    ],
)  # fmt: skip
def test_no_table(tmp_path, array, said):
    np.save(tmp_path / "a.npy", array)
    assert error(tmp_path / "a.npy") == said


def test_another_format(tmp_path):
    (tmp_path / "a.npy").write_text("1,2\n")
    assert (
        error(tmp_path / "a.npy")
        == "FILE is not an .npy file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."
    )


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, CELLS)
    source = NpySource(path)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(
        DataFileError, match=r"is cut short or damaged \(it ends at byte 150, where 74 more were to come\)"
    ):
        source[:]


MEMORY = """
import sys
import numpy as np
from diabolo.data.npy_source import NpySource
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
with NpySource(sys.argv[1]) as source:
    before = peak()
    total = sum(float(values[:, 0].sum()) for _, values in source.blocks(2**18))
print(total, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say")
@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_does_not_grow_with_the_file(tmp_path, order):
    """Of a file of 128 MiB, blocks of 1 MiB are read."""
    np.save(tmp_path / "a.npy", np.ones((2**13, 2**12), np.float32, order=order))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "a.npy")], capture_output=True, text=True, check=True
    )
    total, kib = done.stdout.split()
    assert float(total) == 2**13
    assert int(kib) < 20 * 1024
