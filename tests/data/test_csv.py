import csv as standard_csv
import io
import tempfile
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.data import collected_rows
from diabolo.data import csv as diabolo_csv
from diabolo.data.opening import read_table, write_table
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
tables = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=finite)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def put(folder, text, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        read_table(path, **options)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message.replace(str(path), "FILE")


CURE = "give every row the same number of cells."
RAGGED = "expected 2 cells as in the first line, got "
MISSING = "missing values are not supported here, so fill them or drop such rows"
TOO_LARGE = "does not fit float32, whose largest number is 3.4e38; rescale the column."
HEADER = ", or say header=True if this line holds the column names."
BLANK = "the line is blank and rows follow it; missing values are not supported here, so fill or remove it."
TEXT = "'x' is text, not a number; to carry this column along, name it: label_column="


# What is read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_line_ends_byte_order_mark_trailing_blank_lines(tmp_path, end, start, tail, quoted):
    cell = '"4"' if quoted else "4"
    text = start + f"a,b\n1,2.5\n-3e2, {'7' if quoted else '4'}\n{cell},6" + tail
    table = read_table(put(tmp_path, text.replace("\n", end)))
    np.testing.assert_array_equal(table.rows, np.float32([[1, 2.5], [-300, 7 if quoted else 4], [4, 6]]))
    assert table.rows.dtype == np.float32
    assert table.feature_names == ("a", "b")
    assert table.header_found
    assert table.carried == {}
    assert table.path == tmp_path / "t.csv"


@pytest.mark.parametrize(
    ("text", "options", "delimiter"),
    [
        ("a;b\n1;2\n", {}, ";"),
        ('"a,x";b\n1;2\n', {}, ";"),
        ("a|b\n1|2\n", {"delimiter": "|"}, "|"),
        ("a;b;c\n1;2;3\n", {"delimiter": ";"}, ";"),
    ],
)
def test_delimiters(tmp_path, text, options, delimiter):
    expected = pd.read_csv(io.StringIO(text), sep=delimiter)
    table = read_table(put(tmp_path, text), **options)
    np.testing.assert_array_equal(table.rows, expected.to_numpy(np.float32))
    assert table.feature_names == tuple(expected.columns)


def test_tsv_has_tabs_and_may_hold_commas(tmp_path):
    table = read_table(put(tmp_path, "a,x\tb\n1\tu,v\n", "t.TSV"), label_column="b")
    assert table.feature_names == ("a,x",)
    assert table.carried == {"b": ["u,v"]}


@pytest.mark.parametrize("label", [0, 1, 2, 3, -1, -4])
@pytest.mark.parametrize("quoted", [False, True])
def test_label_column_at_every_place_both_readers(tmp_path, label, quoted):
    rows = [["1", "2", "3", "4"], ["5", "6", "7", "8"]]
    for n, row in enumerate(rows):
        row[label] = " NA " if n else ('"x, ""y""\nz"' if quoted else "x")
    table = read_table(put(tmp_path, "\n".join(map(",".join, rows))), label_column=label, header=False)
    assert table.carried == {"label": ['x, "y"\nz' if quoted else "x", " NA "]}
    numbers = np.delete(np.arange(1, 9).reshape(2, 4), label, axis=1)
    np.testing.assert_array_equal(table.rows, numbers)
    assert table.feature_names is None


def test_label_column_by_name_and_by_number_under_a_header(tmp_path):
    path = put(tmp_path, "kind,a,b\ncat,1,2\ndog,3,4\n")
    for label in ("kind", 0, "0", -3):
        table = read_table(path, label_column=label)
        assert table.carried == {"kind": ["cat", "dog"]}
        assert table.feature_names == ("a", "b")


@pytest.mark.parametrize(
    ("text", "label", "found"),
    [
        ("1,2\n3,4\n", None, False),
        ("a,b\n3,4\n", None, True),
        ("a,2\n3,4\n", None, True),
        ("5.1,setosa\n4.9,virginica\n", 1, False),
        ("5.1,setosa\n4.9,virginica\n", "-1", False),
        ("width,kind\n4.9,virginica\n", 1, True),
        ("width,kind\n4.9,virginica\n", "kind", True),
        ("0,1,kind\n1,2,x\n", "kind", True),
        ("5.1,setosa\n", -1, False),
        ("inf,b\n3,4\n", None, True),
        ("1e400,1\n3,4\n", None, None),
    ],
)
def test_header_is_decided_by_the_rule(tmp_path, text, label, found):
    path = put(tmp_path, text)
    if found is None:
        assert "line 1, column 0" in error(path)
    else:
        assert read_table(path, label_column=label).header_found is found


def test_header_settled_by_the_caller(tmp_path):
    path = put(tmp_path, "0,1\n3,4\n")
    assert read_table(path, header=True).feature_names == ("0", "1")
    assert read_table(path, header=False).rows.shape == (2, 2)


# Errors: each in full once


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "a,b\n1,2\n3\n",
            {},
            f"FILE, line 3: {RAGGED}1; {CURE}",
        ),
        (
            "a,b\n1,2\n3,4,5\n",
            {},
            f"FILE, line 3: {RAGGED}3; {CURE}",
        ),
        ('a,"b\nc"\n1,2\n3,x\n', {}, "FILE, line 4, column 'b\\nc' (number 1): 'x' is not a number."),
        ("1,2\n3,x\n", {}, "FILE, line 2, column 1: 'x' is not a number."),
        ("1,2\n3,1_000\n", {}, "FILE, line 2, column 1: '1_000' is not a number."),
        ("1;2\n3;1,5\n", {}, "FILE, line 2, column 1: '1,5' is not a number; write decimals with a point."),
        (
            "1\n3|4\n",
            {},
            "FILE, line 2, column 0: '3|4' is not a number; "
            "if '|' stands between the cells, say delimiter='|'.",
        ),
        ("1,2\n3," + "y" * 99 + "\n", {}, "FILE, line 2, column 1: '" + "y" * 37 + "...' is not a number."),
        (
            "a,b\n1,2\n3,\n",
            {},
            f"FILE, line 3, column 'b' (number 1): the cell is empty; {MISSING}.",
        ),
        (
            "1,2\n3,4\nNA,6\n",
            {},
            f"FILE, line 3, column 0: 'NA' stands for a missing value; {MISSING}.",
        ),
        (
            "1,2\n3,4\n5,nan\n",
            {},
            f"FILE, line 3, column 1: 'nan' stands for a missing value; {MISSING}.",
        ),
        (
            "1,2\n3,-Infinity\n",
            {},
            "FILE, line 2, column 1: '-Infinity' is infinite, and every value must be finite.",
        ),
        (
            "1,2\n3,-4e38\n",
            {},
            f"FILE, line 2, column 1: '-4e38' {TOO_LARGE}",
        ),
        # Halfway between the largest float32 and the next power of two: rounds to infinity.
        (
            "1,2\n3,3.4028235677973366e38\n",
            {},
            f"FILE, line 2, column 1: '3.4028235677973366e38' {TOO_LARGE}",
        ),
        (
            "1,2\n3,1e999\n",
            {},
            f"FILE, line 2, column 1: '1e999' {TOO_LARGE}",
        ),
        (
            "a,b\n1,x\n2,y\n",
            {},
            f"FILE, line 2, column 'b' (number 1): {TEXT}'b'.",
        ),
        (
            "1,x\n2,y\n",
            {},
            f"FILE, line 1, column 1: {TEXT}1{HEADER}",
        ),
        (
            "1,\n2,3\n",
            {},
            f"FILE, line 1, column 1: the cell is empty; {MISSING}{HEADER}",
        ),
        (
            "1,2\n\n3,4\n",
            {},
            f"FILE, line 2: {BLANK}",
        ),
        (
            "1\n \n\n3\n",
            {},
            f"FILE, line 2: {BLANK}",
        ),
        (
            '1,2\n3,"4\n5,6\n',
            {},
            "FILE, line 2: the row that starts here cannot be told into cells (unexpected end of data); "
            "look for a quote that is not closed.",
        ),
        ("", {}, "FILE is empty (0 bytes), so there are no rows to read."),
        ("\n  \n", {}, "FILE holds blank lines only, so there are no rows to read."),
        (
            "a,b\n\n",
            {},
            "FILE has a header but no rows under it; if its only line is a row of numbers, say header=False.",
        ),
        ("1,2\n", {"header": True}, "FILE has a header but no rows under it."),
        (
            "a,b,a\n1,2,3\n",
            {},
            "FILE, line 1: the name 'a' stands over two columns, "
            "0 and 2 (counted from 0); give each its own.",
        ),
        (
            ",b\n1,2\n",
            {},
            "FILE, line 1: column 0 has no name; "
            "name it, or take it out (row numbers that pandas wrote: index=False).",
        ),
        (
            "abc,b\n1,2\n",
            {"label_column": "abd"},
            "FILE has no column named 'abd'; it has 'abc', 'b'. Did you mean 'abc'?",
        ),
        (
            "a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n",
            {"label_column": "zzz"},
            "FILE has no column named 'zzz'; it has 'a', 'b', 'c', 'd', 'e' and 2 more.",
        ),
        (
            "1,2\n3,4\n",
            {"label_column": "kind"},
            "FILE has no column names, so label_column='kind' names nothing: "
            "give the column's number, 0 to 1 or -1 for the last "
            "(or header=True if the first line of a text table holds names).",
        ),
        (
            "1,2\n3,4\n",
            {"label_column": 2},
            "FILE has 2 columns, numbered 0 to 1, so label_column=2 is not one of them.",
        ),
        (
            "1\n3\n",
            {"label_column": 0},
            "FILE has one column only, so nothing is left beside the label column.",
        ),
    ],
)
def test_error_messages(tmp_path, text, options, message):
    assert error(put(tmp_path, text), **options) == message


