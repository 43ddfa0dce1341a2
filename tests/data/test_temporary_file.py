# ruff: noqa: E501 - error messages are shown whole, one a line
import errno
import gc
import os
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data import temporary_file
from diabolo.data.temporary_file import RESIDENT_BYTES, CollectedRows, TemporaryFile
from diabolo.errors import DataFileError, InputError


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
    monkeypatch.setattr(temporary_file, "RESIDENT_BYTES", 10)
    assert CollectedRows(2, Path("a.csv")).resident_bytes == 10
