"""What one cell of a text table holds: a number as it is written here or there, a limit, a unit, or text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from diabolo.data.columns import MISSING

__all__ = [
    "Measured",
    "Notation",
    "Parts",
    "begins_with_0",
    "is_decimal_comma",
    "is_grouped",
    "is_measured",
    "kind",
    "notations",
    "parts_of",
    "plain_numbers",
    "says_yes_or_no",
    "short",
    "truth",
    "without_groups",
]

_BLANKS = " \u00a0\u2009\u202f"
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?\s*")
_GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:[., '\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?\s*")
# A limit, a number in whatever notation, a unit. A unit begins with a letter or a sign such as % or µ.
_PARTS = re.compile(
    rf"(?P<limit>[<>≤≥]=?)?\s*"
    rf"(?P<number>[+\-−]?(?:[0-9]+(?:[.,'’{_BLANKS}][0-9]+)*(?:[.,]$)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"\s*(?P<unit>(?:[^\W\d_]|[%‰°$€£¥/])(?:[^\W_]|[%‰°µ/^*·.()\-²³⁻¹$€£]| (?=[^\W\d_(%/]))*)?"
)
_LONGEST_UNIT = 24
_SHOWN = 40
# What follows the first number of a date or a time is no unit, nor is the exponent that Fortran writes.
_MONTHS = (
    "jan|feb|fév|mar|mär|apr|avr|may|mai|jun|juin|jul|juil|aug|août|ago|sep|oct|okt|ott|nov|dec|dez|déc|dic"
)
_DATE = re.compile(
    rf"[/:.\-]\s*\d|(?:{_MONTHS})(?:\.?|[^\W\d_]*[\W_]*\d{{2,4}})$|.*(?:19|20)\d\d$|[hd]\d+$",
    re.IGNORECASE,
)
_CURRENCY = r"[$€£¥]|(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|US\$)(?=[ \d.,])"
# Of books: (1,234.50), $5, -$5, ($5) and, of SAP, 5-. A minus may stand before or behind the currency.
_BOOKED = re.compile(
    rf"(?P<bracket>\()?\s*(?P<minus>[-−])?\s*(?P<currency>{_CURRENCY})?\s*(?P<rest>.*?)\s*"
    r"(?P<behind>(?<=\d)[-−])?(?P<closed>\))?"
)
# How spreadsheets are told to leave a number as it is written, such as ="5".
_FORMULA = re.compile(r'\s*="([^"]*)"\s*')
_TRUTHS = {"true": 1.0, "false": 0.0}
# Words of a column that says yes or no.
_ANSWERS = tuple(map(frozenset, (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"))))
_LIMITS: dict[str, Literal["<", ">"]] = {"<": "<", "≤": "<", ">": ">", "≥": ">"}

# The marks that may stand between thousands, and how each is written.
_THOUSANDS = {".": ".", ",": ",", " ": _BLANKS, "'": "'’"}
_ALL = frozenset(
    (decimal, thousands) for decimal in ".," for thousands in ("", *_THOUSANDS) if decimal != thousands
)


@dataclass(frozen=True)
class Parts:
    """A cell taken apart, its number not yet read.

    Parameters
    ----------
    limit : {"", "<", ">"}
        Whether the number is one that the true one is below or above.
    number, unit : str
        As they are written; a currency before the number is a unit, too.
    is_booked : bool, default False
        Whether it is negative by brackets around it or by a minus behind it.
    is_formula : bool, default False
        Whether it is written as ``="5"``, which keeps spreadsheets from changing it.
    """

    limit: Literal["", "<", ">"]
    number: str
    unit: str
    is_booked: bool = False
    is_formula: bool = False


@dataclass(frozen=True)
class Measured:
    """What a cell says.

    Parameters
    ----------
    value : float
        Its number.
    limit : {"", "<", ">"}
        Whether it is one that the true one is below or above.
    unit : str
        What stands behind it.
    """

    value: float
    limit: Literal["", "<", ">"] = ""
    unit: str = ""


@dataclass(frozen=True)
class Notation:
    """How numbers are written in a table.

    Parameters
    ----------
    decimal : {".", ","}, default "."
        The mark before decimals.
    thousands : {".", ",", " ", "'", ""}, optional
        The mark between thousands; nothing where it was said that there is none, None where nobody said.

    Examples
    --------
    >>> Notation(",", ".").read("< 1.139,80 mg/L")
    Measured(value=1139.8, limit='<', unit='mg/L')
    >>> Notation(",").number("1.139"), Notation(",", "").number("1.139"), Notation(",").number("1.5")
    (None, 1.139, 1.5)
    """

    decimal: str = "."
    thousands: str | None = None

    def read(self, cell: str) -> Measured | None:
        """Read a cell that is not missing; None where it is text."""
        value = self.number(cell)
        if value is not None:
            return Measured(value)
        parts = parts_of(cell)
        value = None if parts is None else self.number(parts.number)
        return None if parts is None or value is None else Measured(value, parts.limit, parts.unit)

    def number(self, text: str) -> float | None:
        """Read a number and nothing else; None where it is none."""
        text = text.strip().replace("−", "-")  # the sign of typesetters
        if self.thousands and any(mark in text for mark in _THOUSANDS[self.thousands]):
            if (self.decimal, self.thousands) not in notations(text):
                return None
            text = re.sub(f"[{_THOUSANDS[self.thousands]}]", "", text)
        elif (self.decimal == "," and "." in text) and (
            "," in text or (self.thousands is None and is_grouped(text))
        ):
            return None
        # float() reads 1_000 as a number, as no other reader of CSV does.
        if "_" in text:
            return None
        try:
            return float(text.replace(",", ".") if self.decimal == "," else text)
        except ValueError:
            return None


def plain_numbers(cells: Sequence[str], decimal: str = ".") -> list[float] | None:
    """Read cells that are plain numbers, all of them, at the speed of C; else None.

    Parameters
    ----------
    cells : sequence of str
        Of one column.
    decimal : {".", ","}, default "."
        The mark before decimals.

    Returns
    -------
    list of float, or None

    Examples
    --------
    >>> plain_numbers(["1", "0,5"], ","), plain_numbers(["1", "0,5"]), plain_numbers(["1_0"])
    ([1.0, 0.5], None, None)
    """
    text = "\0".join(cells)
    if "_" in text or (decimal == "," and "." in text):
        return None
    try:
        return list(map(float, text.replace(",", ".").split("\0") if decimal == "," else cells))
    except ValueError:
        return None


@functools.lru_cache(4096)
def parts_of(cell: str) -> Parts | None:
    """Take a cell apart into a limit, a number and a unit; None where it is text.

    Parameters
    ----------
    cell : str
        Its text.

    Returns
    -------
    Parts or None

    Examples
    --------
    >>> parts_of("<0,5")
    Parts(limit='<', number='0,5', unit='', is_booked=False, is_formula=False)
    >>> parts_of("12 %").unit, parts_of("2020-01-01")
    ('%', None)
    >>> parts_of("7/10/2024"), parts_of("27MAR1975")
    (None, None)
    >>> parts_of("($1,234.50)")
    Parts(limit='', number='-1,234.50', unit='$', is_booked=True, is_formula=False)
    >>> parts_of('="5"').number, parts_of('="00123"')
    ('5', None)
    """
    if formula := _FORMULA.fullmatch(cell):
        # What begins with 0 is a code, and what stands for a missing cell none.
        inner = None if begins_with_0(formula[1]) else parts_of(formula[1])
        return None if inner is None else replace(inner, is_formula=True)
    found = _PARTS.fullmatch(cell.strip())
    if found is None:
        return _booked(cell.strip())
    if _DATE.match(found["unit"] or ""):
        return None
    limit, unit = _LIMITS.get((found["limit"] or "")[:1], ""), found["unit"] or ""
    return Parts(limit, found["number"], unit) if len(unit) <= _LONGEST_UNIT else None  # type: ignore[arg-type]


def _booked(cell: str) -> Parts | None:
    """Take apart an amount as books have it: in brackets, behind its currency, before its minus."""
    found = _BOOKED.fullmatch(cell)
    if found is None or (found["bracket"] is None) != (found["closed"] is None):
        return None
    parts = _PARTS.fullmatch(found["rest"])
    if parts is None or parts["limit"] or _DATE.match(parts["unit"] or ""):
        return None
    own = parts["number"]
    signs = [found["bracket"], found["minus"], found["behind"], own[0] if own[0] in "+-−" else None]
    units = [each for each in (found["currency"], parts["unit"]) if each]
    if sum(each is not None for each in signs) > 1 or len(units) > 1 or len("".join(units)) > _LONGEST_UNIT:
        return None
    is_booked = found["bracket"] is not None or found["behind"] is not None
    number = f"-{own}" if is_booked or found["minus"] is not None else own
    return Parts("", number, "".join(units), is_booked)


@functools.lru_cache(4096)
def notations(number: str) -> frozenset[tuple[str, str]]:
    """Say in which notations a text is a number: the mark before decimals, and that between thousands.

    Parameters
    ----------
    number : str
        Its text.

    Returns
    -------
    frozenset of (str, str)
        No mark between thousands is nothing. None at all where it is no number.

    Examples
    --------
    >>> notations("1.139,803"), sorted(notations("1.5"))
    (frozenset({(',', '.')}), [('.', ''), ('.', ' '), ('.', "'"), ('.', ',')])
    >>> sorted(notations("1,234")), len(notations("12")), notations("1.23.4")
    ([(',', ''), (',', ' '), (',', "'"), (',', '.'), ('.', ',')], 8, frozenset())
    """
    return frozenset(each for each in _ALL if _pattern(*each).fullmatch(number.strip()))


@functools.lru_cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    point = re.escape(decimal)
    whole = r"[0-9]+"
    if thousands:
        whole = rf"(?:[1-9][0-9]{{0,2}}(?:[{_THOUSANDS[thousands]}][0-9]{{3}})+|[0-9]+)"
    return re.compile(rf"[+\-−]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?")


def without_groups(number: str, decimal: str) -> str:
    """Write a number without the marks between its thousands.

    The last mark is the decimal one if another kind stands before it, or other than three digits follow it.

    Parameters
    ----------
    number : str
        One of which `is_grouped` holds.
    decimal : {".", ","}
        The mark to write before decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> without_groups("1.139,803", "."), without_groups("1,234", ".")
    ('1139.803', '1234')
    """
    whole, mark, fraction = re.fullmatch(r"(.*)([^\d+-])(\d+)", number.strip()).groups()  # type: ignore[union-attr]
    others = set(re.findall(r"[^\d+-]", whole)) - {mark}
    if mark not in ".," or (not others and len(fraction) == 3):
        whole, fraction = whole + fraction, ""
    whole = re.sub(r"[^\d+-]", "", whole)
    return f"{whole}{decimal}{fraction}" if fraction else whole


def is_measured(cell: str) -> bool:
    """Say whether a cell is a number in some notation, with a unit behind it or as a limit, or not.

    Examples
    --------
    >>> [is_measured(cell) for cell in ("1.139,80", "5 mg", "<0.5", "five")]
    [True, True, True, False]
    """
    parts = parts_of(cell)
    return parts is not None and bool(notations(parts.number))


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
        An infinity counts as a number; nothing at all, NA, nan, null and the like count as missing. Where
        commas stand before decimals 1.139 is a thousand and more, and no number before that is said.

    Examples
    --------
    >>> [kind(cell) for cell in ("1e-3", "NA", "setosa", "1_000")], kind("0,5", ",")
    (['number', 'missing', 'text', 'text'], 'number')
    """
    if cell.strip().lower() in MISSING:
        return "missing"
    return "text" if Notation(decimal).number(cell) is None else "number"


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


