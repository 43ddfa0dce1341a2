"""The head of a text table: the names of its columns, and a row of units under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from diabolo.data.columns import listed, typed_number
from diabolo.data.formats.csv_cells import Notation, is_measured, kind, short
from diabolo.data.formats.csv_marks import has_header
from diabolo.data.formats.csv_notes import is_within
from diabolo.data.formats.csv_rows import Row
from diabolo.errors import DataFileError
from diabolo.messages import setting

__all__ = ["ROW_NAMES", "Head", "read_head"]

ROW_NAMES = "row_names"
"""What a first column is called that names the rows."""


# So many numbers that go up may be names; fewer may be by chance.
_LEAST_NAMES = 3
_GAP = re.compile(
    r"[\W_]*(?:n\W?\s?[adqs]\b|nd\b|not? |bdl|lod|loq|undet|fail|err|over|under|low|high|miss|void|blank)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Head:
    """What stands above the first row of numbers.

    Parameters
    ----------
    names : tuple of str, or None
        Of the columns; None where there is no header.
    first_line : int
        On which the first row starts.
    n_columns : int
        How many cells a row has.
    empty : tuple of int
        Columns without a name and without a cell in the first rows.
    notes : tuple of str
        What was found out and could be wrong.
    """

    names: tuple[str, ...] | None
    first_line: int
    n_columns: int
    empty: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def read_head(
    path: str, top: Sequence[Row], header: bool | None, asked: Sequence[str | int], decimal: str
) -> Head:
    """Find out what stands above the first row of numbers.

    Parameters
    ----------
    path : str
        The file, for messages.
    top : sequence of (int, list of str)
        The first rows, at least one.
    header : bool or None
        Whether the first of them holds names, where it was said.
    asked : sequence of str or int
        Columns that were named.
    decimal : {".", ","}
        The mark before decimals.

    Returns
    -------
    Head

    Raises
    ------
    DataFileError
        There is a header and no row, or columns with cells have no name.

    Examples
    --------
    >>> read_head("t.csv", [(1, ["a", "b"]), (2, ["mm", "kg"]), (3, ["1", "2"])], None, [], ".").first_line
    3
    """
    (first_line, first), rest = top[0], top[1:]
    second = rest[0][1] if rest else None
    if header is not False and second is not None and _lacks_one(first, rest, decimal):
        return _named(path, first_line, ["", *first], rest, asked, rest[0][0])
    is_header = header
    if header is None:
        is_header = _has_header(first, second, asked, decimal) or _counts_up(first, rest, decimal)
    units = header is not False and _are_units(first, rest, decimal)
    if not is_header and not units:
        return Head(None, first_line, len(first))
    if not rest:
        raise DataFileError(
            f"{path} has a header but no rows under it"
            + ("." if header else f"; if its only line is a row of numbers, say {setting('header', False)}.")
        )
    note: list[str] = []
    if units:
        line, cells = rest[0]
        rest = rest[1:]
        shown = short(next(cell for cell in cells if cell.strip()))
        note = [f"line {line} of {path} ({shown}) was left out as a row of units under the column names"]
    return _named(path, first_line, first, rest, asked, rest[0][0], note)


def _named(
    path: str,
    line: int,
    names: Sequence[str],
    rows: Sequence[Row],
    asked: Sequence[str | int],
    first_line: int,
    notes: Sequence[str] = (),
) -> Head:
    """Say what becomes of columns without a name, and of those that share one."""
    raw, found, said = names, list(names), list(notes)
    width = len(found)
    said_of = [typed_number(each, names) for each in asked]
    wanted = {
        names.index(each) if isinstance(each, str) else each % width
        for each in said_of
        if (each in names if isinstance(each, str) else isinstance(each, int))
    }
    nameless = [n for n, name in enumerate(raw) if not name.strip() and n not in wanted]
    held = {n for _, cells in rows for n, cell in enumerate(cells[:width]) if cell.strip()}
    empty = tuple(n for n in nameless if n not in held)
    nameless = [n for n in nameless if n in held]
    if nameless[:1] == [0] and ROW_NAMES not in found and width > 1:
        found[0] = ROW_NAMES
        said.append(
            f"the first column of {path} has no name and was taken as the names of the rows; to leave it "
            f"unread, say {setting('drop_columns', [0])}"
        )
        nameless = nameless[1:]
    if nameless:
        columns = f"column {nameless[0]} has no name" if len(nameless) == 1 else "columns "
        if len(nameless) > 1:
            columns += f"{', '.join(map(str, nameless[:-1]))} and {nameless[-1]} have no names"
        it = "it" if len(nameless) == 1 else "them"
        raise DataFileError(
            f"{path}, line {line}: {columns}; leave {it} unread with {setting('drop_columns', nameless)}, "
            f"or name {it}."
        )
    if empty:
        which = f"column {empty[0]}" if len(empty) == 1 else f"columns {', '.join(map(str, empty))}"
        have, were = ("has", "was") if len(empty) == 1 else ("have", "were")
        said.append(f"{which} of {path} {have} neither a name nor a cell and {were} left unread")
    found, renamed = _told_apart(found)
    if renamed:
        is_one = len(renamed) == 1
        shares, is_called = ("a column shares", "is called") if is_one else ("columns share", "are called")
        said.append(
            f"{shares} a name with one before in {path}, line {line}, and {is_called} {listed(renamed)}"
        )
    return Head(tuple(found), first_line, width, empty, tuple(said))


def _told_apart(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell apart names that stand over several columns, as pandas does; the second list has the new ones."""
    seen, taken, last = set(names), set[str](), dict[str, int]()
    found, renamed = [], []
    for name in names:
        own = name
        while own in taken and own.strip():
            # Names that end so are tried once each: of a table of thousands with one name, too.
            last[name] = last.get(name, 0) + 1
            if f"{name}.{last[name]}" not in seen:
                own = f"{name}.{last[name]}"
        taken.add(own)
        found.append(own)
        renamed += [own] if own != name else []
    return found, renamed


