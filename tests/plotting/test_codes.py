import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import rcParams
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from diabolo import plot_codes
from diabolo.errors import InputError, ParameterError
from diabolo.plotting.labels import MISSING, PALETTE


def offsets(ax):
    (points,) = ax.collections
    return np.asarray(points.get_offsets())


def colors(ax):
    (points,) = ax.collections
    return points.get_facecolor()[:, :3]


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def axis_labels(ax):
    return ax.get_xlabel(), ax.get_ylabel()


def test_two_components_make_a_map_of_the_codes(rng):
    codes = rng.normal(size=(30, 2))
    ax = plot_codes(codes)
    np.testing.assert_array_equal(offsets(ax), codes)
    assert axis_labels(ax) == ("code 0", "code 1")
    assert ax.get_legend() is None
    assert ax.figure.axes == [ax]


def test_three_components_make_a_space(rng):
    codes = rng.normal(size=(30, 3))
    ax = plot_codes(codes, rng.integers(3, size=30))
    assert ax.name == "3d"
    np.testing.assert_array_equal(np.transpose(ax.collections[0]._offsets3d), codes)
    assert (*axis_labels(ax), ax.get_zlabel()) == ("code 0", "code 1", "code 2")
    assert legend_texts(ax) == ["0", "1", "2"]
    ax.figure.canvas.draw()


def test_components_choose_columns_in_their_order(rng):
    codes = rng.normal(size=(30, 5))
    ax = plot_codes(codes, components=(3, 1))
    np.testing.assert_array_equal(offsets(ax), codes[:, [3, 1]])
    assert axis_labels(ax) == ("code 3", "code 1")
    space = plot_codes(codes, components=np.array([4, 0, 2]))
    np.testing.assert_array_equal(np.transpose(space.collections[0]._offsets3d), codes[:, [4, 0, 2]])


def test_frames_name_the_axes(rng):
    codes = rng.normal(size=(5, 3))
    for frame in (pd.DataFrame(codes, columns=list("abc")), pl.DataFrame(codes, schema=list("abc"))):
        ax = plot_codes(frame, components=(2, 0))
        assert axis_labels(ax) == ("c", "a")
        np.testing.assert_array_equal(offsets(ax), codes[:, [2, 0]])


def test_ten_classes_have_ten_distinct_colors_in_map_and_legend(rng):
    labels = np.arange(40) % 10
    ax = plot_codes(rng.normal(size=(40, 2)), labels)
    assert legend_texts(ax) == [str(digit) for digit in range(10)]
    shown = np.array([to_rgb(handle.get_color()) for handle in ax.get_legend().legend_handles])
    assert len(np.unique(shown, axis=0)) == 10
    np.testing.assert_allclose(colors(ax), shown[labels])


def test_label_names_and_the_name_of_a_series_reach_the_legend(rng):
    labels = pd.Series([0, 1, 1, 0], name="animal")
    ax = plot_codes(rng.normal(size=(4, 2)), labels, label_names=["ant", "bee"])
    assert legend_texts(ax) == ["ant", "bee"]
    assert ax.get_legend().get_title().get_text() == "animal"


def test_missing_classes_are_gray_and_named(rng):
    ax = plot_codes(rng.normal(size=(3, 2)), ["ant", None, "bee"])
    assert legend_texts(ax) == ["ant", "bee", "missing"]
    np.testing.assert_allclose(colors(ax), [PALETTE[0], MISSING, PALETTE[1]])


def test_a_target_gets_a_color_bar(rng):
    codes, target = rng.normal(size=(30, 2)), rng.uniform(size=30)
    target[4] = np.nan
    ax = plot_codes(codes, pd.Series(target, name="age"))
    np.testing.assert_array_equal(offsets(ax), codes)
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    assert bar.get_ylabel() == "age"
    np.testing.assert_allclose(bar.get_ylim(), [np.nanmin(target), np.nanmax(target)])
    np.testing.assert_allclose(colors(ax)[4], MISSING)
    assert len(np.unique(colors(ax), axis=0)) > 20
    assert legend_texts(ax) == ["missing"]


def test_a_target_of_one_value_is_drawn(rng):
    ax = plot_codes(rng.normal(size=(3, 3)), [0.5, 0.5, 0.5])
    assert len(ax.figure.axes) == 2
    ax.figure.canvas.draw()


def test_one_component_gives_each_class_a_lane(rng):
    codes = rng.normal(size=(40, 1))
    labels = np.array(["ant", "bee", "cat", None] * 10, dtype=object)
    ax = plot_codes(codes, labels)
    np.testing.assert_array_equal(offsets(ax)[:, 0], codes[:, 0])
    np.testing.assert_array_equal(np.round(offsets(ax)[:, 1]), np.arange(40) % 4)
    assert len(np.unique(offsets(ax)[:, 1])) == 40
    assert [text.get_text() for text in ax.get_yticklabels()] == ["ant", "bee", "cat", "missing"]
    assert ax.yaxis_inverted()
    np.testing.assert_allclose(colors(ax)[:4], [*PALETTE[:3], MISSING])
    assert ax.get_legend() is None


