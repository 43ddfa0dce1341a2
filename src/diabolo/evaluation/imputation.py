"""An autoencoder for filling missing cells, as wide as masked cells say."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.category_source import CategorySource
from diabolo.data.in_memory import in_memory_table
from diabolo.data.source import Source
from diabolo.errors import ConstantFeatureWarning, InputError
from diabolo.estimators._category_rows import category_rows
from diabolo.estimators.autoencoder import Autoencoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jaxtyping import Float64, Shaped

    from diabolo.data.categories import CategoryTable

__all__ = ["ImputerChoice", "fit_imputer"]

_WIDTHS = (2, 4, 8, 16, 32)
# Rows that the width is chosen on, and cells; of fewer rows nothing is chosen.
_MOST_ROWS, _MOST_CELLS, _LEAST_ROWS = 2000, 2**20, 20
# The share of cells that are masked to choose: as much as is missing, within these bounds.
_MASKED = (0.1, 0.3)
# A wider code must be better than a narrower one by this share.
_LEAST_GAIN = 0.01


@dataclass(frozen=True)
class ImputerChoice:
    """How the width of an autoencoder that fills cells was chosen.

    Parameters
    ----------
    n_components : int
        Numbers of the code.
    errors : mapping of int to float
        Of each width that was tried: the root mean square error of masked cells, in standard deviations of
        their columns. Empty where nothing was tried.
    mean_error : float
        The same of column means; NaN where nothing was tried.
    accuracy, usual_accuracy : float, default NaN
        The share of masked categories that the autoencoder told, and that their most frequent values are; NaN
        where there are none, or nothing was tried.

    See Also
    --------
    fit_imputer
    """

    n_components: int
    errors: Mapping[int, float]
    mean_error: float
    accuracy: float = float("nan")
    usual_accuracy: float = float("nan")

    def __str__(self) -> str:
        if not self.errors:
            return f"a code of {self.n_components}, too few rows or columns to choose"
        said = [f"a code of {self.n_components}"]
        if not np.isnan(self.mean_error):
            said.append(
                f"masked {'cells' if np.isnan(self.accuracy) else 'numbers'} were filled "
                f"{self.errors[self.n_components]:.2f} standard deviations off (column means: "
                f"{self.mean_error:.2f})"
            )
        if not np.isnan(self.accuracy):
            said.append(
                f"{self.accuracy:.0%} of masked categories were told (most frequent values: "
                f"{self.usual_accuracy:.0%})"
            )
        return "; ".join(said)


def fit_imputer(
    X: Any, *, categories: Any = None, random_state: int = 0
) -> tuple[Autoencoder, ImputerChoice]:
    """Fit an autoencoder for filling missing cells, its code as wide as masked cells say.

    Of up to 2,000 rows a share of the cells that are there is masked, and codes of 2, 4, 8, 16 and 32 numbers
    are tried until a wider one fills them no better, each column alike. The autoencoder of the best width is
    fitted to all rows.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features), data frame, or table from `diabolo.open`
        Rows, at least two; missing cells are NaN.
    categories : list of str or int, "auto" or None, default None
        Columns that are categories, as of `diabolo.Autoencoder`.
    random_state : int, default 0
        Seed of the masks and the networks.

    Returns
    -------
    autoencoder : Autoencoder
        Fitted, with columns scaled to a variance of 1; its ``impute`` fills.
    choice : ImputerChoice
        What was tried.

    Raises
    ------
    InputError
        For rows that cannot be used.

    See Also
    --------
    ImputerChoice, diabolo.Autoencoder.impute

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 1)) * np.ones(4)
    >>> X[::9, 1] = np.nan
    >>> autoencoder, choice = fit_imputer(X, random_state=0)
    >>> choice.n_components, bool(np.isnan(autoencoder.impute(X)).any())
    (2, False)
    """
    if categories is not None:
        source: Source = category_rows(Autoencoder(categories=categories), X, reset=True, least=1)
    else:
        source = X if isinstance(X, Source) else in_memory_table(X, owner="Autoencoder")
    if len(source) < 2:
        raise InputError(f"{source.name} has one row, and training needs two or more; give more rows.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantFeatureWarning)  # such a column stays as it is
        choice = _chosen(source, random_state)
        estimator = _autoencoder(choice.n_components, random_state, categories)
        return estimator.fit(X), choice


def _autoencoder(n_components: int, random_state: int, categories: Any = None) -> Autoencoder:
    return Autoencoder(
        n_components, scale="standard", missing="mask", categories=categories, random_state=random_state
    )


def _chosen(source: Source, random_state: int) -> ImputerChoice:
    table = source.table if isinstance(source, CategorySource) else None
    n_rows, n_cells = source.shape
    n_columns = n_cells if table is None else table.n_columns
    widths = [width for width in _WIDTHS if width < n_columns]
    most = min(_MOST_ROWS, max(_MOST_CELLS // n_cells, _LEAST_ROWS))
    even = np.linspace(0, n_rows - 1, min(n_rows, most)).astype(np.int64)
    if n_rows < _LEAST_ROWS or len(widths) < 1:
        return ImputerChoice(min(2, max(n_columns - 1, 1)), {}, float("nan"))
    trial = _Trial.of(source.read(even, out=np.empty((len(even), n_cells))), table, random_state)
    found: dict[int, _Figures] = {}
    best = widths[0]
    for width in widths:
        found[width] = trial.figures(trial.filled(width, random_state))
        if width != best and found[width].loss > (1 - _LEAST_GAIN) * found[best].loss:
            break
        best = width
    usual = trial.figures(np.broadcast_to(trial.usual, trial.given.shape))
    errors = {width: each.error for width, each in found.items()}
    return ImputerChoice(best, errors, usual.error, found[best].accuracy, usual.accuracy)


@dataclass(frozen=True)
class _Figures:
    """How far masked numbers were off, which share of masked categories was told, and both as one number."""

    error: float
    accuracy: float
    loss: float


@dataclass(frozen=True, eq=False)
class _Trial:
    """Rows of which some cells are masked.

    Parameters
    ----------
    rows, given : arrays of shape (rows, cells)
        As they are, and with masked cells missing.
    table : CategoryTable or None
        Of categories, whose cells are 0 and 1.
    """

    rows: Float64[np.ndarray, "rows cells"]
    given: Float64[np.ndarray, "rows cells"]
    table: CategoryTable | None

    @classmethod
    def of(cls, rows: Float64[np.ndarray, "rows cells"], table: CategoryTable | None, seed: int) -> _Trial:
        """Mask cells, of a category all of them together."""
        gaps = np.isnan(rows)
        owners = np.arange(rows.shape[1]) if table is None else table.owners
        drawn = random_for(seed, "masked cells").random((len(rows), int(owners.max()) + 1))[:, owners]
        return cls(rows, np.where(drawn < np.clip(gaps.mean(), *_MASKED), np.nan, rows), table)

    @property
    def usual(self) -> Float64[np.ndarray, " cells"]:
        """The mean of each cell, of a category the frequencies."""
        means: Float64[np.ndarray, " cells"] = np.nanmean(self.given, axis=0)
        return means

    def filled(self, width: int, seed: int) -> Float64[np.ndarray, "rows cells"]:
        """Fill what is masked, by an autoencoder of these rows."""
        if self.table is None:
            found: Float64[np.ndarray, "rows cells"] = (
                _autoencoder(width, seed).fit(self.given).impute(self.given)
            )
            return found
        source = CategorySource.of_cells(self.given, self.table)
        estimator = _autoencoder(width, seed, list(self.table.places)).fit(source)
        blocks = [cells for _, cells, *_ in estimator.impute_blocks(source)]
        return self._as_cells(np.concatenate(blocks), self.table)

    @staticmethod
    def _as_cells(
        rows: Shaped[np.ndarray, "rows columns"], table: CategoryTable
    ) -> Float64[np.ndarray, "rows cells"]:
        cells = [rows[:, list(table.numbers)].astype(np.float64)]
        for place, values in zip(table.places, table.values, strict=True):
            cells.append(rows[:, place, None] == np.array(values, object))
        return np.hstack(cells).astype(np.float64)

    def figures(self, filled: Float64[np.ndarray, "rows cells"]) -> _Figures:
        """Measure what stands in the place of masked cells."""
        n = self.rows.shape[1] if self.table is None else len(self.table.numbers)
        spread = np.sqrt(np.nanmean((self.given[:, :n] - self.usual[:n]) ** 2, axis=0))
        masked = np.isnan(self.given) & ~np.isnan(self.rows)
        counted = masked[:, :n] & (spread > 0)
        apart = ((filled[:, :n] - self.rows[:, :n]) / np.where(spread > 0, spread, 1.0))[counted] ** 2
        losses, told = [apart], []
        for block in () if self.table is None else self.table.blocks:
            some = masked[:, block.start]
            truth = self.rows[some, block].argmax(axis=1)
            told.append(filled[some, block].argmax(axis=1) == truth)
            usual = np.mean(self.usual[block].argmax() != truth) if len(truth) else 1.0
            losses.append(~told[-1] / max(float(usual), _LEAST_GAIN))
        error = float(np.sqrt(np.mean(apart))) if len(apart) else 0.0
        right = np.concatenate([np.zeros(0), *told])
        return _Figures(
            error if n else float("nan"),
            float(right.mean()) if len(right) else float("nan"),
            float(np.sqrt(np.mean(np.concatenate(losses)))) if sum(map(len, losses)) else 0.0,
        )
