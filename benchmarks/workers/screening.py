"""Screen a made table with Diabolo and with scikit-learn, turn by turn, and print seconds and differences."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from sklearn.feature_selection import f_regression, mutual_info_regression

from diabolo import screen
from diabolo.screening import f_test

KINDS = ("linear", "monotone", "quadratic", "sinusoidal", "heteroscedastic")
EVERY = 10  # so many features, one carries signal


def made_table(n_rows: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw noise, and in every tenth feature a relation of one of five kinds at one of twenty strengths."""
    random = np.random.default_rng(0)
    y = random.normal(size=n_rows)
    X = np.empty((n_rows, n_features), np.float32)
    for start in range(0, n_rows, 50):
        random.standard_normal(out=(block := X[start : start + 50]), dtype=np.float32)
        z = y[start : start + 50, None].astype(np.float32)
        for k, kind in enumerate(KINDS):
            chosen = slice(k * EVERY, None, EVERY * len(KINDS))
            noise = block[:, chosen]
            scale = np.geomspace(0.1, 2.0, 20, dtype=np.float32)[np.arange(noise.shape[1]) % 20]
            if kind == "heteroscedastic":
                block[:, chosen] = (0.05 + np.abs(z) ** (2 / (0.3 + scale))) * noise
            else:
                wave = {
                    "linear": z,
                    "monotone": np.exp(z) / 1.5,
                    "quadratic": z**2,
                    "sinusoidal": np.sin(2.5 * z),
                }
                block[:, chosen] = wave[kind] + scale * noise
    return X, y


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def largest_deviation(found: np.ndarray, expected: np.ndarray) -> float:
    """Relative to what was expected, where that is not zero."""
    there = expected != 0
    return float(np.max(np.abs(found[there] / expected[there] - 1)))


def main(asked: dict[str, int]) -> dict[str, Any]:
    X, y = made_table(asked["rows"], asked["features"])
    part = np.ascontiguousarray(X[:, : asked["part"]])
    screen(part[:, :256], y)  # imports, and threads
    f_regression(part[:, :256], y)
    rounds = []
    for _ in range(asked["rounds"]):
        ours, found = timed(lambda: screen(X, y, n_jobs=2))
        f_alone, _ = timed(lambda: f_test(X, y, n_jobs=2))
        theirs_f, (F, p) = timed(lambda: f_regression(X, y))
        theirs_mi, nats = timed(lambda: mutual_info_regression(part, y, random_state=0))
        both_cores, _ = timed(lambda: mutual_info_regression(part, y, random_state=0, n_jobs=2))
        rounds.append(
            {
                "diabolo": ours,
                "diabolo_f_alone": f_alone,
                "sklearn_f": theirs_f,
                "sklearn_mi_of_part": theirs_mi,
                "sklearn_mi_of_part_two_jobs": both_cores,
            }
        )
    signal = np.arange(0, asked["part"], EVERY)
    kinds = {kind: signal[k :: len(KINDS)] for k, kind in enumerate(KINDS)}
    carrying = signal[nats[signal] > 0.02]
    return {
        "rounds": rounds,
        "deviation_F": largest_deviation(found.statistic, F),
        "deviation_p": largest_deviation(found.pvalue, p),
        "smallest_p": float(p[p > 0].min()),
        "n_carrying": len(carrying),
        "spearman": float(spearmanr(found.information[carrying], nats[carrying])[0]),
        "spearman_of_kinds": {
            kind: float(spearmanr(found.information[there], nats[there])[0]) for kind, there in kinds.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
