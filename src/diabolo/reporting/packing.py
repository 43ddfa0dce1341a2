"""Numbers packed into whole ones of few bits, and what they take on the page."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

__all__ = ["packed", "page_bytes"]

# A row of blocks is packed at a time, so that what is made on the way stays small.
_BLOCK_CELLS = 2**20


def packed(
    values: Float[np.ndarray, n * width], kind: Literal["u1", "u2"], *, by_column: bool
) -> dict[str, Any]:
    """Pack numbers: each is ``least + step * value``, the largest value being a missing one.

    Parameters
    ----------
    values : array of shape (n,) or (n, columns)
        Numbers; what is not finite is missing.
    kind : {"u1", "u2"}
        8 or 16 bits.
    by_column : bool
        Whether each column has a range of its own.

    Returns
    -------
    dict
        ``values``, ``least`` and ``step``, as reporting/README.md describes them. No number is off by more
        than half a step, but for rounding.

    Examples
    --------
    >>> packed(np.array([0.0, 1.0, np.nan]), "u1", by_column=False)["values"].tolist()
    [0, 254, 255]
    """
    missing = int(np.iinfo(np.dtype(kind)).max)
    low, high = _ends(values, by_column=by_column)
    # Half of everything, as the distance of two large numbers may be none.
    reach = 0.5 * high - 0.5 * low
    step = 2.0 * (reach / (missing - 1))
    step = np.where(np.isfinite(step) & (step > 0), step, 0.0)
    half = np.where(step > 0, 0.5 * step, 1.0)
    out = np.empty(values.shape, kind)
    width = values.shape[1] if values.ndim == 2 else 1
    at_once = max(_BLOCK_CELLS // max(width, 1), 1)
    for start in range(0, len(values), at_once):
        some = np.asarray(values[start : start + at_once], np.float64)
        is_there = np.isfinite(some)
        with np.errstate(invalid="ignore", over="ignore"):
            places = np.rint((0.5 * some - 0.5 * low) / half)
        np.clip(places, 0, missing - 1, out=places)
        places[~is_there] = missing
        out[start : start + at_once] = places
    return {"values": out, "least": low.tolist(), "step": step.tolist()}


def _ends(values: Any, *, by_column: bool) -> tuple[Any, Any]:
    """Return the least and the largest finite number, 0 where there is none."""
    width = values.shape[1:] if by_column else ()
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    at_once = max(_BLOCK_CELLS // max(int(np.prod(values.shape[1:])), 1), 1)
    for start in range(0, len(values), at_once):
        some = np.asarray(values[start : start + at_once], np.float64)
        is_there = np.isfinite(some)
        axis = 0 if by_column else None
        low = np.minimum(low, np.where(is_there, some, np.inf).min(axis=axis))
        high = np.maximum(high, np.where(is_there, some, -np.inf).max(axis=axis))
    is_known = low <= high
    return np.where(is_known, low, 0.0), np.where(is_known, high, 0.0)


def page_bytes(array: Shaped[np.ndarray, "*shape"]) -> int:
    """Say how much an array takes on the page: deflated, and in base64.

    Examples
    --------
    >>> page_bytes(np.zeros(1000, np.uint8))
    24
    """
    return -(-len(zlib.compress(np.ascontiguousarray(array).tobytes(), 6)) // 3) * 4
