"""Convolution, transposed convolution and upsampling followed by convolution, each with its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core import convolution_on_accelerators, convolution_on_cpu
from diabolo.core.convolution_geometry import Geometry

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["Order", "convolve", "convolve_transposed", "upsample_convolve"]

Order = Literal["NHWC", "HWNC"]
"""Batch first, or pixels first."""

# A convolution is one form, linear in each of three arrays: sum over pixels o and taps t of
# large[s o + t - p] kernel[t] small[o]. Leaving one of the three out gives the three functions below, and the
# derivatives of each are the other two. So a second derivative runs as fast as a first one.


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _gather(geometry: Geometry, large: Array, kernel: Array) -> Array:
    """Return the form without ``small``: a strided convolution."""
    return lax.platform_dependent(
        large,
        kernel,
        cpu=functools.partial(convolution_on_cpu.gather, geometry),
        default=functools.partial(convolution_on_accelerators.gather, geometry),
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _spread(geometry: Geometry, small: Array, kernel: Array) -> Array:
    """Return the form without ``large``: a transposed convolution."""
    return lax.platform_dependent(
        small,
        kernel,
        cpu=functools.partial(convolution_on_cpu.spread, geometry),
        default=functools.partial(convolution_on_accelerators.spread, geometry),
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _correlate(geometry: Geometry, large: Array, small: Array) -> Array:
    """Return the form without ``kernel``: the gradient with respect to it."""
    return lax.platform_dependent(
        large,
        small,
        cpu=functools.partial(convolution_on_cpu.correlate, geometry),
        default=functools.partial(convolution_on_accelerators.correlate, geometry),
    )


_gather.defvjp(
    lambda geometry, large, kernel: (_gather(geometry, large, kernel), (large, kernel)),
    lambda geometry, kept, small: (_spread(geometry, small, kept[1]), _correlate(geometry, kept[0], small)),
)
_spread.defvjp(
    lambda geometry, small, kernel: (_spread(geometry, small, kernel), (small, kernel)),
    lambda geometry, kept, large: (_gather(geometry, large, kept[1]), _correlate(geometry, large, kept[0])),
)
_correlate.defvjp(
    lambda geometry, large, small: (_correlate(geometry, large, small), (large, small)),
    lambda geometry, kept, kernel: (_spread(geometry, kept[1], kernel), _gather(geometry, kept[0], kernel)),
)


def _size(images: Array, order: Order) -> tuple[int, ...]:
    return images.shape[1:3] if order == "NHWC" else images.shape[:2]


def _ordered(
    form: Callable[..., Array], geometry: Geometry, images: Array, kernel: Array, order: Order
) -> Array:
    if order == "HWNC":
        return form(geometry, images, kernel)
    return form(geometry, images.transpose(1, 2, 0, 3), kernel).transpose(2, 0, 1, 3)


def convolve(
    images: Float[Array, "batch height width channels"],
    kernel: Float[Array, "rows columns channels filters"],
    strides: tuple[int, int] = (1, 1),
    padding: Literal["same", "valid"] = "same",
    *,
    order: Order = "NHWC",
) -> Float[Array, "batch new_height new_width filters"]:
    """Convolve images with a kernel (unflipped, as every network library does).

    Parameters
    ----------
    images : array of shape (batch, height, width, channels)
        What is convolved.
    kernel : array of shape (rows, columns, channels, filters)
        The weights.
    strides : pair of int, default (1, 1)
        Pixels from one window to the next, down and across.
    padding : {"same", "valid"}, default "same"
        ``"same"`` pads with zeros so that the output has ceil(height / stride) rows; of an odd number of them
        the odd one is below and to the right. ``"valid"`` does not pad.
    order : {"NHWC", "HWNC"}, default "NHWC"
        Of the axes of the images, given and returned: batch first, or pixels first, which is fast on a CPU.

    Returns
    -------
    array of shape (batch, new_height, new_width, filters)

    Notes
    -----
    Differentiable any number of times in reverse, and ``jax.vmap`` works; ``jax.jvp`` does not.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> convolve(jnp.ones((2, 7, 5, 1)), jnp.ones((3, 3, 1, 4)), strides=(2, 2)).shape
    (2, 4, 3, 4)
    """
    geometry = Geometry.of_convolution(_size(images, order), kernel.shape[:2], strides, padding)
    return _ordered(_gather, geometry, images, kernel, order)


def convolve_transposed(
    images: Float[Array, "batch height width channels"],
    kernel: Float[Array, "rows columns channels filters"],
    strides: tuple[int, int] = (2, 2),
    *,
    order: Order = "NHWC",
) -> Float[Array, "batch new_height new_width filters"]:
    """Enlarge images: each pixel adds the kernel, times itself, to the output; padding is ``"same"``.

    Parameters
    ----------
    images : array of shape (batch, height, width, channels)
        What is enlarged.
    kernel : array of shape (rows, columns, channels, filters)
        The weights, applied as by :func:`convolve` to the images with zeros between their pixels, so flipped
        as seen from an input pixel.
    strides : pair of int, default (2, 2)
        How many times as high and as wide the output is.
    order : {"NHWC", "HWNC"}, default "NHWC"
        Of the axes of the images, given and returned: batch first, or pixels first, which is fast on a CPU.

    Returns
    -------
    array of shape (batch, strides[0] * height, strides[1] * width, filters)

    References
    ----------
    V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016, chapter 4.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> convolve_transposed(jnp.ones((2, 7, 5, 4)), jnp.ones((3, 3, 4, 1))).shape
    (2, 14, 10, 1)
    """
    geometry = Geometry.of_transposed(_size(images, order), kernel.shape[:2], strides)
    return _ordered(_spread, geometry, images, jnp.flip(kernel, (0, 1)).swapaxes(2, 3), order)


def upsample_convolve(
    images: Float[Array, "batch height width channels"],
    kernel: Float[Array, "rows columns channels filters"],
    factors: tuple[int, int] = (2, 2),
    *,
    order: Order = "NHWC",
) -> Float[Array, "batch new_height new_width filters"]:
    """Repeat every pixel, then convolve with padding ``"same"``, without making the repeated image.

    A block of equal pixels meets the sum of the taps that fall into it: this is the transposed convolution,
    with the factors for strides, whose kernel is the flipped kernel convolved with a block of ones. A 3x3
    kernel after doubling takes 4 products per output pixel in place of 9.

    Parameters
    ----------
    images : array of shape (batch, height, width, channels)
        What is enlarged.
    kernel : array of shape (rows, columns, channels, filters)
        The weights.
    factors : pair of int, default (2, 2)
        How often a pixel is repeated, down and across; 1 for not at all.
    order : {"NHWC", "HWNC"}, default "NHWC"
        Of the axes of the images, given and returned: batch first, or pixels first, which is fast on a CPU.

    Returns
    -------
    array of shape (batch, factors[0] * height, factors[1] * width, filters)

    References
    ----------
    A. Odena, V. Dumoulin and C. Olah, Deconvolution and checkerboard artifacts, Distill, 2016; W. Shi et al.,
    Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
    network, CVPR 2016.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> upsample_convolve(jnp.ones((2, 7, 5, 4)), jnp.ones((3, 3, 4, 1))).shape
    (2, 14, 10, 1)
    """
    geometry = Geometry.of_upsampling(_size(images, order), kernel.shape[:2], factors)
    blocks = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    for axis, factor in enumerate(factors):
        shifted = (
            jnp.pad(blocks, [(shift, factor - 1 - shift) if a == axis else (0, 0) for a in range(4)])
            for shift in range(factor)
        )
        blocks = functools.reduce(jnp.add, shifted)
    return _ordered(_spread, geometry, images, blocks, order)
