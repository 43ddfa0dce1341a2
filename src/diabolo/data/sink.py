"""Tables written some rows at a time, in a format chosen by the suffix: what every format offers."""

from __future__ import annotations

import abc
import contextlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from diabolo.data.atomic import atomic_path
from diabolo.data.cells import copy_cells
from diabolo.data.formats import WRITTEN, format_of
from diabolo.data.remote_file import RemoteFile, located
from diabolo.errors import DataFileError, InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    AnyArray = Shaped[np.ndarray, "..."]

__all__ = ["Sink", "TablePlan", "bytes_of", "open_sink", "reserve", "row_chunks", "write_at"]

_CHUNK_BYTES = 2**20
# Chunks wider than that would make one row of a wide table one piece that no reader can take a part of.
_CHUNK_COLUMNS = 2**18


@dataclass(frozen=True)
class TablePlan:
    """What will be written, known before the first row.

    Parameters
    ----------
    path : Path or RemoteFile
        The final name, for messages.
    n_rows, n_columns : int
        The size.
    dtype : dtype, default float32
        Of the cells in the file.
    column_names, row_names : tuple of str, optional
        One for each column; one for each row.
    carried : mapping of str to ndarray of shape (n_rows,)
        Further columns, of numbers or of text.
    chunk_rows : int, optional
        Rows stored together; None lets the format choose.
    compression : str, optional
        As the format names it; None stores the cells as they are.
    column_order : tuple of str, optional
        Names of columns, carried ones too, in the order of a table of columns; by default cells come first.
    """

    path: Path | RemoteFile
    n_rows: int
    n_columns: int
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    column_names: tuple[str, ...] | None = None
    row_names: tuple[str, ...] | None = None
    carried: Mapping[str, Shaped[np.ndarray, " n_rows"]] = field(default_factory=dict)
    chunk_rows: int | None = None
    compression: str | None = None
    column_order: tuple[str, ...] | None = None

    def in_order(self, columns: Sequence[Any]) -> list[Any]:
        """Put what is there for each column of cells, then for each carried one, in the file's order."""
        names = [*self.named_columns(), *self.carried]
        rank = {name: rank for rank, name in enumerate(self.column_order or ())}
        order = sorted(range(len(names)), key=lambda place: rank.get(names[place], len(rank)))
        return [*(columns[place] for place in order), *columns[len(names) :]]

    def further(self) -> dict[str, Shaped[np.ndarray, " entries"]]:
        """Return the carried columns and the names, as a file of several arrays calls them."""
        names = {"feature_names": self.column_names, "row_names": self.row_names}
        texts = {key: np.array(each, str) for key, each in names.items() if each is not None}
        return {**self.carried, **texts}

    def named_columns(self) -> tuple[str, ...]:
        """Return the columns' names, by numbers that no carried column has where they have none."""
        free = (name for number in itertools.count() if (name := f"column_{number}") not in self.carried)
        return self.column_names or tuple(itertools.islice(free, self.n_columns))


