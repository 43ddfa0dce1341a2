import itertools
import math

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.layers import Dense, TiedDense
from diabolo.core.networks import dense_network

SIZES = st.lists(st.integers(1, 9), min_size=2, max_size=5).map(tuple)
WORDS = {"activation": "relu", "code_activation": "linear"}
SHAPES_ONLY = {"initializer": "glorot_uniform", "random": None}


def make(sizes, tied, seed=0, width_factor=1):
    return dense_network(
        sizes,
        **WORDS,
        tied_weights=tied,
        initializer="he_normal",
        random=np.random.default_rng(seed),
        width_factor=width_factor,
    )


@settings(max_examples=30)
@given(sizes=SIZES, tied=st.booleans())
def test_decoder_mirrors_encoder(sizes, tied):
    network = make(sizes, tied)
    steps = list(itertools.pairwise(sizes))
    assert [layer.weight.shape for layer in network.encoder] == steps
    assert [layer.bias.shape for layer in network.encoder] == [(outputs,) for _, outputs in steps]
    assert [layer.bias.shape for layer in network.decoder] == [(inputs,) for inputs, _ in reversed(steps)]
    if tied:
        assert all(isinstance(layer, TiedDense) for layer in network.decoder)
    else:
        back = [(outputs, inputs) for inputs, outputs in reversed(steps)]
        assert [layer.weight.shape for layer in network.decoder] == back


@settings(max_examples=30)
@given(sizes=SIZES, tied=st.booleans())
def test_shape_only_network_has_the_structure_and_shapes_of_the_real_one(sizes, tied):
    real, shape = make(sizes, tied), dense_network(sizes, **WORDS, **SHAPES_ONLY, tied_weights=tied)
    assert jax.tree.structure(real) == jax.tree.structure(shape)
    for array, description in zip(jax.tree.leaves(real), jax.tree.leaves(shape), strict=True):
        assert (array.shape, array.dtype) == (description.shape, description.dtype)


@settings(max_examples=30)
@given(sizes=SIZES, tied=st.booleans())
def test_layer_shapes_count_every_number_once(sizes, tied):
    network = make(sizes, tied)
    shapes = network.layer_shapes("sigmoid")
    assert sum(shape.n_parameters for shape in shapes) == sum(leaf.size for leaf in jax.tree.leaves(network))
    widths = [*sizes, *reversed(sizes[:-1])]
    assert [(shape.inputs, shape.outputs) for shape in shapes] == list(itertools.pairwise(widths))
    assert [shape.tied for shape in shapes] == [False] * (len(sizes) - 1) + [tied] * (len(sizes) - 1)


@settings(max_examples=30)
@given(sizes=SIZES, tied=st.booleans())
def test_a_gaussian_codes_layers_give_two_numbers_a_unit_and_take_one(sizes, tied):
    network = make(sizes, tied, width_factor=2)
    shape = dense_network(sizes, **WORDS, **SHAPES_ONLY, tied_weights=tied, width_factor=2)
    assert jax.tree.structure(network) == jax.tree.structure(shape)
    assert [leaf.shape for leaf in jax.tree.leaves(network)] == [
        leaf.shape for leaf in jax.tree.leaves(shape)
    ]
    described = network.layer_shapes("sigmoid")
    count = sum(leaf.size for leaf in jax.tree.leaves(network))
    assert sum(layer.n_parameters for layer in described) == count
    there, back = [*sizes[:-1], 2 * sizes[-1]], [*reversed(sizes)]
    assert [(layer.inputs, layer.outputs) for layer in described] == [
        *itertools.pairwise(there),
        *itertools.pairwise(back),
    ]


@pytest.mark.parametrize("tied", [False, True])
def test_a_gaussian_codes_decoder_takes_the_means(tied, rng):
    network = make((5, 2), tied, width_factor=2)
    code = rng.standard_normal((4, 2)).astype(np.float32)
    weight = network.encoder[0].weight[:, :2].T if tied else network.decoder[0].weight
    np.testing.assert_allclose(network.decode(code), code @ weight, rtol=1e-5, atol=1e-6)


def test_layer_shapes_name_each_layer_and_its_activation():
    shapes = make((8, 6, 4, 2), tied=False).layer_shapes("sigmoid")
    assert [(shape.name, shape.activation) for shape in shapes] == [
        ("encoder 1", "relu"),
        ("encoder 2", "relu"),
        ("code", "linear"),
        ("decoder 1", "relu"),
        ("decoder 2", "relu"),
        ("output", "sigmoid"),
    ]


@pytest.mark.parametrize("tied", [False, True])
def test_weights_are_drawn_and_biases_are_zero(tied):
    network = make((7, 5, 3), tied)
    weights = [leaf for leaf in jax.tree.leaves(network) if leaf.ndim == 2]
    assert all(np.count_nonzero(weight) == weight.size for weight in weights)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(network) if leaf.ndim == 1)
    flat = np.concatenate([weight.ravel() for weight in weights])
    assert len(np.unique(flat)) == flat.size


def test_each_decoder_matrix_is_scaled_by_its_own_fan_in():
    # He et al., 2015: variance 2 / fan_in, and the decoder's fan-in is the encoder's fan-out.
    network = make((900, 30), tied=False)
    assert network.encoder[0].weight.std() == pytest.approx(math.sqrt(2 / 900), rel=0.03)
    assert network.decoder[0].weight.std() == pytest.approx(math.sqrt(2 / 30), rel=0.03)


@pytest.mark.parametrize("tied", [False, True])
def test_encode_and_decode_equal_numpy_float64(tied, make_network, numpy_logits, rng):
    network = make_network(tied=tied)
    rows = rng.standard_normal((6, 5)).astype(np.float32)
    code, logits = numpy_logits(jax.tree.leaves(network), rows.astype(np.float64), tied=tied)
    got = network.encode(rows)
    np.testing.assert_allclose(got, code, rtol=1e-5, atol=1e-6)
    # decode stops before the output's activation: logits, of both signs.
    np.testing.assert_allclose(network.decode(got), logits, rtol=1e-5, atol=1e-6)
    assert (logits < 0).any()
    assert (logits > 0).any()


def test_tied_network_holds_each_matrix_once():
    network = make((7, 5, 3), tied=True)
    assert [leaf.shape for leaf in jax.tree.leaves(network)] == [(7, 5), (5,), (5, 3), (3,), (5,), (7,)]


def test_tied_matrix_gradient_sums_both_uses(make_network, rng):
    tied = make_network(tied=True)
    rows = rng.random((4, 5)).astype(np.float32)

    def loss(network):
        return ((network.decode(network.encode(rows)) - rows) ** 2).sum()

    decoder = tuple(
        Dense(tied.encoder[-1 - i].weight.T.copy(), layer.bias) for i, layer in enumerate(tied.decoder)
    )
    free = type(tied)(tied.encoder, decoder, tied.activation, tied.code_activation)
    gradient = jax.jit(jax.grad(loss))
    shared, apart = gradient(tied), gradient(free)
    for i in range(2):
        both = apart.encoder[i].weight + apart.decoder[-1 - i].weight.T
        np.testing.assert_allclose(shared.encoder[i].weight, both, rtol=1e-4, atol=1e-5)
        assert np.abs(apart.decoder[-1 - i].weight).max() > 0.01


def test_a_seed_decides_every_weight():
    first, same, other = (jax.tree.leaves(make((6, 4, 2), False, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True) if a.ndim == 2)
