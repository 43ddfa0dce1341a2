# ruff: noqa: E501 - notes are shown whole
"""The head of a text table: names that are missing, shared or one too few, and a row of units."""

import io

import numpy as np
import pandas as pd
import pytest

from diabolo import open as open_table
from diabolo.data.formats.csv_copy import copy_with_cells
from diabolo.data.formats.csv_layout import find_layout
from diabolo.errors import TextColumnsError


def put(folder, text, name="t.csv"):
    path = folder / name
    path.write_text(text)
    return path


def notes(source, path):
    return [str(note).replace(str(path), "FILE") for note in source.notes if "the first line of" not in note]


@pytest.mark.parametrize("index", [["x", "y", "z"], [1, 2, 3], [0, 1, 2]])
def test_a_first_column_without_a_name_names_the_rows(tmp_path, index):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2, 3, 5]}, index=index)
    frame.to_csv(tmp_path / "t.csv")
    source = open_table(tmp_path / "t.csv")
    np.testing.assert_array_equal(source[:], frame)
    assert (source.feature_names, source.row_names) == (("a", "b"), tuple(map(str, index)))
    assert notes(source, tmp_path / "t.csv") == [
        "the first column of FILE has no name and was taken as the names of the rows; to leave it unread, say drop_columns=[0]"
    ]
    dropped = open_table(tmp_path / "t.csv", drop_columns=[0])
    assert (dropped.row_names, dropped.feature_names) == (None, ("a", "b"))
    kept = open_table(tmp_path / "t.csv", keep_columns=[0])
    assert kept.carried["column_0"].tolist() == index


# As R 4 writes data.frame(a = c(1.5, NA, 3), b = 4:6, k = c("u", "v", "w"), row.names = c("x 1", "y", "z")) by write.table, its default and with sep, quote.
R_DEFAULT = '"a" "b" "k"\n"x 1" 1.5 4 "u"\n"y" NA 5 "v"\n"z" 3 6 "w"\n'
R_TABS = "a\tb\tk\nx 1\t1.5\t4\tu\ny\tNA\t5\tv\nz\t3\t6\tw\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (R_DEFAULT, "t.csv"),
        (R_TABS, "t.csv"),
        (R_TABS, "t.tsv"),
        (R_TABS.replace("\t", ","), "t.csv"),
        (R_TABS.replace("\t", ";"), "t.csv"),
    ],
)
def test_a_header_with_a_name_too_few_is_one_of_r(tmp_path, text, name):
    path = put(tmp_path, text, name)
    source = open_table(path, keep_columns=["k"])
    np.testing.assert_array_equal(source[:], [[1.5, 4], [np.nan, 5], [3, 6]])
    assert source.feature_names == ("a", "b")
    assert source.row_names == ("x 1", "y", "z")
    assert source.carried["k"].tolist() == ["u", "v", "w"]
    copy_with_cells(
        find_layout(path, keep_columns=["k"]),
        copy := tmp_path / "c.csv",
        [(0, np.zeros((3, 2)), np.eye(3, 2, -1) > 0)],
    )
    again = open_table(copy, keep_columns=["k"])
    assert (again.row_names, again[:].tolist()) == (source.row_names, [[1.5, 4], [0, 5], [3, 0]])


def test_columns_without_a_name_and_without_cells_are_unread(tmp_path):
    path = put(tmp_path, "id\ta\tb\t\t\np\t1\t2\t\t\nq\t3\t4\t\t\n", "t.tsv")
    source = open_table(path, keep_columns=["id"])
    assert (source[:].tolist(), source.feature_names) == ([[1, 2], [3, 4]], ("a", "b"))
    assert notes(source, path) == ["columns 3, 4 of FILE have neither a name nor a cell and were left unread"]
    one = put(tmp_path, "a,,b\n1,,2\n")
    assert notes(open_table(one), one) == [
        "column 1 of FILE has neither a name nor a cell and was left unread"
    ]


