"""A small, deep network on a small table: the time between two steps is all that counts."""

from __future__ import annotations

import numpy as np

from benchmarks.contest import Contest
from benchmarks.network import DenseNetwork
from benchmarks.task import Task


def load() -> np.ndarray:
    """Read the 1,797 digits of 8 x 8 pixels, between 0 and 1."""
    from sklearn.datasets import load_digits

    return (load_digits().data / 16).astype(np.float32)


CASE = Contest(
    name="digits",
    about="64-32-2-32-64 sigmoid, batch 8, 500 epochs over 1,797 digits",
    task=Task(
        network=DenseNetwork((64, 32, 2, 32, 64)),
        hidden_activation="sigmoid",
        output_activation="sigmoid",
        batch_size=8,
        epochs=500,
    ),
    load=load,
    targets={"keras": 30.0, "torch": 8.0},
    peer_epochs=25,
    reference="Keras, three seeds, all 500 epochs, measured once: 0.0329 (0.0325 - 0.0334).",
)
