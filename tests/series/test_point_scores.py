"""Events of points; what is expected is found point by point."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo import AutoencoderDetector, sliding_windows
from diabolo.errors import InputError
from diabolo.series import PointScores


def of(channels, times=None):
    channels = np.asarray(channels, float)
    names = tuple("abc"[: channels.shape[1]])
    return PointScores(channels.sum(axis=1), channels, names, times)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 4))
def test_every_odd_point_is_in_one_event_and_no_other_point_is(scores, threshold):
    events = of(np.array(scores)[:, None]).events(threshold)
    held = [point for event in events for point in range(event.start, event.end + 1)]
    assert held == [point for point, score in enumerate(scores) if score > threshold]
    for event in events:
        assert event.score == max(scores[event.start : event.end + 1])
    for before, after in itertools.pairwise(events):
        assert after.start > before.end + 1


def test_an_event_names_its_channels_and_its_times():
    times = np.array(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"], "datetime64[D]")
    (event,) = of([[0, 0, 0], [1, 3, 0], [0, 5, 1], [0, 0, 1]], times).events(3.5)
    assert (event.start, event.end, event.score) == (1, 2, 6.0)
    assert (event.start_time, event.end_time) == (times[1], times[2])
    assert list(event.channels.items()) == [("b", 0.8), ("a", 0.1), ("c", 0.1)]


def test_points_without_a_score_are_in_no_event():
    scores = of([[5.0], [np.nan], [5.0]])
    assert [(event.start, event.end) for event in scores.events(1.0)] == [(0, 0), (2, 2)]
    assert len(scores) == 3
    assert scores.events(np.inf) == []


def test_a_threshold_is_a_number():
    with pytest.raises(InputError, match=r"threshold=nan is not possible; expected a number\."):
        of([[1.0]]).events(np.nan)


def test_what_was_expected_is_the_mean_of_what_windows_expect():
    random = np.random.default_rng(0)
    series = np.sin(np.arange(200.0)[:, None] / [3, 4]) + 0.1 * random.normal(size=(200, 2))
    windows = sliding_windows(series, 6)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    scores = windows.point_scores(detector)
    ((_, _, expected),) = detector.explanation_blocks(windows)
    told = [[[] for _ in range(2)] for _ in range(200)]
    for start, window in enumerate(expected.reshape(-1, 6, 2)):
        for age in range(6):
            for channel in range(2):
                told[start + age][channel].append(window[age, channel])
    np.testing.assert_allclose(scores.expected, [[np.mean(each) for each in point] for point in told])
    np.testing.assert_array_equal(scores.values, series)
    event = max(scores.events(float(np.quantile(scores.scores, 0.95))), key=lambda event: event.score)
    oddest = int(np.argmax(scores.scores))
    at = {name: (series[oddest, n], scores.expected[oddest, n]) for n, name in enumerate(scores.names)}
    assert event.cells == at
    assert list(event.cells) == list(event.channels)


def test_an_event_ends_with_its_series():
    added = np.array([[0.0], [3.0], [3.0], [3.0], [0.0], [3.0]])
    scores = PointScores(added.sum(axis=1), added, ("heat",), changes=np.array([2, 5]))
    assert [(event.start, event.end) for event in scores.events(1.0)] == [(1, 1), (2, 3), (5, 5)]
