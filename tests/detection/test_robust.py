import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import RobustScaler

from diabolo.detection.robust import fit_robust_scale

shapes = st.tuples(st.integers(2, 40), st.integers(1, 6), st.integers(0, 99))


def made(shape):
    n_rows, n_features, seed = shape
    return np.random.default_rng(seed).normal(size=(n_rows, n_features)) * np.arange(1, n_features + 1) + 5


@settings(deadline=None, max_examples=60)
@given(shape=shapes)
def test_center_and_spread_are_scikit_learns_with_unit_variance(shape):
    rows = made(shape)
    scale, peer = fit_robust_scale(rows), RobustScaler(unit_variance=True).fit(rows)
    np.testing.assert_allclose(scale.center, peer.center_, rtol=1e-12)
    np.testing.assert_allclose(scale.spread, peer.scale_, rtol=1e-12)
    np.testing.assert_allclose(scale.apply(rows), np.arcsinh(peer.transform(rows)), atol=1e-12)


def test_of_normal_numbers_the_spread_is_the_standard_deviation():
    rows = scipy.stats.norm.ppf((np.arange(9999) + 0.5) / 9999, loc=4.0, scale=3.0)[:, None]
    assert fit_robust_scale(rows).spread[0] == pytest.approx(3.0, rel=1e-3)


def test_far_cells_are_drawn_in_to_their_logarithm():
    scale = fit_robust_scale(np.array([[-1.0], [0.0], [1.0]]))
    far = scale.apply(np.array([[1e6], [1e7]]) * scale.spread)
    np.testing.assert_allclose(far[:, 0], np.log(2 * np.array([1e6, 1e7])), rtol=1e-9)
    assert scale.apply(scale.spread[None] * 1e-3)[0, 0] == pytest.approx(1e-3, rel=1e-6)


def test_a_far_row_moves_the_scale_little():
    rows = np.arange(101.0)[:, None]
    clean, dirty = fit_robust_scale(rows), fit_robust_scale(np.append(rows, [[1e5]], axis=0))
    assert dirty.center[0] == pytest.approx(clean.center[0], rel=0.02)
    assert dirty.spread[0] == pytest.approx(clean.spread[0], rel=0.02)


def test_where_most_rows_share_a_value_the_standard_deviation_stands_in():
    rows = np.array([0.0] * 9 + [10.0])[:, None]
    assert fit_robust_scale(rows).spread[0] == pytest.approx(np.sqrt(0.1 * 0.9) * 10)


@settings(deadline=None, max_examples=60)
@given(value=st.floats(-1e6, 1e6, allow_subnormal=False), n_rows=st.integers(1, 30))
def test_a_constant_column_has_a_spread_of_one(value, n_rows):
    scale = fit_robust_scale(np.full((n_rows, 1), value))
    assert (scale.center[0], scale.spread[0]) == (value, 1.0)
