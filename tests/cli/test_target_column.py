"""What a column of text is taken for when it is to be predicted."""

import csv
from pathlib import Path

import numpy as np
import pytest

from diabolo import open as open_table
from diabolo.cli.opening import target_of
from diabolo.data.target import entries_of, missing_in
from diabolo.errors import InputError


@pytest.fixture
def table_with(tmp_path):
    def made(cells):
        path = tmp_path / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([["x", "y"], *([n, cell] for n, cell in enumerate(cells))])
        return open_table(path, target="y")

    return made


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", " 0 "], [1, -2, 0]),
        (["1", "2.5", "-.5", "1e3", "3."], [1.0, 2.5, -0.5, 1000.0, 3.0]),
        (["007", "8"], ["007", "8"]),
        (["1", "a"], ["1", "a"]),
        ([" a ", "b"], [" a ", "b"]),
    ],
)
def test_what_cells_are_taken_for(table_with, cells, expected):
    found = target_of(table_with(cells), Path("t.csv"))
    assert found.tolist() == expected
    assert found.dtype.kind == np.asarray(expected).dtype.kind


@pytest.mark.parametrize("cell", ["", " ", "NaN", "NA", "null"])
def test_missing_cells_may_be_allowed(table_with, cell):
    found = target_of(table_with(["1", cell, "2"]), Path("t.csv"), allows_missing=True)
    assert missing_in(entries_of(found)).tolist() == [False, True, False]


def test_a_column_of_missing_cells_alone_is_refused(table_with):
    with pytest.raises(InputError, match=r"t.csv has nothing to predict in any of the 2 rows that are read"):
        target_of(table_with(["", " "]), Path("t.csv"), allows_missing=True)


@pytest.mark.parametrize("cell", ["", " ", "NaN", "NA", "null"])
def test_a_missing_cell_is_named(table_with, cell):
    with pytest.raises(InputError, match=r"t.csv has nothing to predict in row 1 of the column 'y'; leave"):
        target_of(table_with(["1", cell, "2"]), Path("t.csv"))
