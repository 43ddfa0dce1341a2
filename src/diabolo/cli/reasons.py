"""Why a row is odd, in words: what a cell holds, what was expected, high or low; and which row it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diabolo.cli.output import listed

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["direction", "numbers_apart", "reason", "which_row"]

_MOST_DECIMALS = 8
_LARGEST = 1e15
_SHOWN = 3


def reason(name: str, value: float | str, expected: float | str) -> str:
    """Say of a cell what it is and what was expected.

    Parameters
    ----------
    name : str
        The feature.
    value, expected : float, or str of a category
        Neither of them missing.

    Returns
    -------
    str

    Examples
    --------
    >>> reason("CRP", 38.7, 4.0872), reason("pressure", 1013.2, 1012.94), reason("n", 3, 3)
    ('CRP 38.7 (expected 4.1, high)', 'pressure 1013.2 (expected 1012.94, high)', 'n 3 (expected 3)')
    >>> reason("color", "red", "blue")
    'color red (expected blue)'
    """
    if isinstance(value, str) or isinstance(expected, str):
        return f"{name} {value} (expected {expected})"
    shown, wanted = numbers_apart(value, expected)
    how = direction(value, expected)
    return f"{name} {shown} (expected {wanted}{f', {how}' if how else ''})"


def direction(value: float | str, expected: float | str) -> str:
    """Say on which side of what was expected a value lies; nothing where it is that, or is a category.

    Examples
    --------
    >>> direction(1.0, 2.0), direction(2.0, 1.0), direction(1.0, 1.0)
    ('low', 'high', '')
    """
    if isinstance(value, str) or isinstance(expected, str):
        return ""
    return "high" if value > expected else "low" if value < expected else ""


def numbers_apart(value: float, expected: float) -> tuple[str, str]:
    """Write a value as it is, and what was expected as exactly, or as tells them apart.

    Examples
    --------
    >>> numbers_apart(38.7, 4.0872), numbers_apart(51234.0, 48.123), numbers_apart(2e-9, 1.234e-10)
    (('38.7', '4.1'), ('51234', '48'), ('2e-09', '1.23e-10'))
    """
    apart, shown = abs(value - expected), _plain(value)
    if not math.isfinite(apart) or apart == 0:
        return shown, _plain(expected)
    own = len(shown.partition(".")[2]) if "e" not in shown else _MOST_DECIMALS
    first = -math.floor(math.log10(apart))  # the decimal place of the difference's first digit
    decimals = max(min(own, first + 2), first + 1, 0)
    if decimals > _MOST_DECIMALS or abs(expected) >= _LARGEST:
        digits = math.floor(math.log10(abs(expected))) + first + 2 if expected else 1
        return shown, f"{expected:.{max(digits, 3)}g}"
    return shown, f"{round(expected, decimals) + 0.0:.{decimals}f}"  # -0.00 is 0.00


def _plain(value: float) -> str:
    is_whole = math.isfinite(value) and value == math.floor(value) and abs(value) < _LARGEST
    return f"{value:.0f}" if is_whole else f"{value:.7g}"


def which_row(source: Source, row: int) -> str:
    """Name a row: by its line in a text table or else by its number from 0, and by what it carries.

    Parameters
    ----------
    source : Source
        The table.
    row : int
        Which of its rows, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> which_row(ArraySource(np.eye(2), carried={"sample": np.array(["p1", "p2"])}), 1)
    "row 1 (sample 'p2')"
    """
    from diabolo.data.row_places import line_of

    line = line_of(source, row)
    carried = [f"{name} {column[row].item()!r}" for name, column in source.carried.items()]
    where = f"row {row}" if line is None else f"line {line}"
    return f"{where} ({listed(carried, _SHOWN)})" if carried else where
