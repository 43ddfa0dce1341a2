"""A deep dense network in large batches: few steps, each of many small products."""

from __future__ import annotations

from benchmarks.contest import Contest
from benchmarks.image_rows import load_mnist_rows
from benchmarks.network import DenseNetwork
from benchmarks.task import Task

CASE = Contest(
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
    load=load_mnist_rows,
    targets={"keras": 4.0},
    peer_epochs=5,
    reference="Keras, three seeds, on the 10,000 test images: 0.1136 (0.1122 - 0.1155).",
    quick_rows=6000,
    without=("sklearn",),
)
