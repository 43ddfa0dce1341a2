"""Files of several named arrays: which is the table, and which columns and names go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from diabolo.data.cells import check_table
from diabolo.data.columns import shown_name
from diabolo.errors import DataFileError, nearest_name
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["NamedArray", "NamedTable", "Wanted", "choose_table"]

# Names in common use, in this order of trust; the first is what Diabolo writes.
_TABLES = ("data", "X", "x")
_TARGETS = ("label", "labels", "y", "target")
_FEATURE_NAMES = ("feature_names", "features", "columns", "var_names")
_ROW_NAMES = ("row_names", "samples", "obs_names", "index", "ids")
_ARRAYS_SHOWN = 10


class Wanted(TypedDict, total=False):
    """What may be said of the table in a file of named arrays, as of `diabolo.open`."""

    dataset: str | None
    target: str | None
    rows: Literal["first", "last"]
    keep_columns: Sequence[str] | None


@dataclass(frozen=True)
class NamedArray:
    """An array that a file offers, not read yet.

    Parameters
    ----------
    shape : tuple of int
        Its axes.
    dtype : dtype
        Of its values.
    is_text : bool
        Whether it holds strings.
    load : callable
        Reads all of it: strings as text, everything else as it is.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_text: bool
    load: Callable[[], np.ndarray]

    @property
    def is_column(self) -> bool:
        """Whether it can go along with a table: one axis of text or of numbers."""
        return len(self.shape) == 1 and (self.is_text or self.dtype.kind in "buif")


@dataclass(frozen=True)
class NamedTable:
    """Which of a file's arrays is the table, and what goes with it.

    Parameters
    ----------
    name : str
        Of the table.
    shape : (int, int)
        Rows and features.
    dtype : dtype
        Of the cells.
    carried : mapping of str to ndarray
        The columns that go with the rows.
    feature_names, row_names : tuple of str or None
        As the file gives them.
    target_name : str or None
        Which carried column is the target.
    is_transposed : bool
        Whether it is stored features x rows.
    """

    name: str
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    carried: Mapping[str, Shaped[np.ndarray, " n_rows"]] = field(default_factory=dict)
    feature_names: tuple[str, ...] | None = None
    row_names: tuple[str, ...] | None = None
    target_name: str | None = None
    is_transposed: bool = False

    def block(self, chunks: tuple[int, int]) -> tuple[int, int]:
        """Return rows and features of a chunk, given its lengths in the file."""
        height, width = chunks[::-1] if self.is_transposed else chunks
        return min(height, self.shape[0]), min(width, self.shape[1])

    def described(self) -> dict[str, Any]:
        """Return what a source is told of its names and carried columns."""
        return {key: vars(self)[key] for key in ("feature_names", "row_names", "carried", "target_name")}