class Sink(abc.ABC):
    """A table being written, block by block.

    Formats say how: `begin` is given an empty file or folder, `_write` a block of the right type, `finish`
    leaves a whole file, `abandon` lets go of it after a failure. `diabolo.data.sink` makes the file
    appear under its name.

    Parameters
    ----------
    plan : TablePlan
        What will be written.
    """

    is_folder: ClassVar[bool] = False
    in_order: ClassVar[bool] = True
    """Whether each block must begin where the last one ended."""
    called: ClassVar[str] = "such a file"
    """What a file of it is called in messages, with its article."""
    compressions: ClassVar[Mapping[str, Any]] = {}
    """How cells may be compressed, by name."""
    taken: ClassVar[tuple[str, ...]] = ()
    """Names that the file gives to its own parts."""
    names_columns: ClassVar[bool] = False
    """Whether a column is found by its name alone."""
    _file: Any = None
    """What `begin` opened."""

    def __init__(self, plan: TablePlan) -> None:
        known = (None, *self.compressions)
        if plan.compression not in known:
            if len(known) == 1:
                raise DataFileError(
                    f"{plan.path} cannot be compressed: leave compression={plan.compression!r} out, or write "
                    ".h5."
                )
            raise DataFileError(
                f"{plan.path} cannot be written with compression={plan.compression!r}: of {self.called} it "
                f"is {', '.join(map(repr, known[:-1]))} or {known[-1]!r}."
            )
        self._check_columns(plan)
        self.plan = plan
        self._written = np.zeros(plan.n_rows, bool)
        self._next = 0

    def _check_columns(self, plan: TablePlan) -> None:
        for name, values in plan.carried.items():
            if values.shape != (plan.n_rows,):
                raise InputError(
                    f"{plan.path} cannot be written: the carried column {name!r} has the shape "
                    f"{values.shape} for {plan.n_rows} rows."
                )
            if name in self.taken:
                raise DataFileError(
                    f"{plan.path} cannot be written: the carried column {name!r} has the name of a part "
                    "that Diabolo writes itself; rename the column."
                )
            if self.names_columns and name.strip() and "\0" not in name:
                continue  # elsewhere it is a path
            if not name.strip() or name == "." or any(mark in name for mark in "/\0"):
                raise DataFileError(
                    f"{plan.path} cannot be written: the carried column {name!r} needs a name with something "
                    "in it and without a slash; rename the column."
                )
        seen = set(plan.carried)
        for name in plan.column_names or () if self.names_columns else ():
            if name in self.taken:
                raise DataFileError(
                    f"{plan.path} cannot be written: the column {name!r} has the name of a part that Diabolo "
                    "writes itself; rename the column."
                )
            if name in seen:
                raise InputError(
                    f"{plan.path} cannot be written: two columns are named {name!r}; give each its own name."
                )
            seen.add(name)

    @abc.abstractmethod
    def begin(self, place: Path) -> None:
        """Start to write at a temporary place."""

    @abc.abstractmethod
    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        """Write rows of the file's own type, in C order."""

    def finish(self) -> None:
        """Write what is left and close the file."""
        if self._file is not None:
            self._file.close()

    def abandon(self) -> None:
        """Close the file after a failure, whatever its state."""
        with contextlib.suppress(Exception):  # what is left in a buffer may not fit either
            Sink.finish(self)

    def write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        """Write some rows.

        Parameters
        ----------
        start : int
            The first one's number.
        block : ndarray of shape (rows, n_columns)
            Their cells, of any type of number.

        Raises
        ------
        InputError
            The block does not fit the table, or is out of its turn in a format that is written in order.
        """
        plan, block = self.plan, np.asarray(block)
        if block.ndim != 2 or block.shape[1] != plan.n_columns:
            raise InputError(
                f"{plan.path}: a block of {plan.n_columns} columns was to come; got the shape {block.shape}."
            )
        stop = start + len(block)
        if start < 0 or stop > plan.n_rows:
            raise InputError(f"{plan.path} has {plan.n_rows} rows; got rows {start} to {stop - 1}.")
        if self.in_order and start != self._next:
            raise InputError(
                f"{plan.path} is written in the order of its rows: row {self._next} was to come; got {start}."
            )
        if not len(block):
            return
        if block.dtype != plan.dtype or not block.flags.c_contiguous:
            cast = np.empty(block.shape, plan.dtype)
            copy_cells(cast, block)
            block = cast
        self._write(start, block)
        self._written[start:stop] = True
        self._next = stop

    def check_whole(self) -> None:
        """Make sure that every row was written.

        Raises
        ------
        InputError
            One was not.
        """
        if not self._written.all():
            missing = np.flatnonzero(~self._written)
            raise InputError(
                f"{self.plan.path} was left unfinished: {len(missing)} of its {self.plan.n_rows} rows were "
                f"never written, the first is row {missing[0]}."
            )


def reserve(descriptor: int, size: int) -> None:
    """Reserve room on the disk, so that a disk too small is found out before the work.

    Parameters
    ----------
    descriptor : int
        An open file.
    size : int
        Bytes.

    Raises
    ------
    OSError
        There is no room.
    """
    import errno

    if not hasattr(os, "posix_fallocate") or size <= 0:
        return
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise


def bytes_of(array: AnyArray) -> memoryview:
    r"""Return the bytes of a contiguous array without a copy.

    Parameters
    ----------
    array : ndarray
        In C order.

    Returns
    -------
    memoryview

    Examples
    --------
    >>> bytes_of(np.array([1, 2], np.uint8)).tobytes()
    b'\x01\x02'
    """
    return array.reshape(-1).view(np.uint8).data


def write_at(descriptor: int, offset: int, array: AnyArray) -> None:
    """Write all bytes of a contiguous array at a place of a file.

    Parameters
    ----------
    descriptor : int
        An open file.
    offset : int
        Where.
    array : ndarray
        In C order.

    Raises
    ------
    OSError
        The disk is full, or the like.
    """
    left = bytes_of(array)
    while len(left):
        if hasattr(os, "pwrite"):
            count = os.pwrite(descriptor, left, offset)
        else:
            os.lseek(descriptor, offset, os.SEEK_SET)
            count = os.write(descriptor, left)
        left, offset = left[count:], offset + count


