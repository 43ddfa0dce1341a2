"""Rows without a label are neither normal nor anomalies; what is counted is counted here by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

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
    detector = AutoencoderDetector(unknown=unknown, held_out_fraction=0.0, random_state=0).fit(X, NUMBERS)
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
