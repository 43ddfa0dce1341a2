"""Windows and what is folded back, against loops over every window and every point."""

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, sliding_windows
from diabolo.datasets.catalog import UCR_135
from diabolo.datasets.files import required_files
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.series import windows as windows_file

DATES = pandas.date_range("2026-03-01", periods=6, freq="h")


def waves(n_points, n_channels=2, seed=0):
    random = np.random.default_rng(seed)
    time = np.arange(n_points)[:, None]
    return np.sin(time / (2 + np.arange(n_channels))) + 0.1 * random.normal(size=(n_points, n_channels))


shapes = st.integers(1, 30).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(1, 3), st.integers(1, n), st.integers(1, 7))
)


@given(shapes)
def test_a_row_is_a_window_and_every_point_is_in_one(shape):
    n_points, n_channels, length, step = shape
    X = np.arange(n_points * n_channels, dtype=np.float32).reshape(n_points, n_channels)
    windows = sliding_windows(X, length, step)
    starts = list(range(0, n_points - length + 1, step))
    starts += [n_points - length] * (starts[-1] != n_points - length)
    assert windows.shape == (len(starts), length * n_channels)
    assert windows.dtype == np.float32
    np.testing.assert_array_equal(windows[:], [X[start : start + length].ravel() for start in starts])
    if step <= length:
        covered = {point for start in starts for point in range(start, start + length)}
        assert covered == set(range(n_points))
    assert windows.in_memory
    assert windows.notes == ()


@given(shapes, st.data())
def test_any_rectangle_is_that_of_all_windows(shape, data):
    n_points, n_channels, length, step = shape
    windows = sliding_windows(waves(n_points, n_channels), length, step)
    whole = windows[:]
    rows = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=9))
    columns = slice(*sorted(data.draw(st.tuples(*[st.integers(0, whole.shape[1])] * 2))))
    np.testing.assert_array_equal(windows.read(np.array(rows, int), columns), whole[rows][:, columns])
    some = slice(*sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2))))
    np.testing.assert_array_equal(windows.read(some, columns), whole[some, columns])


@given(shapes, st.integers(1, 3))
def test_folded_back_is_the_mean_over_the_windows_that_hold_a_point(shape, n_values):
    n_points, n_channels, length, step = shape
    windows = sliding_windows(np.zeros((n_points, n_channels)), length, step)
    values = np.random.default_rng(1).normal(size=(len(windows), n_values))
    starts = windows.windows.starts
    for point, found in enumerate(windows.to_points(values)):
        held = [value for start, value in zip(starts, values, strict=True) if start <= point < start + length]
        if held:
            np.testing.assert_allclose(found, np.mean(held, axis=0), rtol=1e-12, atol=1e-13)
        else:
            assert step > length
            assert np.isnan(found).all()
    np.testing.assert_array_equal(windows.to_points(values[:, 0]), windows.to_points(values)[:, 0])


