"""The map of the codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from diabolo.errors import InputError, ParameterError
from diabolo.messages import either, setting
from diabolo.plotting.canvas import column_names, open_axes, read_numbers
from diabolo.plotting.labels import Classes, NumericLabels, explain_colors, read_labels, row_colors

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped
    from numpy.typing import ArrayLike

__all__ = ["plot_codes"]

_MANY_POINTS = 10_000  # beyond this a vector file holds the points as one image


def plot_codes(
    codes: Float[ArrayLike, "n k"],
    labels: Shaped[ArrayLike, " n"] | None = None,
    *,
    components: Sequence[int] | None = None,
    label_names: Mapping[Any, str] | Sequence[str] | None = None,
    legend_title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the codes as points: a strip for one component, a map for two, a space for three.

    Parameters
    ----------
    codes : array-like of shape (n, k)
        One code a row. The columns of a data frame name the axes.
    labels : array-like of shape (n,), optional
        What to color by. Text, truth values, dates, and whole numbers (2 or 2.0) of at most 20 different
        values are classes; other numbers are numbers. Classes get a legend, numbers a color bar; missing
        ones (NaN, None, empty text) are light gray. On a strip, classes get a lane each and a number is the
        height.
    components : sequence of one, two or three int, optional
        Which columns of ``codes`` to draw, from 0 to k - 1, in this order. Default: all; needed if k > 3.
    label_names : mapping from label to str, or sequence of str, optional
        What to call each class; a sequence names the classes 0, 1, 2 and so on. Default: the labels.
    legend_title : str, optional
        What the labels are. Default: the name of `labels`, where they are a series with one.
    ax : Axes, optional
        Where to draw, 3-D for three components. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    InputError
        ``codes`` is not a table of finite numbers, there is not one label for each row, labels are of
        different kinds, or there are more than 20 classes.
    ParameterError
        `components` is needed or names no column, `label_names` lacks a class, or `ax` has the wrong number
        of dimensions.

    See Also
    --------
    diabolo.plotting.plot_groups, plot_reconstructions, report

    Examples
    --------
    >>> from diabolo import plot_codes
    >>> ax = plot_codes([[0.1, 2.0], [0.4, 1.5], [3.0, 0.2]], ["cat", "cat", "ant"])
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('code 0', ['ant', 'cat'])
    """
    table = read_numbers(codes, "codes")
    if table.ndim != 2 or 0 in table.shape:
        raise InputError(f"codes must be a table of shape (rows, components), got shape {table.shape}.")
    drawn = _drawn_components(components, table.shape[1])
    points = table[:, drawn]
    finite = np.isfinite(points)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise InputError(
            f"codes must be finite, got {points[row, column]} at row {row}, component {drawn[column]} "
            f"({np.count_nonzero(~finite)} such in all). Remove these rows."
        )
    if labels is None and label_names is not None:
        raise ParameterError("label_names was given without labels; give labels too, or leave it out.")
    groups = None if labels is None else read_labels(labels, len(points), label_names)
    title = getattr(labels, "name", None) if legend_title is None else legend_title
    title = title if isinstance(title, str) and title else None
    ax = _axes_for(ax, len(drawn), groups)

    style: dict[str, Any] = {
        "c": row_colors(groups, len(points)),
        "s": np.clip(600 / np.sqrt(len(points)), 1, 36),
        "linewidths": 0,
        "rasterized": len(points) > _MANY_POINTS,
    }
    if len(drawn) == 1:
        ax.scatter(points[:, 0], _strip_heights(ax, groups, len(points), title), **style)
    else:
        ax.scatter(*points.T, **style)
    names = column_names(codes) or [f"code {component}" for component in range(table.shape[1])]
    for axis, component in zip("xyz", drawn, strict=False):
        getattr(ax, f"set_{axis}label")(names[component])
    # A strip's vertical axis names its classes or measures its target.
    if groups is not None:
        explain_colors(ax, groups, title, on_axis=len(drawn) == 1)
    return ax


def _drawn_components(components: Sequence[int] | None, n_components: int) -> list[int]:
    """Check which components to draw."""
    if components is None:
        if n_components > 3:
            raise ParameterError(
                f"codes has {n_components} components, and a picture has two axes or three: say which to "
                f"draw, such as {setting('components', (0, 1))}."
            )
        return list(range(n_components))
    drawn = list(components) if isinstance(components, Sequence | np.ndarray) else []
    indices = all(isinstance(component, int | np.integer) for component in drawn)
    if not 1 <= len(drawn) <= 3 or not indices or len(set(drawn)) < len(drawn):
        raise ParameterError(
            f"{setting('components', components)} is not possible; expected one, two or three different "
            f"numbers of columns, such as {either('(0, 1)', '0,1')}."
        )
    for component in drawn:
        if not 0 <= component < n_components:
            raise ParameterError(
                f"{setting('components', components)} is not possible; codes have {n_components} components, "
                f"numbered 0 to {n_components - 1}, so {component} is not one of them."
            )
    return [int(component) for component in drawn]


def _axes_for(ax: Axes | None, n_drawn: int, groups: Classes | NumericLabels | None) -> Axes:
    """Open Axes that suit the number of components, or check the caller's."""
    is_space = n_drawn == 3
    lanes = len(groups.names) if isinstance(groups, Classes) else 4 if groups else 1
    size = (6.4, 1.6 + 0.4 * lanes) if n_drawn == 1 else (7.6 if is_space else 6.8, 5.2)
    ax = open_axes(ax, size, projection="3d" if is_space else None)
    if (ax.name == "3d") != is_space:
        given, wanted = ("a flat", "a 3-D") if is_space else ("a 3-D", "a flat")
        projection = "projection='3d'" if is_space else ""
        raise ParameterError(
            f"{n_drawn} component(s) need {wanted} Axes, got {given} one. Make ax with "
            f"figure.add_subplot({projection}), or leave it out."
        )
    return ax


def _strip_heights(
    ax: Axes, groups: Classes | NumericLabels | None, n_rows: int, title: str | None
) -> Float[np.ndarray, " n"]:
    """Place the rows of a one-component code: in a lane for each class, or at the height of their target."""
    if isinstance(groups, NumericLabels):
        low, high = groups.values[~groups.missing].min(), groups.values[~groups.missing].max()
        ax.set_ylabel(title or "label")
        return np.where(groups.missing, low - 0.08 * (high - low), groups.values)
    names = groups.names if groups else []
    lanes = groups.positions if groups else np.zeros(n_rows, dtype=int)
    if groups and groups.missing.any():
        names, lanes = [*names, "missing"], np.where(groups.missing, len(names), lanes)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_ylabel(title or "")
    # Its own generator: the same picture each time, and no global one touched.
    return lanes + np.random.default_rng(0).uniform(-0.35, 0.35, n_rows)
