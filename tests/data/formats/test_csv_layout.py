# ruff: noqa: E501 - error messages are shown whole, one a line
"""How a text table is found to be laid out, and what the caller may settle."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diabolo import open as open_table
from diabolo.data.formats.csv_layout import find_layout
from diabolo.data.formats.csv_text import CsvText
from diabolo.errors import DataFileError, ParameterError


def put(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


# Delimiters
@pytest.mark.parametrize(
    ("text", "options", "delimiter"),
    [
        ("a;b\n1;2\n", {}, ";"),
        ('"a,x";b\n1;2\n', {}, ";"),
        ('"a;x",b\n1,2\n', {}, ","),
        ("a|b\n1|2\n", {"delimiter": "|"}, "|"),
        ("a b\n1 2\n", {"delimiter": " "}, " "),
        ("a;b;c\n1;2;3\n", {"delimiter": ";"}, ";"),
        ("\n\na;b\n1;2\n", {}, ";"),
    ],
)
def test_delimiters(tmp_path, text, options, delimiter):
    expected = pd.read_csv(io.StringIO(text), sep=delimiter)
    path = put(tmp_path, text.lstrip("\n"))
    source = open_table(path, **options)
    np.testing.assert_array_equal(source[:], expected.to_numpy(np.float64))
    assert source.feature_names == tuple(expected.columns)


@pytest.mark.parametrize("name", ["t.TSV", "t.tsv", "t.x.tsv"])
def test_tsv_has_tabs_and_may_hold_commas(tmp_path, name):
    source = open_table(put(tmp_path, "a,x\tb\n1\tu,v\n", name), target="b")
    assert source.feature_names == ("a,x",)
    assert source.carried["b"].tolist() == ["u,v"]


def test_a_delimiter_of_a_tsv_can_be_settled(tmp_path):
    assert open_table(put(tmp_path, "1,2\n", "t.tsv"), delimiter=",")[:].tolist() == [[1, 2]]


@pytest.mark.parametrize("delimiter", ["", "tab", '"', "\n", "\r", 5])
def test_delimiter_that_cannot_be(tmp_path, delimiter):
    path = put(tmp_path, "1,2\n")
    with pytest.raises(ParameterError, match=r"^delimiter must be one character such as"):
        open_table(path, delimiter=delimiter)


@pytest.mark.parametrize("decimal", ["", ";", ",,", 5])
def test_decimal_that_cannot_be(tmp_path, decimal):
    path = put(tmp_path, "1,2\n")
    with pytest.raises(ParameterError) as caught:
        open_table(path, decimal=decimal)
    assert str(caught.value) == f"decimal must be '.' or ',', the mark before decimals; got {decimal!r}."


# Decimals
@pytest.mark.parametrize("header", ["", "a;b;c\n", '"a,x";b;c\n'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("gap", ["", "NA"])
def test_semicolons_with_commas_before_decimals(tmp_path, header, end, quote, gap):
    text = f"{header}0,5;{quote}1{quote};-3\n2,25e1;{quote}{gap}{quote};4,125\n"
    path = put(tmp_path, text.replace("\n", end))
    source = open_table(path)
    np.testing.assert_array_equal(source[:], [[0.5, 1, -3], [22.5, np.nan, 4.125]])
    np.testing.assert_array_equal(
        source[:], pd.read_csv(path, sep=";", decimal=",", header=0 if header else None)
    )
    assert source.header_found == bool(header)
    assert source.notes[1:] == (
        f"commas in {path} were taken to stand before decimals, and ';' between cells; if that is wrong, "
        "say decimal='.'",
    )
    settled = open_table(path, delimiter=";", decimal=",", header=bool(header))
    np.testing.assert_array_equal(settled[:], source[:])
    assert settled.notes == ()


def test_the_mark_before_decimals_can_be_settled(tmp_path):
    path = put(tmp_path, "1;1\n0,5;3\n")
    assert open_table(path)[1].tolist() == [0.5, 3]
    assert error(path, decimal=".") == (
        "FILE, line 2, column 0: '0,5' is not a number; write decimals with a point, or say decimal=','."
    )
    path = put(tmp_path, "1.5;1\n2;3,5\n")
    assert open_table(path, decimal=",")[:].tolist() == [[1.5, 1], [2, 3.5]]
    assert "line 2, column 1: '3,5' is not a number" in error(path)
    assert error(put(tmp_path, "1,5\n2,5\n"), ParameterError, decimal=",") == (
        "FILE: decimal=',' is the character between the cells, too; say which is with delimiter=."
    )
    one = open_table(put(tmp_path, "1,5\n2,5\n"), decimal=",", delimiter=";")
    assert one[:].tolist() == [[1.5], [2.5]]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1,5;2,5\n3,5;4,5\n", (2, 2)),  # semicolons, and commas before decimals
        ("1,5;2,5\n3,5\n", None),  # or commas, and a cell with a semicolon
        ("1,2,3\n4,5,6\n", (2, 3)),
        ("1,5\t2,5\n3,5\t4,5\n", (2, 2)),  # tabs, and commas before decimals
        ("1,5|2|3\n3,5|4|5\n", (2, 3)),
        ("a;b, mg;c\n1;2,5;3\n", (1, 3)),  # a comma in the header
        ("1,5;a, b\n2,5;c\n3;d\n", (3, 1)),  # or in the text of a column that is kept
        ("1,a;b\n2,c;d\n", (2, 1)),  # commas, and semicolons in its text
        ("1,a;b\n2,c\n", (2, 1)),
        ("1;2\n3;4\n", (2, 2)),
    ],
)
def test_which_of_two_marks_is_the_delimiter(tmp_path, text, shape):
    path = put(tmp_path, text)
    if shape is None:
        error(path)
    else:
        keep = [1] if shape[1] == 1 else None
        assert open_table(path, keep_columns=keep).shape == shape


def test_commas_that_may_stand_between_thousands_are_not_taken_for_decimals_without_semicolons(tmp_path):
    path = put(tmp_path, "1,234\t2\n5,678\t3\n", "t.tsv")
    assert error(path) == (
        "FILE, line 1, column 0: '1,234' is not a number; say thousands=',' if ',' stands between its thousands, "
        "or say decimal=',' if before its decimals."
    )
    assert open_table(path, decimal=",")[:].tolist() == [[1.234, 2], [5.678, 3]]
    assert open_table(path, thousands=",")[:].tolist() == [[1234, 2], [5678, 3]]
    assert open_table(put(tmp_path, "1,234\t2\n0,678\t3\n", "t.tsv"))[:].tolist() == [[1.234, 2], [0.678, 3]]


@pytest.mark.parametrize(("mark", "what"), [(",", "commas"), (".", "points")])
def test_marks_that_may_stand_before_decimals_or_between_thousands_are_said(tmp_path, mark, what):
    path = put(tmp_path, f"1{mark}234;2\n5{mark}678;3\n")
    source = open_table(path, header=False)
    assert source[:].tolist() == [[1.234, 2], [5.678, 3]]
    assert source.notes == (
        f"{what} in {path} were taken to stand before decimals, so '1{mark}234' is 1.234; if they stand between "
        f"thousands, say thousands={mark!r}",
    )
    assert open_table(path, thousands=mark)[:].tolist() == [[1234, 2], [5678, 3]]


@pytest.mark.parametrize("thousands", ["", ";", "..", 5])
def test_thousands_that_cannot_be(tmp_path, thousands):
    assert error(put(tmp_path, "1,2\n"), ParameterError, thousands=thousands) == (
        f"thousands must be ',', '.', ' ' or \"'\", the mark between thousands, or 'none'; got {thousands!r}."
    )
    assert error(put(tmp_path, "1,2\n"), ParameterError, thousands=",", decimal=",") == (
        "thousands=',' and decimal=',' are one mark; give each its own."
    )


# Headers
@pytest.mark.parametrize(
    ("text", "target", "found"),
    [
        ("1,2\n3,4\n", None, False),
        ("a,b\n3,4\n", None, True),
        ("a,2\n3,4\n", None, True),
        ("a,b\n,NA\n", None, True),
        ("5.1,setosa\n4.9,virginica\n", 1, False),
        ("5.1,setosa\n4.9,virginica\n", "-1", False),
        ("width,kind\n4.9,virginica\n", 1, True),
        ("width,kind\n4.9,virginica\n", "kind", True),
        ("0,1,kind\n1,2,x\n", "kind", True),
        ("5.1,setosa\n", -1, False),
        ("inf,b\n3,4\n", None, True),
        ("1e400,1\n3,4\n", None, False),
        ("1,\n2,3\n", None, False),
        ("a;b\n0,5;1\n", None, True),
        ("0,5;1\n0,5;1\n", None, False),
    ],
)
def test_header_is_decided_by_the_rule(tmp_path, text, target, found):
    path = put(tmp_path, text)
    source = open_table(path, target=target)
    assert source.header_found is found
    assert source.notes[0] == (
        f"the first line of {path} was taken as column names; if it is a row, say header=False"
        if found
        else f"the first line of {path} was taken as a row; if it holds column names, say header=True"
    )
    assert open_table(path, target=target, header=found).notes == source.notes[1:]


def test_header_settled_by_the_caller(tmp_path):
    path = put(tmp_path, "0,1\n3,4\n")
    assert open_table(path, header=True).feature_names == ("0", "1")
    assert open_table(path, header=True).notes == ()
    assert open_table(path, header=False).shape == (2, 2)


def test_names_that_are_numbers_come_before_numbers(tmp_path):
    path = put(tmp_path, "2,1,0\n3,4,5\n")
    for target, name, cell in (("0", "0", 5), (0, "2", 3), ("2", "2", 3), (-1, "0", 5), ("-3", "2", 3)):
        source = open_table(path, target=target, header=True)
        assert source.target_name == name
        assert source.carried[name].tolist() == [cell]
    assert not open_table(path, target="0").header_found  # as there is a column of that number
    assert not open_table(path, target=0).header_found


@pytest.mark.parametrize(
    ("text", "options", "carried", "said"),
    [
        # Without a header a number is a number, though the first line holds such a cell.
        ("5,1\n6,2\n", {"keep_columns": ["1"]}, "column_1", "was taken as a row, and 1 as the number of a column, counted from 0; if it holds"),
        ("5,1,0\n6,2,9\n", {"keep_columns": ["1"], "drop_columns": ["0"]}, "column_1", "was taken as a row, and 1 and 0 as the numbers of columns, counted from 0;"),
        ("5,1\n6,2\n", {"keep_columns": ["0"]}, "column_0", "was taken as a row; if it holds"),
        ("5,1\n6,2\n", {"keep_columns": [1]}, "column_1", "was taken as a row; if it holds"),
        # Text above numbers is a header, and there a name comes first; so does what can be a name alone.
        ("a,0,1\n1.5,2,3\n", {"keep_columns": ["1"]}, "1", "1 was taken for the name of a column of FILE, number 2 counted from 0, and not for the number of '0'"),
        ("a,0,1\n1.5,2,3\n", {"keep_columns": ["2"]}, "1", "was taken as column names; if it is a row"),
        ("a,1\n1.5,2\n", {"keep_columns": ["1"]}, "1", "was taken as column names; if it is a row"),
        ("2020,2021\n6,2\n", {"keep_columns": ["2021"]}, "2021", "was taken as column names; if it is a row"),
        ("5,1\n6,2\n", {"keep_columns": ["1"], "header": True}, "1", None),
    ],
)  # fmt: skip
def test_a_number_that_is_a_cell_of_the_first_line(tmp_path, text, options, carried, said):
    path = put(tmp_path, text)
    source = open_table(path, **options)
    assert list(source.carried) == [carried]
    notes = [str(note).replace(str(path), "FILE") for note in source.notes]
    assert said is None if not notes else said in notes[-1]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("\n  \n", {}, "FILE holds blank lines only, so there are no rows to read."),
        ("a,b\n\n", {}, "FILE has a header but no rows under it; if its only line is a row of numbers, say header=False."),
        ("1,2\n", {"header": True}, "FILE has a header but no rows under it."),
        ("a,,b\n1,2,3\n", {}, "FILE, line 1: column 1 has no name; leave it unread with drop_columns=[1], or name it."),
        (",a,,b,\n1,2,3,4,5\n", {}, "FILE, line 1: columns 2 and 4 have no names; leave them unread with drop_columns=[2, 4], or name them."),
        ("abc,b\n1,2\n", {"target": "abd"}, "FILE has no column named 'abd'; it has 'abc', 'b'. Did you mean 'abc'?"),
        ("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", {"target": "zzz"}, "FILE has no column named 'zzz'; it has 'a', 'b', 'c', 'd', 'e' and 2 more."),
        ("1,2\n3,4\n", {"target": "kind"}, "FILE has no column names, so target='kind' names nothing: give the column's number, 0 to 1 or -1 for the last (or header=True if the first line of a text table holds names)."),
        ("1,2\n3,4\n", {"target": 2}, "FILE has 2 columns, numbered 0 to 1, so target=2 is not one of them."),
        ("1\n3\n", {"target": 0}, "FILE has one column only, so nothing is left beside those carried along."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, text, options, message):
    assert error(put(tmp_path, text), **options) == message


# What is found out about a file
def test_a_layout(tmp_path):
    path = put(tmp_path, 'row_names;"a\nb";kind;c\nr;0,5;x;1\ns;1;y;2\n')
    layout = find_layout(path, "kind")
    assert (layout.delimiter, layout.decimal, layout.n_columns, layout.first_line) == (";", ",", 4, 3)
    assert layout.names == ("row_names", "a\nb", "kind", "c")
    assert layout.carried == {"kind": 2, "row_names": 0}
    assert (layout.has_target, layout.names_rows) == (True, True)
    assert layout.numeric == (1, 3)
    assert layout.column(1) == "column 'a\\nb' (number 1)"
    assert find_layout(put(tmp_path, "1,2\n")).column(1) == "column 1"


@settings(max_examples=200)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=2, max_size=4),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_records_are_those_of_the_csv_module_with_their_lines(
    tmp_path_factory, rows, delimiter, end, quoting
):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    held, lines = io.StringIO(), []
    writer = csv.writer(held, delimiter=delimiter, lineterminator=end, quoting=quoting)
    for row in rows:
        # As an editor counts: a line ends at \r\n, \n or \r alone, in a quoted cell, too.
        lines.append(1 + held.getvalue().replace("\r\n", "\n").replace("\r", "\n").count("\n"))
        writer.writerow(row)
    assume(quoting == csv.QUOTE_ALL or not any("\r" in cell for row in rows for cell in row))
    path.write_bytes(held.getvalue().encode())
    if rows[0][0].startswith("\ufeff") and quoting != csv.QUOTE_ALL:
        rows[0][0] = rows[0][0][1:]
    assert list(CsvText(path).records(delimiter)) == list(zip(lines, rows, strict=True))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"skip_lines": 9}, "has no rows under the lines that skip_lines=9 leaves out; leave out fewer."),
        ({"skip_footer": 9}, "has no rows above those that skip_footer=9 leaves out; leave out fewer."),
    ],
)
def test_more_left_out_than_there_is(tmp_path, options, said):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataFileError) as caught:
        open_table(path, **options)
    assert str(caught.value) == f"{path} {said}"


def test_a_header_is_there_or_not(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(
        ParameterError, match=r"^header='yes' is not possible; expected True, False or None\.$"
    ):
        open_table(path, header="yes")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("\n<!DOCTYPE html>\n<html>1,2</html>\n", "a page of the web"),
        ("<HTML><body>1,2</body></HTML>\n", "a page of the web"),
        ('<?xml version="1.0"?>\n<a>1,2</a>\n', "XML"),
        ('[{"a": 1, "b": 2}]\n', "JSON"),
        ('{"a": [1, 2]}\n', "JSON"),
    ],
)
def test_text_that_is_no_table(tmp_path, text, held):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataFileError) as caught:
        open_table(path)
    assert str(caught.value) == (
        f"{path} is named as a text table but holds {held}: give it the name that fits, or save it as text."
    )
