"""Held against brute force: the definitions, at every line that cuts the scores in another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from diabolo.detection import BestF1, FalseAlarmRate, KnownScores, MeanStd, Precision, Recall
from diabolo.errors import InputError

NONE = np.array([])
SCORES = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
IS_ANOMALY = np.array([False, False, True, False, True, True])


@st.composite
def labeled(draw):
    """Scores with many ties, and labels of both kinds."""
    n_rows = draw(st.integers(2, 25))
    scores = draw(st.lists(st.integers(0, 7), min_size=n_rows, max_size=n_rows))
    is_anomaly = draw(st.lists(st.booleans(), min_size=n_rows - 2, max_size=n_rows - 2))
    return np.array(scores) / 3, np.array([*is_anomaly, True, False])


def known(scores, is_anomaly):
    return KnownScores(NONE, NONE, scores, is_anomaly)


def all_lines(scores):
    """One line for every way to cut, rising: below all, between any two, above all."""
    values = np.unique(scores)
    return np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1]]])


def measured(measure, scores, is_anomaly):
    return [measure(is_anomaly, scores > line, zero_division=0) for line in all_lines(scores)]


def false_alarm_rate(is_anomaly, called):
    (kept, alarms), _ = confusion_matrix(is_anomaly, called, labels=[False, True])
    return alarms / (kept + alarms)


@settings(max_examples=60)
@given(rows=labeled())
def test_best_f1_flags_as_the_highest_of_the_best_cuts(rows):
    f1 = measured(f1_score, *rows)
    best = max(i for i, value in enumerate(f1) if value == max(f1))
    scores, _ = rows
    np.testing.assert_array_equal(scores > BestF1().line(known(*rows)), scores > all_lines(scores)[best])


@settings(max_examples=60)
@given(rows=labeled(), percent=st.integers(1, 100))
def test_precision_flags_as_the_lowest_cut_that_is_precise_enough(rows, percent):
    scores, threshold = rows[0], Precision(percent / 100)
    good = [i for i, value in enumerate(measured(precision_score, *rows)) if value >= percent / 100]
    if good:
        np.testing.assert_array_equal(
            scores > threshold.line(known(*rows)), scores > all_lines(scores)[good[0]]
        )
    else:
        with pytest.raises(InputError, match="no line reaches"):
            threshold.line(known(*rows))


@settings(max_examples=60)
@given(rows=labeled(), percent=st.integers(1, 100))
def test_recall_flags_as_the_highest_cut_that_catches_enough(rows, percent):
    scores, _ = rows
    good = [i for i, value in enumerate(measured(recall_score, *rows)) if value >= percent / 100]
    line = Recall(percent / 100).line(known(*rows))
    np.testing.assert_array_equal(scores > line, scores > all_lines(scores)[good[-1]])


@settings(max_examples=60)
@given(rows=labeled(), percent=st.integers(0, 99))
def test_false_alarm_rate_flags_as_the_lowest_cut_with_few_enough_alarms(rows, percent):
    scores, is_anomaly = rows
    lines = all_lines(scores)
    good = [line for line in lines if false_alarm_rate(is_anomaly, scores > line) <= percent / 100]
    line = FalseAlarmRate(percent / 100).line(known(*rows))
    np.testing.assert_array_equal(scores > line, scores > good[0])


@settings(max_examples=60)
@given(rows=labeled())
def test_a_line_lies_halfway_between_two_scores_or_at_the_end(rows):
    scores, is_anomaly = rows
    line = BestF1().line(known(scores, is_anomaly))
    values = np.unique(scores)
    ends = [values[-1], np.nextafter(values[0], -1)]
    assert any(line == pytest.approx(place, abs=1e-12) for place in [*(values[1:] + values[:-1]) / 2, *ends])


def test_scores_that_are_neighboring_numbers_are_told_apart():
    low = 1.0
    high = np.nextafter(low, 2)
    line = BestF1().line(known(np.array([low, high]), np.array([False, True])))
    assert low <= line < high


@pytest.mark.parametrize(
    ("one", "other"),
    [(Precision(0.7), Precision(0.9)), (Recall(0.9), Recall(0.3)), (FalseAlarmRate(0.4), FalseAlarmRate(0))],
    ids=["precision", "recall", "false_alarm_rate"],
)
def test_each_setting_moves_the_line(one, other):
    rows = known(SCORES, IS_ANOMALY)
    assert one.line(rows) < other.line(rows)


def test_defaults_are_those_documented():
    assert (Precision(), Recall(), FalseAlarmRate()) == (Precision(0.9), Recall(0.9), FalseAlarmRate(0.01))


def test_only_labeled_rows_are_read():
    far = KnownScores(SCORES + 90, SCORES + 90, SCORES, IS_ANOMALY)
    for threshold in (BestF1(), Precision(0.7), Recall(), FalseAlarmRate()):
        assert threshold.line(far) == threshold.line(known(SCORES, IS_ANOMALY))
    assert MeanStd().line(far) > 90


@pytest.mark.parametrize(
    ("name", "threshold"),
    [
        ("best_f1", BestF1()),
        ("precision", Precision()),
        ("recall", Recall()),
        ("false_alarm_rate", FalseAlarmRate()),
    ],
)
def test_rows_without_labels_of_both_kinds_are_refused(name, threshold):
    with pytest.raises(InputError) as caught:
        threshold.line(KnownScores(SCORES, SCORES))
    assert str(caught.value) == (
        f"threshold '{name}' needs rows with labels of both kinds, but there are none; pass y to fit, or "
        "rows and labels to set_threshold."
    )
    for is_anomaly, kind in ((np.ones(6, bool), "anomalies"), (np.zeros(6, bool), "normal")):
        with pytest.raises(InputError) as caught:
            threshold.line(known(SCORES, is_anomaly))
        assert str(caught.value) == (
            f"threshold '{name}' needs rows with labels of both kinds, but all 6 are {kind}."
        )


def test_a_precision_that_no_line_reaches_is_refused_with_the_best():
    with pytest.raises(InputError) as caught:
        Precision(0.9).line(known(SCORES, ~IS_ANOMALY))
    assert str(caught.value) == (
        "threshold 'precision': no line reaches a precision of 0.9 on these rows; the best is 0.5. Wish for "
        "less, or use 'best_f1'."
    )
