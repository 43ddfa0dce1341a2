"""Missing cells of tables with categories filled: ``python -m benchmarks.category_imputation``.

Of the tables of `benchmarks.categories` 70% of the rows are learned from; cells of both parts are missing at
random. Prints a table in Markdown, of the others' missing cells: the root mean square error of numbers, in
standard deviations of their columns, and the share of categories that were told; means of three seeds.
Beside an `Autoencoder(categories=..., missing="mask")` as it comes are the column's mean or most frequent
value, and scikit-learn's `KNNImputer` and `IterativeImputer` (Bayesian ridge) with their defaults on
standardized numbers and cells of 0 and 1, the largest of a category's being its value. The iterative imputer
has no cell for the last value of each, which is what the others leave of 1: with all of them it finds that
they sum to 1, and stays at the means that it starts from.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

from benchmarks.categories import FITTED, TABLES, categories_of
from benchmarks.machine import describe_commit, describe_machine
from diabolo import Autoencoder

SHARES = (0.05, 0.2, 0.4)
Filled = Callable[[pandas.DataFrame, pandas.DataFrame, int], pandas.DataFrame]


class Figures(NamedTuple):
    """Of held-out missing cells: how far numbers are off, and which share of categories is told."""

    error: float
    accuracy: float


def usual(rows: pandas.DataFrame, fresh: pandas.DataFrame, seed: int) -> pandas.DataFrame:
    names = categories_of(rows)
    return fresh.fillna({name: rows[name].mode()[0] if name in names else rows[name].mean() for name in rows})


def on_cells(make: Callable[[int], Any], *, leaves_out: bool = False) -> Filled:
    """Fill by one of scikit-learn's imputers, on standardized numbers and cells of 0 and 1.

    With ``leaves_out`` the last value of each category has no cell.
    """

    def filled(rows: pandas.DataFrame, fresh: pandas.DataFrame, seed: int) -> pandas.DataFrame:
        names = categories_of(rows)
        numbers = [name for name in rows if name not in names]
        mean, spread = rows[numbers].mean(), rows[numbers].std(ddof=0)
        values = {name: sorted(rows[name].dropna().unique()) for name in names}

        def cells(part: pandas.DataFrame) -> np.ndarray:
            found = [((part[numbers] - mean) / spread).to_numpy(float)]
            for name, known in values.items():
                own = (part[name].to_numpy()[:, None] == np.array(known, object)).astype(float)
                own[part[name].isna().to_numpy()] = np.nan
                found.append(own[:, : own.shape[1] - leaves_out])
            return np.hstack(found)

        told = make(seed).fit(cells(rows)).transform(cells(fresh))
        found = fresh.copy()
        found[numbers] = told[:, : len(numbers)] * spread.to_numpy() + mean.to_numpy()
        start = len(numbers)
        for name, known in values.items():
            own = told[:, start : start + len(known) - leaves_out]
            start += own.shape[1]
            own = np.column_stack([own, 1 - own.sum(axis=1)]) if leaves_out else own
            likeliest = np.array(known, object)[own.argmax(axis=1)]
            found[name] = fresh[name].where(fresh[name].notna(), pandas.Series(likeliest, fresh.index))
        return found

    return filled


def autoencoder(rows: pandas.DataFrame, fresh: pandas.DataFrame, seed: int) -> pandas.DataFrame:
    network = Autoencoder(categories=categories_of(rows), missing="mask", random_state=seed)
    found: pandas.DataFrame = network.fit(rows).impute(fresh)
    return found


METHODS: dict[str, Filled] = {
    "Autoencoder()": autoencoder,
    "mean, most frequent": usual,
    "KNNImputer": on_cells(lambda seed: KNNImputer()),
    "IterativeImputer": on_cells(lambda seed: IterativeImputer(random_state=seed), leaves_out=True),
}


def measured(name: str, share: float, seed: int) -> dict[str, Figures]:
    """Fill held-out rows by each method."""
    rows = TABLES[name](seed).rows.reset_index(drop=True)
    random = np.random.default_rng(2000 + seed)
    order = random.permutation(len(rows))
    missing = random.random(rows.shape) < share
    given = rows.mask(missing)
    names = categories_of(rows)
    given[names] = (
        given[names].astype(object).where(~missing[:, [rows.columns.get_loc(n) for n in names]], None)
    )
    learned, others = order[: int(FITTED * len(rows))], order[int(FITTED * len(rows)) :]
    # A value that no row has that is learned from can be said by none.
    known = np.column_stack([rows[n].isin(given.loc[learned, n].dropna()) for n in names]).all(axis=1)
    others = others[known[others]]
    numbers = [each for each in rows if each not in names]
    gaps = pandas.DataFrame(missing, columns=rows.columns).loc[others]
    found = {}
    for method, fill in METHODS.items():
        told = fill(given.loc[learned], given.loc[others], seed)
        apart = (told[numbers].astype(float) - rows.loc[others, numbers]) / rows.loc[learned, numbers].std(
            ddof=0
        )
        right = told[names].to_numpy() == rows.loc[others, names].to_numpy()
        found[method] = Figures(
            float(np.sqrt(np.mean(apart.to_numpy()[gaps[numbers].to_numpy()] ** 2))),
            float(right[gaps[names].to_numpy()].mean()),
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.category_imputation", description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES), metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="tables, splits and fits (3)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{describe_machine()}; {describe_commit()}; means of {options.seeds} seeds\n")
    columns = ("table", "missing", "what", *METHODS)
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    for name in options.tables:
        for share in SHARES:
            found = [measured(name, share, seed) for seed in range(options.seeds)]
            for part, best_of in (("error", min), ("accuracy", max)):
                means = {
                    method: round(float(np.mean([getattr(each[method], part) for each in found])), 3)
                    for method in METHODS
                }
                best = best_of(means.values())
                cells = [f"**{mean:.3f}**" if mean == best else f"{mean:.3f}" for mean in means.values()]
                what = "numbers, error" if part == "error" else "categories, told"
                print(f"| {name} | {share:.0%} | {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
