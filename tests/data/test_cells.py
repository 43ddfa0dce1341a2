# ruff: noqa: E501 - error messages are shown whole, one a line


import decimal

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data import cells
from diabolo.data.cells import as_numbers, as_text, check_loose, copy_cells, is_missing, parts
from diabolo.errors import InputError


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


def test_what_reads_as_a_number_is_one():
    cells = ["1", " 2.5", b"3", None, pandas.NA, True, decimal.Decimal("0.5"), 2**80, np.int8(4), "nan"]
    np.testing.assert_array_equal(
        as_numbers(cells, "PCA", 0), [1, 2.5, 3, np.nan, np.nan, 1, 0.5, 2.0**80, 4, np.nan]
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("abc", "X holds text: 'abc' in row 1, column 2 ('b'). Autoencoder needs numbers; drop or encode that column."),
        ("", "X holds text: '' in row 1, column 2 ('b'). Autoencoder needs numbers; drop or encode that column."),
        (b"x", "X holds text: b'x' in row 1, column 2 ('b'). Autoencoder needs numbers; drop or encode that column."),
        ([1], "X holds cells of type list: [1] in row 1, column 2 ('b'). Autoencoder needs numbers; drop or encode that column."),
        (10**400 * -1, "X holds cells of type int: "),
        (1j, "Complex data not supported: Autoencoder got X of dtype complex in column 2 ('b'). Pass the real and imaginary parts as separate columns."),
    ],
)  # fmt: skip
def test_the_first_cell_that_is_no_number(cell, said):
    with pytest.raises(InputError) as caught:
        as_numbers([1, cell, "later"], "Autoencoder", 2, "b")
    assert str(caught.value).startswith(said)


def test_a_column_without_a_name():
    with pytest.raises(InputError, match=r"^X holds text: 'x' in row 0, column 3\. PCA needs"):
        as_numbers(["x"], "PCA", 3)


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype(object),
        pandas.StringDtype(),
        pandas.Series(["a"]).dtype,
        pandas.CategoricalDtype(["a"]),
        pandas.ArrowDtype(pyarrow.string()),
        pandas.ArrowDtype(pyarrow.null()),
        polars.String(),
        polars.Categorical(),
        polars.Enum(["a"]),
        polars.Object(),
        polars.Null(),
        pyarrow.string(),
        pyarrow.large_string(),
        pyarrow.string_view(),
        pyarrow.dictionary(pyarrow.int8(), pyarrow.string()),
        pyarrow.null(),
    ],
    ids=repr,
)
def test_columns_whose_cells_are_looked_at(dtype):
    check_loose(dtype, "PCA", 0, "a")


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("datetime64[ns]"),
        np.dtype("timedelta64[s]"),
        pandas.PeriodDtype("D"),
        pandas.IntervalDtype("int64"),
        polars.Date(),
        polars.Struct({"a": polars.Int8()}),
        polars.List(polars.String()),
        pyarrow.date32(),
        pyarrow.binary(),
        pyarrow.struct([("a", pyarrow.int8())]),
    ],
    ids=repr,
)
def test_columns_that_are_refused_by_their_type(dtype):
    with pytest.raises(InputError) as caught:
        check_loose(dtype, "PCA", 1, "a")
    assert str(caught.value) == (
        f"X holds cells of type {dtype} in column 1 ('a'). PCA needs numbers; drop or encode that column."
    )


def test_complex_columns():
    with pytest.raises(
        InputError, match=r"^Complex data not supported: PCA got X of dtype complex64 in column 1"
    ):
        check_loose(np.dtype("c8"), "PCA", 1, "a")
