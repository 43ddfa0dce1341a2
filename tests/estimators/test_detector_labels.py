"""Rows without a label are neither normal nor anomalies; what is counted is counted here by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import diabolo
from diabolo import AutoencoderDetector
from diabolo.errors import InputError
from diabolo.estimators._detector_labels import states_of

RANDOM = np.random.default_rng(3)
X = np.append(RANDOM.normal(size=(90, 4)), RANDOM.normal(size=(30, 4)) + 2.0, axis=0)
IS_ANOMALY = np.arange(120) >= 90
KNOWN = np.isin(np.arange(120) % 6, (0, 1))

NUMBERS = np.where(KNOWN, np.where(IS_ANOMALY, -1.0, 1.0), np.nan)
TEXT = np.where(KNOWN, np.where(IS_ANOMALY, "odd", "fine"), "")
FORMS = {
    "NaN": (NUMBERS, None),
    "None": (np.array([None if np.isnan(label) else int(label) for label in NUMBERS], object), None),
    "list": ([None if np.isnan(label) else int(label) for label in NUMBERS], None),
    "empty text": (TEXT, "fine"),
    "blank text": (np.where(TEXT == "", "  ", TEXT), "fine"),
    "series": (pd.Series(NUMBERS).astype("Int64"), None),
    "category": (pd.Series(np.where(KNOWN, TEXT, None)).astype("category"), "fine"),
    "truth": (np.where(KNOWN, ~IS_ANOMALY, None), True),
}


@pytest.mark.parametrize(("labels", "normal_label"), FORMS.values(), ids=FORMS)
def test_missing_labels_are_read_in_every_form(labels, normal_label):
    states = states_of("here", labels, 120, normal_label)
    np.testing.assert_array_equal(states.is_known, KNOWN)
    np.testing.assert_array_equal(states.is_anomaly, KNOWN & IS_ANOMALY)
    np.testing.assert_array_equal(states.is_normal, KNOWN & ~IS_ANOMALY)


@pytest.mark.parametrize("unknown", ["use", "leave"])
def test_they_are_learned_from_or_left_out(unknown):
    settings = {"held_out_fraction": 0.0, "score_params": {}, "random_state": 0}
    detector = AutoencoderDetector(unknown=unknown, **settings).fit(X, NUMBERS)
    learned = ~IS_ANOMALY & KNOWN if unknown == "leave" else ~(IS_ANOMALY & KNOWN)
    assert len(detector.training_scores_) == learned.sum()
    peer = AutoencoderDetector(random_state=0).fit(X[learned])
    np.testing.assert_allclose(detector.anomaly_score(X), peer.anomaly_score(X), rtol=1e-10)


def test_rows_known_to_be_normal_are_held_out():
    detector = AutoencoderDetector(random_state=0).fit(X, NUMBERS)
    assert len(detector.held_out_scores_) == 0.2 * np.sum(KNOWN & ~IS_ANOMALY)
    marked = np.where(IS_ANOMALY & KNOWN, -1.0, np.nan)  # of anomalies alone: none is known to be normal
    assert len(AutoencoderDetector().fit(X, marked).held_out_scores_) == 0
    held = AutoencoderDetector(held_out_fraction=0.25).fit(X, marked)
    assert len(held.held_out_scores_) == round(0.25 * (120 - np.sum(IS_ANOMALY & KNOWN)))


def test_they_do_not_count_in_evaluate_and_lines():
    detector = AutoencoderDetector(random_state=0).fit(X, NUMBERS)
    report = detector.evaluate(X, NUMBERS)
    scores = detector.anomaly_score(X)
    assert (report.n_anomalies, report.n_normal) == (np.sum(IS_ANOMALY & KNOWN), np.sum(~IS_ANOMALY & KNOWN))
    assert report.roc_auc == pytest.approx(roc_auc_score(IS_ANOMALY[KNOWN], scores[KNOWN]))
    alone = detector.evaluate(X[KNOWN], NUMBERS[KNOWN])
    assert str(alone) == str(report)
    line = detector.set_threshold("best_f1", X=X, y=NUMBERS).threshold_
    assert line == detector.set_threshold("best_f1", X=X[KNOWN], y=NUMBERS[KNOWN]).threshold_
    assert len(detector.known_scores_.labeled) == KNOWN.sum()


def test_without_any_label_all_rows_are_learned_from():
    one = AutoencoderDetector(random_state=0).fit(X, np.full(120, np.nan))
    np.testing.assert_array_equal(
        one.anomaly_score(X), AutoencoderDetector(random_state=0).fit(X).anomaly_score(X)
    )
    assert one.known_scores_.labeled is None


@pytest.mark.parametrize(
    ("labels", "settings", "text"),
    [
        ([None] * 120, {"unknown": "leave"}, r"0 of the 120 rows are normal by their labels, and nothing is"),
        (["odd"] * 5 + [""] * 115, {"normal_label": "fine"},
         r"equals normal_label='fine'; they are 'odd'. Where only anomalies are marked, write them as -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(labels, settings, text):
    with pytest.raises(InputError, match=text):
        AutoencoderDetector(**settings).fit(X, labels)


def test_evaluate_needs_a_label():
    with pytest.raises(InputError, match="none of the 120 rows has a label in y; label some"):
        AutoencoderDetector().fit(X).evaluate(X, [None] * 120)


def with_broken_relations(seed=0):
    """Draw rows near a plane, and anomalies with the same cells in other rows' places."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(340, 3)) @ random.normal(size=(3, 10)) + 0.3 * random.normal(size=(340, 10))
    odd = np.arange(340) >= 300
    rows[odd] = np.column_stack([random.permutation(column) for column in rows[odd].T])
    return rows, odd


