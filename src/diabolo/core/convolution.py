import jax.numpy as jnp
from jax import lax

D = ("NHWC", "HWIO", "NHWC")


def convolve(images, kernel, strides=(1, 1), padding="same"):
    return lax.conv_general_dilated(images, kernel, strides, padding.upper(), dimension_numbers=D)


def convolve_transposed(images, kernel, strides=(2, 2)):
    return lax.conv_transpose(images, kernel, strides, "SAME", dimension_numbers=D)


def upsample_convolve(images, kernel, factors=(2, 2)):
    return convolve(jnp.repeat(jnp.repeat(images, factors[0], 1), factors[1], 2), kernel)


def max_pool(images, window=(2, 2)):
    return lax.reduce_window(images, -jnp.inf, lax.max, (1, *window, 1), (1, *window, 1), "SAME")
