"""One cell of a text table: what it is, and what is wrong with it."""

from __future__ import annotations

import math
import re
from typing import Literal

_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "+nan", "-nan", "null", "none", "?"})
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def kind(cell: str) -> Literal["number", "missing", "text"]:
    """Say what a cell holds.

    Parameters
    ----------
    cell : str
        Its text.

    Returns
    -------
    {"number", "missing", "text"}
        An infinity counts as a number; nothing at all, NA, nan, null and the like count as missing.

    Examples
    --------
    >>> [kind(cell) for cell in ("1e-3", "NA", "setosa", "1_000")]
    ['number', 'missing', 'text', 'text']
    """
    if cell.strip().lower() in _MISSING:
        return "missing"
    try:
        float(cell)
    except ValueError:
        return "text"
    # float() reads 1_000 as a number, as no other reader of CSV does.
    return "text" if "_" in cell else "number"


def fault(cell: str, delimiter: str, column: str | int, first_row: bool) -> str | None:
    """Say why a cell is not a finite number that fits float32, and what to do.

    Parameters
    ----------
    cell : str
        Its text.
    delimiter : str
        The character taken as delimiter, which may be what is wrong.
    column : str or int
        The column's name, or its number where the table has no header.
    first_row : bool
        Whether the cell stands in the first row, where text means a column of text or a header.

    Returns
    -------
    str or None
        The end of an error message; None for a cell that is fine.

    Examples
    --------
    >>> fault("1e39", ",", "width", False)
    "'1e39' does not fit float32, whose largest number is 3.4e38; rescale the column."
    """
    what = kind(cell)
    # A first row under no header may be a header that the rule did not recognise.
    header = (
        ", or say header=True if this line holds the column names"
        if first_row and isinstance(column, int)
        else ""
    )
    if what == "missing":
        seen = f"{cell!r} stands for a missing value" if cell.strip() else "the cell is empty"
        return f"{seen}; missing values are not supported here, so fill them or drop such rows{header}."
    if what == "text":
        hint = _hint(cell, delimiter)
        if first_row and not hint:
            return (
                f"{_short(cell)} is text, not a number; to carry this column along, name it: "
                f"label_column={column!r}{header}."
            )
        return f"{_short(cell)} is not a number{hint}."
    if math.isinf(float(cell)) and "inf" in cell.lower():
        return f"{cell!r} is infinite, and every value must be finite."
    # Half a step above the largest float32: from there on rounding goes to infinity.
    if abs(float(cell)) >= 2.0**128 - 2.0**103:
        return f"{cell!r} does not fit float32, whose largest number is 3.4e38; rescale the column."
    return None


def _hint(cell: str, delimiter: str) -> str:
    if _DECIMAL_COMMA.fullmatch(cell):
        return "; write decimals with a point"
    other = next((mark for mark in ";\t|," if mark in cell and mark != delimiter), None)
    return f"; if {other!r} stands between the cells, say delimiter={other!r}" if other else ""


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
