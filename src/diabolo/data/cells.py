"""Cells: copied from one kind of number to another, averaged, and read where their column is no numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.allowance import check_width
from diabolo.errors import DataFileError, InputError, InputTypeError

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

    AnyArray = Shaped[np.ndarray, "..."]

__all__ = [
    "LARGEST",
    "ShortLoops",
    "as_text",
    "check_table",
    "complex_cells",
    "copy_cells",
    "is_missing",
    "mean_of_known",
    "no_table",
    "parts",
    "row_means",
    "text_array",
    "unmasked",
]

# Not Python's float, which numpy would make a half of beside halves: infinity.
LARGEST = np.finfo(np.float32).max
"""The largest number that is used; larger cells are refused."""
# So many cells, of at least and at most so many columns, are turned from columns to rows at a time: more
# would leave the processor's cache before their neighbors are wanted.
_PART_CELLS = 2**20
_PART_COLUMNS = (64, 1024)
# Lines that are shorter than its buffer numpy copies there, several at a time, which takes as long again as
# the arithmetic.
_LOOP_CELLS = 128


def _is_text(dtype: np.dtype[Any]) -> bool:
    """Whether values are text; that of HDF5 is of objects, and h5py notes what they are."""
    noted: Any = dtype.metadata or {}
    return dtype.kind in "US" or noted.get("vlen") in (str, bytes)


def check_table(
    shape: tuple[int, ...], dtype: np.dtype[Any], place: str, error: type[InputError] = DataFileError
) -> None:
    """Check that an array of such a shape and type is a table of real numbers with something in it.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    dtype : dtype
        Of its values.
    place : str
        Where the array is, as the error messages should begin.
    error : type, default DataFileError
        What to raise.

    Raises
    ------
    DataFileError
        (or `error`) It has other than two axes, no rows or no columns, or values that are not real numbers.

    Examples
    --------
    >>> check_table((3, 2), np.dtype("f4"), "here")
    """
    if dtype.kind not in "buif":
        what = "text" if _is_text(dtype) else f"values of type {dtype}"
        raise error(f"{place} holds {what}, and rows must be real numbers: convert them to float32 first.")
    if len(shape) != 2:
        example = "array.reshape(-1, 1)" if len(shape) < 2 else "array.reshape(len(array), -1)"
        raise error(
            f"{place} has the shape {shape}, and a table has two axes, rows and columns: "
            f"reshape it first, for example with {example}."
        )
    if 0 in shape:
        raise error(f"{place} has the shape {shape}, and a table needs at least one row and one column.")


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
    with np.errstate(over="ignore", invalid="ignore"):
        if values.ndim == 2 and abs(values.strides[0]) < abs(values.strides[1]):
            for part in parts(*out.shape):
                np.copyto(out[part], values[part], casting="unsafe")
        else:
            np.copyto(out, values, casting="unsafe")


class ShortLoops(np.errstate):
    """Have numpy go along each line by itself, and say nothing of cells that overflow or are missing.

    Examples
    --------
    >>> cells = np.ones((1000, 500))
    >>> with ShortLoops():
    ...     cells -= np.ones(500)
    >>> float(cells.max())
    0.0
    """

    def __init__(self) -> None:
        super().__init__(over="ignore", invalid="ignore")

    def __enter__(self) -> None:
        super().__enter__()  # which sets the buffer back at the end, too
        np.setbufsize(_LOOP_CELLS)


def parts(n_rows: int, n_columns: int) -> Iterator[tuple[slice, slice]]:
    """Cut a table whose columns lie apart into rectangles that are copied one after the other.

    Parameters
    ----------
    n_rows, n_columns : int
        Of the table.

    Yields
    ------
    (slice, slice)
        Rows and columns; about a million cells.

    Examples
    --------
    >>> list(parts(1000, 1500))
    [(slice(0, 1000, None), slice(0, 1024, None)), (slice(0, 1000, None), slice(1024, 1500, None))]
    """
    narrow, wide = _PART_COLUMNS
    width = max(min(_PART_CELLS // max(n_rows, 1), wide), narrow)
    height = max(_PART_CELLS // min(width, max(n_columns, 1)), 1)
    for top in range(0, n_rows, height):
        for left in range(0, n_columns, width):
            yield slice(top, min(top + height, n_rows)), slice(left, min(left + width, n_columns))


def row_means(cells: Float[np.ndarray, "n_rows n_features"]) -> Float[np.ndarray, " n_rows"]:
    """Average each row over the cells that are there; NaN for a row without any."""
    means = cells.mean(axis=1)
    gaps = np.isnan(means)
    if gaps.any():
        present = ~np.isnan(cells[gaps])
        count = present.sum(axis=1)
        sums = np.where(present, cells[gaps], 0.0).sum(axis=1)
        means[gaps] = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    return means


def mean_of_known(numbers: Float[np.ndarray, " some"]) -> float:
    """Average the numbers that are there; NaN where none is."""
    known = numbers[~np.isnan(numbers)]
    return float(np.mean(known)) if len(known) else float("nan")


def is_missing(cell: Any) -> bool:
    """Whether a cell is empty: None, NaN, NaT or pandas' NA.

    Parameters
    ----------
    cell : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating)) and bool(cell != cell)


