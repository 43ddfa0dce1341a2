"""The oddest rows of a table: where they lie among the others, and what of each was not expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from diabolo.errors import InputError
from diabolo.plotting.canvas import column_names, open_axes, read_numbers
from diabolo.plotting.groups import principal_plane

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike

    Rows = Float[np.ndarray, "rows features"]

__all__ = ["plot_odd_row", "plot_score_map"]

_EXPECTED, _FOUND, _USUAL = "tab:blue", "tab:red", "0.82"
_FAR = 10.0  # quartile ranges beyond the quartiles, where a cell is drawn as no further away
_NAME = 28


def plot_score_map(
    X: Float[ArrayLike, "rows features"],
    scores: Float[ArrayLike, " rows"],
    *,
    n_marked: int = 5,
    names: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows as a map, each in the color of its anomaly score, and name the oddest.

    Parameters
    ----------
    X : array-like of shape (rows, features)
        The rows; missing cells (NaN) are drawn at their column's median. One feature is drawn against the
        score, two as they are, and of more the two principal axes, every column divided by its spread; there,
        cells that lie far beyond their column's quartiles are drawn nearer.
    scores : array-like of shape (rows,)
        Higher is odder.
    n_marked : int, default 5
        How many of the oddest to mark.
    names : sequence of str, optional
        What to call each row. Default: its number, from 0.
    features : sequence of str, optional
        The features' names, for the axes of one or two. Default: those of a data frame.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on, with a color bar, logarithmic where scores span more than a factor of ten.

    Raises
    ------
    InputError
        `X` is no table, or there is not one finite score a row.

    See Also
    --------
    plot_score_histogram, plot_odd_row

    Examples
    --------
    >>> ax = plot_score_map([[0.0, 0.1], [0.1, 0.0], [9.0, 9.1]], [1.0, 1.1, 30.0], n_marked=1)
    >>> [text.get_text() for text in ax.texts]
    ['2']
    """
    table, values = read_numbers(X, "X"), read_numbers(scores, "scores")
    if table.ndim != 2 or 0 in table.shape:
        raise InputError(f"X must be a table of shape (rows, features), got shape {table.shape}.")
    if values.shape != (len(table),) or not np.isfinite(values).all():
        raise InputError(
            f"scores must be a finite number for each of the {len(table):,} rows; got shape {values.shape} "
            f"with {np.count_nonzero(~np.isfinite(values))} that are not finite."
        )
    points, axes = _points(table, values, column_names(X) if features is None else features)
    ax = open_axes(ax, (6.8, 5.2))
    order = np.argsort(values, kind="stable")  # the odd ones above the others
    least, most = float(values.min()), float(values.max())
    norm: Any = LogNorm(least, most) if least > 0 and most > 10 * least else Normalize(least, most)
    size = float(np.clip(600 / np.sqrt(len(points)), 2, 36))
    style: dict[str, Any] = {"s": size, "linewidths": 0, "alpha": 0.85, "rasterized": True}
    drawn = ax.scatter(
        points[order, 0], points[order, 1], c=values[order], norm=norm, cmap="viridis_r", **style
    )
    marked = order[::-1][:n_marked]
    ax.scatter(
        points[marked, 0], points[marked, 1], s=70, facecolors="none", edgecolors=_FOUND, linewidths=1.4
    )
    center = points.mean(axis=0)
    for row in marked.tolist():
        is_left = points[row, 0] > center[0]  # the name goes where the map is, and stays inside
        ax.annotate(
            str(row) if names is None else _cut(names[row]),
            points[row],
            xytext=(-8 if is_left else 8, 6),
            textcoords="offset points",
            ha="right" if is_left else "left",
            color=_FOUND,
        )
    ax.set(xlabel=axes[0], ylabel=axes[1])
    ax.margins(0.08)
    if table.shape[1] == 1 and isinstance(norm, LogNorm):
        ax.set_yscale("log")
    ax.figure.colorbar(drawn, ax=ax, label="score (higher is odder)")
    return ax


