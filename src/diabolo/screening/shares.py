"""A table among the processes of a cluster: each passes over its share, and all find the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from diabolo.cluster.team import Team, current_team
from diabolo.data.source import Source
from diabolo.errors import DiaboloError, InputError
from diabolo.screening.passes import tile_width

__all__ = ["of_all_features", "told_to_all"]


def of_all_features(
    source: Source, measure: Callable[[Source], tuple[np.ndarray, ...]]
) -> tuple[np.ndarray, ...]:
    """Have each process of a cluster measure some features of a table over all rows; one process, all.

    Parameters
    ----------
    source : Source
        The table, the same for all processes, which all call this.
    measure : callable
        Of a table with some of the features, perhaps none; returns arrays with an entry for each feature.

    Returns
    -------
    tuple of arrays
        The same with an entry for each feature of the table, in every process.

    Raises
    ------
    DiaboloError
        In every process, what one of them could not go on for.
    """
    team = current_team()
    if team.n_processes == 1:
        return measure(source)
    # Whole tiles, as the last bits of a sum go by the features that it is worked out beside.
    own = team.share(source.n_features, tile_width(source.n_rows))
    with told_to_all(team):
        found = measure(source.columns(np.arange(own.start, own.stop)))
    return tuple(map(team.joined, found))


@contextmanager
def told_to_all(team: Team) -> Iterator[None]:
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
