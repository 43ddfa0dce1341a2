"""How large a page may be, and what of it is spoken for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from diabolo.reporting.packing import page_bytes

__all__ = ["PAGE_CODE", "allowed_bytes", "entry_bytes"]

PAGE_CODE = 250_000
"""For the page's own script, style and words."""
_SMALL, _SMALL_BYTES, _LARGE, _LARGE_BYTES = 5_000, 4_900_000, 10_000, 9_900_000


def allowed_bytes(n_points: int) -> int:
    """Say how large a page of so many points may be: 5 MB up to 5,000, 10 MB from 10,000, evenly between.

    Examples
    --------
    >>> allowed_bytes(100), allowed_bytes(7_500), allowed_bytes(10**6)
    (4900000, 7400000, 9900000)
    """
    share = min(max((n_points - _SMALL) / (_LARGE - _SMALL), 0.0), 1.0)
    return int(_SMALL_BYTES + share * (_LARGE_BYTES - _SMALL_BYTES))


def entry_bytes(value: Any) -> int:
    """Say how much a part of a summary takes on the page, arrays deflated.

    Examples
    --------
    >>> entry_bytes({"a": [1, None], "b": np.zeros(1000, np.uint8)})
    157
    """
    arrays: list[Any] = []

    def without(part: Any) -> Any:
        if isinstance(part, np.ndarray):
            arrays.append(part)
            return None
        if isinstance(part, Mapping):
            return {name: without(each) for name, each in part.items()}
        if isinstance(part, (list, tuple)):
            return [without(each) for each in part]
        return part

    text = json.dumps(without(value), separators=(",", ":"), ensure_ascii=False, default=str)
    # Around each block there is an element, and where it stood its type and shape.
    return len(text.encode("utf-8", "backslashreplace")) + sum(page_bytes(array) + 110 for array in arrays)
