import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from diabolo.plotting.colors import MISSING, PALETTE
from diabolo.plotting.labels import Classes, NumericLabels
from diabolo.plotting.legend import explain_colors

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
