"""The one rule for targets and labels; where scikit-learn's `type_of_target` speaks, it is the reference."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.utils.multiclass import type_of_target

from diabolo.data.target import (
    MOST_WHOLE_NUMBERS,
    are_classes,
    entries_of,
    infinite_in,
    missing_in,
    plain_values,
)
from diabolo.errors import InputError

CLASSES = ("binary", "multiclass")


def plain(y):
    return plain_values(entries_of(y), "y")


def objects(*entries):
    column = np.empty(len(entries), object)
    column[:] = entries
    return column


@pytest.mark.parametrize(
    ("y", "dtype", "values"),
    [
        ([True, False], np.bool_, [True, False]),
        (objects(True, np.bool_(False)), np.bool_, [True, False]),
        (pd.Series([True, False], dtype="boolean"), np.bool_, [True, False]),
        ([3, 1], np.int64, [3, 1]),
        (np.array([3, 1], np.uint8), np.int64, [3, 1]),
        (objects(3, np.int16(1)), np.int64, [3, 1]),
        (objects(True, 2), np.int64, [1, 2]),
        ([True, 2], np.int64, [1, 2]),
        (objects(True, 0.5), np.float64, [1.0, 0.5]),
        (pd.Series([3, 1], dtype="Int64"), np.int64, [3, 1]),
        (pl.Series([3, 1]), np.int64, [3, 1]),
        (range(2), np.int64, [0, 1]),
        ([2**63, 1], np.float64, [2.0**63, 1.0]),
        (objects(2**70, 1), np.float64, [2.0**70, 1.0]),
        (np.array([1.0, 2.0], np.float32), np.float64, [1.0, 2.0]),
        (objects(1.0, 2, np.float32(0.5)), np.float64, [1.0, 2.0, 0.5]),
        ([Decimal("1.5"), Fraction(1, 2)], np.float64, [1.5, 0.5]),
        (pd.Series([1.5, 2.0], dtype="Float64"), np.float64, [1.5, 2.0]),
        (np.array([[1], [2]], object), np.int64, [[1], [2]]),
        (["b", "a"], np.str_, ["b", "a"]),
        (objects("b", b"a"), np.str_, ["b", "a"]),
        (np.array([b"b", b"\xff"]), np.str_, ["b", "\\xff"]),
        (["1.5", "nan"], np.str_, ["1.5", "nan"]),
        (pd.Series(["b", "a"], dtype="string[pyarrow]"), np.str_, ["b", "a"]),
        (pd.Series(["b", "a"], dtype="category"), np.str_, ["b", "a"]),
        (pl.Series(["b", "a"]), np.str_, ["b", "a"]),
        (np.array(["b", "a"], np.dtypes.StringDType()), np.str_, ["b", "a"]),
        (np.array([3, 5], "m8[D]"), np.str_, ["3 days", "5 days"]),
        (objects(timedelta(3), timedelta(5)), np.str_, ["3 days, 0:00:00", "5 days, 0:00:00"]),
        (objects(pd.Period("2024"), pd.Period("2025")), np.str_, ["2024", "2025"]),
    ],
)
def test_entries_are_brought_to_the_plainest_kind(y, dtype, values):
    found = plain(y)
    assert np.issubdtype(found.dtype, dtype)
    assert found.tolist() == values


@pytest.mark.parametrize(
    "days",
    [
        [date(2024, 5, 1), date(2024, 5, 2)],
        [datetime(2024, 5, 1), datetime(2024, 5, 2)],
        [np.datetime64("2024-05-01"), np.datetime64("2024-05-02T00")],
        np.array(["2024-05-01", "2024-05-02"], "M8[D]"),
        np.array(["2024-05-01", "2024-05-02"], "M8[ns]"),
        pd.Series(pd.to_datetime(["2024-05-01", "2024-05-02"])),
        pd.Series(pd.to_datetime(["2024-05-01", "2024-05-02"]), dtype=object),
        pl.Series([date(2024, 5, 1), date(2024, 5, 2)]),
        ["2024-05-01", "2024-05-02"],
    ],
)
def test_a_day_is_the_same_class_however_it_is_stored(days):
    assert plain(days).tolist() == ["2024-05-01", "2024-05-02"]


def test_nothing_of_a_time_is_lost():
    assert plain([datetime(2024, 5, 1, 12, 30)]).tolist() == ["2024-05-01T12:30"]
    stamp = pd.Timestamp("2024-05-01T12:30:00.000000005")
    assert plain([stamp]).tolist() == ["2024-05-01T12:30:00.000000005"]
    assert plain(pd.Series([stamp.tz_localize("UTC")])).tolist() == ["2024-05-01 12:30:00.000000005+00:00"]


@pytest.mark.parametrize(
    "y",
    [
        ["b", None, "a"],
        ["b", float("nan"), "a"],
        ["b", "", "a"],
        [b"b", b" ", b"a"],
        np.array(["b", " \t", "a"]),
        np.array([b"b", b"", b"a"]),
        np.array(["b", "", "a"], np.dtypes.StringDType()),
        pd.Series(["b", None, "a"]),
        pd.Series(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="category"),
        pd.Series(["b", None, "a"], dtype="string[pyarrow]"),
        pl.Series(["b", None, "a"]),
        [3, None, 1],
        [0.5, np.nan, 1],
        [Decimal(1), Decimal("nan"), Decimal(2)],
        pd.Series([3, None, 1]),
        pd.Series([3, None, 1], dtype="Int64"),
        pd.Series([3, None, 1], dtype="int64[pyarrow]"),
        pd.Series([True, None, False], dtype="boolean"),
        pl.Series([3, None, 1]),
        pl.Series([True, None, False]),
        np.array([1 + 1j, np.nan, 2]),
        np.array(["2024-05-01", "NaT", "2024-05-02"], "M8[D]"),
        np.array([1, "NaT", 2], "m8[D]"),
        objects(pd.Timestamp("2024-05-01"), pd.NaT, pd.Timestamp("2024-05-02")),
    ],
)
def test_every_kind_of_missing_is_missing(y):
    assert missing_in(entries_of(y)).tolist() == [False, True, False]


def test_what_is_there_is_not_missing():
    for y in ([0, 1], [False, True], ["nan", "None"], [[1], [2]], np.array([0, 1], "m8[s]")):
        assert not missing_in(entries_of(y)).any()
    assert missing_in(np.array([["a", ""], [None, 1]], object)).tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (objects("a", 1, 2), r"^y mixes text \(in 1 row, first in row 0\) and numbers \(in 2 rows, first"),
        (["a", 1], "make them of one kind.$"),
        ([1, True, "a"], r"mixes numbers \(in 1 row, first in row 0\) and truth values \(in 1 row, fir"),
        (objects(True, "a"), "mixes truth values .* and text"),
        (objects(date(2024, 5, 1), "a"), "mixes dates .* and text"),
        (objects(timedelta(1), 1), "mixes durations .* and numbers"),
        (objects(np.timedelta64(1, "D"), 1), "mixes durations .* and numbers"),
        (np.array([[1, 2], [3, "a"]], object), r"numbers \(in 2 rows, first in row 0\) and text \(in 1 row"),
        (np.array([1j, 2]), "^y holds complex numbers, first in row 0. Complex data not supported: pass"),
        (objects(1.0, 1j), "^y holds complex numbers, first in row 1. Complex data not supported"),
        ([[1], [2, 3]], "^y holds a list or an array of its own in row 0; give one value a row.$"),
        (objects(1, np.arange(2)), "^y holds a list or an array of its own in row 1"),
        (np.array([["a", "b"]]), r"^y has shape \(1, 2\) and holds text, but classes are one column"),
        ([10**400], "^y holds a number that is larger than a float can be"),
    ],
)  # fmt: skip
def test_what_cannot_be_one_kind_is_refused(y, message):
    missing_in(entries_of(y))
    with pytest.raises(InputError, match=message):
        plain(y)


def test_a_message_counts_rows_as_it_is_told_to():
    with pytest.raises(InputError, match=r"text \(in 1 row, first in row 10\) and numbers .* row 11"):
        plain_values(objects("a", 1), "y", lambda place: 10 + place)


def test_infinite_numbers_are_found():
    assert infinite_in(plain([1.0, np.inf, -np.inf])).tolist() == [False, True, True]
    assert infinite_in(plain(objects(1, np.inf))).tolist() == [False, True]
    for y in ([1, 2], [True, False], ["inf", "a"]):
        assert infinite_in(plain(y)).tolist() == [False, False]


def test_a_number_too_many_makes_classes_numbers():
    for dtype in (np.int32, np.uint64, np.float32, np.float64, object):
        assert are_classes(plain(np.arange(MOST_WHOLE_NUMBERS).repeat(2).astype(dtype)))
        assert not are_classes(plain(np.arange(MOST_WHOLE_NUMBERS + 1).repeat(2).astype(dtype)))
    assert MOST_WHOLE_NUMBERS == 20


def test_any_number_of_texts_are_classes():
    assert are_classes(plain([f"name {i}" for i in range(50)]))
    assert not are_classes(plain([*range(19), 0.5]))


def test_one_column_may_be_classes_and_several_are_numbers():
    assert are_classes(plain([["a"], ["b"]]))
    assert are_classes(plain([[1.0], [2.0]]))
    assert not are_classes(plain([[1, 2], [2, 1]]))
    assert not are_classes(plain([[True, False], [False, True]]))


def test_nothing_is_as_plain_as_can_be():
    for y in ([], objects(), np.array([], float)):
        assert are_classes(plain(y))
        assert missing_in(entries_of(y)).shape == (0,)


# scikit-learn casts to int64, so the numbers stay within it.
NUMBERS = st.one_of(st.integers(-30, 30).map(float), st.floats(-1e6, 1e6, width=32))
COLUMNS = st.sampled_from(["?", "i1", "u2", "i8", "f4", "f8"]).flatmap(
    lambda dtype: hnp.arrays(dtype, st.integers(1, 30), elements=NUMBERS if "f" in dtype else None)
)


@given(COLUMNS, st.booleans())
def test_numbers_are_what_scikit_learn_takes_them_for(column, is_object):
    """Scikit-learn does not count values, so that it is the reference where there are at most 20."""
    values = plain(column.astype(object) if is_object else column)
    np.testing.assert_array_equal(values, column)
    reference = type_of_target(np.repeat(column, 3)) in CLASSES
    assert are_classes(values) == (reference and (values.dtype == bool or len(np.unique(column)) <= 20))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1))
def test_text_is_what_scikit_learn_takes_it_for(texts):
    texts = [text for text in texts if text.strip()] or ["a"]
    values = plain(texts)
    assert values.tolist() == texts
    assert are_classes(values)
    assert type_of_target(np.repeat(values, 3)) in CLASSES


ENTRIES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.none(),
                    st.dates(), st.just(np.nan), st.just(pd.NA), st.just(pd.NaT))  # fmt: skip


@given(st.lists(ENTRIES, max_size=12))
def test_a_column_of_anything_is_read_or_refused(column):
    """What pandas calls missing is; and so is text of blanks, which pandas keeps."""
    entries = entries_of(column)
    missing = missing_in(entries)
    blank = [isinstance(entry, str) and not entry.strip() for entry in column]
    assert missing.tolist() == [
        bool(gap) or empty for gap, empty in zip(map(pd.isna, column), blank, strict=True)
    ]
    present = entries[~missing]
    kinds = {type(entry) for entry in present.tolist()}
    if kinds <= {bool, int, float} or len(kinds) == 1:
        values = plain_values(present, "y")
        assert values.shape == present.shape
        assert values.dtype.kind in "bifU"
    else:
        with pytest.raises(InputError, match="mixes"):
            plain_values(present, "y")
