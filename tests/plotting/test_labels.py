import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from diabolo.errors import InputError, ParameterError
from diabolo.plotting.labels import (
    MISSING,
    PALETTE,
    Classes,
    NumericLabels,
    color_scale,
    explain_colors,
    read_labels,
    row_colors,
)


def test_names_are_classes_in_alphabetical_order():
    classes = read_labels(["cat", "ant", "cat"], 3)
    assert classes.names == ["ant", "cat"]
    assert classes.positions.tolist() == [1, 0, 1]
    assert not classes.missing.any()


def test_whole_numbers_are_classes_in_numerical_order():
    assert read_labels([10, 9, 10], 3).names == ["9", "10"]
    assert read_labels(np.array([True, False]), 2).names == ["False", "True"]
    assert read_labels(np.array([True, False], dtype=object), 2).names == ["False", "True"]


def test_whole_floats_are_classes_named_without_a_point():
    classes = read_labels(np.array([2.0, np.nan, 0.0, 1e300]), 4)
    assert classes.names == ["0", "2", str(int(1e300))]
    assert classes.positions.tolist() == [1, -1, 0, 2]


def test_every_kind_of_missing_is_missing():
    for labels in (
        ["b", None, "a"],
        ["b", float("nan"), "a"],
        pd.Series(["b", None, "a"]),
        pd.Series(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="category"),
        pd.array(["b", pd.NA, "a"]),
        pl.Series(["b", None, "a"]),
    ):
        classes = read_labels(labels, 3)
        assert classes.names == ["a", "b"]
        assert classes.positions.tolist() == [1, -1, 0]
        assert classes.missing.tolist() == [False, True, False]
    for labels in ([3, None, 1], pd.Series([3, None, 1], dtype="Int64"), pl.Series([3, None, 1])):
        assert read_labels(labels, 3).positions.tolist() == [1, -1, 0]


def test_rows_may_all_be_missing():
    assert read_labels([None, None], 2).positions.tolist() == [-1, -1]


def test_fractions_are_a_target():
    target = read_labels([0.5, None, 2.0], 3)
    assert isinstance(target, NumericLabels)
    np.testing.assert_array_equal(target.values, [0.5, np.nan, 2.0])
    assert target.missing.tolist() == [False, True, False]


def test_twenty_numbers_are_classes_and_twenty_one_a_target():
    assert isinstance(read_labels(range(20), 20), Classes)
    assert isinstance(read_labels(range(21), 21), NumericLabels)


def test_twenty_names_are_drawn_and_twenty_one_refused():
    names = [f"class {number}" for number in range(21)]
    assert len(read_labels(names[:20], 20).names) == 20
    with pytest.raises(InputError, match="labels holds 21 distinct names, and at most 20"):
        read_labels(names, 21)


def test_a_sequence_names_the_classes_by_number():
    assert read_labels([2, 0], 2, ["ant", "bee", "cat"]).names == ["ant", "cat"]


def test_a_mapping_names_the_classes_by_label():
    assert read_labels(["a", "b"], 2, {"b": "bee", "a": "ant"}).names == ["ant", "bee"]
    assert read_labels([True, False], 2, {False: "well", True: "ill"}).names == ["well", "ill"]


def test_a_class_without_a_name_is_refused():
    with pytest.raises(ParameterError, match="label_names has no name for 2, 3; it names 0, 1"):
        read_labels([0, 2, 3], 3, ["ant", "bee"])


def test_names_for_a_target_are_refused():
    with pytest.raises(ParameterError, match=r"labels is a numeric target \(2 distinct values\)"):
        read_labels([0.5, 0.7], 2, ["ant", "bee"])


def test_lengths_must_agree():
    with pytest.raises(InputError, match="codes has 3 rows but labels has 2"):
        read_labels(["a", "b"], 3)


def test_a_table_of_labels_is_refused():
    with pytest.raises(InputError, match=r"of shape \(2,\), got shape \(2, 2\)"):
        read_labels([[1, 3], [2, 4]], 2)


def test_a_table_of_one_column_is_that_column():
    assert read_labels([[1], [2], [None]], 3).positions.tolist() == [0, 1, -1]


def test_labels_of_two_kinds_are_refused_by_their_rows():
    with pytest.raises(
        InputError, match=r"labels mixes text \(in 1 row, first in row 1\) and numbers \(in 2 "
    ):
        read_labels([None, "a", 1, 2], 4)


