"""Footers of Parquet files, held against the files."""

# ruff: noqa: E501 - error messages are shown whole, one a line
import time

import numpy as np
import pyarrow
import pytest
from fuzz.kinds.thrift import read_struct, written
from pyarrow import parquet

import diabolo
from diabolo.data.formats import parquet_footer as module
from diabolo.data.formats.parquet_footer import parquet_footer
from diabolo.errors import DataFileError

COLUMNS = {"a": np.arange(40.0), "n": pyarrow.array([None, 1, 2, 3] * 10, "int16"), "kind": ["x", "y"] * 20}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table(COLUMNS), path, row_group_size=16)
    return path


def refused(path, **options):
    with pytest.raises(DataFileError) as caught, diabolo.open(path, **options) as source:
        source[:]
    return str(caught.value).replace(str(path), "FILE")


def forge(path, change):
    """Write a footer anew with something changed; fields are numbered as in parquet.thrift."""
    content = path.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    fields, _ = read_struct(content, start)
    change(fields)
    footer = written(fields)
    path.write_bytes(content[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def field(fields, *numbers):
    """Find a field by its number, and in it another; of a list, the entry of that place."""
    for number in numbers[:-1]:
        found = next(each for each in fields if each[0] == number)
        fields = found[2] if found[1] == 12 else found[2][1][0]
    return next(each for each in fields if each[0] == numbers[-1])


def put(value, *numbers):
    def change(fields):
        field(fields, *numbers)[2] = value

    return change


def test_counts_and_places_are_those_that_arrow_reads(path):
    footer, about = parquet_footer(path), parquet.ParquetFile(path).metadata
    assert [len(group) for group in footer.parts] == [3, 3, 3]
    for number, group in enumerate(footer.parts):
        for place, name in enumerate(COLUMNS):
            column = about.row_group(number).column(place)
            part = group[name]
            assert (part.n_values, part.n_missing) == (column.num_values, column.statistics.null_count)
            assert part.start == column.dictionary_page_offset or part.start == column.data_page_offset
            assert part.stop - part.start == column.total_compressed_size


def test_lists_and_parts_of_structs_are_no_plain_columns(tmp_path):
    path = tmp_path / "a.parquet"
    table = pyarrow.table({"a": [1.0, 2.0], "b": [[1], [2, 3]], "c": [{"d": 1}, {"d": 2}]})
    parquet.write_table(table, path)
    assert list(parquet_footer(path).parts[0]) == ["a"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(41, 3), "its row groups have 40 rows, and its footer says 41"),
        (put(17, 4, 3), "a column has 16 cells for 17 rows"),
        (put(-1, 4, 1, 3, 7), "a column lies outside of the file"),
        (put(10**12, 4, 1, 3, 7), "a column lies outside of the file"),
        (put(2, 4, 1, 3, 1), "a column has two types"),
        (lambda fields: field(fields, 4, 1)[2][1].pop(), "a row group has 2 columns, and the schema 3"),
        (put(9, 2, 5), "its schema is no tree"),
        (put(-1, 2, 5), "its schema is no tree"),
        (lambda fields: fields.remove(field(fields, 2)), "its footer lacks a list"),
        (lambda fields: fields.remove(field(fields, 3)), "its footer lacks a number"),
    ],
)
def test_what_contradicts_itself_is_refused(path, change, said):
    forge(path, change)
    assert refused(path) == f"FILE is cut short or damaged ({said}): make or copy it anew."


def test_sizes_of_statistics_that_do_not_fit_their_column(path):
    """Of which Arrow ends the process where it is asked for a column's statistics."""

    def change(fields):
        about = field(fields, 4, 1, 3)[2]
        about.append([16, 12, [[1, 6, 5]]])  # bytes of texts, of a column of numbers

    forge(path, change)
    with diabolo.open(path) as source:
        assert source.shape == (40, 2)


def test_pages_are_looked_at_before_they_are_read(path):
    content = path.read_bytes()
    start = parquet_footer(path).parts[0]["a"].start
    head, end = read_struct(content, start)
    place = next(each for each in head if each[0] == 2)
    place[2] = 2**30  # unpacked
    longer = written(head)
    path.write_bytes(content[:start] + longer + content[start + len(longer) :])
    assert end - start < len(longer)
    assert refused(path).startswith(
        "FILE is damaged, or packed beyond all measure: a page of the column 'a' would take 1.07 GB of memory"
    )


def test_a_list_that_says_it_is_longer_than_the_footer(path):
    forge(path, lambda fields: field(fields, 4)[2].__setitem__(2, 2**31))
    assert "a list in its footer goes beyond its end" in refused(path)


def test_text_that_is_packed_beyond_all_measure_is_refused_at_once(tmp_path):
    path = tmp_path / "a.parquet"
    n_rows = 20_000_000
    text = pyarrow.DictionaryArray.from_arrays(pyarrow.array(np.zeros(n_rows, np.int8)), ["x"])
    parquet.write_table(pyarrow.table({"a": pyarrow.array(np.zeros(n_rows, np.int8)), "t": text}), path)
    started = time.process_time()
    assert refused(path).startswith(
        "FILE is damaged, or packed beyond all measure: the column 't' would take 1.28 GB of memory, and the file has"
    )
    assert time.process_time() - started < 2
    with diabolo.open(path, drop_columns=["t"]) as source:
        assert source.shape == (n_rows, 1)


def test_a_footer_too_long_to_be_looked_at_is_left_to_arrow(path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    with diabolo.open(path) as source:
        assert source.shape == (40, 2)
        assert source.dtype == np.float64
        assert np.isnan(source[:, 1]).sum() == 10


def test_row_groups_without_rows(tmp_path):
    table = pyarrow.table({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    with parquet.ParquetWriter(tmp_path / "t.parquet", table.schema) as writer:
        for part in (table[:0], table, table[:0]):
            writer.write_table(part)
    np.testing.assert_array_equal(diabolo.open(tmp_path / "t.parquet")[:], [[1, 3], [2, 4]])
