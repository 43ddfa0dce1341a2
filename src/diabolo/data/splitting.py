"""Rows set aside for validation."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diabolo.errors import InputError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Int64


def split_rows(
    n_rows: int, fraction: float, seed: int | Sequence[int]
) -> tuple[Int64[np.ndarray, " n_train"], Int64[np.ndarray, " n_validation"]]:
    """Choose at random which rows train and which validate.

    The validation part has ``ceil(fraction * n_rows)`` rows, as scikit-learn's ``train_test_split`` has,
    but never all of them.

    Parameters
    ----------
    n_rows : int
        How many rows there are; at least 2.
    fraction : float
        The share that validates, between 0 and 1, both excluded.
    seed : int or sequence of int
        Not negative; the same seed gives the same rows.

    Returns
    -------
    train_indices : ndarray of shape (n_train,), int64
        Sorted; at least one.
    validation_indices : ndarray of shape (n_validation,), int64
        Sorted; at least one.

    Raises
    ------
    ParameterError
        The fraction is not between 0 and 1, or the seed is not one.
    InputError
        There are fewer than two rows.

    Examples
    --------
    >>> train, validation = split_rows(10, 0.25, seed=0)
    >>> len(train), len(validation)
    (7, 3)
    """
    # np.floating too: numpy's float32 is no subclass of float.
    if not isinstance(fraction, (float, np.floating)) or not 0 < fraction < 1:
        raise ParameterError(
            f"The validation fraction must be a number between 0 and 1, both excluded; got {fraction!r}."
        )
    if n_rows < 2:
        raise InputError(
            f"Splitting off validation rows needs at least 2 rows, got {n_rows}: "
            "give more rows or no fraction."
        )
    try:
        # Not SeedSequence(seed): of None it would make a seed of its own, and no run could be repeated.
        sequence = np.random.SeedSequence([operator.index(part) for part in np.atleast_1d(seed)])
    except (TypeError, ValueError) as problem:
        raise ParameterError(
            f"The seed of the split must be a whole number of 0 or more (or several); got {seed!r}."
        ) from problem
    n_validation = min(math.ceil(fraction * n_rows), n_rows - 1)
    order = np.random.Generator(np.random.PCG64(sequence)).permutation(n_rows)
    chosen = np.zeros(n_rows, bool)
    chosen[order[:n_validation]] = True
    return np.flatnonzero(~chosen).astype(np.int64), np.flatnonzero(chosen).astype(np.int64)
