"""Networks of one's own: modules, functions that make them, and what is said of those that do not fit."""

import copy
import pickle

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.base import clone

from diabolo import Autoencoder
from diabolo.errors import ParameterError

X = np.random.default_rng(0).uniform(size=(32, 6)).astype(np.float32)
QUICK = {"max_epochs": 3, "batch_size": 8, "random_state": 0, "learning_rate": 0.01}


def linear(key, shape):
    return equinox.nn.Linear(*shape, key=key)


def perceptron(key, shape):
    return equinox.nn.MLP(*shape, width_size=5, depth=1, key=key)


def modules(n_encoded=2, n_components=2):
    keys = jax.random.split(jax.random.key(0))
    return {"encoder": perceptron(keys[0], (6, n_encoded)), "decoder": perceptron(keys[1], (n_components, 6))}


@pytest.mark.parametrize(
    ("network", "settings"),
    [
        (modules(), {}),
        ({"encoder": perceptron, "decoder": linear}, {"noise": 0.1, "scale": "standard"}),
        (modules(4), {"bottleneck": "gaussian"}),
        (modules(), {"bottleneck": "topk", "bottleneck_params": {"k": 1}}),
        (modules(), {"penalty": {"contractive": 0.1, "weight_decay": 1e-3}}),
        (modules(), {"supervision_weight": 1.0}),
    ],
)
def test_a_network_of_ones_own_learns(network, settings):
    fitted = Autoencoder(2, **network, **settings, **{**QUICK, "max_epochs": 30}).fit(X, X[:, 0])
    assert fitted.history_["loss"][-1] < fitted.history_["loss"][0]
    assert fitted.transform(X).shape == (32, 2)
    codes = fitted.transform(X)
    np.testing.assert_allclose(fitted.inverse_transform(codes), fitted.reconstruct(X), rtol=1e-4, atol=1e-5)
    assert hasattr(fitted, "predict") == ("supervision_weight" in settings)
    assert hasattr(fitted, "sample") == ("bottleneck" in settings and settings["bottleneck"] == "gaussian")


def test_a_dense_layer_of_ones_own_is_a_dense_layer():
    """The same weights in Diabolo's layers and in Equinox's train to the same parameters."""
    settings = {"hidden_layer_sizes": (), "output_activation": "linear", **QUICK}
    settings["initializer"] = "glorot_uniform"
    dense = Autoencoder(2, **{**settings, "max_epochs": 1, "learning_rate": 1e-30}).fit(X)
    encoder, decoder = linear(jax.random.key(0), (6, 2)), linear(jax.random.key(0), (2, 6))

    def filled(module, layer):
        leaves = (jnp.asarray(layer.weight).T, jnp.asarray(layer.bias))
        return equinox.tree_at(lambda one: (one.weight, one.bias), module, leaves)

    encoder = filled(encoder, dense.network_.encoder[0])
    decoder = filled(decoder, dense.network_.decoder[0])
    own = Autoencoder(2, encoder=encoder, decoder=decoder, **settings).fit(X)
    usual = Autoencoder(2, **settings).fit(X)
    np.testing.assert_allclose(own.transform(X), usual.transform(X), rtol=1e-4, atol=1e-5)


def test_a_module_is_where_training_starts_and_is_not_changed():
    network = modules()
    before = [np.array(leaf) for leaf in jax.tree.leaves(equinox.filter(network, equinox.is_array))]
    one = Autoencoder(2, **network, **QUICK).fit(X)
    after = jax.tree.leaves(equinox.filter(network, equinox.is_array))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    other = Autoencoder(2, **network, **QUICK).fit(X)
    assert np.array_equal(one.transform(X), other.transform(X))


def test_a_function_is_asked_for_each_seed_and_with_both_widths():
    asked = []

    def make(key, shape):
        asked.append(shape)
        return linear(key, shape)

    fits = [
        Autoencoder(2, encoder=make, decoder=make, **{**QUICK, "random_state": n}).fit(X) for n in (0, 0, 1)
    ]
    assert asked == [(6, 2), (2, 6)] * 3
    assert np.array_equal(fits[0].transform(X), fits[1].transform(X))
    assert not np.array_equal(fits[0].transform(X), fits[2].transform(X))
    asked.clear()
    Autoencoder(2, encoder=make, decoder=make, bottleneck="gaussian", **QUICK).fit(X)
    assert asked == [(6, 4), (2, 6)]


@pytest.mark.parametrize(
    ("network", "settings", "message"),
    [
        (
            modules(3, 3),
            {},
            r"the encoder gives an array of shape \(3,\) for a row; expected \(2,\), the n_components=2.",
        ),
        (
            modules(2, 1),
            {"bottleneck": "gaussian"},
            r"the encoder gives an array of shape \(2,\) for a row; expected \(4,\), the means and "
            "log-variances of n_components=2.",
        ),
        (
            {"encoder": linear, "decoder": lambda key, shape: linear(key, (2, 5))},
            {},
            r"the decoder gives an array of shape \(5,\) for a code; expected \(6,\), the columns of X.",
        ),
        (
            {"encoder": lambda key, shape: linear(key, (7, 2)), "decoder": linear},
            {},
            r"the encoder of your own cannot be applied to a row, an array of shape \(6,\): dot_general ",
        ),
        (
            {"encoder": linear, "decoder": lambda key, shape: linear(key, (3, 6))},
            {},
            r"the decoder of your own cannot be applied to a code, an array of shape \(2,\): dot_general ",
        ),
        (
            {"encoder": lambda key, shape: jax.tree_util.Partial(jnp.outer, jnp.ones(2)), "decoder": linear},
            {},
            r"the encoder gives an array of shape \(2, 6\) for a row; expected \(2,\), the n_components=2.",
        ),
        (
            {"encoder": lambda row: row[:2], "decoder": linear},
            {},
            r"the encoder of your own cannot be used: it holds no arrays that JAX can see, so it is called "
            r"as a function \(key, shape\) that makes a module, which it cannot be \(too many positional",
        ),
        (
            {"encoder": 3, "decoder": linear},
            {},
            "encoder=3 is not possible; expected None, a callable that maps",
        ),
    ],
)
def test_networks_that_do_not_fit(network, settings, message):
    with pytest.raises(ParameterError, match=f"Autoencoder: {message}"):
        Autoencoder(2, **network, **settings, **QUICK).fit(X)


def test_what_a_maker_raises_comes_through():
    def broken(key, shape):
        raise RuntimeError("no such layer")

    with pytest.raises(RuntimeError, match="no such layer"):
        Autoencoder(2, encoder=broken, decoder=linear, **QUICK).fit(X)


def test_it_goes_on_after_a_copy_a_pickle_and_partial_fits():
    fitted = Autoencoder(2, encoder=linear, decoder=linear, **QUICK).fit(X)
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert np.array_equal(other.transform(X), fitted.transform(X))
        other.partial_fit(X)
        assert not np.array_equal(other.transform(X), fitted.transform(X))
        assert other.n_epochs_ == 4


def test_modules_are_parameters_like_any_other():
    network = modules()
    estimator = Autoencoder(2, **network)
    assert estimator.get_params()["encoder"] is network["encoder"]
    copied = clone(estimator)
    assert np.array_equal(
        copied.set_params(**QUICK).fit_transform(X), estimator.set_params(**QUICK).fit_transform(X)
    )
