"""Missing cells filled: ``python -m benchmarks.imputation [--quick]``.

Prints a table in Markdown: the root mean square error of missing cells in rows that nothing was learned
from, in standard deviations of their columns, a mean of three seeds. 70% of the rows (of 1,500 at the most)
are learned from; cells are missing at random, as many in both parts. The first column is what `diabolo clean`
fits (`diabolo.evaluation.fit_imputer`), the second an `Autoencoder(missing="mask")` as it comes; beside them
the column means, scikit-learn's `KNNImputer` and `IterativeImputer` (Bayesian ridge) with their defaults on
standardized columns. Tables are scikit-learn's and normal rows of every second set of ADBench, looked for
where DIABOLO_DATA says. Lines at the end count how often each is the best, how far it lies from the best on
average, and the median of seconds.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from sklearn import datasets
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

from benchmarks.anomaly_sets import folder, names
from diabolo import Autoencoder
from diabolo.evaluation import fit_imputer

SHARES = (0.05, 0.2, 0.4)
MOST_ROWS, LEARNED = 1500, 0.7
SMALL = ("iris", "wine", "breast_cancer", "diabetes", "digits")
Filled = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def column_means(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
    return np.where(np.isnan(fresh), np.nanmean(rows, axis=0), fresh)


def standardized(make: Callable[[int], object]) -> Filled:
    """Fill by one of scikit-learn's imputers, on columns of mean 0 and deviation 1."""

    def filled(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
        mean, spread = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        imputer = make(seed).fit((rows - mean) / spread)  # type: ignore[attr-defined]
        return imputer.transform((fresh - mean) / spread) * spread + mean

    return filled


def cleaned(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
    return fit_imputer(rows, random_state=seed)[0].impute(fresh)


def autoencoder(rows: np.ndarray, fresh: np.ndarray, seed: int) -> np.ndarray:
    return Autoencoder(missing="mask", random_state=seed).fit(rows).impute(fresh)


METHODS: dict[str, Filled] = {
    "clean": cleaned,
    "Autoencoder()": autoencoder,
    "column mean": column_means,
    "KNNImputer": standardized(lambda seed: KNNImputer()),
    "IterativeImputer": standardized(lambda seed: IterativeImputer(random_state=seed)),
}


def tables(quick: bool) -> dict[str, np.ndarray]:
    """Load the rows of each table."""
    found = {name: getattr(datasets, f"load_{name}")().data for name in (SMALL[:2] if quick else SMALL)}
    where = folder()
    for name in names()[::2][: 2 if quick else None]:  # every second, for the time that it takes
        with np.load(where / f"{name}.npz") as held:  # type: ignore[operator]
            found[name.partition("_")[2]] = held["X"][held["y"] == 0]
    return found


def parted(rows: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Part rows, without columns that are constant; say which cells of each are missing."""
    random = np.random.default_rng(seed)
    rows = rows[random.permutation(len(rows))[:MOST_ROWS]].astype(np.float64)
    n_learned = int(LEARNED * len(rows))
    rows = rows[:, rows[:n_learned].std(axis=0) > 0]
    return rows[:n_learned], rows[n_learned:], random.random(rows.shape) < share


def errors_of(rows: np.ndarray, share: float, seed: int) -> dict[str, tuple[float, float]]:
    """Fill held-out rows by each method: its error and its seconds."""
    learned, fresh, missing = parted(rows, share, seed)
    masks = missing[: len(learned)], missing[len(learned) :]
    given = [np.where(mask, np.nan, part) for part, mask in zip((learned, fresh), masks, strict=True)]
    found = {}
    for name, method in METHODS.items():
        started = time.perf_counter()
        apart = (method(*given, seed) - fresh) / learned.std(axis=0)
        found[name] = float(np.sqrt(np.mean(apart[masks[1]] ** 2))), time.perf_counter() - started
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four tables, one seed")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    print("| table | rows x columns | missing | " + " | ".join(METHODS) + " |")
    print("|---" * (len(METHODS) + 3) + "|", flush=True)
    best, behind, seconds = ({name: [] for name in METHODS} for _ in range(3))
    for title, rows in tables(quick).items():
        for share in SHARES:
            found = [errors_of(rows, share, seed) for seed in range(1 if quick else 3)]
            means = {name: round(float(np.mean([each[name][0] for each in found])), 3) for name in METHODS}
            least = min(means.values())
            for name, mean in means.items():
                best[name].append(mean <= least)
                behind[name].append(mean / least - 1)
                seconds[name] += [each[name][1] for each in found]
            cells = [f"**{mean:.3f}**" if mean <= least else f"{mean:.3f}" for mean in means.values()]
            shape = f"{min(len(rows), MOST_ROWS):,} x {rows.shape[1]}"
            print(f"| {title} | {shape} | {share:.0%} | " + " | ".join(cells) + " |", flush=True)
    print(
        f"| best of all {len(best['clean'])} | | | "
        + " | ".join(f"{sum(best[name])}" for name in METHODS)
        + " |"
    )
    print("| behind the best | | | " + " | ".join(f"{np.mean(behind[name]):.1%}" for name in METHODS) + " |")
    print("| seconds | | | " + " | ".join(f"{np.median(seconds[name]):.1f}" for name in METHODS) + " |")


if __name__ == "__main__":
    main()
