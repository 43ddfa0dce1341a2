"""Which of a detector's rows are learned from, and how they are handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.hold_out import split_rows
from diabolo.data.source import Source
from diabolo.detection.thresholds import Conformal, Threshold
from diabolo.errors import InputError
from diabolo.estimators._detector_labels import RowStates
from diabolo.estimators._rows import read_together
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Int

    from diabolo.data.window_layout import WindowLayout

    Rows = Int[np.ndarray, " rows"]

_HELD_OUT = 0.2

__all__ = ["learned_rows", "one_row", "part_of", "without_held_out"]


def one_row(detector: Any, row: Any) -> Any:
    """Take one row as a table of one row: a series, a frame's row, a vector, or what is such a table already.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    row : array-like of shape (n_features,) or (1, n_features), or an image
        As the user has it.

    Returns
    -------
    array-like of shape (1, n_features), or (1, height, width) and so on

    Raises
    ------
    InputError
        It is none, or several.
    """
    if hasattr(row, "to_frame") and not hasattr(row, "columns"):
        return row.to_frame().T if hasattr(row, "iloc") else row.to_frame().transpose()
    is_table = hasattr(row, "columns") or isinstance(row, Source)
    shape = tuple(row.shape) if is_table else np.shape(row)
    expected = detector._image_shape or (detector.n_features_in_,)
    if not is_table and len(shape) == len(expected):
        return np.asarray(row)[np.newaxis]
    if len(shape) == len(expected) + 1 and shape[0] == 1:
        return row
    raise InputError(
        f"{type(detector).__name__}: explain takes one row, of shape {expected} or {(1, *expected)}; got "
        f"{shape}. For several rows there is feature_contributions."
    )


def part_of(detector: Any, rows: CheckedSource, chosen: Rows) -> Any:
    """Return some rows; where they are, if an own autoencoder streams them, they are windows, or sparse.

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
    # Windows repeat each point: all of them are many times larger than their series. So are sparse rows.
    is_sparse = rows.in_memory and rows.is_compressed
    if is_small and rows.windows is None and not is_sparse:
        return read_together(rows, chosen)
    part = (rows.parent if rows.in_memory else rows).rows(chosen)
    part.feature_names, part.left_out = None, ()  # the blocks that are scored have none; the second is said
    return part


def learned_rows(
    detector: Any,
    states: RowStates | None,
    n_rows: int,
    threshold: Threshold,
    seed: int,
    windows: WindowLayout | None = None,
) -> tuple[Rows, Rows]:
    """Say which rows are taken for normal, and which of them are held out: of windows stretches of time.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked: its ``unknown`` and ``held_out_fraction`` count.
    states : RowStates or None
        What is known of the rows.
    n_rows : int
        Of the table.
    threshold : Threshold
        The one that draws the line.
    seed : int
        Of all random numbers.
    windows : WindowLayout, optional
        Where in a series the rows lie.

    Returns
    -------
    normal, held_out : int arrays
        At least two of the first are none of the second. Rows known to be normal are held out, where there
        are any.

    Raises
    ------
    InputError
        Fewer than two rows are to be learned from.
    """
    normal = sure = np.arange(n_rows)
    if states is not None:
        sure = np.flatnonzero(states.is_normal)
        normal = np.flatnonzero(~states.is_anomaly) if detector.unknown == "use" else sure
        if len(normal) < 2:
            n_unknown = int((~states.is_known).sum())
            others = (
                f", and nothing is known of {n_unknown} ({setting('unknown', 'leave')})" if n_unknown else ""
            )
            raise InputError(
                f"{type(detector).__name__}: {len(normal)} of the {n_rows} rows are normal by their "
                f"labels{others}; at least 2 are needed to learn what normal is."
            )
    fraction = detector.held_out_fraction
    if fraction is None:
        is_wanted = (states is not None and len(sure) > 0) or isinstance(threshold, Conformal)
        fraction = _HELD_OUT if is_wanted else 0.0
    pool = sure if len(sure) else normal
    if fraction == 0.0 or len(pool) < min(3, len(normal)):
        return normal, normal[:0]
    drawn = int(random_for(seed, "held out").integers(2**31))
    if windows is not None:
        return normal, pool[split_rows(len(pool), float(fraction), drawn, windows.chosen(pool))[1]]
    training, held_out = split_rows(len(pool), float(fraction), drawn)
    spare = len(normal) - len(pool) + len(training)
    return normal, pool[held_out[max(2 - spare, 0) :]]


def without_held_out(normal: Rows, held_out: Rows, windows: WindowLayout | None) -> Rows:
    """Say which rows are learned from: none that is held out, nor a window that shares a point with one.

    Raises
    ------
    InputError
        Fewer than two windows are left.
    """
    training = np.setdiff1d(normal, held_out)
    if windows is None:
        return training
    apart = training[windows.apart_from(training, held_out)]
    if len(apart) < 2:
        raise InputError(
            f"{len(normal)} windows of {windows.length} points are too few to hold out {len(held_out)} of "
            "them: none is left that shares no point with these. Give a longer series, shorter windows, or "
            f"{setting('held_out_fraction', 0)}."
        )
    return apart
