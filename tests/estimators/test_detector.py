"""Expected figures are scikit-learn's metrics and counts; guarantees are those of the papers named."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.base import clone
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score, roc_auc_score

from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.detection import Conformal, MeanStd, Quantile
from diabolo.errors import InputError, ParameterError, UnknownLabelsWarning

KINDS = ("calibrated", "mahalanobis", "squared_error", "absolute_error")


def small(**settings):
    return Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=3, output_activation="linear", **settings)


@pytest.fixture(scope="module")
def mixed():
    """Make 270 rows near a plane, 30 far off it, in columns of different units, and which those are."""
    random = np.random.default_rng(11)
    plane = random.normal(size=(270, 2)) @ random.normal(size=(2, 6)) + 0.1 * random.normal(size=(270, 6))
    rows = np.concatenate([plane, random.normal(scale=4.0, size=(30, 6))])
    order = random.permutation(300)
    return (rows * 10.0 ** np.arange(-2, 4))[order], (np.arange(300) >= 270)[order]


@pytest.fixture(scope="module")
def fitted(mixed):
    return AutoencoderDetector(random_state=0).fit(mixed[0])


def test_odd_rows_are_found_among_rows_without_labels(mixed, fitted):
    X, is_anomaly = mixed
    assert roc_auc_score(is_anomaly, fitted.anomaly_score(X)) > 0.97


def test_the_signs_are_scikit_learns(mixed, fitted):
    X, _ = mixed
    score = fitted.anomaly_score(X)
    np.testing.assert_array_equal(fitted.score_samples(X), -score)
    np.testing.assert_allclose(fitted.decision_function(X), fitted.threshold_ - score)
    np.testing.assert_array_equal(fitted.predict(X), np.where(score > fitted.threshold_, -1, 1))
    assert fitted.offset_ == -fitted.threshold_


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autoencoder", ["linear", small()], ids=["linear", "trained"])
def test_contributions_sum_to_the_score(mixed, kind, autoencoder):
    X, _ = mixed
    detector = AutoencoderDetector(
        autoencoder,
        score_kind=kind,
        score_params=None if kind.endswith("error") else {"code_weight": 0.7},
        random_state=0,
    ).fit(X)
    added = detector.feature_contributions(X)
    assert added.shape == X.shape
    assert (added >= 0).all()
    np.testing.assert_allclose(added.sum(axis=1), detector.anomaly_score(X), rtol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_blocks_of_explanations_fill_in_the_scores_to_the_bit(monkeypatch, mixed, share):
    X = mixed[0].astype(float)
    X[np.random.default_rng(0).random(X.shape) < share] = np.nan
    detector = AutoencoderDetector(missing="mean", random_state=0).fit(X)
    monkeypatch.setattr("diabolo.estimators._detector_scoring._BLOCK_CELLS", 7 * X.shape[1])
    scores = np.zeros(len(X))
    blocks = list(detector.explanation_blocks(X, scores))
    assert len(blocks) > 1
    np.testing.assert_array_equal(scores, detector.anomaly_score(X))


@settings(max_examples=40)
@given(
    X=arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 30), st.integers(1, 6)),
        elements=st.floats(-1e6, 1e6, allow_nan=False, width=32),
    ),
    kind=st.sampled_from(KINDS),
)
def test_any_table_gets_finite_scores_that_the_features_add_up_to(X, kind):
    detector = AutoencoderDetector(score_kind=kind, random_state=0).fit(X)
    other = np.concatenate([X, X[:1] * 3 + 1])
    score = detector.anomaly_score(other)
    assert np.isfinite(score).all()
    np.testing.assert_allclose(detector.feature_contributions(other).sum(axis=1), score, rtol=1e-6)
    assert np.isfinite(detector.reconstruct(other)).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("autoencoder", ["linear", small()], ids=["linear", "trained"])
def test_a_score_does_not_depend_on_the_rows_beside_it(mixed, kind, autoencoder):
    X, _ = mixed
    detector = AutoencoderDetector(autoencoder, score_kind=kind, random_state=0).fit(X)
    together = detector.anomaly_score(X)
    alone = np.concatenate([detector.anomaly_score(row[None]) for row in X[:20]])
    np.testing.assert_allclose(alone, together[:20], rtol=1e-5 if autoencoder != "linear" else 1e-10)
    np.testing.assert_allclose(detector.anomaly_score(X[::-1])[::-1], together, rtol=1e-5)


def test_a_score_does_not_depend_on_the_blocks(mixed, monkeypatch):
    from diabolo.estimators import _detector_scoring

    X, _ = mixed
    detector = AutoencoderDetector(random_state=0).fit(X)
    whole = detector.anomaly_score(X)
    monkeypatch.setattr(_detector_scoring, "_BLOCK_CELLS", 40)
    np.testing.assert_allclose(detector.anomaly_score(X), whole, rtol=1e-10)


def test_measures_of_a_long_table_are_taken_from_some_of_its_rows(mixed, monkeypatch):
    from diabolo.estimators import _detector_scoring

    X, is_anomaly = mixed
    monkeypatch.setattr(_detector_scoring, "_CALIBRATION_ROWS", 150)
    score = AutoencoderDetector(random_state=0).fit(X).anomaly_score(X)
    assert roc_auc_score(is_anomaly, score) > 0.97


def test_the_same_seed_gives_the_same_scores_and_another_others(mixed):
    X, _ = mixed
    scores = [
        AutoencoderDetector(small(), n_members=2, random_state=seed).fit(X).anomaly_score(X)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.allclose(scores[0], scores[2])


@pytest.mark.parametrize(
    "changed",
    [
        {"autoencoder": "deep"},
        {"autoencoder": small()},
        {"score_kind": "mahalanobis"},
        {"score_kind": "squared_error"},
        {"score_kind": "absolute_error"},
        {"score_params": {"deviation_weight": 0.0}},
        {"score_params": {"distance_weight": 2.0}},
        {"score_params": {"code_weight": 1.0}},
        {"contamination": 0.1},
        {"held_out_fraction": 0.5},
    ],
    ids=lambda changed: str(next(iter(changed.items())))[:30],
)
def test_each_setting_moves_the_scores(mixed, fitted, changed):
    X, _ = mixed
    other = AutoencoderDetector(random_state=0, **changed).fit(X)
    assert not np.allclose(other.anomaly_score(X), fitted.anomaly_score(X), rtol=1e-3)


def test_more_members_steady_the_scores(mixed):
    X, _ = mixed
    random = small().set_params(initializer="glorot_uniform")

    def spread(n_members):
        scores = [
            AutoencoderDetector(random, n_members=n_members, random_state=seed).fit(X).anomaly_score(X)
            for seed in range(4)
        ]
        return np.std(np.log(scores), axis=0).mean()

    assert spread(8) < 0.7 * spread(1)


def test_trained_networks_need_not_be_of_one_kind(mixed):
    X, _ = mixed
    noisy = AutoencoderDetector(small(noise=0.1, scale="standard"), n_members=3, random_state=0).fit(X)
    assert len(noisy.members_) == 3
    weights = [np.asarray(member.network_.encoder[0].weight) for member in noisy.members_]
    assert not np.allclose(weights[0], weights[1])


def test_contamination_keeps_odd_rows_from_being_learned(mixed):
    X, is_anomaly = mixed
    plain = AutoencoderDetector(score_kind="squared_error", random_state=0).fit(X)
    robust = AutoencoderDetector(score_kind="squared_error", contamination=0.1, random_state=0).fit(X)
    aucs = [roc_auc_score(is_anomaly, detector.anomaly_score(X)) for detector in (plain, robust)]
    assert aucs[1] > aucs[0]
    assert (robust.predict(X) == -1).mean() == pytest.approx(0.1, abs=0.005)


def test_only_normal_rows_are_learned_from(mixed):
    X, is_anomaly = mixed
    labels = np.where(is_anomaly, "odd", "fine")
    settings = {"held_out_fraction": 0.0, "score_params": {}, "random_state": 0}
    labeled = AutoencoderDetector(normal_label="fine", **settings).fit(X, labels)
    alone = AutoencoderDetector(random_state=0).fit(X[~is_anomaly])
    np.testing.assert_allclose(labeled.anomaly_score(X), alone.anomaly_score(X), rtol=1e-12)
    assert len(labeled.training_scores_) == 270


def test_plus_and_minus_one_need_no_saying(mixed):
    X, is_anomaly = mixed
    signed = AutoencoderDetector(random_state=0).fit(X, np.where(is_anomaly, -1, 1))
    named = AutoencoderDetector(normal_label=False, random_state=0).fit(X, is_anomaly)
    np.testing.assert_array_equal(signed.anomaly_score(X), named.anomaly_score(X))


def test_numbers_that_say_nothing_of_oddness_are_left_aside_with_a_warning(mixed, fitted):
    X, is_anomaly = mixed
    with pytest.warns(UnknownLabelsWarning, match=r"y holds .* left aside: only \+1 \(normal\) and -1"):
        other = AutoencoderDetector(random_state=0).fit(X, is_anomaly.astype(int))
    np.testing.assert_array_equal(other.anomaly_score(X), fitted.anomaly_score(X))


@pytest.mark.parametrize(
    ("labels", "normal", "text"),
    [
        (
            ["a", "b"] * 150,
            None,
            r"Unknown label type: y holds 'a', 'b'. Say which is normal, as in normal_l",
        ),
        (["a", "b"] * 150, "c", r"no label in y equals normal_label='c'; they are 'a', 'b'."),
        (["1", "2"] * 150, 1, r"equals normal_label=1; they are '1', '2'. Did you mean normal_label='1'\?"),
        ([1, -1], None, r"y has shape \(2,\); expected \(300,\), one label a row"),
        ([-1] * 300, None, r"0 of the 300 rows are normal by their labels; at least 2 are needed"),
        ([1, *[-1] * 299], None, r"1 of the 300 rows are normal by their labels"),
    ],
)
def test_labels_that_cannot_be_used_are_told(mixed, labels, normal, text):
    with pytest.raises(InputError, match=text):
        AutoencoderDetector(normal_label=normal).fit(mixed[0], labels)


def test_labels_may_all_be_normal(mixed, fitted):
    X, _ = mixed
    detector = AutoencoderDetector(held_out_fraction=0.0, random_state=0).fit(X, np.ones(300))
    np.testing.assert_array_equal(detector.anomaly_score(X), fitted.anomaly_score(X))


@pytest.mark.parametrize("positive", ["anomaly", "normal"])
def test_evaluation_is_scikit_learns(mixed, fitted, positive):
    X, is_anomaly = mixed
    labels = np.where(is_anomaly, -1, 1)
    report = fitted.evaluate(X, labels, positive=positive)
    called, score = fitted.predict(X), fitted.anomaly_score(X)
    sign = -1 if positive == "anomaly" else 1
    assert report.f1 == pytest.approx(f1_score(labels, called, pos_label=sign))
    assert report.roc_auc == pytest.approx(roc_auc_score(labels == sign, -sign * score))
    assert report.average_precision == pytest.approx(average_precision_score(labels == sign, -sign * score))
    table = confusion_matrix(labels, called, labels=[-1, 1])
    assert [report.flagged_anomalies, report.flagged_normal] == table[:, 0].tolist()


def test_the_threshold_moves_without_training(mixed, fitted):
    X, is_anomaly = mixed
    detector = pickle.loads(pickle.dumps(fitted))
    score, known = detector.anomaly_score(X), detector.training_scores_
    assert detector.threshold_ == pytest.approx(np.quantile(known, 0.95, method="weibull"))
    detector.set_threshold("mean+std", k=2.0)
    assert detector.threshold_ == pytest.approx(known.mean() + 2 * known.std())
    detector.set_threshold(Quantile(0.5))
    assert (known > detector.threshold_).sum() == 150
    detector.set_threshold(1.25)
    assert (detector.threshold_, detector.offset_) == (1.25, -1.25)
    detector.set_threshold("best_f1", X=X, y=np.where(is_anomaly, -1, 1))
    cuts = [f1_score(is_anomaly, score > line) for line in score]
    assert f1_score(is_anomaly, detector.predict(X) == -1) == pytest.approx(max(cuts))
    np.testing.assert_array_equal(detector.anomaly_score(X), score)


def test_labels_given_to_fit_draw_lines_that_take_labels(mixed):
    X, is_anomaly = mixed
    labels = np.where(is_anomaly, -1, 1)
    detector = AutoencoderDetector(threshold="recall", threshold_params={"at_least": 1.0}, random_state=0)
    assert (detector.fit(X, labels).predict(X)[is_anomaly] == -1).all()
    detector.set_threshold("false_alarm_rate", at_most=0.0)
    assert (detector.predict(X)[~is_anomaly] == 1).all()


def test_thresholds_by_object_and_by_name_agree(mixed):
    X, _ = mixed
    by_name = AutoencoderDetector(threshold="mean+std", threshold_params={"k": 3.0}, random_state=0).fit(X)
    by_object = AutoencoderDetector(threshold=MeanStd(3.0), random_state=0).fit(X)
    assert by_name.threshold_ == by_object.threshold_


def test_a_threshold_that_nobody_passes_flags_nobody(mixed, fitted):
    X, is_anomaly = mixed
    detector = pickle.loads(pickle.dumps(fitted)).set_threshold(1e9)
    report = detector.evaluate(X, np.where(is_anomaly, -1, 1))
    assert (report.precision, report.recall, report.f1) == (0.0, 0.0, 0.0)
    assert (detector.predict(X) == 1).all()


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("best_f1", {}, r"threshold 'best_f1' needs rows with labels of both kinds, but there are none"),
        ("conformal", {"level": 0.01}, r"needs at least 99 held-out normal rows, but there are 0"),
        ("quantil", {}, r"Did you mean 'quantile'\?"),
        ("quantile", {"k": 1.0}, r"threshold 'quantile' does not know 'k'; its settings: 'q'"),
        (float("nan"), {}, r"threshold=nan must be a finite number"),
        (1.0, {"k": 1.0}, r"threshold=1.0 must be a finite number by itself"),
    ],
)
def test_lines_that_cannot_be_drawn_are_told(fitted, name, settings, text):
    with pytest.raises((InputError, ParameterError), match=text):
        pickle.loads(pickle.dumps(fitted)).set_threshold(name, **settings)


def test_labels_of_one_kind_draw_no_line(mixed, fitted):
    X, _ = mixed
    with pytest.raises(InputError, match=r"all 300 are normal"):
        pickle.loads(pickle.dumps(fitted)).set_threshold("best_f1", X=X, y=np.ones(300))
    with pytest.raises(InputError, match="X and y go together"):
        fitted.set_threshold("best_f1", X=X)


def test_false_alarms_are_at_most_the_level():
    """V. Vovk et al. 2005: P(p <= a) <= a for exchangeable rows; over 200 repetitions, 3 standard errors."""
    random = np.random.default_rng(0)
    levels = np.array([0.01, 0.05, 0.1])
    shares = []
    for repetition in range(200):
        rows = random.standard_t(4, size=(700, 3)) @ random.normal(size=(3, 5))
        detector = AutoencoderDetector(held_out_fraction=0.4, random_state=repetition).fit(rows[:500])
        pvalues = detector.anomaly_pvalue(rows[500:])
        shares.append((pvalues[:, None] <= levels).mean(axis=0))
        line = detector.set_threshold("conformal", level=0.05).threshold_
        np.testing.assert_array_equal(pvalues <= 0.05, detector.anomaly_score(rows[500:]) > line)
    error = np.std(shares, axis=0) / np.sqrt(200)
    assert (np.mean(shares, axis=0) <= levels + 3 * error).all()
    # Not vacuous either: 200 held-out rows resolve every level.
    assert (np.mean(shares, axis=0) >= 0.5 * levels).all()


def test_discoveries_hold_their_rate():
    """Y. Benjamini and Y. Hochberg 1995, S. Bates et al. 2023: the mean share of normal rows is limited."""
    random = np.random.default_rng(1)
    shares, found = [], []
    for repetition in range(60):
        normal = random.normal(size=(600, 4))
        odd = random.normal(size=(20, 4)) + 6.0
        detector = AutoencoderDetector(held_out_fraction=0.5, random_state=repetition).fit(normal[:400])
        chosen = detector.discover(np.concatenate([normal[400:], odd]), false_discovery_rate=0.2)
        shares.append(chosen[:200].sum() / max(chosen.sum(), 1))
        found.append(chosen[200:].mean())
    assert np.mean(shares) <= 0.2 + 3 * np.std(shares) / np.sqrt(60)
    assert np.mean(found) > 0.8
    with pytest.raises(ParameterError, match="false_discovery_rate=2 is not possible"):
        detector.discover(normal, 2)


def test_pvalues_need_rows_to_compare_with(mixed):
    detector = AutoencoderDetector(cv=0).fit(mixed[0])
    assert detector.pvalue_kind_ is None
    with pytest.raises(InputError, match=r"set cv to 2 or more, or held_out_fraction above 0, and fit again"):
        detector.anomaly_pvalue(mixed[0])


def test_rows_are_held_out_where_that_is_of_use(mixed):
    X, _ = mixed
    assert len(AutoencoderDetector().fit(X).held_out_scores_) == 0
    assert len(AutoencoderDetector().fit(X, np.ones(300)).held_out_scores_) == 60
    assert len(AutoencoderDetector(threshold=Conformal(0.1)).fit(X).held_out_scores_) == 60
    assert len(AutoencoderDetector(held_out_fraction=0.1).fit(X).held_out_scores_) == 30


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"autoencoder": "pca"}, r"autoencoder='pca' is not possible; .* Did you mean 'linear'\?"),
        (
            {"autoencoder": Autoencoder},
            r"expected 'linear' or 'deep', or one of Diabolo's estimators, such as",
        ),
        ({"autoencoder": 3}, r"autoencoder=3 is not possible"),
        (
            {"score_kind": "residual"},
            r"score_kind='residual' is not possible; .* Did you mean 'calibrated'\?",
        ),
        (
            {"score_params": {"deviation": 1}},
            r"score_kind 'calibrated' does not know 'deviation'; its settings",
        ),
        ({"score_kind": "squared_error", "score_params": {"code_weight": 1}}, r"it has no settings"),
        ({"score_params": {"code_weight": -1}}, r"score_params\['code_weight'\]=-1 is not possible"),
        ({"n_members": 0}, r"n_members=0 is not possible; expected a whole number, 1 or more"),
        ({"n_members": 10}, r"n_members=10 would be alike, since autoencoder='linear' is solved exactly"),
        ({"contamination": 0.6}, r"contamination=0.6 is not possible; expected a number above 0 and at most"),
        ({"contamination": "auto"}, r"contamination='auto' is not possible"),
        ({"held_out_fraction": 1.0}, r"held_out_fraction=1.0 is not possible; expected a number from 0 to"),
        ({"held_out_fraction": "half"}, r"held_out_fraction='half' is not possible"),
        ({"threshold": "median"}, r"threshold='median' is not possible; expected one of 'mean\+std'"),
        ({"threshold": "conformal", "threshold_params": {"level": 0.001}}, r"needs at least 999 held-out"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_parameters_that_cannot_be_are_told(mixed, parameters, text):
    with pytest.raises((ParameterError, InputError), match=text):
        AutoencoderDetector(**parameters).fit(mixed[0])


@pytest.mark.parametrize(
    "X",
    [
        np.ones((5, 3)),
        np.repeat(np.arange(6.0)[:, None], 4, axis=1),
        np.arange(20).reshape(10, 2),
        np.tile([[1.0, 2.0], [3.0, 5.0]], (40, 1)),
        np.random.default_rng(0).standard_cauchy(size=(60, 3)) * 1e6,
        np.random.default_rng(0).normal(size=(8, 50)),
        np.random.default_rng(0).integers(0, 2, size=(30, 4)).astype(bool),
        np.random.default_rng(0).normal(size=(2, 1)),
    ],
    ids=[
        "constant",
        "duplicated columns",
        "integers",
        "duplicated rows",
        "heavy tails",
        "wide",
        "bools",
        "2 x 1",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_ugly_tables_get_finite_scores(X, kind):
    for more in ({}, {"contamination": 0.2}, {"held_out_fraction": 0.2}):
        detector = AutoencoderDetector(score_kind=kind, random_state=0, **more).fit(X)
        assert np.isfinite(detector.anomaly_score(X)).all()


def test_rows_that_are_rebuilt_exactly_leave_a_score_of_ordinary_size():
    X = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]])
    detector = AutoencoderDetector(random_state=0).fit(X)
    assert detector.anomaly_score(X).max() < 10


def test_a_cell_that_leaves_a_constant_column_is_odd():
    X = np.column_stack([np.random.default_rng(0).normal(size=50), np.full(50, 7.0)])
    detector = AutoencoderDetector(random_state=0).fit(X)
    odd = np.array([[0.0, 8.0]])
    assert detector.predict(odd).item() == -1
    assert next(iter(detector.explain(odd[0]))) == "x1"


def test_the_units_of_the_columns_do_not_matter(mixed, fitted):
    X, _ = mixed
    factors, offsets = 10.0 ** np.arange(3, -3, -1), np.arange(6) * 100.0
    other = AutoencoderDetector(random_state=0).fit(X * factors + offsets)
    np.testing.assert_allclose(other.anomaly_score(X * factors + offsets), fitted.anomaly_score(X), rtol=1e-6)


def test_explanations_name_the_features(mixed):
    X, _ = mixed
    frame = pd.DataFrame(X, columns=[f"column {letter}" for letter in "abcdef"])
    detector = AutoencoderDetector(random_state=0).fit(frame)
    added = detector.feature_contributions(frame)
    told = detector.explain(frame.iloc[3], n_features=2)
    order = np.argsort(-added[3])[:2]
    assert list(told) == [frame.columns[place] for place in order]
    np.testing.assert_allclose(list(told.values()), added[3][order])
    plain = AutoencoderDetector(random_state=0).fit(X).explain(X[3])
    assert list(plain) == [f"x{place}" for place in np.argsort(-added[3])[:5]]


def test_images_go_through_a_network_of_images(digits):
    X, _ = digits
    images = X.reshape(-1, 8, 8)[:300]
    network = ConvolutionalAutoencoder(filters=(4,), max_epochs=1)
    detector = AutoencoderDetector(network, n_members=2, random_state=0).fit(images)
    assert detector.feature_contributions(images).shape == (300, 64)
    assert detector.reconstruct(images).shape == (300, 8, 8)
    np.testing.assert_allclose(detector.anomaly_score(X[:300]), detector.anomaly_score(images), rtol=1e-5)
    with pytest.raises(InputError, match=r"X has shape \(2, 4, 16\); expected \(n_rows, 8, 8\), as in fit"):
        detector.anomaly_score(np.zeros((2, 4, 16)))


@pytest.mark.parametrize("autoencoder", ["linear", "deep"])
def test_rows_are_rebuilt_in_their_own_units(mixed, autoencoder):
    X, is_anomaly = mixed
    detector = AutoencoderDetector(autoencoder, random_state=0).fit(X)
    error = np.abs(detector.reconstruct(X) - X)[~is_anomaly] / X.std(axis=0)
    assert error.mean() < 0.3


def test_it_can_be_cloned_and_its_network_set(mixed):
    detector = clone(AutoencoderDetector(small(), n_members=2))
    detector.set_params(autoencoder__max_epochs=1)
    assert detector.fit(mixed[0]).members_[0].n_epochs_ == 1


def test_a_guided_network_asks_for_its_target(mixed):
    with pytest.raises(InputError, match="y"):
        AutoencoderDetector(small(supervision_weight=1.0)).fit(mixed[0])


ALONE = {
    **{kind: {"score_kind": kind} for kind in KINDS},
    "code": {"score_params": {"code_weight": 1.0}},
    "deep": {"autoencoder": "deep"},
    "own": {"autoencoder": small(scale="standard"), "n_members": 2},
}


@pytest.mark.parametrize("settings", ALONE.values(), ids=ALONE)
@pytest.mark.parametrize("n_features", [6, 70])
def test_a_score_is_the_same_to_the_bit_whatever_rows_stand_beside_it(settings, n_features):
    random = np.random.default_rng(4)
    X = random.normal(size=(90, 3)) @ random.normal(size=(3, n_features)) + random.normal(
        size=(90, n_features)
    )
    detector = AutoencoderDetector(**settings, random_state=0).fit(X)
    scores, order = detector.anomaly_score(X), random.permutation(90)
    alone = [detector.anomaly_score(X[row : row + 1])[0] for row in range(40)]
    np.testing.assert_array_equal(alone, scores[:40])
    np.testing.assert_array_equal(detector.anomaly_score(X[11:58]), scores[11:58])
    np.testing.assert_array_equal(detector.anomaly_score(X[order]), scores[order])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble, ">f8", np.int32])
def test_scores_are_float64_whatever_the_rows_are(mixed, kind):
    X, _ = mixed
    scores = AutoencoderDetector().fit(X).anomaly_score((4 * X).astype(kind))
    assert scores.dtype == np.float64


def test_a_row_is_explained_in_every_form(mixed):
    X, _ = mixed
    frame = pd.DataFrame(X, columns=list("abcdef"))
    detector, named = AutoencoderDetector().fit(X), AutoencoderDetector().fit(frame)
    plain, by_name = detector.explain(X[3]), named.explain(frame.iloc[3])
    assert list(plain.values()) == list(by_name.values())
    for row in (X[3:4], X[3].tolist(), [X[3].tolist()]):
        assert detector.explain(row) == plain
    for row in (frame.iloc[[3]], frame[3:4], pl.from_pandas(frame)[3]):
        assert named.explain(row) == by_name
    images = np.random.default_rng(0).random((30, 8, 8), dtype=np.float32)
    of_images = AutoencoderDetector(ConvolutionalAutoencoder(filters=(3,), max_epochs=1)).fit(images)
    assert of_images.explain(images[5]) == of_images.explain(images[5:6])


@pytest.mark.parametrize(
    ("rows", "shape"), [(slice(0, 2), "(2, 6)"), (slice(0, 0), "(0, 6)")], ids=["two", "none"]
)
def test_explain_takes_one_row(mixed, fitted, rows, shape):
    with pytest.raises(InputError) as caught:
        fitted.explain(mixed[0][rows])
    assert str(caught.value) == (
        f"AutoencoderDetector: explain takes one row, of shape (6,) or (1, 6); got {shape}. For several rows "
        "there is feature_contributions."
    )


def test_what_is_expected_of_a_cell():
    """By the row's other cells where it breaks with them, by the median where it is extreme by itself."""
    random = np.random.default_rng(8)
    common = random.normal(size=300)
    rows = np.column_stack([common + 0.02 * random.normal(size=300) for _ in range(4)])
    rows = np.column_stack([10 + rows, 100 + random.normal(size=300)])
    detector = AutoencoderDetector(random_state=0).fit(rows)
    broken, extreme = rows[0].copy(), rows[1].copy()
    broken[:4] = [10.7, 10.7, 9.3, 10.7]  # each is within its column's quartiles, or nearly
    extreme[4] = 190
    added, values, expected = next(iter(detector.explanation_blocks(np.array([broken, extreme]))))
    np.testing.assert_array_equal(values, [broken, extreme])
    np.testing.assert_array_equal(added, detector.feature_contributions([broken, extreme]))
    assert (added[0].argmax(), added[1].argmax()) == (2, 4)
    assert expected[0, 2] == pytest.approx(detector.reconstruct([broken])[0, 2], rel=1e-9)
    assert expected[0, 2] > 9.6
    assert expected[1, 4] == pytest.approx(np.median(rows[:, 4]))


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_what_is_expected_is_one_of_two_numbers(missing):
    random = np.random.default_rng(9)
    rows = random.normal(size=(120, 3)) @ random.normal(size=(3, 6))
    rows[random.random(rows.shape) < 0.05] = np.nan
    detector = AutoencoderDetector(missing=missing, random_state=0).fit(rows)
    _, values, expected = next(iter(detector.explanation_blocks(rows)))
    gaps = np.isnan(rows)
    rebuilt, medians = detector.reconstruct(rows), np.broadcast_to(np.nanmedian(rows, axis=0), rows.shape)
    near = np.isclose(expected, rebuilt) | np.isclose(expected, medians)
    assert near[~gaps].all()
    assert 0.05 < np.isclose(expected, rebuilt)[~gaps].mean() < 0.95
    np.testing.assert_array_equal(np.isnan(values), gaps)


@pytest.mark.parametrize("kind", ["deep", "own"])
def test_what_is_expected_by_networks_that_are_trained(kind):
    """With a score of the residuals alone it is what they give back."""
    random = np.random.default_rng(10)
    rows = (random.normal(size=(60, 2)) @ random.normal(size=(2, 5)) + 3).astype(np.float32)
    network = (
        "deep" if kind == "deep" else Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=2, random_state=0)
    )
    detector = AutoencoderDetector(network, score_kind="squared_error", cv=0, random_state=0).fit(rows)
    expected = np.concatenate([block[2] for block in detector.explanation_blocks(rows)])
    np.testing.assert_allclose(expected, detector.reconstruct(rows), rtol=1e-4, atol=1e-4)
