import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import zscore
from sklearn.preprocessing import RobustScaler

from diabolo.detection.deviation import (
    constant_columns,
    fit_deviation_calibration,
    typical_size,
)

shapes = st.tuples(st.integers(3, 40), st.integers(1, 6), st.integers(0, 99))
weights = st.tuples(st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
numbers = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30).map(np.array)


def scale_of(rows):
    calibration, _ = fit_deviation_calibration(rows)
    return calibration.scale


def made(shape):
    n_rows, n_features, seed = shape
    return np.random.default_rng(seed).normal(size=(n_rows, n_features))


def columns_of_several_sizes(shape):
    return made(shape) * np.arange(1, shape[1] + 1) + 5


@pytest.mark.parametrize("n_rows", [1, 3, 10, 61])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e5 + 0.1, 1e-30])
def test_equal_numbers_are_constant_whatever_their_mean_rounds_to(n_rows, value):
    rows = np.full((n_rows, 2), value)
    assert constant_columns(rows.mean(axis=0), rows.std(axis=0)).all()


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e9])
def test_numbers_that_differ_by_more_than_rounding_are_not(offset):
    rows = np.array([[offset], [offset], [offset + 1.0]])
    assert not constant_columns(rows.mean(axis=0), rows.std(axis=0)).any()


def test_a_typical_size_is_the_median():
    assert typical_size(np.array([5.0, 1.0, 900.0])) == 5.0


def test_the_typical_size_of_most_zeros_is_the_mean():
    assert typical_size(np.array([0.0, 0.0, 0.0, 8.0])) == 2.0


def test_the_typical_size_of_zeros_is_one():
    assert typical_size(np.zeros(4)) == 1.0


@settings(max_examples=60)
@given(values=numbers, n_zeros=st.integers(0, 40))
def test_a_typical_size_is_above_zero_and_between_the_least_and_the_most(values, n_zeros):
    values = np.append(values, np.zeros(n_zeros))
    assert 0 < typical_size(values) <= values.max() * (1 + 1e-12)


@settings(max_examples=60)
@given(values=numbers)
def test_the_unit_of_a_typical_size_does_not_matter(values):
    assert typical_size(values * 1024) == typical_size(values) * 1024


@settings(max_examples=60)
@given(shape=st.tuples(st.integers(2, 40), st.integers(1, 6), st.integers(0, 99)))
def test_center_and_spread_are_scikit_learns_with_unit_variance(shape):
    rows = columns_of_several_sizes(shape)
    scale, peer = scale_of(rows), RobustScaler(unit_variance=True).fit(rows)
    np.testing.assert_allclose(scale.center, peer.center_, rtol=1e-12)
    np.testing.assert_allclose(scale.spread, peer.scale_, rtol=1e-12)
    np.testing.assert_allclose(scale.apply(rows), np.arcsinh(peer.transform(rows)), atol=1e-12)


def test_of_normal_numbers_the_spread_is_the_standard_deviation():
    rows = scipy.stats.norm.ppf((np.arange(9999) + 0.5) / 9999, loc=4.0, scale=3.0)[:, None]
    assert scale_of(rows).spread[0] == pytest.approx(3.0, rel=1e-3)


def test_far_cells_are_drawn_in_to_their_logarithm():
    scale = scale_of(np.array([[-1.0], [0.0], [1.0]]))
    far = scale.apply(np.array([[1e6], [1e7]]) * scale.spread)
    np.testing.assert_allclose(far[:, 0], np.log(2 * np.array([1e6, 1e7])), rtol=1e-9)
    assert scale.apply(scale.spread[None] * 1e-3)[0, 0] == pytest.approx(1e-3, rel=1e-6)


def test_a_far_row_moves_the_scale_little():
    rows = np.arange(101.0)[:, None]
    clean, dirty = scale_of(rows), scale_of(np.append(rows, [[1e5]], axis=0))
    assert dirty.center[0] == pytest.approx(clean.center[0], rel=0.02)
    assert dirty.spread[0] == pytest.approx(clean.spread[0], rel=0.02)


def test_where_most_rows_share_a_value_the_standard_deviation_stands_in():
    rows = np.array([0.0] * 9 + [10.0])[:, None]
    assert scale_of(rows).spread[0] == pytest.approx(np.sqrt(0.1 * 0.9) * 10)


@settings(max_examples=60)
@given(value=st.floats(-1e6, 1e6, allow_subnormal=False), n_rows=st.integers(1, 30))
def test_a_constant_column_has_a_spread_of_one(value, n_rows):
    scale = scale_of(np.full((n_rows, 1), value))
    assert (scale.center[0], scale.spread[0]) == (value, 1.0)


@settings(max_examples=60)
@given(shape=shapes)
def test_contributions_are_squared_scaled_cells_over_what_is_typical(shape):
    rows = made(shape)
    calibration, n_features = fit_deviation_calibration(rows)[0], rows.shape[1]
    drawn_in = np.arcsinh(RobustScaler(unit_variance=True).fit_transform(rows)) ** 2 / n_features
    standard = zscore(rows, axis=0) ** 2 / n_features
    for given_weights, cells in (((1.0, 0.0), drawn_in), ((0.0, 1.0), standard)):
        expected = cells / np.median(cells.sum(axis=1))
        np.testing.assert_allclose(
            calibration.contributions(rows, given_weights), expected, rtol=1e-9, atol=1e-12
        )


