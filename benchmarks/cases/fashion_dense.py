"""A shallow network on images: the matrix products begin to count."""

from __future__ import annotations

from benchmarks.contest import Contest
from benchmarks.image_rows import load_fashion_mnist_rows
from benchmarks.network import DenseNetwork
from benchmarks.task import Task

CASE = Contest(
    name="fashion-dense",
    about="784-64-784 relu and sigmoid, batch 32, 10 epochs over 60,000 images",
    task=Task(
        network=DenseNetwork((784, 64, 784)),
        hidden_activation="relu",
        output_activation="sigmoid",
        batch_size=32,
        epochs=10,
    ),
    load=load_fashion_mnist_rows,
    targets={"keras": 4.0, "torch": 2.0},
    peer_epochs=10,
    quick_rows=6000,
)
