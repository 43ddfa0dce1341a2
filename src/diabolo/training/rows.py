"""Rows to train on: of a table on the device, of one that is streamed to it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.cluster.arrays import aligned_array
from diabolo.training.shards import ONE_SHARD, Deal, Shards

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Float, Float32, Int

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None
    Owners = Callable[[Chosen], Chosen]

__all__ = [
    "Chunk",
    "RowsOnDevice",
    "RowsStreamed",
    "Table",
    "TrainingRows",
    "TwoBuffers",
    "aligned_rows",
    "block_order",
    "distinct_rows",
    "own_of",
    "slots_of",
]


# Among rows that take more than this, equal ones are not looked for.
_SORTED_BYTES = 2**22


@dataclass(frozen=True)
class Table:
    """A table whose rows are scaled as they are gathered, and what is to be known of it to place it.

    Parameters
    ----------
    gather : callable
        Writes the rows of a range or of the given numbers, scaled, into a float32 array.
    n_rows, n_columns : int
        Its shape.
    held_bytes : int or None
        Bytes that it is sure to take where it is in memory; None for a table on disk.
    block_rows : int
        Neighboring rows of a table on disk that are read together.
    buffer_bytes : int
        For those of its rows that are in memory at a time.
    n_all : int
        Columns of which these are some, or all: how rows are gone through depends on all of them.
    """

    gather: Callable[[Any, Float32[np.ndarray, "part columns"]], None]
    n_rows: int
    n_columns: int
    held_bytes: int | None
    block_rows: int
    buffer_bytes: int
    n_all: int


@dataclass(frozen=True)
class Chunk:
    """Some rows, and the order in which to visit them.

    Parameters
    ----------
    rows : float32 array of shape (rows, features), on the device
        All chunks of a source have one shape; rows that the order does not name are padding.
    order : int array
        Row numbers within the chunk.
    room : int
        The most rows that a chunk of its source has.
    sample_weight : array of shape (rows,) or None
        A weight for each of the chunk's rows.
    deal : Deal or None
        Where the rows lie that the order names, where they lie on several devices.
    """

    rows: Any
    order: Int[np.ndarray, " visited"]
    room: int
    sample_weight: Float[np.ndarray, " rows"] | None = None
    deal: Deal | None = None


def aligned_rows(n_rows: int, n_features: int) -> Float32[np.ndarray, "n_rows n_features"]:
    """Make an empty table that a device on the CPU can use where it lies, without a copy of its own.

    Parameters
    ----------
    n_rows, n_features : int
        Its shape.

    Returns
    -------
    float32 array of shape (n_rows, n_features)
        Its memory starts at a multiple of 64 bytes.
    """
    return aligned_array((n_rows, n_features), np.dtype(np.float32))


class TwoBuffers:
    """Two tables that take turns: one is filled while the device computes on the other.

    A device with memory of its own copies a table while the host goes on; the table is written to again when
    that copy is made, for which there is nothing to wait where the device has computed on it meanwhile. A
    CPU computes on it where it lies: there the next but one is asked for when that is done.

    Parameters
    ----------
    n_rows, n_features : int
        Their shape; they are zeros, as `aligned_rows` lays them out.
    place : callable
        Puts a table on the device.
    """

    def __init__(self, n_rows: int, n_features: int, place: Callable[[np.ndarray], Any]) -> None:
        self._tables = [aligned_rows(n_rows, n_features) for _ in range(2)]
        for table in self._tables:
            table[:] = 0.0
        self._place = place
        self._placed: list[Any] = [None, None]

    def to_fill(self, turn: int) -> Float32[np.ndarray, "n_rows n_features"]:
        """Return the table whose turn it is, when nobody copies from it any more."""
        placed, self._placed[turn % 2] = self._placed[turn % 2], None
        jax.block_until_ready(placed)
        return self._tables[turn % 2]

    def placed(self, turn: int) -> Any:
        """Put the table whose turn it is on the device."""
        self._placed[turn % 2] = placed = self._place(self._tables[turn % 2])
        return placed

    def clear(self) -> None:
        """Let both go; nobody fills them any more."""
        self._tables.clear()
        self._placed.clear()


class TrainingRows:
    """A source of rows, already scaled, that are trained on or measured: some rows of a table, their weights.

    Parameters
    ----------
    chosen : int array
        The rows that belong to it.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    """

    def __init__(self, chosen: Chosen, sample_weight: Weights) -> None:
        self.chosen, self.sample_weight = chosen, sample_weight

    @property
    def n_rows(self) -> int:
        """How many rows are visited in an epoch."""
        return len(self.chosen)

    @property
    def mean_weight(self) -> float:
        """Mean sample weight over the rows visited."""
        return 1.0 if self.sample_weight is None else float(np.mean(self.sample_weight[self.chosen]))

    def chunks(self, random: np.random.Generator | None, skipped: int = 0) -> Iterator[Chunk]:
        """Yield an epoch's rows in a new random order, or in their own order without a generator.

        So many chunks are left out at the beginning, and not read. No chunk but the last may end within a
        batch, since batches do not reach from chunk to chunk.

        A chunk may be overwritten as soon as the second one after it is asked for; so it may where the chunks
        after it are asked for anew.
        """
        raise NotImplementedError

    def order(self, random: np.random.Generator | None) -> Chosen:
        """Return the rows in a new random order, or in their own without a generator."""
        return self.chosen if random is None else random.permutation(self.chosen)

    def parts(
        self, random: np.random.Generator | None, block_rows: int, rows_at_once: int
    ) -> Iterator[tuple[Int[np.ndarray, " part"], Int[np.ndarray, " part"]]]:
        """Yield an epoch's rows in parts, and the order in which to visit the rows of each.

        Parameters
        ----------
        random : numpy.random.Generator or None
            None leaves all rows in their own order.
        block_rows : int
            Rows of a block of the file; 1 shuffles uniformly.
        rows_at_once : int
            Rows of a part.

        Yields
        ------
        part : int array of shape (rows,)
            Row numbers of the table.
        visits : int array of shape (rows,)
            Places in `part`.
        """
        in_blocks = random is not None and block_rows > 1
        order = block_order(self.chosen, block_rows, random) if in_blocks else self.order(random)
        for start in range(0, len(order), rows_at_once):
            part = order[start : start + rows_at_once]
            if random is not None and in_blocks:
                # They are read fastest in the file's order, and visited in one of their own.
                yield np.sort(part), random.permutation(len(part))
            else:
                yield part, np.arange(len(part))

    def let_go(self) -> None:
        """Let the rows and the buffers go; nothing is read any more."""

    def others(self, chosen: Chosen, sample_weight: Weights) -> Self:
        """Make a source of other rows of the same table, to be read while this one is not."""
        source = copy.copy(self)
        source.chosen, source.sample_weight = chosen, sample_weight
        return source


class RowsOnDevice(TrainingRows):
    """Chosen rows of a table that lies on the device whole: one chunk, a batch being gathered there.

    Parameters
    ----------
    rows : float32 array of shape (rows, features), on the device
        The table, training and held-out rows together.
    chosen : int array
        The rows that belong to this source.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    deal : Deal, optional
        Where each row lies, where they lie on several devices.
    """

    def __init__(
        self, rows: Any, chosen: Chosen, sample_weight: Weights = None, deal: Deal | None = None
    ) -> None:
        super().__init__(chosen, sample_weight)
        self.rows, self.deal = rows, deal

    def let_go(self) -> None:
        """Let the rows go."""
        self.rows = None

    def chunks(self, random: np.random.Generator | None, skipped: int = 0) -> Iterator[Chunk]:
        """Yield the table once, in a new random order or in its own."""
        if not skipped:
            yield Chunk(self.rows, self.order(random), self.rows.shape[0], self.sample_weight, self.deal)


class RowsStreamed(TrainingRows):
    """Chosen rows of a table that stays where it is: many chunks, gathered while the device computes.

    Two buffers take turns, so that one is filled while the other is trained on.

    A table on disk is read by blocks of neighboring rows. An epoch visits the blocks in a random order, a
    chunk of them at a time, and the rows of a chunk in a random order of their own: the buffer is where rows
    of distant blocks meet. With blocks of one row this is a uniform shuffle.

    Parameters
    ----------
    gather : callable
        Writes the rows of the given numbers, scaled, into a float32 array.
    n_features : int
        Columns.
    rows_per_chunk : int
        A multiple of the batch size, so that no batch is cut.
    place : callable
        Puts a chunk on the device.
    chosen : int array
        The rows that belong to this source.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    block_rows : int, default 1
        Neighboring rows that are read together.
    shards : Shards, optional
        The devices, where there are several.
    owners : callable, optional
        From numbers of rows to the device of each; by default neighbors share one.
    """

    def __init__(
        self,
        gather: Callable[[Int[np.ndarray, " part"], Float32[np.ndarray, "part features"]], None],
        n_features: int,
        rows_per_chunk: int,
        place: Callable[[np.ndarray], Any],
        chosen: Chosen,
        sample_weight: Weights = None,
        block_rows: int = 1,
        shards: Shards = ONE_SHARD,
        owners: Owners | None = None,
    ) -> None:
        super().__init__(chosen, sample_weight)
        self.gather, self.rows_per_chunk = gather, rows_per_chunk
        self.block_rows, self.shards = block_rows, shards
        self._owners = owners or shards.in_segments
        self._buffers = TwoBuffers(shards.n_own * rows_per_chunk, n_features, place)

    def let_go(self) -> None:
        """Let the buffers go, and what rows are gathered from."""
        self._buffers.clear()
        del self.gather

    def chunks(self, random: np.random.Generator | None, skipped: int = 0) -> Iterator[Chunk]:
        """Yield the rows in chunks of one shape, in a new random order or in their own."""
        parts = self.parts(random, self.block_rows, self.rows_per_chunk)
        for turn, (part, visits) in enumerate(itertools.islice(parts, skipped, None), skipped):
            buffer = self._buffers.to_fill(turn)
            deal = None if self.shards.count == 1 else self.shards.dealt(self._owners(part))
            for own, slot in zip(own_of(deal), slots_of(buffer, self.shards), strict=True):
                some = part[own]
                self.gather(some, slot[: len(some)])
            weights = None if self.sample_weight is None else self.sample_weight[part]
            yield Chunk(self._buffers.placed(turn), visits, self.rows_per_chunk, weights, deal)


def own_of(deal: Deal | None) -> Sequence[Any]:
    """Return which rows of a part each device of this process is to have; all of them, of one device."""
    return (slice(None),) if deal is None else deal.own


def slots_of(
    buffer: Float32[np.ndarray, "rows features"], shards: Shards
) -> Float32[np.ndarray, "devices slot features"]:
    """Part a buffer into those of this process's devices."""
    return buffer.reshape(shards.n_own, -1, buffer.shape[1])


