"""Rows that come one after the other: in memory while they are few, on the disk once they are many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.disk_cells import DiskCells
from diabolo.data.npy_source import block_of
from diabolo.data.source import Source
from diabolo.data.temporary_file import RESIDENT_BYTES, TemporaryFile

if TYPE_CHECKING:
    from jaxtyping import Float32, Shaped

__all__ = ["CollectedRows"]

_FLOAT32 = np.dtype(np.float32)


class CollectedRows:
    """Collects rows until the table is whole.

    Parameters
    ----------
    n_features : int
        Columns.
    path : Path
        The file they are read from.
    resident_bytes : int, optional
        The most that is held in memory, by default 64 MiB.

    Examples
    --------
    >>> rows = CollectedRows(2, Path("rows.csv"))
    >>> rows.append(np.float32([1, 2]))
    >>> rows.append(np.float32([[3, 4], [5, 6]]))
    >>> rows.table().tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    """

    def __init__(self, n_features: int, path: Path, resident_bytes: int | None = None) -> None:
        self.n_features, self.path = n_features, path
        self.resident_bytes = RESIDENT_BYTES if resident_bytes is None else resident_bytes
        self.n_rows = 0
        # Grows in place, so that the rows never stand in memory twice.
        self._cells = bytearray()
        self._file: TemporaryFile | None = None

    def append(self, rows: Float32[np.ndarray, "*rows features"]) -> None:
        """Add a row, or some.

        Parameters
        ----------
        rows : float32 array of shape (n_features,) or (rows, n_features)
            Contiguous.

        Raises
        ------
        DataFileError
            There are too many for memory, and the disk of temporary files is full.
        """
        self.n_rows += 1 if rows.ndim == 1 else len(rows)
        self._cells += rows.data.cast("B") if rows.size else b""
        if len(self._cells) > self.resident_bytes:
            if self._file is None:
                self._file = TemporaryFile(self.path)
            self._file.write(self._cells)
            self._cells.clear()

    def table(self) -> Float32[np.ndarray, "rows features"] | Source:
        """Return all rows, in the order they came; nothing can be added afterwards.

        Returns
        -------
        float32 array of shape (rows, n_features), or Source
            A source where they are on the disk.

        Raises
        ------
        DataFileError
            The disk of temporary files is full.
        """
        shape = self.n_rows, self.n_features
        if self._file is None:
            return np.frombuffer(self._cells, np.float32).reshape(shape)
        self._file.write(self._cells)
        return _RowsOnDisk(str(self.path), shape, self._file.cells())


class _RowsOnDisk(Source):
    def __init__(self, name: str, shape: tuple[int, int], cells: DiskCells) -> None:
        super().__init__(name, shape, _FLOAT32, block=block_of(shape, _FLOAT32, False))
        self._cells = cells

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self._cells.read(0, self.shape[1], self.dtype, rows, columns, out)

    def close(self) -> None:
        self._cells.close()
