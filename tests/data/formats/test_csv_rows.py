# ruff: noqa: E501 - notes are shown whole
"""Lines under a table, and rows that are sums of others."""

import io

import numpy as np
import pandas as pd
import pytest

from diabolo import open as open_table
from diabolo.data.formats import csv as diabolo_csv
from diabolo.data.formats.csv_rows import is_remark, is_total
from diabolo.errors import DataFileError, ParameterError

ROWS = "".join(f"p{number},{number},{number / 4}\n" for number in range(1, 9))


def put(folder, text):
    path = folder / "t.csv"
    path.write_text(text)
    return path


def notes(source, path):
    return [str(note).replace(str(path), "FILE") for note in source.notes if "the first line of" not in note]


@pytest.mark.parametrize("step", [1, 3, 100])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    "footer",
    [
        "# 8 rows\n",
        "Exported on 2024-03-02\n",
        "Exported on 2024-03-02 by a, or b\n",
        "\nby hand\n",
        "Note: all of it by hand,,\n",
        ",,\nby hand,,\n",
        "\n\nExported on Monday\nby whoever did so\n",
    ],
)
def test_remarks_under_a_table_are_left_out_and_said(tmp_path, monkeypatch, step, quote, footer):
    monkeypatch.setattr(diabolo_csv, "_BLOCK_CELLS", 3 * step)
    text = f"{quote}id{quote},a,b\n{ROWS}"
    path = put(tmp_path, text + footer)
    source = open_table(path, keep_columns=["id"])
    expected = pd.read_csv(io.StringIO(text))
    np.testing.assert_array_equal(source[:], expected[["a", "b"]])
    assert source.carried["id"].tolist() == expected["id"].tolist()
    (said,) = notes(source, path)
    assert said.endswith("left out as no part of the table; if rows are among them, say skip_footer=0")
    assert "line" in said.split()[0]
    assert source.place(7, 1) == "line 9, column 'b' (number 2)"


@pytest.mark.parametrize("end", ["p9,,\n", "p9,,\np10,,\n", ",,\n", ",,\n,,\n", "Ann Lee,,\n"])
def test_rows_without_a_number_at_the_end_are_rows(tmp_path, end):
    source = open_table(put(tmp_path, f"id,a,b\n{ROWS}{end}"), keep_columns=["id"])
    assert len(source) == 8 + end.count("\n")
    assert np.isnan(source[8:]).all()


@pytest.mark.parametrize("step", [1, 100])
def test_rows_at_the_end_can_be_said_to_be_none(tmp_path, monkeypatch, step):
    monkeypatch.setattr(diabolo_csv, "_BLOCK_CELLS", 3 * step)
    path = put(tmp_path, f"id,a,b\n{ROWS}\nTotal,36,9\nMean,4.5,1.125\nmade by hand\n")
    source = open_table(path, keep_columns=["id"])
    assert notes(source, path) == [
        "line 13 of FILE ('made by hand') was left out as no part of the table; if rows are among them, say skip_footer=0",
        "the last rows of FILE are called 'Total', 'Mean'; if they are no rows but made of the others, say skip_footer=3",
    ]
    assert len(source) == 10
    settled = open_table(path, keep_columns=["id"], skip_footer=3)
    assert (settled.shape, notes(settled, path)) == ((8, 2), [])
    assert settled.place(7, 1) == "line 9, column 'b' (number 2)"
    with pytest.raises(
        DataFileError, match="expected 3 cells as in the first line, got 1; give every row the"
    ):
        open_table(path, keep_columns=["id"], skip_footer=0)
    with pytest.raises(ParameterError, match="skip_footer must be a whole number of lines under the table"):
        open_table(path, skip_footer=-1)


def test_a_row_that_is_too_short_near_the_end_is_refused_with_what_to_do(tmp_path):
    path = put(tmp_path, f"id,a,b\n{ROWS}sum\n36,9\n")
    with pytest.raises(DataFileError) as caught:
        open_table(path, keep_columns=["id"])
    assert str(caught.value).endswith("or if the table ends above, say skip_footer=2.")
    assert open_table(path, keep_columns=["id"], skip_footer=2).shape == (8, 2)
    # Not where rows follow.
    with pytest.raises(DataFileError, match=r"give every row the same number of cells\.$"):
        open_table(put(tmp_path, f"id,a,b\n{ROWS}x\ny,1,2\n"), keep_columns=["id"])


def test_blank_lines_between_rows_of_several_columns_are_passed_over(tmp_path):
    path = put(tmp_path, "a,b\n1,2\n\n3,4\n\n\n5,6\n")
    source = open_table(path)
    assert source[:].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert [source.place(row, 0)[:6] for row in range(3)] == ["line 2", "line 4", "line 7"]


@pytest.mark.parametrize(
    "name", ["Total", "TOTALS:", "Grand total", "Mean", "Mittelwert", "Summe", "Std. dev."]
)
def test_names_of_sums(name):
    assert is_total(name)


@pytest.mark.parametrize("name", ["p1", "", "Totals of 5", "minor", "sumatra"])
def test_names_of_rows(name):
    assert not is_total(name)


@pytest.mark.parametrize(
    "cells",
    [
        ["p9"],
        ["p9", "1"],
        [""],
        ["", "a b c"],
        ["by hand at 5 mg", "5 mg"],
        ["x", "y", "z"],
        ["#N/A", "1", ""],
        ["#N/A", "", ""],
    ],
)
def test_what_is_no_remark(cells):
    assert not is_remark(cells, 3)
