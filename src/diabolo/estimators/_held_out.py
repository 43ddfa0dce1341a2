"""Which rows are not trained on: those held out for good, and those held back to say how long to train.

Of the latter it is a tenth, and of few rows several tenths in turn.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.hold_out import split_rows
from diabolo.data.scaling import scaler_of
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._choices import Choices
from diabolo.estimators._row_space import LEAST_FEATURES, is_turned
from diabolo.estimators._rows import ScaledRows, statistics_of
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64, Int

    from diabolo.data.window_layout import WindowLayout

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None
    Known = Bool[np.ndarray, " rows"]
    Division = tuple[Chosen, Chosen]

__all__ = ["MOST_REPEATED", "divisions", "split"]

_HOLD_OUT = either("pass X_validation to fit", "give --validation FILE")

MOST_REPEATED = 5_000
"""Up to so many rows, those that were held back are trained on in the end; of more they are not missed."""

# Parts of the rows, of which one is held back at a time; the least rows that are to be held back in all, by
# as many parts as it takes, and the most that one part has.
_PARTS, _LEAST_HELD_BACK, _MOST_HELD_BACK = 10, 150, 2_000
_BLOCK_CELLS = 2**20
# Where parts held back leave less than this share of the windows to train on, the last windows alone are.
_LEAST_LEFT = 1 / 3


def split(choices: Choices, rows: CheckedSource, weights: Weights, seed: int, *, is_whole: bool) -> Division:
    """Split rows into those to train on and those that are never trained on.

    Of the windows of a series these are stretches of time, and windows that share points with them are in
    neither part.

    Parameters
    ----------
    choices : Choices
        Checked.
    rows : CheckedSource
        The table.
    weights : array of shape (rows,) or None
        Rows of weight 0 are not trained on.
    seed : int
        Of everything random.
    is_whole : bool
        Whether to train on all rows.

    Returns
    -------
    training, validation : int arrays
        Row numbers, in their order.

    Raises
    ------
    ParameterError
        For early stopping without held-out rows.
    InputError
        Where all rows of either have weight 0, or no windows are left that share no point with those held
        out.
    """
    fraction = choices.validation_fraction
    training, validation = np.arange(len(rows)), np.arange(0)
    if fraction is None:
        fraction = 0.1 if choices.early_stopping else 0.0
    if not is_whole and fraction == 0.0 and choices.early_stopping:
        raise ParameterError(
            f"{choices.owner}: {setting('early_stopping', True)} needs held-out rows, but "
            f"{setting('validation_fraction', 0)}; set a fraction such as 0.1, or {_HOLD_OUT}."
        )
    if not is_whole and fraction != 0.0:
        training, validation = split_rows(len(rows), fraction, _drawn(seed), rows.windows)
        if not len(training):
            raise InputError(
                f"{choices.owner}: {len(rows)} windows of {rows.windows.length} points are too few to hold "
                f"out {len(validation)} of them: none is left that shares no point with these. Give a longer "
                f"series or shorter windows, or {_HOLD_OUT}."
            )
    if weights is None:
        return training, validation
    for group, purpose in ((training, "train on"), (validation, "validate on")):
        if len(group) and not weights[group].any():
            raise InputError(f"{choices.owner}: every row left to {purpose} has sample weight zero.")
    return training[weights[training] > 0], validation


def _drawn(seed: int) -> int:
    return int(random_for(seed, "split").integers(2**31))


def divisions(
    choices: Choices, rows: CheckedSource, weights: Weights, seed: int, known: Known | None = None
) -> tuple[Division, ...]:
    """Divide rows into those to train on and those that say how long, once or several times.

    Each part has its share of the rows that lie far from the others, which decide a squared error. Where a
    batch holds all rows, equal ones go together, so that the result is that of equal rows merged into
    weights. Where some targets are unknown, each part has its share of the known ones, too; parts without one
    are held back last, and a part with all of them never.

    Parts of the windows of a series are stretches of time, and what shares points with those held back is not
    trained on beside them.

    Parameters
    ----------
    choices : Choices
        Checked.
    rows : CheckedSource
        The table.
    weights : array of shape (rows,) or None
        Rows of weight 0 are in neither.
    seed : int
        Of everything random.
    known : bool array of shape (rows,), optional
        Whose targets are known, at least one of a row that counts; by default all are.

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

        def grouped() -> dict[str, np.ndarray]:
            cells = np.asarray(rows.parent.read(counted))
            return {"group": np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)}

        group = current_team().computed(grouped)["group"]
    n_groups = int(group.max()) + 1
    if n_groups < 2:
        return ((counted, counted[:0]),)
    random = random_for(seed, "split")
    if rows.windows is not None:
        n_parts, n_folds = _how_many(choices, rows, len(counted), len(counted))
        return _in_time(rows.windows, counted, n_parts, n_folds, random, known)
    order = random.permutation(n_groups)
    if rows.in_memory:
        far = np.zeros(n_groups)
        np.maximum.at(far, group, _distances(choices, rows, counted, weights))
        order = order[np.argsort(far[order], kind="stable")]
    is_labeled = np.ones(n_groups, bool)
    if known is not None:
        is_labeled[:] = False
        is_labeled[group[known[counted]]] = True
        order = order[np.argsort(~is_labeled[order], kind="stable")]
    n_parts, n_folds = _how_many(choices, rows, len(counted), n_groups)
    part = np.empty(n_groups, np.int64)
    for start in range(0, n_groups, n_parts):
        some = order[start : start + n_parts]
        part[some] = random.permutation(n_parts)[: len(some)]
    labeled = np.bincount(part[is_labeled], minlength=n_parts)
    usable = np.flatnonzero(labeled < is_labeled.sum())
    usable = usable[np.argsort(labeled[usable] == 0, kind="stable")]
    is_held_back = (part[group] == fold for fold in usable[:n_folds])
    return tuple((counted[~held], counted[held]) for held in is_held_back)


def _how_many(choices: Choices, rows: CheckedSource, n_rows: int, n_groups: int) -> tuple[int, int]:
    """Say into how many parts rows are divided, and how many of these are held back."""
    n_parts = min(max(_PARTS, -(-n_groups // _MOST_HELD_BACK)), n_groups)
    is_narrow = rows.in_memory and rows.n_features <= max(n_rows, LEAST_FEATURES)
    if is_narrow or is_turned(choices, n_rows, rows.n_features):
        return n_parts, min(-(-_LEAST_HELD_BACK * n_parts // n_groups), n_parts)
    return n_parts, 1


def _in_time(
    windows: WindowLayout,
    counted: Chosen,
    n_parts: int,
    n_folds: int,
    random: np.random.Generator,
    known: Known | None,
) -> tuple[Division, ...]:
    """Divide windows into stretches of time, one part in several where these are long enough."""

    def teaches(division: Division, least: float) -> bool:
        return len(division[0]) >= least and (known is None or bool(known[division[0]].any()))

    found = [
        division
        for division in windows.divided(counted, n_parts, random)
        if teaches(division, max(2, _LEAST_LEFT * len(counted)))
    ]
    if known is not None:
        found.sort(key=lambda division: not known[division[1]].any())
    if found:
        return tuple(found[:n_folds])
    last = windows.parted(counted, -(-len(counted) // n_parts))
    if teaches(last, 2):
        return (last,)
    # A series of hardly more than a window: what is held back shares points with what is trained on.
    shared = np.setdiff1d(counted, last[1]), last[1]
    return (shared,) if teaches(shared, 1) else ((counted, counted[:0]),)


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
