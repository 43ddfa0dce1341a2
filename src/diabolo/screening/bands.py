"""What screening finds of every feature, worked out here or band by band by workers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.source import Source
from diabolo.screening.bins import bins_of_target
from diabolo.screening.mutual_information import information_of_tile
from diabolo.screening.passes import pass_over, plan_reading, tile_width
from diabolo.screening.sums import Sums
from diabolo.screening.target import Target

if TYPE_CHECKING:
    from jaxtyping import Float64

    Nats = Float64[np.ndarray, " n_features"]

__all__ = ["measured", "measured_by"]

_RESULTS = 8  # numbers kept for each feature beside the sums
# Bands for each worker, so that all end together; where a band is read with whole rows, one.
_BANDS = 4


def measured(
    source: Source,
    target: Target,
    information: bool,
    max_memory: int | str,
    n_jobs: int,
    progress: Callable[[float], None] | None = None,
) -> tuple[Sums, Nats]:
    """Pass over a table for the sums of every feature, and its information about the target.

    Parameters
    ----------
    source : Source
        The table.
    target : Target
        As `read_target` gives it.
    information : bool
        Whether it is estimated.
    max_memory, n_jobs, progress
        As of `pass_over`.

    Returns
    -------
    sums : Sums
    nats : float64 array of shape (n_features,)
        NaN where it was not asked for.
    """
    sums = Sums(source.n_features, target, source.n_rows)
    nats = np.full(source.n_features, np.nan)
    bins = bins_of_target(target) if information else None

    def work(part: slice, columns: slice, block: np.ndarray) -> None:
        centered, present = sums.add(part, columns, block, source)
        if bins is not None:
            nats[columns] = information_of_tile(centered, present, bins)

    pass_over(source, work, information, max_memory, n_jobs, _bytes_kept(sums), progress)
    return sums, nats


def _bytes_kept(sums: Sums) -> int:
    return 8 * (2 + sums.n_kept + _RESULTS)


class _Band(NamedTuple):
    source: Source
    columns: slice
    target: Target
    information: bool
    max_memory: int | str
    n_jobs: int


def _of_band(band: _Band) -> tuple[np.ndarray, ...]:
    """Measure some features, in a worker."""
    source, columns = band.source, band.columns
    if source.n_features != columns.stop - columns.start:
        source = source.columns(np.arange(columns.start, columns.stop))
    sums, nats = measured(source, band.target, band.information, band.max_memory, band.n_jobs)
    return sums.shift, sums.squares, sums.products, sums.counts, nats


def _sent(source: Source, columns: slice) -> Source:
    """Of a table in memory, send the columns alone that are to be measured."""
    if not source.in_memory:
        return source
    names = source.feature_names
    part = ArraySource(
        source.read(slice(None), columns),
        name=source.name,
        feature_names=None if names is None else names[columns],
    )
    part.locate = functools.partial(_place, columns.start)
    return part


def _place(first: int, row: int, column: int) -> str:
    return f"row {row}, column {first + column}, both counted from 0"


def measured_by(
    workers: Any,
    source: Source,
    target: Target,
    information: bool,
    max_memory: int | str,
    n_jobs: int,
    progress: Callable[[float], None] | None = None,
) -> tuple[Sums, Nats]:
    """Have workers do what `measured` does, each a band of features over all rows.

    A feature is measured by itself, and bands begin where a pass over the whole table begins a tile: with
    `information`, the bits are those of `measured`. Without, rows are added up in other blocks, so sums agree
    to rounding.

    Parameters
    ----------
    workers : Workers
        As `diabolo.workers.open_workers` gives them.
    source : Source
        The table, which is sent to workers.
    target, information, progress
        As of `measured`.
    max_memory, n_jobs
        As of `pass_over`, of each worker.

    Returns
    -------
    sums : Sums
    nats : float64 array of shape (n_features,)
    """
    sums = Sums(source.n_features, target, source.n_rows)
    nats = np.full(source.n_features, np.nan)
    _, most = plan_reading(source, information, max_memory, n_jobs, _bytes_kept(sums))
    are_rows_whole = source.block[1] >= source.n_features and not source.is_transposed
    tile = tile_width(source.n_rows)
    wanted = -(-source.n_features // (workers.count * (1 if are_rows_whole else _BANDS)))
    width = max(min(-(-wanted // tile) * tile, most // tile * tile), tile)
    starts = range(0, source.n_features, width)
    columns = [slice(start, min(start + width, source.n_features)) for start in starts]
    bands = (_Band(_sent(source, each), each, target, information, max_memory, n_jobs) for each in columns)
    for part, found in zip(columns, workers.map(_of_band, bands), strict=True):
        sums.shift[part], sums.squares[part], sums.products[part], sums.counts[part], nats[part] = found
        if progress is not None:
            progress(part.stop / source.n_features)
    return sums, nats
