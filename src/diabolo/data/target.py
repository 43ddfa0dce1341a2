"""Whether a column is classes or numbers, and what is missing in it: the one rule for targets and labels.

It goes by value and not by how a value is stored. Entries are brought to the plainest kind that holds them:
truth values, whole numbers, numbers or text. Text and truth values are classes, and so are whole numbers
(2 or 2.0) of at most 20 different values; other numbers are numbers. Dates, and whatever else is of one kind,
are taken for their text. None, NaN, NaT, pandas' NA and empty text are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from numbers import Complex, Number, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import unmasked
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

__all__ = [
    "MOST_WHOLE_NUMBERS",
    "are_classes",
    "entries_of",
    "infinite_in",
    "missing_in",
    "plain_values",
]

# Whole numbers with more different values than this are taken for numbers, such as ages.
MOST_WHOLE_NUMBERS = 20
_TRUTH, _NUMBERS, _TEXT = "truth values", "numbers", "text"


def entries_of(y: Any) -> Shaped[np.ndarray, ...]:
    """Lay out a column as an array in which every entry is what it was.

    Parameters
    ----------
    y : array-like
        A list, an array, or a series of pandas or Polars.

    Returns
    -------
    ndarray
        In the shape that it had.

    Examples
    --------
    >>> entries_of(["cat", float("nan")]).tolist()
    ['cat', nan]
    """
    if hasattr(y, "__array__"):
        return np.asarray(unmasked(y))
    try:
        entries = np.asarray(y)
    except (TypeError, ValueError, OverflowError):
        return np.asarray(y, dtype=object)
    # Of entries that are not all numbers, numpy would make text: "nan" of a gap.
    return entries if entries.dtype.kind in "biuf" else np.asarray(y, dtype=object)


def missing_in(entries: Shaped[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Say which entries are missing: None, NaN, NaT, pandas' NA, and text of blanks or of nothing.

    Parameters
    ----------
    entries : ndarray
        As `entries_of` gives them.

    Returns
    -------
    bool array of the same shape

    Examples
    --------
    >>> missing_in(entries_of(["cat", None, float("nan"), ""])).tolist()
    [False, True, True, True]
    """
    kind = entries.dtype.kind
    if kind in "fc":
        return np.isnan(entries)
    if kind in "mM":
        return np.isnat(entries)
    if kind in "US":
        return np.strings.str_len(np.strings.strip(entries)) == 0
    if kind in "biu":
        return np.zeros(entries.shape, bool)
    found = [_is_missing(entry) for entry in entries.ravel().tolist()]
    return np.array(found, bool).reshape(entries.shape)


def _is_missing(entry: Any) -> bool:
    if isinstance(entry, (str, bytes)):
        return not entry.strip()
    try:
        return entry is None or bool(entry != entry)
    except TypeError:  # of pandas' NA alone, whose comparison is neither true nor false
        return True
    except ValueError:  # of an array, which is no entry, as `plain_values` says
        return False


def plain_values(
    entries: Shaped[np.ndarray, "*shape"], what: str, row_of: Callable[[int], int] = int
) -> Shaped[np.ndarray, "*shape"]:
    """Bring entries to the plainest kind that holds them all.

    Parameters
    ----------
    entries : ndarray of shape (n_rows,) or (n_rows, n_numbers)
        As `entries_of` gives them, none missing.
    what : str
        What they are called, as messages begin.
    row_of : callable, optional
        The number by which messages call a row, given its position.

    Returns
    -------
    ndarray of the same shape
        Of bool, int64, float64 or text. Truth values among numbers are 0 and 1.

    Raises
    ------
    InputError
        Entries are of different kinds, complex, or no single values, or text stands in several columns.

    Examples
    --------
    >>> plain_values(entries_of([1.0, 2, True]), "y").dtype
    dtype('float64')
    >>> plain_values(np.array(["2024-05-01"], "datetime64[ns]"), "y").tolist()
    ['2024-05-01']
    """
    kind = entries.dtype.kind
    if kind == "M":
        values = np.datetime_as_string(entries, unit="auto")
    elif kind == "m":
        values = entries.astype(str)
    elif kind == "S":
        values = np.strings.decode(entries, "utf-8", "backslashreplace")
    elif kind in "bU":
        values = entries
    elif kind == "f" or (kind == "u" and entries.size and entries.max() > np.iinfo(np.int64).max):
        values = entries.astype(np.float64, copy=False)
    elif kind in "iu":
        values = entries.astype(np.int64, copy=False)
    else:
        width = entries.shape[1] if entries.ndim == 2 else 1
        values = _plain_objects(entries.ravel().tolist(), width, what, row_of).reshape(entries.shape)
    if values.dtype.kind == "U" and values.ndim == 2 and values.shape[1] > 1:
        raise InputError(
            f"{what} has shape {values.shape} and holds text, but classes are one column; pass one, or pass "
            "numbers."
        )
    return values


