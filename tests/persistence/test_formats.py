"""Files of earlier formats go on loading: written here by hand as the program of their time wrote them."""

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy

import diabolo
from diabolo.errors import ModelFileError

# What Autoencoder's get_params gave when format 1 was written.
PARAMETERS_1 = {
    "n_components": 2,
    "hidden_layer_sizes": [3],
    "activation": "tanh",
    "code_activation": "linear",
    "output_activation": "auto",
    "tied_weights": False,
    "initializer": "glorot_uniform",
    "loss": "squared_error",
    "huber_delta": 1.0,
    "scale": "standard",
    "optimizer": "adam",
    "optimizer_params": {"beta_1": 0.8},
    "learning_rate": 1e-3,
    "learning_rate_schedule": "constant",
    "schedule_params": None,
    "max_gradient_norm": None,
    "batch_size": 32,
    "max_epochs": 3,
    "shuffle": True,
    "validation_fraction": None,
    "early_stopping": False,
    "n_iter_no_change": 10,
    "tol": 1e-4,
    "overcomplete": False,
    "random_state": 0,
    "device": None,
    "verbose": 0,
}


def write_format_1(path, change=lambda record: None):
    """Write a 4-3-2-3-4 network as format 1 did, and return its arrays."""
    random = np.random.default_rng(0)
    widths = [("encoder.0", 4, 3), ("encoder.1", 3, 2), ("decoder.0", 2, 3), ("decoder.1", 3, 4)]
    tensors = {}
    for name, inputs, outputs in widths:
        tensors[f"network.{name}.weight"] = random.normal(size=(inputs, outputs)).astype(np.float32)
        tensors[f"network.{name}.bias"] = random.normal(size=outputs).astype(np.float32)
    tensors["scaler.offset"] = np.array([1.0, 2.0, 3.0, 4.0])
    tensors["scaler.factor"] = np.array([0.5, 1.0, 2.0, 4.0])
    record = {
        "format_version": 1,
        "versions": {"python": "3.11", "diabolo": "0.1.0", "jax": "0.4", "numpy": "2", "scikit-learn": "1"},
        "estimator": "Autoencoder",
        "parameters": dict(PARAMETERS_1),
        "output_activation": "linear",
        "scale": "standard",
        "fitted": {"n_components_": 2, "n_features_in_": 4, "n_epochs_": 3, "best_epoch_": 3},
        "feature_names": ["a", "b", "c", "d"],
        "history": {
            "loss": [3.0, 2.0, 1.0],
            "mean_absolute_error": [1.0, 1.0, 0.5],
            "validation_loss": [None, None, 2.0],
            "learning_rate": [1e-3] * 3,
            "seconds": [0.1] * 3,
        },
    }
    change(record)
    text = json.dumps(record, allow_nan=False, sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"\n{name} {tensors[name].dtype.str} {tensors[name].shape}\n".encode())
        digest.update(tensors[name].tobytes())
    metadata = {"diabolo": text, "sha256": digest.hexdigest()}
    path.write_bytes(safetensors.numpy.save(tensors, metadata))
    return tensors


def test_a_file_of_format_1_loads(tmp_path):
    tensors = write_format_1(tmp_path / "m")
    model = diabolo.load(tmp_path / "m")
    assert isinstance(model, diabolo.Autoencoder)
    X = np.random.default_rng(1).normal(size=(5, 4))
    del model.feature_names_in_
    # The network in NumPy's float64.
    rows = (X - tensors["scaler.offset"]) * tensors["scaler.factor"]
    layers = [
        (tensors[f"network.{n}.weight"], tensors[f"network.{n}.bias"]) for n in ("encoder.0", "encoder.1")
    ]
    codes = np.tanh(rows @ layers[0][0] + layers[0][1]) @ layers[1][0] + layers[1][1]
    np.testing.assert_allclose(model.transform(X), codes, rtol=1e-5, atol=1e-5)
    layers = [
        (tensors[f"network.{n}.weight"], tensors[f"network.{n}.bias"]) for n in ("decoder.0", "decoder.1")
    ]
    rebuilt = np.tanh(codes @ layers[0][0] + layers[0][1]) @ layers[1][0] + layers[1][1]
    expected = rebuilt / tensors["scaler.factor"] + tensors["scaler.offset"]
    np.testing.assert_allclose(model.reconstruct(X), expected, rtol=1e-4, atol=1e-4)


def test_what_format_1_says_is_kept_and_the_rest_is_as_by_default(tmp_path):
    write_format_1(tmp_path / "m")
    model = diabolo.load(tmp_path / "m")
    parameters, usual = model.get_params(), diabolo.Autoencoder().get_params()
    for name, value in PARAMETERS_1.items():
        if name not in ("overcomplete", "hidden_layer_sizes"):
            assert parameters[name] == value
    assert parameters["hidden_layer_sizes"] == (3,)
    for name in set(usual) - set(PARAMETERS_1):
        assert parameters[name] == usual[name]
    assert model.pretrain_history_ == []
    assert not hasattr(model, "target_")
    assert model.history_["loss"] == [3.0, 2.0, 1.0]
    assert np.isnan(model.history_["validation_loss"][0])


def test_it_is_written_again_in_the_format_of_today(tmp_path):
    write_format_1(tmp_path / "old")
    old = diabolo.load(tmp_path / "old")
    diabolo.save(old, tmp_path / "new")
    new = diabolo.load(tmp_path / "new")
    assert new.get_params() == old.get_params()
    X = np.ones((3, 4))
    del old.feature_names_in_, new.feature_names_in_
    assert np.array_equal(new.partial_fit(X).transform(X), old.partial_fit(X).transform(X))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["parameters"].update(evil=1), "unknown .'evil'"),
        (lambda r: r["parameters"].update(loss="x"), "loss='x' is not possible"),
        (lambda r: r.pop("parameters"), "'parameters': expected the estimator's parameters, found nothing"),
        (lambda r: r.update(parameters=3), "'parameters': expected the estimator's parameters, found 3"),
        (lambda r: r.update(format_version=2), "unknown .'overcomplete'"),
    ],
)
def test_a_forged_file_of_format_1_is_refused(tmp_path, change, message):
    write_format_1(tmp_path / "m", change)
    with pytest.raises(ModelFileError, match=message):
        diabolo.load(tmp_path / "m")
