"""``network_``: what transform and inverse_transform give but for the scaler, as functions to differentiate."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo import (
    Autoencoder,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.errors import InputError

X = np.random.default_rng(0).uniform(size=(40, 9)).astype(np.float32)
QUICK = {"max_epochs": 1, "random_state": 0, "batch_size": 20}


def affine(numbers, row):
    return jnp.tanh(row @ numbers["weight"] + numbers["bias"])


def own(key, shape):
    numbers = {"weight": jax.random.normal(key, shape) / 3, "bias": jnp.full(shape[1], 0.1)}
    return jax.tree_util.Partial(affine, numbers)


# Smooth ones, or a finite difference may step over a kink.
KINDS = {
    "dense": lambda: Autoencoder(2, activation="tanh", scale="standard", **QUICK),
    "tied": lambda: Autoencoder(2, tied_weights=True, activation="softplus", **QUICK),
    "sigmoid": lambda: Autoencoder(2, activation="gelu", loss="binary_cross_entropy", **QUICK),
    "guided": lambda: Autoencoder(2, activation="tanh", supervision_weight=1.0, **QUICK),
    "top-k": lambda: SparseAutoencoder(5, sparsity="topk", k=2, **QUICK),
    "sparse": lambda: SparseAutoencoder(12, **QUICK),
    "denoising": lambda: DenoisingAutoencoder(2, activation="elu", output_activation="softplus", **QUICK),
    "variational": lambda: VariationalAutoencoder(2, activation="tanh", **QUICK),
    "maps": lambda: ConvolutionalAutoencoder(
        filters=(2,), image_shape=(3, 3), downsample="stride", activation="tanh", **QUICK
    ),
    "dense code of maps": lambda: ConvolutionalAutoencoder(
        2, filters=(2,), image_shape=(3, 3), upsample="transposed", activation="sigmoid", **QUICK
    ),
    "own": lambda: Autoencoder(2, encoder=own, decoder=own, output_activation="sigmoid", **QUICK),
    "own, variational": lambda: VariationalAutoencoder(2, encoder=own, decoder=own, **QUICK),
}
FITTED = {}


@pytest.fixture(params=list(KINDS))
def fitted(request):
    if request.param not in FITTED:
        FITTED[request.param] = KINDS[request.param]().fit(X, X[:, 0])
    return FITTED[request.param]


def scaled(fitted, rows=X):
    return ((rows - fitted.scaler_.offset) * fitted.scaler_.factor).astype(np.float32)


def test_one_row_and_several_as_the_estimator_has_them(fitted):
    network, rows, codes = fitted.network_, scaled(fitted), fitted.transform(X)
    np.testing.assert_allclose(network.encode(rows), codes, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        scaled(fitted, fitted.inverse_transform(codes)), network.decode(codes), atol=1e-5
    )
    np.testing.assert_allclose(scaled(fitted, fitted.reconstruct(X)), network.reconstruct(rows), atol=1e-5)
    for method, given in ((network.encode, rows), (network.decode, codes), (network.reconstruct, rows)):
        several = np.asarray(method(given))
        assert method(given[0]).shape == several.shape[1:]
        np.testing.assert_allclose(method(given[0]), several[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(jax.vmap(method)(given), several, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(jax.jit(method)(given[1]), several[1], rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_finite_differences_in_float64(fitted):
    network = fitted.network_
    directions = np.random.default_rng(1)
    for name, given in (
        ("encode", scaled(fitted)[3]),
        ("decode", fitted.transform(X)[3]),
        ("reconstruct", scaled(fitted)[3]),
    ):
        weights = directions.normal(size=np.shape(getattr(network, name)(given)))
        along = directions.normal(size=given.shape)

        def answer(network, given, name=name, weights=weights):
            return (getattr(network, name)(given) * weights).sum()

        slope = np.asarray(jax.grad(answer, argnums=1)(network, given), np.float64) @ along
        with jax.enable_x64(True):
            exact, step = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), network), 1e-5
            row = given.astype(np.float64)
            ends = [float(answer(exact, jnp.asarray(row + side * step * along))) for side in (1, -1)]
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-3, abs=2e-4)


def test_second_derivatives_and_gradients_of_its_numbers_go_through():
    fitted, row = KINDS["dense"]().fit(X), X[0]

    def loss(network, row):
        return jnp.sum((network.reconstruct(row) - row) ** 2)

    curvature = jax.jacrev(jax.grad(loss, argnums=1), argnums=1)(fitted.network_, row)
    np.testing.assert_allclose(curvature, curvature.T, atol=1e-3)
    slopes = jax.grad(loss)(fitted.network_, row)
    assert jax.tree.structure(slopes) == jax.tree.structure(fitted.network_)
    stepped = jax.tree.map(lambda number, slope: number - 0.01 * slope, fitted.network_, slopes)
    assert loss(stepped, row) < loss(fitted.network_, row)


def test_a_guided_network_predicts_of_one_code_and_of_several():
    fitted = KINDS["guided"]().fit(X, X[:, 0])
    codes = fitted.network_.encode(scaled(fitted))
    found = np.asarray(fitted.network_.predict(codes))
    np.testing.assert_allclose(fitted.network_.predict(codes[0]), found[0], rtol=1e-5)
    target = fitted.target_
    np.testing.assert_allclose(
        fitted.predict(X), found[:, 0] / target.factor[0] + target.offset[0], rtol=1e-4, atol=1e-5
    )


def test_it_is_as_it_was_after_partial_fits_and_pickles(fitted):
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copied.network_.encode(X), fitted.network_.encode(X))
    copied.partial_fit(X, X[:, 0])
    np.testing.assert_allclose(
        copied.network_.encode(scaled(copied)), copied.transform(X), rtol=1e-4, atol=1e-5
    )
    assert not np.array_equal(copied.transform(X), fitted.transform(X))


@pytest.mark.parametrize(
    ("method", "shape", "sentence"),
    [
        (
            "encode",
            (2,),
            "network_.encode got an array of shape (2,); expected (9,) for one, or (n, 9) for several.",
        ),
        (
            "decode",
            (4, 9),
            "network_.decode got an array of shape (4, 9); expected (2,) for one, or (n, 2) for several.",
        ),
        (
            "reconstruct",
            (1, 3, 3),
            "network_.reconstruct got an array of shape (1, 3, 3); expected (9,) for one, or (n, 9) for several.",
        ),
    ],
)
def test_arrays_of_other_shapes_are_refused(method, shape, sentence):
    fitted = KINDS["dense"]().fit(X)
    with pytest.raises(InputError) as caught:
        getattr(fitted.network_, method)(np.zeros(shape))
    assert str(caught.value) == sentence
