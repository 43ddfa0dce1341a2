import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure

from diabolo.errors import InputError, InputTypeError
from diabolo.plotting.canvas import column_names, open_axes, read_numbers


def test_given_axes_come_back_and_no_figure_is_opened():
    ax = Figure().add_subplot()
    assert open_axes(ax, (4, 3)) is ax
    assert plt.get_fignums() == []


def test_new_figure_has_the_size_projection_and_layout_asked_for():
    ax = open_axes(None, (4, 3), projection="3d", layout="compressed")
    assert tuple(ax.figure.get_size_inches()) == (4, 3)
    assert ax.name == "3d"
    assert ax.figure.get_layout_engine()._compress
    assert plt.get_fignums() == [ax.figure.number]


def test_an_array_of_axes_is_refused():
    _, axes = plt.subplots(1, 2)
    with pytest.raises(InputTypeError, match="ax must be one matplotlib Axes or None, got ndarray"):
        open_axes(axes, (4, 3))


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
