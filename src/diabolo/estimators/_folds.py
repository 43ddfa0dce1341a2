"""Which rows are held back to say how long to train: a tenth, and of few rows several tenths in turn."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import scaler_of
from diabolo.errors import InputError
from diabolo.estimators._choices import Choices
from diabolo.estimators._rows import ScaledRows, statistics_of

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None
    Division = tuple[Chosen, Chosen]

__all__ = ["MOST_REPEATED", "divisions"]

MOST_REPEATED = 5_000
"""Up to so many rows, those that were held back are trained on in the end; of more they are not missed."""

# Parts of the rows, of which one is held back at a time; the least rows that are to be held back in all, by
# as many parts as it takes, and the most that one part has.
_PARTS, _LEAST_HELD_BACK, _MOST_HELD_BACK = 10, 200, 2_000
_BLOCK_CELLS = 2**20


def divisions(choices: Choices, rows: CheckedSource, weights: Weights, seed: int) -> tuple[Division, ...]:
    """Divide rows into those to train on and those that say how long, once or several times.

    Each part has its share of the rows that lie far from the others, which decide a squared error. Where a
    batch holds all rows, equal ones go together, so that the result is that of equal rows merged into
    weights.

    Parameters
    ----------
    choices : Choices
        Checked.
    rows : CheckedSource
        The table.
    weights : array of shape (rows,) or None
        Rows of weight 0 are in neither.
    seed : int
        Of the draw.

    Returns
    -------
    tuple of (training, held back)
        Row numbers, in their order; nothing is held back where all rows are equal.
    """
    counted = np.arange(len(rows)) if weights is None else np.flatnonzero(weights > 0)
    if not len(counted):
        raise InputError(f"{choices.owner}: every row left to train on has sample weight zero.")
    group = np.arange(len(counted))
    if len(counted) <= choices.batch_size:
        _, group = np.unique(np.asarray(rows.parent.read(counted)), axis=0, return_inverse=True)
        group = group.reshape(-1)
    n_groups = int(group.max()) + 1
    if n_groups < 2:
        return ((counted, counted[:0]),)
    random = np.random.default_rng(seed)
    order = random.permutation(n_groups)
    if rows.in_memory:
        far = np.zeros(n_groups)
        np.maximum.at(far, group, _distances(choices, rows, counted, weights))
        order = order[np.argsort(far[order], kind="stable")]
    n_parts = min(max(_PARTS, -(-n_groups // _MOST_HELD_BACK)), n_groups)
    part = np.empty(n_groups, np.int64)
    for start in range(0, n_groups, n_parts):
        some = order[start : start + n_parts]
        part[some] = random.permutation(n_parts)[: len(some)]
    n_folds = 1
    if rows.in_memory and rows.n_features <= len(counted):
        n_folds = min(-(-_LEAST_HELD_BACK * n_parts // n_groups), n_parts)
    is_held_back = (part[group] == fold for fold in range(n_folds))
    return tuple((counted[~held], counted[held]) for held in is_held_back)


def _distances(
    choices: Choices, rows: CheckedSource, counted: Chosen, weights: Weights
) -> Float64[np.ndarray, " counted"]:
    """Return each row's squared distance from the mean, in the units in which it is trained on."""
    found = statistics_of(rows, counted, weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant column is told of when the rows are scaled for good
        scaler = scaler_of(choices.scale, found, fills=rows.allows_missing)
    table, n_features = ScaledRows(rows, scaler), rows.n_features
    mean = ((found.mean - scaler.offset) * scaler.factor).astype(np.float32)
    step = max(_BLOCK_CELLS // max(n_features, 1), 1)
    squared = np.empty(len(counted))
    for start in range(0, len(counted), step):
        some = counted[start : start + step]
        block = np.empty((len(some), n_features), np.float32)
        table.read(some, block)
        block -= mean
        squared[start : start + step] = np.einsum("ij,ij->i", block, block, dtype=np.float64)
    return squared
