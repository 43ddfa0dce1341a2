"""Shards: rows of a batch that lie on several devices, and the batch plan that finds them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diabolo.training.plan import BatchPlan, bucket

if TYPE_CHECKING:
    from jaxtyping import Int

    Rows = Int[np.ndarray, " rows"]
    Owners = Callable[[Rows], Rows]

__all__ = ["ONE_SHARD", "Deal", "Shards", "spread_plan"]

# By so many standard deviations a later epoch's batch may have more rows on one device than the first one's.
_SPARE = 0.5


class Deal(NamedTuple):
    """On which device each of some rows lies, and where there.

    Parameters
    ----------
    shard, place : int arrays of shape (rows,)
        The device's number, and the row's among those it holds.
    own : tuple of int arrays
        For each device of this process, which rows it holds, in their order there.
    """

    shard: Rows
    place: Rows
    own: tuple[Rows, ...]


@dataclass(frozen=True)
class Shards:
    """The devices among which rows are dealt out.

    Parameters
    ----------
    count : int
        How many there are, of all processes.
    first, n_own : int
        The first of this process, and how many it has; they follow each other.
    """

    count: int = 1
    first: int = 0
    n_own: int = 1

    def each(self, count: int) -> int:
        """Say how many of so many things each device has; the last one may lack some."""
        return -(-count // self.count)

    def dealt(self, owners: Rows) -> Deal:
        """Give every row a place with its owner.

        Parameters
        ----------
        owners : int array of shape (rows,)
            The device of each row.

        Returns
        -------
        Deal

        Examples
        --------
        >>> deal = Shards(2).dealt(np.array([1, 0, 1]))
        >>> deal.place.tolist(), [part.tolist() for part in deal.own]
        ([0, 0, 1], [[1]])
        """
        order = np.argsort(owners, kind="stable")
        starts = np.searchsorted(owners[order], np.arange(self.count + 1))
        place = np.empty(len(owners), np.int64)
        place[order] = np.arange(len(owners)) - starts[owners[order]]
        own = (order[starts[i] : starts[i + 1]] for i in range(self.first, self.first + self.n_own))
        return Deal(owners, place, tuple(own))

    def by_batch(self, batch_size: int) -> Owners:
        """Have every device hold an equal part of each batch, of rows that are visited in their order."""

        def owners(rows: Rows) -> Rows:
            return np.arange(len(rows)) % batch_size * self.count // batch_size

        return owners

    def in_segments(self, rows: Rows) -> Rows:
        """Have every device hold neighboring rows, which are read together."""
        return np.arange(len(rows)) * self.count // max(len(rows), 1)

    def by_block(self, block_rows: int) -> Owners:
        """Have every device hold the same blocks of a table always, in turn."""

        def owners(rows: Rows) -> Rows:
            return rows // block_rows % self.count

        return owners


ONE_SHARD = Shards()


def spread_plan(plan: BatchPlan, deal: Deal, shards: Shards, width: int) -> BatchPlan:
    """Lay out the rows of each batch by the device that holds them.

    Parameters
    ----------
    plan : BatchPlan
        Of rows by their number.
    deal : Deal
        Where these lie.
    shards : Shards
        The devices.
    width : int
        Columns for each device at the least: as many as its rows of any batch before.

    Returns
    -------
    BatchPlan
        Of shape (batches, devices x width): places on the device, each row's place in its batch beside it.
        What is left of the width is padding, which weighs nothing.

    Examples
    --------
    >>> from diabolo.training.plan import batch_plan
    >>> shards = Shards(2)
    >>> deal = shards.dealt(np.array([0, 1, 0]))
    >>> plan = spread_plan(batch_plan(np.array([2, 0, 1]), 2), deal, shards, 2)
    >>> plan.indices.tolist(), plan.weights.tolist(), plan.places.tolist()
    ([[1, 0, 0, 0], [1, 1, 0, 0]], [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], [[0, 1, 0, 0], [0, 0, 0, 0]])
    """
    batch, at = np.nonzero(plan.weights)
    rows = plan.indices[batch, at]
    shard = deal.shard[rows]
    cell = batch * shards.count + shard
    order = np.argsort(cell, kind="stable")
    counts = np.bincount(cell, minlength=len(plan.indices) * shards.count)
    rank = np.empty(len(cell), np.int64)
    rank[order] = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    most = int(counts.max(initial=1))
    if most > width:
        width = min(bucket(most + int(_SPARE * most**0.5)), plan.indices.shape[1])
    shape = (len(plan.indices), shards.count * width)
    column = shard * width + rank
    # Padding weighs 0, but 0 times what is not finite is NaN: it is a row that is visited anyway.
    visited = np.zeros(shards.count, np.int32)
    visited[shard[::-1]] = deal.place[rows[::-1]]
    indices = np.tile(np.repeat(visited, width), (shape[0], 1))
    weights, places = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
    indices[batch, column], places[batch, column] = deal.place[rows], at
    weights[batch, column] = plan.weights[batch, at]
    return replace(plan, indices=indices, weights=weights, places=places)
