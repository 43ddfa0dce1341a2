"""A network as nodes: the encoder, the bottleneck, the decoder, the head."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.convolution_geometry import Geometry
from diabolo.core.convolutional_network import ConvolutionalNetwork, downsampled_sizes
from diabolo.estimators.inside import ConvolutionLayer, network_decoder
from diabolo.export.graph import Graph

__all__ = ["decoded", "encoded", "headed"]

_IMAGES_FIRST, _CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def encoded(graph: Graph, estimator: Any, rows: str) -> str:
    """Add the nodes that make codes of scaled rows.

    Parameters
    ----------
    graph : Graph
        To which they are added.
    estimator : estimator
        Fitted; its network is no user's own.
    rows : str
        Values of shape (rows, features), float32.

    Returns
    -------
    str
        Values of shape (rows, components), float32.
    """
    network = estimator.network_.network
    network, bottleneck = getattr(network, "network", network), estimator.bottleneck_
    # Of a normal distribution the means come first, and they are the code.
    kept = int(estimator.n_components_) if isinstance(bottleneck, Gaussian) else None
    make = _images_encoded if isinstance(network, ConvolutionalNetwork) else _rows_encoded
    code = make(graph, network, rows, kept)
    return _largest(graph, code, bottleneck.k) if isinstance(bottleneck, TopK) else code


def decoded(graph: Graph, estimator: Any, code: str) -> str:
    """Add the nodes that make scaled rows of codes; parameters as of :func:`encoded`, codes in their place.

    Returns
    -------
    str
        Values of shape (rows, features), float32.
    """
    decoder = network_decoder(estimator)
    assert not isinstance(decoder, str)
    values, inner = code, None
    for layer in decoder.layers:
        if isinstance(layer, ConvolutionLayer):
            if inner is None:
                values = _maps(graph, values, (*layer.inner, layer.weight.shape[2]))
            values, inner = _spread(graph, values, layer), layer
        else:
            values = graph.product(values, layer.weight, layer.bias)
        values = _activated(graph, layer.activation, values)
    if inner is None:
        return values
    return _flat(graph, values, (*inner.outer, inner.weight.shape[3]))


def headed(graph: Graph, estimator: Any, code: str) -> str:
    """Add the head of a guided network, from codes to numbers as they were trained on, or logits."""
    head = estimator.network_.head
    return graph.product(code, _numbers(head.weight), _numbers(head.bias))


def _numbers(array: Any) -> Any:
    return np.asarray(array, np.float32)


def _activated(graph: Graph, name: str, values: str) -> str:
    if name == "linear":
        return values
    if name == "gelu":
        half, root = np.float32(0.5), np.float32(math.sqrt(0.5))
        share = graph("Add", graph("Erf", graph("Mul", values, root)), np.float32(1.0))
        return graph("Mul", graph("Mul", values, half), share)
    settings = {"leaky_relu": {"alpha": 0.01}, "elu": {"alpha": 1.0}}.get(name, {})
    operators = {"leaky_relu": "LeakyRelu"}
    return graph(operators.get(name, name.capitalize()), values, **settings)


def _largest(graph: Graph, code: str, k: int) -> str:
    """Keep the k largest numbers of a row, of equal ones the first."""
    values, places = graph.several("TopK", 2, code, np.array([k], np.int64), axis=1, largest=1, sorted=1)
    return graph("ScatterElements", graph("Mul", code, np.float32(0.0)), places, values, axis=1)


def _rows_encoded(graph: Graph, network: Any, rows: str, kept: int | None) -> str:
    for position, layer in enumerate(network.encoder):
        weight, bias, activation = _numbers(layer.weight), _numbers(layer.bias), network.activation
        if position == len(network.encoder) - 1:
            weight, bias, activation = weight[:, :kept], bias[:kept], network.code_activation
        rows = _activated(graph, activation, graph.product(rows, weight, bias))
    return rows


def _images_encoded(graph: Graph, network: ConvolutionalNetwork, rows: str, kept: int | None) -> str:
    sizes = downsampled_sizes(network.image_shape, len(network.encoder))
    maps, shape = _maps(graph, rows, network.image_shape), network.image_shape
    for level, kernel in enumerate(network.encoder):
        weight, bias, activation = _numbers(kernel.weight), _numbers(kernel.bias), network.activation
        if level == len(network.encoder) - 1 and network.code is None:
            activation = network.code_activation
            if kept is not None:
                n_maps = weight.shape[3] // network.width_factor
                weight, bias = weight[..., :n_maps], bias[:n_maps]
        size, smaller = sizes[level : level + 2]
        factors = (2 if size[0] > 1 else 1, 2 if size[1] > 1 else 1)
        is_strided = network.downsample == "stride"
        geometry = Geometry.of_convolution(size, weight.shape[:2], factors if is_strided else (1, 1), "same")
        maps = _convolved(graph, maps, weight, bias, geometry)
        maps = _activated(graph, activation, maps)
        if not is_strided and factors != (1, 1):
            maps = _pooled(graph, maps, size, factors)
        shape = (*smaller, weight.shape[3])
    flat = _flat(graph, maps, shape)
    if network.code is None:
        return flat
    weight, bias = _numbers(network.code.weight)[:, :kept], _numbers(network.code.bias)[:kept]
    return _activated(graph, network.code_activation, graph.product(flat, weight, bias))


def _convolved(graph: Graph, maps: str, weight: Any, bias: Any, geometry: Geometry) -> str:
    # Last rows that no window reaches are left out by rounding down.
    pads = [axis.before for axis in geometry] + [max(axis.after, 0) for axis in geometry]
    strides = [axis.stride for axis in geometry]
    return graph("Conv", maps, weight.transpose(3, 2, 0, 1), bias, pads=pads, strides=strides)


def _pooled(graph: Graph, maps: str, size: tuple[int, int], window: tuple[int, int]) -> str:
    lacking = [-side % width for side, width in zip(size, window, strict=True)]
    pads = [each // 2 for each in lacking] + [each - each // 2 for each in lacking]
    return graph("MaxPool", maps, kernel_shape=list(window), strides=list(window), pads=pads)


def _spread(graph: Graph, maps: str, layer: ConvolutionLayer) -> str:
    """Add a convolution of the decoder; without a stride it is one as any, of the flipped kernel."""
    taps = layer.weight.shape[:2]
    sizes = list(zip(layer.inner, layer.outer, taps, layer.stride, layer.before, strict=True))
    after = [stride * (inner - 1) + tap - before - outer for inner, outer, tap, stride, before in sizes]
    if layer.stride == (1, 1) and layer.inner == layer.outer:
        weight = layer.weight[::-1, ::-1].transpose(3, 2, 0, 1)
        first = [tap - 1 - before for tap, before in zip(taps, layer.before, strict=True)]
        return graph("Conv", maps, weight, layer.bias, pads=[*first, *layer.before])
    return graph(
        "ConvTranspose",
        maps,
        layer.weight.transpose(2, 3, 0, 1),
        layer.bias,
        strides=list(layer.stride),
        pads=[*layer.before, *(max(each, 0) for each in after)],
        output_padding=[max(-each, 0) for each in after],
    )


def _maps(graph: Graph, rows: str, shape: tuple[int, ...]) -> str:
    """Turn flat images into maps, channels before pixels."""
    height, width, channels = shape
    if channels == 1:
        return graph("Reshape", rows, np.array([0, 1, height, width], np.int64))
    images = graph("Reshape", rows, np.array([0, height, width, channels], np.int64))
    return graph("Transpose", images, perm=_IMAGES_FIRST)


def _flat(graph: Graph, maps: str, shape: tuple[int, ...]) -> str:
    """Turn maps into flat images."""
    if shape[2] > 1:
        maps = graph("Transpose", maps, perm=_CHANNELS_LAST)
    return graph("Reshape", maps, np.array([0, math.prod(shape)], np.int64))
