import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import ledoit_wolf

from diabolo.detection.scores import SCORES, contributions, fit_calibration

KINDS = ("calibrated", "mahalanobis", "squared_error", "absolute_error")
shapes = st.tuples(st.integers(4, 30), st.integers(1, 6), st.integers(1, 3), st.integers(0, 99))


def made(shape):
    """Rows, their residuals of several sizes, codes with a center of their own, shares of each row."""
    n_rows, n_features, n_components, seed = shape
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(n_features, n_features)) + 2 * np.eye(n_features)
    residuals = random.normal(size=(n_rows, n_features)) @ mixing
    codes = random.normal(size=(n_rows, n_components)) * 2 + 3
    shares = random.dirichlet(np.ones(n_features), size=n_rows)
    return residuals + random.normal(size=residuals.shape), residuals, codes, shares


def fitted(kind, code_weight, rows, residuals, codes, shares):
    calibration = fit_calibration(kind, code_weight, rows.std(axis=0), residuals, codes)
    return calibration, contributions(kind, code_weight, calibration, residuals, codes, shares)


def on_paper(kind, code_weight, residuals, codes, shares):
    """Every kind as a loop in float64."""
    n_rows, n_features = residuals.shape
    spread = [math.sqrt(sum(r**2 for r in column) / n_rows) for column in residuals.T]
    cells = np.zeros_like(residuals)
    whitening = np.eye(n_features)
    if kind == "mahalanobis":
        covariance, _ = ledoit_wolf(residuals / spread, assume_centered=True)
        whitening = np.atleast_2d(np.linalg.inv(sqrtm(covariance)))
    for i, row in enumerate(residuals):
        for j in range(n_features):
            if kind == "squared_error":
                value = row[j] ** 2
            elif kind == "absolute_error":
                value = abs(row[j])
            elif kind == "calibrated":
                value = math.log(1 + (row[j] / spread[j]) ** 2)
            else:
                value = sum(row[k] / spread[k] * whitening[k, j] for k in range(n_features)) ** 2
            cells[i, j] = value / n_features
    if kind in ("squared_error", "absolute_error"):
        return cells
    cells /= np.median(cells.sum(axis=1))
    if code_weight:
        center = codes.mean(axis=0)
        precision = np.linalg.inv(ledoit_wolf(codes - center, assume_centered=True)[0])
        squares = np.array([mahalanobis(code, center, precision) ** 2 for code in codes])
        cells += shares * (code_weight * squares / np.median(squares))[:, None]
    return cells


def test_every_kind_is_tested_here():
    assert tuple(SCORES) == KINDS


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(shape=shapes, code_weight=st.sampled_from([0.0, 0.5, 2.0]))
def test_contributions_equal_the_loop(kind, shape, code_weight):
    rows, residuals, codes, shares = made(shape)
    _, got = fitted(kind, code_weight, rows, residuals, codes, shares)
    np.testing.assert_allclose(
        got, on_paper(kind, code_weight, residuals, codes, shares), rtol=1e-5, atol=1e-9
    )


