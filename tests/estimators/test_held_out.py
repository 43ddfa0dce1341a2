"""Rows that are held back to say how long to train."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import Autoencoder, sliding_windows
from diabolo.errors import InputError
from diabolo.estimators import _held_out
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._choices import checked_choices
from diabolo.estimators._held_out import divisions, split

RANDOM = np.random.default_rng(0)


def divided(X, weights=None, seed=0, known=None, **settings):
    estimator = Autoencoder(**settings)
    return divisions(checked_choices(estimator), check_rows(estimator, X, reset=True), weights, seed, known)


@settings(max_examples=60)
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


@settings(max_examples=40)
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


def points(windows, rows):
    return set((windows.windows.starts[rows][:, None] + np.arange(windows.windows.length)).ravel().tolist())


@settings(max_examples=40)
@given(n_points=st.integers(100, 900), length=st.integers(2, 20), seed=st.integers(0, 9))
def test_windows_that_say_how_long_share_no_point_with_those_trained_on(n_points, length, seed):
    windows = sliding_windows(RANDOM.normal(size=n_points), length)
    folds = divided(windows, seed=seed)
    assert folds
    for training, held in folds:
        assert not points(windows, training) & points(windows, held)
        assert abs(len(held) - len(windows) / 10) <= 5
        assert len(training) >= len(windows) / 3


@pytest.mark.parametrize("is_on_disk", [False, True])
@pytest.mark.parametrize("fraction", [None, 0.3])
def test_windows_that_validate_share_no_point_with_those_trained_on(fraction, is_on_disk, tmp_path):
    np.save(tmp_path / "series.npy", RANDOM.normal(size=(500, 2)))
    table = tmp_path / "series.npy" if is_on_disk else np.load(tmp_path / "series.npy")
    windows = sliding_windows(table, 12, 2)
    estimator = Autoencoder(early_stopping=True, validation_fraction=fraction)
    rows = check_rows(estimator, windows, reset=True)
    training, held = split(checked_choices(estimator), rows, None, 0, is_whole=False)
    assert len(held) == np.ceil((fraction or 0.1) * len(windows))
    assert len(training) >= (len(windows) - len(held)) / 2
    assert not points(windows, training) & points(windows, held)
    windows.close()


def test_of_a_series_of_two_windows_the_last_ones_say_how_long():
    windows = sliding_windows(RANDOM.normal(size=50), 20)  # 31 of them
    ((training, held),) = divided(windows)
    assert held.tolist() == [27, 28, 29, 30]
    assert training.tolist() == list(range(8))
    ((training, held),) = divided(sliding_windows(RANDOM.normal(size=22), 20))  # none are apart
    assert training.tolist() == [0, 1]
    assert held.tolist() == [2]


def test_of_windows_with_targets_those_trained_on_have_some():
    windows = sliding_windows(RANDOM.normal(size=600), 10)
    known = np.zeros(len(windows), bool)
    known[100:140] = True
    folds = divided(windows, known=known)
    assert all(known[training].any() for training, _ in folds)


def test_validation_that_a_series_is_too_short_for_is_refused():
    windows = sliding_windows(RANDOM.normal(size=25), 20)
    with pytest.raises(InputError, match="6 windows of 20 points are too few to hold out 2 of them: none is"):
        Autoencoder(validation_fraction=0.3, max_epochs=1).fit(windows)


def test_few_windows_of_many_cells_are_all_trained_on_in_the_space_that_they_span():
    windows = sliding_windows(RANDOM.normal(size=(60, 40)).cumsum(axis=0), 10)
    fitted = Autoencoder(2, max_epochs="auto", random_state=0).fit(windows)
    assert fitted.trained_on_ == "scores"
    assert np.isfinite(fitted.transform(windows)).all()