def begins_with_0(cell: str) -> bool:
    """Say whether a cell is a whole number that begins with 0, as codes do.

    Examples
    --------
    >>> [begins_with_0(cell) for cell in ("00123", "0", "0.5", "10")]
    [True, False, False, False]
    """
    text = cell.strip()
    return len(text) > 1 and text[0] == "0" and text.isdecimal()


def truth(cell: str) -> float | None:
    """Read TRUE as 1 and FALSE as 0, in capital letters or small ones; None where a cell is neither.

    Examples
    --------
    >>> truth("TRUE"), truth("false"), truth("yes")
    (1.0, 0.0, None)
    """
    return _TRUTHS.get(cell.strip().lower())


def says_yes_or_no(words: Iterable[str]) -> bool:
    """Say whether a column's words are yes and no, true and false, or T and F.

    Examples
    --------
    >>> says_yes_or_no(["Yes", "no"]), says_yes_or_no(["F", "M"]), says_yes_or_no(["no"])
    (True, False, False)
    """
    return frozenset(word.strip().lower() for word in words) in _ANSWERS


def short(cell: str) -> str:
    """Write a cell for a message.

    Examples
    --------
    >>> short("5 mg"), len(short("5" * 100))
    ("'5 mg'", 42)
    """
    return repr(cell if len(cell) <= _SHOWN else cell[: _SHOWN - 3] + "...")
