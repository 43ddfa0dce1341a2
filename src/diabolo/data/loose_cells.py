"""Cells of columns whose type is no kind of number, such as text: read as numbers, or as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

__all__ = ["as_numbers", "as_text", "check_loose", "complex_cells", "is_missing"]

# How pandas, Polars and Arrow write the types of columns whose cells may be anything.
_LOOSE = re.compile(
    r"(object|str|string|large_string|string_view|category|categorical|enum|dictionary|null)\b", re.IGNORECASE
)


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
    return np.array(["" if is_missing(text) else str(text) for text in texts], str)


def as_numbers(
    cells: Sequence[Any], owner: str, position: int, name: str | None = None
) -> Float64[np.ndarray, " n_rows"]:
    """Read cells as numbers, text such as ``"1.5"`` included; missing ones are NaN.

    Parameters
    ----------
    cells : sequence of object
        Of one column.
    owner : str
        The estimator, for the message.
    position : int
        The column's number.
    name : str, optional
        The column's name.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    InputError
        The first cell that is no number.

    Examples
    --------
    >>> as_numbers(["1.5", None, 2], "Autoencoder", 0).tolist()
    [1.5, nan, 2.0]
    >>> as_numbers(["abc"], "Autoencoder", 2, "b")
    Traceback (most recent call last):
    diabolo.errors.InputError: X holds text: 'abc' in row 0, column 2 ('b')...
    """
    numbers = np.empty(len(cells))
    for row, cell in enumerate(cells):
        try:
            numbers[row] = np.nan if is_missing(cell) else float(cell)
        except (TypeError, ValueError, OverflowError):
            if isinstance(cell, (complex, np.complexfloating)):
                raise complex_cells(owner, type(cell).__name__, f" in {_column(position, name)}") from None
            what = "text" if isinstance(cell, (str, bytes)) else f"cells of type {type(cell).__name__}"
            raise InputError(
                f"X holds {what}: {cell!r} in row {row}, {_column(position, name)}. "
                f"{owner} needs numbers; drop or encode that column."
            ) from None
    return numbers


def check_loose(dtype: Any, owner: str, position: int, name: str) -> None:
    """Refuse a column by its type where its cells cannot be numbers, such as dates.

    Parameters
    ----------
    dtype : object
        The column's type, of whichever library.
    owner : str
        The estimator, for the message.
    position : int
        The column's number.
    name : str
        The column's name.

    Raises
    ------
    InputError
        Its cells need not be looked at.

    Examples
    --------
    >>> check_loose("datetime64[ns]", "Autoencoder", 1, "b")
    Traceback (most recent call last):
    diabolo.errors.InputError: X holds cells of type datetime64[ns] in column 1 ('b')...
    """
    if getattr(dtype, "kind", None) == "c":
        raise complex_cells(owner, dtype, f" in {_column(position, name)}")
    if not _LOOSE.match(str(dtype)):
        raise InputError(
            f"X holds cells of type {dtype} in {_column(position, name)}. "
            f"{owner} needs numbers; drop or encode that column."
        )


def complex_cells(owner: str, dtype: Any, where: str = "") -> InputError:
    """Make the error for complex numbers.

    Parameters
    ----------
    owner : str
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
    return InputError(
        f"Complex data not supported: {owner} got X of dtype {dtype}{where}. "
        "Pass the real and imaginary parts as separate columns."
    )


def _column(position: int, name: str | None) -> str:
    return f"column {position}" if name is None else f"column {position} ({name!r})"
