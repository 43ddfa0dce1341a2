"""HDF5 files."""

from __future__ import annotations

import contextlib
import io
import math
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from diabolo.data.disk_cells import DiskCells, DiskSource, block_of
from diabolo.data.formats.hdf5_members import arrays_in, check_readable, hdf5_array, hdf5_file, member
from diabolo.data.formats.named_arrays import NamedTable, Wanted, choose_table
from diabolo.data.remote_file import RemoteFile
from diabolo.data.sink import Sink, reserve, row_chunks, write_at
from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

__all__ = ["Hdf5Sink", "HeldFile", "open_hdf5", "table_of"]

# Chunks of fewer columns are gathered until they have so many, of so many rows at a time.
_NARROW, _NARROW_ROWS = 128, 2**12
_CACHE_BYTES = 2**24
# Texts handed to HDF5 together, which makes copies of them.
_TEXTS = 2**14
# Texts of at most so many bytes are stored in places of one length: half a million names then read at once.
_SHORT = 64


def open_hdf5(path: Path | RemoteFile, **wanted: Unpack[Wanted]) -> Source:
    """Open a table of an HDF5 file, to be read as it is needed.

    Cells that are not compressed are read from their places in the file, without HDF5's lock, so that
    several threads read at once.

    Parameters
    ----------
    path : Path
        An existing file.
    **wanted
        As of `diabolo.open`, of datasets.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or not HDF5, or what was named is not there or no table.

    Examples
    --------
    >>> import tempfile, h5py
    >>> path = Path(tempfile.mkdtemp()) / "rows.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["data"], file["label"] = np.eye(3), np.arange(3)
    >>> with open_hdf5(path) as source:
    ...     source.shape, source.carried["label"].tolist(), source[2].tolist()
    ((3, 3), [0, 1, 2], [0.0, 0.0, 1.0])
    """
    file = hdf5_file(path)
    try:
        arrays = arrays_in(file, path)
        dataset = wanted.get("dataset")
        if dataset is not None and dataset.strip("/") not in arrays:
            named = member(file, dataset, path)  # behind a link, which listing does not follow
            if hasattr(named, "shape"):
                arrays[dataset.strip("/")] = hdf5_array(named, path)
        return table_of(path, file, choose_table(arrays, str(path), **wanted))
    except BaseException:
        file.close()
        raise


def table_of(path: Path | RemoteFile, file: Any, chosen: NamedTable) -> Source:
    """Make a source of a dataset; the file is closed with it, or at once where it is not needed any more."""
    stored = member(file, chosen.name, path)
    check_readable(stored, path)
    # A link may lead to a dataset of another file.
    holder = stored.file
    name = f"{path}::{chosen.name}"
    cells = (
        DiskCells(Path(holder.filename)) if isinstance(path, Path) and _lies_bare(holder, stored) else None
    )
    if cells is None or stored.id.get_offset() is None:
        return Hdf5Source(name, path, file, stored, cells, chosen)
    offset, dtype = stored.id.get_offset(), stored.dtype
    file.close()
    return DiskSource(name, chosen.shape, dtype, cells, offset, chosen.is_transposed, **chosen.described())


class Hdf5Source(Source):
    """A dataset in chunks, or one that HDF5 itself has to unpack or convert."""

    def __init__(
        self,
        name: str,
        path: Path | RemoteFile,
        file: Any,
        dataset: Any,
        cells: DiskCells | None,
        chosen: NamedTable,
    ) -> None:
        self._dataset, self._cells = dataset, cells
        self._chunks: tuple[int, int] | None = dataset.chunks
        self._places: Int64[np.ndarray, "row_chunks column_chunks"] | None = None
        self._lock = threading.Lock()
        if self._chunks is None:
            block = block_of(chosen.shape, chosen.dtype, chosen.is_transposed)
        else:
            block = chosen.block(self._chunks)
        super().__init__(name, chosen.shape, chosen.dtype, block=block, path=path, **chosen.described())
        self.is_compressed = cells is None
        self.is_transposed = self.swaps_axes = chosen.is_transposed
        self._closing = weakref.finalize(self, file.close)

    def close(self) -> None:
        """Let go of the file; what is read afterwards is refused."""
        super().close()
        if self._cells is not None:
            self._cells.close()
        self._closing()

    def _load(self, rows: slice, columns: slice) -> Shaped[np.ndarray, "rows columns"]:
        values: np.ndarray = self._dataset[rows, columns]
        return values

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if self._cells is not None and self._chunks is not None:
            self._read_chunks(self._cells, self._chunks, rows, columns, out)
        elif out.dtype == self._dataset.dtype and out.flags.c_contiguous:
            self._dataset.read_direct(out, np.s_[rows, columns])
        else:
            super()._read(rows, columns, out)

    def _read_chunks(
        self, cells: DiskCells, chunks: tuple[int, int], rows: slice, columns: slice, out: np.ndarray
    ) -> None:
        """Read chunks, narrow ones some neighbors at a time: cells far apart in memory are slow to write."""
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
                    cells.read(int(places[i, j]), chunks[1], self._dataset.dtype, inner_rows, inner, part)

    def _chunk_places(self, chunks: tuple[int, int]) -> Int64[np.ndarray, "row_chunks column_chunks"]:
        """Look up where every chunk lies, once."""
        with self._lock:
            if self._places is None:
                self._places = _places_of(self._dataset, chunks)
            return self._places


