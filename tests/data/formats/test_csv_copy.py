"""Text tables copied, and the columns that are no numbers."""

import numpy as np
import pytest

from diabolo.data.formats.csv_copy import columns_without_numbers, copy_with_cells
from diabolo.data.formats.csv_layout import find_layout
from diabolo.data.formats.csv_survey import surveyed


def blocks(cells, changed):
    return [(0, np.array(cells, float), np.array(changed, bool))]


def test_most_cells_say_what_a_column_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,c,d\n1,x,,2020-01-05\n?,y,NA,2020-01-06\noops,3,,\n4,z,nan,2021-01-07\n")
    assert columns_without_numbers(find_layout(path)) == ([1, 3], [2])


@pytest.mark.parametrize(
    ("number", "text"), [(0.1, "0.1"), (1 / 3, "0.333333"), (1234567.25, "1234567.2"), (-2.0, "-2")]
)
def test_numbers_are_short(tmp_path, number, text):
    path, copy = tmp_path / "t.csv", tmp_path / "c.csv"
    path.write_text("a,b\n1,\n")
    copy_with_cells(find_layout(path), copy, blocks([[1, number]], [[False, True]]))
    assert copy.read_text() == f"a,b\n1,{text}\n"


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        ("a\tb\n0,5\t\n", "c.csv", "a;b\n0,5;2,5\n"),
        ("a\tb\n0.5\t\n", "c.csv", "a,b\n0.5,2.5\n"),
        ("a;b\n0,5;\n", "c.csv", "a;b\n0,5;2,5\n"),
        ("a;b\n0,5;\n", "c.tsv", "a\tb\n0,5\t2,5\n"),
    ],
)
def test_marks_follow_the_name(tmp_path, given, name, expected):
    path = tmp_path / ("t.tsv" if "\t" in given else "t.csv")
    path.write_text(given)
    decimal = "," if "0,5" in given else None
    copy_with_cells(find_layout(path, decimal=decimal), tmp_path / name, blocks([[0, 2.5]], [[False, True]]))
    assert (tmp_path / name).read_text() == expected


def test_quoted_cells_and_lines_within_them_stay(tmp_path):
    path, copy = tmp_path / "t.csv", tmp_path / "c.csv"
    path.write_text('k,a\n"two\nlines",\n"a, b",3\n')
    layout = find_layout(path, keep_columns=["k"])
    copy_with_cells(layout, copy, blocks([[7], [3]], [[True], [False]]))
    assert copy.read_text() == '"k",a\n'.replace('"k"', "k") + '"two\nlines",7\n"a, b",3\n'


def test_what_is_filled_in_has_the_unit_of_its_column_and_unread_columns_are_left_out(tmp_path):
    path, copy = tmp_path / "t.csv", tmp_path / "c.csv"
    path.write_text("a;kind;share\n1,50;x;\n;y;12 %\n")
    layout = surveyed(find_layout(path, drop_columns=["kind"]))
    copy_with_cells(layout, copy, blocks([[1.5, 40.25], [2.0, 12.0]], [[False, True], [True, False]]))
    assert copy.read_text() == "a;share\n1,50;40,25 %\n2;12 %\n"


def test_currencies_stand_where_they_do(tmp_path):
    path, copy = tmp_path / "t.csv", tmp_path / "c.csv"
    path.write_text("a,b\n$1.50,2 €\n,\n($3.00),\n")
    layout = surveyed(find_layout(path))
    rows = [[1.5, 2], [2.5, 3], [-3, -4]]
    copy_with_cells(layout, copy, blocks(rows, [[True, False], [True, True], [True, True]]))
    assert copy.read_text() == "a,b\n$1.5,2 €\n$2.5,3 €\n-$3,-4 €\n"


def test_true_and_false_are_written_as_the_column_has_them(tmp_path):
    path, copy = tmp_path / "t.csv", tmp_path / "c.csv"
    path.write_text("a,b,c\nTRUE,false,True\n,,\n,,\n")
    layout = surveyed(find_layout(path))
    rows = [[1, 0, 1], [0.5, 0.9, -0.2], [0.4, 0.1, 1.4]]
    copy_with_cells(layout, copy, blocks(rows, [[False] * 3, [True] * 3, [True] * 3]))
    assert copy.read_text() == "a,b,c\nTRUE,false,True\nTRUE,true,False\nFALSE,false,True\n"
