"""One cell of a text table: what it is, and what is wrong with it."""

from __future__ import annotations

import re
from typing import Literal

from diabolo.data.columns import MISSING
from diabolo.messages import setting

__all__ = ["fault", "is_decimal_comma", "is_grouped", "kind"]

_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?\s*")
_GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:[., '\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?\s*")


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
    # float() reads 1_000 as a number, as no other reader of CSV does; 1.139,803 has two kinds of marks, and
    # where commas stand before decimals 1.139 is a thousand and more.
    has_both = decimal != "." and "." in cell and (decimal in cell or is_grouped(cell))
    return "text" if "_" in cell or has_both else "number"


def is_decimal_comma(cell: str) -> bool:
    """Say whether a cell is a number with a comma before its decimals.

    Examples
    --------
    >>> is_decimal_comma("0,5"), is_decimal_comma("1,234,567")
    (True, False)
    """
    return _DECIMAL_COMMA.fullmatch(cell) is not None


def is_grouped(cell: str) -> bool:
    """Say whether a cell looks like a number with marks between its thousands.

    Examples
    --------
    >>> is_grouped("1,234,567"), is_grouped("1.139,803"), is_grouped("0,125")
    (True, True, False)
    """
    return _GROUPS.fullmatch(cell) is not None


def fault(cell: str, delimiter: str, column: str | int, first_row: bool, decimal: str = ".") -> str:
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
    decimal : {".", ","}, default "."
        The mark taken to stand before decimals.

    Returns
    -------
    str
        The end of an error message.

    Examples
    --------
    >>> fault("abc", ",", "width", False)
    "'abc' is not a number."
    """
    hint = _hint(cell, delimiter, decimal)
    if first_row and not hint:
        # A first row under no header may be a header that the rule did not recognize.
        header = (
            f", or say {setting('header', True)} if this line holds the column names"
            if isinstance(column, int)
            else ""
        )
        return (
            f"{_short(cell)} is text, not a number; to carry this column along, name it: "
            f"{setting('keep_columns', [column])}{header}."
        )
    return f"{_short(cell)} is not a number{hint}."


def _hint(cell: str, delimiter: str, decimal: str) -> str:
    comma = f", or say {setting('decimal', ',')}" if is_decimal_comma(cell) and delimiter != "," else ""
    if is_grouped(cell) and not (comma and delimiter == ";"):
        whole, fraction = _parts(cell)
        plain = f"{whole}{decimal}{fraction}" if fraction else whole
        also = f"{comma} if the comma stands before decimals" if comma else ""
        return f"; it seems to have thousands separators: write it without, such as {plain}{also}"
    if is_decimal_comma(cell):
        return f"; write decimals with a point{comma}"
    other = next((mark for mark in ";\t|," if mark in cell and mark != delimiter), None)
    return f"; if {other!r} stands between the cells, say {setting('delimiter', other)}" if other else ""


def _parts(cell: str) -> tuple[str, str]:
    """Tell a number with marks between its thousands into its digits before and after the decimal mark.

    The last mark is the decimal one if another kind stands before it, or other than three digits follow it.
    """
    whole, mark, fraction = re.fullmatch(r"(.*)([^\d+-])(\d+)", cell.strip()).groups()  # type: ignore[union-attr]
    others = set(re.findall(r"[^\d+-]", whole)) - {mark}
    if mark not in ".," or (not others and len(fraction) == 3):
        whole, fraction = whole + fraction, ""
    return re.sub(r"[^\d+-]", "", whole), fraction


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