def _lacks_one(first: Sequence[str], rest: Sequence[Row], decimal: str) -> bool:
    """Whether a first line is a header that has no name for the column of row names, as R writes it."""
    widths = {len(cells) for _, cells in rest}
    return widths == {len(first) + 1} and has_header(["", *first], rest[0][1], decimal)


def _counts_up(first: Sequence[str], rest: Sequence[Row], decimal: str) -> bool:
    """Whether numbers that go up, such as years or doses, stand beside a name, and in no row below."""
    if not rest or kind(first[0], decimal) != "text" or is_measured(first[0]):
        return False

    def goes_up(cells: Sequence[str]) -> bool:
        numbers = [Notation(decimal).number(cell) for cell in cells if kind(cell, decimal) != "text"]
        known = [number for number in numbers if number is not None]
        return len(known) == len(numbers) >= _LEAST_NAMES and all(a < b for a, b in pairwise(known))

    return goes_up(first) and not any(goes_up(cells) for _, cells in rest)


def _are_units(first: Sequence[str], rest: Sequence[Row], decimal: str) -> bool:
    """Whether text stands under names and above numbers, in most columns of numbers."""
    if len(rest) < 2 or not has_header(first, rest[1][1], decimal):
        return False
    columns = list(zip(first, rest[0][1], rest[1][1], strict=False))
    held = [(a, b) for a, b, c in columns if kind(c, decimal) == "number" or is_measured(c)]
    if not held or any(kind(a, decimal) != "text" for a, _ in held):
        return False
    later = {cell.strip() for _, cells in rest[1:] for cell in cells}
    texts = [b for _, b in held if _is_unit(b, decimal) and b.strip() not in later]
    gaps = [b for _, b in held if not b.strip()]
    return len(texts) + len(gaps) == len(held) and len(texts) * 2 > len(held)


def _is_unit(cell: str, decimal: str) -> bool:
    """Whether a cell may be a unit or the like, such as mg/L or 1/s, and no word for a missing cell."""
    is_text = kind(cell, decimal) == "text" and (not is_measured(cell) or cell.strip().startswith("1/"))
    return is_text and _GAP.match(cell.strip()) is None


def _has_header(
    first: Sequence[str], second: Sequence[str] | None, asked: Sequence[str | int], decimal: str
) -> bool:
    # A number that there may be is one, whatever the first line holds; another is a name if it stands there.
    width = len(first)
    wanted = [number if is_within(number := typed_number(each, None), width) else each for each in asked]
    if any(isinstance(each, str) and each in first for each in wanted):
        return True
    numbers = [each % width for each in wanted if isinstance(each, int)]
    if second is None:
        return any(
            kind(cell, decimal) == "text" for number, cell in enumerate(first) if number not in numbers
        )
    return has_header(first, second, decimal, numbers)
