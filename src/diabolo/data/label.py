"""The columns that are carried along: the label, and others that are no features."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from diabolo.errors import DataFileError, ParameterError, nearest_name

_NAMES_SHOWN = 5
_LABEL, _KEEP = "label_column", "keep_columns"


def label_number(
    wanted: str | int | None,
    names: Sequence[str] | None,
    n_columns: int,
    place: str,
    option: str = _LABEL,
) -> int | None:
    """Find the number of the label column.

    Parameters
    ----------
    wanted : str, int or None
        Its name, or its number counted from 0, negative from the end; None for no label column.
    names : sequence of str of length n_columns, or None
        The columns' names, if they have any.
    n_columns : int
        How many columns there are, the label column included.
    place : str
        The file, as the error messages should begin.
    option : str, default "label_column"
        What the column was given for, in the error messages.

    Returns
    -------
    int or None
        Between 0 and ``n_columns - 1``.

    Raises
    ------
    DataFileError
        There is no such column, or no other column.
    ParameterError
        It is neither a name nor a whole number.

    Examples
    --------
    >>> label_number(-1, None, 5, "iris.csv"), label_number("b", ["a", "b"], 2, "ab.csv")
    (4, 1)
    """
    if wanted is None:
        return None
    if isinstance(wanted, bool) or not isinstance(wanted, (str, int, np.integer)):
        raise ParameterError(f"{option} must be a column's name or its number; got {wanted!r}.")
    if isinstance(wanted, str):
        number = _named(wanted, names, n_columns, place, option)
    elif -n_columns <= wanted < n_columns:
        number = int(wanted) % n_columns
    else:
        raise DataFileError(
            f"{place} has {n_columns} columns, numbered 0 to {n_columns - 1}, "
            f"so {option}={wanted} is not one of them."
        )
    if n_columns == 1:
        raise DataFileError(f"{place} has one column only, so nothing is left beside the label column.")
    return number


def kept_numbers(
    wanted: Sequence[str | int] | None,
    label: int | None,
    names: Sequence[str] | None,
    n_columns: int,
    place: str,
) -> tuple[int, ...]:
    """Find the numbers of the further columns that are carried along.

    Parameters
    ----------
    wanted : sequence of str or int, or None
        Their names or numbers, as of the label column; a number may be text.
    label : int or None
        The label column's number.
    names : sequence of str of length n_columns, or None
        The columns' names, if they have any.
    n_columns : int
        How many columns there are, all included.
    place : str
        The file, as the error messages should begin.

    Returns
    -------
    tuple of int
        In the order given.

    Raises
    ------
    DataFileError
        There is no such column, or no column is left.
    ParameterError
        One is given twice, or is the label column.

    Examples
    --------
    >>> kept_numbers(["id", "-1"], 1, ["id", "kind", "x", "note"], 4, "t.csv")
    (0, 3)
    """
    found: list[int] = []
    for each in wanted or ():
        number = label_number(typed_number(each, names), names, n_columns, place, _KEEP)
        if number is None or number in found or number == label:
            also = f"is {_LABEL} already" if number == label else "is given twice"
            raise ParameterError(f"{_KEEP}={each!r} {also}; leave it out.")
        found.append(number)
    if found and len(found) + (label is not None) == n_columns:
        raise DataFileError(f"{place} has {n_columns} columns, and none is left beside those carried along.")
    return tuple(found)


def typed_number(wanted: str | int, names: Sequence[str] | None) -> str | int:
    """Make a number of one that was typed on the command line, unless a column is called so.

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


def carried_name(number: int, names: Sequence[str] | None) -> str:
    """Call a column that is carried along by its name, or by its number where it has none.

    Parameters
    ----------
    number : int
        Which, from 0.
    names : sequence of str, or None
        The columns' names, if they have any.

    Returns
    -------
    str

    Examples
    --------
    >>> carried_name(1, ["id", "kind"]), carried_name(1, None)
    ('kind', 'column_1')
    """
    name = names[number] if names else ""
    return name if name.strip() else f"column_{number}"


def _named(wanted: str, names: Sequence[str] | None, n_columns: int, place: str, option: str) -> int:
    if names is None:
        raise DataFileError(
            f"{place} has no column names, so {option}={wanted!r} names nothing: "
            f"give the column's number, 0 to {n_columns - 1} or -1 for the last "
            "(or header=True if the first line of a text table holds names)."
        )
    if wanted not in names:
        shown = ", ".join(repr(name) for name in names[:_NAMES_SHOWN])
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        raise DataFileError(
            f"{place} has no column named {wanted!r}; it has {shown}{more}.{nearest_name(wanted, names)}"
        )
    return names.index(wanted)
