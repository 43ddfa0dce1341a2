"""What the fit of a detector will take of memory, worked out before anything is learned."""

from __future__ import annotations

from typing import Any

import numpy as np

from diabolo.data.checked_source import CheckedSource
from diabolo.data.memory import memory_bytes, shown_bytes
from diabolo.detection.linear import fitted_bytes
from diabolo.errors import ParameterError
from diabolo.estimators._choices import checked_choices
from diabolo.estimators._cross_fit import learned_at_most, n_folds_of
from diabolo.estimators._members import deep_autoencoder
from diabolo.estimators._memory import memory_plan
from diabolo.estimators.convolutional import image_shape_of
from diabolo.messages import setting
from diabolo.training.process_memory import give_back_memory, resident_bytes

__all__ = ["refuse_too_large"]

# Blocks that are scored, and rows that say what is typical: 2^20 and 4,000,000 cells in float64, each with
# what is made of it on the way.
_BLOCKS = 100 * 10**6
# Copies of the rows in float64 while linear networks are solved, and where cells may be missing.
_COPIES, _COPIES_AROUND_GAPS = 3, 7


def refuse_too_large(detector: Any, rows: CheckedSource) -> None:
    """Refuse rows whose fit would take more than the detector's ``max_memory``.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked.
    rows : CheckedSource
        The table.

    Raises
    ------
    ParameterError
        With what would fit.
    """
    if detector.max_memory is None:
        return
    give_back_memory()
    limit, n_rows = memory_bytes(detector.max_memory), learned_at_most(detector, rows)
    parts = _parts(detector, rows, n_rows)
    total = sum(parts.values())
    if total <= limit:
        return
    growing = parts["rows"] + parts["rows in float64"]
    room = limit - (total - growing)
    fitting = int(n_rows * room / growing) if room > 0 and growing else 0
    listed = ", ".join(f"{name} {shown_bytes(size)}" for name, size in parts.items() if size)
    owner, allowed = type(detector).__name__, setting("max_memory", detector.max_memory)
    raise ParameterError(
        f"{owner}: {allowed} is too little for this fit, which takes {shown_bytes(total)} ({listed}); "
        + (f"fit it to {fitting:,} of the rows, or allow more." if fitting >= 2 else "allow more.")
    )


def _parts(detector: Any, rows: CheckedSource, n_rows: int) -> dict[str, int]:
    """Say what is there at the most, part by part, in bytes."""
    n_features, is_named = rows.n_features, isinstance(detector.autoencoder, str)
    parts = {"this process": resident_bytes(), "blocks": _BLOCKS, "rows": 0, "rows in float64": 0}
    if is_named or detector._image_shape is not None:
        parts["rows"] = n_rows * n_features * rows.dtype.itemsize
    if is_named:
        copies = _COPIES if detector.missing in (None, "error") else _COPIES_AROUND_GAPS
        parts["rows in float64"] = 8 * n_rows * n_features * copies
        held, on_the_way = fitted_bytes(n_rows, n_features)
        parts["axes"] = held * (n_folds_of(detector, n_rows) + 1) + on_the_way
    if detector.autoencoder == "linear":
        return parts
    kind = deep_autoencoder(n_rows, n_features) if is_named else detector.autoencoder
    image_shape = detector._image_shape
    if (choices := checked_choices(kind)).network == "convolutional":
        given = np.empty((0, *(image_shape or (n_features,))))
        image_shape = image_shape_of(choices.owner, given, choices.image_shape)
    # The least that rows on a disk need: those who train them find their buffers' size by the same limit.
    network = memory_plan(choices, rows, image_shape, is_guided=False, limit=0).parts
    n_kept = int(detector.n_members) * (n_folds_of(detector, n_rows) + 1)
    parts["networks"] = sum(network.values()) - network["this process"] + network["parameters"] * n_kept
    return parts
