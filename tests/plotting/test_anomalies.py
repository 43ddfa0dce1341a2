import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.plotting.anomalies import plot_anomaly, plot_score_histogram, plot_score_quality, plot_threshold

SCORES = np.array([1.0, 2.0, 2.0, 3.0, 5.0, 6.0])
IS_ANOMALY = np.array([False, False, True, False, True, True])
LABELED = [plot_score_histogram, plot_score_quality, plot_threshold]
EACH = {
    "anomaly": lambda ax: plot_anomaly([1.0, 2.0], [1.5, 1.0], ax=ax),
    "histogram": lambda ax: plot_score_histogram(SCORES, IS_ANOMALY, threshold=2.5, ax=ax),
    "precision_recall": lambda ax: plot_score_quality(SCORES, IS_ANOMALY, threshold=2.5, ax=ax),
    "roc": lambda ax: plot_score_quality(SCORES, IS_ANOMALY, curve="roc", threshold=2.5, ax=ax),
    "threshold": lambda ax: plot_threshold(SCORES, IS_ANOMALY, threshold=2.5, ax=ax),
}


@st.composite
def labeled(draw):
    """Scores with ties, and labels of both kinds."""
    n_rows = draw(st.integers(2, 25))
    scores = draw(st.lists(st.integers(-3, 9), min_size=n_rows, max_size=n_rows))
    is_anomaly = draw(st.lists(st.booleans(), min_size=n_rows - 2, max_size=n_rows - 2))
    return np.array(scores) / 2, np.array([*is_anomaly, True, False])


def closed():
    """A figure that pyplot does not know of, so that many examples leave none open."""
    return Figure().add_subplot()


def line(ax, start):
    """Points of the line whose label starts so."""
    (found,) = [line for line in ax.get_lines() if line.get_label().startswith(start)]
    return found.get_xydata()


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def step_at(points, x):
    """What a step line drawn from right to left shows at x: constant from a point up to the one before."""
    return points[np.flatnonzero(points[:, 0] <= x)[0], 1]


@pytest.mark.parametrize("name", EACH)
def test_a_figure_is_opened_only_where_no_axes_were_given(name):
    plt.close("all")
    ax = closed()
    assert EACH[name](ax) is ax
    ax.figure.canvas.draw()
    assert plt.get_fignums() == []
    made = EACH[name](None)
    made.figure.canvas.draw()
    assert plt.get_fignums() == [made.figure.number]
    assert legend(made) == legend(ax)
    with pytest.raises(InputTypeError, match="ax must be one matplotlib Axes or None, got int"):
        EACH[name](3)


def test_a_row_and_its_reconstruction_are_drawn_with_the_error_between():
    row, made = np.array([0.0, 1.0, 0.5, 2.0]), np.array([0.5, 1.0, 0.0, 3.0])
    ax = plot_anomaly(row, made, title="class 2")
    np.testing.assert_array_equal(line(ax, "row"), np.column_stack([range(4), row]))
    np.testing.assert_array_equal(line(ax, "reconstruction"), np.column_stack([range(4), made]))
    assert legend(ax) == ["row", "reconstruction", "error (mean 0.5)"]
    (area,) = ax.collections
    assert {tuple(point) for point in area.get_paths()[0].vertices} >= {
        *zip(range(4), row, strict=True),
        *zip(range(4), made, strict=True),
    }
    assert (ax.get_title(), ax.get_xlabel()) == ("class 2", "feature")
    assert plot_anomaly(row, made).get_title() == ""


@settings(max_examples=8)
@given(n_features=st.integers(1, 60), seed=st.integers(0, 9))
def test_rows_of_any_width_are_drawn_and_only_narrow_ones_get_dots(n_features, seed):
    row, made = np.random.default_rng(seed).normal(size=(2, n_features))
    ax = plot_anomaly(row, made, ax=closed())
    assert len(line(ax, "row")) == n_features
    assert ax.get_lines()[0].get_marker() == ("." if n_features <= 30 else "")
    assert legend(ax)[2] == f"error (mean {np.abs(row - made).mean():.3g})"


def test_names_of_a_series_stand_on_the_axis():
    row = pd.Series([1.0, 2.0], index=["flow", "pressure"])
    ax = plot_anomaly(row, [1.0, 1.0])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["flow", "pressure"]
    assert ax.get_xlabel() == ""


@pytest.mark.parametrize(
    "row",
    [[1.0, 2.0], (1, 2), pd.Series([1.0, 2.0]), np.array([1, 2], np.int8)],
    ids=["list", "tuple", "numbered series", "integers"],
)
def test_rows_without_names_are_numbered(row):
    ax = plot_anomaly(row, [1.0, 1.0])
    np.testing.assert_array_equal(line(ax, "row"), [[0, 1], [1, 2]])
    assert ax.get_xlabel() == "feature"


def test_too_many_names_are_left_out():
    row = pd.Series(np.zeros(31), index=[f"x{i}" for i in range(31)])
    assert plot_anomaly(row, np.ones(31)).get_xlabel() == "feature"


