"""How a text table is laid out: what stands between cells and in them, its header, what is no feature."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from diabolo.data.column_roles import column_roles
from diabolo.data.columns import MISSING
from diabolo.data.formats import ABOVE_LIMIT, BELOW_LIMIT
from diabolo.data.formats.csv_cells import (
    Notation,
    kind,
)
from diabolo.data.formats.csv_head import ROW_NAMES, read_head
from diabolo.data.formats.csv_marks import decimal_of, find_top
from diabolo.data.formats.csv_notes import code_notes, layout_notes
from diabolo.data.formats.csv_rows import Row, without_footer
from diabolo.data.formats.csv_text import CsvText, text_of
from diabolo.data.location import StandardInput
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, ParameterError, nearest_name
from diabolo.messages import Message, either, setting

__all__ = ["CsvLayout", "find_layout"]

_THOUSANDS = (",", ".", " ", "'", "none")
_NUMERAL = re.compile("-?[0-9]")
# Rows from which the mark before decimals is found out.
_SAMPLED = 50


@dataclass(frozen=True)
class CsvLayout:
    """What has been found out about a text table before its numbers are read.

    Parameters
    ----------
    text : CsvText
        The file's text.
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
    has_target, names_rows, has_categories : bool
        Whether the first of them is the target, whether one of them names the rows, and whether some are
        features all the same.
    notes : tuple of str
        What was found out and could be wrong.
    skipped : int
        Lines above the table.
    thousands : str, optional
        The mark between thousands; nothing where there is none, None where nobody said.
    settled : frozenset of str
        What of decimal and thousands the caller said.
    below_limit, above_limit : str, optional
        What a cell below a limit, and one above one, counts as.
    units : mapping of int to str, optional
        What stands beside the numbers of a column; None where only plain numbers have been looked for.
    truths : mapping of int to str, default none
        Columns that say TRUE and FALSE, which are read as 1 and 0, and the first such word of each.
    na_values : tuple of str, default none
        What stands for a missing cell, too, in lower case.
    skip_footer : int, optional
        Rows at the end that are none, where it was said.

    Examples
    --------
    >>> text = CsvText(Path("iris.csv"))
    >>> layout = CsvLayout(text, ",", ".", ("width", "species"), 2, 2, {"species": 1})
    >>> layout.column(0), layout.numeric
    ("column 'width' (number 0)", (0,))
    """

    text: CsvText
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
    has_categories: bool = False
    notes: tuple[str, ...] = ()
    skipped: int = 0
    thousands: str | None = None
    settled: frozenset[str] = frozenset()
    below_limit: str | None = None
    above_limit: str | None = None
    units: Mapping[int, str] | None = None
    truths: Mapping[int, str] = field(default_factory=dict)
    na_values: tuple[str, ...] = ()
    skip_footer: int | None = None

    @property
    def path(self) -> Path | RemoteFile | StandardInput:
        """The file."""
        return self.text.path

    @cached_property
    def notation(self) -> Notation:
        """How its numbers are written."""
        return Notation(self.decimal, self.thousands)

    @cached_property
    def missing(self) -> frozenset[str]:
        """What stands for a missing cell in text, in lower case."""
        return frozenset((*MISSING, *self.na_values))

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """The numbers that stand for a missing cell, such as -99."""
        found = (Notation().number(word) or self.notation.number(word) for word in self.na_values)
        return tuple(number for number in found if number is not None)

    def kind(self, cell: str) -> Literal["number", "missing", "text"]:
        """Say what a cell holds; see `diabolo.data.formats.csv_cells.kind`."""
        return "missing" if cell.strip().lower() in self.missing else kind(cell, self.decimal)

    @cached_property
    def numeric(self) -> tuple[int, ...]:
        """The numbers of the columns that are features."""
        aside = self.unread.union(self.carried.values())
        return tuple(number for number in range(self.n_columns) if number not in aside)

    @cached_property
    def points(self) -> re.Pattern[str]:
        """A cell with points between its thousands, as they are written beside decimal commas."""
        mark = re.escape(self.delimiter)
        return re.compile(rf"(?:^|{mark})\s*[+-]?[1-9]\d{{0,2}}(?:\.\d{{3}})+\s*(?:{mark}|$)")

    @cached_property
    def gap(self) -> re.Pattern[str]:
        """What matches a cell that is missing, in a line without quotes."""
        mark = re.escape(self.delimiter)
        words, numerals = (
            "|".join(re.escape(word) for word in self.missing if bool(_NUMERAL.match(word)) is is_numeral)
            for is_numeral in (False, True)
        )
        blanks = "" if self.delimiter == " " else " *"
        # Most cells begin as numbers do, and are passed over at once.
        found = rf"(?:(?!{_NUMERAL.pattern})(?:{words})|{numerals})"
        return re.compile(rf"(?<![^{mark}]){blanks}{found}{blanks}(?![^{mark}])", re.IGNORECASE)

    def column(self, number: int) -> str:
        """Name a column in a message; its number is counted from 0."""
        return f"column {self.names[number]!r} (number {number})" if self.names else f"column {number}"

    def called(self, number: int) -> str | int:
        """Return what a column is called, for a setting that names it."""
        return self.names[number] if self.names else number

    def records(self, left_out: list[Row] | None = None) -> Generator[Row, None, None]:
        """Read the table row by row, its header too; see `CsvText.records` and `without_footer`."""
        rows = self.text.records(self.delimiter, self.skipped)
        return without_footer(rows, self.n_columns, self.skip_footer, left_out)

    def rows(self, line: int | None = None, left_out: list[Row] | None = None) -> Iterator[Row]:
        """Read the rows of numbers, from a line on."""
        start = self.first_line if line is None else line
        return (row for row in self.records(left_out) if row[0] >= start)


def find_layout(
    path: Path | RemoteFile | StandardInput,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    *,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    categories: Sequence[str | int] | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    skip_lines: int | None = None,
    below_limit: str | None = None,
    above_limit: str | None = None,
    na_values: Sequence[str | float] | None = None,
    skip_footer: int | None = None,
    text: Any = None,
) -> CsvLayout:
    r"""Find out how a text table is laid out, from its first rows and what the caller settled.

    The first line is a header if it has text in a column whose next cell is no text; if every cell is a
    number, or text stands above text, it is not.

    Parameters
    ----------
    path : Path
        An existing text file.
    target, keep_columns, header, delimiter, decimal, drop_columns, columns, categories, thousands, encoding
        As of `diabolo.open`.
    skip_lines, below_limit, above_limit, na_values, skip_footer
        As of `diabolo.open`.
    text : CsvText, optional
        The file's text, where it has been found already; or what gives rows as it does.

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
    _check_marks(delimiter, decimal, thousands)
    _check_counts(skip_lines, skip_footer)
    if not (header is None or isinstance(header, bool)):
        raise ParameterError(f"{setting('header', header)} is not possible; expected True, False or None.")
    _check_limits(below_limit, above_limit)
    text = text_of(path, encoding) if text is None else text
    above = find_top(text, delimiter, skip_lines)
    found = above.delimiter
    with contextlib.closing(text.records(found, above.skipped)) as stream:
        top = _first_rows(stream)
    if not top:
        if skip_lines:
            raise DataFileError(
                f"{path} has no rows under the lines that {setting('skip_lines', skip_lines)} leaves out; "
                "leave out fewer."
            )
        raise DataFileError(f"{path} holds blank lines only, so there are no rows to read.")
    said = decimal or {".": ",", ",": "."}.get(thousands or "")
    mark = said or decimal_of([cell for _, row in top for cell in row], found)
    if mark == found:
        raise ParameterError(
            f"{path}: {setting('decimal', mark)} is the character between the cells, too; say which is "
            f"with {either('delimiter=', '--delimiter')}."
        )
    asked = [
        *([] if target is None else [target]),
        *(keep_columns or ()),
        *(drop_columns or ()),
        *(columns or ()),
        *(categories or ()),
    ]
    head = read_head(str(path), top, header, asked, mark)
    names = head.names
    names_rows = names is not None and names[0] == ROW_NAMES and ROW_NAMES not in asked
    kept = [*(keep_columns or ()), *([ROW_NAMES] if names_rows else [])]
    # Columns without a name and a cell are none.
    dropped = [*(drop_columns or ()), *head.empty]
    roles = column_roles(
        target, kept, dropped, columns, names, head.n_columns, str(path), categories=categories
    )
    carried = roles.carried
    aside = roles.unread.union(carried.values())
    rows = [(line, row) for line, row in top if line >= head.first_line]
    features = [cell for _, row in rows for n, cell in enumerate(row) if n not in aside]
    numbers = [n for n in range(head.n_columns) if n not in aside and n not in roles.chosen]
    mark = said or decimal_of(features, found)
    return CsvLayout(
        text,
        found,
        mark,
        names,
        head.n_columns,
        head.first_line,
        carried,
        roles.unread,
        roles.chosen,
        target is not None,
        names_rows,
        bool(categories),
        (
            *map(Message, head.notes),
            *layout_notes(str(path), above, header, names, said, mark, features, asked, top[0][1]),
            *code_notes(str(path), rows, numbers, names),
        ),
        above.skipped,
        "" if thousands == "none" else thousands,
        frozenset(name for name, value in (("decimal", said), ("thousands", thousands)) if value is not None),
        below_limit,
        above_limit,
        na_values=_words(na_values),
        skip_footer=skip_footer,
    )