def test_one_component_without_labels_is_one_lane(rng):
    codes = rng.normal(size=(40, 1))
    ax = plot_codes(codes)
    np.testing.assert_array_equal(offsets(ax)[:, 0], codes[:, 0])
    assert np.abs(offsets(ax)[:, 1]).max() < 0.5
    assert list(ax.get_yticks()) == []


def test_one_component_stands_at_the_height_of_its_target(rng):
    codes, target = rng.normal(size=(30, 1)), rng.uniform(size=30)
    target[4] = np.nan
    ax = plot_codes(codes, pl.Series("age", target))
    rows = np.arange(30) != 4
    np.testing.assert_array_equal(offsets(ax)[rows], np.column_stack([codes[rows, 0], target[rows]]))
    assert offsets(ax)[4, 1] < np.nanmin(target)
    assert axis_labels(ax) == ("code 0", "age")
    assert legend_texts(ax) == ["missing"]
    assert ax.figure.axes == [ax]


def test_the_strip_is_the_same_each_time_and_moves_no_global_state(rng):
    codes = rng.normal(size=(20, 1))
    before, settings = np.random.get_state()[1].tolist(), dict(rcParams)  # noqa: NPY002
    first, second = plot_codes(codes), plot_codes(codes)
    np.testing.assert_array_equal(offsets(first), offsets(second))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert dict(rcParams) == settings


def test_more_points_are_smaller_and_very_many_are_one_image():
    few, many = plot_codes(np.zeros((500, 2))), plot_codes(np.zeros((10_001, 2)))
    assert few.collections[0].get_sizes()[0] > many.collections[0].get_sizes()[0]
    assert not few.collections[0].get_rasterized()
    assert many.collections[0].get_rasterized()


def test_given_axes_are_drawn_on_and_no_figure_is_opened(rng):
    figure = Figure()
    flat, space = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")
    codes = rng.normal(size=(10, 3))
    assert plot_codes(codes, range(10), components=(0, 1), ax=flat) is flat
    assert plot_codes(codes, range(10), ax=space) is space
    np.testing.assert_array_equal(offsets(flat), codes[:, :2])
    assert plt.get_fignums() == []


def test_axes_of_the_wrong_dimension_are_refused(rng):
    figure = Figure()
    flat, space = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")
    with pytest.raises(ParameterError, match=r"need a 3-D Axes, got a flat one.*projection='3d'"):
        plot_codes(rng.normal(size=(10, 3)), ax=flat)
    with pytest.raises(ParameterError, match="need a flat Axes, got a 3-D one"):
        plot_codes(rng.normal(size=(10, 2)), ax=space)


def test_more_than_three_components_need_a_choice():
    with pytest.raises(ParameterError, match=r"codes has 8 components.*components=\(0, 1\)"):
        plot_codes(np.zeros((5, 8)))
    assert plt.get_fignums() == []


def test_components_that_do_not_exist_are_refused():
    with pytest.raises(
        ParameterError,
        match=r"components=\(0, 4\) is not possible; codes have 4 components, numbered 0 to 3, so 4 is",
    ):
        plot_codes(np.zeros((5, 4)), components=(0, 4))
    with pytest.raises(ParameterError, match="numbered 0 to 3, so -1 is not one of them"):
        plot_codes(np.zeros((5, 4)), components=(-1, 0))


def test_components_that_are_no_choice_are_refused():
    for components in (2, (), (0, 0), (0, 1, 2, 3), "01", (0.0, 1.0)):
        with pytest.raises(ParameterError, match="one, two or three different numbers of columns, such as"):
            plot_codes(np.zeros((5, 4)), components=components)


def test_codes_that_are_no_table_are_refused():
    for codes in (np.zeros(5), np.zeros((0, 2)), np.zeros((2, 2, 2))):
        with pytest.raises(InputError, match="codes must be a table of shape"):
            plot_codes(codes)


def test_codes_that_are_not_finite_are_refused_only_where_drawn():
    codes = np.zeros((5, 3))
    codes[2, 1] = np.nan
    with pytest.raises(InputError, match=r"got nan at row 2, component 1 \(1 such in all\)"):
        plot_codes(codes)
    assert plot_codes(codes, components=(0, 2)).name == "rectilinear"


def test_names_without_labels_are_refused():
    with pytest.raises(ParameterError, match="label_names was given without labels"):
        plot_codes(np.zeros((5, 2)), label_names=["ant"])


def test_labels_must_be_as_many_as_codes():
    with pytest.raises(InputError, match="codes has 5 rows but labels has 4"):
        plot_codes(np.zeros((5, 2)), [0, 1, 0, 1])
