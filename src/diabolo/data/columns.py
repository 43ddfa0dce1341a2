"""Columns of a table that are no features: found by their names or numbers, checked, and typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.cells import text_array
from diabolo.errors import DataFileError, InputError, ParameterError, nearest_name
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Names = Sequence[str] | None

__all__ = [
    "MISSING",
    "carried_columns",
    "check_names",
    "column_number",
    "holds_few",
    "listed",
    "named",
    "shown_name",
    "typed_number",
    "typed_values",
]

MISSING = (
    *(
        "",
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "#na",
        "#n/a n/a",
        "<na>",
        "nan",
        "+nan",
        "-nan",
        "null",
        "(null)",
        "none",
    ),
    *("?", '=""', "-", "--", "---", "\u2013", "\u2014", "."),
    *("#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"),  # of spreadsheets
    *("1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "-nan(ind)"),  # of programs for Windows
)
"""What stands for a missing cell in text, in lower case and without the blanks around it."""

_SHOWN = 5
# Classes: so many at the most, with so many cells each.
_MOST_CLASSES, _CELLS_A_CLASS = 20, 5
_LONGEST = 64
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,18})")
_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?([eE][+-]?\d+)?")


def carried_columns(
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    names: Names,
    n_columns: int,
    place: str,
    error: type[InputError] = DataFileError,
) -> dict[str, int]:
    """Find the columns that are carried along: the target first, then the others.

    Parameters
    ----------
    target : str, int or None
        A column's name, or its number counted from 0, negative from the end; a number may be text.
    keep_columns : sequence of str or int, or None
        Further ones.
    names : sequence of str of length n_columns, or None
        The columns' names, if they have any.
    n_columns : int
        How many columns there are, all included.
    place : str
        The table, as the error messages should begin.
    error : type, default DataFileError
        What to raise where there is no such column.

    Returns
    -------
    dict of str to int
        Their names and numbers. A target without a name is called ``"label"``, another column by its number:
        ``"column_3"``.

    Raises
    ------
    DataFileError
        (or `error`) There is no such column, or none is left.
    ParameterError
        One is neither a name nor a whole number, or is given twice.

    Examples
    --------
    >>> carried_columns("kind", ["id", "-1"], ["id", "kind", "x", "note"], 4, "t.csv")
    {'kind': 1, 'id': 0, 'note': 3}
    >>> carried_columns(-1, [0], None, 3, "t.csv")
    {'label': 2, 'column_0': 0}
    """
    found: dict[str, int] = {}
    asked = [] if target is None else [("target", target)]
    for option, wanted in [*asked, *(("keep_columns", each) for each in keep_columns or ())]:
        number = column_number(wanted, names, n_columns, place, option, error)
        if number in found.values():
            first = option == "keep_columns" and target is not None and number == next(iter(found.values()))
            also = f"is {setting('target')} already" if first else "is given twice"
            raise ParameterError(f"{setting(option, wanted)} {also}; leave it out.")
        found[named(number, names, "label" if option == "target" else None)] = number
    if found and len(found) == n_columns:
        left = "one column only, so nothing is" if n_columns == 1 else f"{n_columns} columns, and none is"
        raise error(f"{place} has {left} left beside those carried along.")
    return found


def named(number: int, names: Names, otherwise: str | None = None) -> str:
    """Say what a column that is carried is called.

    Examples
    --------
    >>> named(1, ["a", "b"]), named(1, None), named(1, None, "label")
    ('b', 'column_1', 'label')
    """
    name = names[number] if names else ""
    return name if name.strip() else otherwise or f"column_{number}"


def column_number(
    wanted: str | int, names: Names, n_columns: int, place: str, option: str, error: type[InputError]
) -> int:
    """Find a column by its name or number; the parameters are those of `carried_columns`.

    Examples
    --------
    >>> column_number("-1", ["a", "b"], 2, "t.csv", "keep_columns", DataFileError)
    1
    """
    wanted = typed_number(wanted, names)
    if isinstance(wanted, bool) or not isinstance(wanted, (str, int, np.integer)):
        raise ParameterError(f"{setting(option)} must be a column's name or its number; got {wanted!r}.")
    if not isinstance(wanted, str):
        if -n_columns <= wanted < n_columns:
            return int(wanted) % n_columns
        raise error(
            f"{place} has {n_columns} columns, numbered 0 to {n_columns - 1}, "
            f"so {setting(option, wanted)} is not one of them."
        )
    if names is None:
        raise error(
            f"{place} has no column names, so {setting(option, wanted)} names nothing: "
            f"give the column's number, 0 to {n_columns - 1} or -1 for the last "
            f"(or {setting('header', True)} if the first line of a text table holds names)."
        )
    if wanted not in names:
        # Where names are typed with commas between, one that holds a comma may have come in pieces.
        whole = next((name for name in names if wanted and name.startswith(f"{wanted},")), None)
        hint = (
            nearest_name(wanted, names)
            if whole is None
            else f" Did you mean {setting(option, whole if option == 'target' else [whole])}?"
        )
        raise error(f"{place} has no column named {wanted!r}; it has {listed(names)}.{hint}")
    return list(names).index(wanted)


def listed(names: Sequence[str | int]) -> str:
    """Write the first few names, or numbers.

    Examples
    --------
    >>> listed(["a", "b", "c", "d", "e", "f"])
    "'a', 'b', 'c', 'd', 'e' and 1 more"
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(shown_name, list(names)[:_SHOWN])) + more


