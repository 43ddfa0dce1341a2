"""One pass over a source: the extremes, mean and spread of each column, and which cells are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Int64, Shaped

__all__ = ["Survey", "survey"]

_BLOCK_CELLS = 2**23
# A band of a block and its temporaries in float64 stay in the processor's cache.
_BAND_CELLS = 2**16


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a table's rows found.

    Parameters
    ----------
    n_rows : int
        Rows looked at; those of weight 0 are not.
    lowest, highest : float64 arrays of shape (n_features,)
        Of the cells that are there; 0 for a column without any.
    mean, deviation : float64 arrays of shape (n_features,)
        Weighted; the deviation divides by the sum of the weights.
    n_missing : int array of shape (n_features,)
        Cells that are NaN.
    first_missing, first_unfit : (row, column) or None
        The first cell that is NaN; the first that is infinite or too large for float32.
    """

    n_rows: int
    lowest: Float64[np.ndarray, " n_features"]
    highest: Float64[np.ndarray, " n_features"]
    mean: Float64[np.ndarray, " n_features"]
    deviation: Float64[np.ndarray, " n_features"]
    n_missing: Int64[np.ndarray, " n_features"]
    first_missing: tuple[int, int] | None
    first_unfit: tuple[int, int] | None


def survey(
    source: Source,
    chosen: Int[np.ndarray, " chosen"] | None = None,
    sample_weight: Float[np.ndarray, " n_rows"] | None = None,
    *,
    n_threads: int = 2,
    told: Callable[[int], None] | None = None,
) -> Survey:
    """Look once at every chosen row.

    The blocks' sums of squares about their own means are merged (Chan, Golub and LeVeque, 1979), each column
    by itself, so that neither the threads nor the order of columns matters.

    Parameters
    ----------
    source : Source
        Of any size.
    chosen : int array, optional
        The rows to look at, ascending; all by default.
    sample_weight : array of shape (n_rows,), optional
        Not negative; rows of weight 0 are left out.
    n_threads : int, default 2
        Threads that share the columns.
    told : callable, optional
        Called with the number of rows after each block.

    Returns
    -------
    Survey

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> found = survey(ArraySource(np.array([[1.0, 5.0], [3.0, np.nan]])))
    >>> found.mean.tolist(), found.n_missing.tolist(), found.first_missing
    ([2.0, 5.0], [0, 1], (1, 1))
    """
    rows = np.arange(len(source)) if chosen is None else np.sort(np.asarray(chosen))
    if sample_weight is not None:
        rows = rows[sample_weight[rows] > 0]
    tally = _Tally(source.n_features)
    step = source.rows_at_once(_BLOCK_CELLS)
    buffer = np.empty((min(step, len(rows)), source.n_features), source.dtype)
    with ThreadPoolExecutor(n_threads) as threads:
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            is_range = part[-1] - part[0] + 1 == len(part)
            wanted = slice(int(part[0]), int(part[-1]) + 1) if is_range else part
            block = source.read(wanted, out=buffer[: len(part)])
            weights = None if sample_weight is None else sample_weight[part]
            list(threads.map(lambda band: tally.add(block, band, weights, part), tally.bands(len(part))))  # noqa: B023
            if told is not None:
                told(len(part))
    return tally.result(len(rows))


class _Tally:
    def __init__(self, n_features: int) -> None:
        self.n_features = n_features
        self.lowest, self.highest = np.full(n_features, np.inf), np.full(n_features, -np.inf)
        self.mean, self.squares, self.total = (np.zeros(n_features) for _ in range(3))
        self.n_missing = np.zeros(n_features, np.int64)
        self.missing_at: list[tuple[int, int]] = []
        self.unfit_at: list[tuple[int, int]] = []

    def bands(self, n_rows: int) -> Iterator[slice]:
        width = max(_BAND_CELLS // n_rows, 16)
        for start in range(0, self.n_features, width):
            yield slice(start, min(start + width, self.n_features))

    def add(
        self,
        block: Shaped[np.ndarray, "block n_features"],
        band: slice,
        weights: Float[np.ndarray, " block"] | None,
        rows: Int[np.ndarray, " block"],
    ) -> None:
        """Take in a block's columns of a band."""
        cells = block[:, band].astype(np.float64)
        is_float = block.dtype.kind == "f"
        with np.errstate(invalid="ignore"):  # infinities of both signs sum to NaN, too
            missing = np.isnan(cells) if is_float and np.isnan(cells.sum()) else None
        if missing is not None and not missing.any():
            missing = None
        low, high, sums = cells, cells, cells
        counted: np.ndarray | float = float(len(cells)) if weights is None else float(weights.sum())
        if missing is not None:
            self.n_missing[band] += missing.sum(axis=0)
            row, column = np.unravel_index(int(np.argmax(missing)), missing.shape)
            self.missing_at.append((int(rows[row]), band.start + int(column)))
            low, high, sums = (np.where(missing, fill, cells) for fill in (np.inf, -np.inf, 0.0))
            present = ~missing
            counted = present.sum(axis=0).astype(np.float64) if weights is None else weights @ present
        lowest, highest = low.min(axis=0), high.max(axis=0)
        if is_float and not (lowest.min(initial=0) >= -_LARGEST and highest.max(initial=0) <= _LARGEST):
            self._note_unfit(cells, band, rows)
            return
        np.minimum(self.lowest[band], lowest, out=self.lowest[band])
        np.maximum(self.highest[band], highest, out=self.highest[band])
        block_sum = sums.sum(axis=0) if weights is None else weights @ sums
        some = np.where(counted == 0, 1.0, counted)
        block_mean = block_sum / some
        deviations = cells - block_mean
        if missing is not None:
            deviations[missing] = 0.0
        np.square(deviations, out=deviations)
        spread = deviations.sum(axis=0) if weights is None else weights @ deviations
        total = self.total[band]
        whole = np.where(total + counted == 0, 1.0, total + counted)
        change = block_mean - self.mean[band]
        self.squares[band] += spread + change**2 * (total * counted / whole)
        self.mean[band] += change * (counted / whole)
        self.total[band] += counted

    def _note_unfit(self, cells: np.ndarray, band: slice, rows: Int[np.ndarray, " block"]) -> None:
        bad = np.abs(cells) > _LARGEST
        row, column = np.unravel_index(int(np.argmax(bad)), bad.shape)
        self.unfit_at.append((int(rows[row]), band.start + int(column)))

    def result(self, n_rows: int) -> Survey:
        empty = self.total == 0
        self.lowest[empty] = self.highest[empty] = 0.0
        return Survey(
            n_rows,
            self.lowest,
            self.highest,
            self.mean,
            np.sqrt(self.squares / np.where(empty, 1.0, self.total)),
            self.n_missing,
            min(self.missing_at, default=None),
            min(self.unfit_at, default=None),
        )


_LARGEST = float(np.finfo(np.float32).max)
