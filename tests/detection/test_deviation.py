import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import zscore
from sklearn.preprocessing import RobustScaler

from diabolo.detection.deviation import fit_deviation_calibration

shapes = st.tuples(st.integers(3, 40), st.integers(1, 6), st.integers(0, 99))
weights = st.tuples(st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.sampled_from([0.0, 0.5, 1.0, 2.0]))


def made(shape):
    n_rows, n_features, seed = shape
    return np.random.default_rng(seed).normal(size=(n_rows, n_features))


@settings(deadline=None, max_examples=60)
@given(shape=shapes)
def test_contributions_are_squared_scaled_cells_over_what_is_typical(shape):
    rows = made(shape)
    calibration, n_features = fit_deviation_calibration(rows), rows.shape[1]
    drawn_in = np.arcsinh(RobustScaler(unit_variance=True).fit_transform(rows)) ** 2 / n_features
    standard = zscore(rows, axis=0) ** 2 / n_features
    for given_weights, cells in (((1.0, 0.0), drawn_in), ((0.0, 1.0), standard)):
        expected = cells / np.median(cells.sum(axis=1))
        np.testing.assert_allclose(
            calibration.contributions(rows, given_weights), expected, rtol=1e-9, atol=1e-12
        )


@settings(deadline=None, max_examples=60)
@given(shape=shapes, weights=weights)
def test_units_do_not_change_contributions_and_shares(shape, weights):
    rows = made(shape)
    random = np.random.default_rng(1)
    factors = 10 ** random.uniform(-6, 6, rows.shape[1])
    shifts = factors * random.uniform(-100, 100, rows.shape[1])
    other = rows * factors + shifts
    one, two = fit_deviation_calibration(rows), fit_deviation_calibration(other)
    np.testing.assert_allclose(
        two.contributions(other, weights), one.contributions(rows, weights), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(two.shares(other), one.shares(rows), rtol=1e-6, atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(shape=shapes, weights=weights)
def test_the_median_row_has_the_sum_of_the_weights_for_either(shape, weights):
    rows = made(shape)
    calibration = fit_deviation_calibration(rows)
    for pair in ((weights[0], 0.0), (0.0, weights[1])):
        totals = calibration.contributions(rows, pair).sum(axis=1)
        assert np.median(totals) == pytest.approx(sum(pair))


@settings(deadline=None, max_examples=60)
@given(shape=shapes)
def test_shares_sum_to_one(shape):
    rows = made(shape)
    shares = fit_deviation_calibration(rows).shares(np.append(rows, 1e6 * rows, axis=0))
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_row_of_the_center_scores_zero_and_shares_evenly():
    rows = made((21, 4, 3))
    calibration = fit_deviation_calibration(rows)
    medians, means = np.median(rows, axis=0)[None], rows.mean(axis=0)[None]
    np.testing.assert_array_equal(calibration.contributions(medians, (1.0, 0.0)), np.zeros((1, 4)))
    np.testing.assert_array_equal(calibration.contributions(means, (0.0, 1.0)), np.zeros((1, 4)))
    np.testing.assert_array_equal(calibration.shares(medians), np.full((1, 4), 0.25))


def test_a_feature_that_is_far_off_has_nearly_all_the_share():
    rows = made((50, 3, 4))
    shares = fit_deviation_calibration(rows).shares(np.median(rows, axis=0)[None] + [[0, 1e6, 0]])
    np.testing.assert_array_equal(shares, [[0, 1, 0]])


@pytest.mark.parametrize("value", [0.0, 0.1, 1e5 + 0.1])
def test_a_constant_column_adds_nothing_until_it_moves(value):
    rows = made((30, 2, 5))
    rows[:, 1] = value
    calibration = fit_deviation_calibration(rows)
    np.testing.assert_allclose(calibration.contributions(rows, (1.0, 1.0))[:, 1], 0, atol=1e-18)
    moved = rows + np.array([0.0, 1.0])  # by one unit, which counts as one deviation
    expected = (np.arcsinh(1.0) ** 2 / calibration.typical[0] + 1 / calibration.typical[1]) / 2
    np.testing.assert_allclose(calibration.contributions(moved, (1.0, 1.0))[:, 1], expected)


def test_rows_that_are_all_one_have_a_calibration_too():
    rows = np.full((5, 3), 0.1)
    np.testing.assert_allclose(fit_deviation_calibration(rows).contributions(rows, (1.0, 1.0)), 0, atol=1e-18)
