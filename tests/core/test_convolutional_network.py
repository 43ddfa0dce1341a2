import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from diabolo.core.convolutional_network import (
    convolutional_network,
    downsampled_sizes,
)
from diabolo.core.layers import activate

WAYS = list(itertools.product(("maxpool", "stride"), ("nearest", "transposed")))
EACH_WAY = pytest.mark.parametrize(("downsample", "upsample"), WAYS, ids=lambda word: word)


def words(downsample="maxpool", upsample="nearest", **changes):
    return {
        "kernel_size": (3, 3),
        "n_components": None,
        "downsample": downsample,
        "upsample": upsample,
        "activation": "relu",
        "code_activation": "relu",
        **changes,
    }


def make(image_shape, filters, *way, **changes):
    """A network whose biases are not zero, or a forgotten one would not be seen."""
    random = np.random.default_rng(3)
    network = convolutional_network(
        image_shape, filters, **words(*way, **changes), initializer="glorot_uniform", random=random
    )
    return jax.tree.map(lambda leaf: leaf + 0.1 * random.standard_normal(leaf.shape, np.float32), network)


def count(network):
    return sum(leaf.size for leaf in jax.tree.leaves(network))


# Shapes and counts


# 9 x in x out + out for each 3 x 3 kernel: 160 + 1160 + 584 + 1168 + 145, and 320 + 3 x 9248 + 289.
@pytest.mark.parametrize(
    ("filters", "way", "expected"),
    [((16, 8), ("stride", "transposed"), 3217), ((32, 32), ("maxpool", "nearest"), 28353)],
)
def test_well_known_networks_have_as_many_parameters_as_elsewhere(filters, way, expected):
    network = make((28, 28, 1), filters, *way)
    assert count(network) == expected
    assert sum(shape.n_parameters for shape in network.layer_shapes("sigmoid")) == expected


