"""Which of a detector's rows are learned from, and how they are handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.hold_out import split_rows

if TYPE_CHECKING:
    from jaxtyping import Int

    Rows = Int[np.ndarray, " rows"]

__all__ = ["part_of", "split_normal"]


def part_of(detector: Any, rows: CheckedSource, chosen: Rows) -> Any:
    """Return some rows: still where they are, where an autoencoder of the user's own streams them.

    Parameters
    ----------
    detector : AutoencoderDetector
        Whose they are.
    rows : CheckedSource
        The table.
    chosen : int array
        Which.

    Returns
    -------
    array of shape (chosen, features), or Source
    """
    if isinstance(detector.autoencoder, str) or detector._image_shape is not None:
        return rows[chosen]
    part = (rows.parent if rows.in_memory else rows).rows(chosen)
    part.feature_names = None  # the blocks that are scored have none
    return part


def split_normal(normal: Rows, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """Hold out some of the normal rows.

    Parameters
    ----------
    normal : int array
        Which rows are normal, at least two.
    fraction : float
        Share of them to hold out.
    seed : int
        Of all random numbers.

    Returns
    -------
    training, held_out : int arrays
        At least two to learn from.
    """
    if fraction == 0.0 or len(normal) < 3:
        return normal, normal[:0]
    drawn = int(random_for(seed, "held out").integers(2**31))
    training, held_out = split_rows(len(normal), fraction, drawn)
    if len(training) < 2:
        training, held_out = np.append(training, held_out[:1]), held_out[1:]
    return normal[training], normal[held_out]
