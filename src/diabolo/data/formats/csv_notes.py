"""What was found out about the layout of a text table and could be wrong: said, with what to say instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from diabolo.data.columns import MISSING, listed, typed_number
from diabolo.data.formats.csv_cells import begins_with_0, notations, parts_of, short
from diabolo.data.formats.csv_marks import Top
from diabolo.data.formats.csv_rows import Row
from diabolo.messages import Message, setting

__all__ = ["code_notes", "is_within", "layout_notes"]

# Numbers of fewer digits, such as months and hours, may begin with 0 without being codes.
_LEAST_DIGITS = 3


def layout_notes(
    path: str,
    above: Top,
    header: bool | None,
    names: Sequence[str] | None,
    said: str | None,
    mark: str,
    features: Sequence[str],
    asked: Sequence[str | int],
    first: Sequence[str],
) -> tuple[Message, ...]:
    """Say what was found out.

    Parameters
    ----------
    path : str
        The table, for messages.
    above : Top
        What stands above it, and between its cells.
    header : bool or None
        What the caller said of its first line.
    names : sequence of str, or None
        The names in that line, where it was taken to hold some.
    said : str or None
        The mark before decimals that the caller named.
    mark : str
        The one that was taken.
    features : sequence of str
        Cells of the first rows.
    asked : sequence of str or int
        The columns that the caller named or numbered.
    first : sequence of str
        The cells of the first line.

    Returns
    -------
    tuple of Message
    """
    notes = (
        *_notes(path, above, header, names, said, mark, features, _numbers(asked, first)),
        *_ambiguous(path, names, asked),
    )
    return tuple(map(Message, notes))


def code_notes(
    path: str, rows: Sequence[Row], features: Sequence[int], names: Sequence[str] | None
) -> Iterator[Message]:
    """Say of which features the numbers begin with 0, which they lose as numbers.

    Parameters
    ----------
    path : str
        The table.
    rows : sequence of (int, list of str)
        The first ones.
    features : sequence of int
        Columns that are features and were not named as such.
    names : sequence of str, or None
        Of all columns.

    Yields
    ------
    Message

    Examples
    --------
    >>> print(*code_notes("t.csv", [(2, ["01234", "5"]), (3, ["80331", "7"])], [0, 1], ["zip", "n"]))
    numbers in 'zip' of t.csv begin with 0, such as '01234' in line 2, as codes do; to carry it along as ...
    """
    found: dict[int, tuple[int, str]] = {}
    for number in features:
        cells = [(line, row[number].strip()) for line, row in rows if number < len(row)]
        cells = [(line, cell) for line, cell in cells if cell.lower() not in MISSING]
        coded = [(line, cell) for line, cell in cells if begins_with_0(cell)]
        width = len(coded[0][1]) if coded else 0
        if width >= _LEAST_DIGITS and all(cell.isdecimal() and len(cell) == width for _, cell in cells):
            found[number] = coded[0]
    if found:
        called = [number if names is None else names[number] for number in found]
        line, cell = next(iter(found.values()))
        them = "it" if len(found) == 1 else "them"
        yield Message(
            f"numbers in {listed(called)} of {path} begin with 0, such as {cell!r} in line {line}, as codes "
            f"do; to carry {them} along as text, say {setting('keep_columns', called)}"
        )


def _notes(
    path: str,
    above: Top,
    header: bool | None,
    names: Sequence[str] | None,
    said: str | None,
    mark: str,
    features: Sequence[str],
    numbers: Sequence[str],
) -> Iterator[str]:
    """Say what was found out and could be wrong."""
    if above.first:
        is_one = above.skipped == 1
        lines = "line 1" if is_one else f"lines 1 to {above.skipped}"
        was = "was" if is_one else "were"
        yield (
            f"{lines} of {path} ({short(above.first)}) {was} left out as no part of the table; if it begins "
            f"there, say {setting('skip_lines', 0)}"
        )
    the_first = "the first line of the table in" if above.skipped else "the first line of"
    if header is None:
        what = "the numbers of columns" if len(numbers) > 1 else "the number of a column"
        also = f", and {' and '.join(numbers)} as {what}, counted from 0" if numbers else ""
        yield (
            f"{the_first} {path} was taken as column names; if it is a row, say {setting('header', False)}"
            if names
            else f"{the_first} {path} was taken as a row{also}; if it holds column names, say "
            f"{setting('header', True)}"
        )
    if said is not None or above.delimiter == ",":
        return
    parts = (parts_of(cell) for cell in features if mark in cell)
    marked = [each.number for each in parts if each is not None and notations(each.number)]
    other = "." if mark == "," else ","
    if marked and all({(mark, ""), (other, mark)} <= notations(number) for number in marked):
        yield (
            f"{'commas' if mark == ',' else 'points'} in {path} were taken to stand before decimals, so "
            f"{short(marked[0])} is {marked[0].replace(',', '.')}; if they stand between thousands, say "
            f"{setting('thousands', mark)}"
        )
    elif mark == ",":
        yield (
            f"commas in {path} were taken to stand before decimals, and {above.delimiter!r} between cells; "
            f"if that is wrong, say {setting('decimal', '.')}"
        )


def _numbers(asked: Sequence[str | int], first: Sequence[str]) -> list[str]:
    """Return what might be the number of a column, and a name in the first line as well."""
    texts = (each for each in dict.fromkeys(asked) if isinstance(each, str) and each in first)
    return [each for each in texts if is_within(typed_number(each, None), len(first))]


def _ambiguous(path: str, names: Sequence[str] | None, asked: Sequence[str | int]) -> Iterator[str]:
    """Say of a number that it was taken for the name of another column."""
    for each in _numbers(asked, names or ()):
        assert names is not None
        place, number = names.index(each), int(each)
        if place != number % len(names):
            yield (
                f"{each} was taken for the name of a column of {path}, number {place} counted from 0, and "
                f"not for the number of {names[number]!r}"
            )


def is_within(number: Any, width: int) -> bool:
    """Whether something is the number of a column, from the front or from the end.

    Examples
    --------
    >>> is_within(2, 3), is_within(-3, 3), is_within(3, 3), is_within("1", 3)
    (True, True, False, False)
    """
    return isinstance(number, int) and -width <= number < width
