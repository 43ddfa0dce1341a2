"""One-hot rows that are sparse up to the batch: peak memory of a pipeline beside TruncatedSVD and dense rows.

    python -m benchmarks.sparse
    python -m benchmarks.sparse --rows 50000 --only svd,sparse,dense

Every pipeline is fitted in a process of its own, whose peak (VmHWM) is set back when the table of categories
is there and everything is imported. All have as many components; the error is the mean square of 10,000
held-out rows' cells, as a share of what the training rows' column means leave of them. Prints a table in
Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peak_memory import peak_memory

HELD_OUT, BLOCK = 10_000, 1_000
CONTESTANTS = {
    "svd": "OneHotEncoder, TruncatedSVD",
    "sparse": "OneHotEncoder, Autoencoder",
    "dense": "OneHotEncoder(sparse_output=False), Autoencoder",
}


def categories(n_rows: int, n_columns: int, n_values: int) -> Any:
    """Draw categories of rows of 60 kinds: four in five cells hold what is usual of their kind."""
    import pandas as pd

    random = np.random.default_rng(0)
    usual = random.integers(n_values, size=(60, n_columns))
    kinds, is_usual = random.integers(60, size=n_rows), random.random((n_rows, n_columns)) < 0.8
    values = np.where(is_usual, usual[kinds], random.integers(n_values, size=(n_rows, n_columns)))
    return pd.DataFrame(values.astype(np.int16), columns=[f"c{i}" for i in range(n_columns)])


def pipeline(name: str, n_components: int, max_epochs: int) -> Any:
    """Make what is fitted."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    from diabolo import Autoencoder

    encoder = OneHotEncoder(dtype=np.float32, sparse_output=name != "dense", handle_unknown="ignore")
    if name == "svd":
        return make_pipeline(encoder, TruncatedSVD(n_components, random_state=0))
    layers = {"hidden_layer_sizes": (128,), "max_epochs": max_epochs, "batch_size": 256}
    return make_pipeline(encoder, Autoencoder(n_components, random_state=0, **layers))


def rebuilt_error(fitted: Any, rows: Any, means: np.ndarray) -> float:
    """Say which share of the squares about the training rows' means is not rebuilt, a block at a time."""
    encoder, reducer = fitted[0], fitted[-1]
    left = whole = 0.0
    for start in range(0, len(rows), BLOCK):
        given = encoder.transform(rows.iloc[start : start + BLOCK])
        cells = given.toarray() if hasattr(given, "toarray") else given
        left += float(((cells - reducer.inverse_transform(reducer.transform(given))) ** 2).sum())
        whole += float(((cells - means) ** 2).sum())
    return left / whole


def measured(name: str, shape: tuple[int, int, int], n_components: int, max_epochs: int) -> dict[str, Any]:
    """Fit one here."""
    import warnings

    warnings.simplefilter("ignore")
    n_rows, n_columns, n_values = shape
    table = categories(n_rows + HELD_OUT, n_columns, n_values)
    rows, held_out = table.iloc[:n_rows], table.iloc[n_rows:]
    made = pipeline(name, n_components, max_epochs)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, started = peak_memory(), time.perf_counter()
    made.fit(rows)
    seconds, peak = time.perf_counter() - started, peak_memory()
    means = np.concatenate([np.unique(rows[each], return_counts=True)[1] for each in rows]) / n_rows
    return {
        "before": before,
        "peak": peak,
        "seconds": seconds,
        "epochs": getattr(made[-1], "n_epochs_", None),
        "error": rebuilt_error(made, held_out, means),
    }


def main() -> int:
    """Fit all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=20, help="columns of categories")
    parser.add_argument("--values", type=int, default=250, help="values of each column")
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--only", default="svd,sparse", help=f"of {','.join(CONTESTANTS)}")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    typed = parser.parse_args()
    shape = (typed.rows, typed.columns, typed.values)
    if typed.worker:
        print(json.dumps(measured(typed.worker, shape, typed.components, typed.epochs)))
        return 0
    n_features = typed.columns * typed.values
    size = 4e-9 * typed.rows * n_features
    print(f"{typed.rows:,} rows x {n_features:,} one-hot columns, {size:.2f} GB dense\n")
    print("| pipeline | peak above the table's | before | seconds | epochs | held-out error |")
    print("|---|---|---|---|---|---|")
    for name in typed.only.split(","):
        command = [sys.executable, "-m", "benchmarks.sparse", *sys.argv[1:], "--worker", name]
        # Without the cache on disk a compiler takes what it takes of a new machine.
        environment = {**os.environ, "DIABOLO_CACHE_DIR": "off"}
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if ended.returncode:
            print(f"| {CONTESTANTS[name]} | failed: {ended.stderr.strip().splitlines()[-1]} | | | | |")
            continue
        found = json.loads(ended.stdout.splitlines()[-1])
        print(
            f"| {CONTESTANTS[name]} | {(found['peak'] - found['before']) / 1e6:,.0f} MB | "
            f"{found['before'] / 1e6:,.0f} MB | {found['seconds']:.0f} | {found['epochs'] or '-'} | "
            f"{found['error']:.4f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
