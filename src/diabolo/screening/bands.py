"""What screening finds of every feature, worked out here or band by band by workers."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.source import Source
from diabolo.screening.bins import bins_of_target
from diabolo.screening.mutual_information import information_of_tile
from diabolo.screening.passes import pass_over, plan_reading, tile_width
from diabolo.screening.shares import of_all_features
from diabolo.screening.sums import Sums, sums_over
from diabolo.screening.target import Target

if TYPE_CHECKING:
    from jaxtyping import Float64

    Nats = Float64[np.ndarray, " n_features"]

__all__ = ["bytes_kept", "measured", "measured_by"]

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

    Information wants all rows of a feature: with it a process of a cluster has some features, and the bits
    are those of one process. Without, it has some rows, and sums agree to rounding. All find the same.

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
    kept = bytes_kept(sums)
    if not information:
        summed = sums_over(source, target, max_memory, n_jobs, kept, progress)
        return summed, np.full(source.n_features, np.nan)
    bins = bins_of_target(target)

    def measure(part: Source) -> tuple[np.ndarray, ...]:
        own, nats = Sums(part.n_features, target, part.n_rows), np.zeros(part.n_features)

        def work(rows: slice, columns: slice, block: np.ndarray) -> None:
            centered, present = own.add(rows, columns, block, part)
            nats[columns] = information_of_tile(centered, present, bins)

        pass_over(part, work, True, max_memory, n_jobs, kept, progress)
        return *own.arrays, nats

    sums.shift, sums.squares, sums.products, sums.counts, nats = of_all_features(source, measure)
    return sums, nats


def bytes_kept(sums: Sums) -> int:
    """Say how many bytes of results there are for each feature."""
    return 8 * (2 + sums.n_kept + _RESULTS)


class _Sent:
    """A table on its way to workers: by its token one that was sent it before has it still, open."""

    def __init__(self, source: Source, token: str | None = None) -> None:
        self.source, self.token = source, token

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (self.source, self.token)


_HELD: dict[str, _Sent] = {}


def _received(source: Source, token: str | None) -> _Sent:
    if token is None:
        return _Sent(source)
    found = _HELD.get(token)
    if found is None:
        _HELD.clear()
        _HELD[token] = found = _Sent(source, token)
    return found


class _Band(NamedTuple):
    sent: _Sent
    columns: slice
    target: Target
    information: bool
    max_memory: int | str
    n_jobs: int


def _of_band(band: _Band) -> tuple[np.ndarray, ...]:
    """Measure some features, in a worker."""
    source, columns = band.sent.source, band.columns
    if source.n_features != columns.stop - columns.start:
        source = source.columns(np.arange(columns.start, columns.stop))
    sums, nats = measured(source, band.target, band.information, band.max_memory, band.n_jobs)
    return *sums.arrays, nats


def _own_columns(source: Source, columns: slice) -> Source:
    """Return a table in memory of the columns alone that are to be measured."""
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
    _, most = plan_reading(source, information, max_memory, n_jobs, bytes_kept(sums))
    are_rows_whole = source.block[1] >= source.n_features and not source.is_transposed
    tile = tile_width(source.n_rows)
    wanted = -(-source.n_features // (workers.count * (1 if are_rows_whole else _BANDS)))
    width = max(min(-(-wanted // tile) * tile, most // tile * tile), tile)
    starts = range(0, source.n_features, width)
    columns = [slice(start, min(start + width, source.n_features)) for start in starts]
    whole = None if source.in_memory else _Sent(source, uuid.uuid4().hex)

    def band(part: slice) -> _Band:
        sent = whole or _Sent(_own_columns(source, part))
        return _Band(sent, part, target, information, max_memory, n_jobs)

    for part, found in zip(columns, workers.map(_of_band, map(band, columns)), strict=True):
        sums.shift[part], sums.squares[part], sums.products[part], sums.counts[part], nats[part] = found
        if progress is not None:
            progress(part.stop / source.n_features)
    return sums, nats
