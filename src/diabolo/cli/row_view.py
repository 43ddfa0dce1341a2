"""One row beside what a model gives back: as numbers and as a picture of characters."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.output import heading

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from diabolo.data.source import Source

__all__ = ["ReconstructedRow", "reconstruct_row", "row_text", "shaded"]

_SHOWN = 15
_SMALLEST_IMAGE = 16  # as plot_reconstructions has it
_SHADES, _PLAIN_SHADES = " ░▒▓█", " .:+#"


@dataclass(frozen=True)
class ReconstructedRow:
    """A row, its code and its reconstruction.

    Parameters
    ----------
    number : int
        Which row, from 0.
    names : sequence of str
        The columns.
    values, reconstruction : ndarray of shape (n_features,)
        The row, and what came back.
    code : ndarray of shape (n_components,)
        Its code.
    code_names : sequence of str
        What the code's numbers are called.
    labels : dict of str to str
        The label column's name and the row's label, if there is one.
    """

    number: int
    names: Sequence[str]
    values: Float[np.ndarray, " n"]
    reconstruction: Float[np.ndarray, " n"]
    code: Float[np.ndarray, " k"]
    code_names: Sequence[str]
    labels: dict[str, str]

    @property
    def error(self) -> float:
        """The mean squared difference."""
        return float(((self.values.astype(float) - self.reconstruction) ** 2).mean())

    def order(self) -> list[int]:
        """Sort the columns, the largest difference first."""
        return sorted(
            range(len(self.values)), key=lambda n: -abs(float(self.values[n]) - float(self.reconstruction[n]))
        )

    def record(self) -> dict[str, Any]:
        """Collect everything for a program; the columns in the file's order."""
        return {
            "row": self.number,
            "labels": self.labels,
            "code": dict(zip(self.code_names, self.code.tolist(), strict=True)),
            "columns": self.names,
            "values": self.values,
            "reconstruction": self.reconstruction,
            "reconstruction_error": self.error,
        }


def reconstruct_row(opened: OpenModel, source: Source, number: int) -> ReconstructedRow:
    """Encode and decode one row of a table.

    Parameters
    ----------
    opened : OpenModel
        The model.
    source : Source
        Rows that fit it.
    number : int
        Which, from 0.

    Returns
    -------
    ReconstructedRow
    """
    row = source[number : number + 1]
    code = opened.estimator.transform(row)
    reconstruction = opened.estimator.inverse_transform(code)
    names = opened.names_of(source, "{}")
    labels = {name: str(values[number]) for name, values in source.carried.items()}
    return ReconstructedRow(number, names, row[0], reconstruction[0], code[0], opened.code_names, labels)


def row_text(row: ReconstructedRow, shape: Any = None) -> str:
    """Write a row for people.

    Parameters
    ----------
    row : ReconstructedRow
        What to write.
    shape : tuple of int, False or None
        The image that it holds; None finds out whether it is square, False draws none.

    Returns
    -------
    str
    """
    label = "".join(f", {name} {value}" for name, value in row.labels.items())
    code = ", ".join(f"{name} {value:.6g}" for name, value in zip(row.code_names, row.code, strict=True))
    lines = [
        heading(f"Row {row.number}{label}"),
        f"code   {code}",
        f"error  {row.error:.6g} (mean squared)",
        "",
    ]
    order = row.order()
    width = min(max([len("column"), *(len(row.names[n]) for n in order[:_SHOWN])]), 36)
    lines.append(heading(f"{'column':<{width}}  {'row':>12}  {'came back':>12}  {'difference':>12}"))
    for n in order[:_SHOWN]:
        value, back = float(row.values[n]), float(row.reconstruction[n])
        name = row.names[n] if len(row.names[n]) <= width else row.names[n][: width - 3] + "..."
        lines.append(f"{name:<{width}}  {value:>12.6g}  {back:>12.6g}  {back - value:>+12.4g}")
    if len(order) > _SHOWN:
        lines.append(f"and {len(order) - _SHOWN} columns that differ less; --json prints all")
    picture = _picture(row, shape)
    if picture:
        lines += ["", *picture]
    return "\n".join(lines)


def _picture(row: ReconstructedRow, shape: Any) -> list[str]:
    """Draw the row and what came back side by side, if they are gray images that fit."""
    size = len(row.values)
    if shape is None:
        side = math.isqrt(size)
        shape = (side, side) if side * side == size and size >= _SMALLEST_IMAGE else False
    if shape is False or len(shape) != 2 or math.prod(shape) != size:
        return []
    low, high = float(row.values.min()), float(row.values.max())
    room = min(shutil.get_terminal_size((80, 24)).columns, 120)
    images = [
        shaded(image.reshape(shape), low, high, (room - 4) // 2) for image in (row.values, row.reconstruction)
    ]
    if not images[0]:
        return []
    width = max(len(images[0][0]), len("row"))
    pairs = zip(*images, strict=True)
    return [f"{'row':<{width}}    came back", *(f"{left:<{width}}    {right}" for left, right in pairs)]


def shaded(image: Float[np.ndarray, "height width"], low: float, high: float, room: int) -> list[str]:
    """Draw a gray image in characters.

    A pixel is two characters wide, since characters are about twice as high as wide; where that is too wide,
    one character stands for two pixels, one above the other.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The pixels.
    low, high : float
        What is drawn empty, and what full.
    room : int
        The largest width, characters.

    Returns
    -------
    list of str
        The lines; none if the image is too wide.

    Examples
    --------
    >>> import numpy as np
    >>> [line.replace(" ", ".") for line in shaded(np.array([[0.0, 1.0]]), 0, 1, 80)]
    ['..██']
    """
    import numpy as np

    height, width = image.shape
    each = 2
    if 2 * width > room:
        each = 1
        if width > room:
            return []
        lower = image[1::2] if height % 2 == 0 else np.vstack([image[1::2], image[-1:]])
        image = (image[::2] + lower) / 2
    shades = _SHADES if _can_print(_SHADES) else _PLAIN_SHADES
    share = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
    levels = np.minimum((share * len(shades)).astype(int), len(shades) - 1)
    return ["".join(shades[level] * each for level in line).rstrip() for line in levels]


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
