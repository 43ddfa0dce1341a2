"""HDF5 files as sources."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.casting import copy_cells
from diabolo.data.disk_cells import DiskCells
from diabolo.data.location import content, damaged, existing_file, unreadable
from diabolo.data.named_arrays import NamedArray, choose_table
from diabolo.data.npy_source import block_of
from diabolo.data.source import Source
from diabolo.errors import DataFileError, DiaboloError, InputError

if TYPE_CHECKING:
    import os

    from jaxtyping import Int64, Shaped

__all__ = ["Hdf5Source", "hdf5_array", "open_hdf5"]

# Cells that HDF5 itself has to unpack or convert come through a buffer of about so many.
_BUFFER_CELLS = 2**20
# Chunks of fewer columns are gathered until they have so many, of so many rows at a time.
_NARROW, _NARROW_ROWS = 128, 2**12


class Hdf5Source(Source):
    """A table of an HDF5 file, read as it is needed.

    Cells that are not compressed are read from their places in the file, without HDF5's lock, so that
    several threads read at once.

    Parameters
    ----------
    path : str or path-like
        The file.
    dataset : str, optional
        The table; by default ``data``, ``X``, or the only dataset of two axes.
    target : str, optional
        The dataset that is the target; it is carried.
    rows : {"first", "last"}, default "first"
        Which axis of the dataset goes along the rows; "last" reads features x rows.
    keep_columns : sequence of str, optional
        The datasets to carry; None carries all of one axis and one entry a row beside the table.

    Raises
    ------
    DataFileError
        The file is missing, damaged or not HDF5, or what was named is not there or no table.

    Examples
    --------
    >>> import tempfile, h5py
    >>> path = Path(tempfile.mkdtemp()) / "rows.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["data"], file["label"] = np.eye(3), np.arange(3)
    >>> with Hdf5Source(path) as source:
    ...     source.shape, source.carried["label"].tolist(), source[2].tolist()
    ((3, 3), [0, 1, 2], [0.0, 0.0, 1.0])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        target: str | None = None,
        rows: Literal["first", "last"] = "first",
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        self._file = open_hdf5(path)
        self._closing = weakref.finalize(self, self._file.close)
        try:
            arrays = {name: hdf5_array(found) for name, found in _datasets(self._file).items()}
            if dataset is not None and dataset.strip("/") not in arrays and dataset in self._file:
                named = self._file[dataset]  # behind a link, which listing does not follow
                if hasattr(named, "shape"):
                    arrays[dataset.strip("/")] = hdf5_array(named)
            chosen = choose_table(
                arrays, str(path), dataset=dataset, target=target, rows=rows, keep_columns=keep_columns
            )
            self._dataset = self._file[chosen.name]
            self.is_transposed = rows == "last"
            super().__init__(
                f"{path}::{chosen.name}",
                chosen.shape,
                chosen.dtype,
                feature_names=chosen.feature_names,
                row_names=chosen.row_names,
                carried=chosen.carried,
                target_name=chosen.target_name,
                block=self._block(chosen.shape, chosen.dtype),
            )
            # A link may lead to a dataset of another file.
            holder = self._dataset.file
            self._cells = DiskCells(Path(holder.filename)) if _lies_bare(holder, self._dataset) else None
            self.is_compressed = self._cells is None
            self._offset = None if self._cells is None else self._dataset.id.get_offset()
        except DiaboloError:
            self.close()
            raise
        except Exception as problem:  # a damaged file can go wrong in many ways
            self.close()
            raise damaged(Path(path), problem) from problem
        self._stored: tuple[int, int] = self._dataset.shape
        self._chunks: tuple[int, int] | None = self._dataset.chunks
        self._places: Int64[np.ndarray, "row_chunks column_chunks"] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
        if getattr(self, "_cells", None) is not None:
            self._cells.close()  # type: ignore[union-attr]
        self._closing()

    def _block(self, shape: tuple[int, int], dtype: np.dtype[Any]) -> tuple[int, int]:
        chunks = self._dataset.chunks
        if chunks is None:
            return block_of(shape, dtype, self.is_transposed)
        block = chunks[::-1] if self.is_transposed else chunks
        return min(block[0], shape[0]), min(block[1], shape[1])

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if not self._closing.alive:
            raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
        if self.is_transposed:
            rows, columns, out = columns, rows, out.T
        if self._cells is None:
            self._read_packed(rows, columns, out)
        elif self._offset is not None:
            self._cells.read(self._offset, self._stored[1], self.dtype, rows, columns, out)
        elif self._chunks is not None:
            self._read_chunks(self._cells, self._chunks, rows, columns, out)

    def _read_chunks(
        self, cells: DiskCells, chunks: tuple[int, int], rows: slice, columns: slice, out: np.ndarray
    ) -> None:
        """Read chunks, narrow ones some neighbours at a time: cells far apart in memory are slow to write."""
        if chunks[1] >= _NARROW or out.shape[1] <= _NARROW:
            self._read_wide_chunks(cells, chunks, rows, columns, out)
            return
        step = _NARROW // chunks[1] * chunks[1]
        # A chunk of one column is then read to where its cells lie beside each other.
        order: Literal["C", "F"] = "F" if chunks[1] == 1 else "C"
        together = np.empty((min(len(out), _NARROW_ROWS), step), out.dtype, order)
        for top in range(rows.start, rows.stop, _NARROW_ROWS):
            some = slice(top, min(top + _NARROW_ROWS, rows.stop))
            left = columns.start
            while left < columns.stop:
                right = min((left // step + 1) * step, columns.stop)
                part = together[: some.stop - top, : right - left]
                self._read_wide_chunks(cells, chunks, some, slice(left, right), part)
                band = out[top - rows.start : some.stop - rows.start]
                band[:, left - columns.start : right - columns.start] = part
                left = right

    def _read_wide_chunks(
        self, cells: DiskCells, chunks: tuple[int, int], rows: slice, columns: slice, out: np.ndarray
    ) -> None:
        places = self._chunk_places(chunks)
        for i in range(rows.start // chunks[0], -(-rows.stop // chunks[0])):
            top = i * chunks[0]
            inner_rows = slice(max(rows.start - top, 0), min(rows.stop - top, chunks[0]))
            to_rows = slice(top + inner_rows.start - rows.start, top + inner_rows.stop - rows.start)
            for j in range(columns.start // chunks[1], -(-columns.stop // chunks[1])):
                left = j * chunks[1]
                inner = slice(max(columns.start - left, 0), min(columns.stop - left, chunks[1]))
                part = out[to_rows, left + inner.start - columns.start : left + inner.stop - columns.start]
                if places[i, j] < 0:  # never written
                    part[...] = self._dataset.fillvalue
                else:
                    cells.read(int(places[i, j]), chunks[1], self.dtype, inner_rows, inner, part)

    def _chunk_places(self, chunks: tuple[int, int]) -> Int64[np.ndarray, "row_chunks column_chunks"]:
        """Look up where every chunk lies, once."""
        with self._lock:
            if self._places is None:
                counts = [-(-length // size) for length, size in zip(self._stored, chunks, strict=True)]
                places = np.full(counts, -1, np.int64)

                def note(chunk: Any) -> None:
                    row, column = chunk.chunk_offset
                    places[row // chunks[0], column // chunks[1]] = chunk.byte_offset

                self._dataset.id.chunk_iter(note)
                self._places = places
            return self._places

    def _read_packed(self, rows: slice, columns: slice, out: np.ndarray) -> None:
        """Let HDF5 read what is compressed or of an odd type."""
        try:
            if out.dtype == self.dtype and out.flags.c_contiguous:
                self._dataset.read_direct(out, np.s_[rows, columns])
                return
            chunk = 1 if self._chunks is None else self._chunks[0]
            step = max(_BUFFER_CELLS // (out.shape[1] * chunk), 1) * chunk
            start = rows.start
            while start < rows.stop:
                stop = min((start // step + 1) * step, rows.stop)
                values = self._dataset[start:stop, columns]
                copy_cells(out[start - rows.start : stop - rows.start], values)
                start = stop
        except (OSError, RuntimeError) as problem:
            raise damaged(Path(self._file.filename), problem) from problem


def open_hdf5(path: str | os.PathLike[str]) -> Any:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    h5py.File

    Raises
    ------
    DataFileError
        The file is missing, cut short, damaged or something else.

    Examples
    --------
    >>> open_hdf5("no/such/file.h5")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: no/such/file.h5 cannot be read: there is no folder no/such.
    """
    import h5py

    path = existing_file(path)
    held = content(path)
    if not held.startswith("HDF5") and not h5py.is_hdf5(path):
        raise DataFileError(f"{path} is not an HDF5 file, it holds {held}: give it the name that fits.")
    try:
        return h5py.File(path, "r")
    except PermissionError as problem:
        raise unreadable(path, problem) from problem
    except Exception as problem:
        raise damaged(path, problem) from problem


def hdf5_array(dataset: Any) -> NamedArray:
    """Describe a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of any kind.

    Returns
    -------
    NamedArray

    Examples
    --------
    >>> import h5py, io
    >>> with h5py.File(io.BytesIO(), "w") as file:
    ...     file["words"] = ["a", "b"]
    ...     hdf5_array(file["words"]).load().tolist()
    ['a', 'b']
    """
    import h5py

    is_text = h5py.check_string_dtype(dataset.dtype) is not None

    def load() -> np.ndarray:
        values = dataset[()]
        if not is_text:
            return np.asarray(values)
        if dataset.dtype.kind == "S":
            try:
                return np.asarray(values).astype(str)
            except UnicodeDecodeError:  # more than ASCII
                return np.char.decode(values, "utf-8", "replace")
        texts = np.asarray(values).tolist()
        decoded = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in texts]
        return np.array(decoded, str)

    return NamedArray(dataset.shape or (), dataset.dtype, is_text, load)


def _datasets(file: Any) -> dict[str, Any]:
    import h5py

    found: dict[str, Any] = {}
    file.visititems(lambda name, each: found.update({name: each} if isinstance(each, h5py.Dataset) else {}))
    return found


def _lies_bare(file: Any, dataset: Any) -> bool:
    """Whether the cells lie in the file byte for byte as NumPy holds them."""
    import h5py

    layout = dataset.id.get_create_plist()
    with contextlib.suppress(TypeError):  # a type that NumPy's stands in for
        return (
            file.userblock_size == 0
            and layout.get_nfilters() == 0
            and layout.get_external_count() == 0
            and dataset.id.get_type() == h5py.h5t.py_create(dataset.dtype, logical=True)
            and (
                (layout.get_layout() == h5py.h5d.CONTIGUOUS and dataset.id.get_offset() is not None)
                or (layout.get_layout() == h5py.h5d.CHUNKED and hasattr(dataset.id, "chunk_iter"))
            )
        )
    return False