@settings(max_examples=40)
@given(shape=shapes)
def test_mahalanobis_sums_to_scipys_distance_under_ledoits_and_wolfs_covariance(shape):
    rows, residuals, codes, shares = made(shape)
    _, got = fitted("mahalanobis", 0.0, rows, residuals, codes, shares)
    scaled = residuals / np.sqrt(np.mean(residuals**2, axis=0))
    precision = np.linalg.inv(ledoit_wolf(scaled, assume_centered=True)[0])
    squares = np.array([mahalanobis(row, np.zeros(len(row)), precision) ** 2 for row in scaled])
    np.testing.assert_allclose(got.sum(axis=1), squares / np.median(squares), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(shape=shapes, factor=st.floats(1.01, 100))
def test_larger_residuals_score_higher(kind, shape, factor):
    rows, residuals, codes, shares = made(shape)
    calibration, one = fitted(kind, 1.0, rows, residuals, codes, shares)
    more = contributions(kind, 1.0, calibration, residuals * factor, codes, shares)
    assert (more.sum(axis=1) > one.sum(axis=1)).all()
    if kind != "mahalanobis":
        grown = residuals.copy()
        grown[:, 0] *= factor
        alone = contributions(kind, 1.0, calibration, grown, codes, shares)
        assert (alone[:, 0] > one[:, 0]).all()
        np.testing.assert_array_equal(alone[:, 1:], one[:, 1:])


@pytest.mark.parametrize("kind", ["calibrated", "mahalanobis"])
@settings(max_examples=30)
@given(shape=shapes)
def test_units_of_the_features_do_not_matter(kind, shape):
    rows, residuals, codes, shares = made(shape)
    units = 10 ** np.random.default_rng(2).uniform(-1, 1, residuals.shape[1])
    _, one = fitted(kind, 1.0, rows, residuals, codes, shares)
    _, two = fitted(kind, 1.0, rows * units, residuals * units, codes, shares)
    np.testing.assert_allclose(two, one, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["calibrated", "mahalanobis"])
def test_the_median_row_scores_one_and_the_codes_weight_comes_on_top(kind):
    rows, residuals, codes, shares = made((31, 4, 2, 6))
    _, plain = fitted(kind, 0.0, rows, residuals, codes, shares)
    assert np.median(plain.sum(axis=1)) == pytest.approx(1)
    _, weighted = fitted(kind, 3.0, rows, residuals, codes, shares)
    assert np.median((weighted - plain).sum(axis=1)) == pytest.approx(3)


@pytest.mark.parametrize("kind", ["squared_error", "absolute_error"])
def test_a_mean_error_knows_no_code(kind):
    given = made((12, 3, 2, 7))
    np.testing.assert_array_equal(fitted(kind, 0.0, *given)[1], fitted(kind, 5.0, *given)[1])


def test_a_code_of_no_width_adds_nothing():
    rows, residuals, _, shares = made((12, 3, 2, 8))
    none = np.zeros((12, 0))
    for kind in KINDS:
        np.testing.assert_array_equal(
            fitted(kind, 2.0, rows, residuals, none, shares)[1],
            fitted(kind, 0.0, rows, residuals, none, shares)[1],
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_perfect_reconstruction_scores_zero(kind):
    rows, residuals, codes, shares = made((12, 3, 2, 9))
    calibration, _ = fitted(kind, 0.0, rows, residuals, codes, shares)
    got = contributions(kind, 0.0, calibration, np.zeros((2, 3)), codes[:2], shares[:2])
    np.testing.assert_array_equal(got, np.zeros((2, 3)))


@pytest.mark.parametrize("kind", KINDS)
def test_known_rows_that_were_rebuilt_perfectly_leave_finite_scores(kind):
    rows, residuals, codes, shares = made((12, 3, 2, 10))
    calibration = fit_calibration(kind, 1.0, rows.std(axis=0), np.zeros_like(residuals), np.ones_like(codes))
    got = contributions(kind, 1.0, calibration, residuals, codes, shares)
    assert np.isfinite(got).all()
    assert (got >= 0).all()


def test_residuals_of_mere_rounding_are_no_yardstick():
    rows, residuals, codes, _ = made((40, 3, 2, 11))
    residuals = residuals * [1e-15, 1.0, 1.0]
    sizes = np.sqrt(np.mean(residuals**2, axis=0))
    # The least is a thousandth of the median spread, or of a feature's own spread a ten-thousandth.
    for scale in (1.0, 1e6):
        own = rows * [scale, 1.0, 1.0]
        expected = max(1e-3 * np.median(sizes), 1e-4 * own[:, 0].std())
        assert fit_calibration("calibrated", 0.0, own.std(axis=0), residuals, codes).spread[
            0
        ] == pytest.approx(expected)


def test_missing_residuals_are_left_out_of_what_is_typical():
    rows, residuals, codes, _ = made((30, 4, 2, 12))
    gaps = np.random.default_rng(1).random(residuals.shape) < 0.2
    calibration = fit_calibration(
        "calibrated", 0.0, rows.std(axis=0), np.where(gaps, np.nan, residuals), codes
    )
    expected = [
        math.sqrt(np.mean(column[~gap] ** 2)) for column, gap in zip(residuals.T, gaps.T, strict=True)
    ]
    np.testing.assert_allclose(calibration.spread, expected)
    cells = np.log1p((residuals / expected) ** 2)
    means = [np.mean(row[~gap]) for row, gap in zip(cells, gaps, strict=True) if not gap.all()]
    assert calibration.typical[0] == pytest.approx(np.median(means))
