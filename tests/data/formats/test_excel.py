# ruff: noqa: E501 - error messages are shown whole
"""Sheets of Excel."""

import datetime
import sys

import fsspec
import numpy as np
import pytest
from tests.data.formats.spreadsheet import write_xlsx

from diabolo import open as open_table
from diabolo.errors import DataFileError, ParameterError

ROWS = [["id", "x", "y"], ["p1", 1.5, 2], ["p2", None, -3], ["p3", 0.1, 1e300]]


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
    assert isinstance(caught.value, kind)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def notes(source, path):
    return [str(note).replace(str(path), "FILE") for note in source.notes if "the first line of" not in note]


def test_a_sheet_is_a_table(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", {"data": ROWS})
    source = open_table(path, keep_columns=["id"])
    np.testing.assert_array_equal(source[:], [[1.5, 2], [np.nan, -3], [0.1, 1e300]])
    assert source.feature_names == ("x", "y")
    assert source.carried["id"].tolist() == ["p1", "p2", "p3"]
    assert source.place(1, 0) == "line 3, column 'x' (number 1)"
    assert source.header_found
    assert notes(source, path) == []
    np.testing.assert_array_equal(
        open_table(path, target="y", keep_columns=["id"]).carried["y"], [2, -3, 1e300]
    )


def test_a_sheet_at_an_address(tmp_path):
    fsspec.filesystem("memory").pipe("/t.xlsx", write_xlsx(tmp_path / "t.xlsx", {"data": ROWS}).read_bytes())
    source = open_table("memory://t.xlsx", keep_columns=["id"])
    np.testing.assert_array_equal(source[:], [[1.5, 2], [np.nan, -3], [0.1, 1e300]])


def test_what_stands_above_and_left_of_the_table_is_left_out(tmp_path):
    rows = [["Report", "by hand"], [], [None, *ROWS[0]], *([None, *row] for row in ROWS[1:])]
    path = write_xlsx(tmp_path / "t.xlsx", {"data": [[], *rows[2:]]})
    source = open_table(path, keep_columns=["id"])
    assert source.feature_names == ("x", "y")
    assert source.place(0, 0) == "line 3, column 'x' (number 1)"
    assert notes(source, path) == []
    path = write_xlsx(tmp_path / "t.xlsx", {"data": [["Report"], [], *ROWS]})
    source = open_table(path, keep_columns=["id"])
    np.testing.assert_array_equal(source[:], [[1.5, 2], [np.nan, -3], [0.1, 1e300]])
    assert source.place(1, 0) == "line 5, column 'x' (number 1)"
    assert notes(source, path) == [
        "lines 1 to 2 of FILE ('Report') were left out as no part of the table; if it begins there, say skip_lines=0"
    ]
    settled = open_table(path, keep_columns=["id"], skip_lines=2)
    np.testing.assert_array_equal(settled[:], source[:])
    assert notes(settled, path) == []


def test_text_in_cells_is_read_as_in_a_text_table(tmp_path):
    rows = [
        ["dose", "crp", "on", "when"],
        ["5 mg", "<0.5", True, datetime.date(2026, 3, 1)],
        ["12 mg", 7, False, None],
    ]
    path = write_xlsx(tmp_path / "t.xlsx", {"data": rows})
    source = open_table(path, keep_columns=["on", "when"], below_limit="half")
    assert source[:].tolist() == [[5, 0.25], [12, 7]]
    assert source.carried["on"].tolist() == ["TRUE", "FALSE"]
    assert source.carried["when"].tolist() == ["2026-03-01", ""]
    assert "'crp' (1 cell, such as '<0.5' in line 2)" in error(path, keep_columns=["on", "when"])
    path = write_xlsx(tmp_path / "t.xlsx", {"data": [["a", "b"], [1.234, "0,5"]]})
    assert error(path) == (
        "FILE, line 2, column 'b' (number 1): '0,5' is not a number; write decimals with a point."
    )


def test_which_sheet(tmp_path):
    sheets = {"notes": [["by hand"]], "first": [["a"], [1]], "second": [["b"], [2]], "third": [["c"], [3]]}
    path = write_xlsx(tmp_path / "t.xlsx", sheets, hidden=["notes"])
    source = open_table(path)
    assert source.feature_names == ("a",)
    assert notes(source, path) == [
        "of the sheets in FILE the first, 'first', was read; for another say sheet='second' (or 'third')"
    ]
    named = open_table(path, sheet="third")
    assert (named.feature_names, named[:].tolist(), notes(named, path)) == (("c",), [[3]], [])
    assert error(path, sheet="secnd") == (
        "FILE has no sheet named 'secnd'; it has 'notes', 'first', 'second', 'third'. Did you mean 'second'?"
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "FILE: the sheet 'data' is empty, so there are no rows to read."),
        ([["a"], [1], [], [3]], "FILE, line 3: the line is blank and rows follow it; fill or remove it."),
        ([["a", "b"], [1, "x"]], "FILE has text in the column 'b' (line 2: 'x'), and features are numbers: carry it along with keep_columns=['b'], or leave it unread with drop_columns=['b']."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, rows, said):
    assert error(write_xlsx(tmp_path / "t.xlsx", {"data": rows})) == said


def test_a_file_that_is_no_spreadsheet(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_text("a,b\n1,2\n")
    assert error(path) == (
        "FILE is not an .xlsx file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."
    )
    whole = write_xlsx(path, {"data": ROWS}).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert error(path).startswith("FILE is cut short or damaged (")


def test_without_the_package_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    path = write_xlsx(tmp_path / "t.xlsx", {"data": ROWS})
    assert error(path, ParameterError) == (
        "FILE is read by the package python-calamine, which is not installed: save it as CSV, or pip install "
        '"diabolo[excel]".'
    )


@pytest.mark.parametrize(
    "option", [{"decimal": ","}, {"delimiter": ";"}, {"encoding": "cp1252"}, {"dataset": "x"}]
)
def test_options_of_text_mean_nothing_to_a_sheet(tmp_path, option):
    path = write_xlsx(tmp_path / "t.xlsx", {"data": ROWS})
    assert "means nothing to FILE: leave it out." in error(path, ParameterError, **option)
