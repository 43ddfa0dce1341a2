"""Data frames of pandas and of Polars as sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError, nearest_name

__all__ = ["frame_source", "is_frame"]


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
    kind = type(thing)
    return kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] in ("pandas", "polars")


def frame_source(
    frame: Any, *, target: str | None = None, keep_columns: Sequence[str] | None = None
) -> ArraySource:
    """Take a data frame as a source: numeric columns are features, others are carried.

    Parameters
    ----------
    frame : pandas.DataFrame or polars.DataFrame
        Its numeric columns are copied into one array.
    target : str, optional
        The column that is the target; it is carried, and no feature.
    keep_columns : sequence of str, optional
        Further columns to carry although they hold numbers.

    Returns
    -------
    ArraySource
        Missing cells are NaN. A pandas index other than a plain count gives the rows' names.

    Raises
    ------
    InputError
        There is no column of that name, or no numeric column.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"a": [1.0, 2.0], "kind": ["x", "y"], "age": [30, 40]})
    >>> source = frame_source(frame, target="age")
    >>> source.feature_names, list(source.carried), source.target_name
    (('a',), ['kind', 'age'], 'age')
    """
    names = [str(name) for name in frame.columns]
    for wanted in [*([] if target is None else [target]), *(keep_columns or ())]:
        if wanted not in names:
            raise InputError(f"the data frame has no column {wanted!r}.{nearest_name(wanted, names)}")
    features: dict[str, np.ndarray] = {}
    carried: dict[str, np.ndarray] = {}
    for place, name in enumerate(names):
        values = _values(frame.iloc[:, place] if hasattr(frame, "iloc") else frame[name])
        aside = name == target or name in (keep_columns or ()) or values.dtype.kind not in "buif"
        (carried if aside else features)[name] = values
    if not features:
        raise InputError(f"the data frame has no numeric column; its columns are {', '.join(names[:10])}.")
    index = getattr(frame, "index", None)
    is_plain = index is None or type(index).__name__ == "RangeIndex"
    dtype = np.result_type(*{values.dtype for values in features.values()})
    array = np.empty((len(frame), len(features)), dtype)
    for column, values in enumerate(features.values()):
        array[:, column] = values
    return ArraySource(
        array,
        feature_names=list(features),
        row_names=None if is_plain or index is None else [str(each) for each in index],
        carried=carried,
        target_name=target,
        name="the data frame",
    )


def _values(column: Any) -> np.ndarray:
    values = np.asarray(column.to_numpy())
    if values.dtype.kind in "buif":
        return values
    plain = getattr(getattr(column, "dtype", None), "numpy_dtype", None)
    if plain is not None and plain.kind in "buif":  # pandas' numbers that may be missing
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.array(["" if _is_missing(each) else str(each) for each in values.tolist()], str)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ == "NAType"
