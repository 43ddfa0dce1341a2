from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.plotting import plot_sweep

ROWS = [
    {
        "n_components": size,
        "reconstruction_error": 0.4 / size,
        "downstream": 6.0 - size,
        "downstream_lowest": 5.5 - size,
        "downstream_highest": 6.5 - size,
        "head": None,
        "mean_predictor": 12.0,
    }
    for size in (1, 2, 4)
]
PLAIN = [{"n_components": size, "reconstruction_error": 0.4 / size, "downstream": None} for size in (1, 2, 4)]


def lines(ax):
    return {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}


def test_both_errors_are_drawn_against_the_size_by_powers_of_two():
    ax = plot_sweep(SimpleNamespace(rows=ROWS, metric="mean_absolute_error"))
    assert lines(ax) == {
        "predicted from the code": [[1, 5], [2, 4], [4, 2]],
        "by the mean": [[1, 12], [2, 12], [4, 12]],
    }
    (beside,) = (each for each in ax.figure.axes if each is not ax)
    assert lines(beside) == {"rebuilt": [[1, 0.4], [2, 0.2], [4, 0.1]]}
    assert ax.xaxis.get_transform().base == 2
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1", "2", "4"]
    assert ax.get_ylabel() == "mean absolute error of the target"
    assert beside.get_ylabel() == "mean absolute error of reconstruction"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*lines(ax), "rebuilt"]


def test_the_interval_is_a_band():
    (band,) = plot_sweep(ROWS, metric="downstream").collections
    corners = band.get_paths()[0].vertices
    assert {(1, 4.5), (1, 5.5), (4, 1.5), (4, 2.5)} <= {tuple(corner) for corner in corners.tolist()}
    without = [{**row, "downstream_lowest": None} for row in ROWS]
    assert not plot_sweep(without, metric="downstream").collections


def test_metric_chooses_what_is_drawn():
    ax = plot_sweep(ROWS, metric="reconstruction")
    assert list(lines(ax)) == ["rebuilt"]
    assert ax.get_legend() is None
    ax = plot_sweep(ROWS, metric="downstream")
    assert len(ax.figure.axes) == 1
    assert "rebuilt" not in lines(ax)


def test_a_guided_codes_head_has_a_line_of_its_own():
    ax = plot_sweep([{**row, "head": 3.0} for row in ROWS])
    assert lines(ax)["by its own head"] == [[1, 3], [2, 3], [4, 3]]


def test_without_a_target_the_reconstruction_is_drawn_alone():
    ax = plot_sweep(PLAIN)
    assert list(lines(ax)) == ["rebuilt"]
    assert len(ax.figure.axes) == 1


def test_given_axes_are_drawn_on_and_no_figure_is_opened():
    ax = Figure().add_subplot()
    assert plot_sweep(ROWS, ax=ax) is ax
    assert plt.get_fignums() == []


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ParameterError, match=r"got 'downstrem'\. Did you mean 'downstream'"):
        plot_sweep(ROWS, metric="downstrem")
    with pytest.raises(InputTypeError, match="sweep must be a Sweep, or its rows, got int"):
        plot_sweep(3)
    with pytest.raises(InputError, match="measured no target: draw metric='reconstruction'"):
        plot_sweep(PLAIN, metric="downstream")
    with pytest.raises(InputError, match="the sweep has no figures to draw"):
        plot_sweep([])
    assert plt.get_fignums() == []
