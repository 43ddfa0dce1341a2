import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from diabolo.errors import InputError, ParameterError
from diabolo.plotting.series import _seen, plot_series
from diabolo.series import PointScores

X = np.arange(24.0).reshape(8, 3)
SCORES = np.array([1.0, 1.0, 5.0, 6.0, 1.0, 1.0, 7.0, np.nan])


def panels(ax):
    return list(ax.child_axes)


def spans(panel):
    """Where a panel is shaded over its whole height, and where it has a bar on top."""
    shaded = [patch for patch in panel.patches if patch.get_height() == 1.0]
    bars = [patch for patch in panel.patches if patch.get_height() != 1.0]
    return [
        [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in patches]
        for patches in (shaded, bars)
    ]


def test_channels_over_scores():
    ax = plot_series(pandas.DataFrame(X, columns=["a", "b", "c"]), SCORES)
    assert [panel.get_ylabel() for panel in panels(ax)] == ["a", "b", "c", "score"]
    for channel, panel in enumerate(panels(ax)[:3]):
        np.testing.assert_array_equal(panel.lines[0].get_ydata(), X[:, channel])
    np.testing.assert_array_equal(panels(ax)[-1].lines[0].get_ydata(), SCORES)
    assert panels(ax)[-1].get_xlabel() == "point"
    assert all(panel.get_xlim() == (0, 7) for panel in panels(ax))


def test_points_above_the_threshold_are_shaded_in_every_panel():
    ax = plot_series(X, SCORES, threshold=4.0, labels=np.arange(8) == 3)
    for panel in panels(ax):
        assert spans(panel)[0] == [(2, 3), (6, 6)]
    assert spans(panels(ax)[-1])[1] == [(3, 3)]
    assert panels(ax)[-1].lines[1].get_ydata()[0] == 4.0
    names = [text.get_text() for text in panels(ax)[0].get_legend().get_texts()]
    assert names == ["threshold 4", "above it", "labeled anomalies"]
    assert spans(panels(plot_series(X, SCORES, threshold=9.0))[0]) == [[], []]


def test_point_scores_bring_names_times_and_the_channels_worth_drawing():
    added = np.zeros((8, 3))
    added[:, 0], added[3, 2], added[:, 1] = 1.5, 9.0, np.arange(8) / 8
    times = np.arange("2026-03-01", "2026-03-09", dtype="datetime64[D]")
    scores = PointScores(added.sum(axis=1), added, ("heat", "flow", "load"), times)
    ax = plot_series(X, scores, threshold=4.0, n_channels=1)
    assert [panel.get_ylabel() for panel in panels(ax)] == ["load", "score"]
    assert panels(ax)[-1].get_xlabel() == "time"
    assert num2date(panels(ax)[-1].get_xlim()[0]).date().isoformat() == "2026-03-01"
    ax = plot_series(X, scores, n_channels=2)
    assert [panel.get_ylabel() for panel in panels(ax)] == ["flow", "load", "score"]
    bare = PointScores(np.full(8, np.nan), np.full((8, 3), np.nan), scores.names)
    ax = plot_series(X, bare, n_channels=2)
    assert [panel.get_ylabel() for panel in panels(ax)] == ["heat", "flow", "score"]
    ax = plot_series(X, scores.scores, n_channels=2, times=times)
    assert [panel.get_ylabel() for panel in panels(ax)] == ["x0", "x1", "score"]


def test_it_draws_where_it_is_told():
    figure = Figure()
    ax = figure.add_subplot()
    assert plot_series(X, SCORES, ax=ax) is ax
    figure.draw_without_rendering()


@given(st.lists(st.floats(-9, 9) | st.just(np.nan), min_size=1, max_size=40), st.integers(4000, 9000))
def test_of_many_points_the_extremes_are_drawn(values, n_points):
    series = np.resize(np.array(values), n_points)
    shown = _seen(series)
    assert len(shown) <= 2 * 2000 + 6
    assert (np.diff(shown) > 0).all()
    if not np.isnan(values).all():
        for extreme in (np.nanmin, np.nanmax):
            assert extreme(series[shown]) == extreme(series)


@pytest.mark.parametrize(
    ("words", "more", "error", "text"),
    [
        (
            (X, SCORES[:5]),
            {},
            InputError,
            r"X has shape \(8, 3\) and scores \(5,\); give one or more points, and",
        ),
        ((X[:0], SCORES[:0]), {}, InputError, "give one or more points"),
        (
            (X, SCORES),
            {"labels": [True]},
            InputError,
            r"labels have shape \(1,\); expected \(8,\), one a point",
        ),
        (
            (X, SCORES),
            {"labels": [0] * 8},
            InputError,
            r"labels must be true or false, got int64; compare yours",
        ),
        ((X, SCORES), {"times": [1]}, InputError, r"times have shape \(1,\); expected \(8,\), one a point"),
        ((X, SCORES), {"n_channels": 0}, ParameterError, r"n_channels=0 is not possible; expected 1 or more"),
    ],
)
def test_what_cannot_be_drawn_is_refused(words, more, error, text):
    with pytest.raises(error, match=text):
        plot_series(*words, **more)