def _words(na_values: Sequence[str | float] | None) -> tuple[str, ...]:
    if na_values is None:
        return ()
    is_list = isinstance(na_values, (list, tuple, set, frozenset))
    if not is_list or not all(isinstance(each, (str, int, float)) for each in na_values):
        example = [na_values] if isinstance(na_values, (str, int, float)) else ["n.d.", -99]
        raise ParameterError(
            f"{setting('na_values')} is a list of what stands for a missing cell, such as "
            f"{setting('na_values', example)}; got {na_values!r}."
        )
    return tuple(str(each).strip().lower() for each in na_values)


def _first_rows(stream: Iterator[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Read the first rows; what is wrong with those after the second is said when they are read."""
    top = list(itertools.islice(stream, 2))
    with contextlib.suppress(DataFileError, UnicodeDecodeError):
        for row in itertools.islice(stream, _SAMPLED):
            top.append(row)  # noqa: PERF402 - what came before a fault counts
    return top


def _check_marks(delimiter: str | None, decimal: str | None, thousands: str | None) -> None:
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
    if thousands not in (None, *_THOUSANDS):
        raise ParameterError(
            f"{setting('thousands')} must be ',', '.', ' ' or \"'\", the mark between thousands, or 'none'; "
            f"got {thousands!r}."
        )
    if thousands is not None and thousands == decimal:
        raise ParameterError(
            f"{setting('thousands', thousands)} and {setting('decimal', decimal)} are one mark; give each "
            "its own."
        )


def _check_counts(skip_lines: Any, skip_footer: Any) -> None:
    for name, value, where in (("skip_lines", skip_lines, "above"), ("skip_footer", skip_footer, "under")):
        is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if value is not None and not is_count:
            raise ParameterError(
                f"{setting(name)} must be a whole number of lines {where} the table, 0 or more; got "
                f"{value!r}."
            )


def _check_limits(below_limit: Any, above_limit: Any) -> None:
    rules = (("below_limit", below_limit, BELOW_LIMIT), ("above_limit", above_limit, ABOVE_LIMIT))
    for name, value, known in rules:
        if value is not None and value not in known:
            *first, last = map(repr, known)
            raise ParameterError(
                f"{setting(name, value)} is not possible; expected {', '.join(first)} or {last}."
                f"{nearest_name(value, known)}"
            )
