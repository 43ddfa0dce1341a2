"""A detector at work: what it learns from normal rows, and what it makes of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.source import Source
from diabolo.detection.density import CodeDensity, fit_code_density
from diabolo.detection.deviation import (
    DeviationCalibration,
    column_deviations,
    fit_deviation_calibration,
)
from diabolo.detection.linear import (
    LinearAutoencoder,
    fit_linear_autoencoders,
    nested_residuals_and_codes,
)
from diabolo.detection.missing_cells import balanced, gaps_in
from diabolo.detection.scores import Calibration, contributions, fit_calibration
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._members import reconstructed, residuals_and_codes, trained_members

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Codes = Float[np.ndarray, "rows components"]
    Residuals = Float[np.ndarray, "rows features"]

__all__ = [
    "Learned",
    "Networks",
    "calibrated",
    "contributions_of",
    "reconstructions_of",
    "residuals_of",
    "scores_of",
    "solved",
    "some_of",
    "trained",
]

_BLOCK_CELLS = 2**20
# Scales settle long before so many rows, and stay cheap; of wide tables fewer rows, by the cells.
_CALIBRATION_ROWS, _LEAST_CALIBRATION_ROWS, _CALIBRATION_CELLS = 20_000, 2_000, 4_000_000
# No value of a category is less probable; one that no row of the fit had is as probable as that.
_LEAST_PROBABILITY = 1e-3


@dataclass(frozen=True)
class Networks:
    """What is learned of normal rows before their residuals are looked at.

    Parameters
    ----------
    deviation : DeviationCalibration
        Where the rows lie.
    members : list of LinearAutoencoder or of fitted estimator
        What rebuilds them.
    """

    deviation: DeviationCalibration
    members: list[Any]


@dataclass(frozen=True)
class Learned(Networks):
    """All that is learned of normal rows, enough to score others.

    Parameters
    ----------
    deviation, members
        As of :class:`Networks`.
    calibrations : list of Calibration
        What is typical of each member's residuals.
    density : CodeDensity
        Codes of some of the rows, by the last member, the widest of the linear ones.
    """

    calibrations: list[Calibration]
    density: CodeDensity


def some_of(rows: Any, seed: int, n_parts: int = 1) -> Any:
    """Draw rows to measure what is typical on, of one of several parts: all of a small table."""
    enough = min(max(_CALIBRATION_CELLS // rows.shape[1], _LEAST_CALIBRATION_ROWS), _CALIBRATION_ROWS)
    enough = -(-enough // n_parts)
    if len(rows) <= enough:
        return rows[:]
    return rows[np.sort(random_for(seed, "calibration").permutation(len(rows))[:enough])]


def trained(detector: Any, rows: Any, seed: int) -> Networks:
    """Find where rows lie, and train a detector's networks on them.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked, its parameters kept.
    rows : array of shape (rows, features), or Source
        Mostly normal; a source for an estimator that streams it.
    seed : int
        Of all random numbers.

    Returns
    -------
    Networks
    """
    deviation, _ = fit_deviation_calibration(some_of(rows, seed), _blocks_of(detector))
    prepared, n_members = _prepared(detector, deviation, rows), int(detector.n_members)
    members = trained_members(detector.autoencoder, prepared, n_members, seed, detector._missing)
    if detector.autoencoder == "deep":  # beside the widest linear one: each sees what the other misses
        members.append(fit_linear_autoencoders(prepared)[-1])
    return Networks(deviation, members)


def solved(detector: Any, rows: Any, seed: int) -> Learned:
    """Find where rows lie, the linear networks for them, and what is typical of rows that they have not seen.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked, its parameters kept.
    rows : array of shape (rows, features)
        Mostly normal.
    seed : int
        Of all random numbers.

    Returns
    -------
    Learned
    """
    kind, weights = detector._score
    some = some_of(rows, seed)
    deviation, scaled = fit_deviation_calibration(some, _blocks_of(detector))
    gaps = gaps_in(some)
    if gaps is not None:
        scaled = _prepared(detector, deviation, some)
    prepared = scaled if len(some) == len(rows) else _prepared(detector, deviation, rows)
    members = list(fit_linear_autoencoders(prepared))
    calibrations, spread = [], _spread_by_column(detector, scaled)
    found = _residuals_and_codes(members, scaled, gaps)
    for member, (residuals, codes) in zip(members, found, strict=True):
        if detector.cv != 0:
            residuals = member.left_out_residuals(residuals, codes, len(rows))
        residuals = _by_column(detector, deviation, scaled, residuals)
        calibrations.append(fit_calibration(kind, weights.code, spread, residuals, codes))
    return Learned(deviation, members, calibrations, fit_code_density(codes))


def residuals_of(detector: Any, networks: Networks, rows: Any) -> list[Residuals]:
    """Return what each network leaves of rows; NaN where a cell is missing."""
    prepared, gaps = _prepared(detector, networks.deviation, rows), gaps_in(rows)
    found = _residuals_and_codes(networks.members, prepared, gaps)
    return [_by_column(detector, networks.deviation, prepared, residuals) for residuals, _ in found]


def calibrated(
    detector: Any, networks: Networks, rows: Any, seed: int, left_out: Sequence[Residuals] | None
) -> Learned:
    """Measure what is typical of networks' residuals.

    Parameters
    ----------
    detector : AutoencoderDetector
        Whose they are.
    networks : Networks
        Trained.
    rows : array of shape (rows, features), or Source
        Those that they were trained on.
    seed : int
        Of all random numbers.
    left_out : sequence of arrays, optional
        For each network, residuals of rows by networks like it that have not seen them; else those of `rows`
        are what is to be had.

    Returns
    -------
    Learned
    """
    kind, weights = detector._score
    some = some_of(rows, seed)
    prepared, gaps = _prepared(detector, networks.deviation, some), gaps_in(some)
    calibrations, spread = [], _spread_by_column(detector, prepared)
    for number, (residuals, codes) in enumerate(_residuals_and_codes(networks.members, prepared, gaps)):
        if left_out is not None:
            residuals = left_out[number]
        else:
            residuals = _by_column(detector, networks.deviation, prepared, residuals)
        calibrations.append(fit_calibration(kind, weights.code, spread, residuals, codes))
    return Learned(networks.deviation, networks.members, calibrations, fit_code_density(codes))


def contributions_of(
    detector: Any, rows: Any, learned: Learned | None = None
) -> Iterator[Float[np.ndarray, "rows features"]]:
    """Yield what each feature, or column of the user's table, adds to the scores, a block of rows at a time.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    rows : array of shape (rows, features)
        Checked.
    learned : Learned, optional
        What is known of normal rows, by default from all that it was fitted to.

    Yields
    ------
    float64 array of shape (rows of the block, features)
        A row's sum is its score.
    """
    learned = detector._learned if learned is None else learned
    kind, weights = detector._score
    for block in _blocks(rows):
        calibration, gaps = learned.deviation, gaps_in(block)
        prepared = _prepared(detector, calibration, block)
        block = block if gaps is None else np.where(gaps, calibration.mean, block)
        scaled = prepared if _kind_of(detector) == "linear" and gaps is None else None
        deviation = calibration.contributions(block, (weights.deviation, weights.distance), scaled)
        shares = calibration.shares(block, scaled) if weights.code or weights.density else deviation
        if (table := table_of(detector)) is not None:
            deviation, shares = table.summed(deviation), table.summed(shares)
            gaps_by_column = None if gaps is None else table.summed(gaps) > 0
        else:
            gaps_by_column = gaps
        total = np.zeros(deviation.shape)
        found = _residuals_and_codes(learned.members, prepared, gaps)
        for own, (residuals, codes) in zip(learned.calibrations, found, strict=True):
            residuals = _by_column(detector, calibration, prepared, residuals)
            total += contributions(kind, weights.code, own, residuals, codes, shares)
        deviation += total / len(learned.members)
        if weights.density:
            deviation += shares * (weights.density * learned.density.sparsity(codes))[:, None]
        yield balanced(deviation, gaps_by_column)


def scores_of(detector: Any, rows: Any, learned: Learned | None = None) -> Float[np.ndarray, " rows"]:
    """Return the anomaly scores of rows; parameters as for :func:`contributions_of`."""
    cells = contributions_of(detector, rows, learned)
    return np.concatenate([np.zeros(0), *(block.sum(axis=1) for block in cells)])


def reconstructions_of(detector: Any, rows: Any) -> Float[np.ndarray, "rows features"]:
    """Return the mean of what the networks give back, in the user's units; as :func:`contributions_of`.

    In the place of a category is the number of its value that they give most.
    """
    learned, table = detector._learned, table_of(detector)
    rebuilt = np.empty(rows.shape if table is None else (len(rows), table.n_columns))
    start = 0
    for block in _blocks(rows):
        prepared = _prepared(detector, learned.deviation, block)
        one = np.mean([reconstructed(member, prepared) for member in learned.members], axis=0)
        if isinstance(_kind_of(detector), str):
            one = learned.deviation.scale.undo(one)
        one = one if table is None else table.likeliest(one)
        rebuilt[start : start + len(block)] = one
        start += len(block)
    return rebuilt


def _blocks_of(detector: Any) -> Sequence[slice]:
    """Return where the cells of categories are, if there are any."""
    table = table_of(detector)
    return () if table is None else table.blocks


def _by_column(
    detector: Any, deviation: DeviationCalibration, prepared: Any, residuals: Residuals
) -> Residuals:
    """Return residuals by column of the user's table: of a category how surprising the row's value is.

    That is minus the logarithm of the share that the network gives it among the values, none below one in a
    thousand.
    """
    table = table_of(detector)
    if table is None:
        return residuals
    columns, given = np.empty((len(residuals), table.n_columns)), np.asarray(prepared, np.float64)
    columns[:, list(table.numbers)] = residuals[:, : len(table.numbers)]
    rebuilt = given - residuals
    if isinstance(_kind_of(detector), str):
        given, rebuilt = deviation.scale.undo(given), deviation.scale.undo(rebuilt)
    for place, block in zip(table.places, table.blocks, strict=True):
        share = np.maximum(rebuilt[:, block], _LEAST_PROBABILITY)
        own = (given[:, block] * share).sum(axis=1) / share.sum(axis=1)
        columns[:, place] = -np.log(np.clip(own, _LEAST_PROBABILITY, 1.0))
    return columns


def _spread_by_column(detector: Any, prepared: Any) -> Float[np.ndarray, " columns"]:
    """Return the deviations of rows by column of the user's table."""
    spread, table = column_deviations(np.asarray(prepared).reshape(len(prepared), -1)), table_of(detector)
    return spread if table is None else np.sqrt(table.summed(np.square(spread)[None])[0])


