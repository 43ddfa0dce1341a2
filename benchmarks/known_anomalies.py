"""What a few marked anomalies bring on 20 sets: ``python -m benchmarks.known_anomalies``.

Prints a table in Markdown: ROC-AUC and average precision on test rows, means over the sets and three seeds,
with the usual weights of the score and with those that the marked anomalies choose. The other training rows
have no label.
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomaly_sets import SEEDS, labeled_split, names
from diabolo import AutoencoderDetector

MARKED = (3, 5, 10, 20)


def _measured(name: str, seed: int, n_marked: int) -> list[tuple[float, float]]:
    train, test, y_train, y_test = labeled_split(name, seed)
    marked = np.random.default_rng(seed).permutation(np.flatnonzero(y_train == 1))[:n_marked]
    labels = np.full(len(train), np.nan)
    labels[marked] = -1
    found = []
    for score_params in ({}, None):  # weights that are said are kept
        detector = AutoencoderDetector(random_state=seed, score_params=score_params).fit(train, labels)
        scores = detector.anomaly_score(test)
        found.append((roc_auc_score(y_test, scores), average_precision_score(y_test, scores)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    if not names():
        parser.error("needs the sets of ADBench: DIABOLO_DATA must name a folder with adbench in it")
    print("| marked | usual weights: ROC-AUC | average precision | chosen: ROC-AUC | average precision |")
    print("|---|---|---|---|---|", flush=True)
    for n_marked in MARKED:
        found = np.mean([_measured(name, seed, n_marked) for seed in SEEDS for name in names()], axis=0)
        print(f"| {n_marked} | {' | '.join(f'{figure:.3f}' for figure in found.ravel())} |", flush=True)


if __name__ == "__main__":
    main()
