# ruff: noqa: E501 - error messages are shown whole, one a line
import decimal
import pickle
from dataclasses import replace

import numpy as np
import pandas
import polars
import pyarrow
import pytest

from diabolo.data.loose_columns import UnfitColumn, loose_column, refuse_unfit
from diabolo.errors import InputError, UnfitColumnsError


def read(cells, dtype="object", name="b"):
    return loose_column(dtype, lambda: cells, "Autoencoder", 2, name)


def test_what_reads_as_a_number_is_one():
    cells = ["1", " 2.5", b"3", None, pandas.NA, True, decimal.Decimal("0.5"), 2**80, np.int8(4), "nan"]
    np.testing.assert_array_equal(read(cells), [1, 2.5, 3, np.nan, np.nan, 1, 0.5, 2.0**80, 4, np.nan])


def test_true_and_false_in_text_are_numbers_as_in_a_file():
    np.testing.assert_array_equal(read(["TRUE", " false", None, "True"], "str"), [1, 0, np.nan, 1])
    assert str(read(["TRUE", "yes"])) == "2 ('b', 'TRUE' in row 0)"
    assert str(read([1, "TRUE"])) == "2 ('b', 'TRUE' in row 1)"
    assert read(["yes", "No"]).is_few
    assert not read(["F", "M"]).is_few


@pytest.mark.parametrize(
    ("cell", "what", "named"),
    [
        ("abc", "text", "2 ('b', 'abc' in row 1)"),
        ("", "text", "2 ('b', '' in row 1)"),
        (b"x", "text", "2 ('b', b'x' in row 1)"),
        ([1], "lists", "2 ('b', [1] in row 1)"),
        (10**400, "cells of type int", f"2 ('b', 1{'0' * 39}... in row 1)"),
        (pandas.Timestamp("2020-01-02"), "dates", "2 ('b', 2020-01-02 00:00:00 in row 1)"),
        (np.timedelta64(1, "D"), "lengths of time", "2 ('b', np.timedelta64(1,'D') in row 1)"),
    ],
)
def test_the_first_cell_that_is_no_number(cell, what, named):
    found = read([1, cell, "later"])
    assert (found.what, str(found)) == (what, named)


def test_complex_numbers():
    said = (
        r"^Complex data not supported: Autoencoder got X of dtype complex(64)? in column 2 \('b'\)\. Pass the"
    )
    for cells, dtype in (([1j], "object"), (None, np.dtype("c8"))):
        with pytest.raises(InputError, match=said):
            read(cells, dtype)
    with pytest.raises(InputError, match=r"^Complex data not supported: X is of dtype complex64 in column 0"):
        loose_column(np.dtype("c8"), list, None, 0)


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype(object),
        np.dtype("<U3"),
        np.dtype("S1"),
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
    assert read(["1"], dtype).tolist() == [1]


def never():
    raise AssertionError("the cells were looked at")


@pytest.mark.parametrize(
    ("dtype", "what"),
    [
        (np.dtype("datetime64[ns]"), "dates"),
        (np.dtype("timedelta64[s]"), "lengths of time"),
        (pandas.DatetimeTZDtype(tz="UTC"), "dates"),
        (pandas.PeriodDtype("D"), "dates"),
        (pandas.IntervalDtype("int64"), None),
        (polars.Date(), "dates"),
        (polars.Datetime(), "dates"),
        (polars.Duration(), "lengths of time"),
        (polars.Time(), "times of day"),
        (polars.Struct({"a": polars.Int8()}), None),
        (polars.List(polars.String()), "lists"),
        (pyarrow.date32(), "dates"),
        (pyarrow.timestamp("s"), "dates"),
        (pyarrow.duration("s"), "lengths of time"),
        (pyarrow.time64("us"), "times of day"),
        (pyarrow.binary(), None),
        (pyarrow.struct([("a", pyarrow.int8())]), None),
    ],
    ids=repr,
)
def test_columns_that_are_refused_by_their_type(dtype, what):
    found = loose_column(dtype, never, "PCA", 1, "a")
    assert (str(found), found.what) == ("1 ('a')", what or f"cells of type {dtype}")


TEXT, DAY, WHEN = (
    UnfitColumn(0, "id", "text", "'x' in row 0"),
    UnfitColumn(2, "day", "dates"),
    UnfitColumn(3, None, "dates"),
)


@pytest.mark.parametrize(
    ("found", "owner", "has_index", "said"),
    [
        ([TEXT], None, False, "the table holds text in column 0 ('id', 'x' in row 0). Features are numbers: carry that column beside them with keep_columns=['id'], drop it, or turn it to numbers."),
        ([DAY], "PCA", True, "X holds dates in column 2 ('day'). PCA needs numbers: drop that column, turn it to numbers, set it as the index, or carry it beside the features: diabolo.open(X, keep_columns=['day'])."),
        ([DAY], None, True, "the table holds dates in column 2 ('day'). Features are numbers: carry that column beside them with keep_columns=['day'], drop it, set it as the index, or turn it to numbers."),
        ([TEXT, DAY, WHEN], "PCA", True, "X holds text in column 0 ('id', 'x' in row 0) and dates in columns 2 ('day') and 3. PCA needs numbers: drop those columns, turn them to numbers, or carry them beside the features: diabolo.open(X, keep_columns=['id', 'day', 3])."),
        ([replace(TEXT, is_few=True), DAY], None, False, "the table holds text in column 0 ('id', 'x' in row 0) and dates in column 2 ('day'). Features are numbers: carry those columns beside them with keep_columns=['id', 'day'], drop them, or turn them to numbers. 'id' holds few values, so it may be a category: categories=['id'] of the estimator."),
        ([UnfitColumn(i, None, "text") for i in range(40)], None, False, f"the table holds text in columns {', '.join(map(str, range(29)))} and 29, and 10 more such columns. Features are numbers: carry those columns beside them with keep_columns=[...], drop them, or turn them to numbers."),
    ],
)  # fmt: skip
def test_all_are_named_in_one_sentence(found, owner, has_index, said):
    with pytest.raises(InputError) as caught:
        refuse_unfit(found, "the table", owner, has_index=has_index)
    assert str(caught.value) == said
    refuse_unfit([], "the table", owner)


@pytest.mark.parametrize(
    ("cells", "is_few"),
    [
        (["a", "b"] * 5, True),
        (["a", "b"] * 4, False),
        (["a", "b "] * 5 + [None, "b"], True),
        (["a"] * 20, False),
        ([f"p{n % 21}" for n in range(400)], False),
        ([[1], [2]] * 20, False),
    ],
)
def test_few_values(cells, is_few):
    found = read(cells)
    assert found.is_few is is_few
    with pytest.raises(UnfitColumnsError) as caught:
        refuse_unfit([found], "X", "PCA")
    assert pickle.loads(pickle.dumps(caught.value)).few == (("b",) if is_few else ())


@pytest.mark.parametrize("cell", ["$1,234.50", "0,5", "12 %", "<0.5", "(3)"])
def test_text_that_a_file_would_have_been_read_as_a_number_from_is_told(cell):
    found = loose_column("object", lambda: [1, cell], None, 0, "a")
    with pytest.raises(InputError) as caught:
        refuse_unfit([found], "X", None)
    assert str(caught.value).endswith(
        f"Numbers written as {cell!r} are read from the file itself: diabolo.open(FILE)."
    )
    with pytest.raises(InputError) as caught:
        refuse_unfit([loose_column("object", lambda: [1, "x"], None, 0, "a")], "X", "PCA")
    assert "from the file itself" not in str(caught.value)
