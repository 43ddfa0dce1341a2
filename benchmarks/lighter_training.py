"""What it costs to train with less memory: ``python -m benchmarks.lighter_training``.

Prints a table in Markdown: Adam as it is, with moments of 16 bits, with tied weights, with both, and momentum
alone. On Fashion-MNIST and on a made table of methylation (synthetic; people held out), means of three seeds
and their range. It takes some ten minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import diabolo
from diabolo import Autoencoder
from diabolo.datasets import load_fashion_mnist, make_methylation
from diabolo.evaluation import downstream_score

SEEDS = range(3)
WAYS: dict[str, dict[str, Any]] = {
    '"adam"': {},
    '"adam16"': {"optimizer": "adam16"},
    "tied": {"tied_weights": True},
    '"adam16", tied': {"optimizer": "adam16", "tied_weights": True},
    '"sgd", momentum': {"optimizer": "sgd", "learning_rate": 0.05},
}
Measure = Callable[[dict[str, Any], int], tuple[float, ...]]


def fashion() -> Measure:
    """Rebuild pictures that were held out, and tell their classes from the codes."""
    (train, classes), (test, test_classes) = (load_fashion_mnist(part) for part in ("train", "test"))

    def measure(way: dict[str, Any], seed: int) -> tuple[float, ...]:
        settings = {"hidden_layer_sizes": (256,), "batch_size": 128, "max_epochs": 20, "random_state": seed}
        settings["initializer"] = "glorot_uniform"
        model = Autoencoder(32, **{**settings, **way}).fit(train)
        score = downstream_score(
            model, train[:10_000], classes[:10_000], test, test_classes, baselines=(),
            supervision="classification",
        )  # fmt: skip
        return 1e3 * float(model.reconstruction_error(test).mean()), 100 * score["code"]

    return measure


def methylation(folder: Path) -> Measure:
    """Rebuild people that were held out, and read their ages from the codes."""
    path = folder / "methylation.h5"
    make_methylation(path, 2_000, 20_000)
    training, held_out = diabolo.hold_out(diabolo.open(path, target="label"), 0.2, groups="person")

    def measure(way: dict[str, Any], seed: int) -> tuple[float, ...]:
        settings = {"hidden_layer_sizes": (128, 128), "batch_size": 64, "max_epochs": 10, "scale": "center"}
        settings |= {"missing": "mean", "supervision_weight": 0.01, "random_state": seed}
        settings["initializer"] = "glorot_uniform"
        model = Autoencoder(128, **{**settings, **way}).fit(training)
        score = downstream_score(model, training, None, held_out, None, baselines=())
        return 1e3 * float(np.nanmean(model.reconstruction_error(held_out))), score["code"]

    return measure


def shown(values: list[float], digits: int) -> str:
    """Write a mean and its range."""
    mean, low, high = (f"{each:.{digits}f}" for each in (np.mean(values), min(values), max(values)))
    return f"{mean} ({low} - {high})"


def main() -> None:
    """Print the table, a row as soon as it is there."""
    print("| | Fashion-MNIST, error x 1,000 | accuracy, % | methylation, error x 1,000 | age error, years |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measures = (fashion(), methylation(Path(folder)))
        for name, way in WAYS.items():
            columns = [
                column
                for measure in measures
                for column in zip(*(measure(way, seed) for seed in SEEDS), strict=True)
            ]
            cells = [shown(list(own), digits) for own, digits in zip(columns, (3, 1, 3, 1), strict=True)]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
