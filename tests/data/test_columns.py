# ruff: noqa: E501 - error messages are shown whole, one a line
"""Columns that are carried along: found, checked and typed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo import open as open_table
from diabolo.data.array_source import ArraySource
from diabolo.data.column_roles import set_aside
from diabolo.data.columns import (
    MISSING,
    carried_columns,
    check_names,
    listed,
    typed_number,
    typed_values,
)
from diabolo.errors import DataFileError, InputError, ParameterError

TEXT = "id,w,kind,x,note\n007,1,a,2,p\n008,3,b,4,q\n"


# What is carried of a file


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("target", "keep", "features", "carried"),
    [
        ("kind", ["id", "note"], ("w", "x"), {"kind": ["a", "b"], "id": ["007", "008"], "note": ["p", "q"]}),
        ("kind", ["-1", 0], ("w", "x"), {"kind": ["a", "b"], "note": ["p", "q"], "id": ["007", "008"]}),
        (None, ["note", "kind", "id"], ("w", "x"), {"note": ["p", "q"], "kind": ["a", "b"]}),
        (
            np.int64(2),
            (0, "note"),
            ("w", "x"),
            {"kind": ["a", "b"], "id": ["007", "008"], "note": ["p", "q"]},
        ),
    ],
)
def test_columns_are_carried_untouched(tmp_path, quote, target, keep, features, carried):
    path = tmp_path / "t.csv"
    path.write_text(TEXT.replace("p\n", f"{quote}p{quote}\n"))
    source = open_table(path, target=target, keep_columns=keep)
    assert source.feature_names == features
    assert source[:].tolist() == [[1, 2], [3, 4]]
    assert list(source.carried)[: len(carried)] == list(carried)
    assert {name: source.carried[name].tolist() for name in carried} == carried
    assert source.target_name == (None if target is None else "kind")


def test_a_table_without_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,a,2,x\n3,b,4,y\n")
    source = open_table(path, target=1, keep_columns=[3])
    assert source[:].tolist() == [[1, 2], [3, 4]]
    assert {name: column.tolist() for name, column in source.carried.items()} == {
        "label": ["a", "b"],
        "column_3": ["x", "y"],
    }


def test_a_column_that_pandas_left_without_a_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",w\n0,1\n1,2\n")
    assert open_table(path, keep_columns=["0"]).carried["column_0"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("target", "keep", "kind", "said"),
    [
        ("kind", ["idd"], DataFileError, "FILE has no column named 'idd'; it has 'id', 'w', 'kind', 'x', 'note'. Did you mean 'id'?"),
        (None, [9], DataFileError, "FILE has 5 columns, numbered 0 to 4, so keep_columns=9 is not one of them."),
        ("-6", None, DataFileError, "FILE has 5 columns, numbered 0 to 4, so target=-6 is not one of them."),
        ("kind", ["kind"], ParameterError, "keep_columns='kind' is target already; leave it out."),
        ("kind", [2], ParameterError, "keep_columns=2 is target already; leave it out."),
        (None, ["id", "0"], ParameterError, "keep_columns='0' is given twice; leave it out."),
        ("kind", ["id", "id"], ParameterError, "keep_columns='id' is given twice; leave it out."),
        ("kind", ["0", "1", "3", "4"], DataFileError, "FILE has 5 columns, and none is left beside those carried along."),
        (True, None, ParameterError, "target must be a column's name or its number; got True."),
        (None, [0.5], ParameterError, "keep_columns must be a column's name or its number; got 0.5."),
        (None, [None], ParameterError, "keep_columns must be a column's name or its number; got None."),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_kept(tmp_path, target, keep, kind, said):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    with pytest.raises(kind) as caught:
        open_table(path, target=target, keep_columns=keep)
    assert type(caught.value) is kind
    assert str(caught.value).replace(str(path), "FILE") == said


def test_the_error_of_a_table_in_memory_is_no_data_file_s():
    with pytest.raises(InputError) as caught:
        carried_columns("a", None, None, 2, "the array", InputError)
    assert type(caught.value) is InputError


# Names


def test_a_number_that_is_a_name_is_a_name():
    assert typed_number("1", ["1", "b"]) == "1"
    assert typed_number("1", ["a", "b"]) == 1
    assert typed_number("-2", None) == -2
    assert typed_number("1.5", None) == "1.5"
    assert typed_number(1, ["1"]) == 1
    assert carried_columns("1", None, ["2", "1", "0"], 3, "t") == {"1": 1}
    assert carried_columns(1, None, ["1", "2", "0"], 3, "t") == {"2": 1}


@given(st.lists(st.sampled_from("abcd"), max_size=6))
def test_a_name_over_two_columns_is_refused_with_both_places(names):
    if len(set(names)) == len(names):
        check_names(names, "t.csv")
        return
    with pytest.raises(DataFileError) as caught:
        check_names(names, "t.csv")
    second = next(number for number, name in enumerate(names) if name in names[:number])
    first = names.index(names[second])
    assert str(caught.value) == (
        f"t.csv: the name {names[second]!r} stands over two columns, {first} and {second} (counted from 0); "
        "give each its own."
    )


def test_no_more_than_five_names_are_listed():
    assert listed(list("abcde")) == "'a', 'b', 'c', 'd', 'e'"
    assert listed(list("abcdefg")) == "'a', 'b', 'c', 'd', 'e' and 2 more"


def test_columns_of_a_table_without_names_are_set_aside():
    cells = np.arange(12).reshape(3, 4)
    source = ArraySource(cells)
    assert set_aside(source, None, None) is source
    view = set_aside(source, "-1", [1])
    np.testing.assert_array_equal(view[:], cells[:, [0, 2]])
    assert view.target_name == "label"
    assert {name: each.tolist() for name, each in view.carried.items()} == {
        "label": [3, 7, 11],
        "column_1": [1, 5, 9],
    }
    assert view.place(2, 1) == "row 2, column 2, both counted from 0"


# Types


@pytest.mark.parametrize(
    ("cells", "values", "dtype"),
    [
        (["31", "62", "-0"], [31, 62, 0], np.int64),
        (["31", "", "62"], [31, math.nan, 62], np.float64),
        (["0.5", "?", ".25", "1e3", "7."], [0.5, math.nan, 0.25, 1000, 7], np.float64),
        ([" 31", "62 "], [31, 62], np.int64),
        (["00123", "4"], ["00123", "4"], None),
        (["1", "x"], ["1", "x"], None),
        (["", "NA"], ["", "NA"], None),
        (["1_000"], ["1_000"], None),
        (["inf", "1"], ["inf", "1"], None),
        (["0x10"], ["0x10"], None),
        (["1,5"], ["1,5"], None),
        (["9223372036854775807", "-9223372036854775808"], [2**63 - 1, -(2**63)], np.int64),
        (["9223372036854775808"], [2.0**63], np.float64),
        (["9" * 5000, "1"], [math.inf, 1], np.float64),
        ([], [], None),
    ],
)
def test_a_column_of_text_is_numbers_where_every_cell_is_one(cells, values, dtype):
    found, text = typed_values(cells)
    if dtype is None:
        assert found.dtype.kind == "U"
        assert text is None
    else:
        assert found.dtype == dtype
    np.testing.assert_array_equal(found, values)
    written = found.astype(str) if text is None else text
    if found.dtype.kind != "f":
        assert written.tolist() == list(cells)


@pytest.mark.parametrize("word", MISSING)
def test_what_is_missing_among_features_is_missing_in_a_carried_column(word):
    values, text = typed_values(["1.5", f" {word.upper()} "])
    np.testing.assert_array_equal(values, [1.5, np.nan])
    assert text.tolist() == ["1.5", f" {word.upper()} "]


def test_the_mark_before_decimals():
    values, text = typed_values(["0,5", "2", ""], ",")
    np.testing.assert_array_equal(values, [0.5, 2, np.nan])
    assert text.tolist() == ["0,5", "2", ""]
    for cells in (["1.139,803"], ["1,139,803"], ["a,5"]):
        values, text = typed_values(cells, ",")
        assert values.tolist() == cells
        assert text is None


@given(st.lists(st.text(max_size=6) | st.floats().map(str) | st.integers().map(str), min_size=1))
def test_the_text_of_a_column_is_never_lost(cells):
    values, text = typed_values(cells)
    assert (values if text is None else text).astype(str).tolist() == [cell.rstrip("\0") for cell in cells]
    if values.dtype.kind in "if":
        expected = [math.nan if cell.strip().lower() in MISSING else float(cell) for cell in cells]
        np.testing.assert_array_equal(values.astype(float), expected)
