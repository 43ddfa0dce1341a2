"""Text tables: .csv with commas or semicolons, .tsv with tabs, packed by gzip, bzip2 or zstd or not."""

from __future__ import annotations

import contextlib
import functools
import itertools
import operator
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.columns import typed_values
from diabolo.data.disk_cells import CollectedRows
from diabolo.data.formats.csv_layout import CsvLayout, fault, find_layout, kind, records
from diabolo.data.formats.csv_text import open_text, packing_of
from diabolo.data.location import SIGNATURES, RemoteFile, content, damaged
from diabolo.data.sink import Sink, TablePlan
from diabolo.data.source import Source
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Shaped

    Cells = Float64[np.ndarray, "rows n_features"]

__all__ = ["CsvSink", "number_texts", "open_csv"]

# Cells turned to numbers, or to text, together.
_BLOCK_CELLS = 2**18

# So many carried columns are cut off the lines one by one.
_CUT_COLUMNS = 4


def open_csv(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Source:
    r"""Read a text table in UTF-8, one row a line, quoted as RFC 4180 says where need be.

    Cells are float64; a missing one is NaN. They are kept in memory up to 64 MiB, beyond that in a temporary
    file.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, header, delimiter, decimal
        As of `diabolo.open`. A first column called ``row_names`` names the rows.

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
    if held != packed.holds if packed.holds else held in SIGNATURES.values():
        raise DataFileError(
            f"{path} is named as a {'packed ' if packed.holds else ''}text table but holds {held}: "
            f"give it the name that fits, or {'pack it' if packed.holds else 'save it as text'}."
        )
    try:
        layout = find_layout(path, target, keep_columns, header, delimiter, decimal)
        table, cells = _read_lines(layout)
    except UnicodeDecodeError as problem:
        raise _not_utf8(path) from problem
    return _described(table, layout, cells)


def _described(table: Source, layout: CsvLayout, cells: list[list[str]]) -> Source:
    """Give a table the names and the columns that stood beside it, and a way to say where a cell stands."""
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
    table.locate = functools.partial(_place, layout)
    return table


def _place(layout: CsvLayout, row: int, column: int) -> str:
    """Say where a cell stands as an editor counts; the file is read again to find its line."""
    name = layout.column(layout.numeric[column])
    with contextlib.suppress(Exception):  # the file may have changed or gone meanwhile
        lines = (line for line, _ in records(layout.path, layout.delimiter) if line >= layout.first_line)
        return f"line {next(itertools.islice(lines, row, None))}, {name}"
    return f"row {row} (counted from 0), {name}"


def _read_lines(layout: CsvLayout) -> tuple[Source, list[list[str]]]:
    """Read all rows: blocks of plain lines at the speed of C, others cell by cell."""
    collected = CollectedRows(len(layout.numeric), layout.path)
    columns: list[list[str]] = [[] for _ in layout.carried]
    places = list(layout.carried.values())
    rest: Iterator[tuple[int, list[str]]] | None = None
    step = max(1, _BLOCK_CELLS // layout.n_columns)
    with open_text(layout.path) as handle:
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
            if apart is None or numbers is None:
                rest = records(layout.path, layout.delimiter)
                break
            if line == layout.first_line and isinstance(layout.path, Path):
                # A packed file is shorter than its text, and goes there later.
                collected.expect(numbers.nbytes * layout.path.stat().st_size / sum(map(len, block)))
            collected.append(numbers)
            for column, found in zip(columns, apart[0], strict=True):
                column += found
            line += height
            has_ended = len(block) < height
    if rest is None:
        return collected.table(), columns
    # From here on with quotes, blank lines or faults: row by row, by a reader that knows them all.
    wanted = ((number, cells) for number, cells in rest if number >= line)
    while rows := list(itertools.islice(wanted, step)):
        collected.append(np.array([_float64_row(cells, number, layout) for number, cells in rows]))
        for column, place in zip(columns, places, strict=True):
            column += [cells[place] for _, cells in rows]
    return collected.table(), columns


def _apart(block: list[str], layout: CsvLayout) -> tuple[list[list[str]], list[str]] | None:
    """Take the carried cells out of lines without quotes; None where a line is not as plain as that.

    From both ends of the lines they are cut off, which is faster than to choose the numbers, and without
    lists of cells, which Python's collector of garbage would look through.
    """
    mark, width, places = layout.delimiter, layout.n_columns, layout.carried.values()
    if any(map(operator.contains, block, itertools.repeat('"'))):
        return None
    if width == 1 and any(text.isspace() for text in block):
        return None
    if not places:  # then the reader of the numbers counts the cells
        return [], block
    before, after = layout.numeric[0], width - 1 - layout.numeric[-1]
    if len(places) == before + after <= _CUT_COLUMNS and len(layout.numeric) > 1:  # as it does here
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
    mark, columns = layout.delimiter, None if is_cut or not layout.carried else layout.numeric
    if not block[0].strip("\n"):  # a row that is too short, of which numpy would warn
        return None
    if layout.decimal != ".":
        if any("." in text and layout.thousands.search(text) for text in block):
            return None
        block = [text.replace(layout.decimal, ".") for text in block]
    for fills_gaps in (False, True):
        if fills_gaps:
            block = [layout.gap.sub("nan", text.rstrip("\n")) for text in block]
        try:
            numbers = np.loadtxt(block, np.float64, None, mark, usecols=columns, ndmin=2)
        except ValueError:
            continue
        # Of rows, never seen to differ, but labels beside the wrong rows would be silent.
        return numbers if numbers.shape == (len(block), len(layout.numeric)) else None
    return None


def _float64_row(cells: Sequence[str], line: int, layout: CsvLayout) -> Float64[np.ndarray, " n_features"]:
    """Read one row as numbers, or raise the error for its first fault."""
    if len(cells) != layout.n_columns:
        raise DataFileError(
            f"{layout.path}, line {line}: expected {layout.n_columns} cells as in the first line, "
            f"got {len(cells)}; give every row the same number of cells."
        )
    row = np.empty(len(layout.numeric))
    for place, number in enumerate(layout.numeric):
        what = kind(cells[number], layout.decimal)
        if what == "text":
            name = layout.names[number] if layout.names else number
            first = line == layout.first_line
            found = fault(cells[number], layout.delimiter, name, first, layout.decimal)
            raise DataFileError(f"{layout.path}, line {line}, {layout.column(number)}: {found}")
        row[place] = np.nan if what == "missing" else float(cells[number].replace(layout.decimal, "."))
    return row


def _not_utf8(path: Path | RemoteFile) -> DataFileError:
    """Find the first byte that is not UTF-8: the decoder counts from wherever its buffer began."""
    offset = 0
    try:
        with packing_of(path).open(path) as handle:
            for line, text in enumerate(handle, 1):
                try:
                    text.decode("utf-8")
                except UnicodeDecodeError as problem:
                    byte = text[problem.start]
                    return DataFileError(
                        f"{path} is not UTF-8: byte {offset + problem.start} of the file (0x{byte:02x}, in "
                        f"line {line}) cannot be read; save the file with UTF-8 encoding."
                    )
                offset += len(text)
    except Exception as problem:  # packed, and damaged besides
        return damaged(path, problem)
    raise AssertionError("a file that cannot be decoded has a byte that cannot be decoded")


class CsvSink(Sink):
    """One row a line: the row's name if it has one, the cells, the carried columns.

    A missing cell is empty, or ``nan`` where the line would be blank.

    There is a header where there are names of any kind; columns without a name are then called ``column_0``
    and so on.
    """

    taken = ("row_names",)
    names_columns = True

    def __init__(self, plan: TablePlan) -> None:
        super().__init__(plan)
        for number, name in enumerate(plan.column_names or ()):
            if not name.strip():
                raise DataFileError(
                    f"{plan.path} cannot be written: column {number} (counted from 0) has the name {name!r}, "
                    "and a text table needs one with something in it; rename the column."
                )

    def begin(self, place: Path) -> None:
        """Write the header."""
        plan = self.plan
        self._delimiter = "\t" if plan.path.suffix.lower() == ".tsv" else ","
        self._missing = "nan" if plan.n_columns == 1 and plan.row_names is None and not plan.carried else ""
        self._file = place.open("w", encoding="utf-8", newline="")
        if plan.column_names is not None or plan.carried or plan.row_names is not None:
            first = [] if plan.row_names is None else ["row_names"]
            names = plan.in_order([*plan.named_columns(), *plan.carried])
            self._write_line([_quoted(name, self._delimiter) for name in (*first, *names)])

    def _write_line(self, cells: Sequence[str]) -> None:
        self._file.write(self._delimiter.join(cells) + "\n")

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        infinite = np.isinf(block) if block.dtype.kind == "f" else np.zeros(1, bool)
        if infinite.any():
            row, column = (int(index) for index in np.argwhere(infinite)[0])
            raise DataFileError(
                f"{self.plan.path} cannot be written: row {start + row}, column {column} (both counted from "
                f"0) is {block[row, column]}, which a text table cannot hold."
            )
        plan = self.plan
        step = max(1, _BLOCK_CELLS // block.shape[1])
        for first in range(0, len(block), step):
            part = block[first : first + step]
            for number, texts in enumerate(_texts(part, self._missing), start + first):
                name = [] if plan.row_names is None else [_quoted(plan.row_names[number], self._delimiter)]
                last = [_quoted(str(values[number]), self._delimiter) for values in plan.carried.values()]
                self._write_line([*name, *plan.in_order([*texts, *last])])


def _texts(part: Shaped[np.ndarray, "rows n_columns"], missing: str) -> list[list[str]]:
    if part.dtype == np.float32:
        texts = number_texts(part)
    else:
        cells: Any = part.astype(np.int64) if part.dtype.kind == "b" else part
        texts = [[str(value) for value in row] for row in cells.tolist()]
    if part.dtype.kind == "f":
        for row, column in np.argwhere(np.isnan(part)):
            texts[row][column] = missing
    return texts


def number_texts(rows: Float32[np.ndarray, "n_rows n_features"]) -> list[list[str]]:
    """Write numbers with the fewest digits that give back the same float32.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features), float32
        The numbers.

    Returns
    -------
    list of list of str
        A text for each.

    Examples
    --------
    >>> number_texts(np.float32([[0.1, 2]]))
    [['0.1', '2.0']]
    """
    # Each distinct number once: pixels have few. By their bits, so that -0.0 stays apart from 0.0.
    bits, place = np.unique(np.ascontiguousarray(rows).view(np.uint32), return_inverse=True)
    distinct = bits.view(np.float32)
    texts = distinct.astype(str)
    # Readers parse to float64 and round again, which for a few numbers (7.038531e-26) ends one step off:
    # those get the digits of the float64 of the same value.
    for index in np.flatnonzero(texts.astype(np.float64).astype(np.float32) != distinct):
        texts[index] = repr(float(distinct[index]))
    return np.array(texts.tolist(), object)[place.reshape(rows.shape)].tolist()


def _quoted(text: str, delimiter: str) -> str:
    """Quote a cell where need be."""
    # The byte order mark too: at the start of a file it would be taken for one.
    if not text or text.isspace() or any(mark in text for mark in (delimiter, '"', "\r", "\n", "\ufeff")):
        return '"' + text.replace('"', '""') + '"'
    return text
