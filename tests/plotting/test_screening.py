import matplotlib.pyplot as plt
import numpy as np
import pytest

from diabolo.errors import InputError, InputTypeError
from diabolo.plotting import plot_features_kept, plot_information

VALUES = np.array([0.0] * 95 + [0.1, 0.2, 0.5, 0.8, np.nan])
both = pytest.mark.parametrize("plot", [plot_information, plot_features_kept])


def test_every_feature_is_in_a_bar():
    ax = plot_information(VALUES, threshold=0.2)
    heights = [bar.get_height() for bar in ax.patches]
    assert sum(heights) == 99
    assert heights[0] == 95
    assert ax.get_yscale() == "log"
    assert ax.get_lines()[0].get_xdata() == [0.2, 0.2]
    assert ax.get_legend().get_texts()[0].get_text() == "threshold 0.2: 3 of 99 features"


def test_the_curve_counts_what_is_kept():
    ax = plot_features_kept(VALUES, threshold=0.2)
    curve, line, point = ax.get_lines()
    assert curve.get_xydata().tolist() == [[0.0, 99], [0.1, 4], [0.2, 3], [0.5, 2], [0.8, 1]]
    assert curve.get_drawstyle() == "steps-pre"
    assert point.get_xydata().tolist() == [[0.2, 3]]
    assert line.get_label() == "threshold 0.2: 3 of 99 features"
    assert ax.get_yscale() == "log"


@both
def test_without_a_threshold_there_is_no_legend(plot):
    assert plot(VALUES).get_legend() is None


@both
def test_a_threshold_above_all_is_drawn(plot):
    ax = plot(VALUES, threshold=2.0)
    assert ax.get_legend().get_texts()[0].get_text() == "threshold 2: 0 of 99 features"


@both
def test_the_values_can_be_named_and_the_axes_given(plot):
    _, ax = plt.subplots()
    assert plot([0.0, 0.0], label="F", ax=ax) is ax
    assert "F" in ax.get_xlabel()
    with pytest.raises(InputTypeError, match="ax must be one matplotlib Axes"):
        plot(VALUES, ax=[ax])


@both
@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, 1.0], [[1.0]]])
def test_what_is_no_list_of_numbers_is_refused(plot, values):
    with pytest.raises(
        InputError, match="information must be a finite number for each of one or more features"
    ):
        plot(values)
