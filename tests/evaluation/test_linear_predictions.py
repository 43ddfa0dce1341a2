"""Partial least squares, a ridge and a logistic regression on all features, as scikit-learn has them."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from diabolo.data.array_source import ArraySource
from diabolo.evaluation.linear_predictions import dealt, linear_predictions, most_rows

STRENGTHS = np.logspace(-2, 6, 33)


def tables(n_rows, n_features, seed=0):
    """Make rows of unlike units about a large offset, numbers that some features carry, and classes."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(n_rows, 6))
    X = hidden @ random.normal(size=(6, n_features)) + random.normal(size=(n_rows, n_features))
    X = X * random.uniform(0.1, 10, n_features) + 100
    y = 3 * hidden[:, 0] - hidden[:, 1] + 0.3 * random.normal(size=n_rows)
    return X, y, np.array(["low", "mid", "high"])[np.digitize(y, [-1.5, 1.5])]


def found_for(X, y, others, kind, n_components=3):
    results = linear_predictions(ArraySource(X), y, ArraySource(others), kind, n_components)
    return {method: (size, predicted) for method, size, predicted in results}


SHAPES = pytest.mark.parametrize("shape", [(120, 9), (80, 3000)], ids=["long", "wide"])


@SHAPES
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_are_predicted_as_by_scikit_learn(shape, dtype):
    X, y, _ = tables(*shape)
    X, others, y = X[:60].astype(dtype), X[60:].astype(dtype), y[:60]
    found = found_for(X, y, others, "regression")
    pls = PLSRegression(3).fit(X.astype(float), y).predict(others.astype(float)).ravel()
    ridge = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS)).fit(X.astype(float), y)
    spread = y.std()
    assert np.abs(found["pls"][1] - pls).max() < 1e-4 * spread
    assert np.abs(found["ridge"][1] - ridge.predict(others.astype(float))).max() < 1e-4 * spread
    assert (found["pls"][0], found["ridge"][0]) == (3, shape[1])


@SHAPES
def test_several_numbers_are_predicted_together(shape):
    X, y, _ = tables(*shape)
    Y = np.c_[y, 100 * np.roll(y, 1) + X[:, 0], X[:, 1]]
    found = found_for(X[:60], Y[:60], X[60:], "regression")
    pls = PLSRegression(3, tol=1e-12, max_iter=5000).fit(X[:60], Y[:60]).predict(X[60:])
    ridge = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS)).fit(X[:60], Y[:60]).predict(X[60:])
    assert np.abs((found["pls"][1] - pls) / Y.std(axis=0)).max() < 1e-4
    assert np.abs((found["ridge"][1] - ridge) / Y.std(axis=0)).max() < 1e-4


@SHAPES
def test_classes_are_predicted_as_by_scikit_learn(shape):
    X, _, y = tables(*shape)
    X, others, y = X[:60], X[60:], y[:60]
    found = found_for(X, y, others, "classification")
    pls = PLSRegression(3).fit(X, (y[:, None] == np.unique(y)).astype(float))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(pls.transform(X), y)
    assert np.mean(found["pls"][1] == model.predict(pls.transform(others))) > 0.98

    held_out, scaled = dealt(y, 60, 5, 0) == 0, StandardScaler().fit(X)
    losses = {}
    for strength in (1e-4, 1e-3, 1e-2, 1e-1, 1.0):
        model = LogisticRegression(C=strength, max_iter=5000)
        model.fit(scaled.transform(X)[~held_out], y[~held_out])
        losses[strength] = log_loss(y[held_out], model.predict_proba(scaled.transform(X)[held_out]))
    best = LogisticRegression(C=min(losses, key=losses.get), max_iter=5000).fit(scaled.transform(X), y)
    assert np.mean(found["logistic"][1] == best.predict(scaled.transform(others))) > 0.98
    assert found["logistic"][0] == shape[1]


def test_two_classes_are_told_apart():
    X, y, _ = tables(200, 9)
    found = found_for(X[:150], y[:150] > 0, X[150:], "classification")
    assert {predicted.dtype for _, predicted in found.values()} == {np.dtype(bool)}
    assert min(np.mean(predicted == (y[150:] > 0)) for _, predicted in found.values()) > 0.75


def test_a_class_of_two_rows_is_no_obstacle():
    X, _, _ = tables(40, 5)
    rare = np.where(np.arange(40) < 2, "rare", "usual")
    found = found_for(X, rare, X, "classification")
    assert set(found) == {"pls", "logistic"}


def test_missing_cells_count_as_their_mean():
    X, y, _ = tables(120, 9)
    gaps = np.where(np.random.default_rng(3).random(X.shape) < 0.05, np.nan, X)
    means = np.nanmean(gaps[:60], axis=0)
    spread = np.nanstd(gaps[:60], axis=0)
    filled = (np.where(np.isnan(gaps), means, gaps) - means) / spread
    found = found_for(gaps[:60], y[:60], gaps[60:], "regression")
    expected = RidgeCV(STRENGTHS).fit(filled[:60], y[:60]).predict(filled[60:])
    assert np.abs(found["ridge"][1] - expected).max() < 1e-4 * y.std()


def test_no_more_components_than_directions():
    X, y, _ = tables(30, 4)
    X = np.c_[X, X[:, 0], np.full(30, 7.0)]
    found = found_for(X[:20], y[:20], X[20:], "regression", n_components=32)
    assert found["pls"][0] == 4
    slopes = np.linalg.lstsq(np.c_[X[:20], np.ones(20)], y[:20], rcond=None)[0]
    assert found["pls"][1] == pytest.approx(np.c_[X[20:], np.ones(10)] @ slopes, rel=1e-3, abs=1e-3)


def test_a_target_that_is_explained_early_warns_of_nothing():
    X = np.random.default_rng(0).normal(size=(50, 6))
    found = found_for(X, 2 * X[:, 0] + 1, X, "regression", n_components=6)
    assert np.abs(found["pls"][1] - (2 * X[:, 0] + 1)).max() < 1e-5


def test_of_rows_that_are_all_alike_nothing_is_predicted():
    for n_features in (3, 30):
        assert (
            found_for(np.ones((10, n_features)), np.arange(10.0), np.ones((2, n_features)), "regression")
            == {}
        )


def test_rows_are_dealt_at_random_and_classes_alike():
    y = np.repeat(["a", "b", "c"], [50, 23, 7])
    part = dealt(y, 80, 5, 3)
    assert sorted(np.bincount(part)) == [16] * 5
    for name in "abc":
        counts = np.bincount(part[y == name], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert np.array_equal(part, dealt(y, 80, 5, 3))
    assert not np.array_equal(part, dealt(y, 80, 5, 4))
    assert sorted(np.bincount(dealt(None, 82, 5, 0))) == [16, 16, 16, 17, 17]


def test_wide_tables_are_fitted_to_fewer_rows():
    assert (most_rows(64), most_rows(4096), most_rows(4097)) == (20_000, 20_000, 4096)
