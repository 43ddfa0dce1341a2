import numpy as np
import pytest
from sklearn.decomposition import PCA

from diabolo import Autoencoder, AutoencoderDetector
from diabolo.data.array_source import ArraySource
from diabolo.estimators.inside import rows_of, some_rows
from diabolo.reporting import row_measures
from diabolo.reporting.row_measures import linear_error, measured_rows

RANDOM = np.random.default_rng(0)
QUICK = {"max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize("block_cells", [2**21, 50])
def test_errors_are_those_of_reconstruct_by_row_and_by_feature(autoencoder, table, monkeypatch, block_cells):
    monkeypatch.setattr(row_measures, "_BLOCK_CELLS", block_cells)
    found = measured_rows(autoencoder, rows_of(autoencoder, table))
    squares = (table.astype(float) - autoencoder.reconstruct(table)) ** 2
    np.testing.assert_allclose(found.errors, squares.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.feature_error, squares.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(found.spread, table.var(axis=0, dtype=float), rtol=1e-5)
    np.testing.assert_allclose(found.constant, ((table - table.mean(axis=0)) ** 2).mean(), rtol=1e-5)
    np.testing.assert_array_equal(found.codes, autoencoder.transform(table))
    assert found.errors.mean() == pytest.approx(-autoencoder.score(table), rel=1e-5)


def test_errors_of_a_detector_are_those_of_what_it_gives_back(detector, table):
    found = measured_rows(detector, rows_of(detector, table))
    expected = ((table - detector.reconstruct(table)) ** 2).mean(axis=1)
    np.testing.assert_allclose(found.errors, expected, rtol=1e-6)


def test_missing_cells_count_nowhere():
    X = RANDOM.normal(size=(40, 5))
    X[3], X[5, 1], X[:, 4] = np.nan, np.nan, np.nan
    full = np.where(np.isnan(X), 0.5, X)
    full[:, 4] = np.linspace(0, 1, 40)
    full[0, 0] = np.nan
    model = Autoencoder(2, missing="mask", **QUICK).fit(full)
    found = measured_rows(model, rows_of(model, X))
    squares = (X - model.reconstruct(X)) ** 2
    assert np.isnan(found.errors[3])
    assert np.isnan(found.feature_error[4])
    others = np.delete(np.arange(40), 3)
    np.testing.assert_allclose(found.errors[others], np.nanmean(squares[others], axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.feature_error[:4], np.nanmean(squares[:, :4], axis=0), rtol=1e-4)
    about = (X[:, :4] - np.nanmean(X[:, :4], axis=0))[others] ** 2
    np.testing.assert_allclose(found.constant, np.nanmean(about, axis=1).mean(), rtol=1e-6)


@pytest.mark.parametrize("is_detector", [False, True])
def test_rows_with_categories_are_measured_by_column(is_detector):
    values = RANDOM.choice(["red", "blue"], 60)
    rows = np.array([values, (values == "red") + RANDOM.normal(size=60) * 0.1], object).T
    if is_detector:
        model = AutoencoderDetector(categories=[0], random_state=0).fit(rows)
    else:
        model = Autoencoder(1, categories=[0], **QUICK).fit(rows)
    cells = rows_of(model, rows)
    found = measured_rows(model, cells)
    made = model.reconstruct(rows)
    apart = (rows[:, 1] - made[:, 1]).astype(float) ** 2
    np.testing.assert_allclose(found.feature_error, [apart.mean()], rtol=1e-6)
    assert found.constant is None
    if is_detector:
        wrong = (rows[:, 0] != made[:, 0]).astype(float)
        np.testing.assert_allclose(found.errors, (wrong + apart * found.factor**2) / 2, rtol=1e-6)
    else:
        np.testing.assert_allclose(found.errors, model.reconstruction_error(rows))
    assert measured_rows(model, some_rows(cells, np.array([4, 7]))).errors.shape == (2,)


def test_the_linear_error_is_that_of_principal_components_of_scaled_rows():
    X = (
        RANDOM.normal(size=(200, 3)) @ RANDOM.normal(size=(3, 6)) + RANDOM.normal(size=(200, 6))
    ) * np.arange(1, 7)
    X += 1e6  # which float32 would lose digits to
    factor = 1 / X.std(axis=0)
    scaled = (X - X.mean(axis=0)) * factor
    pca = PCA(2).fit(scaled)
    left = (scaled - pca.inverse_transform(pca.transform(scaled))) / factor
    assert linear_error(ArraySource(X), factor, 2, 0) == pytest.approx((left**2).mean(), rel=1e-4)
    assert linear_error(ArraySource(X), np.ones(6), 2, 0) != pytest.approx((left**2).mean(), rel=1e-2)


@pytest.mark.parametrize("block_cells", [2**21, 1000])
def test_the_linear_error_of_wide_rows_is_that_of_principal_components_too(monkeypatch, block_cells):
    monkeypatch.setattr(row_measures, "_BLOCK_CELLS", block_cells)
    X = RANDOM.normal(size=(30, 4)) @ RANDOM.normal(size=(4, 2_001)) + RANDOM.normal(size=(30, 2_001)) + 50
    factor = RANDOM.uniform(0.5, 2, 2_001)
    scaled = (X - X.mean(axis=0)) * factor
    pca = PCA(3, svd_solver="full").fit(scaled)
    left = (scaled - pca.inverse_transform(pca.transform(scaled))) / factor
    assert linear_error(ArraySource(X), factor, 3, 0) == pytest.approx((left**2).mean(), rel=1e-6)
    X[0, 0] = np.nan
    assert linear_error(ArraySource(X), factor, 3, 0) == pytest.approx((left**2).mean(), rel=1e-2)


def test_the_linear_error_of_many_wide_rows_is_that_of_some(monkeypatch):
    monkeypatch.setattr(row_measures, "_WIDE_PRODUCTS", 2_001 * 20**2)
    X = RANDOM.normal(size=(40, 2_001))
    first, again, other = (linear_error(ArraySource(X), np.ones(2_001), 2, seed) for seed in (0, 0, 1))
    assert first == again != other


def test_the_linear_error_of_a_single_row_is_unknown():
    assert linear_error(ArraySource(np.zeros((1, 3))), np.ones(3), 2, 0) is None
    assert linear_error(ArraySource(np.zeros((1, 2_001))), np.ones(2_001), 2, 0) is None


def test_the_linear_error_of_many_rows_is_that_of_some(monkeypatch):
    monkeypatch.setattr(row_measures, "_LINEAR_ROWS", 50)
    X = RANDOM.normal(size=(400, 5))
    first, again, other = (linear_error(ArraySource(X), np.ones(5), 2, seed) for seed in (0, 0, 1))
    assert first == again != other