@given(shapes, st.sampled_from([1, 50, 2**20]), st.integers(0, 2))
def test_the_highest_is_that_of_the_windows_that_hold_a_point(shape, cells, seed):
    n_points, n_channels, length, step = shape
    windows = sliding_windows(np.zeros((n_points, n_channels)), length, step)
    values = np.random.default_rng(seed).integers(-2, 3, size=(len(windows), 2)).astype(float)
    starts = windows.windows.starts
    rows = max(cells // windows.n_features, 1)
    blocks = [values[first : first + rows] for first in range(0, len(values), rows)]
    both, together = windows.to_points(values, combine="max"), windows._highest(blocks, 2)
    for point in range(n_points):
        held = [value for start, value in zip(starts, values, strict=True) if start <= point < start + length]
        if held:
            assert both[point].tolist() == np.max(held, axis=0).tolist()
            first = np.argmax(np.sum(held, axis=1))
            assert together[point].tolist() == held[first].tolist()
        else:
            assert np.isnan([both[point], together[point]]).all()


def test_how_windows_are_combined_moves_the_scores():
    windows = sliding_windows(waves(80), 6)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    highest = windows.point_scores(detector, combine="max")
    of_windows = windows.to_points(detector.anomaly_score(windows), combine="max")
    np.testing.assert_allclose(highest.scores, of_windows, rtol=1e-12)
    np.testing.assert_allclose(highest.channels.sum(axis=1), highest.scores, rtol=1e-12)
    assert (highest.scores >= windows.point_scores(detector).scores - 1e-9).all()
    for fold in (
        lambda how: windows.to_points(np.zeros(75), combine=how),
        lambda how: windows.point_scores(detector, combine=how),
    ):
        with pytest.raises(
            ParameterError, match=r"combine='maximum' is not possible; expected 'mean' or 'max'\. Did"
        ):
            fold("maximum")


def test_an_absurd_score_stays_where_it_is():
    windows = sliding_windows(np.zeros(40), 3)
    values = np.ones(38)
    values[10] = 1e300
    assert (windows.to_points(values)[14:] == 1.0).all()


@pytest.mark.parametrize("step", [1, 3])
def test_point_scores_are_means_of_window_scores_channel_by_channel(step, monkeypatch):
    monkeypatch.setattr("diabolo.estimators._detector_scoring._BLOCK_CELLS", 100)  # many blocks
    windows = sliding_windows(waves(70), 6, step)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    scores = windows.point_scores(detector)
    added = detector.feature_contributions(windows).reshape(len(windows), 6, 2)
    for point in range(70):
        held = [
            added[row, :, :].sum(axis=0)
            for row, start in enumerate(windows.windows.starts)
            if start <= point < start + 6
        ]
        np.testing.assert_allclose(scores.channels[point], np.mean(held, axis=0), rtol=1e-10)
    np.testing.assert_allclose(scores.scores, windows.to_points(detector.anomaly_score(windows)), rtol=1e-10)
    np.testing.assert_allclose(scores.channels.sum(axis=1), scores.scores, rtol=1e-12)
    assert scores.names == ("x0", "x1")


def test_an_odd_stretch_is_an_event_of_its_channel():
    X = waves(600, 3)
    X[400:412, 1] += 3.0
    windows = sliding_windows(pandas.DataFrame(X, columns=["heat", "flow", "load"]), 12)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    scores = windows.point_scores(detector)
    event = max(scores.events(detector.threshold_), key=lambda each: each.score)
    assert event.start <= 400 < 412 <= event.end + 2
    assert next(iter(event.channels)) == "flow"
    assert 395 <= int(np.argmax(scores.scores)) <= 415


def test_length_and_step_move_the_scores():
    X = waves(80)

    def of(*words):
        windows = sliding_windows(X, *words)
        return windows.point_scores(AutoencoderDetector(random_state=0).fit(windows)).scores

    assert not np.allclose(of(6), of(8))
    assert not np.allclose(of(6), of(6, 2))


@pytest.mark.parametrize("kind", ["npy", "h5", "csv"])
@pytest.mark.parametrize("step", [1, 5])
def test_from_disk_as_from_memory_bit_for_bit(kind, step, tmp_path, monkeypatch):
    X = waves(200)
    path = tmp_path / f"series.{kind}"
    if kind == "npy":
        np.save(path, X)
    elif kind == "csv":
        pandas.DataFrame(X, columns=["a", "b"]).to_csv(path, index=False)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            file.create_dataset("data", data=X, chunks=(16, 2))
    monkeypatch.setattr(windows_file, "_READ_CELLS", 40)  # read in many pieces
    with diabolo.open(path) as table:
        windows = sliding_windows(table, 7, step)
        memory = sliding_windows(pandas.DataFrame(X, columns=["a", "b"]) if kind == "csv" else X, 7, step)
        np.testing.assert_array_equal(windows[:], memory[:])
        one, other = (AutoencoderDetector(random_state=0).fit(each) for each in (windows, memory))
        assert one.threshold_ == other.threshold_
        np.testing.assert_array_equal(one.training_scores_, other.training_scores_)
        on_disk, in_memory = windows.point_scores(one), memory.point_scores(other)
    np.testing.assert_array_equal(on_disk.channels, in_memory.channels)


def test_windows_and_the_array_of_them_score_alike():
    windows = sliding_windows(waves(90), 5)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    scores = detector.anomaly_score(windows)
    del detector.feature_names_in_
    np.testing.assert_array_equal(detector.anomaly_score(windows[:]), scores)


@pytest.mark.parametrize(
    "detector",
    [
        lambda: AutoencoderDetector("deep", random_state=0),
        lambda: AutoencoderDetector(Autoencoder(2, max_epochs=2), random_state=0),
    ],
    ids=["deep", "own"],
)
def test_trained_detectors_take_windows(detector):
    windows = sliding_windows(waves(60), 4)
    fitted = detector().fit(windows)
    assert fitted.n_folds_ == 5
    assert np.isfinite(windows.point_scores(fitted).scores).all()


def test_an_autoencoder_takes_windows():
    windows = sliding_windows(waves(60), 4)
    autoencoder = Autoencoder(2, max_epochs=2, random_state=0)
    np.testing.assert_array_equal(
        autoencoder.fit(windows).transform(windows), autoencoder.fit(windows[:]).transform(windows[:])
    )


def test_an_odd_beat_of_a_public_series_is_the_oddest_event(packaged_series):
    """Series 135 of the UCR anomaly archive, beside an isolation forest of the same windows."""
    _, series, labels = np.loadtxt(required_files(UCR_135)[0], delimiter=",", skiprows=1).T
    windows = sliding_windows(series, 48)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    scores = windows.point_scores(detector)
    forest = IsolationForest(random_state=0).fit(windows[:])
    assert roc_auc_score(labels, windows.to_points(-forest.score_samples(windows[:]))) < 0.8
    assert roc_auc_score(labels, scores.scores) > 0.95
    odd = np.flatnonzero(labels)
    for combine, share in (("mean", 0.5), ("max", 1.0)):
        events = windows.point_scores(detector, combine=combine).events(detector.threshold_)
        oddest = max(events, key=lambda event: event.score)
        assert np.mean((oddest.start <= odd) & (odd <= oddest.end)) >= share


def test_no_window_reaches_over_a_gap():
    times = np.array([0, 1, 2, 3, 10, 11, 12, 30, 31, 32, 33])
    windows = sliding_windows(np.arange(11.0), 4, timestamps=times)
    assert windows[:].tolist() == [[0, 1, 2, 3], [7, 8, 9, 10]]
    assert windows.notes == (
        "2 gaps in time: 6 windows that reach over one are left out, and 3 points between gaps that are too "
        "near have no score",
    )
    assert np.isnan(windows.to_points([1.0, 2.0])).tolist() == [False] * 4 + [True] * 3 + [False] * 4
    assert len(sliding_windows(np.arange(11.0), 4, timestamps=times, gap=None)) == 8
    assert len(sliding_windows(np.arange(11.0), 4, timestamps=times, gap=8)) == 5
    one_gap = sliding_windows(np.arange(8.0), 4, timestamps=[0, 1, 2, 3, 9, 10, 11, 12])
    assert one_gap.notes == ("1 gap in time: 3 windows that reach over one are left out",)


def test_an_index_of_dates_says_when():
    frame = pandas.DataFrame({"heat": np.arange(6.0)}, index=DATES)
    windows = sliding_windows(frame, 2)
    np.testing.assert_array_equal(windows.times, DATES.to_numpy())
    assert windows.feature_names == ("heat[t-1]", "heat[t]")
    given = sliding_windows(frame, 2, timestamps=np.arange(6))
    assert given.times.tolist() == list(range(6))
    assert sliding_windows(frame.reset_index(drop=True), 2).times is None
    with pytest.raises(InputError, match=r"holds text in column 1 \('place', 'a' in row 0\)"):
        sliding_windows(frame.assign(place=list("abcdef")), 2)


@pytest.mark.parametrize(
    ("series", "name"),
    [
        (np.arange(5), "x0"),
        (list(range(5)), "x0"),
        (pandas.Series(range(5), name="heat"), "heat"),
        (pandas.Series(range(5)), "x0"),
        (polars.Series("heat", range(5)), "heat"),
        (pandas.DataFrame({"heat": range(5)}), "heat"),
        (polars.DataFrame({"heat": range(5)}), "heat"),
        (np.arange(5)[:, None], "x0"),
    ],
)
def test_whatever_holds_a_series(series, name):
    windows = sliding_windows(series, 3)
    assert windows[:].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert windows.feature_names == (f"{name}[t-2]", f"{name}[t-1]", f"{name}[t]")


def test_a_cell_that_cannot_be_used_is_named_by_its_point():
    X = waves(30)
    X[20, 1] = np.nan
    windows = sliding_windows(X, 5)
    assert windows.place(16, 9) == "row 20, column 1, both counted from 0"
    assert windows.origin(16) == 16
    with pytest.raises(
        InputError, match=r"contains NaN: .* found it first in row 20, column 1, both counted"
    ):
        AutoencoderDetector().fit(windows)


def test_missing_cells_add_nothing_to_the_scores_of_their_points():
    X = waves(200)
    X[50:53, 1] = np.nan
    windows = sliding_windows(X, 5)
    detector = AutoencoderDetector(missing="mask", random_state=0).fit(windows)
    scores = windows.point_scores(detector)
    assert np.isfinite(scores.channels).all()
    added = detector.feature_contributions(windows).reshape(-1, 5, 2)
    assert (added[50, :3, 1] == 0).all()
    assert scores.channels[51, 1] < np.median(scores.channels[:, 1])


def test_labels_of_points_become_those_of_windows():
    windows = sliding_windows(np.zeros(9), 3, 2)
    assert windows.labels(np.arange(9) == 3).tolist() == [False, True, False, False]
    with pytest.raises(
        InputError, match=r"is_anomaly must be true or false for each of the 9 points, got int64 of"
    ):
        windows.labels(np.arange(9))


def test_windows_of_anomalies_are_not_learned_from():
    X = waves(120)
    marks = np.zeros(120, bool)
    marks[60:64] = True
    windows = sliding_windows(X, 5)
    detector = AutoencoderDetector(random_state=0, held_out_fraction=0.0)
    detector.fit(windows, np.where(windows.labels(marks), -1, 1))
    assert len(detector.training_scores_) == 116 - 8


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ((0,), ParameterError, r"length=0 is not possible; expected a whole number of 1 or more\."),
        ((2.5,), ParameterError, r"length=2\.5 is not possible; expected a whole number of 1 or more\."),
        ((3, 0), ParameterError, r"step=0 is not possible; expected a whole number of 1 or more\."),
        ((3, True), ParameterError, r"step=True is not possible"),
        ((7,), InputError, r"the array has 6 points, fewer than a window of length=7; choose 6 or less\."),
        ((3, 1, [1, 2]), InputError, r"timestamps have shape \(2,\); expected \(6,\), one a point"),
        (
            (3, 1, [0, 1, 9, 10, 20, 21]),
            InputError,
            r"the array has 2 gaps in time, and no 3 points without one between them; choose shorter "
            r"windows, or take the points as they follow each other: gap=None\.",
        ),
    ],
)
def test_what_cannot_be_is_refused(words, error, text):
    with pytest.raises(error, match=text):
        sliding_windows(np.zeros(6), *words)


