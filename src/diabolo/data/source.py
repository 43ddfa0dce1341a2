"""What every table offers that is read as it is needed: its shape, its names, and blocks of its cells."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.runs import runs_of
from diabolo.errors import InputError

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Int, Shaped

    from diabolo.data.views import ChosenColumns, ChosenRows

__all__ = ["Source"]

# Rows with gaps between them are read through a buffer of about so many cells.
_SPAN_CELLS = 2**22
# A block of the file may hold so many times the cells asked for at once before it is read in parts.
_BLOCKS_OVERSHOOT = 4


class Source(abc.ABC):
    """A table of numbers that may be larger than memory.

    A format says how a rectangle of cells is read (`_read`); everything else is done here. Reading is safe
    from several threads at once. Values come as they lie in the file: missing cells are NaN, and nothing is
    checked or scaled.

    Parameters
    ----------
    name : str
        Where the table lies, as messages begin: a path, or ``"a.h5::data"``.
    shape : (int, int)
        Rows and features.
    dtype : dtype
        Of the cells: booleans, integers or floats.
    feature_names, row_names : sequence of str, optional
        One for each feature; one for each row.
    carried : mapping of str to ndarray of shape (n_rows,), optional
        Columns that are no features, such as a target or labels.
    target_name : str, optional
        Which of the carried columns is the target.
    block : (int, int), optional
        Rows and columns of the block that the file is stored by: a part of one costs about as much as all of
        it. By default single rows.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> source = ArraySource(np.arange(12.0).reshape(4, 3))
    >>> source.shape, source.read(slice(1, 3), slice(0, 2)).tolist()
    ((4, 3), [[3.0, 4.0], [6.0, 7.0]])
    >>> source.rows([0, 3])[:].tolist()
    [[0.0, 1.0, 2.0], [9.0, 10.0, 11.0]]
    """

    ndim = 2
    is_compressed: bool = False
    """Whether a part of a block of the file is read by unpacking all of it."""
    is_transposed: bool = False
    """Whether the cells of a feature, and not those of a row, lie beside each other in the file."""

    def __init__(
        self,
        name: str,
        shape: tuple[int, int],
        dtype: Any,
        *,
        feature_names: Sequence[str] | None = None,
        row_names: Sequence[str] | None = None,
        carried: Mapping[str, np.ndarray] | None = None,
        target_name: str | None = None,
        block: tuple[int, int] | None = None,
    ) -> None:
        self.name = name
        self.shape = (int(shape[0]), int(shape[1]))
        self.dtype = np.dtype(dtype)
        self.feature_names = None if feature_names is None else tuple(feature_names)
        self.row_names = None if row_names is None else tuple(row_names)
        self.carried = dict(carried or {})
        self.target_name = target_name
        self.block = (1, self.shape[1]) if block is None else block

    @abc.abstractmethod
    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        """Write a rectangle of cells into `out`, cast to its type.

        Both slices have whole bounds within the table and step 1, and `out` has their shape. It is called
        from several threads at once.
        """

    def close(self) -> None:  # noqa: B027 - a table in memory has nothing to let go
        """Let go of the file."""

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.shape[0]

    @property
    def n_features(self) -> int:
        """How many features there are."""
        return self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of all cells, as they would lie in memory."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def read(
        self,
        rows: slice | Int[np.ndarray, " chosen"] = slice(None),
        columns: slice = slice(None),
        out: Shaped[np.ndarray, "rows columns"] | None = None,
    ) -> Shaped[np.ndarray, "rows columns"]:
        """Read a rectangle of cells.

        Parameters
        ----------
        rows : slice or int array
            A range of rows, or row numbers in any order. Rows that lie near each other are read together.
        columns : slice, default all
            A range of columns.
        out : ndarray of shape (rows, columns), optional
            Where to put them, of any type of number that can hold them.

        Returns
        -------
        ndarray of shape (rows, columns)
            `out`, or a new array of the table's own type.
        """
        start, stop, step = columns.indices(self.shape[1])
        stop = max(start, stop)
        if step != 1:
            raise InputError(f"{self.name}: columns are read as a range with step 1; got step {step}.")
        columns = slice(start, stop)
        if isinstance(rows, slice):
            first, last, step = rows.indices(self.shape[0])
            if step != 1:
                return self.read(np.arange(first, last, step), columns, out)
            last = max(first, last)
            if out is None:
                out = np.empty((last - first, stop - start), self.dtype)
            if out.size:
                self._read(slice(first, last), columns, out)
            return out
        chosen = np.asarray(rows)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64, copy=False)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= self.shape[0]):
            raise InputError(
                f"{self.name} has {self.shape[0]} rows, numbered from 0; row "
                f"{chosen.min() if chosen.min() < 0 else chosen.max()} was asked."
            )
        if out is None:
            out = np.empty((len(chosen), stop - start), self.dtype)
        if not out.size:
            return out
        for run in runs_of(chosen, self.block[0], self.rows_at_once(_SPAN_CELLS)):
            if run.is_whole:
                self._read(slice(run.first, run.last), columns, out[run.places])
            else:
                span = np.empty((run.last - run.first, stop - start), out.dtype)
                self._read(slice(run.first, run.last), columns, span)
                out[run.places] = span[run.rows - run.first]
        return out

    def blocks(self, cells: int = 2**21) -> Iterator[tuple[slice, Shaped[np.ndarray, "block features"]]]:
        """Read the whole table, some rows at a time.

        Parameters
        ----------
        cells : int, default 2**21
            About how many cells at once, whole blocks of the file at least.

        Yields
        ------
        rows : slice
            Which.
        values : ndarray of shape (block, n_features)
            Their cells; overwritten by the next block.
        """
        step = self.rows_at_once(cells)
        buffer = np.empty((min(step, self.shape[0]), self.shape[1]), self.dtype)
        for start in range(0, self.shape[0], step):
            rows = slice(start, min(start + step, self.shape[0]))
            yield rows, self.read(rows, out=buffer[: rows.stop - start])

    def rows_at_once(self, cells: int) -> int:
        """Say how many rows to read at once for about so many cells: whole blocks of the file.

        Of blocks that span far more rows than that, a part is read at a time, so that memory holds it.
        """
        block, width = self.block[0], max(self.shape[1], 1)
        if block * width > _BLOCKS_OVERSHOOT * cells:
            return max(cells // width, 1)
        return max(cells // (width * block), 1) * block

    def rows(self, chosen: Any) -> ChosenRows:
        """Return some of the rows as a table of their own, in the order given; nothing is read.

        Parameters
        ----------
        chosen : array-like of int or bool
            Row numbers, or a mark for every row.

        Returns
        -------
        Source
        """
        from diabolo.data.views import ChosenRows

        return ChosenRows(self, chosen)

    def columns(self, chosen: Any) -> ChosenColumns:
        """Return some of the features as a table of their own, in the order given; nothing is read.

        Parameters
        ----------
        chosen : array-like of int or bool
            Column numbers, or a mark for every column.

        Returns
        -------
        Source
        """
        from diabolo.data.views import ChosenColumns

        return ChosenColumns(self, chosen)

    def origin(self, row: int) -> int:
        """Return a row's number in the file, of which this table may be a part."""
        return row

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        if isinstance(rows, tuple):
            if len(rows) != 2:
                raise InputError(f"{self.name} has two axes; {len(rows)} indices were given.")
            rows, columns = rows
            if isinstance(columns, (int, np.integer)):
                return self[rows, np.array([columns])][..., 0]
            return self.columns(np.arange(self.shape[1])[columns])[rows]
        if isinstance(rows, (int, np.integer)):
            if not -len(self) <= rows < len(self):
                raise IndexError(f"{self.name} has {len(self)} rows; row {rows} was asked.")
            row = int(rows) % len(self)
            return self.read(slice(row, row + 1))[0]
        return self.read(rows if isinstance(rows, slice) else np.asarray(rows))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read everything; memory must hold it."""
        return self.read(out=np.empty(self.shape, self.dtype if dtype is None else dtype))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.shape[0]:,} x {self.shape[1]:,}, {self.dtype}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
