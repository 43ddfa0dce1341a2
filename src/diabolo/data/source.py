"""What every table offers that is read as it is needed: its shape, its names, and blocks of its cells."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import copy_cells
from diabolo.data.chosen import part_of, positions_of, runs_of
from diabolo.data.location import damaged
from diabolo.data.reopening import Sendable
from diabolo.errors import DiaboloError, InputError

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Int, Int64, Shaped

    Chosen = slice | Int[np.ndarray, " chosen"]

__all__ = ["ChosenColumns", "ChosenRows", "Source", "View"]

# Rows with gaps between them are read through a buffer of about so many cells.
_SPAN_CELLS = 2**22
# A block of the file may hold so many times the cells asked for at once before it is read in parts.
_BLOCKS_OVERSHOOT = 4
# Cells that a library has to unpack or convert come through a buffer of about so many.
_LOADED_CELLS = 2**20
# A block of rows as wide as the parent, of which some columns are taken, is at most so large.
_PICKED_CELLS = 2**21
# Columns in memory that lie apart are read one by one, where between their ends there are so many times more.
_FAR_APART = 8


class Source(Sendable):
    """A table of numbers that may be larger than memory.

    A format says how a rectangle of cells is read: ``_load`` gives an array of it, or ``_read`` writes it
    to a place; everything else is done here. Reading is safe from several threads at once. Values come as
    they lie in the file: missing cells are NaN, and nothing is checked or scaled.

    Parameters
    ----------
    name : str
        Where the table lies, as messages begin: a path, or ``"a.h5::data"``.
    shape : (int, int)
        Rows and features.
    dtype : dtype
        Of the cells: booleans, integers or floats, in the machine's byte order.
    feature_names, row_names : sequence of str, optional
        One for each feature; one for each row.
    carried : mapping of str to ndarray of shape (n_rows,), optional
        Columns that are no features, such as a target or labels.
    target_name : str, optional
        Which of the carried columns is the target.
    block : (int, int), optional
        Rows and columns of the block that the file is stored by: a part of one costs about as much as all of
        it. By default single rows.
    path : path-like, optional
        The file that cells are read from, for the message where it turns out to be damaged.
    release : callable, optional
        Lets go of the file.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> source = ArraySource(np.arange(12.0).reshape(4, 3))
    >>> source.shape, source.read(slice(1, 3), slice(0, 2)).tolist()
    ((4, 3), [[3.0, 4.0], [6.0, 7.0]])
    """

    ndim = 2
    in_memory: bool = False
    """Whether the cells are in memory already, so that rows in any order cost no more than a copy."""
    is_array: bool = False
    """Whether the cells are an array in memory, so that to peek at them makes no copy."""
    is_compressed: bool = False
    """Whether a part of a block of the file is read by unpacking all of it."""
    is_transposed: bool = False
    """Whether the cells of a feature, and not those of a row, lie beside each other."""
    header_found: bool = False
    """Whether the first line of a text table was taken as column names."""
    notes: tuple[str, ...] = ()
    """What was found out about the file and might be wrong, a sentence each."""
    left_out: tuple[str, ...] = ()
    """Columns that nobody chose to carry and that are no features, as they hold neither numbers nor text."""
    windows: Any = None
    """The `WindowLayout` of rows that are windows of a series, and share points with their neighbors."""
    locate: Callable[[int, int], str] | None = None
    """Says where a cell stands in a file that has lines."""
    column_order: tuple[str, ...] | None = None
    """The names of all columns in the file's order, where features and carried ones mix."""
    swaps_axes: bool = False
    """Whether ``_read`` and ``_load`` are asked by the axes of the file, features first."""
    _is_open = True

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
        path: str | os.PathLike[str] | None = None,
        release: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.shape = (int(shape[0]), int(shape[1]))
        self.dtype = np.dtype(dtype).newbyteorder("=")
        self.feature_names = None if feature_names is None else tuple(feature_names)
        self.row_names = None if row_names is None else tuple(row_names)
        self.carried = dict(carried or {})
        self.written_as: dict[str, np.ndarray] = {}
        """The text of carried numbers whose digits say more than the number, such as 1.50."""
        self.category_cells: dict[str, np.ndarray] = {}
        self.target_name, self.block = target_name, (1, self.shape[1]) if block is None else block
        self.path, self._release = path, release

    def _load(self, rows: slice, columns: slice) -> Shaped[np.ndarray, "rows columns"]:
        """Return a rectangle of cells; it is called from several threads at once."""
        raise NotImplementedError

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        """Write cells into `out`, cast to its type, from several threads; slices have bounds and step 1."""
        height = self.block[1] if self.swaps_axes else self.block[0]
        step = max(_LOADED_CELLS // (out.shape[1] * height), 1) * height
        start = rows.start
        while start < rows.stop:
            stop = min((start // step + 1) * step, rows.stop)
            copy_cells(out[start - rows.start : stop - rows.start], self._load(slice(start, stop), columns))
            start = stop

    def _take(
        self, rows: Int64[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        """Write rows in any order into `out`; by default those that lie near each other are read together."""
        for run in runs_of(rows, self.block[0], self.rows_at_once(_SPAN_CELLS)):
            if run.is_whole:
                self._fill(slice(run.first, run.last), columns, out[run.places])
            else:
                span = np.empty((run.last - run.first, out.shape[1]), out.dtype)
                self._fill(slice(run.first, run.last), columns, span)
                out[run.places] = span[run.rows - run.first]

    def _fill(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if self.swaps_axes:
            self._read(columns, rows, out.T)
        else:
            self._read(rows, columns, out)

    def close(self) -> None:
        """Let go of the file; what is read afterwards is refused."""
        self._is_open = False
        if self._release is not None:
            self._release()

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
        rows: Chosen = slice(None),
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

        Raises
        ------
        InputError
            The table was closed, or has no such rows.
        DataFileError
            The file is damaged or cannot be read.
        """
        if not self._is_open:
            raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
        start, stop, step = columns.indices(self.shape[1])
        stop = max(start, stop)
        if step != 1:
            raise InputError(f"{self.name}: columns are read as a range with step 1; got step {step}.")
        chosen = self._chosen(rows)
        count = chosen.stop - chosen.start if isinstance(chosen, slice) else len(chosen)
        if out is None:
            out = np.empty((count, stop - start), self.dtype)
        if not out.size:
            return out
        try:
            if isinstance(chosen, slice):
                self._fill(chosen, slice(start, stop), out)
            else:
                self._take(chosen, slice(start, stop), out)
        except (DiaboloError, MemoryError):
            raise
        except Exception as problem:  # a damaged file can go wrong in many ways
            if self.path is None:
                raise
            raise damaged(self.path, problem) from problem
        return out

    def _chosen(self, rows: Chosen) -> slice | Int64[np.ndarray, " chosen"]:
        """Return rows as a range with step 1 or as numbers, all of them there."""
        if isinstance(rows, slice):
            first, last, step = rows.indices(self.shape[0])
            return slice(first, max(first, last)) if step == 1 else np.arange(first, last, step)
        chosen = np.asarray(rows)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64, copy=False)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= self.shape[0]):
            raise InputError(
                f"{self.name} has {self.shape[0]} rows, numbered from 0; row "
                f"{chosen.min() if chosen.min() < 0 else chosen.max()} was asked."
            )
        return chosen

    def peek(self, rows: slice, columns: slice = slice(None)) -> Shaped[np.ndarray, "rows columns"]:
        """Return cells that nobody writes to, laid out as in memory; no copy where they are an array."""
        return self.read(rows, columns)

    def blocks(self, cells: int = 2**21) -> Iterator[tuple[slice, Shaped[np.ndarray, "block features"]]]:
        """Read the whole table, some rows at a time: which, and their cells in an array used again."""
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
        return ChosenColumns(self, chosen)

    def origin(self, row: int) -> int:
        """Return a row's number in the file, of which this table may be a part."""
        return row

    def place(self, row: int, column: int) -> str:
        """Say where a cell is to be found, for messages."""
        if self.locate is not None:
            return self.locate(row, column)
        name = "" if self.feature_names is None else f" ({self.feature_names[column]!r})"
        return f"row {self.origin(row)}, column {column}{name}, both counted from 0"

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


class View(Source):
    """Another table, or a part of it, seen in another way; what is not changed is the parent's."""

    def __init__(self, parent: Source, shape: tuple[int, int], **changed: Any) -> None:
        described = ("feature_names", "row_names", "carried", "target_name", "block")
        given = {name: getattr(parent, name) for name in described} | changed
        super().__init__(parent.name, shape, parent.dtype, release=parent.close, **given)
        self.parent, self.written_as, self.category_cells = parent, parent.written_as, parent.category_cells
        for same in ("in_memory", "is_compressed", "is_transposed", "header_found", "left_out", "windows"):
            setattr(self, same, getattr(parent, same))

    def _made_of(self) -> tuple[Any, ...] | None:
        return (self.parent, self.chosen) if hasattr(self, "chosen") else None

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self.parent.origin(row)

    def place(self, row: int, column: int) -> str:
        """Say where a cell is in the file."""
        return self.parent.place(row, column)


class ChosenRows(View):
    """Some of a source's rows, in the order given: by their numbers, or by a mark for each.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> ChosenRows(ArraySource(np.eye(3)), [2, 0])[:].tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, parent: Source, chosen: Any) -> None:
        self.chosen = positions_of(chosen, parent.shape[0], parent.name, "row")

        def part(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: np.asarray(values)[self.chosen] for name, values in columns.items()}

        names = parent.row_names
        super().__init__(
            parent,
            (len(self.chosen), parent.shape[1]),
            row_names=None if names is None else [names[i] for i in self.chosen],
            carried=part(parent.carried),
        )
        self.written_as, self.category_cells = part(parent.written_as), part(parent.category_cells)
        self.windows = parent.windows and parent.windows.chosen(self.chosen)

    def _read(self, rows: Any, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self.parent.read(self.chosen[rows], columns, out)

    _take = _read

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self.parent.origin(int(self.chosen[row]))

    def place(self, row: int, column: int) -> str:
        """Say where a cell is in the file."""
        return self.parent.place(int(self.chosen[row]), column)


class ChosenColumns(View):
    """Some of a source's features, in the order given: by their numbers, or by a mark for each.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> ChosenColumns(ArraySource(np.eye(3)), [2, 0])[:].tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """

    def __init__(self, parent: Source, chosen: Any) -> None:
        self.chosen = positions_of(chosen, parent.shape[1], parent.name, "column")
        names = parent.feature_names
        super().__init__(
            parent,
            (parent.shape[0], len(self.chosen)),
            feature_names=None if names is None else [names[i] for i in self.chosen],
            block=(parent.block[0], len(self.chosen)),
        )
        self.windows = None

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self._pick(rows, columns, out)

    def _take(self, rows: Any, columns: slice, out: Shaped[np.ndarray, "chosen columns"]) -> None:
        (self._pick if self.in_memory else super()._take)(rows, columns, out)

    def _pick(self, rows: Chosen, columns: slice, out: Shaped[np.ndarray, "chosen columns"]) -> None:
        wanted = self.chosen[columns]
        first, last = int(wanted.min()), int(wanted.max()) + 1
        is_apart = self.parent.in_memory and self.parent.is_transposed
        if last - first == len(wanted) and (wanted[1:] > wanted[:-1]).all():
            self.parent.read(rows, slice(first, last), out)
        elif is_apart and last - first > _FAR_APART * len(wanted):
            for place, column in enumerate(wanted.tolist()):
                self.parent.read(rows, slice(column, column + 1), out[:, place : place + 1])
        else:
            step = max(_PICKED_CELLS // (last - first), 1)
            for start in range(0, len(out), step):
                span = self.parent.read(part_of(rows, start, start + step), slice(first, last))
                out[start : start + step] = span[:, wanted - first]

    def place(self, row: int, column: int) -> str:
        """Say where a cell is in the file."""
        return self.parent.place(row, int(self.chosen[column]))
