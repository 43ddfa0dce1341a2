"""A detector at work: what it learns from normal rows, and what it makes of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.source import Source
from diabolo.detection.deviation import fit_deviation_calibration
from diabolo.detection.scores import contributions, fit_calibration
from diabolo.estimators._choices import fitted_parameters, keep_parameters
from diabolo.estimators._detector_settings import ScoreWeights, score_kind_of
from diabolo.estimators._members import residuals_and_codes, trained_members

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["contributions_of", "learn", "reconstructions_of", "scores_of"]

_BLOCK_CELLS = 2**20
# Scales settle long before so many rows, and stay cheap; of wide tables fewer rows, by the cells.
_CALIBRATION_ROWS, _LEAST_CALIBRATION_ROWS, _CALIBRATION_CELLS = 20_000, 2_000, 4_000_000


def learn(detector: Any, rows: Any, weights: ScoreWeights, seed: int) -> None:
    """Train a detector's networks on rows, and measure what is typical of these.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked; gets the networks and the measures.
    rows : array of shape (rows, features), or Source
        Mostly normal; a source for an estimator that streams it.
    weights : ScoreWeights
        Of what the score adds up.
    seed : int
        Of all random numbers.
    """
    keep_parameters(detector)
    detector._score = score_kind_of(detector), weights
    enough = min(max(_CALIBRATION_CELLS // rows.shape[1], _LEAST_CALIBRATION_ROWS), _CALIBRATION_ROWS)
    few = len(rows) <= enough
    some = rows[:] if few else rows[np.sort(random_for(seed, "calibration").permutation(len(rows))[:enough])]
    detector._deviation = fit_deviation_calibration(some)
    prepared, n_members = _prepared(detector, rows), int(detector.n_members)
    detector.members_ = trained_members(detector.autoencoder, prepared, n_members, seed)
    prepared = _prepared(detector, some)
    flat = np.asarray(prepared).reshape(len(some), -1)
    detector._calibrations = [
        fit_calibration(detector._score[0], weights.code, flat, *residuals_and_codes(member, prepared))
        for member in detector.members_
    ]


def contributions_of(detector: Any, rows: Any) -> Iterator[Float[np.ndarray, "rows features"]]:
    """Yield what each feature adds to the scores, a block of rows at a time.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    rows : array of shape (rows, features)
        Checked.

    Yields
    ------
    float64 array of shape (rows of the block, features)
        A row's sum is its score.
    """
    kind, weights = detector._score
    for block in _blocks(rows):
        calibration, prepared = detector._deviation, _prepared(detector, block)
        scaled = prepared if _kind_of(detector) == "linear" else None
        deviation = calibration.contributions(block, (weights.deviation, weights.distance), scaled)
        shares = calibration.shares(block) if weights.code else deviation
        total = np.zeros(block.shape)
        for member, own in zip(detector.members_, detector._calibrations, strict=True):
            residuals, codes = residuals_and_codes(member, prepared)
            total += contributions(kind, weights.code, own, residuals, codes, shares)
        yield total / len(detector.members_) + deviation


def scores_of(detector: Any, rows: Any) -> Float[np.ndarray, " rows"]:
    """Return the anomaly scores of rows; parameters as for :func:`contributions_of`."""
    return np.concatenate([cells.sum(axis=1) for cells in contributions_of(detector, rows)])


def reconstructions_of(detector: Any, rows: Any) -> Float[np.ndarray, "rows features"]:
    """Return the mean of what the networks give back, in the user's units; as :func:`contributions_of`."""
    rebuilt = np.empty(rows.shape)
    start = 0
    for block in _blocks(rows):
        prepared = _prepared(detector, block)
        residuals = [residuals_and_codes(member, prepared)[0] for member in detector.members_]
        flat = np.asarray(prepared, np.float64).reshape(len(block), -1)
        one = flat - np.mean(residuals, axis=0)
        if isinstance(_kind_of(detector), str):
            one = detector._deviation.scale.undo(one)
        rebuilt[start : start + len(block)] = one
        start += len(block)
    return rebuilt


def _kind_of(detector: Any) -> Any:
    """Return what rebuilds the rows of a detector: "linear", "deep" or an estimator."""
    return fitted_parameters(detector)["autoencoder"]


def _blocks(rows: Any) -> Iterator[Any]:
    step = max(_BLOCK_CELLS // rows.shape[1], 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        # Columns that lie apart are turned here, as sums along a row depend on how it lies.
        is_apart = isinstance(rows, Source) and rows.is_transposed
        yield rows.peek(part) if isinstance(rows, Source) and not is_apart else rows[part]


def _prepared(detector: Any, rows: Any) -> Any:
    """Return rows as the networks take them."""
    if not isinstance(_kind_of(detector), str):
        shape = detector._image_shape
        return rows if shape is None else rows.reshape(len(rows), *shape)
    scaled = detector._deviation.scale.apply(rows)
    return scaled if _kind_of(detector) == "linear" else scaled.astype(np.float32)
