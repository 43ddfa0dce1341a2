# ruff: noqa: E501 - error messages are shown whole
"""Text tables packed or not, and their encodings."""

import bz2
import codecs
import gzip
import random

import numpy as np
import pyarrow
import pytest

from diabolo import open as open_table
from diabolo.data.formats.csv_text import packing_of
from diabolo.errors import DataFileError, InputError, ParameterError

TEXT = "a,b,kind\n1,2.5,x\n,4,ÿ\n"
PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": lambda text: pyarrow.compress(text, "zstd", asbytes=True),
}


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        open_table(path, keep_columns=["kind"], **options)
    assert type(caught.value) is DataFileError
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".CSV"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_packed_tables(tmp_path, packing, suffix, quote, mark):
    text = mark + TEXT.replace("2.5", f"{quote}2.5{quote}")
    text = text.replace(",", "\t") if suffix == ".tsv" else text
    path = tmp_path / f"t{suffix}.{packing}"
    path.write_bytes(PACKED[packing](text.encode()))
    source = open_table(path, target="kind")
    np.testing.assert_array_equal(source[:], [[1, 2.5], [np.nan, 4]])
    assert source.carried["kind"].tolist() == ["x", "ÿ"]
    assert source.feature_names == ("a", "b")
    assert source.place(1, 0) == "line 3, column 'a' (number 0)"


def test_several_parts_packed_one_after_the_other(tmp_path):
    for packing, pack in PACKED.items():
        path = tmp_path / f"t.csv.{packing}"
        path.write_bytes(pack(b"1,2\n") + pack(b"3,4\n"))
        assert open_table(path)[:].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("packing", PACKED)
def test_a_name_that_lies_about_the_packing(tmp_path, packing):
    path = tmp_path / f"t.csv.{packing}"
    path.write_text(TEXT)
    assert error(path) == (
        "FILE is named as a packed text table but holds text: give it the name that fits, or pack it."
    )
    path.with_suffix("").write_bytes(PACKED[packing](TEXT.encode()))
    kind = packing_of(path).holds
    assert error(path.with_suffix("")) == (
        f"FILE is named as a text table but holds {kind}: give it the name that fits, or save it as text."
    )


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("n_rows", [5, 20_000])
def test_damaged_packed_tables_say_so_and_nothing_else(tmp_path, packing, n_rows):
    path = tmp_path / f"t.csv.{packing}"
    chance = random.Random(1)
    rows = "".join(f"{chance.random()},{chance.random()},é\n" for _ in range(n_rows))
    whole = PACKED[packing](f"a,b,kind\n{rows}".encode())
    for length in {4, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert error(path).startswith("FILE is cut short or damaged (")
    for _ in range(200 if n_rows < 100 else 10):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        said = ""
        try:  # what a header says of the time and the system is of no consequence
            assert open_table(path, keep_columns=["kind"]).shape == (n_rows, 2)
        except DataFileError as problem:
            said = str(problem)
        assert "\n" not in said


def test_not_utf8_names_byte_and_line_beyond_the_decoder_s_buffer(tmp_path):
    text = "a,kind\n" + "1,2\n" * 20_000
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode() + b"3,\xe9\n")
    said = (
        f"FILE is not UTF-8: byte {len(text) + 2} of the file (0xe9, in line 20002) cannot be read; say "
        "encoding='cp1252' if it was saved by Windows or Excel, or save it with UTF-8 encoding."
    )
    assert error(path) == said
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert error(packed) == said


@pytest.mark.parametrize("packing", [None, *PACKED])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "UTF8"])
def test_a_table_in_another_encoding(tmp_path, packing, encoding):
    whole = TEXT.encode(encoding)
    path = tmp_path / ("t.csv" if packing is None else f"t.csv.{packing}")
    path.write_bytes(whole if packing is None else PACKED[packing](whole))
    source = open_table(path, keep_columns=["kind"], encoding=encoding)
    np.testing.assert_array_equal(source[:], [[1, 2.5], [np.nan, 4]])
    assert source.carried["kind"].tolist() == ["x", "ÿ"]
    assert source.place(1, 0) == "line 3, column 'a' (number 0)"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_says_utf_16_by_itself(tmp_path, mark):
    path = tmp_path / "t.csv"
    path.write_bytes(mark + TEXT.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"))
    for options in ({}, {"encoding": "utf-16"}, {"encoding": "utf-16-le"}):  # which would keep the mark
        source = open_table(path, keep_columns=["kind"], **options)
        assert source.feature_names == ("a", "b")
        assert source.carried["kind"].tolist() == ["x", "ÿ"]


def test_text_that_is_not_in_the_encoding_is_told_with_one_that_fits(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode("utf-16-le"))
    assert error(path) == (
        "FILE is not UTF-8 but seems to be UTF-16 without a mark that says so: say encoding='utf-16-le', or "
        "save it with UTF-8 encoding."
    )
    path.write_bytes(TEXT.encode("utf-16-be"))
    assert "say encoding='utf-16-be'" in error(path)
    path.write_bytes(b"a,kind\n1,x\n2,\0\n")  # one alone is no sign of it
    assert open_table(path, keep_columns=["kind"])[:].tolist() == [[1], [2]]
    path.write_bytes(b"a,kind\n1,\x81\xe9\n")  # nothing in cp1252
    assert "say encoding='latin-1' if" in error(path)
    assert error(path, encoding="cp1252") == (
        "FILE is not cp1252: byte 9 of the file (0x81, in line 2) cannot be read; say encoding='latin-1' if it was "
        "saved by Windows or Excel, or save it with UTF-8 encoding."
    )
    path.write_bytes("a,kind\n1,é\n".encode("utf-16") + b"\x00")
    assert error(path) == (
        "FILE is not utf-16: its bytes cannot be read so; say which encoding it has with encoding."
    )


@pytest.mark.parametrize(
    ("encoding", "hint"), [("cp1225", " Did you mean 'cp1252'?"), ("ANSI", " Did you mean 'cp1252'?"),
                           ("UCS-2", " Did you mean 'utf-16'?"), ("hex", ""), (5, ""), ("", "")]
)  # fmt: skip
def test_an_encoding_that_cannot_be(tmp_path, encoding, hint):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    with pytest.raises(ParameterError) as caught:
        open_table(path, keep_columns=["kind"], encoding=encoding)
    assert str(caught.value) == (
        f"encoding={encoding!r} is not possible; expected the name of one, such as 'cp1252', 'latin-1' or "
        f"'utf-16'.{hint}"
    )


def test_more_lines_above_the_table_than_there_are(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3,4\n")
    with pytest.raises(
        DataFileError, match="has no rows under the lines that skip_lines=1000000000000 leaves out"
    ):
        open_table(path, skip_lines=10**12)


def test_a_cell_that_would_widen_all_others_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,kind\n" + "1,a\n" * 20_000 + f"1,{'b' * 100_000}\n")
    with pytest.raises(InputError, match="a column of text has a cell of 100,000 characters among 20,001"):
        open_table(path, keep_columns=["kind"])
