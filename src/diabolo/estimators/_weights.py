"""A network's numbers as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.convolutional_network import ConvolutionalNetwork
from diabolo.core.layers import TiedDense
from diabolo.core.own_network import OwnNetwork
from diabolo.estimators._sklearn import check_is_fitted

if TYPE_CHECKING:
    from jaxtyping import Float32

__all__ = ["WeightsMixin"]


class WeightsMixin:
    """What an autoencoder's layers are made of."""

    network_: Any

    @property
    def encoder_weights_(self) -> list[Float32[np.ndarray, "*shape"]]:
        """The encoder's matrices, from the rows to the code, each of shape (inputs, outputs).

        Of a convolutional network these are kernels of shape (height, width, inputs, outputs), and the matrix
        of a dense code. Where the code is a distribution, the last one's outputs are the means, which are the
        code, and then the logarithms of the variances. Rows go in scaled, ``(row - scaler_.offset) *
        scaler_.factor``. There is no such attribute of networks of your own.
        """
        return [_shown(layer.weight) for layer in _encoder_layers(self)]

    @property
    def encoder_biases_(self) -> list[Float32[np.ndarray, " outputs"]]:
        """What each layer of the encoder adds, before its activation: see ``encoder_weights_``."""
        return [_shown(layer.bias) for layer in _encoder_layers(self)]

    @property
    def decoder_weights_(self) -> list[Float32[np.ndarray, "*shape"]]:
        """The decoder's matrices, from the code to the rows, as ``encoder_weights_``.

        Of tied weights they are the encoder's, transposed. Rows come out scaled.
        """
        network, found = _layers(self), []
        for position, layer in enumerate(_decoder_layers(self)):
            if isinstance(layer, TiedDense):
                partner = np.asarray(network.encoder[-1 - position].weight)
                width = partner.shape[1] // (network.width_factor if position == 0 else 1)
                found.append(_shown(partner[:, :width].T))
            else:
                found.append(_shown(layer.weight))
        return found

    @property
    def decoder_biases_(self) -> list[Float32[np.ndarray, " outputs"]]:
        """What each layer of the decoder adds, before its activation: see ``decoder_weights_``."""
        return [_shown(layer.bias) for layer in _decoder_layers(self)]


def _layers(estimator: Any) -> Any:
    check_is_fitted(estimator)
    trained = estimator.network_.network
    network = getattr(trained, "network", trained)  # of one that is guided
    if isinstance(network, OwnNetwork):
        raise AttributeError(
            f"{type(estimator).__name__} has a network of your own, so there are no weights in an order that "
            "is known; network_.encoder and network_.decoder are what you gave, trained."
        )
    return network


def _encoder_layers(estimator: Any) -> list[Any]:
    network = _layers(estimator)
    has_dense_code = isinstance(network, ConvolutionalNetwork) and network.code is not None
    return [*network.encoder, *([network.code] if has_dense_code else [])]


def _decoder_layers(estimator: Any) -> list[Any]:
    network = _layers(estimator)
    if not isinstance(network, ConvolutionalNetwork):
        return list(network.decoder)
    first = [] if network.expansion is None else [network.expansion]
    return [*first, *network.decoder, network.output]


def _shown(array: Any) -> Float32[np.ndarray, "*shape"]:
    """Return an array to look at: the model's own, which is not written to."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