def test_known_anomalies_choose_the_weights_of_the_score():
    rows, odd = with_broken_relations()
    labels = np.where(odd & (np.arange(340) % 4 == 0), -1.0, np.nan)
    labels[:50] = 1.0
    told = AutoencoderDetector(held_out_fraction=0.0, random_state=0).fit(rows, labels)
    usual = AutoencoderDetector(held_out_fraction=0.0, score_params={}, random_state=0).fit(rows, labels)
    assert usual.label_gain_ is None
    assert told.label_gain_.n_anomalies == 10
    assert told.label_gain_.gain > told.label_gain_.error
    assert told.label_gain_.deviation_weight < 1
    fresh = odd & np.isnan(labels) | (np.arange(340) >= 50) & ~odd  # without a say
    areas = [roc_auc_score(odd[fresh], each.anomaly_score(rows)[fresh]) for each in (usual, told)]
    assert areas[1] > areas[0] + 0.02
    assert 0.02 < np.mean(told.training_scores_ > told.threshold_) < 0.09
    np.testing.assert_allclose(
        told.feature_contributions(rows).sum(axis=1), told.anomaly_score(rows), rtol=1e-10
    )


@pytest.mark.parametrize(
    ("settings", "n_marked"),
    [({"score_kind": "mahalanobis"}, 10), ({"score_params": {"code_weight": 1.0}}, 10), ({}, 2)],
)
def test_where_they_have_no_say(settings, n_marked):
    rows, odd = with_broken_relations()
    labels = np.ones(340)
    labels[np.flatnonzero(odd)] = np.nan
    labels[np.flatnonzero(odd)[:n_marked]] = -1
    assert AutoencoderDetector(**settings).fit(rows, labels).label_gain_ is None


def test_the_weights_go_through_a_file(tmp_path):
    rows, odd = with_broken_relations()
    detector = AutoencoderDetector(random_state=0).fit(rows, np.where(odd, -1, 1))
    diabolo.save(detector, tmp_path / "m.diabolo")
    loaded = diabolo.load(tmp_path / "m.diabolo")
    assert loaded.label_gain_ == detector.label_gain_
    np.testing.assert_array_equal(loaded.anomaly_score(rows), detector.anomaly_score(rows))


def test_what_is_normal_may_be_said_where_it_is_measured():
    X = np.random.default_rng(0).normal(size=(40, 3))
    X[:5] += 8
    text, signs = ["odd"] * 5 + ["fine"] * 35, [-1] * 5 + [1] * 35
    detector = AutoencoderDetector(random_state=0).fit(X)
    with pytest.raises(InputError, match="Say which is normal, as in normal_label='odd'"):
        detector.evaluate(X, text)
    assert detector.evaluate(X, text, normal_label="fine") == detector.evaluate(X, signs)
    drawn = detector.set_threshold("best_f1", X=X, y=text, normal_label="fine").threshold_
    assert drawn == detector.set_threshold("best_f1", X=X, y=signs).threshold_
    with pytest.raises(InputError, match="no label in y equals normal_label='good'; they are 'odd', 'fine'"):
        detector.evaluate(X, text, normal_label="good")
