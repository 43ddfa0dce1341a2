"""Time one fit of one contestant: ``python -m benchmarks.workers.fit '{"contestant": ..., ...}'``."""

from __future__ import annotations

import importlib
import json
import sys
import time

import numpy as np

from benchmarks.contestants import CONTESTANTS
from benchmarks.loss import mean_loss
from benchmarks.machine import versions
from benchmarks.peak_memory import peak_memory
from benchmarks.task import Task
from benchmarks.weights import from_arrays


def main() -> None:
    arguments = json.loads(sys.argv[1])
    task = Task.from_json(arguments["task"])
    with np.load(arguments["arrays"]) as arrays:
        X, layers = arrays["X"], from_arrays(arrays)
    module = importlib.import_module(f"benchmarks.contestants.{CONTESTANTS[arguments['contestant']].module}")

    start = time.perf_counter()
    fitted = module.fit(task, X, layers, arguments["seed"])
    seconds = time.perf_counter() - start
    peak = peak_memory()

    epoch_seconds = fitted.epoch_seconds
    result = {
        "seconds": seconds,
        "epochs": task.epochs,
        "loss": mean_loss(task.loss, fitted.reconstruct, X),
        "epoch_seconds": None if epoch_seconds is None else [float(value) for value in epoch_seconds],
        "peak_memory": peak,
        "note": module.NOTE,
        "versions": versions(module.PACKAGES),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
