"""Text tables: .csv with commas or semicolons, .tsv with tabs, packed by gzip, bzip2 or zstd or not."""

from __future__ import annotations

import contextlib
import itertools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.columns import listed, typed_values
from diabolo.data.disk_cells import CollectedRows
from diabolo.data.formats.csv_cells import plain_numbers, short, truth
from diabolo.data.formats.csv_fault import cell_fault
from diabolo.data.formats.csv_layout import CsvLayout, find_layout
from diabolo.data.formats.csv_rows import Row, is_remark, is_total
from diabolo.data.formats.csv_sink import CsvSink
from diabolo.data.formats.csv_survey import surveyed
from diabolo.data.formats.csv_text import packing_of, text_of
from diabolo.data.location import UNKNOWN, StandardInput, content, text_kind
from diabolo.data.remote_file import RemoteFile
from diabolo.data.source import Source
from diabolo.errors import DataFileError
from diabolo.messages import Message, setting

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    Cells = Float64[np.ndarray, "rows n_features"]

__all__ = ["CsvSink", "open_csv", "read_table"]

# Cells turned to numbers, or to text, together.
_BLOCK_CELLS = 2**18

# So many carried columns are cut off the lines one by one.
_CUT_COLUMNS = 4
# So many rows at the end may be no rows.
_MOST_TOTALS = 10


def open_csv(
    path: Path | RemoteFile | StandardInput,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    **settled: Any,
) -> Source:
    r"""Read a text table, one row a line, quoted as RFC 4180 says where need be.

    Cells are float64; a missing one is NaN. They are kept in memory up to 64 MiB, beyond that in a temporary
    file.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, header, delimiter, decimal, encoding
        As of `diabolo.open`. A first column called ``row_names`` names the rows.
    **settled
        Thousands, lines above the table and limits, as of `diabolo.open`, too.

    Returns
    -------
    Source
        Its `notes` say what was found out and could be wrong.

    Raises
    ------
    DataFileError
        A cell is no number, or the file no such table; with the line and the column.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.csv"
    >>> _ = path.write_text("a;b;kind\n0,5;2;x\n;3;y\n")
    >>> source = open_csv(path, target="kind")
    >>> source[:].tolist(), source.feature_names, source.carried["kind"].tolist()
    ([[0.5, 2.0], [nan, 3.0]], ('a', 'b'), ['x', 'y'])
    """
    held, packed = content(path), packing_of(path)
    if held == "text":
        held = text_kind(path)
    if held != packed.holds if packed.holds else held not in ("text", UNKNOWN):
        raise DataFileError(
            f"{path} is named as a {'packed ' if packed.holds else ''}text table but holds {held}: "
            f"give it the name that fits, or {'pack it' if packed.holds else 'save it as text'}."
        )
    text = text_of(path, encoding)
    try:
        layout = find_layout(path, target, keep_columns, header, delimiter, decimal, text=text, **settled)
        return read_table(layout)
    except UnicodeError as problem:
        raise text.undecodable() from problem


def read_table(layout: CsvLayout) -> Source:
    """Read a table whose layout is known.

    Parameters
    ----------
    layout : CsvLayout
        As `find_layout` gives it.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        A cell is no number, or a row has more cells than the first, or fewer.
    """
    left_out: list[Row] = []
    try:
        table, cells, places = _read_lines(layout, left_out)
    except _NotPlainError:
        layout = surveyed(layout)
        table, cells, places = _read_lines(layout, left_out := [])
    table.locate = places
    source = _described(table, layout, cells)
    source.notes = (*source.notes, *map(Message, _end_notes(layout, left_out, cells)))
    return source


class _NotPlainError(Exception):
    """A cell is no plain number, and it has not been looked yet at what cells there are."""


