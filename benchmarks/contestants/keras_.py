"""Keras, with TensorFlow behind it (KERAS_BACKEND is set by the driver)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from benchmarks.fitted import Fitted
from benchmarks.task import Task
from benchmarks.threads import THREADS
from benchmarks.weights import Layer

PACKAGES = ("keras", "tensorflow-cpu", "tensorflow", "numpy")
NOTE = ""

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.config.threading.set_inter_op_parallelism_threads(THREADS)


class EpochClock(keras.callbacks.Callback):
    """Notes when each epoch ends; nothing is done within one."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = [time.perf_counter()]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train with ``compile`` and ``fit`` as they come, on arrays in memory."""
    clock = EpochClock()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((task.layer_sizes[0],))])
    for size, activation in zip(task.layer_sizes[1:], task.activations(), strict=True):
        model.add(keras.layers.Dense(size, activation=activation))
    model.set_weights([array for layer in layers for array in layer])
    adam = keras.optimizers.Adam(task.learning_rate, task.beta_1, task.beta_2, task.epsilon)
    model.compile(optimizer=adam, loss="mean_squared_error")
    model.fit(
        X,
        X,
        batch_size=task.batch_size,
        epochs=task.epochs,
        shuffle=True,
        verbose=0,
        callbacks=[clock],
    )

    def reconstruct(rows: np.ndarray) -> np.ndarray:
        return model.predict(rows, batch_size=1024, verbose=0)

    return Fitted(reconstruct, np.diff(clock.ends).tolist())
