"""Rows on their way to the device: scaled float32, from wherever they are; what is known of some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.data.category_source import CategorySource
from diabolo.data.cells import copy_cells
from diabolo.data.checked_source import CheckedSource, unfit_cell
from diabolo.data.chosen import part_of
from diabolo.data.scaling import Scaler, overflow, scale_rows
from diabolo.data.source import Source, View
from diabolo.data.statistics import Statistics, joined_statistics, table_statistics
from diabolo.data.tiles import TURNED_ROWS
from diabolo.errors import InputError
from diabolo.training.placement import PlacedRows, Placement, place_rows
from diabolo.training.rows import Table, distinct_rows
from diabolo.training.shards import ONE_SHARD, Shards

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int, Shaped

    Rows = slice | Int[np.ndarray, " rows"]
    from jaxtyping import Int

__all__ = ["RowsAhead", "ScaledRows", "TablePart", "n_columns", "own_rows", "read_together", "statistics_of"]

_BLOCK_CELLS = 2**21
# Rows of a table in memory in any order are gathered and scaled by so many cells, which stay in the cache in
# between; of columns that lie apart a few cost as much as many: so many rows, or fewer of wide tables.
_CACHED_CELLS = 2**17
_TOGETHER_ROWS, _TOGETHER_CELLS = 256, 2**22
# Narrow rows in their order are scaled many at a time: about so many cells.
_AHEAD_CELLS, _UNSCALED_PARTS = 2**19, 4


@dataclass(frozen=True)
class ScaledRows:
    """Rows of any source, read as scaled float32 without a copy of the whole.

    Parameters
    ----------
    rows : CheckedSource
        Checked rows of any number type.
    scaler : Scaler
        Applied on the way.
    targets : float32 array of shape (rows, targets), optional
        What is to be predicted; columns behind the features.
    buffer_bytes : int, default 512 MiB
        For the rows of a table on disk that are in memory at a time.
    keeps_missing : bool, default False
        Whether missing cells stay NaN for the objective to leave out.
    may_copy : bool, default True
        Whether training may copy a large table in memory as a whole, where it takes twice as much there.
    """

    rows: CheckedSource
    scaler: Scaler
    targets: Float32[np.ndarray, "rows targets"] | None = None
    buffer_bytes: int = 2**29
    keeps_missing: bool = False
    may_copy: bool = True

    @property
    def n_columns(self) -> int:
        """Features, and the columns of the target after them."""
        return self.rows.n_features + (0 if self.targets is None else self.targets.shape[1])

    @property
    def missing_fill(self) -> Float32[np.ndarray, " features"] | None:
        """What the encoder sees in the place of missing cells that rows keep; None where rows keep none."""
        if not self.keeps_missing or self.scaler.fill is None:
            return None
        scaler = self.scaler
        return ((self.scaler.fill - scaler.offset) * scaler.factor).astype(np.float32)

    def read(self, part: Rows, out: Float32[np.ndarray, "part features"]) -> None:
        """Write rows, scaled, into ``out``, without their targets."""
        source = self.rows.parent
        scaler = replace(self.scaler, fill=None) if self.keeps_missing else self.scaler
        is_narrow = source.dtype == np.float32 and out.flags.c_contiguous
        by_tiles = isinstance(part, slice) and source.in_memory and (source.is_array or source.is_transposed)
        for some, place in self._pieces(part, out, is_buffered=not by_tiles, is_narrow=is_narrow):
            if by_tiles and isinstance(some, slice):
                done = scale_rows(scaler, source, place, some, allows_missing=self.rows.allows_missing)
            else:
                cells = source.read(some, out=place if is_narrow else None)
                done = scale_rows(scaler, cells, place, allows_missing=self.rows.allows_missing)
            if not done:
                self.rows.read(some)  # which says what is wrong, and where
                raise overflow(scaler, source, some)

    def _pieces(
        self, part: Rows, out: Float32[np.ndarray, "part features"], *, is_buffered: bool, is_narrow: bool
    ) -> Iterator[tuple[Rows, Float32[np.ndarray, "piece features"]]]:
        """Cut rows into pieces where they come through a buffer."""
        source, count = self.rows.parent, len(out)
        if not is_buffered or (is_narrow and not source.in_memory):
            step = max(count, 1)
        elif source.in_memory:
            step = source.rows_at_once(_CACHED_CELLS)
            if source.is_transposed:
                step = max(step, min(_TOGETHER_ROWS, _TOGETHER_CELLS // max(source.n_features, 1)))
        else:
            step = max(_BLOCK_CELLS // max(source.n_features, 1), 1)
        for start in range(0, count, step):
            yield part_of(part, start, start + step), out[start : start + step]

    def gather(self, chosen: Rows, out: Float32[np.ndarray, "chosen columns"]) -> None:
        """Write chosen rows, scaled, into ``out``, their targets behind them."""
        if self.targets is None:
            self.read(chosen, out)
            return
        n_features = self.rows.n_features
        out[:, n_features:] = self.targets[chosen]
        if self.rows.in_memory or self.rows.dtype != np.float32:
            self.read(chosen, out[:, :n_features])
            return
        step, numbers = max(_BLOCK_CELLS // n_features, 1), np.arange(len(self.rows))[chosen]
        for start in range(0, len(out), step):  # a file is read into cells that lie beside each other
            place = out[start : start + step, :n_features]
            block = np.empty(place.shape, np.float32)
            self.read(numbers[start : start + step], block)
            place[:] = block

    def for_training(self, columns: Shards = ONE_SHARD) -> Table:
        """Return the rows as training takes them: of several devices each is given some of the features.

        Those of a device begin at a whole share of all; the last one's are filled up with zeros. Its targets
        stand behind each one's.
        """
        # A sparse table takes less than it says.
        held = self.rows.nbytes if self.may_copy and not self.rows.is_compressed else 0
        in_memory = held if self.rows.in_memory else None
        n_features, n_targets = self.rows.n_features, self.n_columns - self.rows.n_features
        gather, n_columns = self.gather, self.n_columns
        if columns.count > 1:
            n_own = columns.each(n_features)
            n_columns = columns.n_own * (n_own + n_targets)
            starts = [n_own * (columns.first + i) for i in range(columns.n_own)]
            parts = [self.columns(slice(min(s, n_features), min(s + n_own, n_features))) for s in starts]
            gather = partial(_gather_parts, parts, n_own + n_targets, n_targets)
        rows = self.rows
        return Table(
            gather, len(rows), n_columns, in_memory, rows.block[0], self.buffer_bytes, self.n_columns
        )

    def columns(self, some: slice) -> ScaledRows:
        """Return some of the features, and the targets."""
        rows, scaler = self.rows, self.scaler
        chosen = np.arange(some.start, some.stop)
        source = CheckedSource(rows.parent.columns(chosen), rows.owner, rows.allows_missing, rows.advice)
        fill = None if scaler.fill is None else scaler.fill[some]
        part = replace(scaler, offset=scaler.offset[some], factor=scaler.factor[some], fill=fill)
        return replace(self, rows=source, scaler=part)


def _gather_parts(
    parts: Sequence[ScaledRows],
    width: int,
    n_targets: int,
    chosen: Rows,
    out: Float32[np.ndarray, "chosen all"],
) -> None:
    """Write chosen rows as several devices are to have them: each its features, then the targets."""
    for number, part in enumerate(parts):
        place = out[:, number * width : (number + 1) * width]
        n_features = part.rows.n_features
        place[:, n_features : width - n_targets] = 0.0
        if n_targets and part.targets is not None:
            place[:, width - n_targets :] = part.targets[chosen]
        if not n_features:
            continue
        step, numbers = max(_BLOCK_CELLS // n_features, 1), np.arange(len(part.rows))[chosen]
        for start in range(0, len(out), step):  # cells that lie beside each other are read at once
            some = place[start : start + step, :n_features]
            cells = np.empty(some.shape, np.float32)
            part.read(numbers[start : start + step], cells)
            some[:] = cells


class RowsAhead:
    """Scaled rows, read in their order; those in memory many at a time, as a few of narrow ones cost as much.

    Parameters
    ----------
    table : ScaledRows
        The rows.
    """

    def __init__(self, table: ScaledRows) -> None:
        self._table, self._held = table, slice(0, 0)
        self._kept = slice(0, 0)
        self._unscaled: Shaped[np.ndarray, "kept features"] | None = None
        n_rows, n_features = table.rows.shape
        ahead = _AHEAD_CELLS // max(n_features, 1) if table.rows.in_memory else 0
        if ahead > TURNED_ROWS and table.rows.is_transposed:
            ahead -= ahead % TURNED_ROWS
        self._step = min(ahead, n_rows)
        self._cells = np.empty((self._step, n_features), np.float32)

    def read(self, part: slice, out: Float32[np.ndarray, "part features"]) -> None:
        """Write a range of rows, scaled, into ``out``."""
        if part.stop - part.start >= self._step:
            self._table.read(part, out)
            return
        if not self._held.start <= part.start <= part.stop <= self._held.stop:
            self._held = slice(part.start, min(part.start + self._step, len(self._table.rows)))
            self._table.read(self._held, self._cells[: self._held.stop - self._held.start])
        out[:] = self._cells[part.start - self._held.start : part.stop - self._held.start]

    def read_unscaled(self, part: slice, out: Float[np.ndarray, "part features"]) -> None:
        """Write a range of rows into ``out`` as they are, unchecked."""
        source = self._table.rows.parent
        step = self._step // _UNSCALED_PARTS
        if source.is_array or part.stop - part.start >= step:
            source.read(part, out=out)
            return
        if not self._kept.start <= part.start <= part.stop <= self._kept.stop:
            self._kept = slice(part.start, min(part.start + step, len(self._table.rows)))
            self._unscaled = None
        if self._unscaled is None:
            self._unscaled = source.peek(self._kept)
        copy_cells(out, self._unscaled[part.start - self._kept.start : part.stop - self._kept.start])


def own_rows(rows: CheckedSource, chosen: Int[np.ndarray, " chosen"]) -> Int[np.ndarray, " own"]:
    """Return which of the chosen rows this process reads: in a cluster those of its share of the table."""
    team = current_team()
    if team.n_processes == 1:
        return chosen
    share = team.share(len(rows), rows.block[0])
    return chosen[(share.start <= chosen) & (chosen < share.stop)]


def read_together(rows: Source, chosen: Rows = slice(None)) -> Shaped[np.ndarray, "chosen features"]:
    """Read rows into memory; in a cluster each process reads some of a table on disk, and all get all."""
    team = current_team()
    if team.n_processes == 1 or rows.in_memory:
        return rows[chosen]
    numbers = np.arange(len(rows))[chosen]
    own = rows[numbers[team.share(len(numbers), rows.block[0])]]
    return np.concatenate([arrays["rows"] for arrays in team.gathered({"rows": own})])


def statistics_of(
    rows: CheckedSource,
    chosen: Int[np.ndarray, " chosen"],
    sample_weight: Float[np.ndarray, " rows"] | None = None,
) -> Statistics:
    """Look once at chosen rows, each process at its own, and refuse what cannot be used.

    Parameters
    ----------
    rows : CheckedSource
        The table.
    chosen : int array
        Which of its rows.
    sample_weight : array of shape (rows,), optional
        A weight for every row of the table; rows of weight 0 are not looked at.

    Returns
    -------
    Statistics

    Raises
    ------
    InputError
        For a cell that is infinite, too large for float32, or missing and not allowed to be.
    """
    found = _found(rows, rows.parent, chosen, sample_weight)
    missing = None if rows.allows_missing else found.first_missing
    first = min(filter(None, (found.first_unfit, missing)), default=None)
    if first is not None:
        n_missing = _count_missing(rows.parent, found)
        more = f" {n_missing:,} cells are missing in all." if first == missing and n_missing > 1 else ""
        said = unfit_cell(rows.owner, rows.parent, *first, rows.advice).message.marked
        raise InputError(f"{said}{more}")
    return found


def _found(
    rows: CheckedSource,
    source: Source,
    chosen: Int[np.ndarray, " chosen"],
    sample_weight: Float[np.ndarray, " rows"] | None,
) -> Statistics:
    """Look at chosen rows: in a cluster each process at its rows, or of a wide table at its features."""
    team = current_team()
    if team.n_processes == 1 or rows.n_features <= len(rows):
        return table_statistics(source, chosen, sample_weight, None if team.n_processes == 1 else team)
    own = team.share(rows.n_features)
    part = source.columns(np.arange(own.start, own.stop))
    found = table_statistics(part, chosen, sample_weight, n_all=rows.n_features)
    figures = {name: np.array(() if value is None else value) for name, value in vars(found).items()}
    parts = team.gathered({**figures, "start": np.array(own.start)})
    return joined_statistics([(int(arrays["start"]), _statistics_from(arrays)) for arrays in parts])


def _statistics_from(arrays: dict[str, np.ndarray]) -> Statistics:
    figures: dict[str, Any] = dict(arrays)
    del figures["start"]
    figures["n_rows"] = int(figures["n_rows"])
    for name in ("first_missing", "first_unfit"):
        figures[name] = tuple(map(int, figures[name])) or None
    return Statistics(**figures)


def n_columns(rows: CheckedSource) -> int:
    """Say over how many columns a row's loss is a mean: features, of a category one."""
    source = rows.parent
    return source.table.n_columns if isinstance(source, CategorySource) else rows.n_features


