"""Peak memory of one fit of Diabolo: ``python -m benchmarks.workers.memory '{"rows": ..., ...}'``."""

from __future__ import annotations

import json
import sys
import time

import jax
import numpy as np

from benchmarks.peak_memory import peak_memory
from diabolo import Autoencoder


def make_data(rows: int, columns: int, dtype: str) -> np.ndarray:
    """Fill an array with random numbers in place, so that making it costs no more than holding it."""
    X = np.empty((rows, columns), dtype)
    np.random.default_rng(0).random(out=X, dtype=X.dtype)
    return X


def main() -> None:
    arguments = json.loads(sys.argv[1])
    jax.devices()  # the device's own memory belongs to the baseline
    baseline = peak_memory()
    X = make_data(arguments["rows"], arguments["columns"], arguments["dtype"])
    with_data = peak_memory()
    model = Autoencoder(
        n_components=arguments["n_components"],
        hidden_layer_sizes=tuple(arguments["hidden_layer_sizes"]),
        loss="squared_error",
        initializer="glorot_uniform",
        scale=None,
        batch_size=arguments["batch_size"],
        max_epochs=arguments["epochs"],
        random_state=0,
    )
    start = time.perf_counter()
    model.fit(X)
    seconds = time.perf_counter() - start
    result = {"baseline": baseline, "with_data": with_data, "peak": peak_memory(), "seconds": seconds}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