@pytest.mark.parametrize(
    ("row", "made"), [([1.0], [1.0, 2.0]), ([[1.0, 2.0]], [[1.0, 2.0]]), ([], [])], ids=["two", "2-d", "none"]
)
def test_what_is_not_one_row_of_each_is_refused(row, made):
    with pytest.raises(InputError) as caught:
        plot_anomaly(row, made)
    assert str(caught.value) == (
        f"row has shape {np.shape(row)} and reconstruction {np.shape(made)}; give one row of each, of the "
        "same features."
    )


@settings(max_examples=8)
@given(rows=labeled())
def test_histograms_share_their_bins_and_each_sums_to_a_hundred(rows):
    scores, is_anomaly = rows
    ax = plot_score_histogram(scores, is_anomaly, ax=closed())
    assert len(ax.patches) == 100
    normal, odd = ax.patches[:50], ax.patches[50:]
    assert [bar.get_x() for bar in normal] == [bar.get_x() for bar in odd]
    edges = [bar.get_x() for bar in normal] + [normal[-1].get_x() + normal[-1].get_width()]
    for bars, members in ((normal, scores[~is_anomaly]), (odd, scores[is_anomaly])):
        heights = np.array([bar.get_height() for bar in bars])
        assert heights.sum() == pytest.approx(100)
        # Bin by bin, where no score lies so near an edge that adding up widths could move it.
        expected = [(members < edge).mean() * 100 for edge in edges]
        far = [np.abs(scores - edge).min() > 1e-9 for edge in edges]
        got = np.concatenate([[0], np.cumsum(heights)])
        np.testing.assert_allclose(got[far], np.array(expected)[far], atol=1e-9)