def test_the_index_column_of_pandas_can_be_carried(tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"]).to_csv(path)
    assert read_table(path, label_column="").carried == {"": ["x", "y"]}


def test_not_utf8_names_byte_and_line_beyond_the_decoder_s_buffer(tmp_path):
    text = "a,b\n" + "1,2\n" * 20_000
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode() + b"3,\xe9\n")
    assert error(path) == (
        f"FILE is not UTF-8: byte {len(text) + 2} of the file (0xe9, in line 20002) cannot be read; "
        "save the file with UTF-8 encoding."
    )
    assert "byte 0 of the file (0xff, in line 1)" in error(
        put(tmp_path, "\ufeffa,b\n1,2\n", encoding="utf-16")
    )


@pytest.mark.parametrize("delimiter", ["", "tab", '"', "\n", 5])
def test_delimiter_that_cannot_be(tmp_path, delimiter):
    path = put(tmp_path, "1,2\n")
    with pytest.raises(ParameterError, match=r"^delimiter must be one character such as"):
        read_table(path, delimiter=delimiter)


def test_unreadable(tmp_path, monkeypatch):
    path = put(tmp_path, "1,2\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    assert error(path) == "FILE cannot be read (Permission denied): give yourself permission to read it."


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (b"\x93NUMPY\x01\x00", "a NumPy array, as .npy files do"),
        (b"PK\x03\x04", "a zip archive, as .npz and .xlsx files do"),
        (b"\x1f\x8b\x08", "gzip-compressed bytes"),
        (b"\x80\x04\x95", "a Python pickle"),
    ],
)
def test_a_name_that_lies_about_the_content(tmp_path, content, held):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert error(path) == (
        f"FILE is named as a text table but holds {held}: give it the name that fits, or save it as text."
    )


