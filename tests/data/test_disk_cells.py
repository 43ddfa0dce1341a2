# ruff: noqa: E501 - error messages are shown whole, one a line


import errno
import gc
import os
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data import disk_cells
from diabolo.data.disk_cells import (
    RESIDENT_BYTES,
    CollectedRows,
    DiskCells,
    DiskSource,
    TemporaryFile,
    block_of,
)
from diabolo.errors import DataFileError, InputError

CELLS = np.random.default_rng(0).normal(size=(50, 30))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "a"
    path.write_bytes(b"head" + CELLS.tobytes())
    return path


@settings(max_examples=80)
@given(st.data())
def test_any_rectangle_by_any_way(path, data):
    """Whatever the gaps that are worth leaping and the size of the buffer, the cells are the same."""
    top, left = data.draw(st.integers(0, 49)), data.draw(st.integers(0, 29))
    rows = slice(top, data.draw(st.integers(top + 1, 50)))
    columns = slice(left, data.draw(st.integers(left + 1, 30)))
    dtype = data.draw(st.sampled_from(["f8", "f4"]))
    out = np.empty((rows.stop - top, columns.stop - left), dtype, order=data.draw(st.sampled_from("CF")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk_cells.DiskCells, "gap_bytes", data.draw(st.sampled_from([0, 40, 10**6])))
        patch.setattr(disk_cells, "_BUFFER_BYTES", data.draw(st.sampled_from([1, 700, 10**6])))
        if data.draw(st.booleans()):
            patch.delattr(os, "preadv")
        cells = DiskCells(path)
        cells.read(4, 30, np.dtype("f8"), rows, columns, out)
        cells.close()
    np.testing.assert_array_equal(out, CELLS[rows, columns].astype(dtype))


def test_a_file_that_ends_too_early(path):
    with pytest.raises(DataFileError) as caught:
        DiskCells(path).read(4, 30, np.dtype("f8"), slice(0, 51), slice(0, 30), np.empty((51, 30)))
    assert str(caught.value) == (
        f"{path} is cut short or damaged (it ends at byte 12004, where 240 more were to come): "
        "make or copy it anew."
    )


def test_closed_and_unreadable(path, tmp_path):
    cells = DiskCells(path)
    cells.close()
    with pytest.raises(InputError, match="was closed and cannot be read any more: open it anew"):
        cells.read(4, 30, np.dtype("f8"), slice(0, 1), slice(0, 30), np.empty((1, 30)))
    with pytest.raises(DataFileError, match="cannot be read \\(No such file or directory\\)"):
        DiskCells(tmp_path / "none")


def test_a_block_is_about_64_kib_and_one_row_at_least():
    assert block_of((10**6, 16), np.dtype("f4"), False) == (1024, 16)
    assert block_of((10**6, 10**6), np.dtype("f4"), False) == (1, 10**6)
    assert block_of((1000, 485_512), np.dtype("f4"), True) == (1000, 16)


@pytest.mark.parametrize("dtype", ["f8", ">f4", "<i2"])
@pytest.mark.parametrize("is_transposed", [False, True])
def test_a_source_of_cells_that_lie_bare(tmp_path, dtype, is_transposed):
    cells = (CELLS * 100).astype(dtype)
    (tmp_path / "b").write_bytes(b"head" + cells.tobytes())
    expected = cells.T if is_transposed else cells
    source = DiskSource(
        "b", expected.shape, np.dtype(dtype), DiskCells(tmp_path / "b"), 4, is_transposed, target_name="age"
    )
    assert (source.dtype, source.target_name) == (np.dtype(dtype).newbyteorder("="), "age")
    np.testing.assert_array_equal(source[:], expected)
    np.testing.assert_array_equal(source.read([7, 3, 4, 3], slice(2, 5)), expected[[7, 3, 4, 3], 2:5])
    source.close()
    with pytest.raises(InputError, match=r"^b was closed and cannot be read any more: open it anew"):
        source[:]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    unread = TemporaryFile(Path("a.csv"))
    unread.write(b"abcd")
    assert len(list(tmp_path.iterdir())) == 1
    read = TemporaryFile(Path("a.csv"))
    read.write(np.arange(3.0))
    cells = read.cells()
    del unread, read
    gc.collect()
    out = np.empty((1, 3))
    cells.read(0, 3, out.dtype, slice(0, 1), slice(0, 3), out)
    assert out.tolist() == [[0, 1, 2]]
    cells.close()
    del cells
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DataFileError) as caught:
        TemporaryFile(Path("a.csv"))
    assert (
        str(caught.value)
        == f"a.csv is unpacked into a temporary file in {tmp_path}/gone, which cannot be written (No such file or directory); set TMPDIR to a folder on a larger disk."
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(tmp_path, monkeypatch):
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (full, str(tmp_path / "named")))
    file = TemporaryFile(Path("a.csv"))
    with pytest.raises(DataFileError, match=os.strerror(errno.ENOSPC)):
        file.write(bytes(2**20))
    file.write(b"as much as waits to be written")
    with pytest.raises(DataFileError, match=os.strerror(errno.ENOSPC)):
        file.cells()


@given(
    counts=st.lists(st.integers(0, 7), max_size=6),
    n_features=st.integers(1, 5),
    resident=st.sampled_from([0, 80, 10**6]),
)
def test_all_rows_come_back_in_order(counts, n_features, resident):
    expected = np.arange(sum(counts) * n_features, dtype=np.float64).reshape(-1, n_features)
    rows, start = CollectedRows(n_features, Path("a.csv"), resident), 0
    for count in counts:
        rows.append(expected[start : start + count])
        start += count
    table = rows.table()
    assert (table.name, table.shape, table.dtype) == ("a.csv", expected.shape, np.float64)
    if resident != 80:  # where it depends on how they came
        assert table.in_memory == (expected.nbytes <= resident)
    np.testing.assert_array_equal(table[:], expected)


def test_what_is_beyond_memory_is_read_from_the_disk():
    rows = CollectedRows(2, Path("a.csv"), resident_bytes=16)
    rows.append(np.array([[1.0, 2], [3, 4]]))
    rows.append(np.array([[5.0, 6]]))
    with rows.table() as table:
        assert (table.name, table.shape, table.dtype, table.in_memory) == ("a.csv", (3, 2), np.float64, False)
        assert table.read(slice(1, 3), slice(1, 2)).tolist() == [[4], [6]]
    with pytest.raises(InputError, match=r"^a\.csv was closed"):
        table[:]


@pytest.mark.parametrize("expected", [0, 10**6])
def test_what_memory_would_hold_a_part_of_goes_to_the_disk_at_once(expected):
    cells = np.ones((50_000, 10))
    tracemalloc.start()
    rows = CollectedRows(10, Path("a.csv"), resident_bytes=2**19)
    rows.expect(expected)
    for start in range(0, len(cells), 5000):
        rows.append(cells[start : start + 5000])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (peak < 2**18) == (expected > 2**19)
    np.testing.assert_array_equal(rows.table()[:], cells)


def test_what_fits_stays_in_memory_though_more_was_expected_later():
    rows = CollectedRows(1, Path("a.csv"), resident_bytes=80)
    rows.expect(80)
    rows.append(np.ones((2, 1)))
    rows.expect(10**9)
    assert rows.table().in_memory


def test_by_default_64_mib_stay_in_memory(monkeypatch):
    assert CollectedRows(2, Path("a.csv")).resident_bytes == RESIDENT_BYTES == 2**26
    monkeypatch.setattr(disk_cells, "RESIDENT_BYTES", 10)
    assert CollectedRows(2, Path("a.csv")).resident_bytes == 10
