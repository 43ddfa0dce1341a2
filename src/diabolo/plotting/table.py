"""Tables as pictures need them: finite numbers or not, and the names of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diabolo.errors import InputError, InputTypeError

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike

__all__ = ["column_names", "read_numbers"]


def read_numbers(values: ArrayLike, what: str) -> Float[np.ndarray, "*shape"]:
    """Read an array, a data frame or nested lists as an array of floating numbers.

    Parameters
    ----------
    values : array-like of any shape
        What the caller gave.
    what : str
        The parameter's name, for the error.

    Returns
    -------
    ndarray of float
        Same shape; an array that is floating already is not copied.

    Raises
    ------
    InputError
        The rows differ in length.
    InputTypeError
        Something in it is not a number.

    Examples
    --------
    >>> read_numbers([[1, 2], [3, 4]], "codes")
    array([[1., 2.],
           [3., 4.]])
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{what} must be a rectangular array, got rows of different lengths.") from error
    if array.dtype.kind == "f":
        return array
    try:
        return array.astype(float)
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            f"{what} must hold numbers only, got {type(values).__name__} of dtype {array.dtype}: {error}"
        ) from error


def column_names(values: object) -> list[str] | None:
    """Read the column names of a data frame, of whichever library.

    Parameters
    ----------
    values : object
        What the caller gave.

    Returns
    -------
    list of str, or None
        None for what has no columns, or columns that are only numbered.

    Examples
    --------
    >>> import pandas as pd
    >>> column_names(pd.DataFrame({"age": [3], "height": [95]}))
    ['age', 'height']
    >>> column_names([[3, 95]]) is None
    True
    """
    columns = getattr(values, "columns", None)
    if columns is None:
        return None
    names = list(columns)
    return names if all(isinstance(name, str) for name in names) else None
