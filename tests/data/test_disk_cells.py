import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data import disk_cells
from diabolo.data.disk_cells import DiskCells, DiskSource, block_of
from diabolo.errors import DataFileError, InputError

CELLS = np.random.default_rng(0).normal(size=(50, 30))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "a"
    path.write_bytes(b"head" + CELLS.tobytes())
    return path


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_rectangle_by_any_way(path, data):
    """Whatever the gaps that are worth leaping and the size of the buffer, the cells are the same."""
    top, left = data.draw(st.integers(0, 49)), data.draw(st.integers(0, 29))
    rows = slice(top, data.draw(st.integers(top + 1, 50)))
    columns = slice(left, data.draw(st.integers(left + 1, 30)))
    dtype = data.draw(st.sampled_from(["f8", "f4"]))
    out = np.empty((rows.stop - top, columns.stop - left), dtype, order=data.draw(st.sampled_from("CF")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk_cells, "_GAP_BYTES", data.draw(st.sampled_from([0, 40, 10**6])))
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