def test_names_that_are_shared_are_told_apart_as_pandas_does(tmp_path):
    text = "value,value,x,value.1,x,value\n1,2,3,4,5,6\n2,3,4,5,6,8\n"
    path = put(tmp_path, text)
    source = open_table(path)
    assert source.feature_names == tuple(pd.read_csv(io.StringIO(text)).columns)
    assert open_table(path, target="value")[:].tolist() == [[2, 3, 4, 5, 6], [3, 4, 5, 6, 8]]
    one = put(tmp_path, "a,a\n1,2\n3,4\n")
    assert notes(open_table(one), one) == [
        "a column shares a name with one before in FILE, line 1, and is called 'a.1'"
    ]


def test_thousands_of_one_name_are_told_apart_without_trying_each_number_each_time(tmp_path):
    """Else this takes hours: a hostile file may have as many columns as it has bytes."""
    header = ",".join(["a", "a.7"] * 10_000)
    path = put(tmp_path, f"{header}\n{','.join('1' * 20_000)}\n")
    names = open_table(path).feature_names
    assert len(set(names)) == 20_000
    assert (names[0], names[1], names[14], names[-2]) == ("a", "a.7", "a.8", "a.10000")


UNITS = "time,t,h\nhh:mm,degC,%\n10:00,20.5,50\n10:10,21.5,51\n"


@pytest.mark.parametrize("gap", ["20.5", "NaN", "---", ""])
def test_a_row_of_units_is_left_out(tmp_path, gap):
    path = put(tmp_path, UNITS.replace("21.5", gap))
    source = open_table(path, keep_columns=["time"])
    assert source.feature_names == ("t", "h")
    np.testing.assert_array_equal(source[:], [[20.5, 50], [20.5 if gap == "20.5" else np.nan, 51]])
    assert source.place(0, 0) == "line 3, column 't' (number 1)"
    assert notes(source, path) == [
        "line 2 of FILE ('hh:mm') was left out as a row of units under the column names"
    ]
    assert [len(each) for each in source.carried.values()] == [2]
    copy_with_cells(
        find_layout(path, keep_columns=["time"]),
        copy := tmp_path / "c.csv",
        [(0, np.zeros((2, 2)), np.zeros((2, 2), bool))],
    )
    assert copy.read_text() == path.read_text()
    with pytest.raises(TextColumnsError):  # as one is told first
        open_table(path)


@pytest.mark.parametrize(
    "text",
    [
        "id,a,b\np,n.d.,n.d.\nq,1,2\nr,3,4\n",
        "id,a,b\np,low,high\nq,1,2\nr,3,4\n",
        "id,a,b\np,Q,Q\nq,1,2\nr,Q,4\n",
        "id,a,b\np,5 mg,\nq,1,2\n",
    ],
)
def test_a_row_of_words_for_missing_cells_is_no_row_of_units(tmp_path, text):
    path = put(tmp_path, text)
    assert find_layout(path, header=True).first_line == 2


@pytest.mark.parametrize("names", ["2019,2020,2021", "0,0.5,1,2", "-1,0,1"])
def test_numbers_that_go_up_beside_a_name_are_names(tmp_path, names):
    width = names.count(",") + 1
    rows = "".join(
        f"p{number}," + ",".join(str(number * 7 % (5 - at)) for at in range(width)) + "\n"
        for number in range(9)
    )
    path = put(tmp_path, f"gene,{names}\n{rows}")
    source = open_table(path, keep_columns=[0])
    assert source.feature_names == tuple(names.split(","))
    assert source.carried["gene"].tolist() == [f"p{number}" for number in range(9)]
    assert "if it is a row, say header=False" in source.notes[0]
    # Where rows go up, too, the first may be one of them.
    low = put(tmp_path, "p0,1,2,3\np1,4,5,6\np2,1,4,9\n")
    assert open_table(low, keep_columns=[0]).shape == (3, 3)
