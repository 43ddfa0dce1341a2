"""Tables in compressed sparse rows as sources: zeros are filled in for the rows that are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import check_table, complex_cells, copy_cells
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

__all__ = ["SparseSource", "sparse_source"]

# Rows are filled a group at a time, of about so many stored cells.
_BUFFER_CELLS = 2**20


class SparseSource(Source):
    """A table of which only the cells other than zero are stored, row after row.

    Parameters
    ----------
    starts : ndarray of shape (n_rows + 1,)
        Where the cells of each row begin among those stored, and where the last ones end.
    indices : ndarray or h5py.Dataset
        The column of each cell stored.
    values : ndarray or h5py.Dataset
        The cells stored.
    n_features : int
        Columns of the table.
    name : str
        For messages.
    repeats : bool, default False
        Whether a cell may be stored in several parts, to be added up.
    described : dict
        Further arguments of `Source`, such as `feature_names` and `path`.

    Examples
    --------
    >>> source = SparseSource(np.array([0, 1, 1, 3]), np.array([1, 0, 2]), np.array([5, 6, 7]), 3, "here")
    >>> source[:].tolist()
    [[0, 5, 0], [0, 0, 0], [6, 0, 7]]
    """

    is_compressed = True

    def __init__(
        self,
        starts: Shaped[np.ndarray, " n_rows_and_one"],
        indices: Any,
        values: Any,
        n_features: int,
        name: str,
        *,
        repeats: bool = False,
        **described: Any,
    ) -> None:
        shape = (len(starts) - 1, n_features)
        super().__init__(name, shape, values.dtype, **described)
        self.in_memory = isinstance(values, np.ndarray)
        self._starts, self._indices, self._values = starts, indices, values
        self._repeats = repeats

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        start = rows.start
        while start < rows.stop:
            budget = int(self._starts[start]) + _BUFFER_CELLS
            stop = max(int(np.searchsorted(self._starts, budget, "right")) - 1, start + 1)
            stop = min(stop, rows.stop)
            stored = slice(int(self._starts[start]), int(self._starts[stop]))
            counts = np.diff(self._starts[start : stop + 1])
            self._put(counts, stored, columns, out[start - rows.start : stop - rows.start])
            start = stop

    def _take(
        self, rows: Int64[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        if not self.in_memory:
            super()._take(rows, columns, out)
            return
        firsts = self._starts[rows].astype(np.int64)
        counts = self._starts[rows + 1] - firsts
        ends = np.cumsum(counts)
        start = 0
        while start < len(rows):
            done = int(ends[start - 1]) if start else 0
            stop = max(int(np.searchsorted(ends, done + _BUFFER_CELLS, "right")), start + 1)
            some = counts[start:stop]
            # Within its row a cell is as far from the row's first as it is here from this row's first.
            shift = firsts[start:stop] - (ends[start:stop] - some - done)
            stored = np.repeat(shift, some) + np.arange(int(ends[stop - 1]) - done)
            self._put(some, stored, columns, out[start:stop])
            start = stop

    def _put(
        self,
        counts: Shaped[np.ndarray, " rows"],
        stored: slice | Int64[np.ndarray, " stored"],
        columns: slice,
        out: Shaped[np.ndarray, "rows columns"],
    ) -> None:
        """Fill rows, given how many cells of each are stored, and where."""
        out[...] = 0
        at, values = self._indices[stored], self._values[stored]
        if at.size and not 0 <= at.min() <= at.max() < self.shape[1]:
            odd = at.min() if at.min() < 0 else at.max()
            raise (InputError if self.path is None else DataFileError)(
                f"{self.name} is damaged: it stores a cell of column {odd}, and has columns 0 to "
                f"{self.shape[1] - 1}; make it anew."
            )
        row = np.repeat(np.arange(len(counts)), counts)
        if columns.stop - columns.start < self.shape[1]:
            inside = (at >= columns.start) & (at < columns.stop)
            row, at, values = row[inside], at[inside], values[inside]
        cells = np.empty(len(values), out.dtype)
        copy_cells(cells, values)
        places = (row, at.astype(np.int64, copy=False) - columns.start)
        if self._repeats:
            np.add.at(out, places, cells)
        else:
            out[places] = cells


def sparse_source(
    matrix: Any, *, owner: str | None = None, name: str = "the sparse table", **described: Any
) -> Source:
    """Take a sparse table in memory as a source: it never becomes dense as a whole.

    Parameters
    ----------
    matrix : sparse matrix or array of scipy's
        In compressed sparse rows it is not copied; of any other format (CSC, COO, ...) a copy is made in
        compressed sparse rows.
    owner : str, optional
        The estimator that is given the table, for messages.
    name : str, default "the sparse table"
        For messages.
    described : dict
        Further arguments of `Source`, such as `feature_names`.

    Returns
    -------
    SparseSource

    Raises
    ------
    InputError
        It is no table of real numbers.

    Examples
    --------
    >>> import scipy.sparse
    >>> sparse_source(scipy.sparse.coo_array([[0, 2], [3, 0]]))[1:].tolist()
    [[3, 0]]
    """
    if matrix.dtype.kind == "c" and owner is not None:
        raise complex_cells(owner, matrix.dtype)
    check_table(matrix.shape, matrix.dtype, name, InputError)
    rows = matrix.tocsr()
    return SparseSource(
        rows.indptr,
        rows.indices,
        rows.data,
        rows.shape[1],
        name,
        repeats=not rows.has_canonical_format,
        **described,
    )
