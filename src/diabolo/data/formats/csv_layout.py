"""How a text table is laid out: what stands between cells and in them, its header, what is no feature."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from diabolo.data.column_roles import column_roles
from diabolo.data.columns import MISSING, check_names, typed_number
from diabolo.data.formats.csv_text import open_text
from diabolo.data.location import RemoteFile
from diabolo.errors import DataFileError, ParameterError
from diabolo.messages import Message, either, setting

__all__ = ["CsvLayout", "fault", "find_layout", "is_decimal_comma", "is_grouped", "kind", "records"]

_ROW_NAMES = "row_names"
# Lines from which the delimiter and the mark before decimals are found out.
_SAMPLED = 50
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+(?:[eE][+-]?\d+)?\s*")
_GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:[., '\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?\s*")


@dataclass(frozen=True)
class CsvLayout:
    """What has been found out about a text table before its numbers are read.

    Parameters
    ----------
    path : Path
        The file.
    delimiter, decimal : str
        The one character between cells, and the one before decimals.
    names : tuple of str of length n_columns, or None
        The header, carried columns included; None where there is no header.
    n_columns : int
        Cells in a row, carried ones included.
    first_line : int
        The line on which the first row of numbers starts, as an editor counts.
    carried : mapping of str to int
        The names and numbers of the columns that are no features, the target first.
    unread, chosen : frozenset of int
        The numbers of the columns that nobody wants, and of those that were named as features.
    has_target, names_rows : bool
        Whether the first of them is the target, and whether one of them names the rows.
    notes : tuple of str
        What was found out and could be wrong.

    Examples
    --------
    >>> layout = CsvLayout(Path("iris.csv"), ",", ".", ("width", "species"), 2, 2, {"species": 1})
    >>> layout.column(0), layout.numeric
    ("column 'width' (number 0)", (0,))
    """

    path: Path | RemoteFile
    delimiter: str
    decimal: str
    names: tuple[str, ...] | None
    n_columns: int
    first_line: int
    carried: Mapping[str, int] = field(default_factory=dict)
    unread: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()
    has_target: bool = False
    names_rows: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def numeric(self) -> tuple[int, ...]:
        """The numbers of the columns that are features."""
        aside = self.unread.union(self.carried.values())
        return tuple(number for number in range(self.n_columns) if number not in aside)

    @cached_property
    def thousands(self) -> re.Pattern[str]:
        """A cell with points between its thousands, as they are written beside decimal commas."""
        mark = re.escape(self.delimiter)
        return re.compile(rf"(?:^|{mark})\s*[+-]?[1-9]\d{{0,2}}(?:\.\d{{3}})+\s*(?:{mark}|$)")

    @cached_property
    def gap(self) -> re.Pattern[str]:
        """What matches a cell that is missing, in a line without quotes."""
        mark = re.escape(self.delimiter)
        words = "|".join(re.escape(word) for word in MISSING)
        blanks = "" if self.delimiter == " " else " *"
        return re.compile(rf"(?<![^{mark}]){blanks}(?:{words}){blanks}(?![^{mark}])", re.IGNORECASE)

    def column(self, number: int) -> str:
        """Name a column in a message; its number is counted from 0."""
        return f"column {self.names[number]!r} (number {number})" if self.names else f"column {number}"


def find_layout(
    path: Path | RemoteFile,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
) -> CsvLayout:
    r"""Find out how a text table is laid out, from its first rows and what the caller settled.

    The first line is a header if it has text in a column whose next cell is no text; if every cell is a
    number, or text stands above text, it is not.

    Parameters
    ----------
    path : Path
        An existing text file.
    target, keep_columns, header, delimiter, decimal, drop_columns, columns
        As of `diabolo.open`.

    Returns
    -------
    CsvLayout
        The decision.

    Raises
    ------
    DataFileError
        There is no row, a column name stands twice or is missing, or a column does not exist.
    ParameterError
        The delimiter or the mark before decimals cannot be.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "iris.csv"
    >>> _ = path.write_text("width;species\n5,1;setosa\n")
    >>> layout = find_layout(path, "species")
    >>> layout.delimiter, layout.decimal, layout.names, layout.carried, layout.first_line
    (';', ',', ('width', 'species'), {'species': 1}, 2)
    """
    _check_marks(delimiter, decimal)
    found = _delimiter(path) if delimiter is None else delimiter
    with contextlib.closing(records(path, found)) as stream:
        top = _first_rows(stream)
    if not top:
        raise DataFileError(f"{path} holds blank lines only, so there are no rows to read.")
    mark = _decimal(top, found) if decimal is None else decimal
    if mark == found:
        raise ParameterError(
            f"{path}: {setting('decimal', mark)} is the character between the cells, too; say which is "
            f"with {either('delimiter=', '--delimiter')}."
        )
    (first_line, first), (second_line, second) = top[0], (top[1] if len(top) > 1 else (0, None))
    asked = [
        *([] if target is None else [target]),
        *(keep_columns or ()),
        *(drop_columns or ()),
        *(columns or ()),
    ]
    has_header = _has_header(first, second, asked, mark) if header is None else header
    names = tuple(first) if has_header else None
    if names and second is None:
        raise DataFileError(
            f"{path} has a header but no rows under it"
            + ("." if header else f"; if its only line is a row of numbers, say {setting('header', False)}.")
        )
    names_rows = bool(names) and first[0] == _ROW_NAMES and _ROW_NAMES not in asked
    kept = [*(keep_columns or ()), *([_ROW_NAMES] if names_rows else [])]
    roles = column_roles(target, kept, drop_columns, columns, names, len(first), str(path))
    carried = roles.carried
    if names:
        for number, name in enumerate(names):
            if not name.strip() and number not in roles.unread.union(carried.values()):
                raise DataFileError(
                    f"{path}, line {first_line}: column {number} has no name; name it, "
                    f"or take it out (row numbers that pandas wrote: index=False)."
                )
        check_names(names, f"{path}, line {first_line}")
    notes = []
    if header is None:
        notes.append(
            f"the first line of {path} was taken as column names; if it is a row, say "
            f"{setting('header', False)}"
            if names
            else f"the first line of {path} was taken as a row; if it holds column names, say "
            f"{setting('header', True)}"
        )
    if decimal is None and mark != ".":
        notes.append(
            f"commas in {path} were taken to stand before decimals, and {found!r} between cells; if that is "
            f"wrong, say {setting('decimal', '.')}"
        )
    start = second_line if names else first_line
    return CsvLayout(
        path,
        found,
        mark,
        names,
        len(first),
        start,
        carried,
        roles.unread,
        roles.chosen,
        target is not None,
        names_rows,
        tuple(map(Message, notes)),
    )


def records(path: Path | RemoteFile, delimiter: str) -> Generator[tuple[int, list[str]]]:
    r"""Read a text table row by row, quoting understood, blank lines at the end left out.

    Parameters
    ----------
    path : Path
        An existing file in UTF-8.
    delimiter : str
        The one character between cells.

    Yields
    ------
    line : int
        The line on which the row starts, as an editor counts.
    cells : list of str
        The row.

    Raises
    ------
    DataFileError
        A quote is not closed, or a blank line stands between rows.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.csv"
    >>> _ = path.write_text('1,"a\nb"\n2,c\n\n')
    >>> list(records(path, ","))
    [(1, ['1', 'a\nb']), (3, ['2', 'c'])]
    """
    with open_text(path, newline="") as handle:
        reader = csv.reader(handle, delimiter=delimiter, strict=True)
        blank_line = 0
        line = 1
        try:
            for cells in reader:
                if not cells or (len(cells) == 1 and not cells[0].strip()):
                    blank_line = blank_line or line
                elif blank_line:
                    raise DataFileError(
                        f"{path}, line {blank_line}: the line is blank and rows follow it; fill or remove it."
                    )
                else:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as problem:
            raise DataFileError(
                f"{path}, line {line}: the row that starts here cannot be told into cells ({problem}); "
                "look for a quote that is not closed."
            ) from problem


def _first_rows(stream: Generator[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Read the first rows; what is wrong with those after the second is said when they are read."""
    top = list(itertools.islice(stream, 2))
    with contextlib.suppress(DataFileError, UnicodeDecodeError):
        for row in itertools.islice(stream, _SAMPLED):
            top.append(row)  # noqa: PERF402 - what came before a fault counts
    return top


