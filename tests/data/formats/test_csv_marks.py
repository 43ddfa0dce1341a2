# ruff: noqa: E501 - messages are shown whole
"""The mark between cells, and what stands above a table."""

import pytest

from diabolo import open as open_table
from diabolo.data.formats.csv_marks import Top, decimal_of, find_top, has_header
from diabolo.data.formats.csv_text import CsvText
from diabolo.errors import DataFileError, ParameterError


def put(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("a,b\n1,2\n", (",", 0, "")),
        ("a;b;c\n1;2;3\n", (";", 0, "")),
        ("a;b, mg;c\n1,5;2;3\n", (";", 0, "")),
        ("1,5;2,5 %\n1,5;<2,5\n", (";", 0, "")),
        ("a\tb\n1\t2\n", ("\t", 0, "")),
        ("a|b\n1|2\n", ("|", 0, "")),
        ('"a;b",c\n1,2\n', (",", 0, "")),
        ('code0,"\t0"\n0.0,"\t0"\n', (",", 0, "")),  # what stands in quotes is no mark
        ('a;"1|2"\n3;"4|5"\n', (";", 0, "")),
        ('a,"1|""2""|"\n3,"\n4|5|6"\n', (",", 0, "")),
        ('a|"b|c"\n1|2\n', ("|", 0, "")),
        ("a\n1\n", (",", 0, "")),
        ("id,text\n1,a;b\n2,c;d\n", (",", 0, "")),
        ("1,5;x;2,5\n3,5;y;1,5\n", (";", 0, "")),
        # comments
        ("# by hand\na,b\n1,2\n", (",", 1, "# by hand")),
        ("# by hand, in June\n#\n\na;b\n1;2\n", (";", 3, "# by hand, in June")),
        ("# by hand\n1,2\n3,4\n", (",", 1, "# by hand")),
        ("# by hand\n1\n2\n", (",", 1, "# by hand")),
        ("##x\n#a\tb\n1\t2\n", ("\t", 1, "##x")),  # a header that begins as a comment does
        ("#a,b\n1,2\n", (",", 0, "")),
        ("#1,2\n#3,4\n", (",", 0, "")),  # nothing but
        # titles
        ("Report\na,b\n1,2\n", (",", 1, "Report")),
        ("Report of June, by hand\n\na;b;c\n1;2;3\n", (";", 2, "Report of June, by hand")),
        ("Report,,\n,,\na,b,c\n1,2,3\n", (",", 2, "Report")),
        ("Site;Berlin\na;b;c\n1;2;3\n4;5;6\n", (";", 1, "Site;Berlin")),
        # what Excel says to itself
        ("sep=;\na;b\n1;2\n", (";", 1, "")),
        ('"sep=|"\n1|2\n', ("|", 1, "")),
        ("SEP=;\nReport\na;b\n1;2\n", (";", 2, "Report")),
        # none: numbers, no header below, too few rows
        ("1\n2,3\n4,5\n", (",", 0, "")),
        ("x\n1,5\n2,5\n", (",", 0, "")),
        ("x\n1,5\n", (",", 0, "")),
        ("a;b\nr1;1;2\nr2;3;4\n", (";", 0, "")),  # R's header, one name short
        ("a,b,\n1,2,3\n4,5,6\n", (",", 0, "")),
    ],
)
def test_the_top_of_a_table(tmp_path, text, top):
    assert find_top(CsvText(put(tmp_path, text))) == Top(*top)


def test_more_comments_than_are_sampled(tmp_path):
    text = "".join(f"# line {n}\n" for n in range(200)) + "a,b\n1,2\n"
    source = open_table(put(tmp_path, text))
    assert (source.feature_names, source[:].tolist()) == (("a", "b"), [[1, 2]])
    assert source.place(0, 1) == "line 202, column 'b' (number 1)"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_lines_above_the_table_are_left_out_and_said(tmp_path, end, quote):
    path = put(tmp_path, f"# by hand{end}Report{end}{end}a;b{end}{quote}0,5{quote};2{end}1,5;3{end}")
    source = open_table(path)
    assert source[:].tolist() == [[0.5, 2], [1.5, 3]]
    assert source.feature_names == ("a", "b")
    assert source.place(1, 0) == "line 6, column 'a' (number 0)"
    assert [str(note).replace(str(path), "FILE") for note in source.notes[:2]] == [
        "lines 1 to 3 of FILE ('# by hand') were left out as no part of the table; if it begins there, say skip_lines=0",
        "the first line of the table in FILE was taken as column names; if it is a row, say header=False",
    ]
    settled = open_table(path, skip_lines=3)
    assert settled[:].tolist() == source[:].tolist()
    assert not any("left out" in note for note in settled.notes)


def test_lines_that_are_skipped_are_those_that_were_said(tmp_path):
    path = put(tmp_path, "1,2\n3,4\n5,6\n")
    assert open_table(path, skip_lines=1)[:].tolist() == [[3, 4], [5, 6]]
    assert open_table(path, skip_lines=0).shape == (3, 2)
    path = put(tmp_path, "# a,b\n1,2\n")
    with pytest.raises(DataFileError, match=r"text in the column 0 \(line 1: '# by'\)"):
        open_table(put(tmp_path, "# by,1\n1,2\n"), skip_lines=0, header=False)
    for wrong in (-1, 1.5, True, "1"):
        with pytest.raises(ParameterError) as caught:
            open_table(path, skip_lines=wrong)
        assert str(caught.value) == (
            f"skip_lines must be a whole number of lines above the table, 0 or more; got {wrong!r}."
        )


@pytest.mark.parametrize(
    ("cells", "delimiter", "decimal"),
    [
        (["0,5", "1"], ";", ","),
        (["0,5", "1"], "\t", ","),
        (["0,5"], ",", "."),
        (["0,5", "1.5"], ";", "."),
        (["0,5", "1.234"], ";", ","),
        (["1,234"], ";", ","),
        (["1,234"], "\t", "."),
        (["1,234", "1.234"], ";", "."),
        (["1.139,80"], "\t", ","),
        (["1,139.80"], ";", "."),
        (["1.234.567"], "\t", ","),
        (["<0,5 mg", "x, y"], ";", ","),
        (["12.03.2020", "0,5"], ";", ","),
        ([], ";", "."),
    ],
)
def test_the_mark_before_decimals(cells, delimiter, decimal):
    assert decimal_of(cells, delimiter) == decimal


@pytest.mark.parametrize(
    ("first", "second", "aside", "expected"),
    [
        (["a", "b"], ["1", "2"], [], True),
        (["a", "b"], ["x", "y"], [], False),
        (["dose"], ["5 mg"], [], True),
        (["crp"], ["<0.5"], [], True),
        (["<0.5", "1"], ["2", "3"], [], False),
        (["0h", "24h"], ["2", "3"], [], True),
        (["1.234,5", "1"], ["2", "3"], [], False),
        (["5 mg"], ["6 mg"], [], False),
        (["setosa", "1"], ["3 b", "2"], [0], False),
        (["setosa", "1"], ["3 b", "2"], [], True),
    ],
)
def test_a_header_stands_above_numbers_of_any_kind(first, second, aside, expected):
    assert has_header(first, second, aside=aside) is expected
