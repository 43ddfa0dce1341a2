"""Features: how well each is rebuilt, and which of them a model responds to most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from diabolo.data.open_table import table_of
from diabolo.data.statistics import table_statistics
from diabolo.errors import InputError
from diabolo.evaluation.numbers_alone import refuse_categories
from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

__all__ = ["FeatureReconstruction", "feature_reconstruction", "ranked_features"]

_BLOCK_CELLS = 2**22


@dataclass(frozen=True, eq=False)
class FeatureReconstruction(ResultTable):
    """How well each feature is rebuilt, over some rows.

    Parameters
    ----------
    mean_absolute_error, mean_squared_error : float64 arrays of shape (n_features,)
        In the features' units, squared or not; NaN for a feature without any cell.
    explained_share : float64 array of shape (n_features,)
        1 - mean squared error / variance over these rows, R squared: 1 is perfect, 0 is what the feature's
        mean does. Of a feature that is constant, 1 where it is rebuilt exactly and 0 where not.
    feature_names : tuple of str or None
        Their names, where they have any.
    n_rows : int
        Rows looked at.

    See Also
    --------
    feature_reconstruction

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import feature_reconstruction
    >>> X, _ = load_digits()
    >>> found = feature_reconstruction(Autoencoder(2, max_epochs=1, random_state=0).fit(X), X)
    >>> found.n_rows, found.explained_share.shape
    (1797, (64,))
    """

    mean_absolute_error: Float64[np.ndarray, " n_features"]
    mean_squared_error: Float64[np.ndarray, " n_features"]
    explained_share: Float64[np.ndarray, " n_features"]
    feature_names: tuple[str, ...] | None
    n_rows: int

    def _columns(self) -> dict[str, Any]:
        names = range(len(self.explained_share)) if self.feature_names is None else self.feature_names
        figures = ("mean_absolute_error", "mean_squared_error", "explained_share")
        return {"feature": names, **{name: getattr(self, name) for name in figures}}

    def _caption(self) -> str:
        return str(self)

    def __str__(self) -> str:
        share = self.explained_share
        return (
            f"{len(share):,} features over {self.n_rows:,} rows: mean absolute error "
            f"{np.nanmean(self.mean_absolute_error):.4g}, explained share {np.nanmedian(share):.4g} in the "
            f"median, from {np.nanmin(share):.4g} to {np.nanmax(share):.4g}"
        )


def feature_reconstruction(autoencoder: Any, X: Any) -> FeatureReconstruction:
    """Measure, for each feature, how well rows are rebuilt; a table on disk is read by blocks.

    Parameters
    ----------
    autoencoder : fitted estimator
        With ``reconstruct``, such as any of Diabolo's.
    X : Source, path, array or data frame of shape (n_rows, n_features)
        Rows, in the units of ``fit``; of images, an array of them, too. Missing cells are left out, where the
        autoencoder takes them.

    Returns
    -------
    FeatureReconstruction
        With ``mean_absolute_error``, ``mean_squared_error`` and ``explained_share`` (R squared), a number a
        feature.

    See Also
    --------
    FeatureReconstruction, diabolo.Autoencoder.reconstruction_error

    References
    ----------
    N. R. Draper and H. Smith, Applied Regression Analysis, 3rd edition, 1998: R squared.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import feature_reconstruction
    >>> X, _ = load_digits()
    >>> autoencoder = Autoencoder(8, max_epochs=3, random_state=0).fit(X)
    >>> found = feature_reconstruction(autoencoder, X)
    >>> found.explained_share.shape, bool((found.explained_share <= 1).all())
    ((64,), True)
    """
    refuse_categories(autoencoder, "feature_reconstruction")
    if isinstance(X, np.ndarray) and X.ndim > 2:
        X = X.reshape(len(X), -1)
    source = table_of(X)
    width = source.n_features
    absolute, squared = np.zeros(width), np.zeros(width)
    step = source.rows_at_once(_BLOCK_CELLS)
    for start in range(0, len(source), step):
        part = source.rows(np.arange(start, min(start + step, len(source))))
        rebuilt = np.asarray(autoencoder.reconstruct(part)).reshape(len(part), -1)
        cells = part.read().astype(np.float64)
        residual = np.where(np.isnan(cells), 0.0, cells - rebuilt)
        absolute += np.abs(residual).sum(axis=0)
        squared += np.square(residual).sum(axis=0)
    found = table_statistics(source)
    count = len(source) - found.n_missing
    is_there, varies = count > 0, found.highest > found.lowest
    per_cell = np.where(is_there, 1 / np.maximum(count, 1), np.nan)
    scatter = np.where(varies, found.deviation**2 * count, 1.0)
    share = np.where(varies, 1 - squared / scatter, (squared == 0).astype(float))
    return FeatureReconstruction(
        absolute * per_cell,
        squared * per_cell,
        np.where(is_there, share, np.nan),
        source.feature_names,
        len(source),
    )


def ranked_features(
    autoencoder: Any,
    X: Any,
    y: Any = None,
    *,
    top: int,
    rounds: int = 1,
    passed: Int64[np.ndarray, " passed"] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Int64[np.ndarray, " kept"]:
    """Rank features by how strongly a model responds to them, and keep the best.

    In several rounds their number falls by the same factor each time, and a model with the first one's
    settings is trained on what is left before the next.

    Parameters
    ----------
    autoencoder : estimator
        Fitted, with ``feature_importances_``: the first round's model, trained on all columns of the table.
    X : Source
        The rows to train on, as `diabolo.open` gives them.
    y : array-like of shape (n_rows,), optional
        What its code must predict, where it was guided.
    top : int
        How many features to keep.
    rounds : int, default 1
        How many rounds.
    passed : int array, optional
        The columns that may be kept; all, if not given.
    progress : callable, optional
        Told of every round: its number, and how many features are left.

    Returns
    -------
    int array, ascending

    Raises
    ------
    InputError
        The model was trained on other columns, or has no importances.

    See Also
    --------
    diabolo.screen

    References
    ----------
    I. Guyon et al., Gene selection for cancer classification using support vector machines, Machine Learning
    46, 2002 (recursive feature elimination).

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import ranked_features
    >>> X, _ = load_digits()
    >>> autoencoder = diabolo.Autoencoder(2, max_epochs=1, random_state=0).fit(X)
    >>> kept = ranked_features(autoencoder, diabolo.open(X), top=8)
    >>> len(kept), bool(X[:, kept].std(axis=0).min() > 0)
    (8, True)
    """
    if not hasattr(autoencoder, "feature_importances_"):
        raise InputError("The model cannot rank features: it is no dense autoencoder; give one.")
    refuse_categories(autoencoder, "ranked_features")
    n_features = X.n_features
    if autoencoder.n_features_in_ != n_features:
        raise InputError(
            f"the model was trained on {autoencoder.n_features_in_:,} features and the table has "
            f"{n_features:,}; give the table that it was trained on."
        )
    kept = np.arange(n_features) if passed is None else passed
    importances, start = np.asarray(autoencoder.feature_importances_)[kept], len(kept)
    for number in range(1, rounds + 1):
        count = round(start * (top / start) ** (number / rounds)) if top < start else top
        kept = np.sort(kept[np.argsort(-importances, kind="stable")[:count]])
        if progress is not None:
            progress(number, len(kept))
        if number < rounds:
            autoencoder = clone(autoencoder).fit(X.columns(kept), y)
            importances = np.asarray(autoencoder.feature_importances_)
    return kept
