"""The convolutional autoencoder; images as rows: what shape they have, laid out flat and put back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diabolo.errors import InputError
from diabolo.estimators._base import AutoencoderBase
from diabolo.messages import either, setting
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.families import ConvolutionalParameters
from diabolo.parameters.parameter import documented

__all__ = [
    "ConvolutionalAutoencoder",
    "flatten_images",
    "image_shape_of",
    "is_stack_of_images",
    "shape_of",
    "unflatten",
]


@documented
class ConvolutionalAutoencoder(AutoencoderBase, ConvolutionalParameters):
    """An autoencoder of convolutions, for images and signals.

    Each encoder layer convolves and halves height and width; the decoder doubles and convolves, layer by
    layer, and ends in a convolution to the image's channels. Sizes that do not halve evenly are padded and
    cropped again.

    The fitted attributes are those of :class:`Autoencoder`, and those below; ``network_.network``
    is a ConvolutionalNetwork, but for parts of your own. A row is an image laid out flat: noise, scaling and
    errors are by pixel and channel.

    Attributes
    ----------
    image_shape_ : tuple of (height, width, channels)
        Of a row.
    given_shape_ : tuple of int or None
        Of a row as ``fit`` was given it, which ``inverse_transform`` gives back; None for flat rows.
    n_features_in_ : int
        height x width x channels.

    See Also
    --------
    Autoencoder, DenoisingAutoencoder

    References
    ----------
    J. Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.

    Examples
    --------
    >>> from diabolo import ConvolutionalAutoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> images = X.reshape(-1, 8, 8)
    >>> convolutional = ConvolutionalAutoencoder(filters=(8, 4), max_epochs=1, random_state=0).fit(images)
    >>> convolutional.transform(images).shape, convolutional.reconstruct(images).shape
    ((1797, 16), (1797, 8, 8))
    """

    def _choices(self) -> dict[str, Any]:
        choices: dict[str, Any] = {"network": "convolutional"}
        if self.code_activation == "auto":
            is_maps = self.n_components is None and self.bottleneck != "gaussian"
            choices["code_activation"] = self.activation if is_maps else "linear"
        return choices

    def _flat(self, X: Any, reset: bool) -> Any:
        owner = type(self).__name__
        if reset:
            refuse_unless(owner, "image_shape", self.image_shape, self.PARAMETERS["image_shape"].kind)
            if len(shape_of(X)) < 2:
                return X  # scikit-learn's check says what is wrong.
            self.image_shape_: tuple[int, int, int] = image_shape_of(owner, X, self.image_shape)
            self.given_shape_ = shape_of(X)[1:] if is_stack_of_images(X) else None
        return flatten_images(owner, X, self.image_shape_)

    def _as_given(self, rows: np.ndarray, X: Any) -> Any:
        return unflatten(rows, shape_of(X)[1:]) if is_stack_of_images(X) else self._framed(rows, X)

    def _as_in_fit(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.given_shape_ is None else unflatten(rows, self.given_shape_)


# As many channels as an image can be expected to have: gray, with alpha, color, color with alpha.
_CHANNEL_COUNTS = (1, 2, 3, 4)


def is_stack_of_images(X: Any) -> bool:
    """Say whether X has a height and a width, and is no table."""
    return len(shape_of(X)) in (3, 4)


def shape_of(X: Any) -> tuple[int, ...]:
    """Return the shape of whatever can be an array, without a copy of what has a shape."""
    shape = getattr(X, "shape", None)
    return tuple(np.asarray(X).shape if shape is None else shape)


def image_shape_of(owner: str, X: Any, asked: tuple[int, ...] | None) -> tuple[int, int, int]:
    """Settle what shape each row's image has.

    Parameters
    ----------
    owner : str
        The estimator's name.
    X : array-like of shape (rows, height, width), (rows, height, width, channels) or (rows, features)
        The user's rows.
    asked : tuple of (height, width) or (height, width, channels), or None
        The ``image_shape`` parameter.

    Returns
    -------
    tuple of (height, width, channels)
        A table without ``image_shape`` has one pixel in height and a column a pixel: a signal.

    Raises
    ------
    InputError
        Where X is no image, or none of the shape asked for; where its channels seem to come first.
    """
    shape = shape_of(X)
    wanted = None if asked is None else _with_channels(asked)
    if len(shape) in (3, 4):
        found = _with_channels(shape[1:])
        if wanted is not None and found != wanted:
            raise InputError(_unlike(owner, shape, found, wanted))
        if len(shape) == 4 and wanted is None and _seems_channels_first(found):
            raise InputError(
                f"{owner}: X has shape {shape}, which reads as images of {found[0]}x{found[1]} pixels with "
                f"{found[2]} channels; channels come last here. Pass np.moveaxis(X, 1, -1), or "
                f"{setting('image_shape', found)} if that is what they are."
            )
        return found
    if len(shape) != 2:
        raise InputError(
            f"{owner}: X has shape {shape}; expected images of shape (n, height, width) or "
            "(n, height, width, channels), or flat rows of shape (n, features)."
        )
    if wanted is None:
        return (1, shape[1], 1)
    if math.prod(wanted) != shape[1]:
        raise InputError(
            f"{owner}: {either('X', 'DATA')} has {shape[1]} columns, but "
            f"{setting('image_shape', tuple(asked or ()))} has {' x '.join(map(str, wanted))} = "
            f"{math.prod(wanted)} cells; they must be equal."
        )
    return wanted


def _with_channels(shape: tuple[int, ...]) -> tuple[int, int, int]:
    height, width, channels = (*(int(size) for size in shape), 1)[:3]
    return height, width, channels


def _seems_channels_first(shape: tuple[int, ...]) -> bool:
    return shape[0] in _CHANNEL_COUNTS and shape[2] not in _CHANNEL_COUNTS and shape[1] > shape[0]


def _unlike(owner: str, shape: tuple[int, ...], found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    text = (
        f"{owner}: X has shape {shape}, images of height x width x channels "
        f"{'x'.join(map(str, found))}; expected {'x'.join(map(str, wanted))}."
    )
    if len(shape) == 4 and (found[1], found[2], found[0]) == wanted:
        text += " The channels come first; pass np.moveaxis(X, 1, -1)."
    return text


def flatten_images(owner: str, X: Any, shape: tuple[int, int, int]) -> Any:
    """Lay images out flat; a table stays as it is.

    Parameters
    ----------
    owner : str
        The estimator's name.
    X : array-like
        Images or flat rows.
    shape : tuple of (height, width, channels)
        Settled in ``fit``.

    Returns
    -------
    array-like of shape (rows, features)

    Raises
    ------
    InputError
        Where images have another shape.
    """
    if not is_stack_of_images(X):
        return X
    images = np.asarray(X)
    found = _with_channels(images.shape[1:])
    if found != shape:
        raise InputError(_unlike(owner, images.shape, found, shape))
    return images.reshape(len(images), -1)


def unflatten(rows: np.ndarray, like: tuple[int, ...]) -> np.ndarray:
    r"""Give flat rows the shape of images.

    Parameters
    ----------
    rows : ndarray of shape (rows, features)
        Flat.
    like : tuple of int
        The shape of one image.

    Returns
    -------
    ndarray of shape (rows, \\*like)
    """
    return rows.reshape(len(rows), *like)