@settings(max_examples=60)
@given(shape=shapes, weights=weights)
def test_units_do_not_change_contributions_and_shares(shape, weights):
    rows = made(shape)
    random = np.random.default_rng(1)
    factors = 10 ** random.uniform(-6, 6, rows.shape[1])
    shifts = factors * random.uniform(-100, 100, rows.shape[1])
    other = rows * factors + shifts
    (one, _), (two, _) = fit_deviation_calibration(rows), fit_deviation_calibration(other)
    np.testing.assert_allclose(
        two.contributions(other, weights), one.contributions(rows, weights), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(two.shares(other), one.shares(rows), rtol=1e-6, atol=1e-9)


@settings(max_examples=60)
@given(shape=shapes, weights=weights)
def test_the_median_row_has_the_sum_of_the_weights_for_either(shape, weights):
    rows = made(shape)
    calibration, _ = fit_deviation_calibration(rows)
    for pair in ((weights[0], 0.0), (0.0, weights[1])):
        totals = calibration.contributions(rows, pair).sum(axis=1)
        assert np.median(totals) == pytest.approx(sum(pair))


@settings(max_examples=60)
@given(shape=shapes)
def test_shares_sum_to_one(shape):
    rows = made(shape)
    shares = fit_deviation_calibration(rows)[0].shares(np.append(rows, 1e6 * rows, axis=0))
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_row_of_the_center_scores_zero_and_shares_evenly():
    rows = made((21, 4, 3))
    calibration, _ = fit_deviation_calibration(rows)
    medians, means = np.median(rows, axis=0)[None], rows.mean(axis=0)[None]
    np.testing.assert_array_equal(calibration.contributions(medians, (1.0, 0.0)), np.zeros((1, 4)))
    np.testing.assert_array_equal(calibration.contributions(means, (0.0, 1.0)), np.zeros((1, 4)))
    np.testing.assert_array_equal(calibration.shares(medians), np.full((1, 4), 0.25))


def test_a_feature_that_is_far_off_has_nearly_all_the_share():
    rows = made((50, 3, 4))
    shares = fit_deviation_calibration(rows)[0].shares(np.median(rows, axis=0)[None] + [[0, 1e6, 0]])
    np.testing.assert_array_equal(shares, [[0, 1, 0]])


@pytest.mark.parametrize("value", [0.0, 0.1, 1e5 + 0.1])
def test_a_constant_column_adds_nothing_until_it_moves(value):
    rows = made((30, 2, 5))
    rows[:, 1] = value
    calibration, _ = fit_deviation_calibration(rows)
    np.testing.assert_allclose(calibration.contributions(rows, (1.0, 1.0))[:, 1], 0, atol=1e-18)
    moved = rows + np.array([0.0, 1.0])  # by one unit, which counts as one deviation
    expected = (np.arcsinh(1.0) ** 2 / calibration.typical[0] + 1 / calibration.typical[1]) / 2
    np.testing.assert_allclose(calibration.contributions(moved, (1.0, 1.0))[:, 1], expected)


def test_the_scaled_rows_are_given_too():
    rows = made((30, 4, 5))
    calibration, scaled = fit_deviation_calibration(rows)
    np.testing.assert_array_equal(scaled, calibration.scale.apply(rows))


def test_rows_that_are_all_one_have_a_calibration_too():
    rows = np.full((5, 3), 0.1)
    np.testing.assert_allclose(
        fit_deviation_calibration(rows)[0].contributions(rows, (1.0, 1.0)), 0, atol=1e-18
    )


def test_a_category_varies_as_one_column():
    """Squares of its cells add up to the chi-squared distance over its mean, sum of (x - p)^2 / p / 2."""
    values = np.repeat([0, 1, 2], [10, 30, 60])
    rows = np.column_stack([np.arange(100.0), np.eye(3)[values]])
    calibration, scaled = fit_deviation_calibration(rows, [slice(1, 4)])
    p = np.array([0.1, 0.3, 0.6])
    distance = (((np.eye(3)[values] - p) ** 2) / p).sum(axis=1) / 2
    np.testing.assert_allclose(distance.mean(), 1.0)
    np.testing.assert_allclose(np.square(np.sinh(scaled[:, 1:])).sum(axis=1), distance)
    np.testing.assert_allclose(calibration.mean[1:], p)
    np.testing.assert_allclose(calibration.deviation[1:], np.sqrt(2 * p))
    alone, _ = fit_deviation_calibration(rows[:, :1])
    np.testing.assert_allclose(calibration.scale.spread[0], alone.scale.spread[0])


def test_a_value_that_no_row_has_is_rarer_than_one():
    rows = np.column_stack([np.ones(50), np.zeros(50)])
    calibration, scaled = fit_deviation_calibration(rows, [slice(0, 2)])
    np.testing.assert_allclose(calibration.scale.spread, np.sqrt([1.0, 0.5 / 50]))
    assert (scaled == 0).all()
