"""Pictures drawn without a screen and written to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diabolo.cli.wrong_use import WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = [
    "Dpi",
    "ImageShape",
    "OutputPicture",
    "label_values",
    "numbers",
    "save_picture",
    "with_columns",
]

OutputPicture = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="PNG",
        help="Where to write: .png, .pdf, .svg or .jpg; replaced if it exists.",
        show_default=False,
    ),
]
Dpi = Annotated[
    int,
    typer.Option(
        "--dpi", metavar="N", help="Dots per inch. Default: 150.", min=10, max=2400, show_default=False
    ),
]
ImageShape = Annotated[
    str | None,
    typer.Option(
        "--image-shape",
        metavar="H,W",
        help="The image that a row holds, as height,width or height,width,3; 'none' draws curves. Without, "
        "rows of a square number of columns (16 or more) are square images.",
        show_default=False,
    ),
]


def save_picture(draw: Callable[[], Any], path: Path, dpi: int = 150) -> None:
    """Draw on a new figure and write it whole or not at all.

    Parameters
    ----------
    draw : callable
        Opens a figure and gives back its Axes.
    path : Path
        Where; its suffix says the format.
    dpi : int, default 150
        Dots per inch.
    """
    import matplotlib

    matplotlib.use("agg")  # no window, whatever the environment says
    from matplotlib import pyplot as plt

    from diabolo.data.atomic import atomic_write

    before = set(plt.get_fignums())
    try:
        figure = draw().figure
        with atomic_write(path) as handle:
            figure.savefig(handle, format=path.suffix[1:].lower(), dpi=dpi)
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def numbers(flag: str, text: str | None, example: str = "8,8") -> tuple[int, ...] | None:
    """Read whole numbers with commas between.

    Parameters
    ----------
    flag : str
        Where they were typed, for the error.
    text : str or None
        What was typed.
    example : str, default "8,8"
        For the error.

    Returns
    -------
    tuple of int, or None
        None for None.

    Raises
    ------
    WrongUse
        It is something else.

    Examples
    --------
    >>> numbers("--image-shape", "8,8")
    (8, 8)
    """
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.strip("() ").split(","))
    except ValueError:
        raise WrongUse(
            f"{flag} {text!r} is not possible; give whole numbers with commas between, such as "
            f"{flag} {example}."
        ) from None


def with_columns(rows: np.ndarray, names: Sequence[str] | None) -> np.ndarray:
    """Give rows the names of their columns, where a picture looks for those of a data frame.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_columns)
        The numbers.
    names : sequence of str, or None
        The names, if there are any.

    Returns
    -------
    ndarray
        The same rows.

    Examples
    --------
    >>> import numpy as np
    >>> with_columns(np.zeros((1, 2)), ["a", "b"]).columns
    ['a', 'b']
    """
    import numpy as np

    class NamedColumns(np.ndarray):
        """An array with the names of its columns."""

        columns: list[str]

    if names is None:
        return rows
    named = rows.view(NamedColumns)
    named.columns = list(names)
    return named


def label_values(values: np.ndarray, name: str) -> np.ndarray:
    """Give labels their column's name, which titles a legend.

    Parameters
    ----------
    values : ndarray
        A carried column.
    name : str
        The column's name.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> import numpy as np
    >>> label_values(np.array([3, 5]), "digit").name
    'digit'
    """
    import numpy as np

    class NamedColumn(np.ndarray):
        """An array with the name of a column."""

        name: str

    named = np.asarray(values).view(NamedColumn)
    named.name = name
    return named
