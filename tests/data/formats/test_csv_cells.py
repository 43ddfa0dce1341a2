# ruff: noqa: E501
"""Single cells: which are numbers, in which notation, with which limit before them and unit behind."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.columns import MISSING
from diabolo.data.formats.csv_cells import (
    Measured,
    Notation,
    Parts,
    is_decimal_comma,
    is_grouped,
    kind,
    notations,
    parts_of,
    without_groups,
)


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


# What pandas takes for text: spellings, dashes, what databases and spreadsheets write.
NOT_OF_PANDAS = {"na", "n/a", "#n/a", "+nan", "none", "?", "n.a.", "(null)", "-", "--", "---", "\u2013", "\u2014", ".",
                 "-nan(ind)", '=""', *(word for word in MISSING if word.endswith(("!", "#name?")))}  # fmt: skip


@pytest.mark.parametrize("word", sorted(set(MISSING) - NOT_OF_PANDAS))
def test_what_pandas_takes_for_missing_is_missing_here(word):
    text = io.StringIO()
    is_lower = word in ("nan", "-nan", "null", "none")
    csv.writer(text).writerows([["a", "b"], [word if is_lower else word.upper(), "1"]])
    frame = pd.read_csv(io.StringIO(text.getvalue()))
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
    ("cell", "decimal", "plain"),
    [
        ("1,234,567", ".", "1234567"),
        ("1.234.567", ",", "1234567"),
        ("1.139,803", ",", "1139,803"),
        ("1.139,803", ".", "1139.803"),
        ("1,139.803", ".", "1139.803"),
        ("+12 345,6", ",", "+12345,6"),
        ("1,234.5", ".", "1234.5"),
        ("-1'234'567", ".", "-1234567"),
    ],
)
def test_a_number_without_the_marks_between_its_thousands(cell, decimal, plain):
    assert without_groups(cell, decimal) == plain


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("5", ("", "5", "")),
        ("5.3 mg/L", ("", "5.3", "mg/L")),
        ("5.3mg/L", ("", "5.3", "mg/L")),
        ("-1e3 mm Hg", ("", "-1e3", "mm Hg")),
        ("12 %", ("", "12", "%")),
        ("12%", ("", "12", "%")),
        ("3,5 µg/m³", ("", "3,5", "µg/m³")),
        ("1.1 x10^9/L", ("", "1.1", "x10^9/L")),
        ("37 °C", ("", "37", "°C")),
        ("<0.5", ("<", "0.5", "")),
        ("< 0.5 mg", ("<", "0.5", "mg")),
        ("≤0,5", ("<", "0,5", "")),
        ("<= 5", ("<", "5", "")),
        (">100", (">", "100", "")),
        ("≥ 1.139,80 €", (">", "1.139,80", "€")),
        ("1 234,5 kg", ("", "1 234,5", "kg")),
    ],
)
def test_a_cell_is_told_into_limit_number_and_unit(cell, parts):
    assert parts_of(cell) == Parts(*parts)
    assert parts_of(f" {cell} ") == Parts(*parts)


@pytest.mark.parametrize(
    "cell", ["setosa", "2020-01-01", "12:30", "01.02.2020 x:y", "p1", "<", "%", "5 5 mg-x!", "1_000", "1,a", "5 " + "m" * 25,
             "3 of 10", "+-5", "mg 5", "1;2"]
)  # fmt: skip
def test_text_is_no_number_with_a_unit(cell):
    found = parts_of(cell)
    assert found is None or not notations(found.number)


@given(
    st.floats(-1e15, 1e15), st.sampled_from(".,"), st.sampled_from([".", ",", " ", "'"]), st.integers(0, 6)
)
def test_grouped_numbers_are_read_as_python_writes_them(number, decimal, thousands, digits):
    """Python's own format groups by commas; the marks are exchanged for others."""
    if decimal == thousands:
        return
    plain = f"{number:,.{digits}f}"
    exchanged = plain.translate(str.maketrans({",": thousands, ".": decimal}))
    assert Notation(decimal, thousands).number(exchanged) == float(plain.replace(",", ""))
    assert (decimal, thousands) in notations(exchanged)


@given(st.text(st.sampled_from("0123456789.,' \u202f-+eE"), max_size=12))
def test_what_is_a_number_in_a_notation_is_read_in_it(text):
    for decimal, thousands in notations(text):
        number = Notation(decimal, thousands).number(text)
        assert number is not None
        digits = text.replace(" ", "").replace("\u202f", "").replace("'", "")
        digits = digits.replace("." if decimal == "," else ",", "").replace(decimal, ".")
        assert number == float(digits)


@pytest.mark.parametrize(
    ("notation", "cell", "expected"),
    [
        (Notation(), "<0.5 mg", Measured(0.5, "<", "mg")),
        (Notation(","), "<0,5 mg", Measured(0.5, "<", "mg")),
        (Notation(","), "1.5", Measured(1.5)),
        (Notation(","), "1.234", None),
        (Notation(",", ""), "1.234", Measured(1.234)),
        (Notation(",", "."), "1.234", Measured(1234)),
        (Notation(",", "."), "1.5", None),
        (Notation(".", ","), "1,234.5 %", Measured(1234.5, "", "%")),
        (Notation(), "1,234", None),
        (Notation(".", " "), "12\u202f345", Measured(12345)),
        (Notation(".", "'"), "12’345", Measured(12345)),
        (Notation(), "inf", Measured(np.inf)),
        (Notation(), "\u22125", Measured(-5)),
        (Notation(",", "."), "<\u22121.234,5 mV", Measured(-1234.5, "<", "mV")),
        (Notation(), "x", None),
    ],
)
def test_a_cell_is_read_in_a_notation(notation, cell, expected):
    assert notation.read(cell) == expected
