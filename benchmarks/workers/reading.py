"""Read one HDF5 table turn by turn: Diabolo's shuffled batches, h5py's random indices, and end to end."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import diabolo
from diabolo import Autoencoder
from diabolo.data.scaling import Scaler
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._rows import ScaledRows, TablePart
from diabolo.training.placement import choose_placement
from diabolo.training.rows import RowsOnDevice

SEQUENTIAL_BYTES = 2**23


class ShuffledBatches:
    """A table as a fit reads it: through the buffer of a fit without max_memory, onto the device."""

    def __init__(self, path: str, batch_size: int) -> None:
        self.table, self.batch_size = diabolo.open(path), batch_size
        rows = check_rows(Autoencoder(), self.table, reset=True)
        none = Scaler(None, np.zeros(rows.shape[1]), np.ones(rows.shape[1]))
        placement = choose_placement("cpu")
        rows_of = ScaledRows(rows, none)
        source = TablePart(rows_of, np.arange(len(rows))).source(batch_size, placement)
        if isinstance(source, RowsOnDevice) or self.table.nbytes < rows_of.buffer_bytes:
            raise TypeError(f"{path} is so small that it is held in memory: make it larger")
        self.source = source

    def epoch(self, seed: int) -> float:
        """Make every batch of an epoch and return the rows a second."""
        batch = np.empty((self.batch_size, self.table.n_features), np.float32)
        started, n_rows = time.perf_counter(), 0
        for chunk in self.source.chunks(np.random.default_rng(seed)):
            rows = np.asarray(chunk.rows.block_until_ready())
            for start in range(0, len(chunk.order), self.batch_size):
                chosen = chunk.order[start : start + self.batch_size]
                np.take(rows, chosen, axis=0, out=batch[: len(chosen)], mode="clip")
                n_rows += len(chosen)
        seconds = time.perf_counter() - started
        if n_rows != len(self.table):
            raise ValueError(f"an epoch had {n_rows} rows of {len(self.table)}")
        return n_rows / seconds


def sorted_indices(path: str, batch_size: int, seed: int, at_least: float) -> float:
    """Read batches of a uniform shuffle by h5py for some seconds and return the rows a second."""
    with h5py.File(path) as file:
        data = file["data"]
        order = np.random.default_rng(seed).permutation(len(data))
        started, done, n_rows = time.perf_counter(), 0.0, 0
        for start in range(0, len(order), batch_size):
            n_rows += len(data[np.sort(order[start : start + batch_size])])
            if (done := time.perf_counter() - started) > at_least:
                break
    return n_rows / done


def end_to_end(path: str, row_bytes: int) -> float:
    """Read the file's bytes in their order and return the rows a second."""
    buffer, n_bytes, started = bytearray(SEQUENTIAL_BYTES), 0, time.perf_counter()
    with Path(path).open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            n_bytes += count
    return n_bytes / row_bytes / (time.perf_counter() - started)


def main(asked: dict[str, Any]) -> dict[str, Any]:
    batches = ShuffledBatches(asked["path"], asked["batch_size"])
    row_bytes = 4 * batches.table.n_features
    end_to_end(asked["path"], row_bytes)  # from here on the file is in the system's cache
    batches.epoch(0)
    rounds = [
        {
            "diabolo": batches.epoch(seed),
            **{
                f"h5py on {name}": sorted_indices(path, asked["batch_size"], seed, asked["seconds"])
                for name, path in asked["indexed"].items()
            },
            "end to end": end_to_end(asked["path"], row_bytes),
        }
        for seed in range(asked["rounds"])
    ]
    return {"rounds": rounds, "block_rows": batches.source.block_rows}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
