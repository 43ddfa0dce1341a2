"""Dense networks that begin as a linear autoencoder and can bend away from it.

Of an activation f that makes ``f(z) - f(-z)`` a multiple of z, two units together carry a number unchanged:
the first units of every hidden layer carry the code and its negative, and the others, drawn at random, add
nothing until training gives them weight. So a network of ordinary layers gives at first exactly what a linear
encoder and decoder give.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.layers import Dense, TiedDense
from diabolo.core.networks import DenseNetwork

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = ["CARRYING", "LinearSolution", "linear_start", "output_inverse"]

CARRYING = {"linear": 2.0, "relu": 1.0, "leaky_relu": 1.01, "gelu": 1.0, "softplus": 1.0}
"""Activations whose units can carry a number in pairs, and ``(f(z) - f(-z)) / z``."""

# A sigmoid's or a tanh's inverse is taken no nearer than this to the ends of its range.
_MARGIN = 0.02


@dataclass(frozen=True)
class LinearSolution:
    """A linear autoencoder: code = (row - mean) encoder, reconstruction = mean + code decoder.

    Parameters
    ----------
    mean : array of shape (features,)
        Of the rows.
    encoder : array of shape (features, components)
        From rows to codes.
    decoder : array of shape (components, features)
        From codes to rows.
    """

    mean: Float64[np.ndarray, " features"]
    encoder: Float[np.ndarray, "features components"]
    decoder: Float[np.ndarray, "components features"]


def output_inverse(
    activation: str, mean: Float64[np.ndarray, " features"]
) -> tuple[Float64[np.ndarray, " features"], Float64[np.ndarray, " features"]]:
    """Return what gives an output of the mean, and how steep the activation is there.

    Parameters
    ----------
    activation : str
        Of the output; rectifiers, gelu too, are taken for what they are far above zero: linear.
    mean : array of shape (features,)
        Where to look; taken no nearer to the ends of the activation's range than it can be inverted.

    Returns
    -------
    place, slope : arrays of shape (features,)

    Examples
    --------
    >>> import numpy as np
    >>> place, slope = output_inverse("sigmoid", np.array([0.5]))
    >>> place.tolist(), slope.tolist()
    ([0.0], [0.25])
    """
    if activation == "sigmoid":
        inside = np.clip(mean, _MARGIN, 1 - _MARGIN)
        return np.log(inside / (1 - inside)), inside * (1 - inside)
    if activation == "tanh":
        inside = np.clip(mean, 2 * _MARGIN - 1, 1 - 2 * _MARGIN)
        return np.arctanh(inside), 1 - inside**2
    if activation == "softplus":
        inside = np.maximum(mean, _MARGIN)
        return np.log(np.expm1(np.minimum(inside, 30.0))) + np.maximum(inside - 30.0, 0.0), -np.expm1(-inside)
    if activation == "elu":
        inside = np.maximum(mean, _MARGIN - 1)
        negative = np.minimum(inside, 0.0)
        return np.where(inside < 0, np.log1p(negative), inside), 1 + negative
    return mean, np.ones_like(mean)


def linear_start(network: DenseNetwork, solution: LinearSolution, output_activation: str) -> DenseNetwork:
    """Make a network give what a linear autoencoder gives, keeping of its weights what does no harm.

    Parameters
    ----------
    network : DenseNetwork
        With random weights; every hidden layer is at least twice as wide as the solution's code, which is no
        wider than the network's.
    solution : LinearSolution
        Where it starts; of a network with tied weights the decoder is the encoder transposed.
    output_activation : str
        Where it is not linear, the solution holds to the first order about the mean.

    Returns
    -------
    DenseNetwork
        Numbers of the code beyond the solution's are random, and the output does not use them yet.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.core.networks import dense_network
    >>> axes = np.eye(3)[:, :1]
    >>> network = dense_network((3, 8, 1), activation="relu", code_activation="linear", tied_weights=False,
    ...     initializer="glorot_uniform", random=np.random.default_rng(0))
    >>> started = linear_start(network, LinearSolution(np.zeros(3), axes, axes.T), "linear")
    >>> rows = np.array([[2.0, 1.0, -1.0]], np.float32)
    >>> started.encode(rows).tolist(), started.decode(started.encode(rows)).tolist()
    ([[2.0]], [[2.0, 0.0, 0.0]])
    """
    width, gain = solution.encoder.shape[1], CARRYING[network.activation]
    encoder = [_changeable(layer) for layer in network.encoder]
    is_tied = isinstance(network.decoder[0], TiedDense)
    place, slope = output_inverse(output_activation, solution.mean)
    pushed = -(solution.mean @ solution.encoder)
    if len(encoder) == 1:
        encoder[0].weight[:, :width], encoder[0].bias[:width] = solution.encoder, pushed
    else:
        encoder[0].weight[:, : 2 * width] = np.hstack([solution.encoder, -solution.encoder])
        encoder[0].bias[: 2 * width] = np.hstack([pushed, -pushed])
        _carry_on(encoder[1:-1], width, gain)
        _collect(encoder[-1].weight[:, :width], np.eye(width), gain)
    if is_tied:
        encoder[-1].weight[:, width:] = 0  # or else it would reach the output
        for layer in encoder[1:-1]:
            layer.weight[: 2 * width, 2 * width :] = 0
        decoder: list[Any] = [TiedDense(np.array(layer.bias)) for layer in network.decoder]
    else:
        decoder = [_changeable(layer) for layer in network.decoder]
        last = decoder[-1].weight
        if len(decoder) == 1:
            last[:width], last[width:] = solution.decoder / slope, 0
        else:
            decoder[0].weight[:, : 2 * width] = 0
            decoder[0].weight[:width, : 2 * width] = np.hstack([np.eye(width), -np.eye(width)])
            _carry_on(decoder[1:-1], width, gain)
            _collect(last, solution.decoder / slope, gain)
    decoder[-1].bias[:] = place
    started = replace(network, encoder=tuple(encoder), decoder=tuple(decoder))
    if network.activation == "softplus":
        # Its units give something for nothing, which is not part of the mean.
        empty: Any = np.zeros((1, network.encoder[-1].weight.shape[1]), np.float32)
        decoder[-1].bias[:] = 2 * place - np.asarray(started.decode(empty), np.float64)[0]
    return started


def _changeable(layer: Dense) -> Dense:
    return Dense(np.array(layer.weight), np.array(layer.bias))


def _carry_on(layers: list[Dense], width: int, gain: float) -> None:
    """Let the pairs of one hidden layer reach those of the next as they are."""
    both = np.hstack([np.eye(width), -np.eye(width)])
    for layer in layers:
        layer.weight[:, : 2 * width] = 0
        layer.weight[: 2 * width, : 2 * width] = both.T @ both / gain


def _collect(
    weight: Float[np.ndarray, "inputs outputs"], matrix: Float[np.ndarray, "width outputs"], gain: float
) -> None:
    """Let the last layer give what the pairs carry, times a matrix, and nothing of other units."""
    weight[:] = 0
    weight[: 2 * len(matrix)] = np.concatenate([matrix, -matrix]) / gain
