"""Tables opened as users open them, for all kinds of data files."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np

import diabolo

__all__ = ["CELLS", "NAMES", "WORDS", "read_table"]

_MOST_CELLS = 2**20
_GENERATOR = np.random.default_rng(0)
CELLS = _GENERATOR.normal(size=(40, 5))
WORDS = [("setosa", "virginica", "é")[i % 3] for i in range(len(CELLS))]
NAMES = ["a", "b", "c", "d", "é"]


def read_table(path: Path, random: Random, **options: object) -> int:
    """Open a table, read cells from front to back and some rows by number; say how many bytes it gave."""
    if random.random() < 0.2:
        options |= {"target": random.choice(("label", "kind", "a"))}
    with diabolo.open(path, **options) as source:
        repr(source)
        read = held = 0
        for _, cells in source.blocks(2**17):
            held = max(held, cells.nbytes)
            read += cells.size
            if read > _MOST_CELLS:
                break
        if source.n_features <= _MOST_CELLS:
            source.read(np.array([source.n_rows - 1, 0, source.n_rows // 2]))
            held += 3 * source.n_features * source.dtype.itemsize
        held += sum(np.asarray(column).nbytes for column in source.carried.values())
        names = (*(source.row_names or ()), *(source.feature_names or ()))
        return held + min(source.nbytes, 2**26) + 100 * len(names)
