"""A table in memory whose columns lie apart from each other as a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import copy_cells, parts
from diabolo.data.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaxtyping import Int64, Shaped

    Chosen = slice | Int64[np.ndarray, " chosen"]

__all__ = ["ColumnsSource", "PackedColumn", "widest_type"]


@dataclass(frozen=True, slots=True)
class PackedColumn:
    """A column that is no array of numpy's, so that some of its cells are unpacked at a time.

    Parameters
    ----------
    values : object
        As its library holds it.
    dtype : dtype
        What its cells become; floats where some are missing.
    unpack : callable
        Given `values`, `dtype`, and a range of rows or row numbers, it returns these cells.
    """

    values: Any
    dtype: np.dtype[Any]
    unpack: Callable[[Any, np.dtype[Any], Any], Shaped[np.ndarray, " chosen"]]

    def __getitem__(self, rows: Chosen) -> Shaped[np.ndarray, " chosen"]:
        return self.unpack(self.values, self.dtype, rows)


class ColumnsSource(Source):
    """A table in memory, column by column.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_rows,) or PackedColumn
        None of them is copied.
    n_rows : int
        Of each.
    name : str
        For messages.
    described : dict
        Further arguments of `Source`: `feature_names`, `row_names`, `carried`, `target_name`.

    Examples
    --------
    >>> ColumnsSource([np.array([1, 2]), np.array([0.5, np.nan])], 2, "the table")[:].tolist()
    [[1.0, 0.5], [2.0, nan]]
    """

    in_memory = True
    is_transposed = True

    def __init__(
        self,
        columns: Sequence[Shaped[np.ndarray, " n_rows"] | PackedColumn],
        n_rows: int,
        name: str,
        **described: Any,
    ) -> None:
        super().__init__(name, (n_rows, len(columns)), widest_type([c.dtype for c in columns]), **described)
        self._columns = list(columns)

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self._copy(rows, columns, out)

    def _take(
        self, rows: Int64[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        self._copy(rows, columns, out)

    def _copy(self, rows: Chosen, columns: slice, out: Shaped[np.ndarray, "chosen columns"]) -> None:
        wanted = self._columns[columns]
        buffer: np.ndarray | None = None
        for down, across in parts(*out.shape):
            if isinstance(rows, slice):
                chosen: Chosen = slice(rows.start + down.start, rows.start + down.stop)
            else:
                chosen = rows[down]
            band = [column[chosen] for column in wanted[across]]
            shape = (len(band), down.stop - down.start)
            if buffer is None:  # the first part is the largest
                buffer = np.empty(shape[0] * shape[1], self.dtype)
            cells = buffer[: shape[0] * shape[1]]
            np.concatenate(band, out=cells, casting="unsafe")
            copy_cells(out[down, across], cells.reshape(shape).T)


def widest_type(types: Sequence[np.dtype[Any]]) -> np.dtype[Any]:
    """Find the type of number that holds every column's cells.

    Parameters
    ----------
    types : sequence of dtype
        Of the columns.

    Returns
    -------
    dtype

    Examples
    --------
    >>> widest_type([np.dtype("int8"), np.dtype("float32")])
    dtype('float32')
    """
    return np.result_type(*set(types)) if types else np.dtype(np.float64)
