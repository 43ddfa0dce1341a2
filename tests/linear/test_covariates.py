"""Held against the eigenvectors of rows and predictions side by side, and against least squares."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from diabolo.linear.covariates import principal_covariates


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 8)) * np.linspace(3, 0.5, 8)
    X -= X.mean(axis=0)
    return X, random.normal(size=(8, 2)) * [[0.0]] * 5 + np.eye(8)[:, -2:]


def found_of(X, coefficients, weight, n_components):
    return principal_covariates(X.T @ X / len(X), coefficients, weight, n_components)


def test_without_weight_it_is_principal_components(table):
    X, coefficients = table
    found, pca = found_of(X, coefficients, 0.0, 3), PCA(3).fit(X)
    rebuilt = X @ found.encoder @ found.decoder
    np.testing.assert_allclose(rebuilt, pca.inverse_transform(pca.transform(X)), atol=1e-9)
    assert not found.along_prediction.any()


@pytest.mark.parametrize("weight", [0.1, 1.0, 100.0])
def test_codes_are_the_leading_components_of_rows_and_predictions(table, weight):
    X, coefficients = table
    found = found_of(X, coefficients, weight, 3)
    codes = X @ found.encoder
    np.testing.assert_allclose(codes.T @ codes / len(X), np.eye(3), atol=1e-9)
    together = np.hstack([X, np.sqrt(weight) * X @ coefficients])
    expected = PCA(3, whiten=True).fit(together).transform(together) * np.sqrt(len(X) / (len(X) - 1))
    np.testing.assert_allclose(np.abs(codes), np.abs(expected), atol=1e-8)
    least = LinearRegression().fit(codes, X)
    np.testing.assert_allclose(found.decoder, least.coef_.T, atol=1e-9)
    np.testing.assert_allclose(found.head, LinearRegression().fit(codes, X @ coefficients).coef_.T, atol=1e-9)


def test_weight_moves_the_code_to_the_prediction(table):
    X, coefficients = table
    explained = [(found_of(X, coefficients, weight, 2).head ** 2).sum() for weight in (0.0, 1.0, 10.0, 1e4)]
    assert explained == sorted(explained)
    assert explained[-1] == pytest.approx(np.sum((X @ coefficients) ** 2) / len(X), rel=1e-3)


def test_no_more_components_than_directions():
    X = np.outer(np.arange(5.0) - 2, [1.0, 2.0, 3.0])
    found = found_of(X, np.ones((3, 1)), 1.0, 3)
    assert found.encoder.shape == (3, 1)
    np.testing.assert_allclose(X @ found.encoder @ found.decoder, X, atol=1e-9)
