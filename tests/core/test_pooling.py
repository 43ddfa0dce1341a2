import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from diabolo.core.activations import activate
from diabolo.core.pooling import max_pool


def plain_pool(images, window):
    shape = (1, *window, 1)
    return lax.reduce_window(images, -jnp.inf, lax.max, shape, shape, "SAME")


@settings(deadline=None, max_examples=8)
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


def test_pixels_first_is_the_same_with_its_axes_in_another_order(rng):
    images = rng.standard_normal((3, 5, 4, 2)).astype(np.float32)
    got = max_pool(images.transpose(1, 2, 0, 3), order="HWNC")
    np.testing.assert_array_equal(got.transpose(2, 0, 1, 3), max_pool(images))


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus"])
def test_bias_and_a_rising_activation_may_follow_the_pool(activation, rng):
    images, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((2, 4, 4, 3), (3,)))
    after = activate(activation, max_pool(images) + bias)
    np.testing.assert_array_equal(after, max_pool(activate(activation, images + bias)))


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
