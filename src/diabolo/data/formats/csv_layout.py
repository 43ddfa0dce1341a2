"""How a text table is laid out: its delimiter, its header, its label column."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diabolo.data.csv_cells import kind
from diabolo.data.format import ReadingOptions
from diabolo.data.label import kept_numbers, label_number, typed_number
from diabolo.errors import DataFileError, ParameterError


@dataclass(frozen=True)
class CsvLayout:
    """What has been found out about a text table before its numbers are read.

    Parameters
    ----------
    path : Path
        The file.
    delimiter : str
        The one character between cells.
    names : tuple of str of length n_columns, or None
        The header, the label column included; None where there is no header.
    n_columns : int
        Cells in a row, the label column included.
    label : int or None
        The number of the column to carry along, counted from 0.
    first_line : int
        The line on which the first row of numbers starts, as an editor counts.
    kept : tuple of int, default ()
        The numbers of further columns to carry along.
    allows_missing : bool, default False
        Whether a cell may be missing.

    Examples
    --------
    >>> layout = CsvLayout(Path("iris.csv"), ",", ("width", "species"), 2, label=1, first_line=2)
    >>> layout.column(0), layout.numeric(["5.1", "setosa"])
    ("column 'width' (number 0)", ['5.1'])
    """

    path: Path
    delimiter: str
    names: tuple[str, ...] | None
    n_columns: int
    label: int | None
    first_line: int
    kept: tuple[int, ...] = ()
    allows_missing: bool = False

    @property
    def carried(self) -> tuple[int, ...]:
        """The numbers of all columns that are carried along, the label column first."""
        return self.kept if self.label is None else (self.label, *self.kept)

    def column(self, number: int) -> str:
        """Name a column in a message; its number is counted from 0."""
        return f"column {self.names[number]!r} (number {number})" if self.names else f"column {number}"

    def numeric(self, cells: Sequence[str]) -> Sequence[str]:
        """Leave out the cells of the columns that are carried along."""
        if self.kept:
            return [cell for number, cell in enumerate(cells) if number not in self.carried]
        return cells if self.label is None else [*cells[: self.label], *cells[self.label + 1 :]]


def find_layout(path: Path, options: ReadingOptions) -> CsvLayout:
    r"""Find out how a text table is laid out, from its first two rows and what the caller settled.

    The first line is a header if it has text in a column whose next cell is no text; if every cell is a
    number, or text stands above text, it is not.

    Parameters
    ----------
    path : Path
        An existing text file.
    options : ReadingOptions
        `header`, `delimiter` and `label_column` where the caller settles them.

    Returns
    -------
    CsvLayout
        The decision.

    Raises
    ------
    DataFileError
        There is no row, a column name stands twice or is missing, or the label column does not exist.
    ParameterError
        The delimiter is not one character.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "iris.csv"
    >>> _ = path.write_text("width;species\n5.1;setosa\n")
    >>> layout = find_layout(path, ReadingOptions(label_column="species"))
    >>> layout.delimiter, layout.names, layout.label, layout.first_line
    (';', ('width', 'species'), 1, 2)
    """
    delimiter = _delimiter(path, options.delimiter)
    with contextlib.closing(records(path, delimiter)) as stream:
        top = list(itertools.islice(stream, 2))
    if not top:
        raise DataFileError(f"{path} holds blank lines only, so there are no rows to read.")
    (first_line, first), (second_line, second) = top[0], (top[1] if len(top) > 1 else (0, None))
    wanted = options.label_column
    wanted = None if wanted is None else typed_number(wanted, first)
    header = options.header if options.header is not None else _has_header(first, second, options)
    names = tuple(first) if header else None
    if names and second is None:
        raise DataFileError(
            f"{path} has a header but no rows under it"
            + ("." if options.header else "; if its only line is a row of numbers, say header=False.")
        )
    label = label_number(wanted, names, len(first), str(path))
    kept = kept_numbers(options.keep_columns, label, names, len(first), str(path))
    if names:
        _check_names(names, (label, *kept), first_line, path)
    start = second_line if header else first_line
    allows_missing = bool(options.allows_missing)
    return CsvLayout(path, delimiter, names, len(first), label, start, kept, allows_missing)


def records(path: Path, delimiter: str) -> Generator[tuple[int, list[str]]]:
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
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle, delimiter=delimiter, strict=True)
        blank_line = 0
        line = 1
        try:
            for cells in reader:
                if not cells or (len(cells) == 1 and not cells[0].strip()):
                    blank_line = blank_line or line
                elif blank_line:
                    raise DataFileError(
                        f"{path}, line {blank_line}: the line is blank and rows follow it; "
                        "missing values are not supported here, so fill or remove it."
                    )
                else:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as problem:
            raise DataFileError(
                f"{path}, line {line}: the row that starts here cannot be told into cells ({problem}); "
                "look for a quote that is not closed."
            ) from problem


def _delimiter(path: Path, settled: str | None) -> str:
    if settled is not None:
        if not isinstance(settled, str) or len(settled) != 1 or settled in '"\r\n':
            raise ParameterError(
                "delimiter must be one character such as ',', ';' or '\\t', and no quote or line end; "
                f"got {settled!r}."
            )
        return settled
    if path.suffix.lower() == ".tsv":
        return "\t"
    with path.open(encoding="utf-8-sig") as handle:
        unquoted = re.sub(r'"[^"]*"?', "", handle.readline())
    return ";" if ";" in unquoted and "," not in unquoted else ","


def _has_header(first: Sequence[str], second: Sequence[str] | None, options: ReadingOptions) -> bool:
    carried = [
        typed_number(each, first)
        for each in (options.label_column, *(options.keep_columns or ()))
        if each is not None
    ]
    if any(isinstance(each, str) and each in first for each in carried):
        return True
    if second is None:
        numbers = [each % len(first) for each in carried if isinstance(each, int)]
        return any(kind(cell) == "text" for number, cell in enumerate(first) if number not in numbers)
    return any(kind(a) == "text" != kind(b) for a, b in zip(first, second, strict=False))


def _check_names(names: Sequence[str], carried: Sequence[int | None], line: int, path: Path) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        if not name.strip() and number not in carried:
            raise DataFileError(
                f"{path}, line {line}: column {number} has no name; name it, "
                f"or take it out (row numbers that pandas wrote: index=False)."
            )
        if name in seen:
            raise DataFileError(
                f"{path}, line {line}: the name {name!r} stands over two columns, {seen[name]} and {number} "
                "(counted from 0); give each its own."
            )
        seen[name] = number