def _places_of(dataset: Any, chunks: tuple[int, int]) -> Int64[np.ndarray, "row_chunks column_chunks"]:
    """Return the byte at which each chunk begins; -1 for one that was never written."""
    counts = [-(-length // size) for length, size in zip(dataset.shape, chunks, strict=True)]
    places = np.full(counts, -1, np.int64)

    def note(chunk: Any) -> None:
        row, column = chunk.chunk_offset
        places[row // chunks[0], column // chunks[1]] = chunk.byte_offset

    dataset.id.chunk_iter(note)
    return places


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


class HeldFile(io.FileIO):
    """The file as HDF5 sees it, which takes every write for done.

    HDF5 cannot close a file that it could not write to, and takes the process down with it at the end. So the
    first failure is kept for `check`, and what comes after it is thrown away.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "r+b", closefd=False)
        self._failure: OSError | None = None

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._failure is not None:
            raise self._failure

    def write(self, part: Any) -> int:
        """Write at the present place."""
        place, count = self.tell(), memoryview(part).nbytes
        if self._failure is None:
            try:
                write_at(self.fileno(), place, np.frombuffer(part, np.uint8))
            except OSError as problem:
                self._failure = problem
        self.seek(place + count)
        return count

    def read(self, count: int | None = -1) -> bytes:
        """Read from the present place."""
        part = bytearray(count or 0)
        self.readinto(part)
        return bytes(part)

    def readinto(self, part: Any) -> int:
        """Read from the present place; zeros where nothing is."""
        left, place = memoryview(part).cast("B"), self.tell()
        got = super().readinto(left)
        left[got:] = bytes(len(left) - got)
        return self.seek(place + len(left)) - place

    def truncate(self, size: int | None = None) -> int:
        """Make the file end at a place."""
        size = self.tell() if size is None else size
        if self._failure is None:
            try:
                super().truncate(size)
            except OSError as problem:
                self._failure = problem
        return size


class Hdf5Sink(Sink):
    """The dataset ``data`` in chunks of rows; names and carried columns are datasets beside it.

    Cells that are not compressed are written to their places by Diabolo itself, so that a full disk is a
    plain error and HDF5's file stays whole.
    """

    in_order = False
    called = "an HDF5 file"
    compressions = dict.fromkeys(("gzip", "lzf"))
    taken = ("data", "feature_names", "row_names")
    _raw: Any = None

    def begin(self, place: Path) -> None:
        """Write everything but the cells."""
        import h5py

        plan = self.plan
        self._raw = place.open("r+b", buffering=0)
        self._descriptor = self._raw.fileno()
        shape = (plan.n_rows, plan.n_columns)
        self._chunks = row_chunks(shape, plan.dtype, plan.chunk_rows)
        if plan.compression is None:
            cells = math.prod(-(-n // size) * size for n, size in zip(shape, self._chunks, strict=True))
            reserve(self._descriptor, cells * plan.dtype.itemsize)
            os.ftruncate(self._descriptor, 0)
        self._held = HeldFile(self._descriptor)
        self._file = h5py.File(self._held, "w", rdcc_nbytes=_CACHE_BYTES)
        for name, values in plan.further().items():
            self._write_column(h5py, name, values)
        self._make_table(h5py, shape)
        if plan.compression is None:
            self._places = _places_of(self._file["data"], self._chunks)
            self._file.close()
        else:
            self._file.flush()
        self._held.check()
        if plan.compression is None:
            reserve(self._descriptor, os.fstat(self._descriptor).st_size)

    def _write_column(self, h5py: Any, name: str, values: np.ndarray) -> None:
        if values.dtype.kind != "U":
            self._file.create_dataset(name, data=values)
            return
        longest = max(len(str(each).encode()) for each in values)
        kind = h5py.string_dtype("utf-8", max(longest, 1) if longest <= _SHORT else None)
        column = self._file.create_dataset(name, (len(values),), kind)
        for start in range(0, len(values), _TEXTS):
            part = [str(each).encode() for each in values[start : start + _TEXTS]]
            column[start : start + len(part)] = np.array(part, kind)

    def _make_table(self, h5py: Any, shape: tuple[int, int]) -> None:
        plan = self.plan
        if plan.compression is not None:
            self._file.create_dataset(
                "data", shape, plan.dtype, chunks=self._chunks, compression=plan.compression, shuffle=True
            )
            return
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk(self._chunks)
        layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        kind = h5py.h5t.py_create(plan.dtype, logical=True)
        space = h5py.h5s.create_simple(shape)
        h5py.h5d.create(self._file.id, b"data", kind, space, dcpl=layout)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        stop = start + len(block)
        if self.plan.compression is not None:
            self._file["data"][start:stop] = block
            self._held.check()
            return
        height, width = self._chunks
        size = block.dtype.itemsize
        for i in range(start // height, -(-stop // height)):
            first, last = max(start, i * height), min(stop, (i + 1) * height)
            for j in range(self._places.shape[1]):
                part = block[first - start : last - start, j * width : (j + 1) * width]
                place = int(self._places[i, j]) + (first - i * height) * width * size
                if part.shape[1] == width and part.flags.c_contiguous:
                    write_at(self._descriptor, place, part)
                else:
                    for row in range(len(part)):
                        write_at(self._descriptor, place + row * width * size, part[row])

    def finish(self) -> None:
        """Close the file."""
        super().finish()
        self._held.check()
        self._raw.close()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        super().abandon()
        if self._raw is not None:
            self._raw.close()
