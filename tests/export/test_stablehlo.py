# ruff: noqa: E501 - error messages are shown whole, one a line
"""StableHLO programs, read back by `jax.export`."""

import sys

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo.errors import DataFileError, InputError, ParameterError
from diabolo.export import to_stablehlo

QUICK = {"hidden_layer_sizes": (6,), "max_epochs": 1, "random_state": 0}


@pytest.fixture
def call(tmp_path):
    def call(model, part, values):
        path = tmp_path / f"{part}.stablehlo"
        to_stablehlo(model, path, part)
        program = jax.export.deserialize(bytearray(path.read_bytes()))
        assert program.platforms == ("cpu", "cuda", "rocm", "tpu")
        assert str(program.in_avals[0].shape[0]) == "n_rows"
        values = values.reshape(len(values), -1)
        assert len(program.call(values[:3])) == 3
        return np.asarray(program.call(values))

    return call


def check(call, apart, model, rows):
    codes = model.transform(rows)
    assert apart(call(model, "encode", rows), codes) < 1e-5
    assert apart(call(model, "decode", codes), model.inverse_transform(codes)) < 1e-5
    assert apart(call(model, "reconstruct", rows), model.reconstruct(rows)) < 1e-5
    assert apart(call(model, "score", rows), model.reconstruction_error(rows)) < 1e-5


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_a_dense_network(call, apart, rows, gapped, missing):
    rows = rows if missing == "error" else gapped
    check(call, apart, diabolo.Autoencoder(3, missing=missing, **QUICK).fit(rows), rows)


def test_a_convolutional_network(call, apart, images):
    check(call, apart, diabolo.ConvolutionalAutoencoder(4, filters=(4, 3), max_epochs=2).fit(images), images)


def test_bits_where_nothing_is_scaled(call, rows):
    """XLA works the same operations out, so that not even rounding differs."""
    model = diabolo.SparseAutoencoder(
        8, sparsity="topk", k=3, scale=None, hidden_layer_sizes=(), max_epochs=1
    )
    X = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    np.testing.assert_array_equal(call(model.fit(X), "encode", X), model.transform(X))


def test_a_guided_code(call, apart, rows):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, len(rows))
    classes = diabolo.Autoencoder(3, supervision_weight=1.0, **QUICK).fit(rows, y)
    assert apart(call(classes, "predict", rows), classes.predict_proba(rows)) < 1e-5
    y = random.normal(size=len(rows)) * 30
    numbers = diabolo.Autoencoder(3, supervision_weight=1.0, **QUICK).fit(rows, y)
    assert apart(call(numbers, "predict", rows), numbers.predict(rows)) < 1e-5


def test_a_network_of_ones_own(call, apart):
    X = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    weight = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    encoder, decoder = jax.tree_util.Partial(jnp.matmul, weight.T), jax.tree_util.Partial(jnp.matmul, weight)
    own = diabolo.Autoencoder(encoder=encoder, decoder=decoder, max_epochs=1).fit(X)
    assert apart(call(own, "encode", X), own.transform(X)) < 1e-5


def test_a_refused_row_is_nan(call, rows):
    model = diabolo.Autoencoder(2, **QUICK).fit(rows)
    odd = rows[:4].copy()
    odd[1, 2], odd[2, 3] = np.nan, np.inf
    assert np.isnan(call(model, "encode", odd)).all(axis=1).tolist() == [False, True, True, False]


def test_the_package_is_not_there(rows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    monkeypatch.delitem(sys.modules, "jax._src.export.serialization", raising=False)
    monkeypatch.delattr(jax._src.export, "serialization", raising=False)
    with pytest.raises(InputError) as caught:
        to_stablehlo(diabolo.Autoencoder(2, **QUICK).fit(rows), tmp_path / "m.stablehlo")
    assert str(caught.value) == (
        'A StableHLO program needs the package flatbuffers, which is not installed: pip install "diabolo[onnx]".'
    )


def test_what_is_no_program(rows, tmp_path):
    detector = diabolo.AutoencoderDetector(random_state=0).fit(rows)
    with pytest.raises(ParameterError) as caught:
        to_stablehlo(detector, tmp_path / "d.stablehlo", "score")
    assert str(caught.value) == (
        "AutoencoderDetector computes its scores in float64 by NumPy, so there is no program of JAX; diabolo.export.to_onnx takes part='score' of it."
    )
    frame = pd.DataFrame({"size": ["s", "m"] * 20, "a": np.arange(40.0)})
    model = diabolo.Autoencoder(1, categories=["size"], **QUICK).fit(frame)
    with pytest.raises(ParameterError) as caught:
        to_stablehlo(model, tmp_path / "c.stablehlo")
    assert str(caught.value) == (
        "Autoencoder has categories, and StableHLO knows no text; diabolo.export.to_onnx takes part='encode' of it."
    )
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match="a StableHLO program replaces none of another kind"):
        to_stablehlo(diabolo.Autoencoder(2, **QUICK).fit(rows), tmp_path / "table.csv")
