"""Rows that are held back to say how long to train."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import Autoencoder
from diabolo.estimators import _held_out
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._choices import checked_choices
from diabolo.estimators._held_out import divisions

RANDOM = np.random.default_rng(0)


def divided(X, weights=None, seed=0, known=None, **settings):
    estimator = Autoencoder(**settings)
    return divisions(checked_choices(estimator), check_rows(estimator, X, reset=True), weights, seed, known)


@settings(deadline=None, max_examples=60)
@given(
    n_rows=st.integers(2, 400),
    n_features=st.integers(1, 5),
    seed=st.integers(0, 99),
    is_weighted=st.booleans(),
)
def test_every_fold_parts_the_rows_that_count(n_rows, n_features, seed, is_weighted):
    X = RANDOM.normal(size=(n_rows, n_features))
    weights = RANDOM.integers(0, 3, n_rows).astype(float) if is_weighted else None
    if weights is not None:
        weights[:2] = 1.0
    counted = np.arange(n_rows) if weights is None else np.flatnonzero(weights)
    folds = divided(X, weights, seed)
    held_back = np.concatenate([held for _, held in folds])
    assert len(held_back) == len(set(held_back.tolist()))
    for training, held in folds:
        assert len(training)
        assert len(held)
        np.testing.assert_array_equal(np.sort(np.concatenate([training, held])), counted)
        assert abs(len(held) - len(counted) / 10) <= 1 or len(counted) < 10
    assert len(held_back) >= min(150, len(counted)) or len(folds) == 10


@settings(deadline=None, max_examples=40)
@given(n_rows=st.integers(2, 400), n_known=st.integers(1, 60), seed=st.integers(0, 99))
def test_every_fold_has_known_targets_to_train_on(n_rows, n_known, seed):
    random = np.random.default_rng(seed)
    known = random.permutation(n_rows) < n_known
    folds = divided(random.normal(size=(n_rows, 3)), seed=seed, known=known)
    assert folds
    for training, held in folds:
        assert known[training].any()
        assert len(training) + len(held) == n_rows
    count = [int(known[held].sum()) for _, held in folds]
    # Evenly, and those without any last.
    assert max(count) - min(count) <= 1
    assert count == sorted(count, key=lambda each: each == 0)


def test_a_part_with_all_known_targets_is_never_held_back():
    known = np.arange(100) == 42
    folds = divided(RANDOM.normal(size=(100, 3)), known=known)
    assert len(folds) == 9
    assert all(42 in training for training, _ in folds)


def test_known_targets_alone_divide_rows_as_without_a_target():
    X = RANDOM.normal(size=(300, 3))
    for one, other in zip(divided(X), divided(X, known=np.ones(300, bool)), strict=True):
        np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize(("n_rows", "n_folds", "n_held"), [(100, 10, 10), (1000, 2, 100), (3000, 1, 300)])
def test_of_few_rows_several_tenths_are_held_back(n_rows, n_folds, n_held):
    folds = divided(RANDOM.normal(size=(n_rows, 3)))
    assert [len(held) for _, held in folds] == [n_held] * n_folds


def test_of_many_rows_no_more_than_some_are(monkeypatch):
    monkeypatch.setattr(_held_out, "_MOST_HELD_BACK", 50)
    training, held = divided(RANDOM.normal(size=(2000, 2)))[0]
    assert (len(training), len(held)) == (1950, 50)


@pytest.mark.parametrize("scale", ["auto", "standard", None])
def test_each_tenth_has_its_share_of_far_rows(scale):
    X = RANDOM.normal(size=(500, 4)) * [1, 1, 1, 100 if scale == "standard" else 1]
    far = np.arange(0, 500, 25)  # 20 rows
    X[far, :3] += 50 * RANDOM.uniform(1, 2, (20, 3))
    for _, held in divided(X, scale=scale):
        assert np.isin(held, far).sum() == 2


def test_equal_rows_go_together_where_a_batch_holds_all():
    X = np.repeat(RANDOM.normal(size=(8, 3)), 3, axis=0)
    for training, held in divided(X):
        assert not set(training // 3) & set(held // 3)
    assert any(set(training // 3) & set(held // 3) for training, held in divided(X, batch_size=4))
    ((training, held),) = divided(np.ones((5, 3)))
    assert (len(training), len(held)) == (5, 0)


def test_the_seed_draws_them():
    X = RANDOM.normal(size=(300, 3))
    one, same, other = (divided(X, seed=seed)[0][1] for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