def test_infinite_numbers_are_refused():
    with pytest.raises(InputError, match="labels holds 2 infinite values"):
        read_labels([np.inf, 0.5, -np.inf], 3)


def test_the_first_ten_colors_are_the_ten_of_tab10():
    assert set(PALETTE[:10]) == {to_rgb(color) for color in colormaps["tab10"].colors}


def test_twenty_colors_and_the_missing_one_all_differ_visibly():
    colors = np.array([*PALETTE, MISSING])
    assert len(colors) == 21
    distances = np.linalg.norm(colors[:, np.newaxis] - colors, axis=-1)
    assert distances[~np.eye(21, dtype=bool)].min() > 0.13


def test_classes_take_the_palette_by_position_and_gray_where_missing():
    colors = row_colors(Classes(["a", "b"], np.array([1, -1, 0])), 3)
    np.testing.assert_allclose(colors[:, :3], [PALETTE[1], MISSING, PALETTE[0]])


def test_a_target_takes_the_ends_of_the_scale_and_gray_where_missing():
    colors = row_colors(NumericLabels(np.array([5.0, np.nan, 1.0])), 3)
    scale = colormaps["viridis"]
    np.testing.assert_allclose(colors[:, :3], [scale(1.0)[:3], MISSING, scale(0.0)[:3]])


def test_rows_without_labels_are_all_alike():
    np.testing.assert_allclose(row_colors(None, 2)[:, :3], [PALETTE[0], PALETTE[0]])


def test_the_scale_ignores_what_is_missing():
    assert color_scale(NumericLabels(np.array([np.nan, 4.0, 2.0]))).get_clim() == (2.0, 4.0)


CLASSES = Classes(["ant", "bee"], np.array([0, 1, -1]))
TARGET = NumericLabels(np.array([0.5, np.nan, 2.5]))


def entries(ax):
    legend = ax.get_legend()
    return {
        text.get_text(): to_rgb(handle.get_color())
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }


def test_classes_get_a_legend_with_a_title_and_what_is_missing():
    _, ax = plt.subplots()
    explain_colors(ax, CLASSES, "animal", on_axis=False)
    assert entries(ax) == {"ant": PALETTE[0], "bee": PALETTE[1], "missing": MISSING}
    assert ax.get_legend().get_title().get_text() == "animal"


def test_nothing_is_said_to_be_missing_where_nothing_is():
    _, ax = plt.subplots()
    explain_colors(ax, Classes(["ant", "bee"], np.array([0, 1])), None, on_axis=False)
    assert list(entries(ax)) == ["ant", "bee"]


def test_a_target_gets_a_color_bar_and_what_is_missing():
    figure, ax = plt.subplots()
    explain_colors(ax, TARGET, "age", on_axis=False)
    (bar,) = [other for other in figure.axes if other is not ax]
    assert bar.get_ylabel() == "age"
    assert bar.get_ylim() == (0.5, 2.5)
    assert entries(ax) == {"missing": MISSING}


def test_an_axis_leaves_only_the_missing_rows_of_a_target_to_explain():
    figure, (left, right) = plt.subplots(1, 2)
    explain_colors(left, CLASSES, "animal", on_axis=True)
    explain_colors(right, TARGET, "age", on_axis=True)
    assert figure.axes == [left, right]
    assert left.get_legend() is None
    assert entries(right) == {"missing": MISSING}


def drawn_boxes(ax):
    ax.figure.canvas.draw()
    return ax.get_legend().get_window_extent(), ax.get_window_extent()


def test_the_legend_of_classes_stands_beside_where_the_layout_makes_room():
    _, ax = plt.subplots(layout="constrained")
    explain_colors(ax, CLASSES, None, on_axis=False)
    legend, box = drawn_boxes(ax)
    assert legend.x0 > box.x1
    assert legend.x1 <= ax.figure.bbox.x1


def test_the_legend_of_classes_stays_inside_without_covering_a_point_elsewhere():
    _, ax = plt.subplots()
    points = ax.scatter([0, 1, 1], [0, 1, 0.9])
    explain_colors(ax, CLASSES, None, on_axis=False)
    legend, box = drawn_boxes(ax)
    assert legend.x1 <= box.x1
    assert not any(legend.contains(*place) for place in ax.transData.transform(points.get_offsets()))