def test_a_gap_is_one_step_at_the_least():
    with pytest.raises(
        ParameterError, match=r"gap=0\.5 is not possible; expected a number of 1 or more, or None\."
    ):
        sliding_windows(np.zeros(6), 2, gap=0.5)
    with pytest.raises(
        ParameterError, match=r"gap='day' is not possible; expected a number of 1 or more, or None\."
    ):
        sliding_windows(np.zeros(6), 2, gap="day")


def test_values_are_one_a_window():
    windows = sliding_windows(np.zeros(6), 2)
    with pytest.raises(InputError, match=r"values have shape \(6,\); expected \(5,\) or \(5, n_values\)"):
        windows.to_points(np.zeros(6))


def test_another_detector_is_told_what_to_do():
    windows = sliding_windows(np.zeros(6), 2)
    with pytest.raises(
        InputTypeError, match=r"got IsolationForest; of another detector fold the scores of the win"
    ):
        windows.point_scores(IsolationForest())


def test_a_detector_of_other_windows_is_refused():
    detector = AutoencoderDetector(random_state=0).fit(sliding_windows(waves(60), 5))
    with pytest.raises(InputError, match=r"in windows of 6 has 12 features, but .* is expecting 10 features"):
        sliding_windows(waves(60), 6).point_scores(detector)
    other = sliding_windows(pandas.DataFrame(waves(60), columns=["a", "b"]), 5)
    with pytest.raises(InputError, match=r"column 0 is 'a\[t-4\]', but in .* fit it was 'x0\[t-4\]'"):
        other.point_scores(detector)


