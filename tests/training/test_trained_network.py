"""``network_``: what transform and inverse_transform give but for the scaler, to be differentiated."""

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
    "dense": lambda: Autoencoder(2, activation="gelu", loss="binary_cross_entropy", **QUICK),
    "tied": lambda: DenoisingAutoencoder(2, tied_weights=True, activation="softplus", **QUICK),
    "guided": lambda: Autoencoder(2, activation="tanh", scale="standard", supervision_weight=1.0, **QUICK),
    "top-k": lambda: SparseAutoencoder(5, sparsity="topk", k=2, **QUICK),
    "variational": lambda: VariationalAutoencoder(2, activation="tanh", **QUICK),
    "maps": lambda: ConvolutionalAutoencoder(
        filters=(2,), image_shape=(3, 3), downsample="stride", activation="tanh", **QUICK
    ),
    "dense code of maps": lambda: ConvolutionalAutoencoder(
        2, filters=(2,), image_shape=(3, 3), upsample="transposed", activation="tanh", **QUICK
    ),
    "own": lambda: VariationalAutoencoder(2, encoder=own, decoder=own, supervision_weight=1.0, **QUICK),
}
METHODS = "encode", "decode", "reconstruct"


def scaled(fitted, rows=X):
    return ((rows - fitted.scaler_.offset) * fitted.scaler_.factor).astype(np.float32)


@jax.jit
def answers_and_slopes(network, given, weights):
    """Ask each method for all rows, for one, for each by itself, and for the gradient of one's answer."""

    def of_one(row, method, weights):
        return (method(row) * weights).sum()

    found = {}
    for name in METHODS:
        method, rows = getattr(network, name), given[name]
        slope = jax.grad(of_one)(rows[3], method, weights[name])
        found[name] = method(rows), method(rows[3]), jax.vmap(method)(rows), slope
    return found


@jax.jit
def ends(network, starts, along, weights):
    return {
        name: [
            (getattr(network, name)(starts[name] + side * 1e-5 * along[name]) * weights[name]).sum()
            for side in (1, -1)
        ]
        for name in METHODS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_as_the_estimator_does_and_its_gradients_are_those_of_finite_differences(kind):
    fitted = KINDS[kind]().fit(X, X[:, 0])
    network, rows, codes = fitted.network_, scaled(fitted), fitted.transform(X)
    expected = {
        "encode": codes,
        "decode": scaled(fitted, fitted.inverse_transform(codes)),
        "reconstruct": scaled(fitted, fitted.reconstruct(X)),
    }
    random = np.random.default_rng(1)
    given = {"encode": rows, "decode": codes, "reconstruct": rows}
    weights = {name: random.normal(size=answer.shape[1]) for name, answer in expected.items()}
    along = {name: random.normal(size=start.shape[1]) for name, start in given.items()}
    found = answers_and_slopes(network, given, weights)
    with jax.enable_x64(True):
        exact = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), network)
        starts = {name: given[name][3].astype(np.float64) for name in METHODS}
        above_and_below = ends(exact, starts, along, weights)
    for name in METHODS:
        several, one, each, slope = map(np.asarray, found[name])
        np.testing.assert_allclose(several, expected[name], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(each, several, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one, several[3], rtol=1e-4, atol=1e-5)
        above, below = map(float, above_and_below[name])
        difference = (above - below) / 2e-5
        assert slope.astype(np.float64) @ along[name] == pytest.approx(difference, rel=2e-3, abs=2e-4)
        assert abs(difference) > 1e-3


def test_second_derivatives_and_gradients_of_its_numbers_go_through():
    fitted, row = KINDS["tied"]().fit(X), X[0]

    def loss(network, row):
        return jnp.sum((network.reconstruct(row) - row) ** 2)

    curvature = jax.jit(jax.jacrev(jax.grad(loss, argnums=1), argnums=1))(fitted.network_, row)
    np.testing.assert_allclose(curvature, curvature.T, atol=1e-3)
    slopes = jax.jit(jax.grad(loss))(fitted.network_, row)
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


def test_it_is_as_it_was_after_a_pickle_and_follows_partial_fits():
    fitted = Autoencoder(2, encoder=own, decoder=own, **QUICK).fit(X)
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copied.network_.encode(X), fitted.network_.encode(X))
    copied.partial_fit(X)
    np.testing.assert_allclose(copied.network_.encode(X), copied.transform(X), rtol=1e-4, atol=1e-5)
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
            "network_.reconstruct got an array of shape (1, 3, 3); expected (9,) for one, or (n, 9) for "
            "several.",
        ),
    ],
)
def test_arrays_of_other_shapes_are_refused(method, shape, sentence):
    fitted = KINDS["tied"]().fit(X)
    with pytest.raises(InputError) as caught:
        getattr(fitted.network_, method)(np.zeros(shape))
    assert str(caught.value) == sentence


def test_a_pickle_holds_no_array_of_jax_and_is_placed_at_its_first_use(rows):
    model = Autoencoder(2, max_epochs=1, random_state=0).fit(rows)
    assert not model.network_.waits_on_host
    copied = pickle.loads(pickle.dumps(model))
    assert copied.network_.waits_on_host
    assert all(type(leaf) is np.ndarray for leaf in jax.tree.leaves(copied.network_))
    np.testing.assert_array_equal(copied.transform(rows), model.transform(rows))
    assert not copied.network_.waits_on_host
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(copied.network_))
    again = pickle.loads(pickle.dumps(copied))
    np.testing.assert_array_equal(again.transform(rows), model.transform(rows))


def test_a_device_that_is_not_there_is_the_default_one(rows):
    network = pickle.loads(pickle.dumps(Autoencoder(2, max_epochs=1).fit(rows))).network_
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(network.placed("gpu:7")))
