"""What every picture starts from: Axes to draw on, numbers to draw, and names of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from diabolo.errors import InputError, InputTypeError

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike

__all__ = ["FEW_FEATURES", "column_names", "name_features", "open_axes", "read_numbers"]

FEW_FEATURES = 30  # up to here each feature gets a dot, and its name if it has one


def open_axes(
    ax: Axes | None,
    size: tuple[float, float],
    projection: Literal["3d"] | None = None,
    layout: Literal["constrained", "compressed"] = "constrained",
) -> Axes:
    """Give back the Axes to draw on, opening a figure only where none was given.

    Parameters
    ----------
    ax : Axes or None
        What the caller gave.
    size : tuple of float
        Width and height of a new figure, inches.
    projection : {"3d"}, optional
        Kind of a new Axes; the flat one by default.
    layout : {"constrained", "compressed"}, default="constrained"
        Layout of a new figure. Both make room for what stands beside the Axes; compressed suits images.

    Returns
    -------
    Axes
        `ax`, or the only Axes of a new figure.

    Raises
    ------
    InputTypeError
        `ax` is something else, such as the array that ``plt.subplots(2, 2)`` returns.

    Examples
    --------
    >>> ax = open_axes(None, (4, 3))
    >>> open_axes(ax, (8, 8)) is ax
    True
    """
    if ax is None:
        figure = plt.figure(figsize=size, layout=layout)
        return figure.add_subplot(projection=projection)
    if not isinstance(ax, Axes):
        raise InputTypeError(
            f"ax must be one matplotlib Axes or None, got {type(ax).__name__}. "
            "Of the array that plt.subplots returns, pass one cell."
        )
    return ax


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


def name_features(ax: Axes, names: Sequence[str] | None, n_features: int) -> None:
    """Write the names of features along the axis, where there are names and room for them.

    Parameters
    ----------
    ax : Axes
        On which feature k stands at k.
    names : sequence of str or None
        One for each feature.
    n_features : int
        How many there are.
    """
    if names is not None and n_features <= FEW_FEATURES:
        ax.set_xticks(range(n_features), names, rotation=45, ha="right", rotation_mode="anchor")
    else:
        ax.set_xlabel("feature")