def test_windows_left_out_as_odd_are_learned_from_no_more():
    X = waves(300, 1)
    X[100:110] += 5.0
    windows = sliding_windows(X, 5)
    plain, clean = (
        AutoencoderDetector(contamination=share, random_state=0).fit(windows) for share in (None, 0.1)
    )
    odd = windows.labels(X[:, 0] > 4)
    assert clean._learned.deviation.deviation.max() < 0.8 * plain._learned.deviation.deviation.max()
    assert clean.training_scores_[odd].min() > clean.training_scores_[~odd].max()
    assert len(clean.training_scores_) == len(windows)


def test_what_is_no_series_of_numbers_is_refused():
    with pytest.raises(InputError, match="table has two axes"):
        sliding_windows(np.zeros((4, 3, 2)), 2)


def test_masked_points_are_missing():
    windows = sliding_windows(np.ma.masked_equal([1.0, 2.0, 3.0], 2.0), 2)
    np.testing.assert_array_equal(windows[:], [[1.0, np.nan], [np.nan, 3.0]])


@settings(max_examples=20)
@given(st.integers(20, 60), st.integers(2, 6), st.integers(1, 4))
def test_any_series_is_scored_to_its_last_point(n_points, length, step):
    windows = sliding_windows(waves(n_points, 1), length, step)
    scores = windows.point_scores(AutoencoderDetector(random_state=0).fit(windows)).scores
    assert np.isfinite(scores).all() == (step <= length)


