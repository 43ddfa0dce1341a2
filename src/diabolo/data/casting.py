"""Arrays of any numeric kind made into finite float32 rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32, Shaped

    AnyArray = Shaped[np.ndarray, "..."]

# Cells looked at together: the temporaries stay in the processor's cache and memory does not double.
_BLOCK_CELLS = 1 << 18


def float32_rows(array: AnyArray, place: str) -> Float32[np.ndarray, "n_rows n_features"]:
    """Check that an array is a table of finite numbers, and cast it to float32.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_features)
        Booleans (0 and 1), integers or floats of any width and byte order.
    place : str
        Where the array came from, as the error messages should begin.

    Returns
    -------
    ndarray of shape (n_rows, n_features), float32
        C-contiguous; the given array itself where it is that already.

    Raises
    ------
    DataFileError
        The array has other than two axes, no rows or no columns, holds something that is not a real
        number, a NaN or an infinity, or a number that float32 cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> float32_rows(np.array([[True, False]]), "here")
    array([[1., 0.]], dtype=float32)
    """
    check_table(array.shape, array.dtype, place)
    n_rows, n_features = array.shape
    ready = array.dtype == np.float32 and array.flags.c_contiguous
    rows = array if ready else np.empty(array.shape, np.float32)
    step = max(1, _BLOCK_CELLS // n_features)
    for start in range(0, n_rows, step):
        block = slice(start, start + step)
        if not ready:
            with np.errstate(over="ignore"):  # found again below, with its row and column
                rows[block] = array[block]
        finite = np.isfinite(rows[block])
        if not finite.all():
            row, column = (int(index) for index in np.argwhere(~finite)[0])
            raise _not_finite(array[start + row, column], start + row, column, place)
    return rows


def check_table(shape: tuple[int, ...], dtype: np.dtype[Any], place: str) -> None:
    """Check that an array of such a shape and type is a table of real numbers with something in it.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    dtype : dtype
        Of its values.
    place : str
        Where the array is, as the error messages should begin.

    Raises
    ------
    DataFileError
        It has other than two axes, no rows or no columns, or values that are not real numbers.

    Examples
    --------
    >>> check_table((3, 2), np.dtype("f4"), "here")
    """
    if dtype.kind not in "buif":
        raise DataFileError(
            f"{place} holds values of type {dtype}, and rows must be real numbers: "
            "convert them to float32 first."
        )
    if len(shape) != 2:
        example = "array.reshape(-1, 1)" if len(shape) < 2 else "array.reshape(len(array), -1)"
        raise DataFileError(
            f"{place} has the shape {shape}, and a table has two axes, rows and columns: "
            f"reshape it first, for example with {example}."
        )
    if 0 in shape:
        raise DataFileError(
            f"{place} has the shape {shape}, and a table needs at least one row and one column."
        )


def copy_cells(out: AnyArray, values: AnyArray) -> None:
    """Copy cells into an array of another type of number, which may be narrower.

    Parameters
    ----------
    out : ndarray
        Where to.
    values : ndarray of the same shape
        Where from. What does not fit a float becomes infinite, without a warning.

    Examples
    --------
    >>> out = np.empty(2, np.float32)
    >>> copy_cells(out, np.array([0.5, 1e300]))
    >>> out.tolist()
    [0.5, inf]
    """
    if out.dtype == values.dtype:
        np.copyto(out, values)
        return
    with np.errstate(over="ignore", invalid="ignore"):
        np.copyto(out, values, casting="unsafe")


def _not_finite(value: Any, row: int, column: int, place: str) -> DataFileError:
    where = f"{place}, row {row}, column {column} (both counted from 0)"
    if np.isnan(value):
        return DataFileError(
            f"{where}: the value is nan; missing values are not supported here, "
            "so fill them or drop such rows."
        )
    if np.isinf(value):
        return DataFileError(f"{where}: the value is {value}, and every value must be finite.")
    return DataFileError(
        f"{where}: {value} does not fit float32, whose largest number is 3.4e38; rescale the column."
    )