def shown_name(name: str | int) -> str:
    """Write a name that came from a file, of which a stranger may have made as long a one as he liked.

    Examples
    --------
    >>> shown_name("a"), shown_name("a" * 100)
    ("'a'", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'")
    """
    return repr(f"{name[: _LONGEST - 3]}..." if isinstance(name, str) and len(name) > _LONGEST else name)


def holds_few(n_values: int, n_cells: int) -> bool:
    """Whether a column holds so few different values for its cells that they may name classes.

    Examples
    --------
    >>> holds_few(3, 15), holds_few(3, 14), holds_few(21, 1000)
    (True, False, False)
    """
    return n_values <= min(_MOST_CLASSES, n_cells // _CELLS_A_CLASS)


def typed_number(wanted: str | int, names: Names) -> str | int:
    """Make a number of one that was typed as text, unless a column is called so.

    Parameters
    ----------
    wanted : str or int
        A column's name or number.
    names : sequence of str, or None
        The columns' names, if they have any.

    Returns
    -------
    str or int

    Examples
    --------
    >>> typed_number("-1", ["a", "b"]), typed_number("1", ["1", "b"])
    (-1, '1')
    """
    is_name = not isinstance(wanted, str) or (names is not None and wanted in names)
    return int(wanted) if not is_name and re.fullmatch(r"-?\d+", str(wanted)) else wanted


def check_names(names: Sequence[str], place: str, error: type[InputError] = DataFileError) -> None:
    """Refuse a name that stands over two columns.

    Parameters
    ----------
    names : sequence of str
        In the table's order.
    place : str
        The table, as the error message should begin.
    error : type, default DataFileError
        What to raise.

    Raises
    ------
    DataFileError
        (or `error`) With both places.

    Examples
    --------
    >>> check_names(["a", "b", "a"], "t.csv, line 1")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: t.csv, line 1: the name 'a' stands over two columns, 0 and 2 (counted ...
    """
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        if name in seen:
            raise error(
                f"{place}: the name {shown_name(name)} stands over two columns, {seen[name]} and {number} "
                "(counted from 0); give each its own."
            )
        seen[name] = number


def typed_values(
    cells: Sequence[str], decimal: str = "."
) -> tuple[Shaped[np.ndarray, " n_rows"], Shaped[np.ndarray, " n_rows"] | None]:
    """Turn a column of text to numbers where every cell that is not missing is one.

    A zip code such as 00123 is text, and so is the whole column.

    Parameters
    ----------
    cells : sequence of str
        As they stand in the file.
    decimal : {".", ","}, default "."
        The mark before decimals.

    Returns
    -------
    values : ndarray of int64, float64 (missing cells are NaN) or str
    text : ndarray of str, or None
        The cells, where writing the numbers would not give them back.

    Examples
    --------
    >>> typed_values(["31", "62"])[0].tolist(), typed_values(["0.5", ""])[0].tolist()
    ([31, 62], [0.5, nan])
    >>> typed_values(["00123", "4"])[0].tolist(), typed_values(["1.50", "2"])[1].tolist()
    (['00123', '4'], ['1.50', '2'])
    """
    plain = {cell: cell.strip().replace(decimal, ".") for cell in set(cells)}  # each distinct cell once
    present = {cell for cell in plain.values() if cell.lower() not in MISSING}
    if not present or not all(_DECIMAL.fullmatch(cell) for cell in present):
        return text_array(cells), None
    numbers: dict[str, int] | dict[str, float] = {}
    if len(present) == len(set(plain.values())) and all(_WHOLE.fullmatch(cell) for cell in present):
        numbers = {cell: int(number) for cell, number in plain.items()}
    if not numbers or max(numbers.values()) >= 2**63 or min(numbers.values()) < -(2**63):
        numbers = {cell: float(at) if at.lower() not in MISSING else np.nan for cell, at in plain.items()}
    values = np.array([numbers[cell] for cell in cells])
    is_exact = all(str(number) == cell for cell, number in numbers.items())
    return values, None if is_exact else text_array(cells)
