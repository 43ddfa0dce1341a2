import numpy as np
import pandas as pd
import polars as pl
import pytest

from diabolo.errors import InputError, InputTypeError
from diabolo.plotting.table import column_names, read_numbers


def test_floating_arrays_are_not_copied():
    values = np.ones((2, 3), dtype=np.float32)
    assert read_numbers(values, "codes") is values


def test_integers_and_frames_become_floating():
    expected = [[1.0, 2.0], [3.0, 4.0]]
    for values in (
        [[1, 2], [3, 4]],
        np.array(expected, dtype=np.uint8),
        pd.DataFrame({"a": [1, 3], "b": [2, 4]}),
        pl.DataFrame({"a": [1, 3], "b": [2, 4]}),
    ):
        read = read_numbers(values, "codes")
        assert read.dtype == float
        assert read.tolist() == expected


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="codes must be a rectangular array"):
        read_numbers([[1, 2], [3]], "codes")


def test_words_are_refused():
    with pytest.raises(
        InputTypeError, match=r"X must hold numbers only, got DataFrame of dtype object.*'tall'"
    ):
        read_numbers(pd.DataFrame({"age": [3], "height": ["tall"]}), "X")


def test_column_names_come_from_either_frame_library_and_nowhere_else():
    assert column_names(pl.DataFrame({"age": [3], "height": [95]})) == ["age", "height"]
    assert column_names(pd.DataFrame({"age": [3], "height": [95]})) == ["age", "height"]
    assert column_names(pd.DataFrame([[3, 95]])) is None
    assert column_names(np.ones((1, 2))) is None
