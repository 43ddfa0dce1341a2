"""Held against scikit-learn's ridge on features weighed by their correlations."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from diabolo.linear import evidence_ridge as room
from diabolo.linear import row_space
from diabolo.linear.evidence_ridge import FeatureEvidence
from diabolo.linear.ridge import evidence

N_ROWS, N_FEATURES = 60, 200
RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(N_ROWS, N_FEATURES)) * RANDOM.uniform(0.5, 2, N_FEATURES)).astype(np.float32)
Y = X[:, :4] @ np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]) + RANDOM.normal(size=(N_ROWS, 2))
# The last rows are of no part.
LABEL = np.where(np.arange(N_ROWS) < 50, RANDOM.permutation(N_ROWS) % 5, -1)


GROUPS = [frozenset({part}) for part in range(5)]
ALL = frozenset(range(5))


def reader(rows):
    def read(part, out):
        out[:] = rows[part]

    return read


@pytest.fixture(params=["whole", "in blocks"])
def found(request, monkeypatch):
    if request.param == "in blocks":
        monkeypatch.setattr(row_space, "_BLOCK_CELLS", 7 * N_FEATURES)
        monkeypatch.setattr(room, "_BAND_CELLS", 13 * N_ROWS)
    seen = []

    def read(part, out):
        seen.append(part)
        reader(X)(part, out)

    made = FeatureEvidence(read, N_ROWS, N_FEATURES, LABEL, Y, [ALL, *(ALL - group for group in GROUPS)])
    assert sum(part.stop - part.start for part in seen) == 2 * N_ROWS
    return made


def peer(used, strength):
    weight = evidence(np.corrcoef(X[used].T, Y[used].T)[:N_FEATURES, N_FEATURES:], len(used))
    weight /= X[used].std(axis=0)
    weighed = X[used].astype(np.float64) * weight
    alpha = strength * np.sum((weighed - weighed.mean(axis=0)) ** 2)
    fitted = Ridge(alpha).fit(weighed, Y[used])
    return weight, weight[:, None] * fitted.coef_.T, fitted.intercept_


@pytest.mark.parametrize("strength", [1e-3, 0.1])
def test_it_is_the_ridge_of_weighed_features(found, strength):
    weight, coefficients, _ = peer(np.flatnonzero(LABEL >= 0), strength)
    ridge = found.ridge(ALL, Y, strength)
    np.testing.assert_array_equal(ridge.features, np.flatnonzero(weight))
    np.testing.assert_allclose(ridge.coefficients, coefficients[ridge.features], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(ridge.products, X @ coefficients, rtol=1e-3, atol=1e-3)


def test_each_group_is_predicted_without_it(found):
    strength, error = found.validated(GROUPS, Y)
    squared, count = 0.0, 0
    for part in range(5):
        _, coefficients, intercept = peer(np.flatnonzero((LABEL >= 0) & (part != LABEL)), strength)
        held = part == LABEL
        squared += np.sum((X[held] @ coefficients + intercept - Y[held]) ** 2)
        count += held.sum() * 2
    assert error == pytest.approx(squared / count, rel=1e-3)
    assert error < 0.7 * Y[LABEL >= 0].var(axis=0).mean()


def test_no_more_features_are_held_than_fit(monkeypatch):
    monkeypatch.setattr(room, "HELD_CELLS", 10 * N_ROWS)
    few = FeatureEvidence(reader(X), N_ROWS, N_FEATURES, LABEL, Y, [ALL])
    kept = few.ridge(ALL, Y, 0.1).features
    assert len(kept) == 10
    assert {2, 3} <= set(kept.tolist())


def test_a_feature_that_hardly_varies_is_left_out():
    still = X.copy()
    still[:, 0] = 1e4 + 1e-3 * (np.arange(N_ROWS) % 2)
    few = FeatureEvidence(reader(still), N_ROWS, N_FEATURES, LABEL, Y, [ALL])
    kept = few.ridge(ALL, Y, 0.1).features
    assert 0 not in kept
    assert {1, 2, 3} <= set(kept.tolist())
