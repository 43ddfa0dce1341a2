"""Fit Diabolo's autoencoder of half a million features; print seconds and losses of epochs, and the peak."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.machine import versions
from benchmarks.peak_memory import peak_memory
from benchmarks.wide_task import WideTask
from diabolo import Autoencoder


def main(asked: dict[str, Any]) -> dict[str, Any]:
    task = WideTask(**asked["task"])
    X = task.made_rows()
    before = peak_memory()
    network = Autoencoder(
        task.width,
        hidden_layer_sizes=(task.width, task.width),
        activation="relu",
        code_activation="relu",
        output_activation="sigmoid",
        tied_weights=asked["tied"],
        initializer="glorot_uniform",
        learning_rate=task.learning_rate,
        batch_size=task.batch_size,
        max_epochs=task.epochs,
        random_state=asked["seed"],
    ).fit(X)
    return {
        "seconds": network.history_["seconds"],
        "loss": network.history_["loss"],
        "before": before,
        "peak": peak_memory(),
        "versions": versions(),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