def plot_odd_row(
    row: Float[ArrayLike, " features"],
    expected: Float[ArrayLike, " features"],
    usual: Float[ArrayLike, "3 features"],
    *,
    names: Sequence[str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw features of one row beside what was expected and what is usual, each in its own units.

    Parameters
    ----------
    row : array-like of shape (features,)
        Its values; a missing one (NaN) is left out.
    expected : array-like of shape (features,)
        What a detector makes of the row.
    usual : array-like of shape (3, features)
        A low, a middle and a high value of each feature, such as quantiles of 0.05, 0.5 and 0.95: the gray
        bar. Features are drawn on one scale by these.
    names : sequence of str, optional
        Of the features. Default: "x0", "x1" and so on.
    title : str, optional
        What to call the row.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on: a line a feature, the first on top, with both numbers beside it. A value further
        away than the axis reaches is an arrow at its end.

    Raises
    ------
    InputError
        The shapes do not fit each other.

    See Also
    --------
    plot_anomaly, diabolo.AutoencoderDetector.explain

    Examples
    --------
    >>> ax = plot_odd_row([190.0], [72.0], [[50.0], [70.0], [95.0]], names=["pulse"])
    >>> [text.get_text() for text in ax.texts]
    ['190, expected 72']
    """
    found, made = read_numbers(row, "row"), read_numbers(expected, "expected")
    low, middle, high = spans = read_numbers(usual, "usual")
    if found.ndim != 1 or not found.size or made.shape != found.shape or spans.shape != (3, found.size):
        raise InputError(
            f"row has shape {found.shape}, expected {made.shape} and usual {spans.shape}; give one row, as "
            "many expected values, and three usual ones for each."
        )
    ax = open_axes(ax, (6.4, 0.9 + 0.32 * found.size))
    spread = np.where(high > low, high - low, np.maximum(np.abs(middle), 1.0))
    place, expectation = (found - middle) / spread, (made - middle) / spread
    reach = 3.0  # usual spreads from the middle to each end
    lines = -np.arange(found.size)
    ax.barh(
        lines, (high - low) / spread, left=(low - middle) / spread, height=0.55, color=_USUAL, label="usual"
    )
    ax.scatter(np.clip(expectation, -reach, reach), lines, color=_EXPECTED, s=26, zorder=3, label="expected")
    is_far = np.abs(place) > reach
    ax.scatter(place[~is_far], lines[~is_far], color=_FOUND, s=34, zorder=4, label="row")
    for number in np.flatnonzero(is_far).tolist():
        marker = ">" if place[number] > 0 else "<"
        ax.scatter(np.sign(place[number]) * reach, lines[number], color=_FOUND, s=46, marker=marker, zorder=4)
    for number in range(found.size):
        value = "missing" if np.isnan(found[number]) else f"{found[number]:.4g}"
        ax.text(reach * 1.12, lines[number], f"{value}, expected {made[number]:.4g}", va="center", size=8)
    called = [f"x{number}" for number in range(found.size)] if names is None else names
    ax.set_yticks(lines, [_cut(name) for name in called], size=8)
    ax.set(xlim=(-reach * 1.08, reach * 2.4), ylim=(0.6 - found.size, 0.6), xticks=[])
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    if title is not None:
        ax.set_title(title, size=9, loc="left")
    return ax


def _points(
    table: Rows, scores: Float[np.ndarray, " rows"], names: Sequence[str] | None
) -> tuple[Rows, Sequence[str]]:
    """Find the points of the map, and what its axes are called."""
    called = names or [f"x{number}" for number in range(table.shape[1])]
    gaps = np.isnan(table)
    there = np.where(gaps.all(axis=0), 0.0, table)
    first, middle, last = np.nanquantile(there, (0.25, 0.5, 0.75), axis=0)
    table = np.where(gaps, middle, table)
    if table.shape[1] == 1:
        return np.column_stack([table[:, 0], scores]), [called[0], "score (higher is odder)"]
    if table.shape[1] == 2:
        return table, called
    spread = np.where(last > first, last - first, table.std(axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    points, shares = principal_plane(np.clip((table - middle) / spread, -_FAR, _FAR))
    return points, [
        f"principal axis {number} of the rows ({share:.0%})" for number, share in enumerate(shares, 1)
    ]


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 3]}..."
