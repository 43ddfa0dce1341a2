"""Detectors as graphs: scores, labels and reconstructions, by onnxruntime beside the detector."""

import numpy as np
import pytest

import diabolo
from diabolo import AutoencoderDetector

CLOSE = 1e-5
WEIGHTS = {"code_weight": 0.7, "density_weight": 0.3, "deviation_weight": 0.4, "distance_weight": 0.2}


def check(run, apart, detector, rows):
    X = rows.reshape(len(rows), -1)
    assert apart(run(detector, "score", X=X)["anomaly_score"], detector.anomaly_score(rows)) < CLOSE
    np.testing.assert_array_equal(run(detector, "predict", X=X)["label"], detector.predict(rows))
    assert apart(run(detector, "reconstruct", X=X)["rows"], detector.reconstruct(rows)) < CLOSE


@pytest.mark.parametrize("kind", ["calibrated", "mahalanobis", "squared_error", "absolute_error"])
@pytest.mark.parametrize("missing", ["error", "mean", "mask"])
def test_the_linear_detector(run, apart, rows, gapped, kind, missing):
    rows = rows if missing == "error" else gapped
    check(run, apart, AutoencoderDetector(score_kind=kind, missing=missing, random_state=0).fit(rows), rows)


def test_float64_is_the_detector_itself(run, apart, rows, gapped):
    """Scores are of float64 inside, whatever goes in: of float64 nothing but sums' order is left."""
    detector = AutoencoderDetector(missing="mask", random_state=0).fit(gapped.astype(np.float64))
    found = run(detector, "score", "float64", X=gapped.astype(np.float64))["anomaly_score"]
    assert found.dtype == np.float64
    assert apart(found, detector.anomaly_score(gapped)) < 1e-10


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_every_weight_of_the_score(run, apart, rows, gapped, missing):
    rows = rows if missing == "error" else gapped
    detector = AutoencoderDetector(missing=missing, score_params=WEIGHTS, random_state=0).fit(rows)
    check(run, apart, detector, rows)


@pytest.mark.parametrize("missing", ["error", "mean", "mask"])
def test_the_deep_detector(run, apart, rows, gapped, missing):
    rows = rows if missing == "error" else gapped
    check(run, apart, AutoencoderDetector("deep", missing=missing, random_state=0).fit(rows[:300]), rows)


def test_an_ensemble_of_networks(run, apart, rows):
    kind = diabolo.Autoencoder(3, hidden_layer_sizes=(6,), max_epochs=2)
    check(run, apart, AutoencoderDetector(kind, n_members=3, random_state=0).fit(rows), rows)


def test_a_detector_of_images(run, apart, images):
    kind = diabolo.ConvolutionalAutoencoder(filters=(3,), max_epochs=1)
    check(run, apart, AutoencoderDetector(kind, random_state=0).fit(images), images)


def test_windows_of_a_series(run, apart):
    series = np.sin(np.arange(1200) / 7)[:, None] + 0.05 * np.random.default_rng(0).normal(size=(1200, 1))
    windows = diabolo.sliding_windows(series, 16)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    found = run(detector, "score", "float64", X=np.asarray(windows))["anomaly_score"]
    assert apart(found, detector.anomaly_score(windows)) < CLOSE


def test_a_line_that_is_moved_moves_the_labels(run, rows):
    detector = AutoencoderDetector(random_state=0).fit(rows)
    detector.set_threshold(float(np.median(detector.anomaly_score(rows))))
    assert (run(detector, "predict", X=rows)["label"] == -1).sum() == 500


def test_a_refused_row_is_no_normal_one(run, rows):
    detector = AutoencoderDetector(random_state=0).fit(rows)
    odd = rows[np.argsort(detector.anomaly_score(rows))[:3]]
    assert run(detector, "predict", X=odd)["label"].tolist() == [1, 1, 1]
    odd[1, 2], odd[2, 3] = np.nan, -np.inf
    assert run(detector, "predict", X=odd)["label"].tolist() == [1, -1, -1]


def test_missing_cells_said_anew(run, apart, rows, gapped):
    detector = AutoencoderDetector(random_state=0).fit(rows)
    assert np.isnan(run(detector, "score", X=gapped)["anomaly_score"]).sum() == np.isnan(gapped).any(1).sum()
    check(run, apart, detector.set_missing("mask"), gapped)


def test_one_column_and_constant_columns(run, apart, rows):
    column = rows[:, :1]
    detector = AutoencoderDetector(random_state=0).fit(column)
    assert apart(run(detector, "score", X=column)["anomaly_score"], detector.anomaly_score(column)) < CLOSE
    constant = np.hstack([rows[:, :3], np.full((len(rows), 1), 7, np.float32)])
    check(run, apart, AutoencoderDetector(random_state=0).fit(constant), constant)
