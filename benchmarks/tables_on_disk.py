"""Tables of random numbers in HDF5 files, chunked by rows or by columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

CHUNK_ROWS = 64
COLUMN_CHUNK_CELLS = 2**18


@dataclass(frozen=True)
class TableOnDisk:
    """A float32 table, and a network to fit to it."""

    name: str
    rows: int
    columns: int
    hidden_layer_sizes: tuple[int, ...]
    n_components: int

    @property
    def label(self) -> str:
        """Its name and shape."""
        return f"{self.name}, {self.rows:,} x {self.columns:,}"

    @property
    def row_bytes(self) -> int:
        """Of a row."""
        return 4 * self.columns

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the same cells chunked by 64 rows and chunked by columns; neither is compressed."""
        X = np.random.default_rng(0).random((self.rows, self.columns), dtype=np.float32)
        width = min(max(COLUMN_CHUNK_CELLS // self.rows, 1), self.columns)
        chunks = {"by-64-rows": (min(CHUNK_ROWS, self.rows), self.columns), "by-columns": (self.rows, width)}
        paths = {}
        for name, chunk in chunks.items():
            paths[name] = folder / f"{self.name}-{name}.h5"
            with h5py.File(paths[name], "w") as file:
                file.create_dataset("data", data=X, chunks=chunk)
        return paths
