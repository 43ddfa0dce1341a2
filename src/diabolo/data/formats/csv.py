"""Text tables: .csv with commas or semicolons, .tsv with tabs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.collected_rows import CollectedRows
from diabolo.data.csv_cells import fault, kind
from diabolo.data.csv_layout import CsvLayout, find_layout, records
from diabolo.data.format import ReadingOptions
from diabolo.data.label import carried_name
from diabolo.data.location import SIGNATURES, content, unreadable
from diabolo.data.table import Table
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32

    Rows = Float32[np.ndarray, "n_rows n_features"]

# Cells turned to text together when writing, and looked at together when reading.
_BLOCK_CELLS = 1 << 18
# Cells turned to numbers together when reading.
_PARSED_CELLS = 1 << 22


class CsvFormat:
    r"""Text tables in UTF-8, one row a line, quoted as RFC 4180 says where need be.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.csv"
    >>> csv_format = CsvFormat()
    >>> csv_format.write(path, np.float32([[0.1, 2], [3, 4]]), ["code0", "code1"], {"kind": ["a", "b"]})
    >>> path.read_text()
    'code0,code1,kind\n0.1,2.0,a\n3.0,4.0,b\n'
    >>> csv_format.read(path, ReadingOptions(label_column="kind")).carried
    {'kind': ['a', 'b']}
    """

    suffixes = (".csv", ".tsv")
    heeds = frozenset({"label_column", "header", "delimiter", "keep_columns", "allows_missing"})

    def read(self, path: Path, options: ReadingOptions) -> Table:
        """Read a text table; see `diabolo.data.opening.read_table`."""
        held = content(path)
        if held in SIGNATURES.values():
            raise DataFileError(
                f"{path} is named as a text table but holds {held}: "
                "give it the name that fits, or save it as text."
            )
        try:
            layout = find_layout(path, options)
            rows, columns = _read_plain(layout) or _read_quoted(layout)
        except UnicodeDecodeError as problem:
            raise _not_utf8(path) from problem
        except OSError as problem:
            raise unreadable(path, problem) from problem
        names = layout.names
        called = {number: carried_name(number, names) for number in layout.carried}
        if layout.label is not None:
            called[layout.label] = names[layout.label] if names else "label"
        carried = {called[number]: cells for number, cells in zip(layout.carried, columns, strict=True)}
        feature_names = None if names is None else tuple(layout.numeric(names))
        return Table(rows, feature_names, carried, path, header_found=names is not None)

    def write(
        self,
        path: Path,
        rows: Rows,
        feature_names: Sequence[str] | None,
        carried: Mapping[str, Sequence[Any] | np.ndarray],
    ) -> None:
        """Write a text table; see `diabolo.data.opening.write_table`."""
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        columns = [[quoted(str(value), delimiter) for value in values] for values in carried.values()]
        step = max(1, _BLOCK_CELLS // rows.shape[1])
        with atomic_write(path, "t") as handle:
            if feature_names is not None:
                header = [quoted(name, delimiter) for name in (*feature_names, *carried)]
                handle.write(delimiter.join(header) + "\n")
            for start in range(0, len(rows), step):
                texts = number_texts(rows[start : start + step])
                ends = zip(*(column[start : start + step] for column in columns), strict=True)
                for row, end in itertools.zip_longest(texts, ends, fillvalue=()):
                    handle.write(delimiter.join((*row, *end)) + "\n")


def _read_plain(layout: CsvLayout, before: int | None = None) -> tuple[Any, list[list[str]]] | None:
    """Read a table without quotes at the speed of C; None where the table needs the general reader.

    A faulty cell is reported from here, since the general reader would take a minute to get to it.
    Lines from `before` on are not read.
    """
    plain = _PlainLines(layout, before)
    carried = layout.carried
    kept = [n for n in range(layout.n_columns) if n not in carried] if carried else None
    collected = CollectedRows(layout.n_columns - len(carried), layout.path)
    lines, step = iter(plain), max(1, _PARSED_CELLS // layout.n_columns)
    try:
        for line in lines:
            rows = np.loadtxt(
                itertools.chain([line], lines),
                np.float32,
                comments=None,
                delimiter=layout.delimiter,
                usecols=kept,
                ndmin=2,
                max_rows=step,
            )
            if not _all_finite(rows, layout, layout.first_line + collected.n_rows):
                return None
            collected.append(rows)
    except (UnicodeDecodeError, DataFileError):
        raise
    except ValueError:
        if '"' not in plain.text and not layout.allows_missing:
            # nan and inf pass as numbers until a block is read, so an earlier one must be looked for first.
            if plain.line > layout.first_line:
                _read_plain(layout, before=plain.line)
            _float32_row(plain.text.rstrip("\n").split(layout.delimiter), plain.line, layout)
        return None
    if collected.n_rows != plain.count:  # never seen, but labels beside the wrong rows would be silent
        return None
    return collected.table(), plain.columns


def _all_finite(rows: Rows, layout: CsvLayout, first_line: int) -> bool:
    """Look for cells that are no finite numbers; where they may not be, say which is the first."""
    step = max(1, _BLOCK_CELLS // rows.shape[1])
    for start in range(0, len(rows), step):
        finite = np.isfinite(rows[start : start + step]).all(axis=1)
        if finite.all():
            continue
        if not layout.allows_missing:
            line = first_line + start + int(np.argmin(finite))
            with layout.path.open(encoding="utf-8-sig") as handle:
                text = next(itertools.islice(handle, line - 1, None))
            _float32_row(text.rstrip("\n").split(layout.delimiter), line, layout)
        return False
    return True


class _PlainLines:
    """The lines of a table without quotes, each found to have the right number of cells.

    Iterating raises ValueError at the first line that is not plain; `text` and `line` then say which.
    """

    def __init__(self, layout: CsvLayout, before: int | None) -> None:
        self.layout = layout
        self.before = before
        self.columns: list[list[str]] = [[] for _ in layout.carried]
        self.text = ""
        self.line = 0
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        layout, delimiter, label = self.layout, self.layout.delimiter, self.layout.label
        delimiters = layout.n_columns - 1
        blank = False
        with layout.path.open(encoding="utf-8-sig") as handle:
            end = None if self.before is None else self.before - 1
            lines = itertools.islice(handle, layout.first_line - 1, end)
            for self.line, text in enumerate(lines, layout.first_line):
                self.text = text
                if text.isspace() and delimiter not in text:
                    blank = True
                    continue
                if blank or text.count(delimiter) != delimiters or '"' in text:
                    raise ValueError("not a plain line")
                self.count += 1
                if layout.kept:
                    cells = text.rstrip("\n").split(delimiter)
                    for column, number in zip(self.columns, layout.carried, strict=True):
                        column.append(cells[number])
                elif label == 0:
                    self.columns[0].append(text.split(delimiter, 1)[0])
                elif label is not None:
                    # From the end: the label column is the last one as a rule.
                    self.columns[0].append(text.rstrip("\n").rsplit(delimiter, delimiters + 1 - label)[1])
                yield text


def _read_quoted(layout: CsvLayout) -> tuple[Any, list[list[str]]]:
    """Read any table, row by row."""
    collected = CollectedRows(layout.n_columns - len(layout.carried), layout.path)
    columns: list[list[str]] = [[] for _ in layout.carried]
    for line, cells in records(layout.path, layout.delimiter):
        if line < layout.first_line:
            continue
        collected.append(_float32_row(cells, line, layout))
        for column, number in zip(columns, layout.carried, strict=True):
            column.append(cells[number])
    return collected.table(), columns


def _float32_row(cells: Sequence[str], line: int, layout: CsvLayout) -> Float32[np.ndarray, " n_features"]:
    """Read one row as numbers, or raise the error for its first fault."""
    if len(cells) != layout.n_columns:
        raise DataFileError(
            f"{layout.path}, line {line}: expected {layout.n_columns} cells as in the first line, "
            f"got {len(cells)}; give every row the same number of cells."
        )
    numeric = layout.numeric(cells)
    missing = [kind(cell) == "missing" for cell in numeric] if layout.allows_missing else ()
    try:
        with np.errstate(over="ignore"):
            values = [0.0 if gap else float(cell) for gap, cell in itertools.zip_longest(missing, numeric)]
            row = np.array(values, np.float64).astype(np.float32)
    except ValueError:
        row = np.full(1, np.nan, np.float32)
    if np.isfinite(row).all() and "_" not in "".join(numeric):
        if any(missing):
            row[np.array(missing)] = np.nan
        return row
    first = line == layout.first_line
    for number, cell in enumerate(cells):
        name = layout.names[number] if layout.names else number
        is_allowed = layout.allows_missing and kind(cell) == "missing"
        is_read = number not in layout.carried and not is_allowed
        found = fault(cell, layout.delimiter, name, first) if is_read else None
        if found:
            raise DataFileError(f"{layout.path}, line {line}, {layout.column(number)}: {found}")
    raise AssertionError("a row that cannot be read has a cell that cannot be read")


def _not_utf8(path: Path) -> DataFileError:
    """Find the first byte that is not UTF-8: the decoder counts from wherever its buffer began."""
    offset = 0
    with path.open("rb") as handle:
        for line, text in enumerate(handle, 1):
            try:
                text.decode("utf-8")
            except UnicodeDecodeError as problem:
                byte = text[problem.start]
                return DataFileError(
                    f"{path} is not UTF-8: byte {offset + problem.start} of the file (0x{byte:02x}, in line "
                    f"{line}) cannot be read; save the file with UTF-8 encoding."
                )
            offset += len(text)
    raise AssertionError("a file that cannot be decoded has a byte that cannot be decoded")


def number_texts(rows: Rows) -> list[list[str]]:
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


def quoted(text: str, delimiter: str) -> str:
    """Quote a cell where need be.

    Parameters
    ----------
    text : str
        What the cell says.
    delimiter : str
        The character between cells.

    Returns
    -------
    str

    Examples
    --------
    >>> quoted("plain", ","), quoted("a,b", ",")
    ('plain', '"a,b"')
    """
    # The byte order mark too: at the start of a file it would be taken for one.
    if not text or text.isspace() or any(mark in text for mark in (delimiter, '"', "\r", "\n", "\ufeff")):
        return '"' + text.replace('"', '""') + '"'
    return text
