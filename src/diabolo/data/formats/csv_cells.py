"""One cell of a text table: what it is, and what is wrong with it."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["MISSING", "fault", "is_decimal_comma", "kind"]

MISSING = ("", "na", "n/a", "#n/a", "nan", "+nan", "-nan", "null", "none", "?")
"""What stands for a missing cell, in lower case and without the blanks around it."""

_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?\s*")
_GROUPS = re.compile(r"\s*[+-]?\d{1,3}(?:[., '\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?\s*")


def kind(cell: str, decimal: str = ".") -> Literal["number", "missing", "text"]:
    """Say what a cell holds.

    Parameters
    ----------
    cell : str
        Its text.
    decimal : {".", ","}, default "."
        The mark before decimals.

    Returns
    -------
    {"number", "missing", "text"}
        An infinity counts as a number; nothing at all, NA, nan, null and the like count as missing.

    Examples
    --------
    >>> [kind(cell) for cell in ("1e-3", "NA", "setosa", "1_000")], kind("0,5", ",")
    (['number', 'missing', 'text', 'text'], 'number')
    """
    if cell.strip().lower() in MISSING:
        return "missing"
    try:
        float(cell.replace(decimal, ".") if decimal != "." else cell)
    except ValueError:
        return "text"
    # float() reads 1_000 as a number, as no other reader of CSV does; 1.139,803 has two kinds of marks.
    return "text" if "_" in cell or (decimal != "." and "." in cell and decimal in cell) else "number"


def is_decimal_comma(cell: str) -> bool:
    """Say whether a cell is a number with a comma before its decimals.

    Examples
    --------
    >>> is_decimal_comma("0,5"), is_decimal_comma("1,234,567")
    (True, False)
    """
    return _DECIMAL_COMMA.fullmatch(cell) is not None


def fault(cell: str, delimiter: str, column: str | int, first_row: bool) -> str:
    """Say why a cell that is neither a number nor missing cannot be read, and what to do.

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
    str
        The end of an error message.

    Examples
    --------
    >>> fault("abc", ",", "width", False)
    "'abc' is not a number."
    """
    hint = _hint(cell, delimiter)
    if first_row and not hint:
        # A first row under no header may be a header that the rule did not recognise.
        header = ", or say header=True if this line holds the column names" if isinstance(column, int) else ""
        return (
            f"{_short(cell)} is text, not a number; to carry this column along, name it: "
            f"keep_columns=[{column!r}]{header}."
        )
    return f"{_short(cell)} is not a number{hint}."


def _hint(cell: str, delimiter: str) -> str:
    if _GROUPS.fullmatch(cell) and not (is_decimal_comma(cell) and delimiter == ";"):
        digits = re.sub(r"[^\d+-]", "", re.sub(r"[.,]\d{1,2}\s*$|[.,]\d{4,}\s*$", "", cell))
        return f"; it seems to have thousands separators: write it without, such as {digits}"
    if is_decimal_comma(cell):
        return "; write decimals with a point, or say decimal=','"
    other = next((mark for mark in ";\t|," if mark in cell and mark != delimiter), None)
    return f"; if {other!r} stands between the cells, say delimiter={other!r}" if other else ""


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
