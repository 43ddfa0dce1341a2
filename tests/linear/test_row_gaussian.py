"""The normal distribution of rows with gaps, beside closed forms."""

import numpy as np
import pytest

from diabolo.linear.row_gaussian import RowGaussian, fit_row_gaussian

RANDOM = np.random.default_rng(0)
FACTORS = RANDOM.normal(size=(2, 6))
COVARIANCE = FACTORS.T @ FACTORS + 0.2 * np.eye(6)
COVARIANCE /= np.sqrt(np.outer(np.diag(COVARIANCE), np.diag(COVARIANCE)))


def conditional(row, covariance, mean):
    """Give the textbook's conditional expectation, from the covariance of the cells that are there."""
    gap = np.isnan(row)
    among = covariance[np.ix_(~gap, ~gap)]
    across = covariance[np.ix_(gap, ~gap)]
    filled = row.copy()
    filled[gap] = mean[gap] + across @ np.linalg.solve(among, row[~gap] - mean[~gap])
    return filled, covariance[np.ix_(gap, gap)] - across @ np.linalg.solve(among, across.T)


def rows_with_gaps(n_rows, share, seed=1):
    random = np.random.default_rng(seed)
    rows = random.multivariate_normal(np.zeros(6), COVARIANCE, size=n_rows)
    return np.where(random.random(rows.shape) < share, np.nan, rows), rows


def test_fills_with_the_conditional_expectation():
    mean = np.arange(6.0)
    given = rows_with_gaps(40, 0.4)[0] + mean
    given[3] = np.nan
    filled = RowGaussian(mean, np.linalg.inv(COVARIANCE)).filled(given)
    for row, found in zip(given, filled, strict=True):
        np.testing.assert_allclose(found, conditional(row, COVARIANCE, mean)[0], atol=1e-10)


def test_uncertainty_is_the_conditional_covariance():
    given, _ = rows_with_gaps(30, 0.4)
    expected = np.zeros((6, 6))
    for row in given:
        gap = np.flatnonzero(np.isnan(row))
        expected[np.ix_(gap, gap)] += conditional(row, COVARIANCE, np.zeros(6))[1]
    found = RowGaussian(np.zeros(6), np.linalg.inv(COVARIANCE)).uncertainty(np.isnan(given))
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_of_complete_rows_it_is_their_covariance_drawn_to_independence():
    _, rows = rows_with_gaps(200, 0)
    found = fit_row_gaussian(rows, 0.1)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), atol=1e-12)
    expected = 0.9 * np.cov(rows.T, bias=True) + 0.1 * np.eye(6)
    np.testing.assert_allclose(np.linalg.inv(found.precision), expected, atol=1e-10)


def test_of_rows_with_gaps_it_comes_close_to_what_they_were_drawn_from():
    given, _ = rows_with_gaps(3000, 0.3)
    found = np.linalg.inv(fit_row_gaussian(given, 1e-4).precision)
    assert np.abs(found - COVARIANCE).max() < 0.08
    # Filled with means, half of what columns have in common would be lost.
    naive = np.cov(np.nan_to_num(given).T, bias=True)
    assert np.abs(naive - COVARIANCE).max() > 0.25


def test_a_weight_is_a_repetition():
    given, _ = rows_with_gaps(60, 0.2)
    weights = np.array([1.0, 2.0, 3.0] * 20)
    weighed = fit_row_gaussian(given[:, :3], 0.01, weights)
    repeated = fit_row_gaussian(np.repeat(given[:, :3], weights.astype(int), axis=0), 0.01)
    np.testing.assert_allclose(weighed.mean, repeated.mean, atol=0.05)
    complete, _ = rows_with_gaps(60, 0)
    weighed = fit_row_gaussian(complete, 0.01, weights)
    repeated = fit_row_gaussian(np.repeat(complete, weights.astype(int), axis=0), 0.01)
    np.testing.assert_allclose(weighed.precision, repeated.precision, rtol=1e-8)


@pytest.mark.parametrize("independence", [1e-3, 0.3])
def test_more_columns_than_rows_do_no_harm(independence):
    rows = np.random.default_rng(2).normal(size=(5, 12))
    rows[0, 0] = np.nan
    assert np.isfinite(fit_row_gaussian(rows, independence).filled(rows)).all()
