"""Some rows of a table: what is known of their cells once they are scaled, and their way to training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.checked_source import CheckedSource, unfit_cell
from diabolo.data.source import View
from diabolo.data.statistics import Statistics, table_statistics
from diabolo.errors import InputError
from diabolo.estimators._rows import ScaledRows
from diabolo.training.placement import PlacedRows, Placement, place_rows
from diabolo.training.rows import distinct_rows

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Shaped

__all__ = ["TablePart", "statistics_of"]


def statistics_of(
    rows: CheckedSource,
    chosen: Int[np.ndarray, " chosen"],
    sample_weight: Float[np.ndarray, " rows"] | None = None,
) -> Statistics:
    """Look once at chosen rows, and refuse what cannot be used.

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
    found = table_statistics(rows.parent, chosen, sample_weight)
    missing = None if rows.allows_missing else found.first_missing
    first = min(filter(None, (found.first_unfit, missing)), default=None)
    if first is not None:
        n_missing = int(found.n_missing.sum())
        more = f" {n_missing:,} cells are missing in all." if first == missing and n_missing > 1 else ""
        said = unfit_cell(rows.owner, rows.parent, *first, rows.advice).message.marked
        raise InputError(f"{said}{more}")
    return found


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

    def cell_range(self) -> tuple[float, float]:
        """Find the least and the largest scaled cell."""
        found, scaler = self.found or statistics_of(self.table.rows, self.chosen), self.table.scaler
        ends = np.stack([found.lowest, found.highest])
        scaled = ((ends - scaler.offset) * scaler.factor).astype(np.float32)
        return float(scaled.min()), float(scaled.max())

    def column_means(self) -> Float[np.ndarray, " features"]:
        """Average each scaled column over the cells that are there."""
        return table_statistics(_Scaled(self.table), self.chosen, self.sample_weight).mean

    def distinct(self) -> TablePart:
        """Merge equal rows into weights, for a batch of all."""
        table = self.table.for_training
        chosen, sample_weight = distinct_rows(table, self.chosen, self.sample_weight)
        return replace(self, chosen=chosen, sample_weight=sample_weight)

    def source(self, batch_size: int, placement: Placement) -> PlacedRows:
        """Make of the rows what the engine takes."""
        table = self.table.for_training
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
