"""The convolutional autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diabolo.estimators._base import AutoencoderBase, store_parameters
from diabolo.estimators._images import flatten_images, image_shape_of, is_stack_of_images, shape_of, unflatten
from diabolo.estimators._parameters import check_parameters

__all__ = ["ConvolutionalAutoencoder"]


class ConvolutionalAutoencoder(AutoencoderBase):
    """An autoencoder of convolutions, for images and signals.

    Each encoder layer convolves and halves height and width; the decoder doubles and convolves, layer by
    layer, and ends in a convolution to the image's channels. Sizes that do not halve evenly are padded and
    cropped again.

    Parameters
    ----------
    n_components : int or None, default None
        Width of a dense code on top of the last maps; None takes the maps themselves for the code, laid out
        flat: of ``filters=(32, 32)`` on 28 x 28 pixels 7 x 7 x 32 = 1,568 numbers.
    filters : tuple of int, default (32, 32)
        Channels after each halving; the decoder mirrors them.
    kernel_size : int or tuple of (height, width), default 3
        Of every convolution; even sizes reach one pixel further right and down.
    downsample : {"maxpool", "stride"}, default "maxpool"
        Halve by the largest of 2 x 2 pixels after the convolution, or by a convolution with stride 2.
    upsample : {"nearest", "transposed"}, default "nearest"
        Double by repeating pixels after the convolution, or by a transposed convolution with stride 2.
    image_shape : tuple of (height, width) or (height, width, channels), or None, default None
        Shape of each row, for X given flat. None takes it from X: (n, height, width) or (n, height, width,
        channels), channels last; a table is taken for signals, one pixel high and a column a pixel.
    code_activation : str, default "auto"
        Of the code: "auto" is ``activation`` for maps, and linear for a dense or a Gaussian code.
    activation, output_activation, initializer, bottleneck, bottleneck_params, noise, loss, huber_delta, \
penalty, sparsity_target, supervision_weight, supervision, scale, missing, optimizer, \
optimizer_params, learning_rate, learning_rate_schedule, schedule_params, max_gradient_norm, \
batch_size, max_epochs, shuffle, validation_fraction, early_stopping, n_iter_no_change, tol, \
random_state, device, max_memory, verbose
        As in :class:`Autoencoder`, whose fitted attributes this has too; ``network_`` is a
        ConvolutionalNetwork. A row is an image laid out flat: noise, scaling and errors are by pixel and
        channel.

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

    def __init__(
        self,
        n_components: int | None = None,
        *,
        filters: tuple[int, ...] = (32, 32),
        kernel_size: int | tuple[int, int] = 3,
        downsample: str = "maxpool",
        upsample: str = "nearest",
        image_shape: tuple[int, ...] | None = None,
        activation: str = "relu",
        code_activation: str = "auto",
        output_activation: str = "auto",
        initializer: str = "glorot_uniform",
        bottleneck: str = "plain",
        bottleneck_params: Mapping[str, float] | None = None,
        noise: float | Mapping[str, Any] | None = None,
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        penalty: Mapping[str, float] | None = None,
        sparsity_target: float = 0.05,
        supervision_weight: float = 0.0,
        supervision: str = "auto",
        scale: str | None = None,
        missing: str = "error",
        optimizer: str = "adam",
        optimizer_params: Mapping[str, float] | None = None,
        learning_rate: float = 1e-3,
        learning_rate_schedule: str = "constant",
        schedule_params: Mapping[str, float] | None = None,
        max_gradient_norm: float | None = None,
        batch_size: int = 32,
        max_epochs: int = 100,
        shuffle: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        max_memory: int | str | None = None,
        verbose: int | str = 0,
    ) -> None:
        store_parameters(self, locals())

    def _choices(self) -> dict[str, Any]:
        choices: dict[str, Any] = {"network": "convolutional"}
        if self.code_activation == "auto":
            is_maps = self.n_components is None and self.bottleneck != "gaussian"
            choices["code_activation"] = self.activation if is_maps else "linear"
        return choices

    def _flat(self, X: Any, reset: bool) -> Any:
        owner = type(self).__name__
        if reset:
            check_parameters(owner, {"image_shape": self.image_shape})
            if len(shape_of(X)) < 2:
                return X  # scikit-learn's check says what is wrong.
            self.image_shape_: tuple[int, int, int] = image_shape_of(owner, X, self.image_shape)
            self.given_shape_ = shape_of(X)[1:] if is_stack_of_images(X) else None
        return flatten_images(owner, X, self.image_shape_)

    def _as_given(self, rows: np.ndarray, X: Any) -> np.ndarray:
        return unflatten(rows, shape_of(X)[1:]) if is_stack_of_images(X) else rows

    def _as_in_fit(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.given_shape_ is None else unflatten(rows, self.given_shape_)
