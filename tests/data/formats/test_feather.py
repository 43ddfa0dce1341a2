import random

import numpy as np
import pyarrow
import pytest
from pyarrow import feather

from diabolo import open as open_table
from diabolo.errors import DataFileError


def put(path, columns, **options):
    feather.write_feather(pyarrow.table(columns), str(path), **options)
    return path


@pytest.mark.parametrize(
    "options", [{}, {"compression": "uncompressed"}, {"compression": "zstd", "chunksize": 2}]
)
def test_numbers_are_features_and_text_is_carried(tmp_path, options):
    columns = {"a": [1.5, None, 3.0], "kind": ["x", None, "z"], "age": [30, 40, 50]}
    with open_table(put(tmp_path / "a.feather", columns, **options), target="age") as source:
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
    path = put(tmp_path / "a.feather", columns, compression=compression, chunksize=16)
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
