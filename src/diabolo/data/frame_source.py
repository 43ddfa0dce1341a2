"""Data frames of pandas and of Polars as sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource, ColumnBlock, ColumnsSource, PackedColumn
from diabolo.data.cells import LooseColumns, as_text
from diabolo.data.column_roles import column_roles, refuse_text
from diabolo.data.columns import check_names, listed
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Column = Shaped[np.ndarray, " n_rows"] | PackedColumn

__all__ = ["carried_values", "frame_source"]

_FLOAT64 = np.dtype(np.float64)
# Fewer columns are faster taken one by one than by looking for the array that holds them.
_MANY_COLUMNS = 128
_POLARS = {
    "Boolean": np.dtype(bool),
    **{f"Float{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
    **{f"Int{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
}


def frame_source(
    frame: Any,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
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
    drop_columns, columns : sequence of str or int, optional
        Columns that are not read; the only features.
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
    names = [str(each) for each in (frame.columns.tolist() if hasattr(frame, "iloc") else frame.columns)]
    check_names(names, name, InputError)
    types = list(frame.dtypes)
    known = {dtype: _number_type(dtype) for dtype in set(types)}
    numbers = [known[dtype] for dtype in types]
    if owner is not None:
        return _source(frame, list(range(len(names))), names, types, numbers, name, owner)
    roles = column_roles(target, keep_columns, drop_columns, columns, names, len(names), name, InputError)
    refuse_text([names[i] for i in roles.chosen if numbers[i] is None], name, InputError)
    taken = roles.unread.union(roles.carried.values())
    features = [i for i, number in enumerate(numbers) if number is not None and i not in taken]
    if not features:
        raise InputError(f"{name} has no numeric column; its columns are {listed(names)}.")
    left = sorted(set(range(len(names))).difference(features, roles.unread))
    index = getattr(frame, "index", None)
    is_plain = index is None or type(index).__name__ == "RangeIndex"
    return _source(
        frame,
        features,
        names,
        types,
        numbers,
        name,
        row_names=None if is_plain or index is None else [str(each) for each in index],
        carried={names[i]: carried_values(each) for i, each in zip(left, _columns(frame, left), strict=True)},
        target_name=None if target is None else names[next(iter(roles.carried.values()))],
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
    types: Sequence[Any],
    numbers: Sequence[np.dtype[Any] | None],
    name: str,
    owner: str | None = None,
    **described: Any,
) -> Source:
    described["feature_names"] = [names[i] for i in features]
    if features and hasattr(frame, "iloc"):
        first, last = features[0], features[-1]
        together = types[first : last + 1]
        is_one = len(features) == len(together) and all(each is types[first] for each in together)
        block = _block(frame, first, last) if is_one and _is_plain(types[first]) else None
        if block is not None:
            return ArraySource(block, name=name, **described)
    blocks = _blocks(frame, features, types)
    columns: dict[int, Column] = {}
    apart = sorted(set(range(len(features))).difference(*(each.places.tolist() for each in blocks)))
    loose = LooseColumns(str(owner))
    for place, column in zip(apart, _columns(frame, [features[place] for place in apart]), strict=True):
        i = features[place]
        number = numbers[i]
        if number is None:
            columns[place] = loose.numbers(types[i], column.to_list(), i, names[i])
        else:
            columns[place] = _cells(column, number)
    loose.refuse()
    return ColumnsSource(columns, len(frame), name, blocks, **described)


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


def _block(frame: Any, first: int, last: int) -> Shaped[np.ndarray, "n_rows n_columns"] | None:
    """Return columns of one type as one array where pandas holds them so; it is not copied."""
    left, right = (each.to_numpy() for each in _columns(frame, (first, last)))
    if left.base is None or left.base is not right.base:
        return None
    # Columns that are no block are put together in new memory.
    if not np.may_share_memory(frame.iloc[:1, first : last + 1].to_numpy(), right):
        return None
    return np.asarray(frame.iloc[:, first : last + 1].to_numpy())


def _blocks(frame: Any, features: Sequence[int], types: Sequence[Any]) -> list[ColumnBlock]:
    """Return columns where pandas holds all of their type as one array; it is not copied."""
    found: list[ColumnBlock] = []
    if not hasattr(frame, "iloc") or not len(frame) or len(features) < _MANY_COLUMNS:
        return found
    alike: dict[int, list[int]] = {}  # columns of a block have the very same type
    for i, dtype in enumerate(types):
        alike.setdefault(id(dtype), []).append(i)
    for places in alike.values():
        dtype = types[places[0]]
        if not _is_plain(dtype):
            continue
        # Before pandas 3 a selection is a copy, which is seen by a single row of it.
        first = frame.iloc[:1].select_dtypes(include=[dtype.type])
        if first.shape[1] != len(places) or not np.may_share_memory(
            first.iloc[:, 0].to_numpy(), frame.iloc[:, places[0]].to_numpy()
        ):
            continue
        block = _block(frame.select_dtypes(include=[dtype.type]), 0, len(places) - 1)
        if block is not None:
            _, wanted, at = np.intersect1d(features, places, assume_unique=True, return_indices=True)
            found.append(ColumnBlock(wanted, at, block.T))
    return found


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "buif"


def _columns(frame: Any, positions: Sequence[int]) -> list[Any]:
    if not hasattr(frame, "iloc"):
        columns = frame.get_columns()
    elif 2 * len(positions) > frame.shape[1]:
        columns = [column for _, column in frame.items()]
    else:
        return [frame.iloc[:, i] for i in positions]
    return [columns[i] for i in positions]


def _cells(column: Any, number: np.dtype[Any]) -> Column:
    """Return a column's cells without a copy, packed where they are no array of numpy's."""
    if isinstance(column.dtype, np.dtype):
        return np.asarray(column.to_numpy())
    if not hasattr(column, "null_count"):
        missing = bool(column.array.isna().any())
        if not missing and number.kind != "b" and hasattr(column.dtype, "numpy_dtype"):
            cells = np.asarray(column.to_numpy())
            if cells.dtype == number:  # decimals would be objects
                return cells
        return PackedColumn(column.array, _holding(number, missing), _of_pandas)
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
