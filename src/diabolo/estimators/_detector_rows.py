"""Which of a detector's rows are learned from, and how they are handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.hold_out import split_rows
from diabolo.errors import InputError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Int

    from diabolo.data.window_layout import WindowLayout

    Rows = Int[np.ndarray, " rows"]

__all__ = ["part_of", "split_normal"]


def part_of(detector: Any, rows: CheckedSource, chosen: Rows) -> Any:
    """Return some rows: where they are, if an own autoencoder streams them or they are windows of a series.

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
    is_small = isinstance(detector.autoencoder, str) or detector._image_shape is not None
    # Windows repeat each point: all of them are many times larger than their series.
    if is_small and rows.windows is None:
        return rows[chosen]
    part = (rows.parent if rows.in_memory else rows).rows(chosen)
    part.feature_names = None  # the blocks that are scored have none
    return part


def split_normal(
    normal: Rows, fraction: float, seed: int, windows: WindowLayout | None = None
) -> tuple[Rows, Rows]:
    """Hold out some of the normal rows; of windows the last ones, and learn from none that shares a point.

    Parameters
    ----------
    normal : int array
        Which rows are normal, at least two.
    fraction : float
        Share of them to hold out.
    seed : int
        Of all random numbers.
    windows : WindowLayout, optional
        Where in a series the rows lie.

    Returns
    -------
    training, held_out : int arrays
        At least two to learn from.
    """
    if fraction == 0.0 or len(normal) < 3:
        return normal, normal[:0]
    if windows is not None:
        return _split_in_time(normal, fraction, windows)
    drawn = int(random_for(seed, "held out").integers(2**31))
    training, held_out = split_rows(len(normal), fraction, drawn)
    if len(training) < 2:
        training, held_out = np.append(training, held_out[:1]), held_out[1:]
    return normal[training], normal[held_out]


def _split_in_time(normal: Rows, fraction: float, windows: WindowLayout) -> tuple[Rows, Rows]:
    in_time = normal[np.argsort(windows.starts[normal], kind="stable")]
    n_held_out = min(max(round(fraction * len(normal)), 1), len(normal) - 2)
    early, held_out = np.sort(in_time[:-n_held_out]), np.sort(in_time[-n_held_out:])
    training = early[windows.apart_from(early, held_out)]
    if len(training) < 2:
        raise InputError(
            f"{len(normal)} windows of {windows.length} points are too few to hold out "
            f"{setting('held_out_fraction', fraction)} of them: none is left that shares no point with "
            "these. Give a longer series, shorter windows, or 0."
        )
    return training, held_out
