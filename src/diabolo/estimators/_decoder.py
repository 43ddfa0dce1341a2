"""A network's decoder as layers of plain numbers, for who works it out without JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.core.convolution import transposed_form, upsampling_form
from diabolo.core.convolutional_network import ConvolutionalNetwork
from diabolo.core.networks import DenseNetwork
from diabolo.core.own_network import OwnNetwork

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

__all__ = ["ConvolutionLayer", "Decoder", "DecoderLayer", "DenseLayer", "dense_layer", "network_decoder"]


@dataclass(frozen=True)
class DenseLayer:
    """One layer of a decoder: ``activation(inputs @ weight + bias)``.

    Parameters
    ----------
    weight : float32 array of shape (inputs, outputs)
        The matrix.
    bias : float32 array of shape (outputs,)
        Added to every row.
    activation : str
        A name of core/layers.py, or "sinh", by which a detector turns its scaled rows back.
    """

    weight: Float32[np.ndarray, "inputs outputs"]
    bias: Float32[np.ndarray, " outputs"]
    activation: str

    @property
    def n_numbers(self) -> int:
        """Numbers that the layer holds."""
        return self.weight.size + self.bias.size

    @property
    def n_products(self) -> int:
        """Multiplications for one row."""
        return self.weight.size


@dataclass(frozen=True)
class ConvolutionLayer:
    """One layer of a decoder, a transposed convolution of maps whose channels vary fastest.

    What stands at ``[y, x]`` of the maps before, times ``weight[row, column]``, is added at
    ``[stride[0] * y + row - before[0], stride[1] * x + column - before[1]]`` of those after, where there is
    such a place; then come bias and activation.

    Parameters
    ----------
    weight : float32 array of shape (rows, columns, inputs, outputs)
        The kernel.
    bias : float32 array of shape (outputs,)
        Added to every pixel.
    activation : str
        A name of core/layers.py.
    inner, outer : tuple of (height, width)
        Of the maps before and after; what would lie outside is cropped.
    stride : tuple of (down, across)
        Pixels of the maps after from one of those before to the next.
    before : tuple of (down, across)
        How far above and to the left of its place a pixel begins to add.
    """

    weight: Float32[np.ndarray, "rows columns inputs outputs"]
    bias: Float32[np.ndarray, " outputs"]
    activation: str
    inner: tuple[int, int]
    outer: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]

    @property
    def n_numbers(self) -> int:
        """Numbers that the layer holds."""
        return self.weight.size + self.bias.size

    @property
    def n_products(self) -> int:
        """Multiplications for one row."""
        return math.prod(self.inner) * self.weight.size


DecoderLayer = DenseLayer | ConvolutionLayer


@dataclass(frozen=True)
class Decoder:
    """From a code to a row: the layers, then ``output / factor + offset``.

    Parameters
    ----------
    layers : tuple of DenseLayer and ConvolutionLayer
        From the code to the output.
    offset, factor : float64 arrays of shape (features,)
        Of the rows' units.
    """

    layers: tuple[DecoderLayer, ...]
    offset: Float64[np.ndarray, " features"]
    factor: Float64[np.ndarray, " features"]

    @property
    def n_products(self) -> int:
        """Multiplications for one row."""
        return sum(each.n_products for each in self.layers)


def dense_layer(weight: Any, bias: Any, activation: str) -> DenseLayer:
    """Make a dense layer of arrays of any kind."""
    return DenseLayer(_narrow(weight), _narrow(bias), activation)


def network_decoder(model: Any) -> Decoder | Literal["own_network"]:
    """Return the decoder of an estimator's network, or why it is none.

    Parameters
    ----------
    model : estimator
        Fitted, and no detector.

    Returns
    -------
    Decoder or str
    """
    network = model.network_.network
    network = getattr(network, "network", network)  # of one that is guided
    if isinstance(network, OwnNetwork):
        return "own_network"
    make = _convolutional_layers if isinstance(network, ConvolutionalNetwork) else _dense_layers
    layers = make(network, model.output_activation_)
    return Decoder(tuple(layers), model.scaler_.offset, model.scaler_.factor)


def _dense_layers(network: DenseNetwork, output_activation: str) -> list[DecoderLayer]:
    layers: list[DecoderLayer] = []
    for position, layer in enumerate(network.decoder):
        bias, is_last = np.asarray(layer.bias), position == len(network.decoder) - 1
        if hasattr(layer, "weight"):
            weight = np.asarray(layer.weight)
        else:  # the partner of a Gaussian code gives log-variances, too
            weight = np.asarray(network.encoder[-1 - position].weight)
            weight = weight[:, : weight.shape[1] // network.width_factor if position == 0 else None].T
        layers.append(dense_layer(weight, bias, output_activation if is_last else network.activation))
    return layers


def _convolutional_layers(network: ConvolutionalNetwork, output_activation: str) -> list[DecoderLayer]:
    layers: list[DecoderLayer] = []
    if network.expansion is not None:
        layers.append(dense_layer(network.expansion.weight, network.expansion.bias, network.activation))
    inner, steps = network.code_maps, network.enlargements
    for position, step in enumerate(steps):
        form = transposed_form if step.how == "transposed" else upsampling_form
        geometry, blocks = form(inner, step.kernel.weight, step.factors)
        down, across = geometry
        layers.append(
            ConvolutionLayer(
                _narrow(blocks).swapaxes(2, 3),
                _narrow(step.kernel.bias),
                output_activation if position == len(steps) - 1 else network.activation,
                inner,
                step.size,
                (down.stride, across.stride),
                (down.before, across.before),
            )
        )
        inner = step.size
    return layers


def _narrow(numbers: Any) -> Float32[np.ndarray, "*shape"]:
    return np.asarray(numbers, np.float32)
