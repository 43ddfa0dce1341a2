"""Groups in the codes of an autoencoder, and in as many principal components, beside the rows' classes.

Both are fitted to all rows without their classes; columns of several units are standardised before.
`diabolo.find_groups` looks for groups in the codes of each: by k-means with as many groups as there are
classes, and by HDBSCAN as it comes. A figure is the adjusted Rand index against the classes (1 is the same,
0 is chance; rows in no group count as one group), the mean over the seeds and their range.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.machine import describe_commit, describe_machine

MOST_ROWS = 2_000
WIDTHS = (2, 8)


class Table(NamedTuple):
    """Rows with classes."""

    rows: np.ndarray
    classes: np.ndarray


def _bundled(name: str, *, is_standardised: bool = True) -> Callable[[], Table]:
    def load() -> Table:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")()
        rows = np.asarray(found.data, np.float64)
        return Table((rows - rows.mean(axis=0)) / rows.std(axis=0) if is_standardised else rows, found.target)

    return load


def _ecg(path: Path) -> Callable[[], Table]:
    def load() -> Table:
        with np.load(path) as held:
            return _drawn(held["X"], held["y"])

    return load


def _images() -> Table:
    from diabolo.datasets import load_mnist

    return _drawn(*load_mnist("test"))


def _drawn(rows: np.ndarray, classes: np.ndarray) -> Table:
    chosen = np.sort(np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS])
    return Table(np.asarray(rows[chosen], np.float64), classes[chosen])


def tables() -> dict[str, Callable[[], Table]]:
    """Name the tables that are at hand, and how each is loaded."""
    found = {"digits": _bundled("digits", is_standardised=False)}
    found |= {name: _bundled(name) for name in ("iris", "wine", "breast_cancer")}
    folder = Path(os.environ.get("DIABOLO_DATA", "")).expanduser()
    if (folder / "ecg5000.npz").exists():
        found["ecg5000"] = _ecg(folder / "ecg5000.npz")
    if (folder / "mnist").exists():
        found["mnist"] = _images
    return found


def figures(table: Table, width: int, seed: int) -> dict[str, float]:
    """Find groups in the codes of both, by both methods."""
    from diabolo import Autoencoder, find_groups
    from diabolo.evaluation import StreamedPCA

    network = Autoencoder(width, random_state=seed).fit(table.rows)
    components = StreamedPCA(width, random_state=seed).fit(table.rows)
    found = {}
    number = len(np.unique(table.classes))
    for name, model in (("code", network), ("components", components)):
        for method, settings in (("k-means", {"n_clusters": number}), ("HDBSCAN", {})):
            asked: dict[str, Any] = {**settings, "random_state": seed}
            found[f"{method}, {name}"] = find_groups(model, table.rows, **asked).agreement(table.classes)
    return found


def main() -> None:
    """Measure, and print the table of docs/how-to/find-groups.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TABLE", help=f"which: {', '.join(tables())}")
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{describe_machine()}; {describe_commit()}\n")
    is_first = True
    for name in asked.names or tables():
        table = tables()[name]()
        for width in WIDTHS:
            if width >= table.rows.shape[1]:
                continue
            runs = [figures(table, width, seed) for seed in range(asked.seeds)]
            if is_first:
                print(f"| table | numbers a row | {' | '.join(runs[0])} |\n|---|---|{'---|' * len(runs[0])}")
                is_first = False
            cells = []
            for what in runs[0]:
                values = [run[what] for run in runs]
                cells.append(f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})")
            print(f"| {name} | {width} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
