"""Which line of a text table a row stands on, as an editor counts."""

import numpy as np
import pytest

from diabolo import open as open_table
from diabolo.data.array_source import ArraySource
from diabolo.data.formats import csv as csv_module
from diabolo.data.row_places import line_of, row_at
from diabolo.errors import InputError


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("cells_at_once", [2, 10**6])
def test_plain_lines_and_quoted_ones(tmp_path, monkeypatch, header, cells_at_once):
    """Up to the first quote rows are read by lines, and from there on a row may have several."""
    monkeypatch.setattr(csv_module, "_BLOCK_CELLS", cells_at_once)
    rows = ["1,a", "2,b", '3,"c\nc"', "4,d", '"5","e\n\ne"', "6,f"]
    text = ("x,kind\n" * header) + "\n".join(rows) + "\n\n"
    (tmp_path / "t.csv").write_text(text)
    lines = text.split("\n")
    expected = [lines.index(start) + 1 for start in ("1,a", "2,b", '3,"c', "4,d", '"5","e', "6,f")]
    source = open_table(tmp_path / "t.csv", keep_columns=[1], header=header)
    assert [line_of(source, row) for row in range(6)] == expected
    assert [source.place(row, 0).partition(",")[0] for row in range(6)] == [f"line {n}" for n in expected]
    assert [row_at(source, line) for line in expected] == list(range(6))
    for line in set(range(20)).difference(expected):
        with pytest.raises(
            InputError, match=rf"starts on line {line}; rows start on lines {1 + header} to \d+\.$"
        ):
            row_at(source, line)
    part = source.rows([4, 1]).columns([0])
    assert [line_of(part, row) for row in range(2)] == [expected[4], expected[1]]


def test_what_has_no_lines(tmp_path):
    assert line_of(ArraySource(np.eye(2)), 1) is None
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x,y\n1,2\n")
    assert line_of(open_table([tmp_path / "a.csv", tmp_path / "b.csv"]), 1) is None
