"""Data frames of pandas and of Polars as sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.columns import carried_columns, check_names, listed
from diabolo.data.columns_source import ColumnsSource, PackedColumn
from diabolo.data.loose_cells import as_numbers, as_text, check_loose
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Column = Shaped[np.ndarray, " n_rows"] | PackedColumn

__all__ = ["FrameSource", "carried_values", "frame_source", "is_frame"]

_FLOAT64 = np.dtype(np.float64)
_POLARS = {
    "Boolean": np.dtype(bool),
    **{f"Float{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
    **{f"Int{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
}


class FrameSource(ColumnsSource):
    """A data frame whose columns lie apart: of several types, or with some that are nullable."""


def is_frame(thing: Any) -> bool:
    """Whether something is a data frame of pandas or Polars; neither is imported.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_frame([1, 2])
    False
    """
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] in ("pandas", "polars")
        for kind in type(thing).__mro__
    )


def frame_source(
    frame: Any,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    owner: str | None = None,
    name: str = "the data frame",
) -> Source:
    """Take a data frame as a source, without a copy: numeric columns are features, others are carried.

    Parameters
    ----------
    frame : pandas.DataFrame or polars.DataFrame
        Its cells are copied as they are read.
    target : str or int, optional
        The column that is the target, by name or number; it is carried, and no feature.
    keep_columns : sequence of str or int, optional
        Further columns to carry although they hold numbers.
    owner : str, optional
        The estimator that is given the frame. Then every column is a feature, and text that reads as a number
        is that number.
    name : str, default "the data frame"
        For messages.

    Returns
    -------
    Source
        Missing cells are NaN. A pandas index other than a plain count gives the rows' names.

    Raises
    ------
    InputError
        There is no column of that name, or no numeric column, or two of one name; or, with an owner, a column
        does not hold numbers.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"a": [1.0, 2.0], "kind": ["x", "y"], "age": [30, 40]})
    >>> source = frame_source(frame, target="age")
    >>> source.feature_names, list(source.carried), source.target_name
    (('a',), ['kind', 'age'], 'age')
    """
    names = [str(each) for each in frame.columns]
    check_names(names, name, InputError)
    types = list(frame.dtypes)
    numbers = [_number_type(dtype) for dtype in types]
    if owner is not None:
        for position, dtype in enumerate(types):
            if numbers[position] is None:
                check_loose(dtype, owner, position, names[position])
        return _source(frame, list(range(len(names))), names, numbers, name, owner)
    aside = carried_columns(target, keep_columns, names, len(names), name, InputError)
    taken = set(aside.values())
    features = [i for i, number in enumerate(numbers) if number is not None and i not in taken]
    if not features:
        raise InputError(f"{name} has no numeric column; its columns are {listed(names)}.")
    left = sorted(set(range(len(names))).difference(features))
    index = getattr(frame, "index", None)
    is_plain = index is None or type(index).__name__ == "RangeIndex"
    return _source(
        frame,
        features,
        names,
        numbers,
        name,
        row_names=None if is_plain or index is None else [str(each) for each in index],
        carried={names[i]: carried_values(_column(frame, i)) for i in left},
        target_name=None if target is None else names[next(iter(aside.values()))],
    )


def carried_values(column: Any) -> Shaped[np.ndarray, " n_rows"]:
    """Take a column that is no feature out of a frame: as numbers, missing ones NaN, or as text.

    Parameters
    ----------
    column : pandas.Series or polars.Series
        Numbers, text, dates or categories; categories that are numbers are these.

    Returns
    -------
    ndarray of bool, int, float or str

    Examples
    --------
    >>> import pandas
    >>> carried_values(pandas.Series([1, None], dtype="Int64")).tolist()
    [1.0, nan]
    >>> carried_values(pandas.Series(["a", None])).tolist()
    ['a', '']
    """
    number = _number_type(column.dtype)
    if number is not None:
        return np.array(_cells(column, number)[:])
    if str(column.dtype) == "category":
        values = np.asarray(column.to_numpy())
        if values.dtype.kind in "buif":
            return values
    return as_text(column.to_list())


def _source(
    frame: Any,
    features: Sequence[int],
    names: Sequence[str],
    numbers: Sequence[np.dtype[Any] | None],
    name: str,
    owner: str | None = None,
    **described: Any,
) -> Source:
    described["feature_names"] = [names[i] for i in features]
    block = _block(frame, features)
    if block is not None:
        return ArraySource(block, name=name, **described)
    apart = _blocks(frame, features)
    columns: list[Column] = []
    for i in features:
        if i in apart:
            columns.append(apart[i])
            continue
        column, number = _column(frame, i), numbers[i]
        if number is None:
            columns.append(as_numbers(column.to_list(), str(owner), i, names[i]))
        else:
            columns.append(_cells(column, number))
    return FrameSource(columns, len(frame), name, **described)


def _number_type(dtype: Any) -> np.dtype[Any] | None:
    """Return which numbers a column holds where none of them is missing; None for other kinds of cells."""
    if not isinstance(dtype, np.dtype):
        if hasattr(dtype, "is_numeric"):  # Polars'
            own = _POLARS.get(str(dtype))
            # The others are decimals, and integers of 128 bits.
            return _FLOAT64 if own is None and dtype.is_numeric() else own
        if str(dtype).startswith("decimal"):  # Arrow's, in pandas
            return _FLOAT64
        # Nullable numbers have the one, sparse ones the other; so have intervals, which are no numbers.
        inner = "subtype" if type(dtype).__name__ == "SparseDtype" else "numpy_dtype"
        dtype = getattr(dtype, inner, None)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind in "buif" else None


def _block(frame: Any, features: Sequence[int]) -> Shaped[np.ndarray, "n_rows n_features"] | None:
    """Return columns as one array where pandas holds them so; it is not copied."""
    if not features or not hasattr(frame, "iloc"):
        return None
    first, last = features[0], features[-1]
    types = list(frame.dtypes.iloc[first : last + 1])
    # Columns of a block have the very same type.
    if len(features) != len(types) or any(each is not types[0] for each in types):
        return None
    if not isinstance(types[0], np.dtype) or types[0].kind not in "buif":
        return None
    left, right = (_column(frame, i).to_numpy() for i in (first, last))
    if left.base is None or left.base is not right.base:
        return None
    # Columns that are no block are put together in new memory.
    if not np.may_share_memory(frame.iloc[:1, first : last + 1].to_numpy(), right):
        return None
    return np.asarray(frame.iloc[:, first : last + 1].to_numpy())


def _blocks(frame: Any, features: Sequence[int]) -> dict[int, Shaped[np.ndarray, " n_rows"]]:
    """Return columns by number where pandas holds all of their type as one array; they are not copied.

    Of thousands of columns this takes a hundredth of the time that taking them one by one does.
    """
    found: dict[int, Shaped[np.ndarray, " n_rows"]] = {}
    if not hasattr(frame, "iloc") or not len(frame):
        return found
    types = list(frame.dtypes)
    for dtype in {each for each in types if isinstance(each, np.dtype) and each.kind in "buif"}:
        places = [i for i, each in enumerate(types) if each is dtype]
        # Before pandas 3 a selection is a copy, which is seen by a single row of it.
        first = frame.iloc[:1].select_dtypes(include=[dtype.type])
        if first.shape[1] != len(places) or not np.may_share_memory(
            _column(first, 0).to_numpy(), _column(frame, places[0]).to_numpy()
        ):
            continue
        block = _block(frame.select_dtypes(include=[dtype.type]), range(len(places)))
        if block is not None:
            found.update(zip(places, block.T, strict=True))
    return {i: found[i] for i in features if i in found}


def _column(frame: Any, position: int) -> Any:
    return frame.iloc[:, position] if hasattr(frame, "iloc") else frame.to_series(position)


def _cells(column: Any, number: np.dtype[Any]) -> Column:
    """Return a column's cells without a copy, packed where they are no array of numpy's."""
    if isinstance(column.dtype, np.dtype):
        return np.asarray(column.to_numpy())
    if not hasattr(column, "null_count"):
        return PackedColumn(column.array, _holding(number, bool(column.isna().any())), _of_pandas)
    missing = column.null_count() > 0
    # Decimals and integers of 128 bits are made floats.
    is_plain = number.kind != "b" and column.dtype.is_float() == (number.kind == "f")
    if is_plain and not missing and column.n_chunks() == 1:
        return np.asarray(column.to_numpy(allow_copy=False))
    return PackedColumn(column, _holding(number, missing), _of_polars)


def _holding(number: np.dtype[Any], missing: bool) -> np.dtype[Any]:
    return _FLOAT64 if missing and number.kind != "f" else number


def _of_pandas(values: Any, dtype: np.dtype[Any], rows: Any) -> Shaped[np.ndarray, " chosen"]:
    missing = {"na_value": np.nan} if dtype.kind == "f" else {}
    return np.asarray(values[rows].to_numpy(dtype=dtype, **missing))


def _of_polars(values: Any, dtype: np.dtype[Any], rows: Any) -> Shaped[np.ndarray, " chosen"]:
    chosen = values[rows]
    # Booleans and decimals with missing cells would become objects.
    return np.asarray((chosen.cast(float) if dtype == _FLOAT64 else chosen).to_numpy())
