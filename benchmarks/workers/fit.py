"""Time one fit of one contestant: ``python -m benchmarks.workers.fit '{"contestant": ..., ...}'``."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.contestants import CONTESTANTS
from benchmarks.peak_memory import peak_memory
from benchmarks.task import Task
from benchmarks.versions import versions
from benchmarks.weights import from_arrays

ROWS_AT_ONCE = 4096


def mean_squared_error(reconstruct: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> float:
    """Return the loss over all rows after training, summed in float64: the same definition for everyone."""
    total = 0.0
    for start in range(0, len(X), ROWS_AT_ONCE):
        rows = X[start : start + ROWS_AT_ONCE]
        output = np.asarray(reconstruct(rows), np.float64)
        total += float(np.square(output - rows).sum())
    return total / X.size


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
        "loss": mean_squared_error(fitted.reconstruct, X),
        "epoch_seconds": None if epoch_seconds is None else [float(value) for value in epoch_seconds],
        "peak_memory": peak,
        "note": module.NOTE,
        "versions": versions(module.PACKAGES),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
