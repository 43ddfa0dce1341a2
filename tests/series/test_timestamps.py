"""Timestamps and gaps; what is expected is counted in loops."""

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.errors import InputError
from diabolo.series.timestamps import read_times, stretches


def test_numbers_dates_and_text_are_times():
    text = ["2026-03-01 12:30:00", "2026-03-01T12:31", "2026-03-02"]
    expected = np.array(["2026-03-01T12:30", "2026-03-01T12:31", "2026-03-02T00:00"], "datetime64[s]")
    for times in (text, np.array(text), pandas.to_datetime(expected), pandas.Series(expected), expected):
        np.testing.assert_array_equal(read_times(times, 3).astype("datetime64[s]"), expected)
    assert read_times([1, 2, 2], 3).tolist() == [1, 2, 2]


def test_no_finer_than_the_times_are():
    times = pandas.to_datetime(["2026-03-01 12:00:00", "2026-03-01 12:00:30"])
    assert read_times(times, 2).astype(str).tolist() == ["2026-03-01T12:00:00", "2026-03-01T12:00:30"]
    finer = times + pandas.Timedelta("15ms")
    np.testing.assert_array_equal(read_times(finer, 2), finer.to_numpy())
    assert read_times(np.array(["2026-03"], "datetime64[M]"), 1).astype(str).tolist() == ["2026-03"]


def test_a_time_zone_of_pandas_is_taken_off():
    times = pandas.to_datetime(["2026-03-01 12:00"]).tz_localize("Europe/Berlin")
    assert read_times(times, 1).astype("datetime64[h]").astype(str).tolist() == ["2026-03-01T11"]


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ([1, 2], r"timestamps have shape \(2,\); expected \(3,\), one a point of the series\."),
        (
            [1, 3, 2],
            r"timestamps fall at point 2 \(counted from 0\), from 3 to 2; sort the points by time, or, ",
        ),
        ([1, np.nan, 2], r"timestamps hold no time at point 1 \(counted from 0\); drop such points\."),
        (
            np.array(["2026-01-01", "NaT", "2026-01-02"], "datetime64[D]"),
            r"timestamps hold no time at point 1 ",
        ),
        (
            ["2026-03-01", "noon", "2026-03-02"],
            r"timestamps hold 'noon' at point 1 \(counted from 0\), which is no time; expected numbers, or "
            r"dates such as 2026-03-01 12:30:00, without a time zone\.",
        ),
        (["2026-03-01T12:00+01:00"] * 3, r"timestamps hold '2026-03-01T12:00\+01:00' at point 0 "),
    ],
)
def test_times_that_cannot_be_are_refused(times, text):
    with pytest.raises(InputError, match=text):
        read_times(times, 3)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=30), st.floats(1, 4))
def test_a_gap_is_a_step_of_more_than_so_many_median_steps(steps, gap):
    times = np.concatenate([[0], np.cumsum(steps)])
    expected, start = [], 0
    for point in range(1, len(times)):
        if times[point] - times[point - 1] > gap * np.median(steps):
            expected.append([start, point])
            start = point
    expected.append([start, len(times)])
    assert stretches(times, len(times), gap).tolist() == expected


def test_without_times_or_a_gap_there_is_one_stretch():
    times = np.array([0, 1, 2, 50])
    assert stretches(None, 4, 1.5).tolist() == [[0, 4]]
    assert stretches(times, 4, None).tolist() == [[0, 4]]
    assert stretches(np.array([5, 5, 5]), 3, 1.5).tolist() == [[0, 3]]
    assert stretches(np.array([0, 0, 0, 0, 1, 2, 3, 9]), 8, 1.5).tolist() == [[0, 7], [7, 8]]
