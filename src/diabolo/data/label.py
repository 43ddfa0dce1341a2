"""The column that is carried along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diabolo.errors import DataFileError, ParameterError, nearest_name

_NAMES_SHOWN = 5


def label_number(
    wanted: str | int | None, names: Sequence[str] | None, n_columns: int, place: str
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
        raise ParameterError(f"label_column must be a column's name or its number; got {wanted!r}.")
    if isinstance(wanted, str):
        number = _named(wanted, names, n_columns, place)
    elif -n_columns <= wanted < n_columns:
        number = int(wanted) % n_columns
    else:
        raise DataFileError(
            f"{place} has {n_columns} columns, numbered 0 to {n_columns - 1}, "
            f"so label_column={wanted} is not one of them."
        )
    if n_columns == 1:
        raise DataFileError(f"{place} has one column only, so nothing is left beside the label column.")
    return number


def _named(wanted: str, names: Sequence[str] | None, n_columns: int, place: str) -> int:
    if names is None:
        raise DataFileError(
            f"{place} has no column names, so label_column={wanted!r} names nothing: "
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
