"""Lines and p-values hold for fresh rows; the bound is that of Barber et al. (2021), the rest is counted."""

import numpy as np
import pytest

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, sliding_windows
from diabolo.data import window_layout
from diabolo.errors import InputError
from diabolo.estimators._cross_fit import n_folds_of
from diabolo.pyod import AutoEncoder


def drawn(n_rows, n_features, seed, rank=3):
    """Draw normal rows, and fresh ones like them: a few factors and noise."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(rank, n_features))
    rows = random.normal(size=(n_rows + 300, rank)) @ factors + random.normal(size=(n_rows + 300, n_features))
    return rows[:n_rows], rows[n_rows:]


def small():
    return Autoencoder(2, hidden_layer_sizes=(16,), max_epochs=60, output_activation="linear", random_state=0)


def learning_by_heart():
    return Autoencoder(
        20, hidden_layer_sizes=(64,), max_epochs=300, initializer="glorot_uniform", output_activation="linear"
    )


KINDS = {
    "linear": lambda: AutoencoderDetector(random_state=0),
    "contamination": lambda: AutoencoderDetector(contamination=0.05, random_state=0),
    "own": lambda: AutoencoderDetector(learning_by_heart(), random_state=0),
    "pyod": lambda: AutoEncoder(contamination=0.05, verbose=0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_in_twenty_fresh_rows_is_called_odd_however_few_were_learned_from(kind):
    flagged = []
    for seed in range(2 if kind == "own" else 12):
        rows, fresh = drawn(60, 500, seed)
        called = KINDS[kind]().fit(rows).predict(fresh)
        flagged.append(np.mean(called == (1 if kind == "pyod" else -1)))
    assert 0.02 <= np.mean(flagged) <= 0.08
    if kind == "own":  # what folds are for
        rows, fresh = drawn(60, 500, 0)
        seen = AutoencoderDetector(learning_by_heart(), cv=0, random_state=0).fit(rows)
        assert np.mean(seen.predict(fresh) == -1) > 0.2


@pytest.mark.parametrize(("n_rows", "repetitions"), [(30, 200), (100, 200), (1000, 30)])
def test_cross_conformal_p_values_keep_their_word(n_rows, repetitions):
    levels, alarms = np.array([0.01, 0.05, 0.1]), []
    for seed in range(repetitions):
        rows, fresh = drawn(n_rows, 6, seed)
        pvalues = AutoencoderDetector(random_state=seed).fit(rows).anomaly_pvalue(fresh)
        alarms.append([np.mean(pvalues <= level) for level in levels])
    n_folds = 5
    slack = min(2 * (1 - 1 / n_folds) / (n_rows / n_folds + 1), (1 - n_folds / n_rows) / (n_folds + 1))
    alarms = np.mean(alarms, axis=0)
    assert (alarms <= 2 * levels + slack).all()
    assert (alarms <= 1.4 * levels + 0.002).all()  # in practice about the level
    assert alarms[2] >= 0.05


@pytest.mark.parametrize("autoencoder", ["linear", small()], ids=["linear", "own"])
def test_a_row_is_scored_by_what_was_learned_without_its_fold(autoencoder):
    rows, _ = drawn(40, 5, 3)
    one = AutoencoderDetector(autoencoder, cv=4, random_state=0).fit(rows)
    moved = rows.copy()
    moved[0] += 50.0
    other = AutoencoderDetector(autoencoder, cv=4, random_state=0).fit(moved)
    same = one._folds[0].deviation.mean == other._folds[0].deviation.mean
    untouched = [
        fold
        for fold in range(4)
        if np.array_equal(one._folds[fold].deviation.mean, other._folds[fold].deviation.mean)
    ]
    assert same.all() == (0 in untouched)
    assert len(untouched) == 1  # the fold of the row that was moved: nothing was learned from it there
    if autoencoder == "linear":
        before, after = one._fold_scores[untouched[0]], other._fold_scores[untouched[0]]
        assert np.sum(before != after) == 1
    assert one.training_scores_.shape == (40,)


def test_scores_of_rows_left_out_are_their_folds_own():
    rows, _ = drawn(50, 4, 5)
    detector = AutoencoderDetector(cv=5, random_state=1).fit(rows)
    assert sorted(np.concatenate(detector._fold_scores)) == sorted(detector.training_scores_)
    assert [len(scores) for scores in detector._fold_scores] == [10] * 5
    assert not np.isin(detector.training_scores_, detector.anomaly_score(rows)).any()


def test_without_folds_rows_are_scored_by_what_was_learned_from_them():
    rows, _ = drawn(50, 4, 5)
    detector = AutoencoderDetector(cv=0).fit(rows)
    assert detector.n_folds_ == 0
    np.testing.assert_array_equal(detector.training_scores_, detector.anomaly_score(rows))


@pytest.mark.parametrize(
    ("cv", "n_rows", "expected"),
    [
        ("auto", 1000, 5),
        ("auto", 1001, 3),
        ("auto", 4, 4),
        ("auto", 3, 3),
        ("auto", 2, 0),
        (0, 500, 0),
        (2, 500, 2),
        (2, 3, 0),
        (40, 30, 30),
    ],
)
def test_how_many_folds(cv, n_rows, expected):
    assert n_folds_of(AutoencoderDetector(cv=cv), n_rows) == expected


@pytest.mark.parametrize("n_rows", [2, 3, 4, 5])
@pytest.mark.parametrize("contamination", [None, 0.5])
def test_a_handful_of_rows_is_enough(n_rows, contamination):
    rows, fresh = drawn(n_rows, 3, 0)
    detector = AutoencoderDetector(contamination=contamination).fit(rows)
    assert np.isfinite(detector.anomaly_score(fresh)).all()
    assert len(detector.training_scores_) == n_rows


def test_rows_left_out_as_odd_count_in_p_values():
    rows, fresh = drawn(100, 4, 7)
    rows[:10] += 40.0
    detector = AutoencoderDetector(contamination=0.1, random_state=0).fit(rows)
    assert sum(map(len, detector._fold_scores)) == 100
    assert detector.anomaly_pvalue(fresh).min() > 10 / 101
    assert (detector.anomaly_pvalue(rows[:10] + 100.0) == 1 / 101).all()


def test_contamination_is_the_share_of_the_rows_that_were_learned_from_where_these_are_many():
    rows, _ = drawn(300, 3, 0)
    detector = AutoencoderDetector(contamination=0.1, random_state=0).fit(rows)
    assert np.sum(detector.predict(rows) == -1) == 30


def wandering(n_points, seed):
    """A series whose points are like their neighbors, and less like those of another hour."""
    random = np.random.default_rng(seed)
    return np.convolve(random.normal(size=n_points + 30), np.ones(30) / 30**0.5, "valid")[:n_points]


@pytest.mark.parametrize("autoencoder", ["linear", small()], ids=["linear", "own"])
def test_folds_of_windows_are_stretches_of_time_and_share_no_point_with_what_is_learned(autoencoder):
    windows = sliding_windows(wandering(400, 0), 10)
    one = AutoencoderDetector(autoencoder, cv=4, random_state=0).fit(windows)
    moved = wandering(400, 0)
    moved[200] += 50.0  # it lies in the windows 191 to 200
    other = AutoencoderDetector(autoencoder, cv=4, random_state=0).fit(sliding_windows(moved, 10))
    # 391 windows: 98 to a fold, so that the third has those from 196 on, and the second the others.
    same = [
        np.array_equal(one._folds[fold].deviation.mean, other._folds[fold].deviation.mean)
        for fold in range(4)
    ]
    assert same == [False, True, True, False]
    assert [len(scores) for scores in one._fold_scores] == [98, 98, 98, 97]
    changed = np.flatnonzero(one._fold_scores[1] != other._fold_scores[1])
    if autoencoder == "linear":
        assert changed.tolist() == [93, 94, 95, 96, 97]


def test_lines_from_stretches_hold_for_a_series_that_goes_on_and_random_folds_are_too_low():
    alarms = {"in time": [], "at random": []}
    for seed in range(6):
        series = wandering(2400, seed)
        learned, fresh = sliding_windows(series[:1200], 40), sliding_windows(series[1240:], 40)
        for name, rows in (("in time", learned), ("at random", learned[:])):
            detector = AutoencoderDetector(small(), cv=3, random_state=0).fit(rows)
            scores = detector.anomaly_score(fresh if name == "in time" else fresh[:])
            alarms[name].append(np.mean(scores > detector.threshold_))
    assert np.mean(alarms["at random"]) > 1.25 * np.mean(alarms["in time"])
    assert 0.02 < np.mean(alarms["in time"]) < 0.07


def test_a_series_of_a_few_windows_has_no_folds():
    detector = AutoencoderDetector(random_state=0).fit(sliding_windows(wandering(60, 0), 20))
    assert detector.n_folds_ == 0
    assert AutoencoderDetector(random_state=0).fit(sliding_windows(wandering(400, 0), 20)).n_folds_ == 5


def test_windows_in_another_order_have_the_folds_of_their_time():
    windows = sliding_windows(wandering(300, 0), 10)
    order = np.random.default_rng(0).permutation(len(windows))
    one = AutoencoderDetector(random_state=0).fit(windows)
    other = AutoencoderDetector(random_state=0).fit(windows.rows(order))
    np.testing.assert_allclose(other.training_scores_, one.training_scores_[order], rtol=1e-9)


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_held_out_windows_are_stretches_of_time_and_share_no_point_with_what_is_learned(is_on_disk, tmp_path):
    def fitted(series):
        np.save(tmp_path / "series.npy", series[:, None])
        table = diabolo.open(tmp_path / "series.npy") if is_on_disk else series
        return AutoencoderDetector(held_out_fraction=0.2, random_state=0).fit(sliding_windows(table, 10))

    series = wandering(400, 0)
    detector = fitted(series)
    # A fifth of 391; of these, in order of time, two stretches as long as three windows are a stretch each.
    assert len(detector.held_out_scores_) == 79
    windows, held = sliding_windows(series, 10), detector.held_out_scores_
    starts = np.flatnonzero(np.isin(detector.training_scores_, held))
    assert len(starts) == 79
    assert 1 <= np.sum(np.diff(starts) > 1) <= 4
    inside = np.zeros(400, bool)
    inside[np.unique(starts[:, None] + np.arange(10))] = True
    other = fitted(np.where(inside, series + 20.0, series))
    np.testing.assert_array_equal(detector._learned.deviation.mean, other._learned.deviation.mean)
    assert (held != other.held_out_scores_).all()
    assert len(windows) == 391


@pytest.mark.parametrize(
    ("n_points", "length", "expected"), [(300, 10, 5), (120, 10, 10), (2000, 10, 3), (2000, 24, 5)]
)
def test_folds_of_windows_are_so_many_that_two_thirds_are_left_to_learn_from(n_points, length, expected):
    windows = sliding_windows(wandering(n_points, 0), length)
    assert AutoencoderDetector(random_state=0).fit(windows).n_folds_ == expected
    assert AutoencoderDetector(cv=4, random_state=0).fit(windows).n_folds_ == 4


def test_a_line_from_held_out_windows_holds_for_a_series_that_goes_on_where_they_share_no_point():
    alarms, residuals = {}, {"density_weight": 0, "distance_weight": 0, "deviation_weight": 0}
    noise = np.random.default_rng(0).normal(size=1130)
    series = np.convolve(noise, np.hanning(32)[1:], "valid")  # smooth: neighbors are nearly one window
    learned, fresh = sliding_windows(series[:500], 40), sliding_windows(series[540:], 40)
    for name, rows, new in (("in time", learned, fresh), ("at random", learned[:], fresh[:])):
        detector = AutoencoderDetector(
            learning_by_heart(),
            cv=0,
            held_out_fraction=0.2,
            threshold="conformal",
            score_params=residuals,
            random_state=0,
        )
        alarms[name] = np.mean(detector.fit(rows).predict(new) == -1)
    assert alarms["in time"] < 0.15 < 0.3 < alarms["at random"]


def test_a_series_too_short_to_hold_out_is_refused():
    with pytest.raises(InputError, match=r"31 windows of 30 points are too few to hold out 16 of them"):
        AutoencoderDetector(held_out_fraction=0.5).fit(sliding_windows(wandering(60, 0), 30))


def test_of_many_windows_some_are_learned_from_evenly_over_time(monkeypatch):
    windows = sliding_windows(wandering(500, 0), 5)
    whole = AutoencoderDetector(cv=0, random_state=0).fit(windows)
    monkeypatch.setattr(window_layout, "_ENOUGH_CELLS", 50 * 5)
    some = AutoencoderDetector(cv=0, random_state=0).fit(windows)
    even = windows[:][np.arange(50) * 496 // 50]
    np.testing.assert_allclose(some._learned.deviation.mean, even.mean(axis=0))
    assert not np.allclose(some._learned.deviation.mean, whole._learned.deviation.mean)
    assert len(some.training_scores_) == 496


def test_windows_say_what_they_were():
    kept = AutoencoderDetector(random_state=0).fit(sliding_windows(wandering(90, 0), 6, 2)).window_
    assert (kept.length, kept.step, kept.n_channels, kept.channels, len(kept.starts)) == (6, 2, 1, None, 0)
    assert AutoencoderDetector(random_state=0).fit(np.eye(4)).window_ is None
