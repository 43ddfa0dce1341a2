"""The map of groups: codes in the colors of their groups, each numbered where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from diabolo.errors import InputError
from diabolo.plotting.canvas import column_names, open_axes, read_numbers
from diabolo.plotting.labels import MISSING, PALETTE

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from numpy.typing import ArrayLike

    Points = Float[np.ndarray, "rows drawn"]

__all__ = ["plot_groups", "principal_plane"]

_MANY_POINTS = 10_000  # beyond this a vector file holds the points as one image
_LISTED = 12
_FEW_ROWS = 2000
_NONE = "no group"


def plot_groups(
    codes: Float[ArrayLike, "rows components"],
    groups: Int[ArrayLike, " rows"],
    *,
    described: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw codes as a map in the colors of their groups, each group's number where its middle is.

    Parameters
    ----------
    codes : array-like of shape (rows, components)
        One code a row. One number a code is drawn as a strip with a lane for each group, two as they are, and
        of more the two principal axes. The columns of a data frame name the axes.
    groups : int array-like of shape (rows,)
        Each row's group, from 0; negative for rows in none, which are light gray.
    described : sequence of str, optional
        What to say of each group in the legend, after its number. Default: how many rows it has.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on. The legend has the first twelve groups; after 20, colors come again.

    Raises
    ------
    InputError
        ``codes`` is not a table of finite numbers, or there is not one whole number a row in ``groups``.

    See Also
    --------
    diabolo.find_groups, diabolo.plot_codes

    Examples
    --------
    >>> ax = plot_groups([[0.0, 0.1], [0.1, 0.0], [5.0, 5.1], [2.0, 2.0]], [0, 0, 1, -1])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0: 2 rows', '1: 1 row', 'no group: 1 row']
    """
    table, numbers = read_numbers(codes, "codes"), np.asarray(groups)
    if table.ndim != 2 or 0 in table.shape or not np.isfinite(table).all():
        raise InputError(f"codes must be a table of finite numbers, a row a code; got shape {table.shape}.")
    if numbers.shape != (len(table),) or numbers.dtype.kind not in "iu":
        raise InputError(
            f"groups must be a whole number for each of the {len(table):,} codes, negative for none; got "
            f"{numbers.dtype} of shape {numbers.shape}."
        )
    points, names = _drawn(table, column_names(codes), numbers)
    count = int(numbers.max()) + 1 if (numbers >= 0).any() else 0
    ax = open_axes(ax, (8.2, 1.8 + 0.4 * (count + 1)) if table.shape[1] == 1 else (8.4, 5.2))
    # Position -1, no group, takes the last.
    colors = np.array([*(PALETTE[number % len(PALETTE)] for number in range(count)), MISSING])
    size = float(np.clip(600 / np.sqrt(len(points)), 1, 36))
    style: dict[str, Any] = {
        "s": size,
        "linewidths": 0,
        "alpha": 0.8,
        "rasterized": len(points) > _MANY_POINTS,
    }
    ax.scatter(points[:, 0], points[:, 1], c=colors[np.maximum(numbers, -1)], **style)
    halo = [patheffects.withStroke(linewidth=3, foreground="white")]
    for number in range(count):
        inside = points[numbers == number]
        if len(inside):
            across, up = np.median(inside, axis=0).tolist()
            how: dict[str, Any] = {"weight": "bold", "size": 12, "path_effects": halo}
            ax.text(across, up, str(number), ha="center", va="center", **how)
    ax.set(xlabel=names[0], ylabel=names[1])
    if table.shape[1] == 1:
        ax.set_yticks([])
    _explain(ax, numbers, count, colors, described)
    return ax


def principal_plane(table: Float[np.ndarray, "rows components"]) -> tuple[Points, list[float]]:
    """Project rows on the two axes along which they vary most.

    Parameters
    ----------
    table : ndarray of shape (rows, components)
        Finite, of two components or more.

    Returns
    -------
    points : ndarray of shape (rows, 2)
        Of a single row, 0.
    shares : list of float
        Of the variance that lies along each axis.

    Examples
    --------
    >>> points, shares = principal_plane(np.array([[3.0, 0, 0], [0, 0, 0], [-3, 0, 0]]))
    >>> points[:, 0].tolist(), shares
    ([3.0, 0.0, -3.0], [1.0, 0.0])
    """
    centered = table - table.mean(axis=0)
    if len(table) > _FEW_ROWS >= table.shape[1]:  # the products of few columns say the same, and sooner
        squares, columns = np.linalg.eigh(centered.T @ centered)
        lengths, axes = np.sqrt(np.maximum(squares[::-1], 0.0)), columns.T[::-1]
    else:
        _, lengths, axes = np.linalg.svd(centered, full_matrices=False)
    axes = axes[:2]
    # Which way an axis points is of no meaning: its largest part is positive.
    axes = axes * np.sign(axes[np.arange(len(axes)), np.argmax(np.abs(axes), axis=1)])[:, np.newaxis]
    total, missing = float(np.sum(lengths**2)) or 1.0, 2 - len(axes)
    points = np.pad(centered @ axes.T, ((0, 0), (0, missing)))
    return points, [float(length**2) / total for length in lengths[:2]] + [0.0] * missing


def _drawn(
    table: Float[np.ndarray, "rows components"], names: list[str] | None, numbers: Int[np.ndarray, " rows"]
) -> tuple[Points, list[str]]:
    """Find the points of the picture, and what its axes are called."""
    width = table.shape[1]
    called = names or [f"code {number}" for number in range(width)]
    if width == 1:
        # Its own generator: the same picture each time, and no global one touched.
        jitter = np.random.default_rng(0).uniform(-0.35, 0.35, len(table))
        return np.column_stack([table[:, 0], jitter - np.maximum(numbers, -1)]), [called[0], "group"]
    if width == 2:
        return table, called
    points, shares = principal_plane(table)
    return points, [
        f"principal axis {number} of the codes ({share:.0%})" for number, share in enumerate(shares, 1)
    ]


def _explain(
    ax: Axes,
    numbers: Int[np.ndarray, " rows"],
    count: int,
    colors: Float[np.ndarray, "groups 3"],
    described: Sequence[str] | None,
) -> None:
    """List groups beside the picture, where a layout makes room, and inside it else."""
    sizes = np.bincount(numbers[numbers >= 0], minlength=count).tolist()
    entries = []
    for number in range(min(count, _LISTED)):
        said = _rows(sizes[number]) if described is None else described[number]
        entries.append((f"{number}: {said}", colors[number]))
    if count > _LISTED:
        entries.append((f"and {count - _LISTED} more", "none"))
    if (numbers < 0).any():
        entries.append((f"{_NONE}: {_rows(int(np.count_nonzero(numbers < 0)))}", colors[-1]))
    dots = [Line2D([], [], linestyle="", marker="o", color=color, label=name) for name, color in entries]
    is_laid_out = ax.figure.get_layout_engine() is not None
    place: dict[str, Any] = (
        {"loc": "upper left", "bbox_to_anchor": (1.02, 1)} if is_laid_out else {"loc": "upper right"}
    )
    ax.legend(handles=dots, title="group", alignment="left", **place)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
