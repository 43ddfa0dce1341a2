"""The Axes that a picture goes on: the caller's own, or one in a new figure."""

from __future__ import annotations

from typing import Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from diabolo.errors import InputTypeError

__all__ = ["open_axes"]


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
