"""Short faults of one channel among twenty, planted in a series: ``python -m benchmarks.planted_faults``.

Prints a table in Markdown: points told apart, and how many of the ten faults are among the ten oddest events,
by the detector as it comes, by its residuals alone, and by isolation forest on the same windows. Channels are
sines of different periods with noise; a fault is 60 points of one channel that lie higher by 2.
"""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

import diabolo
from diabolo import AutoencoderDetector
from diabolo.series.point_scores import PointScores

N_POINTS, N_CHANNELS, N_FAULTS, WINDOW = 60_000, 20, 10, 48
RESIDUALS_ALONE = {"density_weight": 0.0, "distance_weight": 0.0}


def planted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a series and which of its points are faults."""
    random = np.random.default_rng(seed)
    points, periods = np.arange(N_POINTS)[:, None], 20 + 3 * np.arange(N_CHANNELS)
    series = np.sin(points / periods) + 0.1 * random.standard_normal((N_POINTS, N_CHANNELS))
    is_fault = np.zeros(N_POINTS, bool)
    for fault, start in enumerate(np.linspace(3000, N_POINTS - 3000, N_FAULTS).astype(int)):
        series[start : start + 60, fault * 7 % N_CHANNELS] += 2
        is_fault[start : start + 60] = True
    return series.astype(np.float32), is_fault


def main() -> None:
    print("| score | ROC-AUC | average precision | faults among the ten oddest events |")
    print("|---|---|---|---|")
    figures: dict[str, list[tuple[float, float, int]]] = {}
    for seed in range(3):
        series, is_fault = planted(seed)
        windows = diabolo.sliding_windows(series, WINDOW)
        rows = np.lib.stride_tricks.sliding_window_view(series, WINDOW, axis=0).reshape(len(windows), -1)
        forest = IsolationForest(random_state=seed).fit(rows[::7])
        scores = {"isolation forest": windows.to_points(-forest.score_samples(rows))}
        for name, weights in {"the default": None, "residuals alone": RESIDUALS_ALONE}.items():
            detector = AutoencoderDetector(score_params=weights, random_state=seed).fit(windows)
            scores[name] = windows.point_scores(detector).scores
        for name, score in scores.items():
            events = PointScores(score, score[:, None], ("all",), None).events(np.quantile(score, 0.985))
            oddest = sorted(events, key=lambda event: -event.score)[:N_FAULTS]
            found = sum(bool(is_fault[event.start : event.end + 1].any()) for event in oddest)
            told = roc_auc_score(is_fault, score), average_precision_score(is_fault, score)
            figures.setdefault(name, []).append((*told, found))
    for name, seeds in figures.items():
        told, precision, found = np.mean(seeds, axis=0)
        print(f"| {name} | {told:.3f} | {precision:.3f} | {found:.1f} |", flush=True)


if __name__ == "__main__":
    main()
