"""The contests: networks, the rows that they learn, and how much faster than each peer Diabolo is to be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.contest import Contest
from benchmarks.network import ConvolutionalNetwork, DenseNetwork
from benchmarks.outcome import NotRunError
from benchmarks.task import Task


def digits() -> np.ndarray:
    """Read the 1,797 digits of 8 x 8 pixels, between 0 and 1."""
    from sklearn.datasets import load_digits

    return (load_digits().data / 16).astype(np.float32)


def images_of(name: str) -> Callable[[], np.ndarray]:
    """Make what loads the 60,000 training images of a set, as float32 rows between 0 and 1."""

    def load() -> np.ndarray:
        from diabolo import datasets
        from diabolo.errors import DataFileError

        try:
            return getattr(datasets, f"load_{name}")()[0]
        except DataFileError as problem:
            raise NotRunError(str(problem)) from problem

    return load


CONTESTS = (
    # A small, deep network on a small table: the time between two steps is all that counts.
    Contest(
        name="digits",
        about="64-32-2-32-64 sigmoid, batch 8, 500 epochs over 1,797 digits",
        task=Task(
            network=DenseNetwork((64, 32, 2, 32, 64)),
            hidden_activation="sigmoid",
            output_activation="sigmoid",
            batch_size=8,
            epochs=500,
        ),
        load=digits,
        targets={"keras": 30.0, "torch": 8.0},
        peer_epochs=25,
        reference="Keras, three seeds, all 500 epochs, measured once: 0.0329 (0.0325 - 0.0334).",
    ),
    # A shallow network on images: the matrix products begin to count.
    Contest(
        name="fashion-dense",
        about="784-64-784 relu and sigmoid, batch 32, 10 epochs over 60,000 images",
        task=Task(
            network=DenseNetwork((784, 64, 784)),
            hidden_activation="relu",
            output_activation="sigmoid",
            batch_size=32,
            epochs=10,
        ),
        load=images_of("fashion_mnist"),
        targets={"keras": 4.0, "torch": 2.0},
        peer_epochs=10,
        quick_rows=6000,
    ),
    # A deep dense network in large batches: few steps, each of many small products.
    Contest(
        name="dense-deep",
        about="784-128-64-32-64-128-784 relu and sigmoid, batch 256, 5 epochs over 60,000 images",
        task=Task(
            network=DenseNetwork((784, 128, 64, 32, 64, 128, 784)),
            hidden_activation="relu",
            output_activation="sigmoid",
            loss="binary_cross_entropy",
            batch_size=256,
            epochs=5,
        ),
        load=images_of("mnist"),
        targets={"keras": 4.0},
        peer_epochs=5,
        reference="Keras, three seeds, on the 10,000 test images: 0.1136 (0.1122 - 0.1155).",
        quick_rows=6000,
        without=("sklearn",),
    ),
    # Strided convolutions of few channels: the arithmetic is small, the way through memory is not.
    Contest(
        name="conv-stride",
        about="conv 16 and 8 stride 2, transposed 8 and 16, conv 1; batch 32, 10 epochs over 60,000 images",
        task=Task(
            network=ConvolutionalNetwork((28, 28, 1), filters=(16, 8), resizing="strides"),
            hidden_activation="relu",
            output_activation="sigmoid",
            batch_size=32,
            epochs=10,
        ),
        load=images_of("fashion_mnist"),
        targets={"keras": 2.0, "torch": 1.5},
        peer_epochs=2,
        quick_rows=2010,
        without=("sklearn",),
        tolerance=0.1,  # of four seeds in one library the worst is 23% above the best after 400 steps
    ),
    # Convolutions of 32 channels with pooling: arithmetic counts, and the peers' own kernels do it well.
    Contest(
        name="conv-pool",
        about="conv 32, pool, twice; conv 32, double, twice; conv 1; batch 256, 5 epochs over 60,000 images",
        task=Task(
            network=ConvolutionalNetwork((28, 28, 1), filters=(32, 32), resizing="pooling"),
            hidden_activation="relu",
            output_activation="sigmoid",
            loss="binary_cross_entropy",
            batch_size=256,
            epochs=5,
        ),
        load=images_of("mnist"),
        targets={"keras": 1.0, "torch": 1.0},
        peer_epochs=2,
        reference="Keras, three seeds, on the 10,000 test images: 0.0708 (0.0704 - 0.0713).",
        quick_rows=1000,
        without=("sklearn",),
    ),
)