def _check_marks(delimiter: str | None, decimal: str | None) -> None:
    if delimiter is not None and (
        not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'
    ):
        raise ParameterError(
            f"{setting('delimiter')} must be one character such as ',', ';' or '\\t', and no quote or line "
            f"end; got {delimiter!r}."
        )
    if decimal not in (None, ".", ","):
        raise ParameterError(
            f"{setting('decimal')} must be '.' or ',', the mark before decimals; got {decimal!r}."
        )


def _delimiter(path: Path | RemoteFile) -> str:
    """Take the tab of a .tsv, and else the comma, unless semicolons tell every line into as many cells."""
    if ".tsv" in [suffix.lower() for suffix in Path(str(path)).suffixes]:
        return "\t"
    with open_text(path) as handle:
        lines = [re.sub(r'"[^"]*"?', "", line).rstrip("\n") for line in itertools.islice(handle, _SAMPLED)]
    lines = [line for line in lines if line.strip()] or [""]
    if ";" not in lines[0]:
        return ","
    if "," not in lines[0]:
        return ";"
    is_even = len({line.count(";") for line in lines}) == 1
    cells = [cell for line in lines for cell in line.split(";") if "," in cell]
    return ";" if is_even and all(is_decimal_comma(cell) or is_grouped(cell) for cell in cells) else ","


