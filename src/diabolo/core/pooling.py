"""Pooling: the largest value of each window."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.convolution import Order

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["max_pool"]


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
