import numpy as np
import pytest

import diabolo
from diabolo import AutoencoderDetector
from diabolo.errors import InputError
from diabolo.estimators.inside import rows_of
from diabolo.reporting.given_rows import GivenRows, given_rows
from diabolo.reporting.row_scores import described_detector, truth_of

RANDOM = np.random.default_rng(0)


def truth(detector, table, labels, normal=None):
    return truth_of(detector, GivenRows(rows_of(detector, table), (7,), labels=labels), normal)


def test_labels_are_true_where_the_detector_knows_what_is_normal(detector, table):
    signed = np.where(np.arange(90) < 80, 1.0, -1.0)
    signed[0] = np.nan
    assert truth(detector, table, signed).tolist() == [255] + [0] * 79 + [1] * 10
    kinds = ["a"] * 80 + ["b"] * 10
    assert truth(detector, table, kinds) is None
    assert truth(detector, table, kinds, "a").tolist() == [0] * 80 + [1] * 10
    assert truth(detector, table, None) is None
    with pytest.raises(InputError, match="no label in y equals normal_label='c'"):
        truth(detector, table, kinds, "c")


def test_the_normal_label_of_the_fit_counts(table):
    kinds = np.array(["ok"] * 80 + ["bad"] * 10)
    detector = AutoencoderDetector(normal_label="ok", random_state=0).fit(table, kinds)
    assert truth(detector, table, kinds).tolist() == [0] * 80 + [1] * 10


def test_a_window_is_an_anomaly_where_one_of_its_points_is():
    points, labels = RANDOM.normal(size=60), np.ones(60)
    labels[30], labels[40] = -1, np.nan
    windows = diabolo.sliding_windows(points, 5)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    with given_rows(detector, windows, labels, None) as given:
        found = truth_of(detector, given, None)
    expected = np.zeros(56, int)
    expected[36:41] = 255
    expected[26:31] = 1
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found == 1, windows.labels(labels == -1))


def test_the_line_is_named_and_moved_by_a_command(detector, table):
    scores = detector.anomaly_score(table)
    found = described_detector(detector, scores, None, None)
    assert found["threshold"] == detector.threshold_
    assert found["command"] == ["diabolo", "detect", "threshold", "MODEL", "--set"]
    assert described_detector(detector, scores, None, "pump.diabolo")["command"][3] == "pump.diabolo"
    # It is pasted into a shell, and a file may have any name.
    named = described_detector(detector, scores, None, "my pump; rm -rf $HOME.diabolo")["command"][3]
    assert named == "'my pump; rm -rf $HOME.diabolo'"
    moved = AutoencoderDetector(threshold="quantile", threshold_params={"q": 0.9}, random_state=0).fit(table)
    assert described_detector(moved, scores, None, None)["how"] == "quantile (q=0.9)"
    moved.set_threshold(3.5)
    assert described_detector(moved, scores, None, None)["how"] == "set"
