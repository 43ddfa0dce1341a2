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
    fit_deviation_calibration,
)
from diabolo.detection.linear import (
    LinearAutoencoder,
    fit_linear_autoencoders,
    nested_residuals_and_codes,
)
from diabolo.detection.missing_cells import balanced, gaps_in
from diabolo.detection.scores import Calibration, contributions, fit_calibration, sizes
from diabolo.estimators._callbacks import Following
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._detector_columns import blocks_of, by_column, spread_by_column
from diabolo.estimators._members import reconstructed, residuals_and_codes, trained_members
from diabolo.estimators._rows import read_together
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Shaped

    Codes = Float[np.ndarray, "rows components"]
    Residuals = Float[np.ndarray, "rows features"]

__all__ = [
    "Learned",
    "Networks",
    "calibrated",
    "codes_of",
    "contributions_of",
    "explanations_of",
    "misfits_of",
    "rebuilt_cells_of",
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
    some: Any = slice(None)
    if len(rows) > enough:
        some = np.sort(random_for(seed, "calibration").permutation(len(rows))[:enough])
    return read_together(rows, some) if isinstance(rows, Source) else rows[some]


def trained(
    detector: Any, rows: Any, seed: int, stages: Stages | None = None, told: Following | None = None
) -> Networks:
    """Find where rows lie, and train a detector's networks on them.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked, its parameters kept.
    rows : array of shape (rows, features), or Source
        Mostly normal; a source for an estimator that streams it.
    seed : int
        Of all random numbers.
    stages : Stages, optional
        Where moments of their training are kept.
    told : Following, optional
        Who follows it.

    Returns
    -------
    Networks
    """
    deviation, _ = fit_deviation_calibration(some_of(rows, seed), blocks_of(detector))
    gaps = None if isinstance(rows, Source) else gaps_in(rows)
    prepared, n_members = _prepared(detector, deviation, rows, gaps), int(detector.n_members)
    members = trained_members(
        detector.autoencoder, prepared, n_members, seed, detector._missing, stages, detector.max_memory, told
    )
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
    deviation, scaled = fit_deviation_calibration(some, blocks_of(detector))
    gaps = gaps_in(some)
    if gaps is not None:
        scaled = _prepared(detector, deviation, some, gaps)
    prepared = scaled if len(some) == len(rows) else _prepared(detector, deviation, rows, gaps_in(rows))
    members = list(fit_linear_autoencoders(prepared))
    calibrations, spread = [], spread_by_column(detector, scaled)
    found = _residuals_and_codes(members, scaled, gaps)
    for member, (residuals, codes) in zip(members, found, strict=True):
        if detector.cv != 0:
            residuals = member.left_out_residuals(residuals, codes, len(rows))
        residuals = by_column(detector, deviation, scaled, residuals)
        calibrations.append(fit_calibration(kind, weights.code, spread, residuals, codes))
    return Learned(deviation, members, calibrations, fit_code_density(codes))


def residuals_of(detector: Any, networks: Networks, rows: Any) -> list[Residuals]:
    """Return what each network leaves of rows; NaN where a cell is missing."""
    gaps = gaps_in(rows)
    prepared = _prepared(detector, networks.deviation, rows, gaps)
    found = _residuals_and_codes(networks.members, prepared, gaps)
    return [by_column(detector, networks.deviation, prepared, residuals) for residuals, _ in found]


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
    gaps = gaps_in(some)
    prepared = _prepared(detector, networks.deviation, some, gaps)
    calibrations, spread = [], spread_by_column(detector, prepared)
    for number, (residuals, codes) in enumerate(_residuals_and_codes(networks.members, prepared, gaps)):
        if left_out is not None:
            residuals = left_out[number]
        else:
            residuals = by_column(detector, networks.deviation, prepared, residuals)
        calibrations.append(fit_calibration(kind, weights.code, spread, residuals, codes))
    return Learned(networks.deviation, networks.members, calibrations, fit_code_density(codes))


def contributions_of(detector: Any, rows: Any) -> Iterator[Float[np.ndarray, "rows features"]]:
    """Yield what each feature, or column of the user's table, adds to the scores, a block of rows at a time.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    rows : array of shape (rows, features)
        Checked.

    Yields
    ------
    float64 array of shape (rows of the block, features)
        A row's sum is its score, but for rounding.
    """
    for block in _blocks(rows):
        yield _contributions_of_block(detector, block, gaps_in(block), detector._learned)[0]


def explanations_of(
    detector: Any, rows: Any, scores: Float[np.ndarray, " rows"] | None = None
) -> Iterator[tuple[Residuals, Shaped[np.ndarray, "rows features"], Residuals]]:
    """Yield what each feature adds, the cells, and what was expected in each, a block of rows at a time.

    Expected is what the networks give back, their mean, where the distance from that adds more to the score
    than the distance from the column's median; and else this median.

    Parameters
    ----------
    detector, rows
        As of :func:`contributions_of`.
    scores : array of shape (rows,), optional
        Filled with what :func:`scores_of` gives.

    Yields
    ------
    three arrays of shape (rows of the block, features)
        The second as the rows hold it.
    """
    start, learned = 0, detector._learned
    for block in _blocks(rows):
        if scores is not None:
            scores[start : start + len(block)] = _scores_of_block(detector, block, learned)
        start += len(block)
        gaps, table = gaps_in(block), table_of(detector)
        added, left, is_rebuilt = _contributions_of_block(detector, block, gaps, learned)
        # What was left of a missing cell is missing, and so is what was expected there.
        rebuilt = _prepared(detector, learned.deviation, block, gaps).reshape(block.shape) - left
        scale = learned.deviation.scale
        rebuilt = scale.undo(rebuilt) if isinstance(_kind_of(detector), str) else rebuilt
        usual = scale.center
        if table is not None:  # of a category the number of its value
            usual = np.concatenate(
                [usual[: len(table.numbers)], learned.deviation.mean[len(table.numbers) :]]
            )
            sums = table.summed(block)
            block, rebuilt, usual = map(table.likeliest, (block, rebuilt, usual[None]))
            for place in table.places:  # none is of a missing cell, or of a value that is not known
                block[~(sums[:, place] > 0), place] = np.nan
        yield added, block, np.where(is_rebuilt, rebuilt, usual)


def _contributions_of_block(
    detector: Any,
    block: Shaped[np.ndarray, "rows features"],
    gaps: Bool[np.ndarray, "rows features"] | None,
    learned: Learned,
) -> tuple[Residuals, Residuals, Bool[np.ndarray, "rows features"]]:
    """Return what cells add, what networks leave of them, and whether that adds more than their distance."""
    (kind, weights), calibration = detector._score, learned.deviation
    prepared = _prepared(detector, calibration, block, gaps)
    block = block if gaps is None else np.where(gaps, calibration.mean, block)
    scaled = prepared if _kind_of(detector) == "linear" and gaps is None else None
    deviation = calibration.contributions(block, (weights.deviation, weights.distance), scaled)
    shares = calibration.shares(block, scaled) if weights.code or weights.density else deviation
    if (table := table_of(detector)) is not None:
        deviation, shares = table.summed(deviation), table.summed(shares)
    total, left = np.zeros(deviation.shape), np.zeros(block.shape)
    found = _residuals_and_codes(learned.members, prepared, gaps)
    for own, (residuals, codes) in zip(learned.calibrations, found, strict=True):
        left += residuals / len(learned.members)
        residuals = by_column(detector, calibration, prepared, residuals)
        total += contributions(kind, weights.code, own, residuals, codes, shares)
    total /= len(learned.members)
    is_rebuilt = total > deviation
    deviation += total
    if weights.density:
        deviation += shares * (weights.density * learned.density.sparsity(codes))[:, None]
    lacking = gaps if gaps is None or table is None else table.summed(gaps) > 0
    return balanced(deviation, lacking), left, is_rebuilt


def scores_of(detector: Any, rows: Any, learned: Learned | None = None) -> Float[np.ndarray, " rows"]:
    """Return the anomaly scores of rows.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    rows : array of shape (rows, features)
        Checked.
    learned : Learned, optional
        What is known of normal rows, by default from all that it was fitted to.

    Returns
    -------
    float64 array of shape (rows,)
        A row's score is the same to the bit whatever rows stand beside it.
    """
    found = [_scores_of_block(detector, block, learned or detector._learned) for block in _blocks(rows)]
    return found[0] if len(found) == 1 else np.concatenate([np.zeros(0), *found])


def _scores_of_block(detector: Any, block: Any, learned: Learned) -> Float[np.ndarray, " rows"]:
    """Sum what the features add, without telling them apart where all are numbers and none is missing."""
    gaps = gaps_in(block)
    if table_of(detector) is not None:
        return _contributions_of_block(detector, block, gaps, learned)[0].sum(axis=1)
    if gaps is not None:
        odd, scores = gaps.any(axis=1), np.empty(len(block))
        scores[odd] = _contributions_of_block(detector, block[odd], gaps[odd], learned)[0].sum(axis=1)
        if not odd.all():
            scores[~odd] = _scores_of_block(detector, block[~odd], learned)
        return scores
    (kind, weights), calibration = detector._score, learned.deviation
    prepared = _prepared(detector, calibration, block, gaps)
    scaled = prepared if _kind_of(detector) == "linear" else None
    scores = calibration.sizes(block, (weights.deviation, weights.distance), scaled)
    found, share = _residuals_and_codes(learned.members, prepared), 1.0 / len(learned.members)
    for own, (residuals, codes) in zip(learned.calibrations, found, strict=True):
        scores += share * sizes(kind, weights.code, own, residuals, codes)
    if weights.density:
        scores += weights.density * learned.density.sparsity(codes)
    return scores


def reconstructions_of(detector: Any, rows: Any) -> Float[np.ndarray, "rows features"]:
    """Return the mean of what the networks give back, in the user's units; as :func:`scores_of`.

    In the place of a category is the number of its value that they give most.
    """
    rebuilt, table = rebuilt_cells_of(detector, rows), table_of(detector)
    return rebuilt if table is None else table.likeliest(rebuilt)


def rebuilt_cells_of(detector: Any, rows: Any) -> Float[np.ndarray, "rows cells"]:
    """Return the mean of what the networks give back, of categories a cell for each value."""
    learned, rebuilt, start = detector._learned, np.empty(rows.shape), 0
    for block in _blocks(rows):
        prepared = _prepared(detector, learned.deviation, block, gaps_in(block))
        one = np.mean([reconstructed(member, prepared) for member in learned.members], axis=0)
        if isinstance(_kind_of(detector), str):
            one = learned.deviation.scale.undo(one)
        rebuilt[start : start + len(block)] = one
        start += len(block)
    return rebuilt


def codes_of(detector: Any, member: Any, rows: Any) -> Iterator[Codes]:
    """Yield the codes that one of a detector's networks makes of rows, a block of rows at a time."""
    for block in _blocks(rows):
        prepared = _prepared(detector, detector._learned.deviation, block, gaps_in(block))
        yield residuals_and_codes(member, prepared)[1]


def misfits_of(detector: Any, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows columns"]:
    """Say how badly cells are rebuilt: squared residuals over those that are typical of their columns.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    rows : array of shape (rows, features)
        Missing cells are NaN.

    Returns
    -------
    array of shape (rows, columns)
        A mean over the networks, about 1 for a cell as others, of a category by its surprise; 0 where it is
        missing.
    """
    learned, gaps = detector._learned, gaps_in(rows)
    prepared = _prepared(detector, learned.deviation, rows, gaps)
    misfits = np.zeros(
        (len(rows), rows.shape[1] if (table := table_of(detector)) is None else table.n_columns)
    )
    found = _residuals_and_codes(learned.members, prepared, gaps)
    for calibration, (residuals, _) in zip(learned.calibrations, found, strict=True):
        residuals = by_column(detector, learned.deviation, prepared, residuals)
        misfits += (np.nan_to_num(residuals) / calibration.spread) ** 2
    return misfits / len(learned.members)


def _kind_of(detector: Any) -> Any:
    """Return what rebuilds the rows of a detector: "linear", "deep" or an estimator."""
    return detector._fitted_parameters["autoencoder"]


def _blocks(rows: Any) -> Iterator[Any]:
    step = max(_BLOCK_CELLS // rows.shape[1], 1)
    # Columns that lie apart are turned here, as sums along a row depend on how it lies.
    read = rows.peek if isinstance(rows, Source) and not rows.is_transposed else rows.__getitem__
    for start in range(0, len(rows), step):
        yield read(slice(start, start + step))


def _residuals_and_codes(
    members: list[Any], prepared: Any, gaps: Bool[np.ndarray, "rows features"] | None = None
) -> Iterator[tuple[Residuals, Codes]]:
    """Encode and decode rows by each member; residuals of missing cells are missing, whatever stood in."""
    found: Iterator[tuple[Residuals, Codes]]
    if isinstance(members[0], LinearAutoencoder):  # then all are; trained ones come before a linear one
        still_missing = None if gaps is None else gaps_in(prepared)
        found = nested_residuals_and_codes(members, prepared, still_missing)
    else:
        found = (residuals_and_codes(member, prepared) for member in members)
    if gaps is None:
        return found
    return ((np.where(gaps, np.nan, residuals), codes) for residuals, codes in found)


def _prepared(
    detector: Any,
    deviation: DeviationCalibration,
    rows: Any,
    gaps: Bool[np.ndarray, "rows features"] | None,
) -> Any:
    """Return rows as the networks take them: missing cells at their mean, or as they are if masked."""
    if gaps is not None and detector._missing == "mean":
        rows = np.where(gaps, deviation.mean, rows)
    if not isinstance(_kind_of(detector), str):
        shape = detector._image_shape
        return rows if shape is None else rows.reshape(len(rows), *shape)
    scaled = deviation.scale.apply(rows)
    return scaled if _kind_of(detector) == "linear" else scaled.astype(np.float32)
