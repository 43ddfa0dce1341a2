"""Work on a data frame and on its array, turn by turn for time, or one of them alone for memory."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

from benchmarks.peak_memory import peak_memory
from diabolo import Autoencoder, AutoencoderDetector

# Every so many columns are float32, so that pandas keeps them in blocks of their own.
EVERY = 3
TRAINED_ON = 200


def made_frame(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Draw a frame of float64 and float32 columns in turns."""
    random = np.random.default_rng(0)
    names, is_narrow = np.array([f"c{i}" for i in range(n_columns)]), np.arange(n_columns) % EVERY == 0
    parts = [
        pd.DataFrame(random.random((n_rows, np.count_nonzero(chosen)), dtype), columns=names[chosen])
        for chosen, dtype in ((is_narrow, np.float32), (~is_narrow, np.float64))
    ]
    return pd.concat(parts, axis=1)[names]


def tasks(table: Any) -> dict[str, Callable[[Any], Any]]:
    """Return what is measured, each a function of a table; models are fitted to some rows beforehand."""
    settings = {"hidden_layer_sizes": (32,), "scale": "standard", "batch_size": 256, "random_state": 0}

    def fit(given: Any) -> Any:
        return Autoencoder(8, max_epochs=2, **settings).fit(given)

    fitted = Autoencoder(8, max_epochs=1, **settings).fit(table[:TRAINED_ON])
    detector = AutoencoderDetector(random_state=0).fit(table[:TRAINED_ON])
    return {
        "fit": fit,
        "transform": fitted.transform,
        "reconstruction_error": fitted.reconstruction_error,
        "anomaly_score": detector.anomaly_score,
    }


def timed(call: Callable[[Any], Any], table: Any) -> float:
    started = time.perf_counter()
    call(table)
    return time.perf_counter() - started


def main(asked: dict[str, Any]) -> dict[str, Any]:
    jax.devices()  # the device's own memory belongs to the baseline
    frame = made_frame(asked["rows"], asked["columns"])
    if "rounds" in asked:
        cells = frame.to_numpy()  # which lies by columns, as the frame does
        tables = {
            "array": np.ascontiguousarray(cells),
            "by columns": np.asfortranarray(cells),
            "frame": frame,
        }
        of = {name: tasks(table) for name, table in tables.items()}
        for name, table in tables.items():  # which compiles
            for call in of[name].values():
                call(table)
        rounds = [
            {
                task: {name: timed(of[name][task], table) for name, table in tables.items()}
                for task in of["array"]
            }
            for _ in range(asked["rounds"])
        ]
        return {"rounds": rounds}
    table = frame if asked["kind"] == "frame" else np.ascontiguousarray(frame.to_numpy())
    del frame
    call = tasks(table)[asked["task"]]
    forget_peak()
    before = peak_memory()
    call(table)
    return {"before": before, "peak": peak_memory()}


def forget_peak() -> None:
    """Have the system count this process's peak from now on; making a table takes more than holding it."""
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