# The fast reader and the general one


def test_plain_tables_take_the_fast_reader_and_faults_in_them_too(tmp_path, monkeypatch):
    def forbidden(layout):
        raise AssertionError("the general reader was asked")

    monkeypatch.setattr(diabolo_csv, "_read_quoted", forbidden)
    assert read_table(put(tmp_path, "a,b\r\n1,2\r\n")).rows.tolist() == [[1, 2]]
    assert "line 3, column 'a' (number 0): 'x'" in error(put(tmp_path, "a,b\n1,2\nx,4\n"))
    assert "line 3, column 'a' (number 0): 'inf'" in error(put(tmp_path, "a,b\n1,2\ninf,4\n"))
    with pytest.raises(AssertionError, match="the general reader was asked"):
        read_table(put(tmp_path, 'a,b\n"1",2\n'))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["1", "-2.5", " 3 ", "1e-3", "", "nan", "x", '"4"', "1e39", "1_0", "0x10", "٣"]),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, 0]),
)
def test_both_readers_agree(tmp_path_factory, rows, label):
    path = put(tmp_path_factory.mktemp("csv"), "\n".join(map(",".join, rows)))

    def outcome():
        try:
            table = read_table(path, header=False, label_column=label)
        except DataFileError as problem:
            return str(problem)
        return table.rows.tolist(), table.carried

    fast = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diabolo_csv, "_read_plain", lambda layout: None)
        assert outcome() == fast


def test_agrees_with_pandas_on_a_table_of_many_blocks(tmp_path):
    X = np.random.default_rng(0).normal(size=(1000, 400))
    path = tmp_path / "t.csv"
    pd.DataFrame(X).to_csv(path, index=False, header=[f"c{i}" for i in range(400)])
    np.testing.assert_array_equal(read_table(path).rows, X.astype(np.float32))
    text = path.read_text().splitlines()
    text[900] = "nan" + text[900][text[900].index(",") :]
    path.write_text("\n".join(text))
    assert "line 901, column 'c0' (number 0)" in error(path)


