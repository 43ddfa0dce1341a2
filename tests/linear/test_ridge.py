"""Held against scikit-learn's ridge, and against sums over rows taken directly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

from diabolo.linear.ridge import Choice, evidence, joined, moments_of, ridge_coefficients, validated


def table(n_rows=90, n_features=12, n_targets=2, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_rows, n_features)) * random.uniform(0.5, 2, n_features) + 3
    Y = X[:, :n_targets] * 2 + random.normal(size=(n_rows, n_targets))
    return X, Y


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    seed=st.integers(0, 99),
    is_weighted=st.booleans(),
)
def test_sums_of_parts_join_to_those_of_all(sizes, seed, is_weighted):
    random = np.random.default_rng(seed)
    X, Y = random.normal(size=(sum(sizes), 3)) + 50, random.normal(size=(sum(sizes), 2))
    weight = random.uniform(0.1, 3, sum(sizes)) if is_weighted else None
    ends = np.cumsum(sizes)[:-1]
    weights = [None] * len(sizes) if weight is None else np.split(weight, ends)
    parts = map(moments_of, np.split(X, ends), np.split(Y, ends), weights)
    found = joined(parts)
    share = np.ones(len(X)) if weight is None else weight
    x, y = X - np.average(X, axis=0, weights=share), Y - np.average(Y, axis=0, weights=share)
    np.testing.assert_allclose(found.x_mean, np.average(X, axis=0, weights=share), rtol=1e-9)
    np.testing.assert_allclose(found.xx, (x.T * share) @ x, atol=1e-8)
    np.testing.assert_allclose(found.xy, (x.T * share) @ y, atol=1e-8)
    np.testing.assert_allclose(found.yy, share @ y**2, atol=1e-8)
    assert found.weight == pytest.approx(share.sum())


@pytest.mark.parametrize("strength", [1e-4, 0.1, 10.0])
def test_it_is_scikit_learns_ridge(strength):
    X, Y = table()
    moments = moments_of(X, Y)
    alpha = strength * np.trace(moments.xx)
    expected = Ridge(alpha).fit(X, Y).coef_.T
    found = ridge_coefficients(moments, Choice(strength, "alike", 0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_by_evidence_it_is_the_ridge_of_weighed_features():
    X, Y = table()
    correlation = np.corrcoef(X.T, Y.T)[:12, 12:]
    weight = evidence(correlation, len(X))
    assert (weight == 0).any()
    weight /= X.std(axis=0)
    moments = moments_of(X, Y)
    alpha = 0.1 * np.sum(np.diag(moments.xx) * weight**2)
    expected = weight[:, None] * Ridge(alpha).fit(X * weight, Y).coef_.T
    np.testing.assert_allclose(
        ridge_coefficients(moments, Choice(0.1, "by evidence", 0.0)), expected, rtol=1e-8
    )


def test_standardised_it_is_the_ridge_of_standardised_features():
    X, Y = table()
    X[:, 3] = 7.0
    spread = np.where(np.arange(12) == 3, 1.0, X.std(axis=0))
    expected = Ridge(0.1 * 11 * len(X)).fit(X / spread, Y).coef_.T / spread[:, None]
    found = ridge_coefficients(moments_of(X, Y), Choice(0.1, "standardised", 0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


def test_evidence_is_what_goes_beyond_chance():
    found = evidence(np.array([[0.5, 0.1], [0.0, -0.9], [0.19, 0.0]]), 100.0)
    np.testing.assert_allclose(found, np.sqrt([0.25 - 0.04, 0.81 - 0.04, 0.0]))
    assert evidence(np.full((3, 1), 0.1), 100.0).tolist() == [1, 1, 1]


def test_the_error_is_that_on_folds_left_out():
    X, Y = table()
    folds = KFold(5)
    parts = [moments_of(X[held], Y[held]) for _, held in folds.split(X)]
    found = validated(parts, weighings=("alike",))
    # scikit-learn's penalty is no share of the training rows' variance: fold by fold, it is.
    predicted = np.empty_like(Y)
    for fitted_on, held in folds.split(X):
        alpha = found.strength * np.sum((X[fitted_on] - X[fitted_on].mean(axis=0)) ** 2)
        predicted[held] = Ridge(alpha).fit(X[fitted_on], Y[fitted_on]).predict(X[held])
    assert found.error == pytest.approx(np.mean((predicted - Y) ** 2))
    assert found.error < 1.01 * np.mean((cross_val_predict(Ridge(1e-6), X, Y, cv=folds) - Y) ** 2)


@pytest.mark.parametrize(
    ("n_features", "scale", "weighing"),
    [(3, 1.0, "alike"), (3, 1e-4, "standardised"), (60, 1.0, "by evidence"), (60, 1e-4, "by evidence")],
)
def test_features_count_as_the_error_says(n_features, scale, weighing):
    random = np.random.default_rng(1)
    X = random.normal(size=(100, n_features))
    Y = X[:, :3] @ np.ones((3, 1)) + 0.5 * random.normal(size=(100, 1))
    X[:, 1] *= scale
    found = validated([moments_of(X[start::5], Y[start::5]) for start in range(5)])
    assert found.weighing == weighing
