# ruff: noqa: E501 - error messages are shown whole, one a line
"""Weights as plain arrays: NumPy alone gives the codes and the reconstructions by them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diabolo

X = np.random.default_rng(0).random((50, 6)).astype(np.float32)
QUICK = {"hidden_layer_sizes": (5,), "max_epochs": 2, "random_state": 0}
SETTINGS = {"activation": "tanh", "code_activation": "linear", "output_activation": "linear"}


def forward(rows, weights, biases):
    for position, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        rows = rows @ weight + bias
        if position < len(weights) - 1:
            rows = np.tanh(rows)
    return rows


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("guided", [False, True])
def test_a_numpy_pass_gives_codes_and_rows(tied, guided):
    model = diabolo.Autoencoder(2, tied_weights=tied, supervision_weight=float(guided), **QUICK, **SETTINGS)
    model.fit(X, X[:, 0] if guided else None)
    shapes = [weight.shape for weight in model.encoder_weights_]
    assert shapes == [(6, 5), (5, 2)]
    assert [weight.shape for weight in model.decoder_weights_] == [(2, 5), (5, 6)]
    scaler = model.scaler_
    codes = forward((X - scaler.offset) * scaler.factor, model.encoder_weights_, model.encoder_biases_)
    np.testing.assert_allclose(codes, model.transform(X), atol=1e-5)
    rebuilt = forward(codes, model.decoder_weights_, model.decoder_biases_) / scaler.factor + scaler.offset
    np.testing.assert_allclose(rebuilt, model.reconstruct(X), atol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_of_a_distribution_the_means_come_first(tied):
    settings = {**QUICK, "activation": "tanh", "output_activation": "linear", "scale": "standard"}
    model = diabolo.VariationalAutoencoder(2, tied_weights=tied, **settings).fit(X)
    assert model.encoder_weights_[-1].shape == (5, 4)
    scaler = model.scaler_
    encoded = forward((X - scaler.offset) * scaler.factor, model.encoder_weights_, model.encoder_biases_)
    codes = model.transform(X)
    np.testing.assert_allclose(encoded[:, :2], codes, atol=1e-5)
    rebuilt = forward(codes, model.decoder_weights_, model.decoder_biases_) / scaler.factor + scaler.offset
    np.testing.assert_allclose(rebuilt, model.reconstruct(X), atol=1e-5)


def test_a_convolutional_network_has_kernels():
    images = np.random.default_rng(0).random((10, 6, 5, 1))
    model = diabolo.ConvolutionalAutoencoder(3, filters=(4, 2), kernel_size=3, max_epochs=1).fit(images)
    assert [w.shape for w in model.encoder_weights_] == [(3, 3, 1, 4), (3, 3, 4, 2), (8, 3)]
    assert [w.shape for w in model.decoder_weights_] == [(3, 8), (3, 3, 2, 2), (3, 3, 2, 4), (3, 3, 4, 1)]
    biases = itertools.chain(model.encoder_biases_, model.decoder_biases_)
    weights = itertools.chain(model.encoder_weights_, model.decoder_weights_)
    n_numbers = sum(array.size for array in itertools.chain(weights, biases))
    assert n_numbers == model.n_parameters_


def test_they_are_plain_arrays_and_not_written_to(tmp_path):
    model = diabolo.Autoencoder(2, **QUICK).fit(X)
    diabolo.save(model, tmp_path / "m.diabolo")
    for each in (model, diabolo.load(tmp_path / "m.diabolo")):
        weight = each.encoder_weights_[0]
        assert type(weight) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            weight[0, 0] = 1.0


def test_a_network_of_ones_own_has_none():
    weight = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    encoder, decoder = jax.tree_util.Partial(jnp.matmul, weight.T), jax.tree_util.Partial(jnp.matmul, weight)
    own = diabolo.Autoencoder(encoder=encoder, decoder=decoder, max_epochs=1).fit(X)
    with pytest.raises(AttributeError) as caught:
        _ = own.encoder_weights_
    assert str(caught.value) == (
        "Autoencoder has a network of your own, so there are no weights in an order that is known; network_.encoder and network_.decoder are what you gave, trained."
    )
