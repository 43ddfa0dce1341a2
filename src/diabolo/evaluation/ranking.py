"""Features ranked by a model, in one round or in several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Int64

__all__ = ["ranked_features"]


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

    References
    ----------
    I. Guyon et al., Gene selection for cancer classification using support vector machines, Machine Learning
    46, 2002 (recursive feature elimination).
    """
    if not hasattr(autoencoder, "feature_importances_"):
        raise InputError("The model cannot rank features: it is no dense autoencoder; give one.")
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
