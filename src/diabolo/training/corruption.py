"""Corrupting a table outside of training, in blocks of one fixed shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.corruption import Corruption
from diabolo.core.draws import fold_in
from diabolo.core.randomness import random_for
from diabolo.training.compilation import use_compilation_cache
from diabolo.training.plan import bucket

if TYPE_CHECKING:
    from jaxtyping import Float32

__all__ = ["corrupt_rows"]

_BLOCK_CELLS = 2**20


def _corrupt(corruption: Corruption, rows: Any, key: Any, block: Any) -> Any:
    return corruption(rows, fold_in(key, block))


_compiled = jax.jit(_corrupt)


def corrupt_rows(
    corruption: Corruption, rows: Float32[np.ndarray, "n_rows n_features"], seed: int
) -> Float32[np.ndarray, "n_rows n_features"]:
    """Corrupt every row.

    Parameters
    ----------
    corruption : Corruption
        What is done.
    rows : float32 array of shape (n_rows, n_features)
        Left as they are.
    seed : int
        The same seed gives the same noise.

    Returns
    -------
    float32 array of shape (n_rows, n_features)
    """
    use_compilation_cache()
    key = random_for(seed, "noise").integers(2**32, size=2, dtype=np.uint32)
    corruption = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), corruption)
    n_rows, n_features = rows.shape
    # Rounded up, so that tables of nearly one size share a program.
    step = min(max(_BLOCK_CELLS // max(n_features, 1), 1), bucket(n_rows))
    noisy = np.empty_like(rows)
    for start in range(0, n_rows, step):
        block = np.zeros((step, n_features), np.float32)
        part = rows[start : start + step]
        block[: len(part)] = part
        corrupted = _compiled(corruption, block, key, np.uint32(start // step))
        noisy[start : start + step] = np.asarray(corrupted)[: len(part)]
    return noisy
