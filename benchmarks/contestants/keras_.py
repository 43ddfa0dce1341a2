"""Keras, with TensorFlow behind it (KERAS_BACKEND is set by the driver)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contestants import Fitted
from benchmarks.network import ConvolutionalNetwork, DenseNetwork, Step
from benchmarks.task import Task
from benchmarks.threads import THREADS
from benchmarks.weights import Layer

PACKAGES = ("keras", "tensorflow-cpu", "tensorflow", "numpy")
LOSSES = {"squared_error": "mean_squared_error", "binary_cross_entropy": "binary_crossentropy"}
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


def build(task: Task, layers: Sequence[Layer]) -> keras.Sequential:
    """Build the network, holding the given weights."""
    network = task.network
    activations = iter(task.activations())
    if isinstance(network, DenseNetwork):
        model = keras.Sequential([keras.Input((network.layer_sizes[0],))])
        for size, activation in zip(network.layer_sizes[1:], activations, strict=True):
            model.add(keras.layers.Dense(size, activation=activation))
        model.set_weights([array for layer in layers for array in layer])
        return model
    model = keras.Sequential([keras.Input(network.image_shape)])
    for step in network.steps():
        model.add(_layer(step, network, activations))
    model.set_weights([array for arrays in _oriented(network, layers) for array in arrays])
    return model


def _layer(step: Step, network: ConvolutionalNetwork, activations: Iterator[str]) -> keras.Layer:
    if step.operation == "pool":
        return keras.layers.MaxPooling2D(2, padding="same")
    if step.operation == "repeat":
        return keras.layers.UpSampling2D(2)
    transposed = step.operation == "convolve_transposed"
    make = keras.layers.Conv2DTranspose if transposed else keras.layers.Conv2D
    return make(
        step.outputs,
        network.kernel_size,
        strides=step.stride,
        padding="same",
        activation=next(activations),
    )


def _oriented(network: ConvolutionalNetwork, layers: Sequence[Layer]) -> Iterator[Layer]:
    """Give each kernel its axes as Keras has them: those of a transposed convolution end in (out, in)."""
    steps = [step for step in network.steps() if step.has_kernel]
    for step, (kernel, bias) in zip(steps, layers, strict=True):
        transposed = step.operation == "convolve_transposed"
        yield (kernel.swapaxes(-2, -1) if transposed else kernel), bias


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train with ``compile`` and ``fit`` as they come, on arrays in memory."""
    clock = EpochClock()
    keras.utils.set_random_seed(seed)
    model = build(task, layers)
    adam = keras.optimizers.Adam(task.learning_rate, task.beta_1, task.beta_2, task.epsilon)
    model.compile(optimizer=adam, loss=LOSSES[task.loss])
    rows = X.reshape(-1, *model.input_shape[1:])
    model.fit(
        rows,
        rows,
        batch_size=task.batch_size,
        epochs=task.epochs,
        shuffle=True,
        verbose=0,
        callbacks=[clock],
    )

    def reconstruct(rows: np.ndarray) -> np.ndarray:
        output = model.predict(rows.reshape(-1, *model.input_shape[1:]), batch_size=1024, verbose=0)
        return output.reshape(rows.shape)

    return Fitted(reconstruct, np.diff(clock.ends).tolist())
