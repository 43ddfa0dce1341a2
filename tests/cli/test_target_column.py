"""What a column of text is taken for when it is to be predicted."""

from pathlib import Path

import numpy as np
import pytest

from diabolo.cli.target_column import target_of
from diabolo.data.table import Table
from diabolo.errors import InputError


def table_with(column):
    return Table(np.zeros((len(column), 1), np.float32), carried={"y": column}, path=Path("t.csv"))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", " 0 "], [1, -2, 0]),
        (["1", "2.5", "-.5", "1e3", "3."], [1.0, 2.5, -0.5, 1000.0, 3.0]),
        (["007", "8"], ["007", "8"]),
        (["1", "a"], ["1", "a"]),
        ([" a ", "b"], [" a ", "b"]),
        (np.array([True, False]), [True, False]),
        (np.array([1, 2]), [1, 2]),
        (np.array(["1", "2"]), [1, 2]),
    ],
)
def test_what_cells_are_taken_for(cells, expected):
    found = target_of(table_with(cells))
    assert found.tolist() == expected
    assert found.dtype.kind == np.asarray(expected).dtype.kind


@pytest.mark.parametrize("cell", ["", " ", "NaN", "NA", "null"])
def test_a_missing_cell_is_named(cell):
    with pytest.raises(InputError, match=r"t.csv has nothing to predict in row 1 of the column 'y'; leave"):
        target_of(table_with(["1", cell, "2"]))