@pytest.mark.parametrize("parsed", [1, 7, 10**6])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_table_too_large_for_memory_is_read_from_a_temporary_file(tmp_path, monkeypatch, parsed, quoted):
    monkeypatch.setattr(diabolo_csv, "_PARSED_CELLS", parsed)
    monkeypatch.setattr(collected_rows, "RESIDENT_BYTES", 100)
    cells = np.arange(60).reshape(20, 3)
    lines = [f"{a},{b},{c},row {a}" for a, b, c in cells.tolist()]
    lines[7] = '"21",22,23,row 21' if quoted else lines[7]
    table = read_table(put(tmp_path, "\n".join(lines)), label_column=3)
    assert isinstance(table.rows, Source)
    np.testing.assert_array_equal(np.asarray(table.rows), cells)
    assert table.carried["label"] == [f"row {a}" for a in cells[:, 0]]
    lines[12] = "36,nan,38,x"
    assert "line 13, column 1: 'nan'" in error(put(tmp_path, "\n".join(lines)), label_column=3)
    gaps = read_table(tmp_path / "t.csv", label_column=3, allows_missing=True)
    assert np.argwhere(np.isnan(np.asarray(gaps.rows))).tolist() == [[12, 1]]
    lines[15] = "36,37"
    message = "line 16: expected 4 cells as in the first line, got 2"
    lines[12] = "36,37,38,x"
    assert message in error(put(tmp_path, "\n".join(lines)), label_column=3)


def test_a_disk_that_cannot_hold_the_temporary_file_is_named_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(diabolo_csv, "_PARSED_CELLS", 10)
    monkeypatch.setattr(collected_rows, "RESIDENT_BYTES", 100)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    for quote in ("", '"'):
        message = error(put(tmp_path, f"{quote}1{quote},2\n" + "3,4\n" * 100))
        assert message.startswith("FILE is unpacked into a temporary file in ")
        assert message.endswith("(No such file or directory); set TMPDIR to a folder on a larger disk.")


# Writing


@settings(max_examples=100, deadline=None)
@given(tables, st.data())
def test_round_trip_is_exact_to_the_bit(tmp_path_factory, rows, data):
    n_rows, n_features = rows.shape
    suffix = data.draw(st.sampled_from([".csv", ".tsv"]))
    text = data.draw(st.lists(words, min_size=n_rows, max_size=n_rows))
    name = data.draw(words.filter(lambda word: word.strip() and not word.startswith("code")))
    path = tmp_path_factory.mktemp("csv") / f"t{suffix}"
    names = [f"code{i}" for i in range(n_features)]
    write_table(path, rows, feature_names=names, carried={name: text})
    table = read_table(path, label_column=name, header=True)
    np.testing.assert_array_equal(table.rows.view(np.uint32), rows.view(np.uint32))
    assert table.feature_names == tuple(names)
    assert table.carried == {name: text}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1).map(lambda bits: np.uint32(bits).view(np.float32)).filter(np.isfinite))
def test_every_bit_pattern_comes_back(tmp_path_factory, number):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    write_table(path, np.full((1, 1), number, np.float32))
    assert read_table(path, header=False).rows.view(np.uint32).item() == number.view(np.uint32)


def test_a_number_whose_shortest_digits_round_twice_to_the_wrong_side(tmp_path):
    # 7.038531e-26 is the known case: read to float64 and then rounded, it ends one step off.
    number = np.uint32(0x15AE43FD).view(np.float32)
    assert str(number) == "7.038531e-26"
    assert np.float32(float("7.038531e-26")) != number
    path = tmp_path / "t.csv"
    write_table(path, [[number, 0.1]])
    for back in (
        read_table(path).rows[0],
        pd.read_csv(path, header=None).to_numpy(np.float32)[0],
    ):
        np.testing.assert_array_equal(back, np.array([number, 0.1], np.float32))


def test_fewest_digits(tmp_path):
    path = tmp_path / "t.csv"
    write_table(path, np.float32([[0.1, -0.0, 1 / 3, 16777216, 3.4028235e38, 1e-45]]))
    assert path.read_text() == "0.1,-0.0,0.33333334,1.6777216e+07,3.4028235e+38,1e-45\n"


def test_other_readers_understand_what_is_written(tmp_path):
    rows = np.random.default_rng(0).normal(size=(600, 500)).astype(np.float32)  # several blocks
    kinds = [f'a "{i}", b\nc' for i in range(600)]
    path = tmp_path / "t.csv"
    write_table(
        path, rows, feature_names=[f"code{i}" for i in range(500)], carried={"kind": kinds, "n": range(600)}
    )
    frame = pd.read_csv(path)
    np.testing.assert_array_equal(frame.iloc[:, :500].to_numpy(np.float32), rows)
    assert frame["kind"].tolist() == kinds
    assert frame["n"].tolist() == list(range(600))
    assert pl.read_csv(path)["kind"].to_list() == kinds
    with path.open(newline="") as handle:
        assert [row[500] for row in standard_csv.reader(handle)] == ["kind", *kinds]


def test_no_header_without_names(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(path, [[1, 2]], carried={"kind": ["x"]})
    assert path.read_text() == "1.0\t2.0\tx\n"


def test_text_that_is_not_unicode_is_not_written(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataFileError, match=r"t\.csv cannot be written"):
            write_table(tmp_path / "t.csv", [[1.0]], carried={"kind": ["\ud800"]})
    assert list(tmp_path.iterdir()) == []
