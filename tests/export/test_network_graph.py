"""Networks as graphs: every layer that there is, by onnxruntime beside the estimator."""

from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diabolo
from diabolo.core.bottlenecks import Plain
from diabolo.core.convolutional_network import convolutional_network
from diabolo.data.scaling import Scaler
from diabolo.export.graph import Graph
from diabolo.export.model_graph import ModelGraph
from diabolo.export.network_graph import decoded, encoded
from diabolo.export.onnx_model import onnx_bytes
from diabolo.training.forked import by_numpy

CLOSE = 1e-5
QUICK = {"max_epochs": 3, "random_state": 0}


def check(run, apart, model, rows):
    flat = rows.reshape(len(rows), -1)
    codes = model.transform(rows)
    for part, inputs, expected in (
        ("encode", {"X": flat}, codes),
        ("decode", {"code": codes}, model.inverse_transform(codes)),
        ("reconstruct", {"X": flat}, model.reconstruct(rows)),
        ("score", {"X": flat}, model.reconstruction_error(rows)),
    ):
        (found,) = run(model, part, **inputs).values()
        assert found.dtype == np.float32
        assert apart(found, expected) < CLOSE, part


@pytest.mark.parametrize(
    ("activation", "code_activation"),
    [("linear", "gelu"), ("relu", "sigmoid"), ("leaky_relu", "softplus"), ("elu", "tanh")],
)
def test_dense_networks_of_every_activation(run, apart, rows, activation, code_activation):
    for one, other in ((activation, code_activation), (code_activation, activation)):
        model = diabolo.Autoencoder(
            3, hidden_layer_sizes=(8,), activation=one, code_activation=other, max_epochs=1, random_state=0
        )
        check(run, apart, model.fit(rows), rows)


@pytest.mark.parametrize(
    "model",
    [
        diabolo.Autoencoder(3, hidden_layer_sizes=(16,), tied_weights=True, **QUICK),
        diabolo.VariationalAutoencoder(3, scale="standard", **QUICK),
        diabolo.VariationalAutoencoder(3, scale="standard", tied_weights=True, **QUICK),
        diabolo.SparseAutoencoder(16, **QUICK),
        diabolo.SparseAutoencoder(16, sparsity="topk", k=4, **QUICK),
        diabolo.DenoisingAutoencoder(3, **QUICK),
        diabolo.Autoencoder(3, hidden_layer_sizes=(), **QUICK),
    ],
    ids=["tied", "variational", "variational-tied", "sparse", "topk", "denoising", "one-layer"],
)
def test_every_kind_of_dense_network(run, apart, rows, model):
    check(run, apart, model.fit(rows), rows)


@pytest.mark.parametrize(
    ("downsample", "upsample", "n_components"),
    [
        ("maxpool", "nearest", 4),
        ("maxpool", "transposed", None),
        ("stride", "nearest", None),
        ("stride", "transposed", 4),
    ],
)
def test_convolutional_networks(run, apart, images, downsample, upsample, n_components):
    model = diabolo.ConvolutionalAutoencoder(
        n_components, filters=(6, 4), downsample=downsample, upsample=upsample, max_epochs=2, random_state=0
    )
    check(run, apart, model.fit(images), images)


@pytest.mark.parametrize("n_components", [None, 4])
def test_a_convolutional_code_that_is_a_distribution(run, apart, images, n_components):
    model = diabolo.ConvolutionalAutoencoder(
        n_components, filters=(6, 4), bottleneck="gaussian", activation="gelu", max_epochs=2, random_state=0
    )
    check(run, apart, model.fit(images), images)


@settings(max_examples=8)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    downsample=st.sampled_from(["maxpool", "stride"]),
    upsample=st.sampled_from(["nearest", "transposed"]),
    depth=st.integers(1, 2),
)
def test_images_and_kernels_of_any_size(shape, kernel, downsample, upsample, depth):
    """Sizes that do not halve evenly are padded and cropped; NumPy works the network out without XLA."""
    random = np.random.default_rng(0)
    network = convolutional_network(
        shape,
        (3, 2)[:depth],
        kernel_size=kernel,
        n_components=None,
        downsample=downsample,
        upsample=upsample,
        activation="gelu",
        code_activation="tanh",
        initializer="glorot_uniform",
        random=random,
    )
    model = SimpleNamespace(
        network_=SimpleNamespace(network=network),
        bottleneck_=Plain(),
        output_activation_="linear",
        scaler_=Scaler(None, np.zeros(1), np.ones(1)),
        n_components_=0,
    )
    X = random.random((6, int(np.prod(shape)))).astype(np.float32)
    graph = Graph()
    graph.named(decoded(graph, model, encoded(graph, model, "X")), "rows")
    made = ModelGraph(graph, (("X", X.dtype, X.shape[1]),), (("rows", X.dtype, X.shape[1]),), {})
    (found,) = onnxruntime.InferenceSession(onnx_bytes(made)).run(None, {"X": X})
    expected = by_numpy(lambda network, rows: network.decode(network.encode(rows)), network, X)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_of_equal_numbers_the_first_are_kept(run):
    """A code whose numbers are all equal: k of them are kept, from the first on, as the bottleneck does."""
    X = np.random.default_rng(0).random((20, 4)).astype(np.float32)
    model = diabolo.SparseAutoencoder(5, sparsity="topk", k=2, code_activation="relu", max_epochs=1).fit(X)
    layer = model.network_.network.encoder[-1]
    same = type(layer)(np.zeros_like(layer.weight), np.ones_like(layer.bias))
    inner = model.network_.network
    made = type(inner)((*inner.encoder[:-1], same), inner.decoder, inner.activation, inner.code_activation, 1)
    object.__setattr__(model.network_, "network", made)
    np.testing.assert_array_equal(run(model, "encode", X=X)["code"], np.tile([1, 1, 0, 0, 0], (20, 1)))
    np.testing.assert_array_equal(model.transform(X), np.tile([1, 1, 0, 0, 0], (20, 1)))


def test_one_row_and_none(run, rows):
    model = diabolo.Autoencoder(2, **QUICK).fit(rows)
    np.testing.assert_allclose(run(model, "encode", X=rows[:1])["code"], model.transform(rows[:1]), atol=1e-5)
    assert run(model, "encode", X=rows[:0])["code"].shape == (0, 2)


def test_a_tied_matrix_is_kept_once(rows, tmp_path):
    wide = np.tile(rows, 20)
    sizes = []
    for tied in (True, False):
        model = diabolo.Autoencoder(2, hidden_layer_sizes=(64,), tied_weights=tied, max_epochs=1).fit(wide)
        diabolo.export.to_onnx(model, tmp_path / "m.onnx", "reconstruct")
        sizes.append((tmp_path / "m.onnx").stat().st_size)
    matrices = 4 * (240 * 64 + 64 * 2)
    assert sizes[1] - sizes[0] == pytest.approx(matrices, abs=200)
