"""Whether rows are images, and of which height, width and channels."""

from __future__ import annotations

import math
from typing import Literal

from diabolo.errors import ParameterError
from diabolo.messages import setting

__all__ = ["drawn_shape"]

_SMALLEST_IMAGE = 16  # pixels; a row of fewer is not taken for an image by itself


def drawn_shape(
    row_shape: tuple[int, ...], image_shape: tuple[int, ...] | Literal[False] | None
) -> tuple[int, int, int] | None:
    """Decide whether rows are images, and of which height, width and channels.

    Parameters
    ----------
    row_shape : tuple of int
        Of one row: (features,), (height, width) or (height, width, channels).
    image_shape : (height, width) or (height, width, channels), or False, or None
        What was asked for: such images, none, or whatever the rows look like.

    Returns
    -------
    (height, width, channels) or None
        None for rows that are no images: those that are flat are images where the number of their features
        is a square of at least 16.

    Raises
    ------
    ParameterError
        `image_shape` does not fit the rows, or they have other than 1 or 3 channels.

    Examples
    --------
    >>> drawn_shape((64,), None), drawn_shape((64,), False), drawn_shape((65,), None)
    ((8, 8, 1), None, None)
    """
    n_features = math.prod(row_shape)
    if image_shape is False:
        return None
    if image_shape is None:
        if len(row_shape) > 1:
            shape = row_shape
        else:
            side = math.isqrt(n_features)
            if side * side != n_features or n_features < _SMALLEST_IMAGE:
                return None
            shape = (side, side)
    else:
        shape = tuple(image_shape)
        contradicts = len(row_shape) > 1 and _with_channels(shape) != _with_channels(row_shape)
        if math.prod(shape) != n_features or contradicts:
            raise ParameterError(
                f"{setting('image_shape', image_shape)} does not fit rows of shape {row_shape}: it holds "
                f"{math.prod(shape)} pixels, a row {n_features} numbers."
            )
    if len(shape) not in (2, 3) or _with_channels(shape)[2] not in (1, 3):
        raise ParameterError(
            "An image must be (height, width) or (height, width, channels) with 1 or 3 channels, got "
            f"{shape}. Give {setting('image_shape')}, or {setting('image_shape', False)} to draw curves."
        )
    return _with_channels(shape)


def _with_channels(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Write the one channel of a gray image."""
    return (*shape, 1) if len(shape) == 2 else shape  # type: ignore[return-value]
