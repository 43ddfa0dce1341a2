"""Columns of tables in memory whose type is not a number's: read as numbers, or refused all at once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import complex_cells, is_missing
from diabolo.data.columns import holds_few
from diabolo.data.formats.csv_cells import is_measured, says_yes_or_no, truth
from diabolo.errors import UnfitColumnsError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Float64

__all__ = ["UNFIT_KINDS", "UnfitColumn", "few_values", "kind_said", "loose_column", "refuse_unfit"]

# How pandas, Polars and Arrow write the types of columns whose cells may be anything.
_LOOSE = re.compile(
    r"(object|str|string|large_string|string_view|category|categorical|enum|dictionary|null)\b"
    r"|[<>|]?[US]\d+$",
    re.IGNORECASE,
)
# How they write other types, and what messages call them.
_TYPES = (
    (re.compile(r"(datetime|date|timestamp|period)", re.IGNORECASE), "dates"),
    (re.compile(r"(timedelta|duration)", re.IGNORECASE), "lengths of time"),
    (re.compile(r"time", re.IGNORECASE), "times of day"),
    (re.compile(r"(large_|fixed_size_)?list|array\(", re.IGNORECASE), "lists"),
)
_CELLS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((str, bytes), "text"),
    ((datetime.date, np.datetime64), "dates"),  # which datetime.datetime and pandas' Timestamp are
    ((datetime.timedelta, np.timedelta64), "lengths of time"),
    ((datetime.time,), "times of day"),
    ((list, tuple, np.ndarray), "lists"),
)
UNFIT_KINDS = frozenset(said for _, said in _CELLS)
"""What messages call cells of the usual kinds that are no numbers."""
_MOST_LISTED, _MOST_SHOWN = 30, 40


@dataclass(frozen=True)
class UnfitColumn:
    """A column that is no numbers.

    Parameters
    ----------
    position : int
        Its number.
    name : str or None
        Its name.
    what : str
        What it holds.
    example : str, default ""
        A cell, and where it stands, where the column's type does not say it.
    is_few : bool, default False
        Whether it holds few different texts for its rows.
    is_number : bool, default False
        Whether the cell is text that a file of text would have been read as a number from, such as $1,234.50.
    """

    position: int
    name: str | None
    what: str
    example: str = ""
    is_few: bool = False
    is_number: bool = False

    def __str__(self) -> str:
        """Name it."""
        known = [*([] if self.name is None else [repr(self.name)]), *([self.example] if self.example else [])]
        return str(self.position) + (f" ({', '.join(known)})" if known else "")


def loose_column(
    dtype: Any, cells: Callable[[], Sequence[Any]], owner: str | None, position: int, name: str | None = None
) -> Float64[np.ndarray, " n_rows"] | UnfitColumn:
    """Read a column whose type is not a number's: text such as ``"1.5"`` is the number, missing cells NaN.

    Parameters
    ----------
    dtype : object
        The column's type, of whichever library.
    cells : callable
        It returns the cells, where the type does not say what they are.
    owner : str or None
        The estimator, for the message about complex numbers.
    position : int
        The column's number.
    name : str, optional
        The column's name.

    Returns
    -------
    ndarray of float64, or UnfitColumn
        The latter where a cell is no number.

    Raises
    ------
    InputError
        The cells are complex numbers.

    Examples
    --------
    >>> loose_column("object", lambda: ["1.5", None, 2], None, 0).tolist()
    [1.5, nan, 2.0]
    >>> str(loose_column("str", lambda: ["1", "abc"], None, 3, "b"))
    "3 ('b', 'abc' in row 1)"
    >>> loose_column("str", lambda: ["TRUE", "FALSE"], None, 0).tolist()
    [1.0, 0.0]
    """
    where = f" in column {position}" + ("" if name is None else f" ({name!r})")
    if getattr(dtype, "kind", None) == "c":
        raise complex_cells(owner, dtype, where)
    if not _LOOSE.match(str(dtype)):
        return UnfitColumn(position, name, str(kind_said(dtype)))
    listed = cells()
    if (truths := _truths(listed)) is not None:
        return truths
    numbers = np.empty(len(listed))
    for row, cell in enumerate(listed):
        try:
            numbers[row] = np.nan if is_missing(cell) else float(cell)
        except (TypeError, ValueError, OverflowError):
            if isinstance(cell, (complex, np.complexfloating)):
                raise complex_cells(owner, type(cell).__name__, where) from None
            what = next((said for kinds, said in _CELLS if isinstance(cell, kinds)), None)
            shown = str(cell) if what == "dates" else repr(cell)
            shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."
            what = what or f"cells of type {type(cell).__name__}"
            is_few = what == "text" and _is_few(listed)
            is_number = isinstance(cell, str) and is_measured(cell)
            return UnfitColumn(position, name, what, f"{shown} in row {row}", is_few, is_number)
    return numbers


def kind_said(dtype: Any) -> str | None:
    """Say what a column holds by its type, in a word; None where its cells may be numbers in text.

    Examples
    --------
    >>> kind_said("timestamp[us]"), kind_said("list<item: double>"), kind_said("large_string")
    ('dates', 'lists', None)
    """
    if _LOOSE.match(str(dtype)):
        return None
    return next((said for pattern, said in _TYPES if pattern.match(str(dtype))), f"cells of type {dtype}")


def _truths(cells: Sequence[Any]) -> Float64[np.ndarray, " n_rows"] | None:
    """Read TRUE and FALSE as 1 and 0, as a file of text would be; None where a cell is another text."""
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if not is_missing(cell):
            is_true = truth(cell) if isinstance(cell, str) else None
            if is_true is None:
                return None
            numbers[row] = is_true
    return numbers


def _is_few(cells: Sequence[Any]) -> bool:
    known = [str(cell).strip() for cell in cells if not is_missing(cell)]
    n_values = len(set(known))
    return n_values > 1 and (holds_few(n_values, len(known)) or says_yes_or_no(known))


def refuse_unfit(
    found: Sequence[UnfitColumn], called: str, owner: str | None, *, has_index: bool = False
) -> None:
    """Refuse a table with columns that are no numbers; do nothing where there are none.

    Parameters
    ----------
    found : sequence of UnfitColumn
        All of them.
    called : str
        The table that is being opened, as the message begins.
    owner : str or None
        The estimator that was given the table as its X.
    has_index : bool, default False
        Whether the table has an index, where a column can go.

    Raises
    ------
    UnfitColumnsError
        There are some.

    Examples
    --------
    >>> refuse_unfit([UnfitColumn(1, "b", "dates"), UnfitColumn(4, "c", "dates")], "X", "Autoencoder")
    Traceback (most recent call last):
    diabolo.errors.UnfitColumnsError: X holds dates in columns 1 ('b') and 4 ('c'). Autoencoder needs ...
    """
    if not found:
        return
    kinds: dict[str, list[str]] = {}
    for each in found[:_MOST_LISTED]:
        kinds.setdefault(each.what, []).append(str(each))
    said = [f"{what} in column{'s'[: len(at) - 1]} {_joined(at)}" for what, at in kinds.items()]
    more = f", and {len(found) - _MOST_LISTED} more such columns" if len(found) > _MOST_LISTED else ""
    them, those = ("it", "that column") if len(found) == 1 else ("them", "those columns")
    index = f", set {them} as the index" if has_index and {each.what for each in found} == {"dates"} else ""
    kept = [each.position if each.name is None else each.name for each in found]
    keep = setting("keep_columns", kept) if len(kept) <= _MOST_LISTED else f"{setting('keep_columns')}=[...]"
    few = [each.position if each.name is None else each.name for each in found[:_MOST_LISTED] if each.is_few]
    read = ""
    if text := next((each.example for each in found if each.is_number), ""):
        cell = text.rpartition(" in row ")[0]
        read = f" Numbers written as {cell} are read from the file itself: diabolo.open(FILE)."
    if vectors := next((each.name for each in found if each.what == "lists" and each.name), None):
        read += f" Lists of one length are features once they are columns: numpy.stack(X[{vectors!r}])."
    if owner is None:
        does = f"Features are numbers: carry {those} beside them with {keep}, drop {them}{index}"
        or_few = f" {few_values(few)} of the estimator." if few else ""
        raise UnfitColumnsError(
            f"{called} holds {_joined(said)}{more}. {does}, or turn {them} to numbers.{or_few}{read}", few
        )
    raise UnfitColumnsError(
        f"X holds {_joined(said)}{more}. {owner} needs numbers: drop {those}, turn {them} to numbers"
        f"{index}, or carry {them} beside the features: diabolo.open(X, {keep}).{read}",
        few,
    )


def few_values(columns: Sequence[str | int]) -> str:
    """Say that columns of text hold few values, and by which setting they are features.

    Examples
    --------
    >>> from diabolo.messages import Message
    >>> print(Message(few_values(["kind", 3])))
    'kind' and 3 hold few values, so they may be categories: categories=['kind', 3]
    """
    does = "hold few values, so they may be categories"
    if len(columns) == 1:
        does = "holds few values, so it may be a category"
    return f"{_joined([repr(each) for each in columns])} {does}: {setting('categories', list(columns))}"


def _joined(listed: Sequence[str]) -> str:
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
