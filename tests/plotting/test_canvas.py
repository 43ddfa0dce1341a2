import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from diabolo.errors import InputTypeError
from diabolo.plotting.canvas import open_axes


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
