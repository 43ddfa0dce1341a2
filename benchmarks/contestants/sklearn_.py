"""scikit-learn's MLPRegressor, trained to return its input."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from benchmarks.contestants import Fitted
from benchmarks.task import Task
from benchmarks.weights import Layer

PACKAGES = ("scikit-learn", "numpy")
NOTE = "linear output: not quite the same work"
ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic"}


class GivenWeightsRegressor(MLPRegressor):
    """An MLPRegressor that starts from given weights: its own law differs, and it has no public way in."""

    def _init_coef(self, fan_in: int, fan_out: int, dtype: np.dtype) -> Layer:
        kernel, bias = next(self.given_layers)
        return kernel.astype(dtype), bias.astype(dtype)


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train for exactly the given epochs, without weight decay."""
    model = GivenWeightsRegressor(
        hidden_layer_sizes=task.network.layer_sizes[1:-1],
        activation=ACTIVATIONS[task.hidden_activation],
        solver="adam",
        alpha=0.0,
        batch_size=task.batch_size,
        learning_rate_init=task.learning_rate,
        beta_1=task.beta_1,
        beta_2=task.beta_2,
        epsilon=task.epsilon,
        max_iter=task.epochs,
        n_iter_no_change=task.epochs + 1,  # never stop early
        random_state=seed,
    )
    model.given_layers = iter(layers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, X)
    return Fitted(model.predict)
