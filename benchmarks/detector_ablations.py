"""What each part of the detector brings on 20 sets: ``python -m benchmarks.detector_ablations [--deep]``.

Prints a table in Markdown: ROC-AUC and average precision, means over the sets and three seeds, and seconds of
all fits of a seed. ``--deep`` trains networks too, which takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomaly_sets import SEEDS, names, split
from diabolo import Autoencoder, AutoencoderDetector
from diabolo.detection import linear
from diabolo.estimators._members import deep_autoencoder

Scorer = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def _detector(**settings: Any) -> Scorer:
    def score(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        return AutoencoderDetector(random_state=seed, **settings).fit(train).anomaly_score(test)

    return score


def _with_gaps(share: float, **settings: Any) -> Scorer:
    """Score tables of which a share of the cells, of training and test rows, is missing at random."""

    def score(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        gappy = [np.where(random.random(rows.shape) < share, np.nan, rows) for rows in (train, test)]
        return _detector(**settings)(gappy[0], gappy[1], seed)

    return score


def _code_widths(choose: Callable[[np.ndarray, float, int, int], tuple[int, ...]], **settings: Any) -> Scorer:
    """Score with codes of other widths."""

    def score(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        usual = linear.code_widths
        linear.code_widths = choose
        try:
            return _detector(**settings)(train, test, seed)
        finally:
            linear.code_widths = usual

    return score


def _share(share: float) -> Callable[[np.ndarray, float, int, int], tuple[int, ...]]:
    def choose(spectrum: np.ndarray, total: float, n_features: int, n_rows: int) -> tuple[int, ...]:
        return (min(max(round(share * n_features), 1), n_features - 1, len(spectrum)),)

    return choose


def _of_variance(spectrum: np.ndarray, total: float, n_features: int, n_rows: int) -> tuple[int, ...]:
    kept = int((np.cumsum(spectrum) < 0.9 * total).sum()) + 1
    return (min(kept, n_features - 1, len(spectrum)),)


def _deep(epochs: int | None = None, **settings: Any) -> Scorer:
    def score(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        if epochs is None:
            return _detector(autoencoder="deep", **settings)(train, test, seed)
        from diabolo.estimators import _members

        usual = _members.deep_autoencoder

        def shorter(n_rows: int, n_features: int) -> Autoencoder:
            return deep_autoencoder(n_rows, n_features).set_params(max_epochs=epochs)

        _members.deep_autoencoder = shorter
        try:
            return _detector(autoencoder="deep", **settings)(train, test, seed)
        finally:
            _members.deep_autoencoder = usual

    return score


def _forest(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    return -IsolationForest(random_state=seed).fit(train).score_samples(test)


RESIDUALS_ALONE = {"deviation_weight": 0.0, "distance_weight": 0.0, "density_weight": 0.0}
ABLATIONS: dict[str, Scorer] = {
    "isolation forest, for comparison": _forest,
    "the default": _detector(),
    "residuals alone": _detector(score_params=RESIDUALS_ALONE),
    "residuals alone, their plain mean square": _detector(score_kind="squared_error"),
    "residuals alone, their plain mean size": _detector(score_kind="absolute_error"),
    "residuals alone, Mahalanobis": _detector(score_kind="mahalanobis", score_params={"code_weight": 0.0}),
    "residuals and code, Mahalanobis": _detector(score_kind="mahalanobis"),
    "without the distance from the medians": _detector(score_params={"deviation_weight": 0.0}),
    "without the distance from the means": _detector(score_params={"distance_weight": 0.0}),
    "without the density of codes": _detector(score_params={"density_weight": 0.0}),
    "with the density of codes, weight 1": _detector(score_params={"density_weight": 1.0}),
    "with the density of codes, weight 4": _detector(score_params={"density_weight": 4.0}),
    "with the code's distance, weight 0.5": _detector(score_params={"code_weight": 0.5}),
    "with the code's distance, weight 1": _detector(score_params={"code_weight": 1.0}),
    "waist: the root of the features alone": _code_widths(
        lambda spectrum, total, n, _: (min(round(n**0.5), n - 1, len(spectrum)),)
    ),
    "waist: 90% of the variance alone": _code_widths(_of_variance),
    "waist: a quarter of the features": _code_widths(_share(0.25)),
    "waist: half the features": _code_widths(_share(0.5)),
    "contamination=0.05, learned again": _detector(contamination=0.05),
    "contamination=0.1, learned again": _detector(contamination=0.1),
    "contamination=0.3, learned again": _detector(contamination=0.3),
    "held_out_fraction=0.2": _detector(held_out_fraction=0.2),
    "yardsticks from rows that were learned from (cv=0)": _detector(cv=0),
    "5% of the cells missing, missing='mean'": _with_gaps(0.05, missing="mean"),
    "5% of the cells missing, missing='mask'": _with_gaps(0.05, missing="mask"),
    "30% of the cells missing, missing='mean'": _with_gaps(0.3, missing="mean"),
    "30% of the cells missing, missing='mask'": _with_gaps(0.3, missing="mask"),
}
DEEP: dict[str, Scorer] = {
    "deep, 5 epochs": _deep(5),
    "deep, 20 epochs": _deep(20),
    "deep, some 4,000 steps (20 to 200 epochs)": _deep(),
    "deep, 10 members": _deep(n_members=10),
    "deep, 10 members, residuals alone": _deep(n_members=10, score_params=RESIDUALS_ALONE),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true", help="train networks, too")
    sets = names()
    if not sets:
        parser.error("needs the sets of ADBench: DIABOLO_DATA must name a folder with adbench in it")
    chosen = {**ABLATIONS, **(DEEP if parser.parse_args().deep else {})}
    print("| detector | ROC-AUC | average precision | seconds of 20 fits and scores |")
    print("|---|---|---|---|", flush=True)
    for title, score in chosen.items():
        found, started = [], time.perf_counter()
        for seed in SEEDS:
            for name in sets:
                train, test, is_anomaly = split(name, seed)
                scores = score(train, test, seed)
                found.append((roc_auc_score(is_anomaly, scores), average_precision_score(is_anomaly, scores)))
        seconds = (time.perf_counter() - started) / len(SEEDS)
        auc, precision = np.mean(found, axis=0)
        print(f"| {title} | {auc:.3f} | {precision:.3f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