def block_order(chosen: Chosen, block_rows: int, random: np.random.Generator | None) -> Chosen:
    """Put blocks of neighboring rows in a random order, the rows of each staying in theirs.

    Parameters
    ----------
    chosen : int array
        Row numbers.
    block_rows : int
        Rows of a block; blocks begin at its multiples.
    random : numpy.random.Generator or None
        None leaves everything where it is.

    Returns
    -------
    int array

    Examples
    --------
    >>> block_order(np.array([0, 1, 4, 6, 7]), 3, np.random.default_rng(0)).tolist()
    [6, 7, 0, 1, 4]
    """
    if random is None:
        return chosen
    numbers = chosen // block_rows
    by_block = np.argsort(numbers, kind="stable")
    chosen = chosen[by_block]
    present, first = np.unique(numbers[by_block], return_index=True)
    last = np.append(first[1:], len(chosen))
    turn = random.permutation(len(present))
    return np.concatenate([chosen[first[i] : last[i]] for i in turn]) if len(turn) else chosen


def distinct_rows(table: Table, chosen: Chosen, sample_weight: Weights) -> tuple[Chosen, Weights]:
    """Sort the rows of a full-batch fit by their content and merge equal ones into weights.

    Where all rows fit into one batch, their order and their repetition cannot matter to the maths; this keeps
    them from mattering to the rounding either. Large tables are left as they are.

    Parameters
    ----------
    table : Table
        The rows.
    chosen : int array
        Those to train on.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.

    Returns
    -------
    distinct : int array
        One row number for each distinct row, in the order of their content.
    sample_weight : array of shape (rows,) or None
        The summed weights at those rows; None where all are 1.
    """
    if len(chosen) * table.n_columns * 4 > _SORTED_BYTES:
        return chosen, sample_weight
    content = np.empty((len(chosen), table.n_columns), np.float32)
    table.gather(chosen, content)
    _, first, group = np.unique(content, axis=0, return_index=True, return_inverse=True)
    weights = np.ones(len(chosen)) if sample_weight is None else sample_weight[chosen]
    summed = np.bincount(group.reshape(-1), weights=weights, minlength=len(first))
    distinct = chosen[first]
    if np.all(summed == 1.0):
        return distinct, None
    merged = np.zeros(table.n_rows)
    merged[distinct] = summed
    return distinct, merged
