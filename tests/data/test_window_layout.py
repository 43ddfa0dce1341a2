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
def test_rows_apart_share_no_point_with_the_others(length, starts, data):
    layout = WindowLayout(length, 1, 1, None, np.array(starts))
    rows = np.arange(len(starts))
    others = np.array(data.draw(st.lists(st.sampled_from(rows.tolist()), min_size=1)))
    points = set().union(*(points_of(layout, row) for row in others))
    expected = [not points & points_of(layout, row) for row in rows]
    assert layout.apart_from(rows, others).tolist() == expected
    assert layout.apart_from(rows, others[:0]).all()


def check_division(layout, rows, training, held_out):
    points = [set().union(*(points_of(layout, row) for row in part)) for part in (training, held_out)]
    assert not points[0] & points[1]
    for part in (training, held_out):
        assert np.isin(part, rows).all()
        assert (np.diff(part) > 0).all()


@given(
    length=st.integers(1, 12), step=st.integers(1, 6), n_rows=st.integers(2, 200), seed=st.integers(0, 9),
    data=st.data(),
)  # fmt: skip
def test_parts_of_windows_share_no_point_and_none_is_lost_for_another_reason(
    length, step, n_rows, seed, data
):
    random = np.random.default_rng(seed)
    layout = WindowLayout(length, step, 1, None, step * random.permutation(n_rows))
    rows = np.arange(n_rows)[random.random(n_rows) < 0.8] if n_rows > 20 else np.arange(n_rows)
    count = data.draw(st.integers(1, len(rows) - 1))
    for generator in (random, None):
        training, held_out = layout.parted(rows, count, generator)
        assert len(held_out) == count
        check_division(layout, rows, training, held_out)
        left = np.setdiff1d(rows, np.append(training, held_out))
        assert not layout.apart_from(left, held_out).any()
    assert layout.starts[held_out].min() > layout.starts[np.setdiff1d(rows, held_out)].max()
    n_parts = data.draw(st.integers(1, len(rows)))
    divisions = list(layout.divided(rows, n_parts, random))
    for training, held_out in divisions:
        check_division(layout, rows, training, held_out)
    np.testing.assert_array_equal(np.sort(np.concatenate([held for _, held in divisions])), rows)


def test_nearly_all_windows_may_be_held_out():
    layout = WindowLayout(1, 1, 1, None, np.arange(18))
    training, held_out = layout.parted(np.arange(18), 17, np.random.default_rng(0))
    assert (len(training), len(held_out)) == (1, 17)


def test_stretches_are_as_many_as_leave_half_of_the_others():
    layout = WindowLayout(10, 1, 1, None, np.arange(1000))
    # Of 900 held out in two stretches, 27 or 36 of the other 100 touch one; in five it would be 90.

    def n_stretches(count):
        _, held_out = layout.parted(np.arange(1000), count, np.random.default_rng(0))
        return 1 + int(np.sum(np.diff(held_out) > 1))

    assert [n_stretches(count) for count in (10, 45, 100, 900)] == [1, 2, 5, 2]
    (_, one), (_, other) = (
        layout.parted(np.arange(1000), 100, np.random.default_rng(seed)) for seed in (0, 1)
    )
    assert not np.array_equal(one, other)


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
