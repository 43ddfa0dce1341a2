"""Rows of a table on disk on their way to training: through large pools, where they meet, in small chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.rows import Chunk, RowSubset, alternating_buffers

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int

__all__ = ["RowsPooled"]


class RowsPooled(RowSubset):
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
    ) -> None:
        super().__init__(chosen, sample_weight)
        self.gather, self.place, self.block_rows = gather, place, block_rows
        self._pools = [np.empty((pool_rows, n_features), np.float32) for _ in range(2)]
        self._buffers = alternating_buffers(chunk_rows, n_features)

    def chunks(self, random: np.random.Generator | None) -> Iterator[Chunk]:
        """Yield the rows in chunks of one shape, in a new random order or in their own."""
        chunk_rows, n_chunks = len(self._buffers[0]), 0
        for pool, part, visits in self._filled(random):
            for start in range(0, len(part), chunk_rows):
                some = visits[start : start + chunk_rows]
                buffer = self._buffers[n_chunks % 2]
                # "clip" lets numpy write straight into out; the numbers are known to be within bounds.
                np.take(pool, some, axis=0, out=buffer[: len(some)], mode="clip")
                weights = None if self.sample_weight is None else self.sample_weight[part[some]]
                yield Chunk(self.place(buffer), np.arange(len(some)), weights)
                n_chunks += 1

    def _filled(self, random: np.random.Generator | None) -> Iterator[tuple[Any, ...]]:
        """Yield pools, their rows' numbers and an order to visit them in, while the next one is read."""
        with ThreadPoolExecutor(1) as reader:
            ahead = None
            for turn, (part, visits) in enumerate(self.parts(random, self.block_rows, len(self._pools[0]))):
                pool = self._pools[turn % 2][: len(part)]
                filling = reader.submit(self.gather, part, pool)
                if ahead is not None:
                    ahead[0].result()
                    yield ahead[1:]
                ahead = (filling, pool, part, visits)
            if ahead is not None:
                ahead[0].result()
                yield ahead[1:]
