"""How many fresh normal rows the detector's lines flag: ``python -m benchmarks.detector_rates [--deep]``.

Prints tables in Markdown: the share of fresh normal rows that are flagged, the mean of 20 repetitions with
the least and the largest, at lines whose nominal share is 5%, and isolation forest's beside them (its line by
the same quantile of its own training scores). Normal rows are a few factors and noise, or digits. ``--quick``
repeats thrice, ``--deep`` trains networks, too.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from diabolo import AutoencoderDetector
from diabolo.datasets import load_digits
from diabolo.pyod import AutoEncoder

FRESH = 400
NOMINAL = 0.05
# A quantile of normal numbers that 5% of them lie above.
NORMAL_DEVIATIONS = 1.645
Tables = Callable[[int], tuple[np.ndarray, np.ndarray]]


def of_factors(n_rows: int, n_features: int) -> Tables:
    """Draw rows of five factors and noise."""

    def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        factors = random.normal(size=(5, n_features))
        rows = random.normal(size=(n_rows + FRESH, 5)) @ factors
        rows += random.normal(size=(n_rows + FRESH, n_features))
        return rows[:n_rows], rows[n_rows:]

    return draw


def of_digits(n_rows: int) -> Tables:
    """Draw digits."""
    X = load_digits()[0].astype(float)

    def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
        order = np.random.default_rng(seed).permutation(len(X))
        return X[order[:n_rows]], X[order[n_rows : n_rows + FRESH]]

    return draw


def _detector(**settings: Any) -> Callable[[np.ndarray, np.ndarray, int], np.ndarray]:
    def flagged(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
        return AutoencoderDetector(random_state=seed, **settings).fit(rows).predict(fresh) == -1

    return flagged


def _pyod(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
    detector = AutoEncoder(contamination=NOMINAL, random_state=seed, verbose=0)
    return detector.fit(rows).predict(fresh) == 1


def _forest(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
    forest = IsolationForest(random_state=seed).fit(rows)
    return forest.score_samples(fresh) < np.quantile(forest.score_samples(rows), NOMINAL)


LINES = {
    "quantile (the default)": _detector(),
    "contamination": _detector(contamination=NOMINAL),
    "conformal, half held out": _detector(threshold="conformal", held_out_fraction=0.5),
    "median+mad, k=1.645": _detector(threshold="median+mad", threshold_params={"k": NORMAL_DEVIATIONS}),
    "mean+std, k=1.645": _detector(threshold="mean+std", threshold_params={"k": NORMAL_DEVIATIONS}),
    "PyOD's names": _pyod,
    "folds of none (cv=0)": _detector(cv=0),
    "isolation forest": _forest,
}
DEEP = {
    "deep": _detector(autoencoder="deep"),
    "deep, contamination": _detector(autoencoder="deep", contamination=NOMINAL),
}
FEW = {
    "40 x 2,500": of_factors(40, 2500),
    "60 x 1,000": of_factors(60, 1000),
    "100 x 20,000": of_factors(100, 20_000),
    **{f"{n} digits": of_digits(n) for n in (40, 100, 300)},
}
SIZES = {f"{n:,} x {d}": of_factors(n, d) for n in (50, 200, 1000) for d in (5, 50, 500)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true", help="networks that are trained, too")
    parser.add_argument("--quick", action="store_true", help="3 repetitions")
    asked = parser.parse_args()
    lines = {**LINES, **(DEEP if asked.deep else {})}
    warnings.simplefilter("ignore")
    for tables in (FEW, SIZES):
        print("| rows x features | " + " | ".join(lines) + " |")
        print("|---" * (len(lines) + 1) + "|", flush=True)
        for title, draw in tables.items():
            cells = [title]
            for flagged in lines.values():
                seeds = range(3 if asked.quick else 20)
                shares = [100 * flagged(*draw(seed), seed).mean() for seed in seeds]
                cells.append(f"{np.mean(shares):.1f}% ({min(shares):.0f} - {max(shares):.0f})")
            print("| " + " | ".join(cells) + " |", flush=True)
        print()


if __name__ == "__main__":
    main()
