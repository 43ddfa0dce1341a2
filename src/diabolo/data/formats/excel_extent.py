"""How large a spreadsheet's sheets say that they are: a cell at the far end makes one of 17 billion."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from diabolo.data.allowance import check_room
from diabolo.data.location import damaged
from diabolo.data.remote_file import RemoteFile

__all__ = ["check_extent"]

_PART_BYTES = 2**20
_LONGEST_TAG = 2**16
# Where a cell or a row stands.
_PLACE = re.compile(rb"""\sr\s*=\s*["']\$?([A-Za-z]*)\$?([0-9]*)""")
# A cell whose text is one of those that all sheets share.
_SHARED = re.compile(rb"""\st\s*=\s*["']s["'][^<]*<(?:\w+:)?v[^<>]*>\s*([0-9]+)""")
_CELL, _ROW = re.compile(rb"<(?:\w+:)?c[\s>/]"), re.compile(rb"<(?:\w+:)?row[\s>/]")
_ITEM = re.compile(rb"<(?:\w+:)?si[\s>/]")
_MOST_ROWS, _MOST_COLUMNS = 2**20, 2**14  # of Excel's sheets
_CELL_BYTES = 40
_MOST_BITS = 32


def check_extent(path: Path | RemoteFile) -> None:
    """Refuse a spreadsheet with a sheet, or texts that are used many times, that memory should not hold.

    Parameters
    ----------
    path : Path
        An .xlsx file.

    Raises
    ------
    DataFileError
        The rectangle from the first cell of a sheet to the last takes more than the file may, or the texts of
        all cells do; or a cell stands where no sheet has one.
    """
    with path.open("rb") as handle, zipfile.ZipFile(handle) as archive:
        lengths = np.zeros(0, np.int64)
        uses: list[np.ndarray] = []
        for info in archive.infolist():
            with archive.open(info) as member:
                area, used, items = _looked_through(member, path)
            check_room(path, float(area) * _CELL_BYTES, f"the sheet {info.filename!r} of {area:,} cells")
            uses.append(used)
            if len(items) > len(lengths):
                lengths = items
        total = sum(int(lengths[used[used < len(lengths)]].sum()) for used in uses)
        check_room(path, float(total), "the text of all cells")


def _looked_through(member: IO[bytes], path: Path | RemoteFile) -> tuple[int, np.ndarray, np.ndarray]:
    """Return how many cells a sheet spans, which shared texts it uses, and the lengths of those in it."""
    rows, columns = [_MOST_ROWS, 0], [_MOST_COLUMNS, 0]
    n_cells, at, items, used = 0, 0, [], []
    for part in _parts(member):
        found = _PLACE.findall(part)
        if sum(1 for letters, _ in found if letters) < len(_CELL.findall(part)):
            columns[0] = 1  # cells that do not say where they stand come one after the other
        if sum(1 for letters, _ in found if not letters) < len(_ROW.findall(part)):
            rows[0] = 1
        n_cells += part.count(b"<")
        for letters, digits in set(found):
            row, column = _number(digits, 10), _column(letters)
            if row > _MOST_ROWS or column > _MOST_COLUMNS:
                cell = (letters + digits)[:_MOST_BITS].decode()
                raise damaged(path, ValueError(f"a cell stands at {cell}, and no sheet is as large"))
            if row:
                rows = [min(rows[0], row), max(rows[1], row)]
            if column:
                columns = [min(columns[0], column), max(columns[1], column)]
        used += _SHARED.findall(part)
        items += [at + each.start() for each in _ITEM.finditer(part)]
        at += len(part)
    height, width = max(rows[1] - rows[0] + 1, 1), max(columns[1] - columns[0] + 1, 1)
    chosen = np.array([min(_number(each, 10), 2**_MOST_BITS) for each in used], np.int64)
    return height * width if n_cells else 0, chosen, np.diff([*items, at]).astype(np.int64)


def _parts(member: IO[bytes]) -> Iterator[bytes]:
    """Read XML piece by piece, each up to the last tag that begins in it."""
    left = b""
    while part := member.read(_PART_BYTES):
        whole = left + part
        end = whole.rfind(b"<c ") if len(whole) - whole.rfind(b"<c ") < _LONGEST_TAG else len(whole)
        yield whole[: end if end > 0 else len(whole)]
        left = whole[end:] if end > 0 else b""
    yield left


def _number(digits: bytes, base: int) -> int:
    return int(digits, base) if 0 < len(digits) <= _MOST_BITS else 0 if not digits else 2**_MOST_BITS


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:_MOST_BITS]:
        number = number * 26 + letter - 64
    return number
