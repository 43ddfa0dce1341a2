"""Convolutions of 32 channels with pooling: arithmetic counts, and the peers' own kernels do it well."""

from __future__ import annotations

from benchmarks.contest import Contest
from benchmarks.image_rows import load_mnist_rows
from benchmarks.network import ConvolutionalNetwork
from benchmarks.task import Task

CASE = Contest(
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
    load=load_mnist_rows,
    targets={"keras": 1.0, "torch": 1.0},
    peer_epochs=2,
    reference="Keras, three seeds, on the 10,000 test images: 0.0708 (0.0704 - 0.0713).",
    quick_rows=1000,
    without=("sklearn",),
)
