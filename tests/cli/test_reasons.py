"""Reasons in words: what a cell holds, what was expected, high or low; and which row it is."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import diabolo
from diabolo.cli.reasons import direction, numbers_apart, reason, which_row
from diabolo.data.array_source import ArraySource

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize(
    ("value", "expected", "said"),
    [
        (38.7, 4.0872, "CRP 38.7 (expected 4.1, high)"),
        (4.1, 38.7123, "CRP 4.1 (expected 38.7, low)"),
        (1.44, 1.01523, "CRP 1.44 (expected 1.02, high)"),
        (1.1, 1.0724, "CRP 1.1 (expected 1.072, high)"),
        (266.86, 431.884, "CRP 266.86 (expected 432, low)"),
        (3, 1.27, "CRP 3 (expected 1.3, high)"),
        (51234, 48.123, "CRP 51234 (expected 48, high)"),
        (1e20, 1.5, "CRP 1e+20 (expected 2, high)"),
        (1.5, 1e20, "CRP 1.5 (expected 1e+20, low)"),
        (0.5, -0.0001, "CRP 0.5 (expected 0.00, high)"),
        (2e-9, 1.234e-10, "CRP 2e-09 (expected 1.23e-10, high)"),
        (0.1, 0.100000007, "CRP 0.1 (expected 0.100000007, low)"),
        (2.0, 2.0, "CRP 2 (expected 2)"),
        (1.5, math.inf, "CRP 1.5 (expected inf, low)"),
    ],
)
def test_reasons(value, expected, said):
    assert reason("CRP", value, expected) == said


@given(NUMBERS, NUMBERS)
def test_what_was_expected_is_told_apart_from_what_is_there(value, expected):
    """It is written to within an eighth of the distance between the two."""
    assume(value != expected)
    _, wanted = numbers_apart(value, expected)
    assert abs(float(wanted) - expected) <= abs(value - expected) / 8
    assert (
        direction(value, expected)
        == direction(value, float(wanted))
        == ("high" if value > expected else "low")
    )


def test_which_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('sample,group,a,note,who\np1,x,1,"two\nlines",A\np2,y,2,,B\np3,x,3,,C\n')
    with diabolo.open(path, keep_columns=["sample", "group", "note", "who"]) as source:
        said = [which_row(source, row) for row in range(3)]
        assert said[0] == "line 2 (sample 'p1', group 'x', note 'two\\nlines' and 1 more)"
        assert said[1].startswith("line 4 (sample 'p2',")
        assert which_row(source.rows([2]), 0).startswith("line 5 (sample 'p3',")
    assert which_row(ArraySource(np.eye(3)), 2) == "row 2"