@settings(max_examples=30)
@given(height=st.integers(1, 40), width=st.integers(1, 40), depth=st.integers(1, 6))
def test_sizes_are_halved_and_rounded_up(height, width, depth):
    sizes = downsampled_sizes((height, width, 3), depth)
    assert sizes[0] == (height, width)
    assert len(sizes) == depth + 1
    for (before, below), (after, beneath) in itertools.pairwise(sizes):
        assert (after, beneath) == ((before + 1) // 2, (below + 1) // 2)


@EACH_WAY
@pytest.mark.parametrize("n_components", [None, 4])
@pytest.mark.parametrize("image_shape", [(8, 8, 1), (7, 5, 3), (1, 1, 2), (1, 6, 1)], ids=str)
def test_images_of_any_size_come_back_in_their_own(image_shape, n_components, downsample, upsample):
    network = make(image_shape, (4, 2), downsample, upsample, n_components=n_components)
    height, width, channels = image_shape
    # The shapes alone: nothing is computed.
    rows = jax.ShapeDtypeStruct((3, height * width * channels), np.float32)
    code = jax.eval_shape(network.encode, rows)
    maps = ((height + 3) // 4) * ((width + 3) // 4) * 2
    assert code.shape == (3, n_components or maps)
    assert jax.eval_shape(network.decode, code).shape == rows.shape


@EACH_WAY
@pytest.mark.parametrize("n_components", [None, 4])
@pytest.mark.parametrize("factor", [1, 2])
def test_shape_only_network_has_the_structure_and_shapes_of_the_real_one(
    factor, n_components, downsample, upsample
):
    options = {"n_components": n_components, "width_factor": factor}
    real = make((7, 5, 3), (4, 2), downsample, upsample, **options)
    drawn = {"initializer": "glorot_uniform", "random": None}
    shape = convolutional_network((7, 5, 3), (4, 2), **drawn, **words(downsample, upsample, **options))
    assert jax.tree.structure(real) == jax.tree.structure(shape)
    for array, description in zip(jax.tree.leaves(real), jax.tree.leaves(shape), strict=True):
        assert (array.shape, array.dtype) == (description.shape, description.dtype)
    assert real.layer_shapes("tanh") == shape.layer_shapes("tanh")
    assert (real.widest, real.n_products) == (shape.widest, shape.n_products)


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("n_components", [None, 4])
def test_layer_shapes_count_every_number_once(n_components, factor):
    network = make((7, 5, 3), (4, 2), n_components=n_components, width_factor=factor)
    assert sum(shape.n_parameters for shape in network.layer_shapes("sigmoid")) == count(network)


def test_layer_shapes_tell_sizes_names_and_activations():
    changes = {"code_activation": "linear"}
    maps = make((28, 28, 1), (16, 8), "stride", "transposed", **changes).layer_shapes("sigmoid")
    assert [(shape.name, shape.inputs, shape.outputs, shape.activation) for shape in maps] == [
        ("encoder 1", "28x28x1", "14x14x16", "relu"),
        ("code", "14x14x16", "7x7x8", "linear"),
        ("decoder 1", "7x7x8", "14x14x8", "relu"),
        ("decoder 2", "14x14x8", "28x28x16", "relu"),
        ("output", "28x28x16", "28x28x1", "sigmoid"),
    ]
    dense = make((7, 5, 3), (4, 2), n_components=6, **changes).layer_shapes("sigmoid")
    assert [(shape.name, shape.inputs, shape.outputs, shape.activation) for shape in dense] == [
        ("encoder 1", "7x5x3", "4x3x4", "relu"),
        ("encoder 2", "4x3x4", "2x2x2", "relu"),
        ("code", "2x2x2", "6", "linear"),
        ("expansion", "6", "2x2x2", "relu"),
        ("decoder 1", "2x2x2", "4x3x2", "relu"),
        ("decoder 2", "4x3x2", "7x5x4", "relu"),
        ("output", "7x5x4", "7x5x3", "sigmoid"),
    ]


def test_products_are_cells_of_the_output_times_numbers_of_the_kernel():
    # Pooling convolves at full size; every doubled image is convolved after the doubling.
    network = make((8, 8, 1), (4, 2))
    expected = 64 * 9 * 4 + 16 * 36 * 2 + 4 * 18 * 2 + 16 * 18 * 4 + 64 * 36
    assert make((8, 8, 1), (4, 2), "maxpool", "transposed").n_products == expected
    strided = 16 * 9 * 4 + 4 * 36 * 2 + 4 * 18 * 2 + 16 * 18 * 4 + 64 * 36
    assert make((8, 8, 1), (4, 2), "stride", "transposed").n_products == strided
    assert network.widest == 64 * 4


# Against convolutions written out with lax

_encode = jax.jit(lambda network, rows: network.encode(rows))
_decode = jax.jit(lambda network, code: network.decode(code))


def convolved(images, kernel, strides=(1, 1)):
    return lax.conv_general_dilated(
        images,
        jnp.asarray(kernel.weight),
        strides,
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=lax.Precision.HIGHEST,
    ) + jnp.asarray(kernel.bias)


def pooled(images):
    sides = tuple(2 if side > 1 else 1 for side in images.shape[1:3])
    return lax.reduce_window(images, -jnp.inf, lax.max, (1, *sides, 1), (1, *sides, 1), "SAME")


def encoded(network, rows, activations):
    """Convolve, activate, then pool, or convolve with a stride and activate."""
    images = jnp.asarray(rows).reshape(len(rows), *network.image_shape)
    for kernel, activation in zip(network.encoder, activations, strict=True):
        if network.downsample == "maxpool":
            images = pooled(activate(activation, convolved(images, kernel)))
        else:
            strides = tuple(2 if side > 1 else 1 for side in images.shape[1:3])
            images = activate(activation, convolved(images, kernel, strides))
    return images


def decoded(network, maps):
    """Convolve and activate; before each further kernel repeat, and crop what it gives."""
    sizes = downsampled_sizes(network.image_shape, len(network.encoder))
    images = activate(network.activation, convolved(maps, network.decoder[0]))
    for kernel, size in zip((*network.decoder[1:], network.output), reversed(sizes[:-1]), strict=True):
        for axis, side in ((1, size[0]), (2, size[1])):
            images = jnp.repeat(images, 2 if side > 1 else 1, axis)
        images = convolved(images, kernel)[:, : size[0], : size[1]]
        if kernel is not network.output:
            images = activate(network.activation, images)
    return images


# Compiled whole: one by one, the operations would take longer to compile.
encoded = jax.jit(encoded, static_argnums=2)
decoded = jax.jit(decoded)


@pytest.fixture
def rows(rng):
    return rng.standard_normal((3, 7 * 5 * 2)).astype(np.float32)


# gelu falls before it rises, so that pooling may not go before it.
@pytest.mark.parametrize(
    "activation", ["linear", "relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid", "softplus"]
)
def test_pooling_gives_the_largest_activation_of_a_window(activation, rows):
    network = make((7, 5, 2), (4, 3), activation=activation, code_activation=activation)
    got = _encode(network, rows)
    expected = encoded(network, rows, (activation, activation))
    assert expected.shape == (3, 2, 2, 3)
    np.testing.assert_allclose(got, expected.reshape(3, -1), rtol=1e-4, atol=1e-5)


def test_pooling_before_gelu_would_be_seen(rows):
    network = make((7, 5, 2), (4,), code_activation="gelu")
    images = jnp.asarray(rows).reshape(3, 7, 5, 2)
    wrong = jax.jit(lambda kernel: activate("gelu", pooled(convolved(images, kernel))))(network.encoder[0])
    right = encoded(network, rows, ("gelu",))
    assert np.abs(np.asarray(wrong - right)).max() > 0.01


def test_a_stride_convolves_every_other_cell(rows):
    network = make((7, 5, 2), (4, 3), "stride", code_activation="tanh")
    expected = encoded(network, rows, ("relu", "tanh"))
    np.testing.assert_allclose(_encode(network, rows), expected.reshape(3, -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("image_shape", [(8, 8, 1), (7, 5, 2), (1, 6, 1), (1, 1, 3)], ids=str)
def test_nearest_doubles_each_cell_and_crops(image_shape, rng):
    network = make(image_shape, (4, 3))
    maps = rng.standard_normal((3, *downsampled_sizes(image_shape, 2)[-1], 3)).astype(np.float32)
    expected = decoded(network, jnp.asarray(maps))
    assert expected.shape == (3, *image_shape)
    got = _decode(network, maps.reshape(3, -1))
    np.testing.assert_allclose(got, expected.reshape(3, -1), rtol=1e-4, atol=1e-5)


def test_a_dense_code_lies_between_flat_maps(rows):
    network = make((7, 5, 2), (4, 3), n_components=6, code_activation="tanh")
    flat = np.asarray(encoded(network, rows, ("relu", "relu")), np.float64).reshape(3, -1)
    code = np.tanh(flat @ network.code.weight + network.code.bias)
    np.testing.assert_allclose(_encode(network, rows), code, rtol=1e-4, atol=1e-5)
    expanded = np.maximum(code @ network.expansion.weight + network.expansion.bias, 0)
    expected = decoded(network, jnp.asarray(expanded, jnp.float32).reshape(3, 2, 2, 3))
    got = _decode(network, code.astype(np.float32))
    np.testing.assert_allclose(got, expected.reshape(3, -1), rtol=1e-4, atol=1e-5)


# The Gaussian bottleneck's two numbers for each of the code's


def test_means_come_first_and_log_variances_after_them(rows):
    network = make((7, 5, 2), (4, 3), code_activation="linear", width_factor=2)
    maps = np.asarray(encoded(network, rows, ("relu", "linear")))
    assert maps.shape == (3, 2, 2, 6)
    both = np.concatenate([maps[..., :3].reshape(3, -1), maps[..., 3:].reshape(3, -1)], axis=1)
    got = np.asarray(_encode(network, rows))
    np.testing.assert_allclose(got, both, rtol=1e-4, atol=1e-5)
    # The decoder takes the means alone.
    assert jax.eval_shape(network.decode, got[:, :12]).shape == rows.shape


def test_a_dense_code_has_twice_the_width_and_its_expansion_once():
    network = make((7, 5, 2), (4, 3), n_components=6, width_factor=2)
    assert network.code.weight.shape == (12, 12)
    assert network.expansion.weight.shape == (6, 12)
    assert [kernel.weight.shape[3] for kernel in network.encoder] == [4, 3]
