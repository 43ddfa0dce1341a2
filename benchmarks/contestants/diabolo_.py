"""Diabolo's own estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax  # noqa: F401 - part of importing the library, wherever diabolo puts it off to
import numpy as np

from benchmarks.fitted import Fitted
from benchmarks.network import DenseNetwork
from benchmarks.task import Task
from benchmarks.versions import OWN_PACKAGES
from benchmarks.weights import Layer
from diabolo import Autoencoder, ConvolutionalAutoencoder

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
    """Train by the public API, which draws its own weights from the same law."""
    model = build(task, seed).fit(X)
    return Fitted(model.reconstruct, model.history_.get("seconds"))
