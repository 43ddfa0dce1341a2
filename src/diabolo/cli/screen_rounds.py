"""Features ranked by a model, in one round or in several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from diabolo.cli.model_argument import open_autoencoder
from diabolo.cli.output import Output
from diabolo.cli.target_column import target_of
from diabolo.errors import InputError, ModelFileError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Int64

    from diabolo.data.source import Source

__all__ = ["kept_by_model"]


def kept_by_model(
    path: Path,
    training: Source,
    data: Path,
    passed: Int64[np.ndarray, " passed"],
    top: int,
    rounds: int,
    output: Output,
) -> Int64[np.ndarray, " kept"]:
    """Rank features by how strongly a model responds to them, and keep the best.

    In several rounds their number falls by the same factor each time, and a model with the first one's
    settings is trained on what is left before the next.

    Parameters
    ----------
    path : Path
        The first round's model, trained on all columns of the table.
    training : Source
        The rows to train on.
    data : Path
        Their file.
    passed : int array
        The columns that may be kept.
    top : int
        How many to keep.
    rounds : int
        How many rounds.
    output : Output
        Where each round is told of.

    Returns
    -------
    int array, ascending

    Raises
    ------
    ModelFileError
        The model cannot rank features.
    InputError
        The model was trained on other columns.
    """
    import numpy as np

    from diabolo.estimators._sklearn import clone

    opened = open_autoencoder(path)
    estimator = opened.estimator
    if not hasattr(estimator, "feature_importances_"):
        raise ModelFileError(
            f"{path} cannot rank features: it is no dense autoencoder, or was written by an earlier version; "
            "fit one with diabolo fit."
        )
    n_features = training.n_features
    if estimator.n_features_in_ != n_features:
        raise InputError(
            f"{path} was trained on {estimator.n_features_in_:,} features and {data} has "
            f"{n_features:,}; give the table that it was trained on."
        )
    target = target_of(training, data) if getattr(estimator, "target_", None) is not None else None
    importances = np.asarray(estimator.feature_importances_)[passed]
    kept = passed
    for number in range(1, rounds + 1):
        count = round(len(passed) * (top / len(passed)) ** (number / rounds)) if top < len(passed) else top
        best = np.argsort(-importances, kind="stable")[:count]
        kept = np.sort(kept[best])
        output.note(f"round {number} of {rounds}: {len(kept):,} features")
        if number < rounds:
            estimator = clone(estimator).fit(training.columns(kept), target)
            importances = np.asarray(estimator.feature_importances_)
    return kept
