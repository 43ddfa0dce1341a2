"""Diabolo's own estimator."""

from __future__ import annotations

from collections.abc import Sequence

import jax  # noqa: F401 - part of importing the library, wherever diabolo puts it off to
import numpy as np

from benchmarks.fitted import Fitted
from benchmarks.task import Task
from benchmarks.versions import OWN_PACKAGES
from benchmarks.weights import Layer
from diabolo import Autoencoder

PACKAGES = OWN_PACKAGES
NOTE = ""


def build(task: Task, seed: int) -> Autoencoder:
    """Make the estimator that does the task; Adam's other constants are Diabolo's defaults."""
    return Autoencoder(
        n_components=task.code_size,
        hidden_layer_sizes=task.encoder_sizes,
        activation=task.hidden_activation,
        code_activation=task.hidden_activation,
        output_activation=task.output_activation,
        loss="squared_error",
        optimizer="adam",
        learning_rate=task.learning_rate,
        batch_size=task.batch_size,
        max_epochs=task.epochs,
        scale=None,
        shuffle=True,
        random_state=seed,
        verbose=0,
    )


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train by the public API, which draws its own weights from the same law."""
    model = build(task, seed).fit(X)
    return Fitted(model.reconstruct, model.history_.get("seconds"))
