"""A text table copied cell by cell, some of its numbers replaced: all else stays as it was written."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.atomic import atomic_path
from diabolo.data.columns import holds_few
from diabolo.data.destination import TEXT
from diabolo.data.formats.csv_cells import is_measured, says_yes_or_no
from diabolo.data.formats.csv_layout import CsvLayout

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

    Block = tuple[int, Shaped[np.ndarray, "block features"], Bool[np.ndarray, "block features"]]

__all__ = ["columns_of_few_values", "columns_without_numbers", "copy_with_cells"]

# From here on six digits do not reach the point.
_LONG = 1e6
# Rows that tell columns of text from columns of numbers.
_SAMPLED = 10_000
# TRUE from here on.
_HALF = 0.5
# Currencies that stand before their numbers.
_BEFORE = ("$", "£", "¥", "US$")


def columns_without_numbers(layout: CsvLayout) -> tuple[list[int], list[int]]:
    r"""Find the columns that are no numbers.

    Parameters
    ----------
    layout : CsvLayout
        Of a table whose other columns are to be numbers.

    Returns
    -------
    text : list of int
        Columns of which over half of the cells that are there, of the first 10,000 rows, are no numbers.
    empty : list of int
        Columns without any cell in these rows.

    Examples
    --------
    >>> import tempfile
    >>> from diabolo.data.formats.csv_layout import find_layout
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("a,kind,note,b\n1,x,,2\n2,y,,oops\n3,z,,4\n")
    >>> columns_without_numbers(find_layout(path))
    ([1], [2])
    """
    counts = np.zeros((2, layout.n_columns), np.int64)
    with contextlib.closing(layout.records()) as stream:
        rows = (cells for line, cells in stream if line >= layout.first_line)
        for cells in itertools.islice(rows, _SAMPLED):
            for number, cell in zip(layout.numeric, map(cells.__getitem__, layout.numeric), strict=False):
                what = layout.kind(cell)
                if what != "missing":
                    counts[int(what == "text" and not is_measured(cell)), number] += 1
    numbers, texts = counts
    columns = layout.numeric
    return (
        [number for number in columns if texts[number] > numbers[number]],
        [number for number in columns if not texts[number] + numbers[number]],
    )


def columns_of_few_values(layout: CsvLayout) -> list[int]:
    r"""Find the columns whose cells, of the first 10,000 rows, may name classes.

    Parameters
    ----------
    layout : CsvLayout
        Of a table.

    Returns
    -------
    list of int

    Examples
    --------
    >>> import tempfile
    >>> from diabolo.data.formats.csv_layout import find_layout
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("kind,note\n" + "".join(f"{n % 2},n{n}\n" for n in range(20)))
    >>> columns_of_few_values(find_layout(path))
    [0]
    """
    counts: list[Counter[str]] = [Counter() for _ in range(layout.n_columns)]
    with contextlib.closing(layout.records()) as stream:
        rows = (cells for line, cells in stream if line >= layout.first_line)
        for cells in itertools.islice(rows, _SAMPLED):
            for count, cell in zip(counts, cells, strict=False):
                if layout.kind(cell) != "missing":
                    count[cell.strip()] += 1
    return [
        number
        for number, count in enumerate(counts)
        if len(count) > 1 and (holds_few(len(count), count.total()) or says_yes_or_no(count))
    ]


def copy_with_cells(
    layout: CsvLayout, path: Path, blocks: Iterable[Block], columns: Sequence[int] | None = None
) -> None:
    r"""Copy a text table, with other numbers or texts in some of its cells.

    Parameters
    ----------
    layout : CsvLayout
        Of the table; what is written in a column of a unit has it, too.
    path : Path
        Where to, .csv or .tsv; replaced if it exists.
    blocks : iterable of (int, array, bool array)
        In the order of the rows: the first row of each block, the cells of its features, which of them are
        written: text as it is, TRUE or FALSE in a column of these, numbers with six digits, or as many as
        float32 needs where these are too few.
    columns : sequence of int, optional
        Which of the file's columns the features are; by default its columns of numbers.

    Examples
    --------
    >>> import tempfile
    >>> from diabolo.data.formats.csv_layout import find_layout
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("a;kind;b\n1,50;x;\n")
    >>> block = np.array([[9.0, 2.5]]), np.array([[False, True]])
    >>> copy_with_cells(find_layout(path, keep_columns=["kind"]), path.with_name("u.csv"), [(0, *block)])
    >>> path.with_name("u.csv").read_text()
    'a;kind;b\n1,50;x;2,5\n'
    """
    mark, units = _delimiter(layout, path), layout.units or {}
    columns = layout.numeric if columns is None else columns
    with (
        atomic_path(path, TEXT) as place,
        place.open("w", encoding="utf-8", newline="") as handle,
        contextlib.closing(layout.records()) as stream,
    ):
        writer = csv.writer(handle, delimiter=mark, lineterminator="\n")
        wanted = [number for number in range(layout.n_columns) if number not in layout.unread]
        for cells in _above(layout):
            writer.writerow(map(cells.__getitem__, wanted))
        rows = (cells for line, cells in stream if line >= layout.first_line)
        for _, block, changed in blocks:
            for number, cells in enumerate(itertools.islice(rows, len(block))):
                for place_of in np.flatnonzero(changed[number]).tolist():
                    column, found = columns[place_of], block[number, place_of]
                    if isinstance(found, str):
                        cells[column] = found
                        continue
                    if column in layout.truths:
                        cells[column] = _truth(float(found), layout.truths[column])
                        continue
                    text = _text(float(found)).replace(".", layout.decimal)
                    unit = units.get(column, "")
                    cells[column] = _with_unit(text, unit)
                writer.writerow(map(cells.__getitem__, wanted))


def _above(layout: CsvLayout) -> Iterator[list[str]]:
    """Give the header, its names told apart, and what stands between it and the rows."""
    with contextlib.closing(layout.records()) as stream:
        above = (cells for line, cells in itertools.takewhile(lambda row: row[0] < layout.first_line, stream))
        for place, cells in enumerate(above):
            whole = [""] * (layout.n_columns - len(cells)) + cells
            named = zip(whole, layout.names or (), strict=False)
            yield whole if place else [name if cell.strip() else cell for cell, name in named]


def _text(number: float) -> str:
    if abs(number) < _LONG:
        return f"{number:.6g}"
    return np.format_float_positional(np.float32(number), trim="-")


def _truth(number: float, like: str) -> str:
    """Write TRUE or FALSE in capital letters or small ones, as another cell has them."""
    word = "true" if number >= _HALF else "false"
    return word.upper() if like.isupper() else word.capitalize() if like[0].isupper() else word


def _with_unit(text: str, unit: str) -> str:
    if unit in _BEFORE:
        return f"-{unit}{text[1:]}" if text.startswith("-") else f"{unit}{text}"
    return f"{text} {unit}" if unit else text


def _delimiter(layout: CsvLayout, path: Path) -> str:
    """Keep the character between cells, but for what the new file's name says."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    if layout.delimiter not in "\t ":
        return layout.delimiter
    return ";" if layout.decimal == "," else ","
