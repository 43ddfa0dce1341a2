"""What goes in and comes out, under which names; heads of guided codes; facts in the file."""

import json

import numpy as np
import onnx
import pandas as pd
import pytest

import diabolo
from diabolo.export import to_onnx

QUICK = {"hidden_layer_sizes": (6,), "max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize("kind", ["text", "numbers", "truth"])
def test_classes_of_a_guided_code(run, apart, rows, kind):
    number = np.random.default_rng(0).integers(0, 2 if kind == "truth" else 3, len(rows))
    y = {"text": np.array(["p", "q", "r"])[number], "numbers": number + 4, "truth": number == 1}[kind]
    model = diabolo.Autoencoder(3, supervision_weight=1.0, **QUICK).fit(rows, y)
    found = run(model, "predict", X=rows)
    assert list(found) == ["label", "probabilities"]
    np.testing.assert_array_equal(found["label"], model.predict(rows))
    assert apart(found["probabilities"], model.predict_proba(rows)) < 1e-5


@pytest.mark.parametrize("shape", [(1000,), (1000, 2)])
def test_numbers_of_a_guided_code(run, apart, rows, shape):
    y = np.random.default_rng(0).normal(size=shape) * 30 + 5
    model = diabolo.Autoencoder(3, supervision_weight=1.0, **QUICK).fit(rows, y)
    found = run(model, "predict", X=rows)["prediction"]
    assert found.shape == shape
    assert apart(found, model.predict(rows)) < 1e-5
    assert apart(run(model, "reconstruct", X=rows)["rows"], model.reconstruct(rows)) < 1e-5


def facts_of(path):
    model = onnx.load(path)
    assert model.producer_name == "diabolo"
    return {each.key.removeprefix("diabolo."): each.value for each in model.metadata_props}


def test_names_and_lines_are_in_the_file(tmp_path, rows):
    frame = pd.DataFrame(rows[:, :3], columns=["ä", "b", "c"])
    to_onnx(diabolo.Autoencoder(2, **QUICK).fit(frame), tmp_path / "m.onnx")
    facts = facts_of(tmp_path / "m.onnx")
    assert (facts["estimator"], facts["part"], facts["missing"]) == ("Autoencoder", "encode", "error")
    assert json.loads(facts["feature_names"]) == ["ä", "b", "c"]
    assert json.loads(facts["code_names"]) == ["autoencoder0", "autoencoder1"]
    detector = diabolo.AutoencoderDetector(random_state=0, missing="mask").fit(frame)
    to_onnx(detector, tmp_path / "d.onnx")
    facts = facts_of(tmp_path / "d.onnx")
    assert (facts["part"], facts["missing"]) == ("score", "mask")
    assert json.loads(facts["threshold"]) == detector.threshold_


def test_categories_and_windows_are_in_the_file(tmp_path):
    frame = pd.DataFrame({"size": ["s", "m"] * 20, "a": np.arange(40.0)})
    model = diabolo.Autoencoder(1, categories=["size"], **QUICK).fit(frame)
    to_onnx(model, tmp_path / "m.onnx")
    facts = facts_of(tmp_path / "m.onnx")
    assert json.loads(facts["categories"]) == {"size": ["m", "s"]}
    assert json.loads(facts["numbers"]) == ["a"]
    windows = diabolo.sliding_windows(np.sin(np.arange(300.0))[:, None], 8, 2)
    to_onnx(diabolo.AutoencoderDetector(random_state=0).fit(windows), tmp_path / "w.onnx")
    assert json.loads(facts_of(tmp_path / "w.onnx")["window"]) == {"length": 8, "step": 2}


def test_the_shape_of_images_is_in_the_file(tmp_path, images):
    model = diabolo.ConvolutionalAutoencoder(2, filters=(3,), max_epochs=1).fit(images)
    to_onnx(model, tmp_path / "m.onnx")
    assert json.loads(facts_of(tmp_path / "m.onnx")["image_shape"]) == [7, 5, 3]
