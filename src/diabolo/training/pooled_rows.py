"""Rows to train on of a table on disk that does not fit: pools of them, of which one is read meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.rows import Chunk, TrainingRows, TwoBuffers, own_of, slots_of
from diabolo.training.shards import ONE_SHARD, Deal, Shards

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int

    Chosen = Int[np.ndarray, " chosen"]

__all__ = ["RowsPooled"]


class RowsPooled(TrainingRows):
    """Chosen rows of a table on disk, a pool of them at a time: for rows of which many make a batch's bytes.

    A thread reads one pool, by blocks of neighboring rows in a random order, while chunks of the other, its
    rows in a random order of their own, are trained on.

    Parameters
    ----------
    gather : callable
        Writes the rows of the given numbers, scaled, into a float32 array.
    n_features : int
        Columns.
    pool_rows, chunk_rows : int
        Multiples of the batch size, so that no batch is cut.
    place : callable
        Puts a chunk on the device.
    chosen : int array
        The rows that belong to this source.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    block_rows : int, default 1
        Neighboring rows that are read together.
    shards : Shards, optional
        The devices, where there are several; each has neighboring rows of a pool.
    """

    def __init__(
        self,
        gather: Callable[[Int[np.ndarray, " part"], Float32[np.ndarray, "part features"]], None],
        n_features: int,
        pool_rows: int,
        chunk_rows: int,
        place: Callable[[np.ndarray], Any],
        chosen: Int[np.ndarray, " chosen"],
        sample_weight: Float[np.ndarray, " rows"] | None = None,
        block_rows: int = 1,
        shards: Shards = ONE_SHARD,
    ) -> None:
        super().__init__(chosen, sample_weight)
        self.gather, self.block_rows = gather, block_rows
        self.pool_rows, self.chunk_rows, self.shards = pool_rows, chunk_rows, shards
        own_rows = -(-pool_rows // shards.count) * shards.n_own
        self._pools = [np.empty((own_rows, n_features), np.float32) for _ in range(2)]
        self._buffers = TwoBuffers(shards.n_own * chunk_rows, n_features, place)

    def let_go(self) -> None:
        """Let pools and buffers go."""
        self._pools.clear()
        self._buffers.clear()

    def chunks(self, random: np.random.Generator | None, skipped: int = 0) -> Iterator[Chunk]:
        """Yield the rows in chunks of one shape, in a new random order or in their own."""
        chunk_rows, n_chunks = self.chunk_rows, skipped
        # All pools but the last have as many.
        n_pools, n_first = divmod(skipped, -(-self.pool_rows // chunk_rows))
        for number, (pool, part, visits, pooled) in enumerate(self._filled(random, n_pools)):
            for start in range(0 if number else n_first * chunk_rows, len(part), chunk_rows):
                some = visits[start : start + chunk_rows]
                buffer = self._buffers.to_fill(n_chunks)
                deal = None if pooled is None else self.shards.dealt(pooled.shard[some])
                for own, held, slot in zip(
                    own_of(deal), slots_of(pool, self.shards), slots_of(buffer, self.shards), strict=True
                ):
                    places = some[own] if pooled is None else pooled.place[some[own]]
                    # "clip" lets numpy write straight into out; the numbers are known to be within bounds.
                    np.take(held, places, axis=0, out=slot[: len(places)], mode="clip")
                weights = None if self.sample_weight is None else self.sample_weight[part[some]]
                yield Chunk(self._buffers.placed(n_chunks), np.arange(len(some)), chunk_rows, weights, deal)
                n_chunks += 1

    def _filled(self, random: np.random.Generator | None, skipped: int) -> Iterator[tuple[Any, ...]]:
        """Yield pools, their rows' numbers, an order to visit them in and where they lie, one being read."""
        parts = itertools.islice(self.parts(random, self.block_rows, self.pool_rows), skipped, None)
        with ThreadPoolExecutor(1) as reader:
            ahead = None
            for turn, (part, visits) in enumerate(parts, skipped):
                pool = self._pools[turn % 2]
                deal = None if self.shards.count == 1 else self.shards.dealt(self.shards.in_segments(part))
                filling = reader.submit(self._fill, part, deal, pool)
                if ahead is not None:
                    ahead[0].result()
                    yield ahead[1:]
                ahead = (filling, pool, part, visits, deal)
            if ahead is not None:
                ahead[0].result()
                yield ahead[1:]

    def _fill(self, part: Chosen, deal: Deal | None, pool: Float32[np.ndarray, "rows features"]) -> None:
        for own, slot in zip(own_of(deal), slots_of(pool, self.shards), strict=True):
            some = part[own]
            self.gather(some, slot[: len(some)])
