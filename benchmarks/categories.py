"""How well are tables with categories rebuilt, and hidden categories told? Beside the simple methods.

70% of the rows are fitted, the others rebuilt from a code of as many numbers by every method: the share of
categories that come back as they were, and the explained variance of numbers, each column standardised. Then
a fifth of the held-out rows' categories is hidden, and said by each method from what is left. Made tables
have few factors behind all columns; there the truth is what is best said by who knows the factors. Of tables
of scikit-learn's every other column is cut at its quartiles (pixels into three) and is a category then, as
the class is; columns of which 99% of the rows share a value are left out.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas

from benchmarks.machine import describe_commit, describe_machine

FITTED, HIDDEN, MADE_ROWS, FACTORS, MOST_ALIKE = 0.7, 0.2, 2000, 3, 0.99
WIDTHS = (2, 2, 3, 4, 6, 8)


class Table(NamedTuple):
    """Rows, the width of a code for them, and what is best said of each column, where that is known."""

    rows: pandas.DataFrame
    n_components: int
    truth: pandas.DataFrame | None = None


class Figures(NamedTuple):
    """Of held-out rows: categories that come back, variance of numbers explained, hidden categories told."""

    accuracy: float
    explained: float
    hidden: float = np.nan


class Parts(NamedTuple):
    """Rows to fit, rows to rebuild, these with some categories hidden, and which."""

    fitted: pandas.DataFrame
    held_out: pandas.DataFrame
    hidden: pandas.DataFrame
    is_hidden: np.ndarray


Method = Callable[[pandas.DataFrame, int, int], Callable[[pandas.DataFrame], pandas.DataFrame]]


def categories_of(rows: pandas.DataFrame) -> list[str]:
    """Name the columns of text."""
    return [name for name in rows if not pandas.api.types.is_numeric_dtype(rows[name])]


def made(is_curved: bool) -> Callable[[int], Table]:
    """Make a table of factors: columns go along with them, or bend."""

    def make(seed: int) -> Table:
        random = np.random.default_rng(seed)
        factors = random.normal(size=(MADE_ROWS, FACTORS))

        def signal(width: int) -> np.ndarray:
            along = factors @ random.normal(size=(FACTORS, width))
            if is_curved:
                along = 2 * np.sin(along + random.uniform(0, 2 * np.pi, width))
            return along

        numbers = signal(6)
        rows = {f"number {n}": numbers[:, n] + 0.5 * random.normal(size=MADE_ROWS) for n in range(6)}
        truth: dict[str, Any] = {f"number {n}": numbers[:, n] for n in range(6)}
        for n, width in enumerate(WIDTHS):
            scores = 2 * signal(width)
            drawn = (scores + random.gumbel(size=scores.shape)).argmax(axis=1)
            rows[f"category {n}"] = pandas.Series(drawn).map(lambda value: f"v{value}")
            truth[f"category {n}"] = pandas.Series(scores.argmax(axis=1)).map(lambda value: f"v{value}")
        return Table(pandas.DataFrame(rows), FACTORS, pandas.DataFrame(truth))

    return make


def bundled(name: str, n_components: int) -> Callable[[int], Table]:
    """Take a table of scikit-learn's, every other column cut into categories."""

    def load(seed: int) -> Table:
        from sklearn import datasets

        given = getattr(datasets, f"load_{name}")(as_frame=True)
        varies = [given.data[name].value_counts(normalize=True).max() < MOST_ALIKE for name in given.data]
        rows = given.data.loc[:, varies].copy()
        for place, column in enumerate(rows.columns):
            values = rows[column]
            if values.nunique() <= 2:
                rows[column] = values.rank(method="dense").astype(int).astype(str)
            elif place % 2:
                edges = (0.5, 10.5) if name == "digits" else np.quantile(values, (0.25, 0.5, 0.75))
                rows[column] = np.digitize(values, edges).astype(str)
        if name != "diabetes":
            rows["class"] = given.target.astype(str)
        return Table(rows, n_components)

    return load


TABLES: dict[str, Callable[[int], Table]] = {
    "made, along": made(is_curved=False),
    "made, curved": made(is_curved=True),
    "wine": bundled("wine", 3),
    "diabetes": bundled("diabetes", 3),
    "breast_cancer": bundled("breast_cancer", 4),
    "digits": bundled("digits", 8),
}


def _cells(rows: pandas.DataFrame, values: dict[str, list[str]]) -> np.ndarray:
    """Write rows as numbers and cells of 0 and 1; of a missing category NaN."""
    parts = [rows.drop(columns=list(values)).to_numpy(float)]
    for name, known in values.items():
        cells = (rows[name].to_numpy()[:, None] == np.array(known)).astype(float)
        cells[rows[name].isna().to_numpy()] = np.nan
        parts.append(cells)
    return np.hstack(parts)


def _rows(cells: np.ndarray, like: pandas.DataFrame, values: dict[str, list[str]]) -> pandas.DataFrame:
    """Take the largest cell of each category for its value."""
    numbers = [name for name in like if name not in values]
    found, start = dict(zip(numbers, cells.T, strict=False)), len(numbers)
    for name, known in values.items():
        found[name] = np.array(known)[cells[:, start : start + len(known)].argmax(axis=1)]
        start += len(known)
    return pandas.DataFrame(found, index=like.index)[like.columns]


def _values(rows: pandas.DataFrame) -> dict[str, list[str]]:
    return {name: sorted(rows[name].unique()) for name in categories_of(rows)}


def usual(fitted: pandas.DataFrame, n_components: int, seed: int) -> Any:
    """Say the mean, and the most frequent value."""
    values = _values(fitted)
    said = {name: fitted[name].mode()[0] if name in values else fitted[name].mean() for name in fitted}
    return lambda rows: pandas.DataFrame(said, index=rows.index)


