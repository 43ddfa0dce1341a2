"""Convolutions against XLA's own, which JAX differentiates itself."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from diabolo.core import convolution, convolution_on_cpu
from diabolo.core.convolution import convolve, convolve_transposed, max_pool, upsample_convolve
from diabolo.core.convolution_geometry import Geometry
from diabolo.core.layers import activate
from diabolo.core.precision import multiplied_in

NHWC = ("NHWC", "HWIO", "NHWC")


def plain_convolve(images, kernel, strides, padding):
    return lax.conv_general_dilated(images, kernel, strides, padding.upper(), dimension_numbers=NHWC)


def plain_transposed(images, kernel, strides):
    return lax.conv_transpose(images, kernel, strides, "SAME")


def plain_upsample(images, kernel, factors):
    repeated = jnp.repeat(jnp.repeat(images, factors[0], 1), factors[1], 2)
    return plain_convolve(repeated, kernel, (1, 1), "same")


FORMS = {
    "same": (
        functools.partial(convolve, padding="same"),
        functools.partial(plain_convolve, padding="same"),
    ),
    "valid": (
        functools.partial(convolve, padding="valid"),
        functools.partial(plain_convolve, padding="valid"),
    ),
    "transposed": (convolve_transposed, plain_transposed),
    "upsample": (upsample_convolve, plain_upsample),
}
SHAPES = [  # height, width, taps, strides, channels
    ((7, 5), (3, 3), (1, 1), (3, 20)),
    ((6, 4), (3, 3), (2, 2), (1, 5)),
    ((4, 6), (4, 2), (2, 3), (17, 1)),
    ((1, 5), (1, 3), (1, 2), (2, 2)),
    ((5, 1), (2, 1), (3, 1), (20, 18)),
    ((10, 9), (9, 8), (1, 1), (1, 1)),
    ((4, 4), (3, 3), (2, 2), (2, 17)),
]


def numbers(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def close(got, expected):
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * (1 + np.abs(b).max(initial=0)))


@functools.partial(jax.jit, static_argnums=(0, 1))
def value_and_gradients(function, strides, images, kernel):
    value, pull = jax.vjp(lambda images, kernel: function(images, kernel, strides), images, kernel)
    # A cotangent that differs from pixel to pixel.
    return value, pull(jnp.sin(jnp.arange(value.size, dtype=value.dtype)).reshape(value.shape))


def check(name, size, taps, strides, channels, batch=2):
    ours, plain = FORMS[name]
    rng = np.random.default_rng(5)
    if name == "valid":
        size = [pixels + length - 1 for pixels, length in zip(size, taps, strict=True)]
    images, kernel = numbers(rng, batch, *size, channels[0]), numbers(rng, *taps, *channels)
    close(
        value_and_gradients(ours, strides, images, kernel),
        value_and_gradients(plain, strides, images, kernel),
    )


@pytest.mark.parametrize("name", sorted(FORMS))
@pytest.mark.parametrize(("size", "taps", "strides", "channels"), SHAPES)
def test_values_and_gradients_are_the_plain_operations(name, size, taps, strides, channels):
    check(name, size, taps, strides, channels)


@settings(max_examples=10)
@given(
    name=st.sampled_from(sorted(FORMS)),
    size=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    taps=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.tuples(st.sampled_from([1, 2, 18]), st.sampled_from([1, 3, 19])),
    batch=st.integers(1, 3),
)
def test_any_shape_is_right(name, size, taps, strides, channels, batch):
    check(name, size, taps, strides, channels, batch)


def test_pixels_first_is_the_same_with_its_axes_in_another_order(rng):
    images, kernel = numbers(rng, 3, 6, 4, 2), numbers(rng, 3, 3, 2, 5)
    for function in (convolve, convolve_transposed, upsample_convolve):
        got = function(images.transpose(1, 2, 0, 3), kernel, (2, 2), order="HWNC")
        np.testing.assert_array_equal(got.transpose(2, 0, 1, 3), function(images, kernel, (2, 2)))


def test_a_large_batch_is_summed_row_by_row_to_the_same_gradient(rng):
    # Above the size that is taken at once, 2**19 bytes.
    check("same", (8, 8), (3, 3), (1, 1), (2, 20), batch=110)


def test_loops_and_first_layers_are_right(rng):
    images, kernel = numbers(rng, 2, 6, 6, 1), numbers(rng, 3, 3, 1, 18)

    def descend(function):
        def body(_, kernel):
            return kernel - 0.01 * jax.grad(lambda k: jnp.sum(function(images, k) ** 2))(kernel)

        return jax.jit(lambda kernel: lax.fori_loop(0, 3, body, kernel))(kernel)

    close(descend(lambda x, k: convolve(x, k)), descend(lambda x, k: plain_convolve(x, k, (1, 1), "same")))


@pytest.mark.parametrize("name", ["same", "transposed", "upsample"])
def test_a_penalty_on_products_with_the_jacobian_has_a_gradient(name, rng):
    # As a contractive penalty: products taken by vmap over vjp, then differentiated again.
    images, kernel = numbers(rng, 2, 4, 4, 2), numbers(rng, 3, 3, 2, 3)

    def penalty(function, images, kernel):
        value, pull = jax.vjp(lambda images: jnp.tanh(function(images, kernel, (2, 2))), images)
        directions = jnp.sin(jnp.arange(3 * value.size, dtype=value.dtype)).reshape(3, *value.shape)
        (products,) = jax.vmap(pull)(directions)
        return jnp.sum(products**2)

    ours, plain = (
        jax.jit(jax.grad(functools.partial(penalty, function), (0, 1)))(images, kernel)
        for function in FORMS[name]
    )
    close(ours, plain)


def test_vmap_over_images_and_over_kernels(rng):
    images, kernels = numbers(rng, 3, 2, 5, 5, 2), numbers(rng, 3, 3, 3, 2, 4)
    for ours, plain in FORMS.values():
        got = jax.jit(jax.vmap(lambda x, k, f=ours: f(x, k, (2, 2))))(images, kernels)
        close(got, jnp.stack([plain(x, k, (2, 2)) for x, k in zip(images, kernels, strict=True)]))


def test_float64_keeps_its_precision(rng):
    with jax.enable_x64(True):
        images = jnp.asarray(rng.standard_normal((2, 5, 5, 3)))
        kernel = jnp.asarray(rng.standard_normal((3, 3, 3, 20)))
        for ours, plain in FORMS.values():
            got = jax.jit(lambda x, k, f=ours: f(x, k, (2, 2)))(images, kernel)
            np.testing.assert_allclose(got, plain(images, kernel, (2, 2)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry.of_convolution((7, 6), (3, 4), (2, 1), "same"),
        Geometry.of_convolution((7, 6), (3, 2), (3, 2), "valid"),
        Geometry.of_transposed((3, 2), (2, 5), (3, 2)),
        Geometry.of_upsampling((3, 4), (3, 2), (2, 3)),
    ],
)
def test_both_kinds_of_device_compute_the_same_three_sums(geometry, rng):
    large = numbers(rng, geometry.rows.large, geometry.columns.large, 2, 3)
    small = numbers(rng, geometry.rows.small, geometry.columns.small, 2, 18)
    kernel = numbers(rng, geometry.rows.taps, geometry.columns.taps, 3, 18)
    for name, operands in {
        "gather": (large, kernel),
        "spread": (small, kernel),
        "correlate": (large, small),
    }.items():
        got, expected = (
            jax.jit(functools.partial(form, geometry))(*operands)
            for form in (getattr(convolution_on_cpu, name), getattr(convolution, f"_{name}_by_xla"))
        )
        close(got, expected)


def test_the_unused_gradient_of_a_first_layer_is_not_computed(rng):
    images, kernel = numbers(rng, 4, 9, 8, 2), numbers(rng, 3, 3, 2, 20)

    def loss(kernel, images):
        return jnp.sum(convolve(images, kernel, order="HWNC") ** 2)

    def convolutions(arguments):
        program = jax.jit(jax.grad(loss, arguments)).lower(kernel, images).compile().as_text()
        return program.count(" convolution(")

    assert convolutions(0) == 2
    assert convolutions((0, 1)) == 3


def plain_pool(images, window):
    shape = (1, *window, 1)
    return lax.reduce_window(images, -jnp.inf, lax.max, shape, shape, "SAME")


@settings(max_examples=8)
@given(
    size=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    window=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.integers(1, 3),
)
def test_values_and_gradients_are_xlas_without_ties(size, window, channels):
    shape = (2, *size, channels)
    images = np.random.default_rng(5).permutation(np.prod(shape)).reshape(shape).astype(np.float32)

    @functools.partial(jax.jit, static_argnums=0)
    def both(function, images):
        value, pull = jax.vjp(lambda images: function(images, window), images)
        return value, pull(1 + jnp.arange(value.size, dtype=value.dtype).reshape(value.shape))[0]

    for got, expected in zip(both(max_pool, images), both(plain_pool, images), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_tie_gives_the_whole_gradient_to_its_first_pixel():
    gradient = jax.grad(lambda images: max_pool(images).sum())(jnp.zeros((2, 4, 4, 3)))
    expected = np.zeros((2, 4, 4, 3), np.float32)
    expected[:, ::2, ::2] = 1
    np.testing.assert_array_equal(gradient, expected)


def test_padding_never_wins():
    images = jnp.full((1, 3, 3, 1), -5.0)
    np.testing.assert_array_equal(max_pool(images), np.full((1, 2, 2, 1), -5.0))
    assert float(jax.grad(lambda images: max_pool(images).sum())(images).sum()) == 4


def test_pooled_pixels_first_is_the_same_with_its_axes_in_another_order(rng):
    images = rng.standard_normal((3, 5, 4, 2)).astype(np.float32)
    got = max_pool(images.transpose(1, 2, 0, 3), order="HWNC")
    np.testing.assert_array_equal(got.transpose(2, 0, 1, 3), max_pool(images))


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus"])
def test_bias_and_a_rising_activation_may_follow_the_pool(activation, rng):
    images, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((2, 4, 4, 3), (3,)))
    after = activate(activation, max_pool(images) + bias)
    # Some XLA rounds softplus by where in memory a number lies.
    np.testing.assert_array_max_ulp(after, max_pool(activate(activation, images + bias)), 1)


def test_vmap_and_the_second_derivative(rng):
    images = rng.standard_normal((3, 2, 4, 4, 2)).astype(np.float32)
    np.testing.assert_array_equal(jax.vmap(max_pool)(images), jnp.stack([*map(max_pool, images)]))

    def penalty(pool, images):
        value, pull = jax.vjp(lambda images: pool(images, (2, 2)) ** 2, images)
        (products,) = jax.vmap(pull)(jnp.ones((1, *value.shape)))
        return jnp.sum(products**2)

    # Each largest value m has the product 2 m, whose square has the derivative 8 m.
    is_largest = jnp.repeat(jnp.repeat(max_pool(images[0]), 2, 1), 2, 2) == images[0]
    got = jax.grad(lambda images: penalty(max_pool, images))(images[0])
    np.testing.assert_allclose(got, jnp.where(is_largest, 8 * images[0], 0), rtol=1e-6)


def lowered(precision, platform):
    """The code of a loss of two layers, there and back, and of its derivatives."""

    def loss(images, kernel):
        small = convolve(images, kernel, (2, 2), "same")
        return jnp.sum(convolve_transposed(small, jnp.swapaxes(kernel, 2, 3), (2, 2)) ** 2)

    shapes = (jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((4, 8, 8, 1), (3, 3, 1, 5)))
    with multiplied_in(precision):
        traced = jax.jit(jax.grad(loss, argnums=(0, 1))).trace(*shapes)
    text = traced.lower(lowering_platforms=(platform,)).as_text()
    return [line for line in text.splitlines() if "stablehlo." in line]


@pytest.mark.parametrize("platform", ["cuda", "rocm", "tpu"])
@pytest.mark.parametrize(
    ("precision", "written"), [(None, "precision HIGHEST"), ("high", "precision HIGH>"), ("fast", "DEFAULT")]
)
def test_other_devices_take_the_plain_path(platform, precision, written):
    lines = lowered(precision, platform)
    convolutions = [line for line in lines if "stablehlo.convolution" in line]
    # Two layers, and the derivatives of each by what it is given and by its kernel.
    assert len(convolutions) == 6
    assert all(line.count(written) == 2 for line in convolutions)
    # The path of the processor has products of matrices, of one channel.
    assert not [line for line in lines if "dot_general" in line]


def test_the_processor_takes_its_own_path():
    assert [line for line in lowered(None, "cpu") if "dot_general" in line]


def test_any_number_of_images_may_be_traced():
    """XLA's own operation takes a batch whose size is a symbol, and gives what the CPU's forms give."""
    from jax import export

    from diabolo.core.convolution import of_any_batch

    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(3, 3, 2, 2)), jnp.float32)

    def through(images):
        return convolve_transposed(convolve(images, kernel, (2, 2)), kernel)

    def traced(images):
        with of_any_batch():
            return through(images)

    shape = export.symbolic_shape("n, 7, 5, 2")
    program = export.export(jax.jit(traced))(jax.ShapeDtypeStruct(shape, jnp.float32))
    images = np.random.default_rng(1).normal(size=(4, 7, 5, 2)).astype(np.float32)
    np.testing.assert_allclose(program.call(images), through(images), atol=1e-5)
