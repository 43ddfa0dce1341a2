"""An autoencoder for filling missing cells, as wide as masked cells say."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.in_memory import in_memory_table
from diabolo.data.source import Source
from diabolo.errors import ConstantFeatureWarning, InputError
from diabolo.estimators.autoencoder import Autoencoder

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """

    n_components: int
    errors: Mapping[int, float]
    mean_error: float

    def __str__(self) -> str:
        if not self.errors:
            return f"a code of {self.n_components}, too few rows or columns to choose"
        return (
            f"a code of {self.n_components}; masked cells were filled {self.errors[self.n_components]:.2f} "
            f"standard deviations off (column means: {self.mean_error:.2f})"
        )


def fit_imputer(X: Any, *, random_state: int = 0) -> tuple[Autoencoder, ImputerChoice]:
    """Fit an autoencoder for filling missing cells, its code as wide as masked cells say.

    Of up to 2,000 rows a share of the cells that are there is masked, and codes of 2, 4, 8, 16 and 32 numbers
    are tried until a wider one fills them no better. The autoencoder of the best width is fitted to all rows.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features), data frame, or table from `diabolo.open`
        Rows, at least two; missing cells are NaN.
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

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 1)) * np.ones(4)
    >>> X[::9, 1] = np.nan
    >>> autoencoder, choice = fit_imputer(X, random_state=0)
    >>> choice.n_components, bool(np.isnan(autoencoder.impute(X)).any())
    (2, False)
    """
    source = X if isinstance(X, Source) else in_memory_table(X, owner="Autoencoder")
    if len(source) < 2:
        raise InputError(f"{source.name} has one row, and training needs two or more; give more rows.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantFeatureWarning)  # such a column stays as it is
        choice = _chosen(source, random_state)
        estimator = _autoencoder(choice.n_components, random_state)
        return estimator.fit(X), choice


def _autoencoder(n_components: int, random_state: int) -> Autoencoder:
    return Autoencoder(n_components, scale="standard", missing="mask", random_state=random_state)


def _chosen(source: Source, random_state: int) -> ImputerChoice:
    n_rows, n_features = source.shape
    widths = [width for width in _WIDTHS if width < n_features]
    most = min(_MOST_ROWS, max(_MOST_CELLS // n_features, _LEAST_ROWS))
    even = np.linspace(0, n_rows - 1, min(n_rows, most)).astype(np.int64)
    if n_rows < _LEAST_ROWS or len(widths) < 1:
        return ImputerChoice(min(2, max(n_features - 1, 1)), {}, float("nan"))
    rows = source.read(even, out=np.empty((len(even), n_features)))
    gaps = np.isnan(rows)
    random = random_for(random_state, "masked cells")
    masked = ~gaps & (random.random(rows.shape) < np.clip(gaps.mean(), *_MASKED))
    given = np.where(masked, np.nan, rows)
    spread = np.sqrt(np.nanmean((given - (mean := np.nanmean(given, axis=0))) ** 2, axis=0))
    counted = masked & (spread > 0)

    def error(filled: Any) -> float:
        apart = (filled - rows) / np.where(spread > 0, spread, 1.0)
        return float(np.sqrt(np.mean(apart[counted] ** 2))) if counted.any() else 0.0

    errors: dict[int, float] = {}
    best = widths[0]
    for width in widths:
        errors[width] = error(_autoencoder(width, random_state).fit(given).impute(given))
        if width != best and errors[width] > (1 - _LEAST_GAIN) * errors[best]:
            break
        best = width
    return ImputerChoice(best, errors, error(mean))
