"""What a fit learns to fill missing cells: how columns go together, and how far the network is right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.core.randomness import random_for
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource
from diabolo.estimators._category_errors import rebuilt_cell_blocks
from diabolo.estimators._category_rows import table_of
from diabolo.linear.row_gaussian import RowGaussian, fit_row_gaussian

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaxtyping import Bool, Float, Float64, Int

    from diabolo.estimators._rows import TablePart

    Owners = Int[np.ndarray, " features"]
    Blocks = tuple[slice, ...]
    Rows = Float64[np.ndarray, "rows features"]
    Gaps = Bool[np.ndarray, "rows features"]
    Columns = Float64[np.ndarray, " features"]

__all__ = ["MOST_COLUMNS", "MOST_ROUNDS", "CellModel", "learned_cells"]

MOST_COLUMNS = 256
"""Of wider tables the columns' covariance is not learned; the network alone fills."""
MOST_ROUNDS = 4
"""How often the network may look at what has been filled."""

# Rows that are learned from, evenly chosen; of wide tables fewer, by their cells.
_MOST_ROWS, _LEAST_ROWS, _MOST_CELLS = 2000, 16, 2**21
# Shares of the covariance that is that of independent columns, from much to little.
_INDEPENDENCE = (0.3, 0.1, 0.03, 0.01, 0.003)
# What is masked to learn from: as much as is missing, within these bounds.
_MASKED = (0.1, 0.4)
# A share of a column's own is drawn to that of all columns as if it had so many columns' cells of that.
_PRIOR_COLUMNS = 2.0
# A round of the network is kept if it takes off at least this share of the squared error of masked cells, and
# so many standard errors, as rows differ.
_LEAST_GAIN, _SURE = 0.01, 2.0


@dataclass(frozen=True, eq=False)
class CellModel:
    """What is known of a table's cells.

    Parameters
    ----------
    center, spread : arrays of shape (features,)
        Mean and standard deviation of each column, in the user's units; the second above 0.
    lowest, highest : arrays of shape (features,)
        Between which its cells lie, and what is filled.
    gaussian : RowGaussian or None
        How the columns go together, in units of these; None for wide tables.
    shares : array of shape (rounds, features)
        How far what was filled moves towards the network's reconstruction of the row as it is filled, round
        by round; from 0 to 1.
    blocks : tuple of slice, default none
        Where the cells of 0 and 1 of each category lie, which are missing together. What is filled there is
        how probable each value is.
    """

    center: Columns
    spread: Columns
    lowest: Columns
    highest: Columns
    gaussian: RowGaussian | None
    shares: Float64[np.ndarray, "rounds features"]
    blocks: Blocks = ()

    def filled(self, rows: Rows, rebuilt: Callable[[Rows], Rows]) -> Rows:
        """Put into missing cells what is expected there.

        Parameters
        ----------
        rows : array of shape (rows, features)
            In the user's units; missing cells are NaN.
        rebuilt : callable
            Gives the network's reconstructions of complete rows, in the user's units.

        Returns
        -------
        array of shape (rows, features)
            A copy; cells that are there are as they were, but for those of a value that is none of the known,
            which says nothing. A row without any is the mean.
        """
        rows = _of_known_values(rows, self.blocks)
        gaps = np.isnan(rows)
        filled = np.where(gaps, self.expected(rows), rows)
        is_empty = gaps.all(axis=1)
        filled[is_empty] = self.center
        some = np.flatnonzero(gaps.any(axis=1) & ~is_empty)
        for share in self.shares:
            if not len(some):
                break
            before = filled[some]
            after = before + share * (rebuilt(before) - before)
            filled[some] = np.where(gaps[some], np.clip(after, self.lowest, self.highest), before)
        return filled

    def expected(self, rows: Rows) -> Rows:
        """Fill by how columns go together alone."""
        if self.gaussian is None:
            return np.where(np.isnan(rows), self.center, rows)
        standard = self.gaussian.filled((rows - self.center) / self.spread)
        filled = standard * self.spread + self.center
        if self.blocks:
            values = [(block, self._values(block), self.center[block]) for block in self.blocks]
            for block, chosen, shares in self.gaussian.value_shares(standard, np.isnan(rows), values):
                filled[chosen, block] = shares
        return np.clip(filled, self.lowest, self.highest)

    def _values(self, block: slice) -> Rows:
        """Return the cells of each of a category's values, in units of the Gaussian."""
        values: Rows = (np.eye(block.stop - block.start) - self.center[block]) / self.spread[block]
        return values


def learned_cells(estimator: Any, part: TablePart, seed: int) -> CellModel:
    """Learn from training rows what stands in missing cells.

    Some of the cells that are there are masked: they say how far columns are taken for independent, and how
    far the network is believed.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    part : TablePart
        The rows that it was trained on.
    seed : int
        Of the masks.

    Returns
    -------
    CellModel
    """
    table = table_of(estimator)
    rows, weights = _some(part)
    if table is not None:
        rows = _of_known_values(rows, table.blocks)
    gaps, random = np.isnan(rows), random_for(seed, "masked cells")
    model = _in_units(rows, gaps, estimator.scaler_.fill)
    owners = np.arange(rows.shape[1])
    if table is not None:
        owners, model = table.owners, replace(model, blocks=table.blocks)
    drawn = random.random((len(rows), int(owners.max()) + 1))[:, owners]
    masked = ~gaps & (drawn < np.clip(gaps.mean(), *_MASKED))
    standard = (rows - model.center) / model.spread
    if 1 < rows.shape[1] <= MOST_COLUMNS and len(rows) > 1:
        model = replace(model, gaussian=_gaussian(standard, masked, weights, owners))
    given = np.where(masked, np.nan, rows)
    shares: list[Columns] = []
    filled = model.expected(given)
    for _ in range(MOST_ROUNDS):
        step, miss = ((cells - filled) / model.spread for cells in (reconstructions(estimator, filled), rows))
        if not _is_a_gain(step, miss, masked, owners):
            break
        shares.append(_shares(step, miss, masked, owners))
        moved = np.clip(filled + shares[-1] * step * model.spread, model.lowest, model.highest)
        filled = np.where(gaps | masked, moved, filled)
    return replace(model, shares=np.array(shares).reshape(-1, rows.shape[1]))


