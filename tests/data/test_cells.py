import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data import cells
from diabolo.data.cells import as_text, copy_cells, is_missing, parts, unmasked


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 50))
def test_parts_cover_a_table_once(n_rows, n_columns, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_PART_CELLS", size)
        patch.setattr(cells, "_PART_COLUMNS", (2, 7))
        covered = np.zeros((n_rows, n_columns), int)
        for part in parts(n_rows, n_columns):
            covered[part] += 1
            assert 0 < covered[part].size <= max(size, 7)
    assert (covered == 1).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "i2", "?"])
def test_cells_are_copied_from_any_layout(monkeypatch, order, dtype):
    monkeypatch.setattr(cells, "_PART_CELLS", 9)
    monkeypatch.setattr(cells, "_PART_COLUMNS", (2, 4))
    values = np.asarray(np.arange(77).reshape(7, 11) % 5, dtype, order=order)
    out = np.empty((7, 11), np.float32)
    copy_cells(out, values)
    np.testing.assert_array_equal(out, values.astype(np.float32))


@pytest.mark.parametrize(
    ("cell", "missing"),
    [
        (None, True),
        (float("nan"), True),
        (np.float32("nan"), True),
        (pandas.NA, True),
        (pandas.NaT, True),
        ("", False),
        (0, False),
        (np.arange(2), False),
    ],
)
def test_what_is_missing(cell, missing):
    assert is_missing(cell) is missing


def test_cells_as_text():
    assert as_text(["a", pandas.NA, 1.5, None]).tolist() == ["a", "", "1.5", ""]
    assert as_text([]).dtype.kind == "U"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.ma.masked_equal(np.int64([[1, 2**40]]), 1), np.float64([[np.nan, 2**40]])),
        (np.ma.masked_equal(np.uint8([3, 4]), 3), np.float16([np.nan, 4])),
        (np.ma.masked_equal(np.float32([3, 4]), 3), np.float32([np.nan, 4])),
        (np.ma.masked_equal([3, 4], 5), np.array([3, 4])),
        (np.ma.array(["a", "b"], mask=[True, False]), np.array([None, "b"], object)),
    ],
)
def test_masked_cells_are_missing(given, expected):
    found = unmasked(given)
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
