# ruff: noqa: E501 - error messages are shown whole, one a line
import sys

import numpy as np
import pyarrow
import pytest
from diabolo.data.parquet_source import ParquetSource
from pyarrow import parquet

from diabolo.errors import DataFileError, ParameterError


def put(path, columns, **options):
    parquet.write_table(pyarrow.table(columns), path, **options)
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        ParquetSource(path, **options)
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
    source = ParquetSource(put(tmp_path / "a.parquet", columns, row_group_size=2), target="age")
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
    with ParquetSource(path) as source:
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
        == "FILE has 1 rows and 0 numeric columns, and a table needs at least one of each; its columns are 'kind', 'shade'."
    )
    assert (
        error(path, target="shads")
        == "FILE has no column 'shads'; it has 'kind', 'shade'. Did you mean 'shade'?"
    )
    path.write_bytes(path.read_bytes()[:-20])
    assert error(path).startswith("FILE is cut short or damaged (")
    path.write_text("a,b\n")
    assert error(path) == "FILE is not a Parquet file, it holds text: give it the name that fits."


def test_without_pyarrow(tmp_path, monkeypatch):
    path = put(tmp_path / "a.parquet", {"a": [1.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert (
        error(path, ParameterError)
        == 'FILE needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
    )