def components(is_weighted: bool) -> Method:
    """Take principal components of standardised numbers and of cells, as they are or by their frequencies."""

    def method(fitted: pandas.DataFrame, n_components: int, seed: int) -> Any:
        values = _values(fitted)
        cells = _cells(fitted, values)
        n, mean = fitted.shape[1] - len(values), cells.mean(axis=0)
        scale = np.where(np.arange(len(mean)) < n, cells.std(axis=0), np.sqrt(mean) if is_weighted else 1.0)
        axes = np.linalg.svd((cells - mean) / scale, full_matrices=False)[2][:n_components]

        def rebuild(rows: pandas.DataFrame) -> pandas.DataFrame:
            scaled = np.nan_to_num((_cells(rows, values) - mean) / scale)
            return _rows(scaled @ axes.T @ axes * scale + mean, rows, values)

        return rebuild

    return method


def one_hot(fitted: pandas.DataFrame, n_components: int, seed: int) -> Any:
    """Train a network on standardised numbers and cells of 0 and 1 by their squared error, as H2O does."""
    from diabolo import Autoencoder

    values = _values(fitted)
    cells = _cells(fitted, values)
    n = fitted.shape[1] - len(values)
    mean, scale = cells.mean(axis=0), cells.std(axis=0)
    mean[n:], scale[n:] = 0.0, 1.0
    network = Autoencoder(n_components, scale=None, missing="mask", random_state=seed).fit(
        (cells - mean) / scale
    )

    def rebuild(rows: pandas.DataFrame) -> pandas.DataFrame:
        return _rows(network.reconstruct((_cells(rows, values) - mean) / scale) * scale + mean, rows, values)

    return rebuild


def diabolo(kind: str, **settings: Any) -> Method:
    """Train a network that knows of categories."""

    def method(fitted: pandas.DataFrame, n_components: int, seed: int) -> Any:
        import diabolo

        made = getattr(diabolo, kind)
        names = categories_of(fitted)
        network = made(n_components, categories=names, missing="mask", random_state=seed, **settings)
        return network.fit(fitted).reconstruct

    return method


METHODS: dict[str, Method] = {
    "mean and most frequent value": usual,
    "PCA of cells of 0 and 1": components(is_weighted=False),
    "factor analysis of mixed data": components(is_weighted=True),
    "network on cells, squared error": one_hot,
    "Autoencoder(categories=...)": diabolo("Autoencoder"),
    "DenoisingAutoencoder, masking": diabolo(
        "DenoisingAutoencoder", noise={"kind": "masking", "fraction": 0.2}
    ),
}


def parted(table: Table, seed: int) -> tuple[Parts, np.ndarray]:
    """Split rows, and hide some categories; return the held-out rows' numbers, too."""
    random = np.random.default_rng(1000 + seed)
    order = random.permutation(len(table.rows))
    n_fitted = int(FITTED * len(order))
    rows = table.rows.reset_index(drop=True)
    fitted, held_out = rows.loc[order[:n_fitted]], rows.loc[order[n_fitted:]]
    names = categories_of(rows)
    # A value that no fitted row has can be said by none.
    known = np.column_stack([held_out[name].isin(fitted[name].unique()) for name in names]).all(axis=1)
    held_out = held_out[known]
    is_hidden = random.uniform(size=(len(held_out), len(names))) < HIDDEN
    hidden = held_out.copy()
    hidden[names] = hidden[names].mask(is_hidden, None)
    return Parts(fitted, held_out, hidden, is_hidden), order[n_fitted:][known]


def figures_of(parts: Parts, rebuilt: pandas.DataFrame, told: pandas.DataFrame) -> Figures:
    """Measure what a method gives back."""
    names = categories_of(parts.fitted)
    numbers = [name for name in parts.fitted if name not in names]
    same = rebuilt[names].to_numpy() == parts.held_out[names].to_numpy()
    mean = parts.fitted[numbers].mean()
    errors = ((rebuilt[numbers].astype(float) - parts.held_out[numbers]) ** 2).sum()
    explained = 1 - errors / ((parts.held_out[numbers] - mean) ** 2).sum()
    of_hidden = told[names].to_numpy() == parts.held_out[names].to_numpy()
    return Figures(same.mean(), explained.mean(), of_hidden[parts.is_hidden].mean())


def measured(name: str, seeds: int) -> dict[str, list[Figures]]:
    """Measure every method on a table, once a seed."""
    found: dict[str, list[Figures]] = {}
    for seed in range(seeds):
        table = TABLES[name](seed)
        parts, places = parted(table, seed)
        for method, fit in METHODS.items():
            rebuild = fit(parts.fitted, table.n_components, seed)
            figures = figures_of(parts, rebuild(parts.held_out), rebuild(parts.hidden))
            found.setdefault(method, []).append(figures)
        if table.truth is not None:
            best = table.truth.loc[places]
            found.setdefault("truth", []).append(figures_of(parts, best, best))
    return found


def _shown(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ± {np.std(values):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories", description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES), metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="splits and fits (3)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{describe_machine()}; {describe_commit()}; means and deviations of {options.seeds} seeds\n")
    columns = ("table", "code", "method", "categories rebuilt", "variance of numbers", "hidden categories")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    for name in options.tables:
        table = TABLES[name](0)
        n_categories = len(categories_of(table.rows))
        n_numbers = table.rows.shape[1] - n_categories
        label = f"{name}, {len(table.rows):,} rows of {n_numbers} numbers and {n_categories} categories"
        for method, figures in measured(name, options.seeds).items():
            cells = [_shown([getattr(each, part) for each in figures]) for part in Figures._fields]
            print(f"| {label} | {table.n_components} | {method} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