def _end_notes(layout: CsvLayout, left_out: Sequence[Row], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Say which lines under the table were left out, and which may be none of its rows."""
    if left_out and layout.skip_footer is None:
        lines = [line for line, row in left_out if any(cell.strip() for cell in row)]
        shown = short(next(cell for line, row in left_out for cell in row if cell.strip()))
        is_one = len(lines) == 1
        which = f"line {lines[0]}" if is_one else f"lines {lines[0]} to {lines[-1]}"
        yield (
            f"{which} of {layout.path} ({shown}) {'was' if is_one else 'were'} left out as no part of the "
            f"table; if rows are among them, say {setting('skip_footer', 0)}"
        )
    for column in cells:
        last = list(itertools.takewhile(is_total, reversed(column[-_MOST_TOTALS:])))
        if last and layout.skip_footer is None and not any(map(is_total, column[: -len(last)])):
            row, is_, it = ("row", "is", "it is") if len(last) == 1 else ("rows", "are", "they are")
            yield (
                f"the last {row} of {layout.path} {is_} called {listed(last[::-1])}; if {it} no {row} but "
                f"made of the others, say {setting('skip_footer', len(last) + len(left_out))}"
            )
            return


def _described(table: Source, layout: CsvLayout, cells: list[list[str]]) -> Source:
    """Give a table the names and the columns that stood beside it, and a way to say where a cell stands."""
    if not len(table) and layout.skip_footer:
        raise DataFileError(
            f"{layout.path} has no rows above those that {setting('skip_footer', layout.skip_footer)} leaves "
            "out; leave out fewer."
        )
    columns = dict(zip(layout.carried, cells, strict=True))
    if layout.names_rows:
        table.row_names = tuple(columns.pop("row_names"))
    for name, column in columns.items():
        table.carried[name], text = typed_values(column, layout.decimal)
        if text is not None:
            table.written_as[name] = text
    table.target_name = next(iter(columns)) if layout.has_target else None
    if layout.names is not None:
        table.feature_names = tuple(layout.names[number] for number in layout.numeric)
        table.column_order = layout.names
    table.header_found, table.notes = layout.names is not None, layout.notes
    return table


@dataclass(frozen=True)
class _Places:
    """Says where rows and cells stand, as an editor counts lines.

    Parameters
    ----------
    layout : CsvLayout
        Of the table.
    n_plain : int
        How many rows, the first ones, are a line each.
    lines : int array
        On which lines the others start.
    """

    layout: CsvLayout
    n_plain: int
    lines: Int64[np.ndarray, " rows"]

    def line(self, row: int) -> int:
        """Say on which line a row starts."""
        return self.layout.first_line + row if row < self.n_plain else int(self.lines[row - self.n_plain])

    def __call__(self, row: int, column: int) -> str:
        return f"line {self.line(row)}, {self.layout.column(self.layout.numeric[column])}"


def _read_lines(layout: CsvLayout, left_out: list[Row]) -> tuple[Source, list[list[str]], _Places]:
    """Read all rows: blocks of plain lines at the speed of C, others cell by cell."""
    collected = CollectedRows(len(layout.numeric), layout.path)
    columns: list[list[str]] = [[] for _ in layout.carried]
    places = list(layout.carried.values())
    step = max(1, _BLOCK_CELLS // layout.n_columns)
    is_plain = layout.text.has_lines and not layout.skip_footer
    line = _plain_lines(layout, collected, columns, step) if is_plain else layout.first_line
    if line is None:
        table = collected.table()
        return table, columns, _Places(layout, len(table), np.empty(0, np.int64))
    # From here on with quotes, blank lines or faults: row by row, by a reader that knows them all.
    rest, starts = layout.rows(line, left_out), [np.empty(0, np.int64)]
    while rows := list(itertools.islice(rest, step)):
        collected.append(_with_gaps(_float64_rows(rows, layout), layout))
        starts.append(np.array([number for number, _ in rows], np.int64))
        for column, place in zip(columns, places, strict=True):
            column += [cells[place] for _, cells in rows]
    return collected.table(), columns, _Places(layout, line - layout.first_line, np.concatenate(starts))


def _plain_lines(
    layout: CsvLayout, collected: CollectedRows, columns: list[list[str]], step: int
) -> int | None:
    """Read blocks of plain lines; return the line of the first that is not, or None where there is none."""
    with layout.text.open() as handle:
        lines = itertools.islice(handle, layout.first_line - 1, None)
        line = layout.first_line
        has_ended = False
        while block := list(itertools.islice(lines, step)):
            height = len(block)
            while block and block[-1].isspace() and layout.delimiter not in block[-1]:
                block.pop()  # blank lines may stand at the end
            if not block:
                has_ended = True
                continue
            apart = None if has_ended else _apart(block, layout)
            numbers = None if apart is None else _numbers(apart[1], layout, apart[1] is not block)
            if apart is None or numbers is None or _has_remark(block, numbers, layout):
                return line
            if line == layout.first_line and isinstance(layout.path, Path):
                # A packed file is shorter than its text, and goes there later.
                collected.expect(numbers.nbytes * layout.path.stat().st_size / sum(map(len, block)))
            collected.append(_with_gaps(numbers, layout))
            for column, found in zip(columns, apart[0], strict=True):
                column += found
            line += height
            has_ended = len(block) < height
    return None


def _apart(block: list[str], layout: CsvLayout) -> tuple[list[list[str]], list[str]] | None:
    """Take the cells of no features out of lines without quotes, and give back those that are carried.

    None where a line is not as plain as that.

    From both ends of the lines they are cut off, which is faster than to choose the numbers, and without
    lists of cells, which Python's collector of garbage would look through.
    """
    mark, width, places = layout.delimiter, layout.n_columns, layout.carried.values()
    n_aside = width - len(layout.numeric)
    if any(map(operator.contains, block, itertools.repeat('"'))):
        return None
    if width == 1 and any(text.isspace() for text in block):
        return None
    if not n_aside:  # then the reader of the numbers counts the cells
        return [], block
    before, after = (layout.numeric[0], width - 1 - layout.numeric[-1]) if layout.numeric else (0, 0)
    if n_aside == before + after <= _CUT_COLUMNS and len(layout.numeric) > 1:  # as it does here
        found = {}
        try:
            for place in range(before):
                found[place] = [text[: text.index(mark)] for text in block]
                block = [text[text.index(mark) + 1 :] for text in block]
            for place in range(width - 1, width - 1 - after, -1):
                found[place] = [text[text.rindex(mark) + 1 :].rstrip("\n") for text in block]
                block = [text[: text.rindex(mark)] for text in block]
        except ValueError:
            return None
        return [found[place] for place in places], block
    if any(text.count(mark) != width - 1 for text in block):
        return None
    rows = [text.rstrip("\n").split(mark) for text in block]
    return [[cells[place] for cells in rows] for place in places], block


def _numbers(block: list[str], layout: CsvLayout, is_cut: bool) -> Cells | None:
    """Turn lines into numbers; None where a cell is neither one nor missing."""
    is_all = is_cut or len(layout.numeric) == layout.n_columns
    mark, columns = layout.delimiter, None if is_all else layout.numeric
    if not layout.numeric:
        return np.empty((len(block), 0))
    if not block[0].strip("\n"):  # a row that is too short, of which numpy would warn
        return None
    if layout.thousands and any(map(operator.contains, block, itertools.repeat(layout.thousands))):
        return None
    is_comma = layout.decimal == ","
    if is_comma and mark == ",":  # decimals within quotes
        return None
    may_group = is_comma and layout.thousands is None
    if may_group and any("." in text and layout.points.search(text) for text in block):
        return None
    for fills_gaps in (False, True):
        if fills_gaps:
            block = [layout.gap.sub("nan", text.rstrip("\n")) for text in block]
        plain = [text.replace(",", ".") for text in block] if is_comma else block
        try:
            numbers = np.loadtxt(plain, np.float64, None, mark, usecols=columns, ndmin=2)
        except ValueError:
            continue
        # Of rows, never seen to differ, but labels beside the wrong rows would be silent.
        return numbers if numbers.shape == (len(block), len(layout.numeric)) else None
    return None


def _or_footer(layout: CsvLayout, line: int, cells: Sequence[str]) -> str:
    """Say how a row near the end is left out."""
    if layout.skip_footer is not None or len(cells) > layout.n_columns:
        return ""
    with contextlib.suppress(DataFileError, UnicodeError):
        left = [row for _, row in itertools.islice(layout.rows(line), _MOST_TOTALS + 1)]
        if len(left) <= _MOST_TOTALS and all(len(row) < layout.n_columns for row in left):
            return f", or if the table ends above, say {setting('skip_footer', len(left))}"
    return ""


def _has_remark(block: Sequence[str], numbers: Cells, layout: CsvLayout) -> bool:
    """Whether a row without a number may be a remark under the table, or stand above one."""
    if layout.skip_footer is not None:
        return False
    may_be = np.flatnonzero(np.isnan(numbers[:, :1]).all(axis=1))
    empty = may_be[np.isnan(numbers[may_be]).all(axis=1)] if len(may_be) else may_be
    rows = (block[row].rstrip("\n").split(layout.delimiter) for row in empty.tolist())
    n_columns = layout.n_columns
    return any(not any(map(str.strip, row)) or is_remark(row, n_columns, is_apart=True) for row in rows)


def _with_gaps(numbers: Cells, layout: CsvLayout) -> Cells:
    """Have cells be missing that hold a number which stands for that."""
    for number in layout.missing_numbers:
        numbers[numbers == number] = np.nan
    return numbers


def _float64_rows(rows: Sequence[tuple[int, Sequence[str]]], layout: CsvLayout) -> Cells:
    """Read rows as numbers, column by column; or raise the error for their first fault, row by row."""
    lines = [line for line, _ in rows]
    numbers = np.empty((len(rows), len(layout.numeric)))
    try:
        columns = list(zip(*(cells for _, cells in rows), strict=True))
        if len(columns) != layout.n_columns:
            raise ValueError
        for place, number in enumerate(layout.numeric):
            plain = plain_numbers(columns[number], layout.decimal)
            if plain is None:
                each = zip(columns[number], lines, strict=True)
                plain = [_float64(cell, line, number, layout) for cell, line in each]
            numbers[:, place] = plain
    except (ValueError, _NotPlainError):  # a DataFileError is a ValueError, too
        for (line, cells), row in zip(rows, numbers, strict=True):
            if len(cells) != layout.n_columns:
                raise DataFileError(
                    f"{layout.path}, line {line}: expected {layout.n_columns} cells as in the first line, "
                    f"got {len(cells)}; give every row the same number of cells"
                    f"{_or_footer(layout, line, cells)}."
                ) from None
            row[:] = [_float64(cells[number], line, number, layout) for number in layout.numeric]
    return numbers


def _float64(cell: str, line: int, number: int, layout: CsvLayout) -> float:
    """Read one cell as a number."""
    if cell.strip().lower() in layout.missing:
        return np.nan
    value = layout.notation.number(cell)
    if value is not None:
        return value
    if layout.units is None:
        raise _NotPlainError
    return _measured(cell, line, number, layout)


def _measured(cell: str, line: int, number: int, layout: CsvLayout) -> float:
    """Read a number with a unit behind it or a limit before it, or TRUE and FALSE."""
    if number in layout.truths and (is_true := truth(cell)) is not None:
        return is_true
    found = layout.notation.read(cell)
    if found is None or found.unit != (layout.units or {}).get(number, ""):  # the file has changed meanwhile
        raise cell_fault(layout, line, number, cell)
    if not found.limit:
        return found.value
    rule = layout.below_limit if found.limit == "<" else layout.above_limit
    if rule == "half" and found.value < 0:
        raise DataFileError(
            f"{layout.path}, line {line}, {layout.column(number)}: half of the limit in {cell!r} lies above "
            f"it; say {setting('below_limit', 'limit')}."
        )
    return {"half": found.value / 2, "zero": 0.0, "missing": np.nan}.get(rule or "", found.value)
