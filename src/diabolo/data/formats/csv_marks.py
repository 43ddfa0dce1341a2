"""Where the table of a text begins, and which marks it is written with: found out from its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from diabolo.data.columns import MISSING
from diabolo.data.formats.csv_cells import is_decimal_comma, kind, notations, parts_of, truth
from diabolo.data.formats.csv_text import CsvText

__all__ = ["Top", "decimal_of", "find_top", "has_header"]

# Lines from which all of it is found out.
_SAMPLED = 50
_DELIMITERS = (",", ";", "\t", "|")
_COMMENT = "#"
# With which Excel says what stands between the cells.
_SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?\s*', re.IGNORECASE)
# A cell in quotes, beside whichever mark.
_QUOTED_CELL = re.compile(r'(?:\A|(?<=[,;\t|\r\n])) *+"[^"]*+(?:""[^"]*+)*+"(?= *+(?:[,;\t|\r\n]|\Z))')
# Of the rows, so many must have the same number of cells.
_EVEN = 2 / 3
_SCORED_ROWS, _SCORED_CELLS = 20, 200

_Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Top:
    """The mark between cells, and the lines above the table.

    Parameters
    ----------
    delimiter : str
        One character.
    skipped : int, default 0
        How many lines stand above the table.
    first : str
        The first of them that says something.
    """

    delimiter: str
    skipped: int = 0
    first: str = ""


def find_top(text: CsvText, delimiter: str | None = None, skipped: int | None = None) -> Top:
    r"""Find the mark between cells, and the lines above the table that belong to none of its rows.

    The mark is the one that tells the lines into equally many cells; of several, that which leaves the most
    numbers. What stands within quoted cells alone is no mark. A line above the table begins with ``#`` or,
    where a header follows, has fewer cells than the rows and text in the first.

    Parameters
    ----------
    text : CsvText
        The table.
    delimiter : str, optional
        The mark between cells, where it was said.
    skipped : int, optional
        How many lines stand above the table, where it was said.

    Returns
    -------
    Top

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("# by hand, in June\na;b, mg;c\n1,5;2;3\n2,5;3;4\n")
    >>> find_top(CsvText(path))
    Top(delimiter=';', skipped=1, first='# by hand, in June')
    """
    if delimiter is None and ".tsv" in [suffix.lower() for suffix in Path(str(text.path)).suffixes]:
        delimiter = "\t"
    above: list[str] = []
    sample: list[str] = []
    with text.open() as handle:
        for number, line in enumerate(handle):
            said = _SEPARATOR.fullmatch(line) if number == 0 and skipped is None else None
            if said is not None:
                delimiter = delimiter or said[1]
                above.append("\n")  # which says nothing of the table
                continue
            is_above = not sample and (line.startswith(_COMMENT) or line.isspace())
            if len(above) < skipped if skipped is not None else is_above:
                above.append(line)
            elif len(sample) < _SAMPLED:
                sample.append(line)
            else:
                break
    if not sample and skipped is None:
        above, sample = [], above
    found = _found(sample, (delimiter,) if delimiter else _DELIMITERS)
    mark, rows, first = found or (delimiter or _usual(sample), [], 0)
    if skipped is not None:
        return Top(mark, skipped)
    if above and above[-1].startswith(_COMMENT) and rows and not first and _names(above[-1], mark, rows):
        above = above[:-1]
    above += sample[:first]
    lines = (line.strip().strip(mark) for line in above)
    return Top(mark, len(above), next((line for line in lines if line), ""))


def _found(sample: Sequence[str], marks: Sequence[str]) -> tuple[str, _Rows, int] | None:
    """Find the mark that tells lines into equally many cells, the rows, and the line of the first."""
    if "," in marks and _is_plain(sample):
        return ",", _rows(sample[:2], ","), 0
    best, found = (False, -1.0, False, False), None
    for mark in _unquoted(sample, marks):
        rows = _rows(sample, mark)
        if len(sample) == _SAMPLED and len(rows) > 1:
            rows = rows[:-1]  # the last may go on below
        width = _width(rows)
        if width < 2:
            continue
        rows = rows[_n_above(rows, width) :]
        even = sum(len(cells) == width for _, cells in rows) / len(rows)
        if even < _EVEN or not (len(rows[0][1]) == width or _lacks_one(rows, width)):
            continue
        share = _share_of_numbers(rows)
        # Between numbers a comma may stand for decimals, and the other marks for nothing else.
        score = (even == 1, share, rows[0][0] == 0, (mark != ",") == (share > 0))
        if found is None or score > best:
            best, found = score, (mark, rows, rows[0][0])
    if found is None and marks is _DELIMITERS:  # as R writes tables, if it is not told otherwise
        found = _found(sample, (" ",))
    return found


def _unquoted(sample: Sequence[str], marks: Sequence[str]) -> Sequence[str]:
    """Leave out marks that stand within quoted cells alone, unless that leaves none."""
    if len(marks) == 1 or not any('"' in line for line in sample):
        return marks
    bare = _QUOTED_CELL.sub("", "".join(sample))
    return [mark for mark in marks if mark in bare] or marks


def _is_plain(sample: Sequence[str]) -> bool:
    """Whether commas alone tell the lines into equally many cells, as they do in most files."""
    if not sample or any(mark in sample[0] for mark in _DELIMITERS if mark != ","):
        return False
    if sample[0].rstrip().endswith(","):  # a title, as spreadsheets fill it up
        return False
    counts = {line.count(",") for line in sample if not line.isspace()}
    return len(counts) == 1 and counts != {0} and not any('"' in line for line in sample)


def _rows(sample: Sequence[str], mark: str) -> _Rows:
    """Tell lines into rows, each with the number of its first line among them; blank ones are left out."""
    reader = csv.reader(sample, delimiter=mark)
    rows, start = [], 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, cells))
            start = reader.line_num
    except csv.Error:  # a cell larger than any is: not this mark
        return []
    return rows


def _width(rows: _Rows) -> int:
    """Say how many cells most of the later rows have."""
    counts = [len(cells) for _, cells in rows[len(rows) // 2 :]]
    return max(counts, key=counts.count, default=0)


def _n_above(rows: _Rows, width: int) -> int:
    """Count the rows at the top that are titles and the like: text and fewer cells, above a header."""
    if _lacks_one(rows, width):
        return 0
    first = next((n for n, (_, cells) in enumerate(rows) if _n_filled(cells) == width), 0)
    are_titles = all(
        kind(cells[0]) == "text" and parts_of(cells[0]) is None and _n_filled(cells) < width
        for _, cells in rows[:first]
    )
    if not first or not are_titles or len(rows) < first + 2:
        return 0
    return first if has_header(rows[first][1], rows[first + 1][1]) else 0


def _lacks_one(rows: _Rows, width: int) -> bool:
    """Whether a first row is a header that has no name for the column of row names, as R writes it."""
    if len(rows) < 2 or len(rows[0][1]) != width - 1 or len(rows[1][1]) != width:
        return False
    return all(cell.strip() for cell in rows[0][1]) and has_header(["", *rows[0][1]], rows[1][1])


def _n_filled(cells: Sequence[str]) -> int:
    """Say how many cells there are up to the last that holds something."""
    return max((number for number, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _share_of_numbers(rows: _Rows) -> float:
    cells = [cell for _, cells in rows[:_SCORED_ROWS] for cell in cells[:_SCORED_CELLS]]
    held = [cell for cell in cells if cell.strip().lower() not in MISSING]
    return sum(map(_is_measured, held)) / max(len(held), 1)


def _is_measured(cell: str) -> bool:
    parts = parts_of(cell)
    return parts is not None and bool(notations(parts.number))


def _is_amount(cell: str) -> bool:
    """Whether a cell is a number in some notation or a limit; 24h may be a name."""
    parts = parts_of(cell)
    return parts is not None and _is_measured(cell) and (parts.limit != "" or not parts.unit)


def _names(line: str, mark: str, rows: _Rows) -> bool:
    """Whether a line that begins as a comment holds the names of the columns."""
    (_, first), second = rows[0], rows[1][1] if len(rows) > 1 else None
    has_numbers = any(map(_is_measured, first))
    is_wide = len(line.split(mark)) == len(first)
    return has_numbers and is_wide and (second is None or not has_header(first, second))


def _usual(sample: Sequence[str]) -> str:
    """Take the semicolon where the first line has one and no comma; else the comma."""
    line = re.sub(r'"[^"]*"?', "", next((line for line in sample if line.strip()), ""))
    return ";" if ";" in line and "," not in line else ","


def decimal_of(cells: Sequence[str], delimiter: str) -> str:
    r"""Take the comma where some numbers can have no other mark before decimals, and none must have a point.

    Semicolons between cells are for the sake of such commas; beside other marks 1,234 may be a thousand.

    Parameters
    ----------
    cells : sequence of str
        Of the first rows.
    delimiter : str
        The mark between them.

    Returns
    -------
    {".", ","}

    Examples
    --------
    >>> decimal_of(["0,5", "<1.139,80 mg/L"], ";"), decimal_of(["1,234"], ";"), decimal_of(["1,234"], "\t")
    (',', ',', '.')
    """
    if delimiter == ",":
        return "."
    parts = (parts_of(cell) for cell in cells if "," in cell or "." in cell)
    numbers = [each.number for each in parts if each is not None]
    marks = {frozenset(decimal for decimal, _ in notations(number)) for number in numbers}
    if frozenset(".") in marks:
        return "."
    if frozenset(",") in marks:
        return ","
    commas = [number for number in numbers if is_decimal_comma(number)]
    points = [number for number in numbers if "." in number]
    return "," if commas and not points and delimiter == ";" else "."


def has_header(
    first: Sequence[str], second: Sequence[str], decimal: str = ".", aside: Collection[int] = ()
) -> bool:
    """Say whether text stands above what is none, in some column.

    Parameters
    ----------
    first, second : sequence of str
        Two rows.
    decimal : {".", ","}, default "."
        The mark before decimals.
    aside : collection of int, default none
        Columns that are no features, whose ``12 b`` is a name as well as their ``b``.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_header(["id", "dose"], ["p1", "12 mg"]), has_header(["p1", "3"], ["p2", "4"])
    (True, False)
    """
    pairs = list(zip(first, second, strict=False))
    if any(kind(a, decimal) == "text" and truth(a) is None and truth(b) is not None for a, b in pairs):
        return True
    if any(kind(a, decimal) == "text" != kind(b, decimal) and not _is_amount(a) for a, b in pairs):
        return True
    features = [pair for number, pair in enumerate(pairs) if number not in aside]
    return any(_is_measured(b) and kind(a, decimal) == "text" and not _is_measured(a) for a, b in features)
