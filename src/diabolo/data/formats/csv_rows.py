"""The rows of a text table: lines under it that are none of them, and lines that look like sums of others."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Iterable, Sequence

from diabolo.data.formats.csv_cells import is_measured, kind

__all__ = ["Row", "is_remark", "is_total", "without_footer"]

Row = tuple[int, list[str]]
"""The line on which a row starts, and its cells."""

# A sentence or the like in a row of its own; fewer words may be an id.
_WORDS = 3
_TOTAL = re.compile(
    r"(?:(?:grand|sub)[ -]?)?(?:totals?|sums?|sub-?total|summe|gesamt|insgesamt|somme|suma|mean|average|avg|"
    r"mittelwert|mittel|moyenne|median|sd|std|stdev|std\.? dev\.?|standard deviation|min|max|"
    r"minimum|maximum)\W*",
    re.IGNORECASE,
)


def without_footer(
    rows: Iterable[Row], width: int, count: int | None = None, left_out: list[Row] | None = None
) -> Generator[Row, None, None]:
    """Leave out the lines under a table that are none of its rows.

    Parameters
    ----------
    rows : iterable of (int, list of str)
        The line of each, and its cells.
    width : int
        How many cells a row has.
    count : int, optional
        How many rows at the end are none, where it was said; None leaves out remarks.
    left_out : list, optional
        Takes those that were left out.

    Yields
    ------
    line : int
    cells : list of str

    Examples
    --------
    >>> rows = [(1, ["a", "b", "c"]), (2, ["1", "2", "3"]), (4, ["Exported on Monday"])]
    >>> [line for line, _ in without_footer(rows, 3)], [line for line, _ in without_footer(rows, 3, 0)]
    ([1, 2], [1, 2, 4])
    """
    held: deque[Row] = deque()
    begun = False  # whether a remark is among those that are held back
    last = 0
    for line, cells in rows:
        if count is not None:
            held.append((line, cells))
            if len(held) > count:
                yield held.popleft()
            continue
        is_apart = bool(held) or line > last + 1 > 1
        last = line
        if is_remark(cells, width, is_apart=is_apart):
            begun = True
            held.append((line, cells))
        elif not begun and not any(cell.strip() for cell in cells):
            held.append((line, cells))
        else:
            yield from held
            held.clear()
            begun = False
            yield line, cells
    if count is None and not begun:
        yield from held
    elif left_out is not None:
        left_out += held


def is_remark(cells: Sequence[str], width: int, *, is_apart: bool = False) -> bool:
    """Say whether a line under a table is a remark: text without a number, in too few cells.

    Parameters
    ----------
    cells : sequence of str
        Of the line.
    width : int
        How many cells a row has.
    is_apart : bool, default False
        Whether an empty line stands above it, or a remark.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_remark(["# made by hand"], 3), is_remark(["p100"], 3), is_remark(["Exported on Monday", "", ""], 3)
    (True, False, True)
    """
    held = [cell.strip() for cell in cells if cell.strip()]
    if not held or not cells[0].strip() or len(held) >= width:
        return False
    if held[0].startswith("#") and kind(held[0]) != "missing":  # as #N/A is
        return True
    if any(kind(cell) == "number" or is_measured(cell) for cell in held):
        return False
    is_sentence = len(held[0].split()) >= _WORDS or held[0].endswith(":") or ": " in held[0]
    if len(cells) < width:
        return is_apart or is_sentence or " " in held[0]
    return len(held) == 1 and (is_sentence or (is_apart and " " in held[0]))


def is_total(name: str) -> bool:
    """Say whether the name of a row is that of a sum of the others, or the like.

    Examples
    --------
    >>> is_total("Grand Total:"), is_total("Mittelwert"), is_total("p12")
    (True, True, False)
    """
    return _TOTAL.fullmatch(name.strip()) is not None
