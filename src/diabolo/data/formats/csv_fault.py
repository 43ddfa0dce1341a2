"""What is said of cells of a text table that are no numbers: of one, or of all columns of text at once."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

from diabolo.data.column_roles import refuse_text
from diabolo.data.columns import holds_few
from diabolo.data.formats.csv_cells import is_measured, kind
from diabolo.data.formats.csv_layout import CsvLayout, fault
from diabolo.data.loose_columns import few_values
from diabolo.errors import DataFileError, TextColumnsError
from diabolo.messages import Message, either, setting

__all__ = ["cell_fault"]

# Rows that are looked at to tell a column of text from one with a cell that went wrong.
_SCANNED = 1000
_SHOWN = 5
_LONGEST = 40


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
    return DataFileError(f"{layout.path}, line {line}, {layout.column(number)}: {said}")


def _columns_of_text(
    layout: CsvLayout, line: int, number: int, cell: str
) -> tuple[dict[int, tuple[int, str]], list[int]]:
    """Find the columns that hold more text than numbers: their first text, and its line; and which hold few.

    Text that looks like a number written in another way is for a sentence of its own.
    """
    first: dict[int, tuple[int, str]] = {}
    values: dict[int, dict[str, int]] = {}  # how often each stands there
    balance: dict[int, int] = {}  # how much more text there is; a column's first cell counts twice
    for at, each, found in _cells(layout, line, number, cell):
        what = kind(found, layout.decimal)
        if what == "text" and is_measured(found):
            what = "number"
        if what == "text":
            first.setdefault(each, (at, found))
        if what != "missing":
            counts = values.setdefault(each, {})
            counts[found.strip()] = counts.get(found.strip(), 0) + 1
            size = 1 if each in balance else 2
            balance[each] = balance.get(each, 0) + (size if what == "text" else -size)
    texts = {
        each: place
        for each, place in sorted(first.items())
        if balance[each] > 0 and _is_text(place[1], layout)
    }
    counted = ((each, values[each].values()) for each in texts)
    return texts, [
        each for each, counts in counted if len(counts) > 1 and holds_few(len(counts), sum(counts))
    ]


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
