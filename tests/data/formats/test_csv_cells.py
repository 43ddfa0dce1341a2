# ruff: noqa: E501 - error messages are shown whole, one a line
import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.columns import MISSING
from diabolo.data.formats.csv_cells import fault, is_decimal_comma, is_grouped, kind
from diabolo.messages import Message


@pytest.mark.parametrize(
    ("cell", "decimal", "found"),
    [
        ("1", ".", "number"),
        (" -2.5e-3 ", ".", "number"),
        (".5", ".", "number"),
        ("inf", ".", "number"),
        ("1e999", ".", "number"),
        ("0,5", ".", "text"),
        ("0,5", ",", "number"),
        ("1.5", ",", "number"),
        ("1.139,803", ",", "text"),
        ("1,139,803", ",", "text"),
        ("1_000", ".", "text"),
        ("0x10", ".", "text"),
        ("true", ".", "text"),
        ("1 2", ".", "text"),
        ("", ".", "missing"),
        ("   ", ",", "missing"),
    ],
)
def test_kind(cell, decimal, found):
    assert kind(cell, decimal) == found


@pytest.mark.parametrize("word", MISSING)
def test_words_for_a_missing_cell_in_any_case_and_between_blanks(word):
    for cell in (word, word.upper(), f" {word.title()}\t"):
        assert kind(cell) == "missing"


@pytest.mark.parametrize("word", sorted({word for word in MISSING if word not in ("none", "?")}))
def test_what_pandas_takes_for_missing_is_missing_here(word):
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b"], [word.upper() if word == "na" else word, "1"]])
    frame = pd.read_csv(io.StringIO(text.getvalue()), na_values=["na", "n/a", "#n/a", "+nan"])
    assert frame["a"].isna().all()


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_every_number_that_python_writes_is_one(number, decimal):
    assert kind(repr(number).replace(".", decimal), decimal) == "number"


@pytest.mark.parametrize(
    ("cell", "is_comma", "groups"),
    [
        ("0,5", True, False),
        ("-12,25", True, False),
        ("+0,125e-3", True, False),
        ("1,234", True, True),
        ("0,125", True, False),
        ("1,234,567", False, True),
        ("1.139,803", False, True),
        ("1 234", False, True),
        ("1\u202f234,5", False, True),
        ("-1'234.5", False, True),
        ("12,34,567", False, False),
        (",5", False, False),
        ("5,", False, False),
        ("a,5", False, False),
    ],
)
def test_commas_before_decimals_and_marks_between_thousands(cell, is_comma, groups):
    assert (is_decimal_comma(cell), is_grouped(cell)) == (is_comma, groups)


@pytest.mark.parametrize(
    ("cell", "delimiter", "decimal", "plain"),
    [
        ("1,234,567", ",", ".", "1234567"),
        ("1.234.567", ";", ",", "1234567"),
        ("1.139,803", ";", ",", "1139,803"),
        ("1.139,803", ";", ".", "1139.803"),
        ("1,139.803", ",", ".", "1139.803"),
        ("+12 345,6", ";", ",", "+12345,6"),
        ("1,234.5", ",", ".", "1234.5"),
        ("-1'234'567", ",", ".", "-1234567"),
    ],
)
def test_a_number_with_marks_between_its_thousands_is_shown_without(cell, delimiter, decimal, plain):
    assert str(Message(fault(cell, delimiter, "a", False, decimal))) == (
        f"{cell!r} is not a number; it seems to have thousands separators: write it without, such as {plain}."
    )


@pytest.mark.parametrize(
    ("cell", "delimiter", "column", "first_row", "said"),
    [
        ("x", ",", 3, True, "'x' is text, not a number; to carry this column along, name it: keep_columns=[3], or say header=True if this line holds the column names."),
        ("x", ",", "a", True, "'x' is text, not a number; to carry this column along, name it: keep_columns=['a']."),
        ("x", ",", "a", False, "'x' is not a number."),
        ("0,5", ";", 3, True, "'0,5' is not a number; write decimals with a point, or say decimal=','."),
        ("0,5", ",", 3, False, "'0,5' is not a number; write decimals with a point."),
        ("1,234", "\t", 3, False, "'1,234' is not a number; it seems to have thousands separators: write it without, such as 1234, or say decimal=',' if the comma stands before decimals."),
        ("1\t2", ",", 3, True, "'1\\t2' is not a number; if '\\t' stands between the cells, say delimiter='\\t'."),
        ("1|2", ",", 3, True, "'1|2' is not a number; if '|' stands between the cells, say delimiter='|'."),
        ("y" * 41, ",", "a", False, "'" + "y" * 37 + "...' is not a number."),
        ("y" * 40, ",", "a", False, "'" + "y" * 40 + "' is not a number."),
        ("a\nb", ",", "a", False, "'a\\nb' is not a number."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_cell_is_said_with_a_cure(cell, delimiter, column, first_row, said):
    assert Message(fault(cell, delimiter, column, first_row)) == said
