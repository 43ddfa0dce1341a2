"""A detector that went through a file gives the same bits; a file that was tampered with is refused."""

import copy
import re

import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder, sliding_windows
from diabolo.detection import MeanStd
from diabolo.errors import ModelFileError
from diabolo.persistence.detector_record import detector_from_record, detector_record


def small(**settings):
    return Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=2, **settings)


KINDS = {
    "default": {},
    "code": {
        "score_params": {"code_weight": 1.0},
        "threshold": "conformal",
        "threshold_params": {"level": 0.2},
    },
    "mahalanobis": {"score_kind": "mahalanobis"},
    "deep": {"autoencoder": "deep", "n_members": 2},
    "own": {"autoencoder": small(scale="standard"), "n_members": 3, "score_kind": "absolute_error"},
    "object": {"threshold": MeanStd(2.0), "contamination": 0.1},
    "contamination": {"contamination": 0.1, "cv": 4},
}


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_detector_comes_back_as_it_was(rows, tmp_path, settings):
    detector = AutoencoderDetector(**settings, random_state=0).fit(rows)
    diabolo.save(detector, tmp_path / "detector.diabolo")
    loaded = diabolo.load(tmp_path / "detector.diabolo")
    np.testing.assert_array_equal(loaded.anomaly_score(rows), detector.anomaly_score(rows))
    np.testing.assert_array_equal(loaded.feature_contributions(rows), detector.feature_contributions(rows))
    np.testing.assert_array_equal(loaded.reconstruct(rows), detector.reconstruct(rows))
    assert loaded.threshold_ == detector.threshold_
    assert repr(loaded) == repr(detector)
    loaded.set_threshold("quantile", q=0.5)
    assert loaded.threshold_ == np.median(detector.training_scores_)
    assert (loaded.n_folds_, loaded.pvalue_kind_) == (detector.n_folds_, detector.pvalue_kind_)
    np.testing.assert_array_equal(loaded.anomaly_pvalue(rows), detector.anomaly_pvalue(rows))


def test_labels_and_names_travel_along(rows, tmp_path):
    frame = pd.DataFrame(rows, columns=list("abcdef"))
    labels = np.where(np.arange(60) < 10, "odd", "fine")
    detector = AutoencoderDetector(normal_label="fine", random_state=0).fit(frame, labels)
    diabolo.save(detector.set_threshold(7.5), tmp_path / "detector.diabolo")
    loaded = diabolo.load(tmp_path / "detector.diabolo")
    assert loaded.threshold_ == 7.5
    assert list(loaded.explain(frame.iloc[0])) == list(detector.explain(frame.iloc[0]))
    np.testing.assert_array_equal(loaded.anomaly_pvalue(frame), detector.anomaly_pvalue(frame))
    assert loaded.set_threshold("best_f1").threshold_ == detector.set_threshold("best_f1").threshold_
    assert str(loaded.evaluate(frame, labels)) == str(detector.evaluate(frame, labels))


def test_images_keep_their_shape(tmp_path):
    images = np.random.default_rng(0).random((30, 8, 8), dtype=np.float32)
    detector = AutoencoderDetector(ConvolutionalAutoencoder(filters=(3,), max_epochs=1)).fit(images)
    diabolo.save(detector, tmp_path / "images.diabolo")
    loaded = diabolo.load(tmp_path / "images.diabolo")
    np.testing.assert_array_equal(loaded.anomaly_score(images), detector.anomaly_score(images))


def test_what_a_file_cannot_hold_is_told(rows, tmp_path):
    class Own:
        def line(self, known):
            return 1.0

    with pytest.raises(ModelFileError, match="This AutoencoderDetector is not fitted yet; call fit before"):
        diabolo.save(AutoencoderDetector(), tmp_path / "x.diabolo")
    with pytest.raises(ModelFileError, match=r"is code of your own, which a model file never holds"):
        diabolo.save(AutoencoderDetector(threshold=Own()).fit(rows), tmp_path / "x.diabolo")
    with pytest.raises(ModelFileError, match=r"normal_label=\(1, 2\) cannot be written"):
        diabolo.save(AutoencoderDetector(normal_label=(1, 2)).fit(rows), tmp_path / "x.diabolo")
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def taken_apart():
    random = np.random.default_rng(2)
    rows = (random.normal(size=(60, 3)) @ random.normal(size=(3, 6))).astype(np.float32)
    detector = AutoencoderDetector(held_out_fraction=0.2, random_state=0).fit(rows, np.ones(60))
    return detector_record(detector)


def entry(*path, value):
    def tamper(tensors, record):
        *way, last = path
        for step in way:
            record = record[step]
        record[last] = value

    return tamper


def array(name, change):
    def tamper(tensors, record):
        tensors[name] = change(tensors[name])

    return tamper


def without(name):
    return lambda tensors, record: tensors.pop(name)


def more(tensors, record):
    tensors["member.0.more"] = np.zeros(1)


def stray(tensors, record):
    tensors["stray"] = np.zeros(1)


