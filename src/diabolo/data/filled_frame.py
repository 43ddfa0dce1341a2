"""Data frames with some of their cells replaced; all else is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["with_columns_replaced"]

# What becomes of a column of pandas whose type has a word of its own for a missing cell.
_EXTENSIONS = {"Float32": "Float32", "float[pyarrow]": "float[pyarrow]"}


def with_columns_replaced(frame: Any, columns: Mapping[Any, Float[np.ndarray, " n_rows"] | list[Any]]) -> Any:
    """Return a frame of the same kind with other cells in some columns.

    Parameters
    ----------
    frame : data frame of pandas or Polars, or Arrow table
        Left as it is.
    columns : mapping of name to array of shape (n_rows,), or list of object
        Numbers in arrays; categories in lists. None of them is missing.

    Returns
    -------
    data frame
        Rows, index, order and other columns as they were. Columns of float32 and float16 stay so; other
        numbers, integers among them, become float64. A list keeps its column's type, to whose categories
        what is new among them is added.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"a": [1.0, None], "kind": ["x", "y"]}, index=[7, 8])
    >>> with_columns_replaced(frame, {"a": np.array([1.0, 2.5])}).to_dict("list")
    {'a': [1.0, 2.5], 'kind': ['x', 'y']}
    """
    if not columns and not hasattr(frame, "column_names"):
        return frame.copy() if hasattr(frame, "iloc") else frame.clone()
    if hasattr(frame, "column_names"):
        for name, cells in columns.items():
            place = frame.column_names.index(name)
            frame = frame.set_column(place, name, _of_arrow(frame, name, cells))
        return frame
    if not hasattr(frame, "iloc"):
        return frame.with_columns([_of_polars(frame[name], cells) for name, cells in columns.items()])
    replaced = frame.copy()
    for name, cells in columns.items():
        column = frame[name]
        if isinstance(cells, list):
            replaced[name] = _of_pandas(column, cells)
            continue
        replaced[name] = type(column)(cells, index=column.index, dtype=_pandas_type(column.dtype))
    return replaced


def _pandas_type(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype):
        return dtype if dtype.kind == "f" else np.dtype(np.float64)
    if str(dtype).endswith("[pyarrow]"):
        return _EXTENSIONS.get(str(dtype), "double[pyarrow]")
    is_nullable = hasattr(dtype, "numpy_dtype")
    return _EXTENSIONS.get(str(dtype), "Float64") if is_nullable else np.dtype(np.float64)


def _of_pandas(column: Any, cells: list[Any]) -> Any:
    """Make a column of pandas of cells of which some were missing."""
    if hasattr(column, "cat"):
        known = set(column.cat.categories)
        new = [cell for cell in dict.fromkeys(cells) if cell not in known]
        return type(column)(cells, index=column.index, dtype=column.cat.add_categories(new).dtype)
    return type(column)(cells, index=column.index, dtype=column.dtype)


def _of_arrow(frame: Any, name: str, cells: Float[np.ndarray, " n_rows"] | list[Any]) -> Any:
    own = frame.select([name])
    if isinstance(cells, list):
        return type(frame).from_pydict({name: cells}, schema=own.schema).column(0)
    made, kind = type(frame).from_pydict({name: np.asarray(cells, np.float64)}).column(0), own.schema[0].type
    return made.cast(kind) if str(kind) == "float" else made


def _of_polars(column: Any, cells: Float[np.ndarray, " n_rows"] | list[Any]) -> Any:
    if isinstance(cells, list):
        dtype = column.dtype
        if str(dtype).startswith("Enum"):
            dtype = type(dtype)(list(dict.fromkeys([*dtype.categories, *cells])))
        return type(column)(column.name, cells, dtype=dtype)
    made = type(column)(column.name, np.asarray(cells, np.float64))
    return made.cast(column.dtype) if str(column.dtype) == "Float32" else made
