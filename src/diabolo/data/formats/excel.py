"""Spreadsheets of Excel (.xlsx): a sheet is read as the text table that it would be saved as."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from diabolo.data.columns import listed
from diabolo.data.formats.csv import read_table
from diabolo.data.formats.csv_layout import find_layout
from diabolo.data.formats.excel_extent import check_extent
from diabolo.data.location import check_content, damaged
from diabolo.data.remote_file import RemoteFile
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError, nearest_name
from diabolo.messages import Message, setting

__all__ = ["open_excel"]

# Rows that are shown as lines, for what stands above the table.
_SHOWN_ROWS = 1000


def open_excel(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    header: bool | None = None,
    sheet: str | None = None,
    **settled: Any,
) -> Source:
    """Read a sheet of a spreadsheet, a row a row; an empty cell is a missing one.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns, header, sheet
        As of `diabolo.open`.
    **settled
        Lines above the table and limits, as of `diabolo.open`, too.

    Returns
    -------
    Source
        Its cells are float64. Its `notes` say what was found out and could be wrong.

    Raises
    ------
    DataFileError
        There is no such sheet, or a cell is no number; with the row, called a line, and the column.
    ParameterError
        The package that reads such files is not installed.
    """
    check_content(path, "an .xlsx file", "a zip archive")
    calamine = _import_calamine(path)
    check_extent(path)
    try:
        with path.open("rb") as handle:
            book = calamine.load_workbook(handle)
            name, further = _chosen_sheet(path, book, sheet, calamine)
            cells = book.get_sheet_by_name(name)
            rows, start = cells.to_python(), cells.start
    except calamine.PasswordError as problem:
        raise DataFileError(
            f"{path} is protected by a password: save it without one, or as CSV."
        ) from problem
    except BaseException as problem:
        if type(problem).__name__ == "PanicException":  # of Rust, and none of Python's usual exceptions
            raise damaged(path, ValueError(str(problem))) from None
        raise
    if start is None:
        raise DataFileError(f"{path}: the sheet {name!r} is empty, so there are no rows to read.")
    text = _SheetText(path, [[_text(cell) for cell in row] for row in rows], start[0])
    layout = find_layout(path, target, keep_columns, header, delimiter=",", decimal=".", text=text, **settled)
    source = read_table(layout)
    if further:
        note = (
            f"of the sheets in {path} the first, {name!r}, was read; for another say "
            f"{setting('sheet', further[0])}" + (f" (or {listed(further[1:])})" if further[1:] else "")
        )
        source.notes = (Message(note), *source.notes)
    return source


def _import_calamine(path: Path | RemoteFile) -> Any:
    try:
        import python_calamine
    except ImportError as problem:
        raise ParameterError(
            f"{path} is read by the package python-calamine, which is not installed: save it as CSV, or "
            'pip install "diabolo[excel]".'
        ) from problem
    return python_calamine


def _chosen_sheet(
    path: Path | RemoteFile, book: Any, sheet: str | None, calamine: Any
) -> tuple[str, list[str]]:
    """Return the sheet that was named, or the first that can be seen and the others."""
    tables = [each for each in book.sheets_metadata if each.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [each.name for each in tables]
    if sheet is not None:
        if sheet not in names:
            raise DataFileError(
                f"{path} has no sheet named {sheet!r}; it has {listed(names)}.{nearest_name(sheet, names)}"
            )
        return sheet, []
    seen = [each.name for each in tables if each.visible == calamine.SheetVisibleEnum.Visible] or names
    if not seen:
        raise DataFileError(f"{path} has no sheet of cells, so there are no rows to read.")
    return seen[0], seen[1:]


def _text(cell: Any) -> str:
    """Write a cell as it would be saved as CSV, numbers with all of their digits."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, (datetime, date)):
        return str(cell)
    return repr(cell) if isinstance(cell, (int, float)) else str(cell)


@dataclass(frozen=True)
class _SheetText:
    """A sheet as a text table, whose lines are rows.

    Parameters
    ----------
    path : Path
        The file.
    rows : list of list of str
        Its cells; all rows are as long as the longest.
    above : int
        Empty rows above them.
    """

    path: Path | RemoteFile
    rows: list[list[str]]
    above: int = 0

    has_lines = False

    def open(self, newline: str | None = None) -> IO[str]:
        """Show the first rows as lines, for what stands above the table."""
        shown = io.StringIO()
        shown.write("\n" * self.above)
        writer = csv.writer(shown, lineterminator="\n")
        for row in self.rows[:_SHOWN_ROWS]:
            cells = [" ".join(cell.split()) for cell in row]
            writer.writerow(cells if any(cells) else [])
        shown.seek(0)
        return shown

    def records(self, delimiter: str, skipped: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Give the rows below so many lines, and the line of each; see `CsvText.records`."""
        blank_line = 0
        for line, row in enumerate(self.rows, self.above + 1):
            if line <= skipped:
                continue
            if not any(cell.strip() for cell in row):
                blank_line = blank_line or line
            elif blank_line and len(row) == 1:
                raise DataFileError(
                    f"{self.path}, line {blank_line}: the line is blank and rows follow it; fill or remove "
                    "it."
                )
            else:
                yield line, row
