"""Where windows lie, by counting points one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.array_source import ArraySource
from diabolo.data.window_layout import WindowLayout


def points_of(layout, row):
    return set(range(layout.starts[row], layout.starts[row] + layout.length))


@given(st.integers(1, 5), st.lists(st.integers(0, 30), min_size=2, max_size=12, unique=True), st.data())
def test_rows_apart_share_no_point_with_the_stretch(length, starts, data):
    layout = WindowLayout(length, 1, 1, None, np.array(sorted(starts)))
    first = data.draw(st.integers(0, len(starts) - 1))
    last = data.draw(st.integers(first, len(starts) - 1))
    others, rows = np.arange(first, last + 1), np.arange(len(starts))
    stretch = set(range(layout.starts[first], layout.starts[last] + length))
    expected = [not stretch & points_of(layout, row) for row in rows]
    assert layout.apart_from(rows, others).tolist() == expected
    assert layout.apart_from(rows, others[:0]).all()


def test_names_say_the_channel_and_how_long_ago():
    layout = WindowLayout(2, 1, 2, ("heat", "flow"))
    assert layout.feature_names == ("heat[t-1]", "flow[t-1]", "heat[t]", "flow[t]")
    assert WindowLayout(1, 1, 2).feature_names == ("x0[t]", "x1[t]")
    assert layout.width == 4


def test_settings_are_what_holds_of_any_series():
    layout = WindowLayout(3, 2, 1, ("heat",), np.arange(4))
    kept = layout.settings()
    assert (kept.length, kept.step, kept.n_channels, kept.channels, len(kept.starts)) == (
        3,
        2,
        1,
        ("heat",),
        0,
    )


def test_how_many_windows_are_enough():
    assert WindowLayout(48, 1, 1).enough(is_linear=True) == 20_000
    assert WindowLayout(48, 1, 1).enough(is_linear=False) == 166_666
    assert WindowLayout(48, 1, 20).enough(is_linear=True) == 8_333
    assert WindowLayout(10**7, 1, 1).enough(is_linear=True) == 2


@pytest.fixture
def source():
    source = ArraySource(np.arange(8.0).reshape(4, 2))
    source.windows = WindowLayout(2, 1, 1, None, np.arange(4))
    return source


def test_chosen_rows_keep_where_they_lie(source):
    assert source.rows([3, 1]).windows.starts.tolist() == [3, 1]
    assert source.rows([True, False, False, True]).windows.starts.tolist() == [0, 3]


def test_chosen_columns_are_windows_no_more(source):
    assert source.columns([0]).windows is None