def reconstructions(estimator: Any, rows: Rows) -> Float[np.ndarray, "rows features"]:
    """Pass complete rows through an estimator's network: in the user's units, and how probable values are."""
    source = CheckedSource(ArraySource(rows), type(estimator).__name__, allows_missing=False)
    if (table := table_of(estimator)) is not None:
        blocks = rebuilt_cell_blocks(estimator, table, source)
        return np.concatenate([np.zeros((0, rows.shape[1])), *(cells for _, cells in blocks)])
    rebuilt: Float[np.ndarray, "rows features"] = estimator._gather("reconstruct", source, rows.shape[1])
    return rebuilt


def _some(part: TablePart) -> tuple[Rows, Columns | None]:
    """Take rows evenly, unscaled, with their weights."""
    chosen, source = part.chosen, part.table.rows
    most = min(max(_MOST_CELLS // source.n_features, _LEAST_ROWS), _MOST_ROWS)
    even = np.linspace(0, len(chosen) - 1, min(len(chosen), most)).astype(np.int64)
    some = np.sort(chosen)[even]
    read = current_team().computed(
        lambda: {"cells": source.read(some, out=np.empty((len(some), source.n_features)))}
    )
    cells = read["cells"]
    return cells, None if part.sample_weight is None else part.sample_weight[some].astype(np.float64)


def _of_known_values(rows: Rows, blocks: Blocks) -> Rows:
    """Take a category whose value is none of the known, which has no cell of 1, for a missing one."""
    known = rows
    for block in blocks:
        is_unknown = ~rows[:, block].any(axis=1)
        if is_unknown.any():
            known = known.copy() if known is rows else known
            known[is_unknown, block] = np.nan
    return known


def _in_units(rows: Rows, gaps: Gaps, fill: Columns) -> CellModel:
    """Measure columns; one of nothing but missing cells is at what the fit takes them for."""
    there = np.maximum((~gaps).sum(axis=0), 1)
    is_empty = gaps.all(axis=0)
    center = np.where(is_empty, fill, np.where(gaps, 0.0, rows).sum(axis=0) / there)
    spread = np.sqrt((np.where(gaps, 0.0, rows - center) ** 2).sum(axis=0) / there)
    lowest = np.where(is_empty, center, np.where(gaps, np.inf, rows).min(axis=0))
    highest = np.where(is_empty, center, np.where(gaps, -np.inf, rows).max(axis=0))
    is_flat = (lowest == highest) | (spread == 0)
    center = np.where(is_flat, lowest, center)
    return CellModel(
        center, np.where(is_flat, 1.0, spread), lowest, highest, None, np.zeros((0, rows.shape[1]))
    )


def _gaussian(standard: Rows, masked: Gaps, weights: Columns | None, owners: Owners) -> RowGaussian:
    """Find how columns go together, as independent as masked cells say, each column alike."""
    given = np.where(masked, np.nan, standard)
    alike = np.broadcast_to(_alike(owners), masked.shape)[masked]
    best, independence, found, kept = np.inf, _INDEPENDENCE[0], None, None
    for share in _INDEPENDENCE:
        found = fit_row_gaussian(given, share, weights, found)
        apart = (found.filled(given) - standard)[masked] ** 2
        miss = float(np.average(apart, weights=alike)) if masked.any() else 0.0
        if miss >= best:
            break
        best, independence, kept = miss, share, found
    return fit_row_gaussian(standard, independence, weights, kept)


def _alike(owners: Owners) -> Columns:
    """Weigh cells so that each column counts alike, of however many cells it is."""
    return 1.0 / np.bincount(owners)[owners]


def _shares(step: Rows, miss: Rows, masked: Gaps, owners: Owners) -> Columns:
    """Find by least squares how far to go along a step, column by column, drawn to what all columns say."""
    weights = _alike(owners)
    along, length = (
        np.bincount(owners, np.where(masked, cells, 0.0).sum(axis=0) * weights)
        for cells in (step * miss, step**2)
    )
    together = np.clip(along.sum() / max(float(length.sum()), np.finfo(float).tiny), 0.0, 1.0)
    prior = max(_PRIOR_COLUMNS * float(length.mean()), np.finfo(float).tiny)
    shares: Columns = np.clip((along + together * prior) / (length + prior), 0.0, 1.0)[owners]
    return shares


def _is_a_gain(step: Rows, miss: Rows, masked: Gaps, owners: Owners) -> bool:
    """Whether a step, as long as half of the rows says, takes off error of the others, beyond chance."""
    if len(step) < _LEAST_ROWS:
        return False
    before, gain = np.zeros((2, len(step)))
    for half, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        share = _shares(step[half], miss[half], masked[half], owners)
        was, now = miss[other], miss[other] - share * step[other]
        before[other], gain[other] = (
            (np.where(masked[other], cells, 0.0) * _alike(owners)).sum(axis=1)
            for cells in (was**2, was**2 - now**2)
        )
    chance = _SURE * float(gain.std()) * np.sqrt(len(gain))
    return float(gain.sum()) > max(_LEAST_GAIN * float(before.sum()), chance)