TAMPERED = {
    "unknown parameter": (
        entry("parameters", "more", value=1),
        "the detector's parameters: expected those it has",
    ),
    "autoencoder": (entry("parameters", "autoencoder", value="os.system"), "the detector's autoencoder: exp"),
    "own estimator": (
        entry("parameters", "autoencoder", value={"estimator": "Popen", "parameters": {}}),
        "the detector's autoencoder: expected one of Autoencoder",
    ),
    "score": (entry("parameters", "score_kind", value="x"), "score_kind='x' is not possible"),
    "threshold name": (
        entry("parameters", "threshold", value={"name": "x", "settings": {}}),
        "threshold='x'",
    ),
    "threshold kind": (entry("parameters", "threshold", value=[1]), "threshold=[1] is not possible"),
    "threshold": (
        entry("threshold", value=float("inf")),
        "the record's 'threshold': expected a finite number",
    ),
    "threshold truth": (entry("threshold", value=True), "the record's 'threshold': expected a finite number"),
    "features": (entry("n_features", value=0), "the record's 'n_features': expected a count"),
    "other features": (entry("n_features", value=5), "the array 'deviation.centre'"),
    "names": (entry("feature_names", value=["a"]), "the feature names: expected 6 names, found 1"),
    "image": (entry("image_shape", value=[2, 2]), "the record's 'image_shape': expected 6 cells"),
    "image kind": (entry("image_shape", value=["a", 2]), "the record's 'image_shape': expected a shape"),
    "counts": (entry("n_scores", value=[1]), "the record's 'n_scores': expected two counts"),
    "members": (entry("members", value=[]), "the record's 'members': expected one or more"),
    "widths": (entry("widths", value=[-1, 2]), "the record's 'widths': expected counts"),
    "member kind": (
        entry("members", 0, value={}),
        "the record's 'members': expected networks of the detector",
    ),
    "shape": (array("deviation.mean", lambda held: held[:2]), "the array 'deviation.mean': expected float64"),
    "dtype": (array("deviation.mean", np.float32), "the array 'deviation.mean': expected float64"),
    "not finite": (array("deviation.mean", lambda held: held * np.nan), "expected finite numbers"),
    "spread": (
        array("deviation.spread", np.zeros_like),
        "the array 'deviation.spread': expected numbers above 0",
    ),
    "ruler": (
        array("member.0.ruler.spread", np.zeros_like),
        "the array 'ruler.spread': expected numbers above",
    ),
    "labels": (
        array("scores.is_anomaly", lambda held: held + 0.5),
        "the array 'scores.is_anomaly': expected 0 or",
    ),
    "components": (
        array("member.0.components", lambda held: held[:, :1]),
        "the array 'components': expected",
    ),
    "missing ruler": (without("member.0.ruler.spread"), "the arrays of a ruler: expected spread"),
    "missing array": (without("scores.training"), "the array 'scores.training'"),
    "more of a member": (more, "the arrays: expected those of the networks alone, found 'more'"),
    "stray": (stray, "the arrays: expected those of the detector alone, found 'stray'"),
}


@pytest.mark.parametrize(("tamper", "text"), TAMPERED.values(), ids=TAMPERED)
def test_a_record_that_was_tampered_with_is_refused(taken_apart, tamper, text):
    tensors, record = copy.deepcopy(taken_apart)
    tamper(tensors, record)
    with pytest.raises(ModelFileError, match=re.escape(text)):
        detector_from_record(tensors, record)


@pytest.mark.parametrize("names", [None, ["heat", "flow"]])
def test_windows_travel_along(rows, tmp_path, names):
    series = rows[:, :2] if names is None else pd.DataFrame(rows[:, :2], columns=names)
    windows = sliding_windows(series, 5, 2)
    detector = AutoencoderDetector(random_state=0).fit(windows)
    diabolo.save(detector, tmp_path / "detector.diabolo")
    loaded = diabolo.load(tmp_path / "detector.diabolo")
    kept = loaded.window_
    assert (kept.length, kept.step, kept.n_channels) == (5, 2, 2)
    assert kept.channels == (None if names is None else tuple(names))
    np.testing.assert_array_equal(
        windows.point_scores(loaded).channels, windows.point_scores(detector).channels
    )


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (
            {"length": 4, "step": 1, "n_channels": 2, "channels": None},
            "'window': expected a window of 6 numbers",
        ),
        (
            {"length": 3, "step": 0, "n_channels": 2, "channels": None},
            "'window': expected a window of 6 numbers",
        ),
        (
            {"length": "3", "step": 1, "n_channels": 2, "channels": None},
            "'length': expected a count, found '3'",
        ),
        ({"length": 3, "step": 1, "n_channels": 2, "channels": ["a"]}, "'channels': expected 2 names"),
        ([3], "'length': expected a count, found nothing"),
    ],
)
def test_a_window_that_cannot_be_is_refused(rows, window, text):
    tensors, record = detector_record(AutoencoderDetector(random_state=0).fit(rows))
    assert detector_from_record(tensors, {**record, "window": None}).window_ is None
    older = {name: entry for name, entry in record.items() if name != "window"}
    assert detector_from_record(tensors, older).window_ is None
    with pytest.raises(ModelFileError, match=text):
        detector_from_record(tensors, {**record, "window": window})
