"""Diabolo's own estimators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import jax  # noqa: F401 - part of importing the library, wherever diabolo puts it off to
import numpy as np

from benchmarks.contestants import Fitted
from benchmarks.machine import OWN_PACKAGES
from benchmarks.network import DenseNetwork, Network
from benchmarks.task import Task
from benchmarks.weights import Layer
from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.core.layers import initial_weight

PACKAGES = OWN_PACKAGES
NOTE = ""

RESIZING = {
    "strides": {"downsample": "stride", "upsample": "transposed"},
    "pooling": {"downsample": "maxpool", "upsample": "nearest"},
}


def build(task: Task, seed: int) -> Autoencoder | ConvolutionalAutoencoder:
    """Make the estimator that does the task; Adam's other constants are Diabolo's defaults."""
    network = task.network
    training: dict[str, Any] = {
        "activation": task.hidden_activation,
        "code_activation": task.hidden_activation,
        "output_activation": task.output_activation,
        "loss": task.loss,
        "optimizer": "adam",
        "learning_rate": task.learning_rate,
        "batch_size": task.batch_size,
        "max_epochs": task.epochs,
        "initializer": "glorot_uniform",
        "scale": None,
        "shuffle": True,
        "random_state": seed,
        "verbose": 0,
    }
    if isinstance(network, DenseNetwork):
        return Autoencoder(network.code_size, hidden_layer_sizes=network.encoder_sizes, **training)
    return ConvolutionalAutoencoder(
        filters=network.filters,
        kernel_size=network.kernel_size,
        image_shape=network.image_shape,
        **RESIZING[network.resizing],
        **training,
    )


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train by the public API, from the weights that the peers begin with."""
    with _beginning_with(_oriented(task.network, layers)):
        model = build(task, seed).fit(X)
    return Fitted(model.reconstruct, model.history_.get("seconds"))


def _oriented(network: Network, layers: Sequence[Layer]) -> list[Layer]:
    """Turn the kernels of transposed convolutions round: Diabolo's face the output, the peers' the input."""
    if isinstance(network, DenseNetwork):
        return list(layers)
    steps = [step for step in network.steps() if step.has_kernel]
    return [
        (kernel[::-1, ::-1] if step.operation == "convolve_transposed" else kernel, bias)
        for step, (kernel, bias) in zip(steps, layers, strict=True)
    ]


@contextmanager
def _beginning_with(layers: Sequence[Layer]) -> Iterator[None]:
    """Hand out the given kernels where the estimators draw theirs: no parameter of theirs takes arrays.

    After a few epochs the luck of the draw moves a small network's loss by a quarter, which would hide what
    the libraries do.
    """
    given = iter(layers)

    def next_kernel(
        name: str, random: np.random.Generator | None, fan_in: int, fan_out: int, shape: Any = None
    ) -> Any:
        if random is None:  # only what shape it has is asked, for the plan of memory
            return initial_weight(name, random, fan_in, fan_out, shape)
        kernel, _ = next(given)
        if kernel.shape != (shape or (fan_in, fan_out)):
            raise ValueError(
                f"the kernel at hand is {kernel.shape}, the layer's {shape or (fan_in, fan_out)}"
            )
        return np.ascontiguousarray(kernel)

    with (
        patch("diabolo.core.layers.initial_weight", next_kernel),
        patch("diabolo.core.convolutional_network.initial_weight", next_kernel),
    ):
        yield
    if next(given, None) is not None:
        raise ValueError("kernels are left over: the layers are not those of the task")