def _plain_objects(
    entries: Sequence[Any], width: int, what: str, row_of: Callable[[int], int]
) -> Shaped[np.ndarray, " n"]:
    types = [type(entry) for entry in entries]
    kinds = {each: _kind_of(each) for each in dict.fromkeys(types)}

    def rows_of(kind: str | None) -> list[int]:
        return sorted({place // width for place, each in enumerate(types) if kinds[each] == kind})

    if None in kinds.values():
        row = row_of(rows_of(None)[0])
        raise InputError(f"{what} holds a list or an array of its own in row {row}; give one value a row.")
    if "complex" in kinds.values():
        raise InputError(
            f"{what} holds complex numbers, first in row {row_of(rows_of('complex')[0])}. Complex data not "
            "supported: pass real numbers."
        )
    found = list(dict.fromkeys(kinds.values()))
    if len(found) > 1 and set(found) != {_TRUTH, _NUMBERS}:
        shown = [
            f"{kind} (in {len(rows)} row{'s' * (len(rows) > 1)}, first in row {row_of(rows[0])})"
            for kind, rows in ((kind, rows_of(kind)) for kind in found[:2])
        ]
        raise InputError(f"{what} mixes {' and '.join(shown)}; make them of one kind.")
    if not found or _NUMBERS in found:
        return _plain_numbers(entries, types, what)
    return np.array(entries, bool) if found == [_TRUTH] else np.array([_text(entry) for entry in entries])


def _kind_of(entry: type) -> str | None:
    """Name what entries of a type are; None for what holds entries of its own."""
    if issubclass(entry, (bool, np.bool_)):
        return _TRUTH
    if issubclass(entry, (str, bytes)):
        return _TEXT
    if issubclass(entry, (date, np.datetime64)):
        return "dates"
    if issubclass(entry, (timedelta, np.timedelta64)):  # which numpy counts among the whole numbers
        return "durations"
    if issubclass(entry, Complex) and not issubclass(entry, Real):
        return "complex"
    if issubclass(entry, Number):
        return _NUMBERS
    return None if hasattr(entry, "__len__") else entry.__name__


def _plain_numbers(entries: Sequence[Any], types: Sequence[type], what: str) -> Shaped[np.ndarray, " n"]:
    try:
        if all(issubclass(each, (int, np.integer, np.bool_)) for each in set(types)):
            return np.array(entries, np.int64)
    except OverflowError:
        pass
    try:
        return np.array(entries, np.float64)
    except OverflowError:
        raise InputError(f"{what} holds a number that is larger than a float can be.") from None


def _text(entry: Any) -> str:
    if isinstance(entry, bytes):
        return entry.decode("utf-8", "backslashreplace")
    if isinstance(entry, date) and getattr(entry, "tzinfo", None) is None:
        entry = np.datetime64(entry.isoformat())
    # A day is the same text in a date, in a time stamp and in an array of either.
    return str(np.datetime_as_string(entry, unit="auto") if isinstance(entry, np.datetime64) else entry)


def infinite_in(values: Shaped[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Say which values are infinite.

    Parameters
    ----------
    values : ndarray
        As `plain_values` gives them.

    Returns
    -------
    bool array of the same shape

    Examples
    --------
    >>> infinite_in(np.array([1.0, np.inf])).tolist(), infinite_in(np.array(["inf"])).tolist()
    ([False, True], [False])
    """
    return np.isinf(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)


def are_classes(values: Shaped[np.ndarray, ...]) -> bool:
    """Say whether values are classes: text, truth values, or whole numbers of few different values.

    Parameters
    ----------
    values : ndarray of shape (n_rows,) or (n_rows, n_numbers)
        As `plain_values` gives them. Of two axes only a single column can be classes.

    Returns
    -------
    bool

    Examples
    --------
    >>> are_classes(np.array([0.0, 1.0])), are_classes(np.array([0.5, 1.0])), are_classes(np.arange(21))
    (True, False, False)
    """
    if values.ndim == 2 and values.shape[1] != 1:
        return False
    if values.dtype.kind in "bU":
        return True
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        return False
    return len(np.unique(values)) <= MOST_WHOLE_NUMBERS
