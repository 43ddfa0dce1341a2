# ruff: noqa: E501 - error messages are shown whole, one a line
"""Pipelines that skl2onnx exports."""

import sys

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import diabolo
from diabolo.errors import InputError
from diabolo.export import register_skl2onnx

skl2onnx = pytest.importorskip("skl2onnx")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
QUICK = {"max_epochs": 1, "random_state": 0}
# With scikit-learn 1.7 a scaler of float32 and a network together were up to 6e-5 apart, with 1.8 less than 1e-5.
NEAR = {"float32": 1e-4 if sklearn.__version__.startswith("1.7.") else 1e-5, "float64": 1e-5}


def converted(model, rows, **settings):
    register_skl2onnx()
    content = skl2onnx.to_onnx(model, rows[:1], **settings).SerializeToString()
    return onnxruntime.InferenceSession(content).run(None, {"X": rows})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "kind",
    [
        diabolo.Autoencoder,
        diabolo.DenoisingAutoencoder,
        diabolo.SparseAutoencoder,
        diabolo.VariationalAutoencoder,
    ],
)
def test_a_scaler_and_an_autoencoder(rows, apart, dtype, kind):
    rows = rows.astype(dtype)
    steps = make_pipeline(StandardScaler(), kind(3, scale="standard", **QUICK)).fit(rows)
    (codes,) = converted(steps, rows)
    assert codes.dtype == dtype
    assert apart(codes, steps.transform(rows)) < NEAR[dtype]


def test_whole_numbers_and_images(apart, images):
    whole = np.random.default_rng(0).integers(0, 9, size=(200, 12))
    model = diabolo.Autoencoder(3, **QUICK).fit(whole)
    assert apart(converted(model, whole)[0], model.transform(whole)) < 1e-5
    flat = images.reshape(len(images), -1)
    model = diabolo.ConvolutionalAutoencoder(2, filters=(3,), image_shape=(7, 5, 3), **QUICK).fit(flat)
    assert apart(converted(model, flat)[0], model.transform(flat)) < 1e-5


def test_a_classifier_after_it(rows):
    y = (rows[:, 0] > np.median(rows[:, 0])).astype(int)
    steps = make_pipeline(diabolo.Autoencoder(3, **QUICK), LogisticRegression()).fit(rows, y)
    labels, shares = converted(steps, rows, options={"zipmap": False})
    np.testing.assert_array_equal(labels, steps.predict(rows))
    np.testing.assert_allclose(shares, steps.predict_proba(rows), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_detector(rows, apart, dtype):
    rows = rows.astype(dtype)
    steps = make_pipeline(StandardScaler(), diabolo.AutoencoderDetector(random_state=0)).fit(rows)
    label, decision = converted(steps, rows)
    np.testing.assert_array_equal(label.ravel(), steps.predict(rows))
    assert decision.dtype == dtype
    assert apart(decision, steps.decision_function(rows)) < NEAR[dtype]


@pytest.mark.parametrize("opset", [13, 18, 21])
def test_graphs_of_older_and_newer_operators(rows, apart, opset):
    rows = rows.copy()
    rows[5, 3] = np.nan
    detector = diabolo.AutoencoderDetector(missing="mask", random_state=0).fit(rows)
    _, decision = converted(detector, rows, target_opset={"": opset, "ai.onnx.ml": 3})
    assert apart(decision, detector.decision_function(rows)) < 1e-5


def test_categories_are_refused():
    frame = pd.DataFrame({"a": np.arange(40.0), "size": ["s", "m"] * 20})
    model = diabolo.Autoencoder(1, categories=["size"], **QUICK).fit(frame)
    register_skl2onnx()
    with pytest.raises(InputError) as caught:
        skl2onnx.to_onnx(model, np.zeros((1, 2), np.float32))
    assert str(caught.value) == (
        "Autoencoder has categories, and skl2onnx hands it one table of numbers; diabolo.export.to_onnx takes text beside them."
    )


def test_the_package_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(InputError) as caught:
        register_skl2onnx()
    assert str(caught.value) == (
        'A converter for skl2onnx needs the package skl2onnx, which is not installed: pip install "diabolo[onnx]".'
    )
