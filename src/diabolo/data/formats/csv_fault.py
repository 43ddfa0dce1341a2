"""What is said of cells of a text table that are no numbers: of one, or of all columns of text at once."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Iterator

from diabolo.data.column_roles import refuse_text
from diabolo.data.columns import holds_few, listed
from diabolo.data.formats.csv_cells import (
    is_decimal_comma,
    is_grouped,
    is_measured,
    notations,
    parts_of,
    says_yes_or_no,
    short,
    truth,
    without_groups,
)
from diabolo.data.formats.csv_layout import CsvLayout
from diabolo.data.loose_columns import few_values
from diabolo.errors import DataFileError, TextColumnsError
from diabolo.messages import Message, either, setting

__all__ = ["cell_fault", "fault"]

# Rows that are looked at to tell a column of text from one with a cell that went wrong.
_SCANNED = 1000
_SHOWN = 5
_LONGEST = 40
# Text of so few different words, beside at least so many numbers, stands for something that was not measured.
_LONGEST_WORD = 30
_GAP_WORDS, _LEAST_NUMBERS = 2, 10


def cell_fault(layout: CsvLayout, line: int, number: int, cell: str) -> DataFileError:
    r"""Make the error for a cell that is neither a number nor missing.

    Parameters
    ----------
    layout : CsvLayout
        Of the table.
    line : int
        The line on which its row starts.
    number : int
        The column.
    cell : str
        Its text.

    Returns
    -------
    DataFileError
        Where the column holds text, one that names all columns that do, with what to do about them.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo.data.formats.csv_layout import find_layout
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("id,x,kind\np1,1,a\np2,2,b\n")
    >>> cell_fault(find_layout(path), 2, 0, "p1").columns
    ('id', 'kind')
    """
    found, few = _columns_of_text(layout, line, number, cell)
    if number in found:
        return _text_columns(layout, found, few)
    said = fault(cell, layout.delimiter, layout.decimal)
    if layout.names is None and line == layout.first_line and _is_text(cell, layout):
        said = f"{said[:-1]}; if this line holds the column names, say {setting('header', True)}."
    elif _is_gap_word(cell, layout):
        if _is_second_header(layout, line):
            n_below = sum(at >= line for at, _ in layout.rows())
            return DataFileError(
                f"{layout.path}, line {line}: text stands in all columns of numbers, as over another table; "
                f"keep one table in a file, or if this one ends above, say {setting('skip_footer', n_below)}."
            )
        words = _gap_words(layout, line, number, cell, found)
        also = f", nor {'is' if len(words) == 2 else 'are'} {listed(words[1:])}" if len(words) > 1 else ""
        it, stand = ("it", "stands") if len(words) == 1 else ("they", "stand")
        cell_or_cells = "a missing cell" if len(words) == 1 else "missing cells"
        said = f"{said[:-1]}{also}; if {it} {stand} for {cell_or_cells}, say {setting('na_values', words)}."
    elif said.endswith(" is not a number."):
        keep = setting("keep_columns", [layout.called(number)])
        said = f"{said[:-1]}; correct it, or carry the column along with {keep}."
    return DataFileError(f"{layout.path}, line {line}, {layout.column(number)}: {said}")


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
    return f"{short(cell)} is not a number{_hint(cell, delimiter, decimal)}."


def _hint(cell: str, delimiter: str, decimal: str) -> str:
    comma = f", or say {setting('decimal', ',')}" if is_decimal_comma(cell) and delimiter != "," else ""
    if is_grouped(cell):
        between = next((each for mark, each in notations(cell) if mark == decimal and each), None)
        if between is None:
            plain = without_groups(cell, decimal)
            return f"; it seems to have thousands separators: write it without, such as {plain}"
        said = f"; say {setting('thousands', between)} if {between!r} stands between its thousands"
        if decimal == ",":
            return f"{said}, or {setting('thousands', 'none')} if before its decimals"
        return said + (f"{comma} if before its decimals" if comma else "")
    if is_decimal_comma(cell):
        return f"; write decimals with a point{comma}"
    parts = parts_of(cell)
    if parts is not None and parts.limit:
        rule = "below_limit" if parts.limit == "<" else "above_limit"
        return f"; say what a limit counts as: {setting(rule, 'limit')}"
    if parts is not None and parts.unit and notations(parts.number):
        return f"; it has {parts.unit!r} beside its number"
    other = next((mark for mark in ";\t|" if mark in cell and mark != delimiter), None)
    return f"; if {other!r} stands between the cells, say {setting('delimiter', other)}" if other else ""


def _columns_of_text(
    layout: CsvLayout, line: int, number: int, cell: str
) -> tuple[dict[int, tuple[int, str]], list[int]]:
    """Find the columns that hold more text than numbers: their first text, and its line; and which hold few.

    Text that looks like a number written in another way is for a sentence of its own.
    """
    first: dict[int, tuple[int, str]] = {}
    values: dict[int, dict[str, int]] = {}  # how often each stands there
    balance: dict[int, int] = {}  # how much more text there is; a column's first cell counts twice
    words: dict[int, set[str]] = {}
    n_numbers: dict[int, int] = {}
    for at, each, found in _cells(layout, line, number, cell):
        what = layout.kind(found)
        if what == "text" and is_measured(found):
            what = "number"
        if what == "text":
            first.setdefault(each, (at, found))
            words.setdefault(each, set()).add(found.strip())
        elif what == "number":
            n_numbers[each] = n_numbers.get(each, 0) + 1
        if what != "missing":
            counts = values.setdefault(each, {})
            counts[found.strip()] = counts.get(found.strip(), 0) + 1
            size = 1 if each in balance else 2
            balance[each] = balance.get(each, 0) + (size if what == "text" else -size)
    texts = {
        each: place
        for each, place in sorted(first.items())
        if balance[each] > 0
        and _is_text(place[1], layout)
        # A word that stands in most cells of a column of numbers, such as "not detected", is no other kind.
        and not (len(words[each]) <= _GAP_WORDS and n_numbers.get(each, 0) >= _LEAST_NUMBERS)
        # TRUE and FALSE alone are read.
        and (n_numbers.get(each, 0) or any(truth(word) is None for word in words[each]))
    }
    counted = ((each, values[each]) for each in texts)
    return texts, [
        each
        for each, counts in counted
        if len(counts) > 1 and (holds_few(len(counts), sum(counts.values())) or says_yes_or_no(counts))
    ]


def _is_second_header(layout: CsvLayout, line: int) -> bool:
    """Whether a row of words alone stands between rows, in two columns of numbers or more."""
    row = next((row for at, row in layout.rows() if at == line), [])
    cells = [row[number] for number in layout.numeric] if len(row) == layout.n_columns else []
    is_words = len(cells) > 1 and all(_is_gap_word(cell, layout) for cell in cells)
    return is_words and len(set(cells)) == len(cells) and line > layout.first_line


def _gap_words(layout: CsvLayout, line: int, number: int, cell: str, text: Collection[int]) -> list[str]:
    """Find the words that stand among numbers, in all columns of numbers, that of the fault first."""
    words = {cell.strip(): 1}
    for _, each, found in _cells(layout, line, number, cell):
        if each not in text and layout.kind(found) == "text" and _is_gap_word(found, layout):
            words.setdefault(found.strip(), 1)
    return list(words)


def _cells(layout: CsvLayout, line: int, number: int, cell: str) -> Iterator[tuple[int, int, str]]:
    """Read the cells of the first rows, as far as they are whole, and that with the fault."""
    is_there = False
    with contextlib.suppress(DataFileError, UnicodeError):
        for at, row in itertools.islice(layout.rows(), _SCANNED):
            is_there |= at == line
            if len(row) == layout.n_columns:
                yield from ((at, each, row[each]) for each in layout.numeric)
    if not is_there:
        yield line, number, cell


def _is_text(cell: str, layout: CsvLayout) -> bool:
    """Whether nothing better is to be said of a cell than that it is no number."""
    return fault(cell, layout.delimiter, layout.decimal).endswith(" is not a number.")


def _is_gap_word(cell: str, layout: CsvLayout) -> bool:
    """Whether a cell is a word that may say that nothing was measured: short, and without a number in it."""
    is_short = 0 < len(cell.strip()) <= _LONGEST_WORD and truth(cell) is None
    return is_short and not any(map(str.isdigit, cell)) and _is_text(cell, layout)


def _text_columns(
    layout: CsvLayout, found: dict[int, tuple[int, str]], among_few: list[int]
) -> DataFileError:
    names = [layout.called(number) for number in found]
    few = [layout.names[number] for number in among_few] if layout.names else []
    # The command line has a line to type.
    or_few = either(f"; {Message(few_values(few))}, here and of the estimator", "") if few else ""
    places = dict(zip(names, found.values(), strict=True))
    if layout.chosen:
        refuse_text([str(name) for name in names], str(layout.path))
    shown = [
        f"{name!r} (line {line}: {cell[:_LONGEST]!r})" for name, (line, cell) in list(places.items())[:_SHOWN]
    ]
    more = len(names) - len(shown)
    if more or len(shown) == 1:
        listed = ", ".join(shown) + f" and {more} more" * bool(more)
    else:
        listed = f"{', '.join(shown[:-1])} and {shown[-1]}"
    many, them = ("the column", "it") if len(names) == 1 else (f"{len(names)} columns,", "them")
    header = ""
    if layout.names is None:
        header = f"; if line {layout.first_line} holds the column names, say {setting('header', True)}"
    if len(names) == len(layout.numeric) and not layout.has_categories:
        return TextColumnsError(
            f"{layout.path} has no numbers, but text in {many} {listed}, and a table needs a column of "
            f"numbers{header}{or_few}.",
            names,
            few,
            is_all=True,
        )
    return TextColumnsError(
        f"{layout.path} has text in {many} {listed}, and features are numbers: carry {them} along with "
        f"{setting('keep_columns', names)}, or leave {them} unread with {setting('drop_columns', names)}"
        f"{header}{or_few}.",
        names,
        few,
    )