def choose_table(
    arrays: Mapping[str, NamedArray],
    place: str,
    *,
    dataset: str | None = None,
    target: str | None = None,
    rows: Literal["first", "last"] = "first",
    keep_columns: Sequence[str] | None = None,
) -> NamedTable:
    """Find the table among named arrays, and what belongs to it.

    Without a name it is ``data``, ``X``, or the only array of two axes. Every array of one axis beside it,
    with one entry a row, is carried along; names are looked for under their usual names.

    Parameters
    ----------
    arrays : mapping of str to NamedArray
        What the file has, by its path inside the file.
    place : str
        The file, as messages begin.
    dataset : str, optional
        The table's name.
    target : str, optional
        The name of the array with the target.
    rows : {"first", "last"}, default "first"
        Which axis of the table goes along the rows.
    keep_columns : sequence of str, optional
        The arrays to carry; None carries all that fit.

    Returns
    -------
    NamedTable

    Raises
    ------
    DataFileError
        There is no such array, it is no table, or row counts differ.

    Examples
    --------
    >>> def held(array):
    ...     return NamedArray(array.shape, array.dtype, False, lambda: array)
    >>> table = choose_table({"data": held(np.eye(3)), "label": held(np.arange(3))}, "a.h5")
    >>> table.name, table.carried
    ('data', {'label': array([0, 1, 2])})
    """
    name = _table(arrays, place, dataset)
    table = arrays[name]
    check_table(table.shape, table.dtype, f"{place}, dataset {name!r}")
    shape = table.shape if rows == "first" else table.shape[::-1]
    n_rows, n_features = shape
    folder = name.rpartition("/")[0]
    beside = {
        path.removeprefix(f"{folder}/"): array
        for path, array in arrays.items()
        if path != name and path.rpartition("/")[0] == folder
    }
    feature_names, feature_key = _names(beside, _FEATURE_NAMES, n_features)
    row_names, row_key = _names(beside, _ROW_NAMES, n_rows)
    fits = {
        key: array
        for key, array in beside.items()
        if key not in (feature_key, row_key) and array.is_column and array.shape == (n_rows,)
    }
    whole = f"{place}, dataset {name!r}"
    if target is None and not any(key in fits for key in _TARGETS):
        for key in _TARGETS:
            # Text is spared: a list of class names is a usual thing to have beside a table.
            if key in beside and beside[key].is_column and not beside[key].is_text:
                raise _differs(whole, table.shape, rows, key, beside[key].shape)
    asked = [] if target is None else [target]
    for wanted, what in [
        *((each, "a target") for each in asked),
        *((each, "a column to keep") for each in keep_columns or ()),
    ]:
        found = beside.get(wanted) or arrays.get(wanted.strip("/"))
        if found is None:
            columns = {
                key: array
                for key, array in arrays.items()
                if len(array.shape) == 1 and key.rpartition("/")[2] not in (feature_key, row_key)
            }
            raise DataFileError(
                f"{place} has no dataset {wanted!r} for {what}; it has {_listing(columns)}."
                f"{nearest_name(wanted, columns)}"
            )
        if found.shape != (n_rows,):
            raise _differs(whole, table.shape, rows, wanted, found.shape)
        if not found.is_column:
            raise DataFileError(
                f"{place}, dataset {wanted!r} holds values of type {found.dtype}, and {what} must be of "
                "numbers or of text: convert it first."
            )
        fits[wanted] = found
    if keep_columns is not None:
        fits = {key: fits[key] for key in (*asked, *keep_columns)}
    carried = {key: array.load() for key, array in fits.items()}
    names = feature_names, row_names
    return NamedTable(name, (n_rows, n_features), table.dtype, carried, *names, target, rows == "last")


def _table(arrays: Mapping[str, NamedArray], place: str, dataset: str | None) -> str:
    tables = {name: array for name, array in arrays.items() if len(array.shape) == 2 and not array.is_text}
    if dataset is not None:
        wanted = dataset.strip("/")
        if wanted in arrays:
            return wanted
        raise DataFileError(
            f"{place} has no dataset {dataset!r}; of two axes it has {_listing(tables)}."
            f"{nearest_name(wanted, arrays)}"
        )
    numeric = [name for name, array in tables.items() if array.dtype.kind in "buif"]
    for usual in _TABLES:
        if usual in numeric:
            return usual
    if len(numeric) == 1:
        return numeric[0]
    if not numeric:
        if len(arrays) == 1:
            return next(iter(arrays))  # whose shape is wrong, as check_table will say
        raise DataFileError(f"{place} has no dataset of numbers of two axes; it has {_listing(arrays)}.")
    raise DataFileError(
        f"{place} has {len(numeric)} datasets of two axes: name one with "
        f"{either('dataset=', '--dataset')}, or as {place}::{numeric[0]}; it has {_listing(tables)}."
    )


def _names(
    beside: Mapping[str, NamedArray], usual: Sequence[str], count: int
) -> tuple[tuple[str, ...] | None, str | None]:
    for key in usual:
        if key in beside and beside[key].is_text and beside[key].shape == (count,):
            # Under another name than Diabolo's own the column may be of use for itself, as people's ids are.
            return tuple(beside[key].load().tolist()), key if key == usual[0] else None
    return None, None


def _differs(
    place: str, stored: tuple[int, ...], rows: str, key: str, shape: tuple[int, ...]
) -> DataFileError:
    n_rows, other = stored if rows == "first" else stored[::-1]
    other_way = "last" if rows == "first" else "first"
    cure = (
        f"its other axis has as many, so read it with {setting('rows', other_way)}"
        if shape == (other,)
        else "give one entry for each row"
    )
    got = f"{shape[0]} entries" if len(shape) == 1 else f"the shape {shape}"
    return DataFileError(
        f"{place}: row counts that differ: it has {n_rows} rows and the dataset {key!r} has {got}; {cure}."
    )


def _listing(arrays: Mapping[str, NamedArray]) -> str:
    if not arrays:
        return "none"
    shown = [f"{shown_name(name)} of shape {array.shape}" for name, array in arrays.items()]
    more = f" and {len(shown) - _ARRAYS_SHOWN} more" if len(shown) > _ARRAYS_SHOWN else ""
    return ", ".join(shown[:_ARRAYS_SHOWN]) + more