def _kind_of(detector: Any) -> Any:
    """Return what rebuilds the rows of a detector: "linear", "deep" or an estimator."""
    return detector._fitted_parameters["autoencoder"]


def _blocks(rows: Any) -> Iterator[Any]:
    step = max(_BLOCK_CELLS // rows.shape[1], 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        # Columns that lie apart are turned here, as sums along a row depend on how it lies.
        is_apart = isinstance(rows, Source) and rows.is_transposed
        yield rows.peek(part) if isinstance(rows, Source) and not is_apart else rows[part]


def _residuals_and_codes(
    members: list[Any], prepared: Any, gaps: Bool[np.ndarray, "rows features"] | None
) -> Iterator[tuple[Residuals, Codes]]:
    """Encode and decode rows by each member; residuals of missing cells are missing, whatever stood in."""
    if all(isinstance(member, LinearAutoencoder) for member in members):
        found = nested_residuals_and_codes(members, prepared)
    else:
        found = (residuals_and_codes(member, prepared) for member in members)
    for residuals, codes in found:
        yield (residuals if gaps is None else np.where(gaps, np.nan, residuals)), codes


def _prepared(detector: Any, deviation: DeviationCalibration, rows: Any) -> Any:
    """Return rows as the networks take them: missing cells at their mean, or as they are if masked."""
    if not isinstance(rows, Source) and detector._missing == "mean" and gaps_in(rows) is not None:
        rows = np.where(np.isnan(rows), deviation.mean, rows)
    if not isinstance(_kind_of(detector), str):
        shape = detector._image_shape
        return rows if shape is None else rows.reshape(len(rows), *shape)
    scaled = deviation.scale.apply(rows)
    return scaled if _kind_of(detector) == "linear" else scaled.astype(np.float32)
