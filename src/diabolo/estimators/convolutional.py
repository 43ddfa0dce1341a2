"""The convolutional autoencoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from diabolo.estimators._base import AutoencoderBase
from diabolo.estimators._images import flatten_images, image_shape_of, is_stack_of_images, shape_of, unflatten
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.families import ConvolutionalParameters
from diabolo.parameters.parameter import documented

__all__ = ["ConvolutionalAutoencoder"]


@documented
class ConvolutionalAutoencoder(AutoencoderBase, ConvolutionalParameters):
    """An autoencoder of convolutions, for images and signals.

    Each encoder layer convolves and halves height and width; the decoder doubles and convolves, layer by
    layer, and ends in a convolution to the image's channels. Sizes that do not halve evenly are padded and
    cropped again.

    The fitted attributes are those of :class:`Autoencoder`, and those below; ``network_`` is a
    ConvolutionalNetwork. A row is an image laid out flat: noise, scaling and errors are by pixel and channel.

    Attributes
    ----------
    image_shape_ : tuple of (height, width, channels)
        Of a row.
    given_shape_ : tuple of int or None
        Of a row as ``fit`` was given it, which ``inverse_transform`` gives back; None for flat rows.
    n_features_in_ : int
        height x width x channels.

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

    def _as_given(self, rows: np.ndarray, X: Any) -> np.ndarray:
        return unflatten(rows, shape_of(X)[1:]) if is_stack_of_images(X) else rows

    def _as_in_fit(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.given_shape_ is None else unflatten(rows, self.given_shape_)
