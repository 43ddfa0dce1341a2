"""Rows to train on: one protocol, with the table in memory as a source of one chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Int

__all__ = ["Chunk", "RowsInMemory", "TrainingRows"]


@dataclass(frozen=True)
class Chunk:
    """Some rows, and the order in which to visit them.

    Parameters
    ----------
    rows : float32 array of shape (rows, features), on the device
        All chunks of a source have one shape; rows that the order does not name are padding.
    order : int array
        Row numbers within the chunk.
    sample_weight : array of shape (rows,) or None
        A weight for each of the chunk's rows.
    """

    rows: Any
    order: Int[np.ndarray, " visited"]
    sample_weight: Float[np.ndarray, " rows"] | None = None


class TrainingRows(Protocol):
    """A source of rows, already scaled, that are trained on or measured."""

    @property
    def n_rows(self) -> int:
        """How many rows are visited in an epoch."""
        ...

    @property
    def mean_weight(self) -> float:
        """Mean sample weight over the rows visited."""
        ...

    def chunks(self, random: np.random.Generator | None) -> Iterator[Chunk]:
        """Yield an epoch's rows in a new random order, or in their own order without a generator."""
        ...


@dataclass(frozen=True)
class RowsInMemory:
    """Chosen rows of a table that lies on the device.

    Parameters
    ----------
    rows : float32 array of shape (rows, features), on the device
        The table, training and held-out rows together.
    chosen : int array
        The rows that belong to this source.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    """

    rows: Any
    chosen: Int[np.ndarray, " chosen"]
    sample_weight: Float[np.ndarray, " rows"] | None = None

    @property
    def n_rows(self) -> int:
        """How many rows are visited in an epoch."""
        return len(self.chosen)

    @property
    def mean_weight(self) -> float:
        """Mean sample weight over the rows visited."""
        return 1.0 if self.sample_weight is None else float(np.mean(self.sample_weight[self.chosen]))

    def chunks(self, random: np.random.Generator | None) -> Iterator[Chunk]:
        """Yield the table once, in a new random order or in its own."""
        order = self.chosen if random is None else random.permutation(self.chosen)
        yield Chunk(self.rows, order, self.sample_weight)
