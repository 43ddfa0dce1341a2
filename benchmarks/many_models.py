"""A grid search and a sweep by each of joblib's backends, beside one process: ratios in one run.

    python -m benchmarks.many_models --repeats 5

Turn by turn (A B A B), so that what else the machine does falls on all alike; a ratio is of neighbors, and is
printed with its least and its largest. Workers are started, and have compiled, before the clock is.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV

from diabolo import Autoencoder
from diabolo.datasets import load_digits
from diabolo.evaluation import latent_sweep

GRID = {"n_components": [2, 4, 8, 16]}
KIND = Autoencoder(hidden_layer_sizes=(32,), max_epochs=40, random_state=0)


@contextlib.contextmanager
def clusters() -> Iterator[dict[str, Callable[[], Any]]]:
    """Start workers of Dask and Ray; give what makes joblib use each backend."""
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    import ray
    from distributed import Client, LocalCluster
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=2**28, logging_level="error")
    register_ray()
    local = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": 0}
    with LocalCluster(**local) as cluster, Client(cluster):
        yield {
            "threading": lambda: joblib.parallel_config("threading", n_jobs=2),
            "loky": lambda: joblib.parallel_config("loky", n_jobs=2),
            "dask": lambda: joblib.parallel_config("dask"),
            "ray": lambda: joblib.parallel_config("ray", n_jobs=2),
        }
    ray.shutdown()


def searched(rows: np.ndarray) -> Any:
    """Fit 12 models by scikit-learn's grid search."""
    return GridSearchCV(KIND, GRID, cv=3, refit=False).fit(rows).cv_results_["mean_test_score"].tolist()


def swept(rows: np.ndarray) -> Any:
    """Fit 12 models by a sweep."""
    sweep = latent_sweep(rows, n_components=GRID["n_components"], seeds=(0, 1, 2), autoencoder=KIND)
    return [run["reconstruction_error"] for run in sweep.runs]


def timed(work: Callable[[np.ndarray], Any], rows: np.ndarray) -> tuple[float, Any]:
    """Do work by the clock."""
    started = time.perf_counter()
    found = work(rows)
    return time.perf_counter() - started, found


def main() -> None:
    """Print a line for each work and backend."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore")
    rows = np.asarray(load_digits()[0], np.float32)
    with clusters() as backends:
        for name, work in {"grid search of 12 fits": searched, "sweep of 12 fits": swept}.items():
            _, expected = timed(work, rows)
            for backend, configured in backends.items():
                with configured():
                    work(rows)
                ratios, alone = [], []
                for _ in range(repeats):
                    seconds, found = timed(work, rows)
                    with configured():
                        at_once, same = timed(work, rows)
                    assert found == same == expected, f"{backend} found other bits"
                    ratios.append(at_once / seconds)
                    alone.append(seconds)
                print(
                    f"{name}, {backend:9}: {np.median(ratios):.2f} of one process's time "
                    f"({min(ratios):.2f} to {max(ratios):.2f}), which is {np.median(alone):.2f} s; same bits",
                    flush=True,
                )


if __name__ == "__main__":
    main()
