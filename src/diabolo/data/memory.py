"""Amounts of memory, as they are typed and as they are shown."""

from __future__ import annotations

import re
from typing import Any

from diabolo.errors import ParameterError
from diabolo.messages import setting

__all__ = ["is_memory", "memory_bytes", "shown_bytes"]

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "k": 10**3, "m": 10**6, "g": 10**9}
_PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")


def is_memory(value: Any) -> bool:
    """Say whether a value is an amount of memory: a whole number of bytes, or text with a unit."""
    if isinstance(value, str):
        match = _PATTERN.fullmatch(value)
        return match is not None and match[2].lower() in _UNITS
    return isinstance(value, int) and not isinstance(value, bool)


def memory_bytes(value: int | str) -> int:
    """Turn an amount of memory into bytes.

    Parameters
    ----------
    value : int or str
        Bytes, or text such as "4GB" (10**9) or "4GiB" (2**30).

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        It is no amount.

    Examples
    --------
    >>> memory_bytes("1.5GB"), memory_bytes("2 MiB"), memory_bytes(10)
    (1500000000, 2097152, 10)
    """
    match = _PATTERN.fullmatch(str(value))
    amount = 0
    if match is not None and is_memory(value):
        amount = int(float(match[1]) * _UNITS[match[2].lower()])
    if amount < 1:
        raise ParameterError(
            f"{setting('max_memory')} must be a number of bytes or a text such as '500MB' or '2GB'; got "
            f"{value!r}."
        )
    return amount


def shown_bytes(n_bytes: float) -> str:
    """Write bytes for people.

    Examples
    --------
    >>> shown_bytes(3_900_000_000), shown_bytes(512_000)
    ('3.90 GB', '0.5 MB')
    """
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"