def as_text(cells: Sequence[Any]) -> Shaped[np.ndarray, " n_rows"]:
    """Write cells as text; missing ones are empty, and bytes are taken for UTF-8.

    Parameters
    ----------
    cells : sequence of object
        Of one column.

    Returns
    -------
    ndarray of str

    Examples
    --------
    >>> as_text(["a", None, 3]).tolist()
    ['a', '', '3']
    """
    texts = [cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell for cell in cells]
    return text_array(["" if is_missing(text) else str(text) for text in texts])


def text_array(texts: Sequence[str]) -> Shaped[np.ndarray, " n_rows"]:
    """Put texts into an array, in places as long as the longest.

    Parameters
    ----------
    texts : sequence of str
        Of one column.

    Returns
    -------
    ndarray of str

    Raises
    ------
    InputError
        One is so long that all of them would fill the memory.

    Examples
    --------
    >>> text_array(["a", "bc"]).tolist()
    ['a', 'bc']
    """
    lengths = list(map(len, texts))
    check_width(len(texts), max(lengths, default=0), sum(lengths))
    return np.array(texts, str)


def complex_cells(owner: str | None, dtype: Any, where: str = "") -> InputError:
    """Make the error for complex numbers.

    Parameters
    ----------
    owner : str or None
        The estimator.
    dtype : object
        Of the cells.
    where : str, optional
        Which column has them.

    Returns
    -------
    InputError
        Ready to raise.

    Examples
    --------
    >>> str(complex_cells("Autoencoder", "complex128"))[:69]
    'Complex data not supported: Autoencoder got X of dtype complex128. Pa'
    """
    got = "X is" if owner is None else f"{owner} got X"
    return InputError(
        f"Complex data not supported: {got} of dtype {dtype}{where}. "
        "Pass the real and imaginary parts as separate columns."
    )


def no_table(thing: Any) -> InputTypeError:
    """Make the error for what holds no table.

    Examples
    --------
    >>> no_table(3)
    InputTypeError('a int is no table: give a path, an array or a data frame.')
    """
    if isinstance(thing, (str, os.PathLike)):
        path = os.fspath(thing)
        return InputTypeError(f"{path!r} is a path, and no table: diabolo.open({path!r}) reads a file.")
    return InputTypeError(f"a {type(thing).__name__} is no table: give a path, an array or a data frame.")


def unmasked(values: Any) -> Any:
    """Put what a table has for missing cells, NaN or None, in the place of masked ones.

    Parameters
    ----------
    values : object
        Anything; what is no masked array goes through.

    Returns
    -------
    object
        Of a masked array an ordinary one: itself where nothing is masked, else a copy, of whole numbers of
        float64, of text of objects.

    Examples
    --------
    >>> unmasked(np.ma.masked_equal([[1, 2]], 2)).tolist()
    [[1.0, nan]]
    """
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if not np.ma.is_masked(values):
        return values.data
    is_number = values.dtype.kind in "biuf"
    cells = np.array(values.data, np.result_type(values.dtype, np.float16) if is_number else object)
    cells[np.ma.getmaskarray(values)] = np.nan if is_number else None
    return cells