def _decimal(rows: Sequence[tuple[int, Sequence[str]]], delimiter: str) -> str:
    """Take the comma where some cells are numbers by it alone, and none is by the point alone.

    Semicolons between cells are for the sake of such commas; beside other marks 1,234 may be a thousand.
    """
    if delimiter == ",":
        return "."
    cells = [cell for _, row in rows for cell in row]
    has_point = any("." in cell and kind(cell) == "number" for cell in cells)
    commas = [cell for cell in cells if is_decimal_comma(cell)]
    is_clear = delimiter == ";" or not all(map(is_grouped, commas))
    return "," if commas and is_clear and not has_point else "."


def _has_header(
    first: Sequence[str], second: Sequence[str] | None, asked: Sequence[str | int], decimal: str
) -> bool:
    wanted = [typed_number(each, first) for each in asked]
    if any(isinstance(each, str) and each in first for each in wanted):
        return True
    if second is None:
        numbers = [each % len(first) for each in wanted if isinstance(each, int)]
        return any(
            kind(cell, decimal) == "text" for number, cell in enumerate(first) if number not in numbers
        )
    pairs = zip(first, second, strict=False)
    return any(kind(a, decimal) == "text" != kind(b, decimal) for a, b in pairs)


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


def fault(cell: str, delimiter: str, decimal: str = ".") -> str:
    """Say why a cell that is neither a number nor missing cannot be read, and what to do.

    Parameters
    ----------
    cell : str
        Its text.
    delimiter : str
        The character taken as delimiter, which may be what is wrong.
    decimal : {".", ","}, default "."
        The mark taken to stand before decimals.

    Returns
    -------
    str
        The end of an error message.

    Examples
    --------
    >>> fault("abc", ",")
    "'abc' is not a number."
    """
    return f"{_short(cell)} is not a number{_hint(cell, delimiter, decimal)}."


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
