"""Tables in memory as sources: an array, or columns that lie apart from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import copy_cells, parts
from diabolo.data.chosen import part_of
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaxtyping import Int64, Shaped

    Chosen = slice | Int64[np.ndarray, " chosen"]

__all__ = ["ArraySource", "ColumnBlock", "ColumnsSource", "PackedColumn", "widest_type"]


class ArraySource(Source):
    """A table that is in memory already.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_features)
        Booleans, integers or floats, of any byte order and any strides; not copied.
    name : str, default "the array"
        For messages.
    described : dict
        Further arguments of `Source`: `feature_names`, `row_names`, `carried`, `target_name`, `path`.

    Raises
    ------
    InputError
        The array is no table of numbers.
    """

    in_memory = is_array = True

    def __init__(
        self, array: Shaped[np.ndarray, "n_rows n_features"], *, name: str = "the array", **described: Any
    ) -> None:
        if array.ndim != 2:
            raise InputError(f"{name} has the shape {array.shape}; a table has two axes, rows and columns.")
        if array.dtype.kind not in "buif":
            raise InputError(f"{name} holds values of type {array.dtype}; a table holds real numbers.")
        super().__init__(name, array.shape, array.dtype, **described)
        self.array = array
        self.is_transposed = abs(array.strides[0]) < abs(array.strides[1])

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        copy_cells(out, self.array[rows, columns])

    def _take(
        self, rows: Int64[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        whole_rows = self.array.flags.c_contiguous and out.shape[1] == self.shape[1]
        if whole_rows and out.dtype == self.array.dtype and out.flags.c_contiguous:
            # "clip" lets numpy write straight into out; the numbers are known to be within bounds.
            np.take(self.array, rows, axis=0, out=out, mode="clip")
            return
        cells = self.array[:, columns]
        for down, across in parts(*out.shape):
            copy_cells(out[down, across], cells[rows[down], across])

    def peek(self, rows: slice, columns: slice = slice(None)) -> Shaped[np.ndarray, "rows columns"]:
        """Return a rectangle of cells without a copy, for nobody to write to."""
        return self.array[rows, columns] if self._is_open else self.read(rows, columns)


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


@dataclass(frozen=True, slots=True, eq=False)
class ColumnBlock:
    """Columns that are lines of an array.

    Parameters
    ----------
    places : int array of shape (n_columns,)
        Which columns of the table they are, ascending.
    lines : int array of shape (n_columns,)
        Which lines of the array they are.
    cells : ndarray of shape (n_lines, n_rows)
        The array.
    """

    places: Int64[np.ndarray, " n_columns"]
    lines: Int64[np.ndarray, " n_columns"]
    cells: Shaped[np.ndarray, "n_lines n_rows"]


class ColumnsSource(Source):
    """A table in memory, column by column.

    Parameters
    ----------
    columns : mapping of int to ndarray of shape (n_rows,) or PackedColumn
        By their places; none of them is copied.
    n_rows : int
        Of each.
    name : str
        For messages.
    blocks : sequence of ColumnBlock, default none
        Further columns, many of which are an array together; not copied either.
    described : dict
        Further arguments of `Source`: `feature_names`, `row_names`, `carried`, `target_name`.

    Examples
    --------
    >>> ColumnsSource({0: np.array([1, 2]), 1: np.array([0.5, np.nan])}, 2, "the table")[:].tolist()
    [[1.0, 0.5], [2.0, nan]]
    """

    in_memory = True
    is_transposed = True

    def __init__(
        self,
        columns: Mapping[int, Shaped[np.ndarray, " n_rows"] | PackedColumn],
        n_rows: int,
        name: str,
        blocks: Sequence[ColumnBlock] = (),
        **described: Any,
    ) -> None:
        types = [each.dtype for each in (*columns.values(), *(each.cells for each in blocks))]
        n_columns = len(columns) + sum(len(each.places) for each in blocks)
        super().__init__(name, (n_rows, n_columns), widest_type(types), **described)
        self._places, self._loose = np.array(sorted(columns), np.int64), [columns[i] for i in sorted(columns)]
        self._blocks = tuple(blocks)

    def peek(self, rows: slice, columns: slice = slice(None)) -> Shaped[np.ndarray, "rows columns"]:
        """Return a rectangle of cells, column by column."""
        first, last, _ = rows.indices(self.shape[0])
        left, right, _ = columns.indices(self.shape[1])
        return self.read(rows, columns, np.empty((max(right - left, 0), max(last - first, 0)), self.dtype).T)

    def _read(self, rows: Chosen, columns: slice, out: Shaped[np.ndarray, "chosen columns"]) -> None:
        if abs(out.strides[0]) <= abs(out.strides[1]):
            self._copy_lines(rows, columns, out.T)
            return
        buffer: np.ndarray | None = None
        for down, across in parts(*out.shape):
            shape = (across.stop - across.start, down.stop - down.start)
            if buffer is None:  # the first part is the largest
                buffer = np.empty(shape[0] * shape[1], self.dtype)
            lines = buffer[: shape[0] * shape[1]].reshape(shape)
            some, band = part_of(rows, down.start, down.stop), part_of(columns, across.start, across.stop)
            self._copy_lines(some, band, lines)
            copy_cells(out[down, across], lines.T)

    _take = _read

    def _copy_lines(self, rows: Chosen, columns: Any, lines: Shaped[np.ndarray, "columns chosen"]) -> None:
        """Copy columns, each into a line."""
        with np.errstate(over="ignore", invalid="ignore"):
            for block in self._blocks:
                first, last = np.searchsorted(block.places, (columns.start, columns.stop))
                if first < last:
                    wanted = _as_slice(block.lines[first:last])
                    if not isinstance(wanted, slice) and not isinstance(rows, slice):
                        wanted = wanted[:, None]
                    cells = block.cells[wanted, rows]
                    lines[_as_slice(block.places[first:last] - columns.start)] = cells
            first, last = np.searchsorted(self._places, (columns.start, columns.stop))
            if first == last:
                return
            loose = [column[rows] for column in self._loose[first:last]]
            if len(loose) == len(lines) and lines.flags.c_contiguous:
                np.concatenate(loose, out=lines.reshape(-1), casting="unsafe")
            else:
                at = _as_slice(self._places[first:last] - columns.start)
                lines[at] = np.concatenate(loose).reshape(len(loose), -1)


def _as_slice(places: Int64[np.ndarray, " some"]) -> Any:
    """Return places as a range, with or without gaps, where they are one."""
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    if step > 0 and (places[1:] - places[:-1] == step).all():
        return slice(int(places[0]), int(places[-1]) + 1, step)
    return places


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
