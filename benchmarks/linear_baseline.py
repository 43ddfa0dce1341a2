"""Does an autoencoder rebuild held-out rows better than principal components? Real tables, every case shown.

Of each table 70% of the rows are fitted and the others rebuilt, by as many principal components as the code
has numbers and by the network, raw and with every column standardised by the fitted rows. A figure is the
explained variance of the held-out rows, about the mean of the fitted ones: the network's minus that of the
components.
"""

from __future__ import annotations

import argparse
import ast
import os
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.machine import describe_commit, describe_machine

MOST_ROWS = 10_000
FITTED = 0.7
CLEARLY, MUCH = 0.005, 0.02


class Case(NamedTuple):
    """One code size on one table, in one of two scalings."""

    table: str
    n_components: int
    is_standardised: bool


class Figures(NamedTuple):
    """What one fit gave."""

    components: float
    network: float
    seconds: float
    n_epochs: int
    best_epoch: int


def _bundled(name: str) -> Callable[[], np.ndarray]:
    def load() -> np.ndarray:
        from sklearn import datasets

        return getattr(datasets, f"load_{name}")().data

    return load


def _images(name: str) -> Callable[[], np.ndarray]:
    def load() -> np.ndarray:
        from diabolo import datasets

        return getattr(datasets, f"load_{name}")()[0].reshape(-1, 784)

    return load


def _array(path: Path) -> Callable[[], np.ndarray]:
    def load() -> np.ndarray:
        with np.load(path) as held:
            rows = held["X"]
            return rows[held["y"] == 0] if path.parent.name == "adbench" else rows

    return load


def tables() -> dict[str, Callable[[], np.ndarray]]:
    """Name the tables that are at hand, and how each is loaded."""
    found = {name: _bundled(name) for name in ("iris", "wine", "breast_cancer", "diabetes", "digits")}
    found |= {"fashion-mnist": _images("fashion_mnist"), "mnist": _images("mnist")}
    folder = Path(os.environ.get("DIABOLO_DATA", "")).expanduser()
    if str(folder) != ".":
        paths = [folder / "ecg5000.npz", *sorted((folder / "adbench").glob("*.npz")), folder / "gse74193.npz"]
        found |= {path.stem: _array(path) for path in paths if path.exists()}
    return found


def split(table: str, seed: int, *, is_standardised: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to fit and rows to rebuild; of larger tables 10,000 are drawn."""
    rows = np.asarray(tables()[table](), np.float64)
    order = np.random.default_rng(seed).permutation(len(rows))[:MOST_ROWS]
    n_fitted = int(FITTED * len(order))
    fitted, held_out = rows[order[:n_fitted]], rows[order[n_fitted:]]
    if is_standardised:
        mean, deviation = fitted.mean(axis=0), fitted.std(axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        fitted, held_out = (fitted - mean) / deviation, (held_out - mean) / deviation
    return fitted, held_out


def figures_of(case: Case, seed: int, settings: dict[str, Any]) -> Figures:
    """Fit one case."""
    from sklearn.decomposition import PCA

    from diabolo import Autoencoder

    warnings.simplefilter("ignore")
    fitted, held_out = split(case.table, seed, is_standardised=case.is_standardised)
    total = np.sum((held_out - fitted.mean(axis=0)) ** 2)

    def explained(rebuilt: np.ndarray) -> float:
        return float(1 - np.sum((held_out - rebuilt) ** 2) / total)

    pca = PCA(min(case.n_components, *fitted.shape), svd_solver="full").fit(fitted)
    components = explained(pca.inverse_transform(pca.transform(held_out)))
    started = time.perf_counter()
    network = Autoencoder(case.n_components, **{"random_state": seed, **settings}).fit(fitted)
    seconds = time.perf_counter() - started
    rebuilt = np.asarray(network.reconstruct(held_out), np.float64)
    return Figures(components, explained(rebuilt), seconds, network.n_epochs_, network.best_epoch_)


def cases_of(names: list[str], sizes: list[int]) -> Iterator[tuple[Case, tuple[int, int]]]:
    """List the cases whose code is narrower than the table, with the table's shape."""
    known = tables()
    for name in names:
        n_rows, n_features = known[name]().shape
        shape = (min(n_rows, MOST_ROWS), n_features)
        for n_components, is_standardised in product(sizes, (False, True)):
            if n_components < min(n_features, int(FITTED * shape[0])):
                yield Case(name, n_components, is_standardised), shape


def standing(gains: list[float]) -> str:
    """Sum up all cases."""
    gained = np.array(gains)
    clearly, much = gained < -CLEARLY, gained < -MUCH
    return (
        f"{len(gained)} cases: median {np.median(gained):+.3f}, mean {gained.mean():+.3f}, clearly worse (by "
        f"over {CLEARLY}) {clearly.sum()} ({clearly.mean():.1%}), worse by over {MUCH} {much.sum()}, clearly "
        f"better {np.sum(gained > CLEARLY)}, worst {gained.min():+.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linear_baseline", description=__doc__)
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="which (all that are at hand)")
    parser.add_argument("--components", nargs="+", type=int, default=[2, 8, 32], metavar="N")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="splits and fits of each case (3)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="fits at a time (1)")
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="parameters that are not to be the default"
    )
    options = parser.parse_args()
    known = list(tables())
    unknown = set(options.tables or ()) - set(known)
    if unknown:
        parser.error(f"no table named {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    settings = {
        name: ast.literal_eval(value) for name, _, value in (pair.partition("=") for pair in options.set)
    }
    print(f"{describe_machine()}; {describe_commit()}")
    print(f"Autoencoder(n_components, {', '.join(options.set) or 'defaults'}), {options.seeds} seeds\n")
    columns = ("table", "rows x columns", "code", "columns", "PCA explains", "network minus PCA", "each seed")
    columns += ("epochs: best of trained", "seconds")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    gains = []
    chosen = list(cases_of(options.tables or known, options.components))
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        waiting = [
            [pool.submit(figures_of, case, seed, settings) for seed in range(options.seeds)]
            for case, _ in chosen
        ]
        for (case, shape), results in zip(chosen, waiting, strict=True):
            found = [result.result() for result in results]
            each = [one.network - one.components for one in found]
            gains.append(float(np.mean(each)))
            print(
                f"| {case.table} | {shape[0]:,} x {shape[1]:,} | {case.n_components} "
                f"| {'standardised' if case.is_standardised else 'raw'} "
                f"| {np.mean([one.components for one in found]):.4f} | {gains[-1]:+.4f} "
                f"| {' '.join(f'{one:+.3f}' for one in each)} "
                f"| {', '.join(f'{one.best_epoch} of {one.n_epochs}' for one in found)} "
                f"| {np.mean([one.seconds for one in found]):.1f} |",
                flush=True,
            )
    print(f"\n{standing(gains)}")


if __name__ == "__main__":
    main()