def _count_missing(source: Source, found: Statistics) -> int:
    """Count the cells that are missing, of a category one."""
    if not isinstance(source, CategorySource):
        return int(found.n_missing.sum())
    n_numbers, starts = len(source.table.numbers), [block.start for block in source.table.blocks]
    return int(found.n_missing[:n_numbers].sum() + found.n_missing[starts].sum())


@dataclass(frozen=True)
class TablePart:
    """Rows of a table that are trained on or held out.

    Parameters
    ----------
    table : ScaledRows
        The table.
    chosen : int array
        Which of its rows.
    sample_weight : array of shape (rows,), optional
        A weight for every row of the table.
    found : Statistics, optional
        Of the chosen rows, where they have been looked at already.
    """

    table: ScaledRows
    chosen: Int[np.ndarray, " chosen"]
    sample_weight: Float[np.ndarray, " rows"] | None = None
    found: Statistics | None = None

    def cell_range(self, n_first: int | None = None) -> tuple[float, float]:
        """Find the least and the largest scaled cell, of all columns or the first ones; 0 of none."""
        found, scaler = self.found or statistics_of(self.table.rows, self.chosen), self.table.scaler
        ends = np.stack([found.lowest, found.highest])
        scaled = ((ends - scaler.offset) * scaler.factor).astype(np.float32)[:, :n_first]
        return (float(scaled.min()), float(scaled.max())) if scaled.size else (0.0, 0.0)

    def column_means(self) -> Float[np.ndarray, " features"]:
        """Average each scaled column over the cells that are there."""
        return _found(self.table.rows, _Scaled(self.table), self.chosen, self.sample_weight).mean

    @property
    def total_weight(self) -> float:
        """The sum of the rows' weights: their number, where they have none."""
        return float(
            len(self.chosen) if self.sample_weight is None else self.sample_weight[self.chosen].sum()
        )

    def distinct(self) -> TablePart:
        """Merge equal rows into weights, for a batch of all."""

        def merge() -> dict[str, np.ndarray]:
            chosen, weights = distinct_rows(self.table.for_training(), self.chosen, self.sample_weight)
            return {"chosen": chosen} if weights is None else {"chosen": chosen, "weights": weights}

        found = current_team().computed(merge)
        return replace(self, chosen=found["chosen"], sample_weight=found.get("weights"))

    def source(self, batch_size: int, placement: Placement) -> PlacedRows:
        """Make of the rows what the engine takes."""
        table = self.table.for_training(placement.columns)
        return place_rows(table, self.chosen, self.sample_weight, batch_size, placement)


class _Scaled(View):
    """Rows as they are once they are scaled."""

    def __init__(self, table: ScaledRows) -> None:
        super().__init__(table.rows, table.rows.shape)
        self.dtype, self.in_memory = np.dtype(np.float32), False
        self.table = table

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self.table.read(rows, out)

    def _take(
        self, rows: Int[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        self.table.read(rows, out)