def row_chunks(shape: tuple[int, int], dtype: np.dtype[Any], rows: int | None = None) -> tuple[int, int]:
    """Choose chunks of whole rows, about 1 MiB each; very wide rows are cut into equal parts.

    Parameters
    ----------
    shape : (int, int)
        Of the table.
    dtype : dtype
        Of the cells.
    rows : int, optional
        Rows of a chunk; None chooses.

    Returns
    -------
    (int, int)
        Rows and columns of a chunk.

    Examples
    --------
    >>> row_chunks((10_000, 1024), np.dtype("f4")), row_chunks((10_000, 485_512), np.dtype("f4"))
    ((256, 1024), (1, 242756))
    """
    parts = -(-shape[1] // _CHUNK_COLUMNS)
    width = -(-shape[1] // parts)
    if rows is None:
        rows = max(_CHUNK_BYTES // (width * dtype.itemsize), 1)
    return max(min(rows, shape[0]), 1), width


@contextlib.contextmanager
def open_sink(
    path: str | os.PathLike[str],
    n_rows: int,
    n_columns: int,
    *,
    dtype: Any = np.float32,
    column_names: Sequence[str] | None = None,
    row_names: Sequence[str] | None = None,
    carried: Mapping[str, Any] | None = None,
    chunk_rows: int | None = None,
    compression: str | None = None,
    column_order: Sequence[str] | None = None,
) -> Iterator[Sink]:
    """Open a file for a table that is written some rows at a time; the suffix says how.

    The file appears under its name only when every row is on the disk; after any failure there is nothing,
    or what stood there before. Missing cells are NaN, and empty in a text table.

    Parameters
    ----------
    path : str or path-like
        A file of rows of any format that is written, or its address; replaced if it exists.
    n_rows, n_columns : int
        The size, known beforehand.
    dtype : dtype, default float32
        Of the cells in the file; blocks are cast to it.
    column_names, row_names : sequence of str, optional
        One for each column; one for each row. An .npy file has no place for them.
    carried : mapping of str to array-like of shape (n_rows,), optional
        Further columns of numbers or text, such as a target.
    chunk_rows : int, optional
        Rows stored together in HDF5, Zarr, Parquet and Feather; None chooses chunks of about 1 MiB.
    compression : str, optional
        "gzip" or "lzf" for HDF5, "zstd" or "gzip" for Zarr, "snappy", "zstd" or others for Parquet, "lz4"
        or "zstd" for Feather, "deflate" for .npz; None stores the cells as they are.
    column_order : sequence of str, optional
        Names of columns, carried ones too, in their order in text tables, Parquet and Feather.

    Yields
    ------
    Sink
        Its `write(start, block)` writes rows; .csv, .tsv, .npz, .parquet and .feather files want them
        in order.

    Raises
    ------
    DataFileError
        The file cannot be written, or cannot hold what it should.
    InputError
        Names, columns or blocks do not fit the table, or rows were left out.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.npy"
    >>> with open_sink(path, 3, 2) as sink:
    ...     sink.write(0, np.zeros((2, 2)))
    ...     sink.write(2, np.ones((1, 2)))
    >>> np.load(path).tolist()
    [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]
    """
    path = located(path)
    kind = (form := format_of(path, WRITTEN)).sink()
    if n_rows < 1 or not (n_columns or (carried and kind.names_columns)):
        alone = "; columns of text alone go into .csv or .parquet" if carried else ""
        raise InputError(
            f"{path} cannot be written: a table needs at least one row and one column; "
            f"got {n_rows} and {n_columns}{alone}."
        )
    if chunk_rows is not None and chunk_rows < 1:
        raise InputError(f"{path} cannot be written: chunk_rows must be at least 1; got {chunk_rows}.")
    if np.dtype(dtype).kind not in "buif":
        raise InputError(f"{path} cannot be written: dtype must be a real number's; got {np.dtype(dtype)}.")
    plan = TablePlan(
        path,
        n_rows,
        n_columns,
        np.dtype(dtype),
        _names(path, column_names, n_columns, "column"),
        _names(path, row_names, n_rows, "row"),
        {name: _column(values) for name, values in (carried or {}).items()},
        chunk_rows,
        compression,
        None if column_order is None else tuple(column_order),
    )
    sink = kind(plan)
    with atomic_path(path, form.kind(), folder=kind.is_folder) as place:
        try:
            sink.begin(place)
            yield sink
            sink.check_whole()
            sink.finish()
        except BaseException:
            sink.abandon()
            raise


def _column(values: Any) -> Shaped[np.ndarray, " n_rows"]:
    column = np.asarray(values)
    if column.dtype.kind in "buifU":
        return column
    return np.array([str(value) for value in column.tolist()], str)


def _names(path: Any, names: Sequence[str] | None, count: int, what: str) -> tuple[str, ...] | None:
    if names is None:
        return None
    names = tuple(str(name) for name in names)
    if len(names) != count:
        raise InputError(
            f"{path} cannot be written: expected {count} {what} names, one for each {what}; got {len(names)}."
        )
    return names
