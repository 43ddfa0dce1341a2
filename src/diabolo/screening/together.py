"""Screening by the processes of a cluster: each reads its share of a table, and all find the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from diabolo.cluster.team import Team
from diabolo.data.source import Source
from diabolo.errors import DiaboloError, InputError
from diabolo.screening.bands import bytes_kept, measured
from diabolo.screening.passes import pass_over, tile_width
from diabolo.screening.sums import Sums
from diabolo.screening.target import Target

if TYPE_CHECKING:
    from jaxtyping import Float64

    Nats = Float64[np.ndarray, " n_features"]

__all__ = ["measured_together"]


def measured_together(
    team: Team,
    source: Source,
    target: Target,
    information: bool,
    max_memory: int | str,
    n_jobs: int,
    progress: Callable[[float], None] | None = None,
) -> tuple[Sums, Nats]:
    """Do what `measured` does, each process of a team with its share of the table.

    Information wants all rows of a feature: with it a process has some features, and the bits are those of
    `measured`. Without, it has some rows, and sums agree to rounding. What all find is the same.

    Parameters
    ----------
    team : Team
        Whose processes all call this, with the same table.
    source : Source
        The table.
    target, information, max_memory, n_jobs
        As of `measured`.
    progress : callable, optional
        Told of the share of this process's part that is done.

    Returns
    -------
    sums : Sums
    nats : float64 array of shape (n_features,)

    Raises
    ------
    DiaboloError
        In every process, what one of them could not go on for.
    """
    measure = _by_features if information else _by_rows
    return measure(team, source, target, max_memory, n_jobs, progress)


def _by_features(
    team: Team,
    source: Source,
    target: Target,
    max_memory: int | str,
    n_jobs: int,
    progress: Callable[[float], None] | None,
) -> tuple[Sums, Nats]:
    # Whole tiles, as the last bits of a sum go by the features that it is worked out beside.
    own = team.share(source.n_features, tile_width(source.n_rows))
    sums = Sums(own.stop - own.start, target, source.n_rows)
    nats = np.zeros(0)
    with _told_to_all(team):
        if sums.n_features:
            part = source.columns(np.arange(own.start, own.stop))
            sums, nats = measured(part, target, True, max_memory, n_jobs, progress)
    found = Sums(source.n_features, target, source.n_rows)
    for name in ("shift", "squares", "products", "counts"):
        setattr(found, name, team.joined(getattr(sums, name)))
    return found, team.joined(nats)


def _by_rows(
    team: Team,
    source: Source,
    target: Target,
    max_memory: int | str,
    n_jobs: int,
    progress: Callable[[float], None] | None,
) -> tuple[Sums, Nats]:
    own = team.share(source.n_rows, source.block[0])
    sums = Sums(source.n_features, target, source.n_rows)

    def work(rows: slice, columns: slice, block: np.ndarray) -> None:
        rows = slice(own.start + rows.start, own.start + rows.stop)
        sums.add(rows, columns, block, source)

    with _told_to_all(team):
        if own.stop > own.start:
            part = source.rows(np.arange(own.start, own.stop))
            pass_over(part, work, False, max_memory, n_jobs, bytes_kept(sums), progress)
    # Relative to what the first process counts from that has any cell of a feature.
    shift = sums.shift.copy()
    has_any = np.asarray(sums.counts.any(axis=1))
    for arrays in reversed(team.gathered({"shift": shift, "has_any": has_any})):
        np.copyto(shift, arrays["shift"], where=arrays["has_any"])
    sums.move_to(shift)
    for name in ("squares", "products", "counts"):
        setattr(sums, name, team.summed(getattr(sums, name)))
    return sums, np.full(source.n_features, np.nan)


@contextmanager
def _told_to_all(team: Team) -> Iterator[None]:
    """Have an error of one process end all of them: the others would wait for its part."""
    failure: DiaboloError | None = None
    try:
        yield
    except DiaboloError as problem:
        failure = problem
    said = team.gathered({"said": np.array("" if failure is None else failure.message.marked)})
    first = next((str(arrays["said"]) for arrays in said if str(arrays["said"])), None)
    if first is None:
        return
    if failure is not None and failure.message.marked == first:
        raise failure
    raise InputError(first)
