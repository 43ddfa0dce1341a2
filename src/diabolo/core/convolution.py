"""Convolution, transposed convolution, upsampling followed by convolution, pooling; each with derivatives."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core import convolution_on_cpu
from diabolo.core.convolution_geometry import Geometry

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float


__all__ = [
    "Order",
    "convolve",
    "convolve_transposed",
    "max_pool",
    "of_any_batch",
    "transposed_form",
    "upsample_convolve",
    "upsampling_form",
]


Order = Literal["NHWC", "HWNC"]
"""Batch first, or pixels first."""

_of_any_batch = contextvars.ContextVar("of any batch", default=False)


@contextlib.contextmanager
def of_any_batch() -> Iterator[None]:
    """Have convolutions be traced for a number of images that is a symbol, by XLA's own operation.

    What a CPU computes fast takes the batch for one more axis of the image, and pads it by its size.
    """
    token = _of_any_batch.set(True)
    try:
        yield
    finally:
        _of_any_batch.reset(token)


# Where a library of kernels stands behind XLA's own operation, that operation is right.


def _gather_by_xla(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch filters"]:
    """Convolve, with strides."""
    return lax.conv_general_dilated(
        large,
        kernel,
        [axis.stride for axis in geometry],
        [(axis.before, axis.after) for axis in geometry],
        dimension_numbers=("HWNC", "HWIO", "HWNC"),
    )


def _spread_by_xla(
    geometry: Geometry,
    small: Float[Array, "height width batch filters"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch channels"]:
    """Convolve transposed: what :func:`_gather_by_xla` reads with a weight is written with it."""
    return lax.conv_general_dilated(
        small,
        jnp.flip(kernel, (0, 1)),
        (1, 1),
        [
            (axis.taps - 1 - axis.before, axis.large - 1 - (axis.small - 1) * axis.stride + axis.before)
            for axis in geometry
        ],
        lhs_dilation=[axis.stride for axis in geometry],
        dimension_numbers=("HWNC", "HWOI", "HWNC"),
    )


def _correlate_by_xla(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    small: Float[Array, "new_height new_width batch filters"],
) -> Float[Array, "rows columns channels filters"]:
    """Sum, over all pixels, the products that meet at a tap of the kernel."""
    return lax.conv_general_dilated(
        large,
        small,
        (1, 1),
        [(axis.before, axis.after) for axis in geometry],
        rhs_dilation=[axis.stride for axis in geometry],
        dimension_numbers=("HWCN", "HWIO", "HWNC"),
    )


def _form(on_cpu: Callable[..., Array], elsewhere: Callable[..., Array]) -> Any:
    """Make a form of two arrays of what a CPU computes fast, and of what other devices do."""

    @functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
    def form(geometry: Geometry, first: Array, second: Array) -> Array:
        if _of_any_batch.get():
            return elsewhere(geometry, first, second)
        return lax.platform_dependent(
            first,
            second,
            cpu=functools.partial(on_cpu, geometry),
            default=functools.partial(elsewhere, geometry),
        )

    return form


# A convolution is one form, linear in each of three arrays: sum over pixels o and taps t of
# large[s o + t - p] kernel[t] small[o]. Leaving one of the three out gives the three functions below, and the
# derivatives of each are the other two. So a second derivative runs as fast as a first one. Without ``small``
# it is a strided convolution, without ``large`` a transposed one, without ``kernel`` the kernel's gradient.
_gather = _form(convolution_on_cpu.gather, _gather_by_xla)
_spread = _form(convolution_on_cpu.spread, _spread_by_xla)
_correlate = _form(convolution_on_cpu.correlate, _correlate_by_xla)

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
    geometry, blocks = transposed_form(_size(images, order), kernel, strides)
    return _ordered(_spread, geometry, images, blocks, order)


def transposed_form(
    size: tuple[int, ...], kernel: Float[Array, "rows columns channels filters"], strides: tuple[int, int]
) -> tuple[Geometry, Float[Array, "rows columns filters channels"]]:
    """Say what a pixel adds to which pixels of the output in :func:`convolve_transposed`.

    Parameters
    ----------
    size : tuple of (height, width)
        Of what is enlarged.
    kernel : array of shape (rows, columns, channels, filters)
        The weights.
    strides : pair of int
        How many times as high and as wide the output is.

    Returns
    -------
    geometry : Geometry
        Which pixel meets which tap, the output being the large image.
    blocks : array of shape (rows, columns, filters, channels)
        What a pixel adds at each tap.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> geometry, blocks = transposed_form((7, 5), jnp.ones((3, 3, 4, 1)), (2, 2))
    >>> geometry.rows.large, blocks.shape
    (14, (3, 3, 1, 4))
    """
    geometry = Geometry.of_transposed(size, kernel.shape[:2], strides)
    return geometry, jnp.flip(kernel, (0, 1)).swapaxes(2, 3)


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
    geometry, blocks = upsampling_form(_size(images, order), kernel, factors)
    return _ordered(_spread, geometry, images, blocks, order)


def upsampling_form(
    size: tuple[int, ...], kernel: Float[Array, "rows columns channels filters"], factors: tuple[int, int]
) -> tuple[Geometry, Float[Array, "new_rows new_columns filters channels"]]:
    """Say what a pixel adds to which pixels of the output in :func:`upsample_convolve`.

    Parameters
    ----------
    size : tuple of (height, width)
        Of what is enlarged.
    kernel : array of shape (rows, columns, channels, filters)
        The weights.
    factors : pair of int
        How often a pixel is repeated, down and across.

    Returns
    -------
    geometry : Geometry
        Which pixel meets which tap, the output being the large image.
    blocks : array of shape (rows + factors[0] - 1, columns + factors[1] - 1, filters, channels)
        What a pixel adds at each tap.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> geometry, blocks = upsampling_form((7, 5), jnp.ones((3, 3, 4, 1)), (2, 2))
    >>> geometry.rows.large, blocks.shape
    (14, (4, 4, 1, 4))
    """
    geometry = Geometry.of_upsampling(size, kernel.shape[:2], factors)
    blocks = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    for axis, factor in enumerate(factors):
        shifted = (
            jnp.pad(blocks, [(shift, factor - 1 - shift) if a == axis else (0, 0) for a in range(4)])
            for shift in range(factor)
        )
        blocks = functools.reduce(jnp.add, shifted)
    return geometry, blocks


def max_pool(
    images: Float[Array, "batch height width channels"],
    window: tuple[int, int] = (2, 2),
    *,
    order: Order = "NHWC",
) -> Float[Array, "batch new_height new_width channels"]:
    """Keep the largest value of each window of pixels; windows lie side by side.

    The output has ceil(height / window) rows: where the window does not divide the height, the first and the
    last windows are cut, as by padding ``"same"`` with minus infinity.

    The gradient goes to one pixel per window, the first of the largest from left to right and down; so a tie
    neither doubles a gradient nor loses it. Adding a number per channel and any activation that does not
    decrease may come before or after: after, there are fewer values to do it for.

    Parameters
    ----------
    images : array of shape (batch, height, width, channels)
        What is pooled.
    window : pair of int, default (2, 2)
        Pixels of a window, down and across.
    order : {"NHWC", "HWNC"}, default "NHWC"
        Of the axes of the images, given and returned: batch first, or pixels first, which is fast on a CPU.

    Returns
    -------
    array of shape (batch, new_height, new_width, channels)

    Notes
    -----
    Differentiable any number of times in reverse, and ``jax.vmap`` works; ``jax.jvp`` does not.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> image = jnp.array([[1.0, 2.0], [2.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> max_pool(image).ravel().tolist()
    [2.0]
    >>> jax.grad(lambda image: max_pool(image).sum())(image).ravel().tolist()
    [0.0, 1.0, 0.0, 0.0]
    """
    if window == (1, 1):
        return images
    if order == "NHWC":
        return max_pool(images.transpose(1, 2, 0, 3), window, order="HWNC").transpose(2, 0, 1, 3)
    padding = [_same_padding(size, side) for size, side in zip(images.shape[:2], window, strict=True)]
    if any(padding[0] + padding[1]):
        amounts = [*[(*amounts, 0) for amounts in padding], (0, 0, 0), (0, 0, 0)]
        images = lax.pad(images, jnp.array(-jnp.inf, images.dtype), amounts)
    return _max_pool(window, images)


def _same_padding(size: int, side: int) -> tuple[int, int]:
    total = -size % side
    return total // 2, total - total // 2


def _places(window: tuple[int, int], images: Array) -> list[Array]:
    """List the images of each place within a window."""
    height, width = window
    rows, columns, *rest = images.shape
    windows = images.reshape(rows // height, height, columns // width, width, *rest)
    return [windows[:, i, :, j] for i, j in itertools.product(range(height), range(width))]


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _max_pool(window: tuple[int, int], images: Array) -> Array:
    return functools.reduce(jnp.maximum, _places(window, images))


def _max_pool_forward(window: tuple[int, int], images: Array) -> tuple[Array, Array]:
    places = _places(window, images)
    largest = functools.reduce(jnp.maximum, places)
    # The place of the first of the largest is kept in a byte: the images are not needed again.
    winner = jnp.full(largest.shape, len(places) - 1, jnp.uint8 if len(places) <= 256 else jnp.int32)
    for place in reversed(range(len(places) - 1)):
        winner = jnp.where(places[place] == largest, jnp.array(place, winner.dtype), winner)
    return largest, winner


def _max_pool_backward(window: tuple[int, int], winner: Array, gradient: Array) -> tuple[Any]:
    height, width = window
    rows, columns, *rest = gradient.shape
    place = jnp.arange(height * width, dtype=winner.dtype).reshape(height, 1, width, 1, 1)
    spread = jnp.where(
        winner[:, None, :, None] == place, gradient[:, None, :, None], jnp.zeros((), gradient.dtype)
    )
    return (spread.reshape(rows * height, columns * width, *rest),)


_max_pool.defvjp(_max_pool_forward, _max_pool_backward)
