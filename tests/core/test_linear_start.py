"""Held against the linear autoencoder on paper, in float64."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.layers import ACTIVATIONS, activate
from diabolo.core.linear_start import CARRYING, LinearSolution, linear_start, output_inverse
from diabolo.core.networks import dense_network


def network_of(sizes, activation="relu", *, tied=False, seed=0):
    return dense_network(
        sizes,
        activation=activation,
        code_activation="linear",
        tied_weights=tied,
        initializer="he_uniform",
        random=np.random.default_rng(seed),
    )


def solution_of(n_features, width, *, tied=False, seed=1):
    random = np.random.default_rng(seed)
    encoder = np.linalg.qr(random.normal(size=(n_features, width)))[0]
    decoder = encoder.T if tied else random.normal(size=(width, n_features))
    return LinearSolution(random.normal(size=n_features), encoder, decoder)


@st.composite
def cases(draw):
    n_features, width = draw(st.integers(1, 9)), draw(st.integers(0, 4))
    width = min(width, n_features)
    hidden = draw(st.lists(st.integers(2 * width, 12).filter(bool), max_size=3))
    beyond = draw(st.integers(0 if width else 1, 3))
    sizes = (n_features, *hidden, width + beyond)
    return sizes, width, draw(st.sampled_from(sorted(CARRYING))), draw(st.booleans())


@settings(max_examples=40)
@given(case=cases())
def test_it_gives_what_the_linear_autoencoder_gives(case):
    sizes, width, activation, tied = case
    solution = solution_of(sizes[0], width, tied=tied)
    started = linear_start(network_of(sizes, activation, tied=tied), solution, "linear")
    rows = np.random.default_rng(2).normal(size=(20, sizes[0]))
    expected = (rows - solution.mean) @ solution.encoder
    codes = np.asarray(started.encode(rows.astype(np.float32)))
    np.testing.assert_allclose(codes[:, :width], expected, rtol=1e-5, atol=2e-5)
    rebuilt = started.decode(codes)
    np.testing.assert_allclose(rebuilt, solution.mean + expected @ solution.decoder, rtol=1e-5, atol=1e-4)


@settings(max_examples=30)
@given(case=cases())
def test_the_network_given_is_left_as_it_was_and_its_structure_too(case):
    sizes, width, activation, tied = case
    network = network_of(sizes, activation, tied=tied)
    before = [np.array(leaf) for leaf in jax.tree.leaves(network)]
    started = linear_start(network, solution_of(sizes[0], width, tied=tied), "linear")
    assert jax.tree.structure(started) == jax.tree.structure(network)
    for leaf, old, new in zip(jax.tree.leaves(network), before, jax.tree.leaves(started), strict=True):
        np.testing.assert_array_equal(leaf, old)
        assert (new.shape, new.dtype) == (old.shape, old.dtype)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("activation", sorted(CARRYING))
def test_every_unit_can_learn(activation, tied):
    network = network_of((6, 10, 8, 3), activation, tied=tied)
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)

    def loss(network):
        return ((network.decode(network.encode(rows)) - rows**2) ** 2).mean()

    started = linear_start(network, solution_of(6, 3, tied=tied), "linear")
    for _ in range(3):
        slopes = jax.grad(loss)(started)
        started = jax.tree.map(lambda leaf, slope: leaf - 0.01 * slope, started, slopes)
    # A unit of a rectifier may be off for all rows; most are not.
    for leaf in jax.tree.leaves(jax.grad(loss)(started)):
        assert (np.asarray(leaf) != 0).mean() > 0.4


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"gelu"}))
def test_the_output_is_inverted_at_the_mean(name):
    mean = {"sigmoid": [0.1, 0.5, 0.9], "tanh": [-0.9, 0.0, 0.5], "elu": [-0.5, 0.0, 2.0]}.get(
        name, [0.1, 1.0, 50.0]
    )
    place, slope = output_inverse(name, np.array(mean))
    outputs = activate(name, place.astype(np.float32))
    np.testing.assert_allclose(outputs, mean, rtol=1e-5, atol=1e-6)
    step = 1e-2
    around = [np.asarray(activate(name, (place + side * step).astype(np.float32))) for side in (-1, 1)]
    np.testing.assert_allclose((around[1] - around[0]) / (2 * step), slope, rtol=1e-3, atol=6e-3)


def test_ends_of_a_range_are_kept_away_from():
    for name, ends in (("sigmoid", [0.0, 1.0, 2.0]), ("tanh", [-1.0, 1.0]), ("softplus", [0.0, -3.0])):
        place, slope = output_inverse(name, np.array(ends))
        assert np.isfinite(place).all()
        assert (slope > 0.01).all()


def test_a_curved_output_holds_to_the_first_order():
    solution = LinearSolution(np.full(4, 0.3), np.eye(4)[:, :2], 0.01 * np.eye(4)[:2])
    started = linear_start(network_of((4, 8, 2)), solution, "sigmoid")
    rows = 0.3 + np.random.default_rng(0).normal(size=(9, 4))
    rebuilt = activate("sigmoid", started.decode(started.encode(rows.astype(np.float32))))
    expected = solution.mean + (rows - solution.mean) @ solution.encoder @ solution.decoder
    np.testing.assert_allclose(rebuilt, expected, atol=2e-3)
