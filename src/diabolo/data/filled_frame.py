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


def with_columns_replaced(frame: Any, columns: Mapping[Any, Float[np.ndarray, " n_rows"]]) -> Any:
    """Return a frame of the same kind with other numbers in some columns.

    Parameters
    ----------
    frame : data frame of pandas or Polars
        Left as it is.
    columns : mapping of name to array of shape (n_rows,)
        None of them is missing.

    Returns
    -------
    data frame
        Rows, index, order and other columns as they were. Columns of float32 and float16 stay so; other
        numbers, integers among them, become float64.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"a": [1.0, None], "kind": ["x", "y"]}, index=[7, 8])
    >>> with_columns_replaced(frame, {"a": np.array([1.0, 2.5])}).to_dict("list")
    {'a': [1.0, 2.5], 'kind': ['x', 'y']}
    """
    if not columns:
        return frame.copy() if hasattr(frame, "iloc") else frame.clone()
    if not hasattr(frame, "iloc"):
        return frame.with_columns([_of_polars(frame[name], cells) for name, cells in columns.items()])
    replaced = frame.copy()
    for name, cells in columns.items():
        column = frame[name]
        replaced[name] = type(column)(cells, index=column.index, dtype=_pandas_type(column.dtype))
    return replaced


def _pandas_type(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype):
        return dtype if dtype.kind == "f" else np.dtype(np.float64)
    if str(dtype).endswith("[pyarrow]"):
        return _EXTENSIONS.get(str(dtype), "double[pyarrow]")
    is_nullable = hasattr(dtype, "numpy_dtype")
    return _EXTENSIONS.get(str(dtype), "Float64") if is_nullable else np.dtype(np.float64)


def _of_polars(column: Any, cells: Float[np.ndarray, " n_rows"]) -> Any:
    made = type(column)(column.name, np.asarray(cells, np.float64))
    return made.cast(column.dtype) if str(column.dtype) == "Float32" else made