def test_no_window_reaches_from_one_series_to_the_next():
    groups = ["a"] * 5 + ["b"] * 4 + ["c"] * 2
    times = [1, 2, 3, 4, 5, 1, 2, 8, 9, 0, 1]
    windows = sliding_windows(np.arange(11.0), 3, timestamps=times, groups=groups, gap=None)
    assert windows.windows.starts.tolist() == [0, 1, 2, 5, 6]
    assert windows.notes == (
        "3 series: 4 windows that reach over an end are left out, and 2 points between gaps that are too "
        "near have no score",
    )
    windows = sliding_windows(np.arange(11.0), 2, timestamps=times, groups=groups)
    assert windows.windows.starts.tolist() == [0, 1, 2, 3, 5, 7, 9]
    assert windows.notes[0].startswith("3 series with 1 gap in time: 3 windows that reach over an end")


def test_groups_that_cannot_be_are_refused():
    with pytest.raises(InputError, match=r"groups hold 'a' again at point 2 \(counted from 0\), after"):
        sliding_windows(np.arange(3.0), 1, groups=["a", "b", "a"])
    with pytest.raises(InputError, match=r"groups have shape \(2,\); expected \(3,\), one a point"):
        sliding_windows(np.arange(3.0), 1, groups=["a", "b"])
    with pytest.raises(InputError, match=r"fall at point 2 .*say which point is of which: groups"):
        sliding_windows(np.arange(3.0), 1, timestamps=[0, 1, 0])
    with pytest.raises(InputError, match="has 1 gaps in time or changes of series, and no 3 points without"):
        sliding_windows(np.arange(4.0), 3, groups=[1, 1, 2, 2])
