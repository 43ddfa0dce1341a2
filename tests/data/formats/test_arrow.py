# ruff: noqa: E501 - error messages are shown whole, one a line


import random
import sys

import numpy as np
import pyarrow
import pytest
from pyarrow import feather, parquet
from tests.data.formats.damage import check_damage

from diabolo import open as open_table
from diabolo.errors import DataFileError, ParameterError


def put(path, columns, **options):
    parquet.write_table(pyarrow.table(columns), path, **options)
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def test_numbers_are_features_and_text_is_carried(tmp_path):
    columns = {
        "a": [1.5, None, 3.0],
        "kind": ["x", None, "z"],
        "flag": [True, False, True],
        "shade": pyarrow.array(["r", "g", "r"]).dictionary_encode(),
        "age": [30, 40, 50],
    }
    source = open_table(put(tmp_path / "a.parquet", columns, row_group_size=2), target="age")
    assert source.feature_names == ("a", "flag")
    np.testing.assert_array_equal(source[:], [[1.5, 1], [np.nan, 0], [3, 1]])
    assert source.block == (2, 1)
    carried = {name: values.tolist() for name, values in source.carried.items()}
    assert carried == {"kind": ["x", "", "z"], "shade": ["r", "g", "r"], "age": [30, 40, 50]}
    assert source.target_name == "age"
    source.close()


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ({"a": np.float32([1, 2]), "b": np.int8([1, 2])}, "f4"),
        ({"a": np.int64([1, 2]), "b": np.int8([1, 2])}, "i8"),
        ({"a": np.float16([1, 2])}, "f2"),
        ({"a": pyarrow.array([1, None], pyarrow.int16())}, "f4"),
        ({"a": pyarrow.array([1, None], pyarrow.int32())}, "f8"),
        ({"a": [True, None]}, "f4"),
    ],
)
@pytest.mark.parametrize("statistics", [True, False])
def test_the_type_holds_every_cell(tmp_path, columns, dtype, statistics):
    path = put(tmp_path / "a.parquet", columns, write_statistics=statistics)
    with open_table(path) as source:
        expected = np.column_stack(
            [np.array(pyarrow.array(each).to_numpy(zero_copy_only=False), float) for each in columns.values()]
        )
        if statistics:
            assert source.dtype == dtype
        np.testing.assert_array_equal(source[:], expected)


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = put(tmp_path / "a.parquet", {"kind": ["x"], "shade": ["y"]})
    assert (
        error(path)
        == "FILE has 1 row and 0 numeric columns, and a table needs at least one of each; its columns are 'kind', 'shade'."
    )
    assert (
        error(path, target="shads")
        == "FILE has no column named 'shads'; it has 'kind', 'shade'. Did you mean 'shade'?"
    )
    path.write_bytes(path.read_bytes()[:-20])
    assert error(path).startswith("FILE is cut short or damaged (")
    path.write_text("a,b\n")
    assert (
        error(path)
        == "FILE is not a Parquet file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."
    )


def test_without_pyarrow(tmp_path, monkeypatch):
    path = put(tmp_path / "a.parquet", {"a": [1.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert (
        error(path, ParameterError)
        == 'FILE needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
    )


# A bit flipped in the footer is no test: some end the process in Arrow's own code.
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_damage_among_the_cells_and_files_cut_short_are_reported_or_harmless(tmp_path, compression):
    columns = {"a": np.arange(40.0), "b": [1.5, None] * 20, "kind": ["x", "y"] * 20}
    path = put(tmp_path / "a.parquet", columns, compression=compression, row_group_size=16)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    spoilt = [whole[:length] for length in range(5, len(whole), 50)]
    spoilt += [whole[:-8] + bytes([255, 255, 255, 127]) + whole[-4:], whole[:-4] + b"PAR2"]
    chance = random.Random(1)
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[chance.randrange(4, footer)] ^= 1 << chance.randrange(8)
        spoilt.append(bytes(flipped))
    check_damage(path, spoilt)


def test_a_column_of_two_types_is_damage(tmp_path):
    path = put(tmp_path / "a.parquet", {"a": np.arange(4)})
    whole = path.read_bytes()
    # In the footer, the type of the column's chunk stands after its place: field 1 of its metadata, INT64 as 2.
    chunk = whole.rindex(bytes([0x1C, 0x15, 0x04, 0x19]))
    path.write_bytes(whole[: chunk + 2] + bytes([0x02]) + whole[chunk + 3 :])
    assert error(path) == "FILE is cut short or damaged (a column has two types): make or copy it anew."


def test_a_place_names_the_column(tmp_path):
    path = put(tmp_path / "a.parquet", {"kind": ["x", "y"], "a": [1.0, None]})
    source = open_table(path)
    assert source.place(1, 0) == "row 1, column 0 ('a'), both counted from 0"


def put_feather(path, columns, **options):
    feather.write_feather(pyarrow.table(columns), str(path), **options)
    return path


@pytest.mark.parametrize(
    "options", [{}, {"compression": "uncompressed"}, {"compression": "zstd", "chunksize": 2}]
)
def test_feather_has_features_and_carried_text(tmp_path, options):
    columns = {"a": [1.5, None, 3.0], "kind": ["x", None, "z"], "age": [30, 40, 50]}
    with open_table(put_feather(tmp_path / "a.feather", columns, **options), target="age") as source:
        assert source.feature_names == ("a",)
        np.testing.assert_array_equal(source[:], [[1.5], [np.nan], [3]])
        assert {name: values.tolist() for name, values in source.carried.items()} == {
            "age": [30, 40, 50],
            "kind": ["x", "", "z"],
        }
        assert source.target_name == "age"


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_damage_anywhere_is_reported_or_harmless(tmp_path, compression):
    columns = {"a": np.arange(40.0), "b": [1.5, None] * 20, "kind": ["x", "y"] * 20}
    path = put_feather(tmp_path / "a.feather", columns, compression=compression, chunksize=16)
    whole = path.read_bytes()
    chance = random.Random(1)
    said = set()
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            with open_table(path) as source:
                source.read(slice(0, 40))
        except DataFileError as problem:
            said.add(str(problem))
    assert said
    assert not any("\n" in each for each in said)


def test_another_format(tmp_path):
    path = tmp_path / "a.feather"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match=r"it holds text: give it the name that fits"):
        open_table(path)
