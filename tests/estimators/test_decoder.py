"""Layers of plain numbers, worked out by NumPy and SciPy, against the networks that they are of."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporting.conftest import worked_out

from diabolo import ConvolutionalAutoencoder
from diabolo.core.convolutional_network import convolutional_network
from diabolo.estimators._decoder import network_decoder
from diabolo.reporting.feature_view import FeatureView
from diabolo.reporting.row_kind import RowKind

RANDOM = np.random.default_rng(0)
QUICK = {"max_epochs": 1, "random_state": 0}


def decoded(model, codes):
    decoder = network_decoder(model)
    whole = FeatureView(RowKind("table", None), len(decoder.offset))
    return worked_out(whole.decoder(decoder), codes)


IMAGES = {
    "7x5": RANDOM.random((20, 7, 5)),
    "8x8": RANDOM.random((20, 8, 8)),
    "6x9x3": RANDOM.random((20, 6, 9, 3)) * 255,
    "signal": RANDOM.random((20, 37)),
}


@pytest.mark.parametrize(
    ("rows", "choices"),
    [
        ("8x8", {
            "n_components": 6, "bottleneck": "topk", "bottleneck_params": {"k": 2},
            "output_activation": "sigmoid", "loss": "bce",
        }),
        ("7x5", {
            "downsample": "stride", "upsample": "transposed", "kernel_size": (4, 2), "activation": "tanh",
        }),
        ("6x9x3", {"n_components": 2, "downsample": "stride", "activation": "gelu", "scale": "minmax"}),
        ("signal", {
            "n_components": 2, "bottleneck": "gaussian", "filters": (3, 2, 2), "kernel_size": (1, 5),
        }),
        ("7x5", {"bottleneck": "gaussian", "filters": (4, 2), "kernel_size": 2, "activation": "softplus"}),
    ],
    ids=str,
)  # fmt: skip
def test_convolutional_layers_decode_as_inverse_transform(rows, choices):
    model = ConvolutionalAutoencoder(**{"filters": (4, 3), **QUICK, **choices}).fit(IMAGES[rows])
    codes = model.transform(IMAGES[rows])
    expected = model.inverse_transform(codes).reshape(20, -1)
    np.testing.assert_allclose(decoded(model, codes), expected, atol=1e-4 * np.ptp(expected))


@settings(max_examples=6)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    channels=st.integers(1, 3),
    taps=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    depth=st.integers(1, 2),
    upsample=st.sampled_from(["nearest", "transposed"]),
    n_components=st.sampled_from([None, 2]),
)
def test_layers_of_any_shape_are_the_networks(height, width, channels, taps, depth, upsample, n_components):
    network = convolutional_network(
        (height, width, channels), (3, 2)[:depth], kernel_size=taps, n_components=n_components,
        downsample="stride", upsample=upsample, activation="tanh", code_activation="linear",
        initializer="glorot_uniform", random=np.random.default_rng(height),
    )  # fmt: skip
    n_features = height * width * channels
    scaler = SimpleNamespace(offset=np.zeros(n_features), factor=np.ones(n_features))
    model = SimpleNamespace(
        network_=SimpleNamespace(network=network), output_activation_="linear", scaler_=scaler
    )
    cells = math.prod(network.code_maps) * (3, 2)[depth - 1]
    codes = RANDOM.normal(size=(3, n_components or cells)).astype(np.float32)
    np.testing.assert_allclose(decoded(model, codes), network.decode(codes), atol=1e-5)