def test_the_histograms_legend_counts_rows_and_names_the_threshold():
    ax = plot_score_histogram(SCORES, IS_ANOMALY, threshold=2.5)
    assert legend(ax) == ["normal: 3", "anomaly: 3", "threshold 2.5"]
    np.testing.assert_array_equal(line(ax, "threshold"), [[2.5, 0], [2.5, 1]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("score (higher is odder)", "% of the rows of a kind")
    assert legend(plot_score_histogram(SCORES, IS_ANOMALY)) == ["normal: 3", "anomaly: 3"]


def test_without_labels_there_is_one_histogram():
    ax = plot_score_histogram(np.arange(1200.0))
    assert legend(ax) == ["rows: 1,200"]
    assert ax.get_ylabel() == "% of the rows"


def test_a_kind_without_rows_is_left_out():
    assert legend(plot_score_histogram(SCORES, np.zeros(6, bool))) == ["normal: 6"]
    assert legend(plot_score_histogram(SCORES, np.ones(6, bool))) == ["anomaly: 6"]


@pytest.mark.parametrize("plot", [plot_score_histogram, plot_threshold])
def test_a_wide_range_of_scores_makes_the_axis_logarithmic(plot):
    for largest, smallest, scale in ((20.0, 1.0, "linear"), (21.0, 1.0, "log"), (21.0, 0.0, "linear")):
        ax = plot([smallest, 2.0, largest], [False, False, True], threshold=-1.0)
        assert ax.get_xscale() == scale
        ax.figure.canvas.draw()


def test_scores_that_are_all_the_same_are_drawn():
    ax = plot_score_histogram([2.0, 2.0])
    assert max(bar.get_height() for bar in ax.patches) == 100
    plot_threshold([2.0, 2.0], [False, True]).figure.canvas.draw()


@settings(max_examples=12)
@given(rows=labeled())
def test_the_precision_recall_curve_is_scikit_learns(rows):
    scores, is_anomaly = rows
    ax = plot_score_quality(scores, is_anomaly, ax=closed())
    precision, recall, _ = precision_recall_curve(is_anomaly, scores)
    points = line(ax, "average")
    # scikit-learn's first point, at a recall of 0, has a precision of 1; here that of the first rows flagged.
    np.testing.assert_allclose(points[1:], np.column_stack([recall, precision])[-2::-1])
    np.testing.assert_allclose(points[0], [0, precision[-2]])
    share = f"chance {is_anomaly.mean():.3g}"
    area = average_precision_score(is_anomaly, scores)
    assert [float(legend(ax)[0].split()[-1]), legend(ax)[1]] == [pytest.approx(area, rel=1e-3), share]
    np.testing.assert_array_equal(line(ax, "chance")[:, 1], [is_anomaly.mean()] * 2)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("recall", "precision")


@settings(max_examples=12)
@given(rows=labeled())
def test_the_roc_curve_is_scikit_learns(rows):
    scores, is_anomaly = rows
    ax = plot_score_quality(scores, is_anomaly, curve="roc", ax=closed())
    alarms, caught, _ = roc_curve(is_anomaly, scores, drop_intermediate=False)
    np.testing.assert_allclose(line(ax, "area"), np.column_stack([alarms, caught]))
    area = roc_auc_score(is_anomaly, scores)
    assert float(legend(ax)[0].split()[-1]) == pytest.approx(area, rel=1e-3)
    np.testing.assert_array_equal(line(ax, "chance"), [[0, 0], [1, 1]])


@settings(max_examples=12)
@given(rows=labeled(), threshold=st.integers(-4, 10))
def test_the_thresholds_point_is_scikit_learns(rows, threshold):
    scores, is_anomaly = rows
    called = scores > threshold / 2
    precision = precision_score(is_anomaly, called, zero_division=0)
    recall = recall_score(is_anomaly, called)
    (kept, alarms), _ = confusion_matrix(is_anomaly, called)
    for curve, point in (
        ("precision_recall", (recall, precision)),
        ("roc", (alarms / (kept + alarms), recall)),
    ):
        ax = plot_score_quality(scores, is_anomaly, curve=curve, threshold=threshold / 2, ax=closed())
        np.testing.assert_allclose(line(ax, "threshold"), [point])
        assert legend(ax)[2] == f"threshold {threshold / 2:.4g}"


@settings(max_examples=12)
@given(rows=labeled())
def test_precision_and_recall_at_any_threshold_are_scikit_learns(rows):
    scores, is_anomaly = rows
    ax = plot_threshold(scores, is_anomaly, ax=closed())
    values = np.unique(scores)
    for threshold in [*values, *(values[1:] + values[:-1]) / 2]:
        called = scores > threshold
        assert step_at(line(ax, "recall"), threshold) == pytest.approx(recall_score(is_anomaly, called))
        if called.any():
            shown = step_at(line(ax, "precision"), threshold)
            assert shown == pytest.approx(precision_score(is_anomaly, called))
    assert {drawn.get_drawstyle() for drawn in ax.get_lines()} == {"steps-pre"}


def test_the_threshold_in_use_is_drawn_and_the_axes_are_named():
    ax = plot_threshold(SCORES, IS_ANOMALY, threshold=2.5)
    np.testing.assert_array_equal(line(ax, "threshold"), [[2.5, 0], [2.5, 1]])
    assert legend(ax) == ["precision", "recall", "threshold 2.5"]
    assert legend(plot_threshold(SCORES, IS_ANOMALY)) == ["precision", "recall"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("threshold (rows with higher scores are flagged)", "share")


def test_the_legend_of_precision_and_recall_stands_above_the_curves():
    ax = plot_threshold(SCORES, IS_ANOMALY, threshold=2.5)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1


@pytest.mark.parametrize("plot", LABELED)
def test_scores_that_are_not_one_finite_number_a_row_are_refused(plot):
    for scores, n_bad in (([[1.0], [2.0]], 0), ([], 0), ([1.0, np.nan], 1), ([np.inf, -np.inf], 2)):
        with pytest.raises(InputError) as caught:
            plot(scores, [True, False])
        assert str(caught.value) == (
            "scores must be one finite number for each of one or more rows, got shape "
            f"{np.shape(scores)} with {n_bad} that are not finite."
        )


@pytest.mark.parametrize("plot", LABELED)
def test_labels_that_are_not_true_or_false_for_each_row_are_refused(plot):
    for labels, got in (([1, 0], "int64 of shape (2,)"), ([True], "bool of shape (1,)")):
        with pytest.raises(InputError) as caught:
            plot([1.0, 2.0], labels)
        assert str(caught.value) == (
            f"is_anomaly must be true or false for each of the 2 scores, got {got}; compare your labels with "
            "the normal one: labels != 'normal'."
        )


@pytest.mark.parametrize("plot", LABELED)
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA], ids=["None", "NaN", "NA"])
def test_rows_of_which_nothing_is_known_are_left_out(plot, missing):
    figures = []
    for scores, labels in (
        ([1.0, 2.0, 3.0], [False, True, True]),
        ([1.0, 7.0, 2.0, 0.5, 3.0], [False, missing, True, missing, True]),
    ):
        ax = plot(scores, labels)
        handles, names = ax.get_legend_handles_labels()
        figures.append((names, [line.get_xydata().tolist() for line in ax.lines], len(handles)))
    assert figures[0] == figures[1]


@pytest.mark.parametrize("plot", [plot_score_quality, plot_threshold])
def test_rows_of_one_kind_have_no_curve(plot):
    for labels, kind in ((np.ones(2, bool), "anomalies"), (np.zeros(2, bool), "normal")):
        with pytest.raises(InputError) as caught:
            plot([1.0, 2.0], labels)
        assert str(caught.value) == f"all 2 rows are {kind}; a curve needs both kinds."


def test_another_curve_is_refused_with_the_nearest():
    for curve, hint in (
        ("ROC", " Did you mean 'roc'?"),
        ("pr", " Did you mean 'precision_recall'?"),
        (3, ""),
    ):
        with pytest.raises(ParameterError) as caught:
            plot_score_quality(SCORES, IS_ANOMALY, curve=curve)
        assert str(caught.value) == f"curve must be 'precision_recall' or 'roc', got {curve!r}.{hint}"


def test_refused_input_leaves_no_figure_open():
    plt.close("all")
    for plot in LABELED:
        with pytest.raises(InputError):
            plot(SCORES, [True])
    with pytest.raises(InputError):
        plot_anomaly([1.0], [1.0, 2.0])
    assert plt.get_fignums() == []
