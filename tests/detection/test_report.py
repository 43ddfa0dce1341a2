import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from diabolo.detection import detection_report
from diabolo.errors import InputError, ParameterError

SCORES = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
IS_ANOMALY = np.array([False, True, False, False, True])


@st.composite
def labeled(draw):
    n_rows = draw(st.integers(1, 25))
    scores = draw(st.lists(st.integers(0, 9), min_size=n_rows, max_size=n_rows))
    is_anomaly = draw(st.lists(st.booleans(), min_size=n_rows, max_size=n_rows))
    return np.array(scores) / 4, np.array(is_anomaly)


@settings(max_examples=100)
@given(rows=labeled(), threshold=st.integers(-1, 10), positive=st.sampled_from(["anomaly", "normal"]))
def test_every_figure_is_scikit_learns(rows, threshold, positive):
    scores, is_anomaly = rows
    report = detection_report(scores, is_anomaly, threshold / 4, positive)
    called = scores > threshold / 4
    (_, alarms), (missed, caught) = confusion_matrix(is_anomaly, called, labels=[False, True])
    assert (report.flagged_normal, report.flagged_anomalies) == (alarms, caught)
    assert (report.n_normal, report.n_anomalies) == (len(scores) - missed - caught, missed + caught)
    truth, rank = is_anomaly, scores
    if positive == "normal":
        truth, called, rank = ~is_anomaly, ~called, -scores
    assert report.accuracy == pytest.approx(accuracy_score(truth, called))
    assert report.precision == pytest.approx(precision_score(truth, called, zero_division=0))
    assert report.recall == pytest.approx(recall_score(truth, called, zero_division=0))
    assert report.f1 == pytest.approx(f1_score(truth, called, zero_division=0))
    if truth.all() or not truth.any():
        assert np.isnan([report.roc_auc, report.average_precision]).all()
    else:
        assert report.roc_auc == pytest.approx(roc_auc_score(truth, rank))
        assert report.average_precision == pytest.approx(average_precision_score(truth, rank))


def test_positive_and_threshold_move_the_figures():
    one = detection_report(SCORES, IS_ANOMALY, 2.5)
    assert one.positive == "anomaly"
    assert (one.precision, one.recall) == (1 / 3, 0.5)
    other = detection_report(SCORES, IS_ANOMALY, 2.5, "normal")
    assert (other.precision, other.recall) == (0.5, 1 / 3)
    assert detection_report(SCORES, IS_ANOMALY, 4.5).precision == 1.0
    assert detection_report(SCORES, IS_ANOMALY, np.float32(4.5)).threshold == 4.5


def test_it_is_printed_as_a_table():
    assert str(detection_report(SCORES, IS_ANOMALY, 2.5)) == (
        "accuracy                     0.4\n"
        "precision (anomaly)          0.3333\n"
        "recall (anomaly)             0.5\n"
        "F1 (anomaly)                 0.4\n"
        "ROC-AUC                      0.6667\n"
        "average precision (anomaly)  0.75\n"
        "threshold                    2.5\n"
        "\n"
        "          called anomaly  called normal\n"
        "anomaly                1              1\n"
        "normal                 2              1"
    )


def test_another_class_is_refused():
    with pytest.raises(ParameterError) as caught:
        detection_report(SCORES, IS_ANOMALY, 2.5, "odd")
    assert str(caught.value) == "positive='odd' is not possible; expected 'anomaly' or 'normal'."


@pytest.mark.parametrize(("n_scores", "n_labels"), [(0, 0), (5, 4), (2, 5)])
def test_rows_without_one_label_each_are_refused(n_scores, n_labels):
    with pytest.raises(InputError) as caught:
        detection_report(SCORES[:n_scores], IS_ANOMALY[:n_labels], 2.5)
    assert str(caught.value) == (
        f"there are {n_scores} scores and {n_labels} labels; expected one label for each of one or more rows."
    )
