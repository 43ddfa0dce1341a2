"""Fit one detector with its defaults on every set by one seed; print its scores' quality and its seconds."""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomaly_sets import names, split

_PACKAGES = {
    "diabolo": ("diabolo", "numpy", "scikit-learn"),
    "pyod": ("pyod", "torch"),
    "forest": ("scikit-learn",),
}


def _detector(contestant: str, seed: int) -> tuple[Any, Any]:
    """Return a detector, and what gives scores that are higher for the odder."""
    if contestant == "diabolo":
        from diabolo import AutoencoderDetector

        return AutoencoderDetector(random_state=seed), lambda detector, X: detector.anomaly_score(X)
    if contestant == "pyod":
        from pyod.models.auto_encoder import AutoEncoder

        return AutoEncoder(random_state=seed, verbose=0), lambda detector, X: detector.decision_function(X)
    from sklearn.ensemble import IsolationForest

    return IsolationForest(random_state=seed), lambda detector, X: -detector.score_samples(X)


def measured(contestant: str, seed: int, sets: list[str]) -> dict[str, dict[str, float]]:
    """Measure a detector on sets; the first fit is made twice: it pays for what libraries import late."""
    found: dict[str, dict[str, float]] = {}
    for name in [sets[0], *sets]:
        train, test, is_anomaly = split(name, seed)
        detector, score = _detector(contestant, seed)
        started = time.perf_counter()
        detector.fit(train)
        seconds = time.perf_counter() - started
        scores = score(detector, test)
        found[name] = {
            "roc_auc": float(roc_auc_score(is_anomaly, scores)),
            "average_precision": float(average_precision_score(is_anomaly, scores)),
            "seconds": seconds,
            "rows": len(train),
            "columns": train.shape[1],
        }
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asked = json.loads(sys.argv[1])
    sets = names()[:3] if asked["quick"] else names()
    result = measured(asked["contestant"], asked["seed"], sets)
    used = {package: version(package) for package in _PACKAGES[asked["contestant"]]}
    print(json.dumps({"sets": result, "versions": used}))
