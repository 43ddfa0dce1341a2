"""Labels of rows, a few classes or a numeric target: read, made colors, and explained beside the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgba
from matplotlib.lines import Line2D

from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Shaped
    from numpy.typing import ArrayLike

__all__ = [
    "MAX_CLASSES",
    "MISSING",
    "PALETTE",
    "Classes",
    "NumericLabels",
    "color_scale",
    "explain_colors",
    "read_labels",
    "row_colors",
]

MAX_CLASSES = 20  # more colors than this cannot be told apart
_TAB20 = colormaps["tab20"].colors  # type: ignore[attr-defined]
# Ten strong colors, gray the last of them, then their light partners but two: light gray means a missing
# label, and light cyan is too near light blue. Dark teal and near-black stand in for those.
PALETTE = [
    *_TAB20[0:14:2],
    *_TAB20[16::2],
    _TAB20[14],
    *_TAB20[1:14:2],
    _TAB20[17],
    (0.0, 0.3, 0.35),
    (0.1, 0.1, 0.1),
]
MISSING = (0.82, 0.82, 0.82)
_OPACITY = 0.8


@dataclass(frozen=True)
class Classes:
    """One of a few classes for each row; position -1 is a missing label."""

    names: list[str]
    positions: Int[np.ndarray, " n"]

    @property
    def missing(self) -> Shaped[np.ndarray, " n"]:
        """Which rows have no label."""
        return self.positions < 0


@dataclass(frozen=True)
class NumericLabels:
    """One number for each row; NaN is a missing one."""

    values: Float[np.ndarray, " n"]

    @property
    def missing(self) -> Shaped[np.ndarray, " n"]:
        """Which rows have no number."""
        return np.isnan(self.values)


def read_labels(
    labels: ArrayLike, n_rows: int, label_names: Mapping[Any, str] | Sequence[str] | None = None
) -> Classes | NumericLabels:
    """Tell classes from a numeric target, and find the rows that have neither.

    Parameters
    ----------
    labels : array-like of shape (n_rows,)
        Text, truth values, dates, and whole numbers (2 or 2.0) of at most 20 different values are classes;
        other numbers are numbers. None, NaN, NaT, pandas' NA and empty text are missing.
    n_rows : int
        How many there must be.
    label_names : mapping, or sequence of str, optional
        What to call each class; a sequence names the classes 0, 1, 2 and so on. Default: as they are written.

    Returns
    -------
    Classes or NumericLabels
        In the order of the rows.

    Raises
    ------
    InputError
        Not one label for each row, labels of different kinds, more than 20 distinct names, or an infinite
        number.
    ParameterError
        `label_names` lacks a class, or the labels are a target.

    Examples
    --------
    >>> read_labels(["cat", None, "ant"], 3).names
    ['ant', 'cat']
    >>> read_labels([0.25, 0.5], 2)
    NumericLabels(values=array([0.25, 0.5 ]))
    """
    column = entries_of(labels)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise InputError(f"labels must be one per row, so of shape ({n_rows},), got shape {column.shape}.")
    if len(column) != n_rows:
        raise InputError(
            f"codes has {n_rows} rows but labels has {len(column)}; give one label for each row."
        )
    missing = missing_in(column)
    rows = np.flatnonzero(~missing)
    present = plain_values(column[rows], "labels", lambda place: int(rows[place]))
    n_infinite = np.count_nonzero(infinite_in(present))
    if n_infinite:
        raise InputError(
            f"labels holds {n_infinite} infinite values; replace them, or write NaN where a label is missing."
        )
    distinct, places = np.unique(present, return_inverse=True)
    if not are_classes(present):
        if label_names is not None:
            raise ParameterError(
                "label_names names classes, but labels is a numeric target "
                f"({len(distinct)} distinct values), drawn with a color scale. Leave label_names out."
            )
        values = np.full(n_rows, np.nan)
        values[rows] = present
        return NumericLabels(values)
    if len(distinct) > MAX_CLASSES:
        raise InputError(
            f"labels holds {len(distinct)} distinct names, and at most {MAX_CLASSES} can be told apart by "
            "color. Merge some classes, or draw without labels."
        )
    keys = [int(key) if isinstance(key, float) else key for key in distinct.tolist()]
    positions = np.full(n_rows, -1)
    positions[rows] = places
    return Classes(_named(keys, label_names), positions)


def _named(keys: list[Any], label_names: Mapping[Any, str] | Sequence[str] | None) -> list[str]:
    """Name the classes as the caller wants them."""
    if label_names is None:
        return [str(key) for key in keys]
    names = dict(label_names) if isinstance(label_names, Mapping) else dict(enumerate(label_names))
    unnamed = [key for key in keys if key not in names]
    if unnamed:
        raise ParameterError(
            f"label_names has no name for {', '.join(map(repr, unnamed))}; it names "
            f"{', '.join(map(repr, names)) or 'nothing'}. Give a name for every label, as a mapping or, "
            "for the labels 0, 1, 2..., a sequence."
        )
    return [str(names[key]) for key in keys]


def row_colors(groups: Classes | NumericLabels | None, n_rows: int) -> Float[np.ndarray, "n 4"]:
    """Choose the color of every row, in the order of the rows so that no class covers another.

    Parameters
    ----------
    groups : Classes, NumericLabels or None
        What the rows are colored by.
    n_rows : int
        How many rows there are.

    Returns
    -------
    ndarray of shape (n_rows, 4)
        Red, green, blue and opacity, between 0 and 1.

    Examples
    --------
    >>> row_colors(None, 2).shape
    (2, 4)
    """
    if groups is None:
        return np.tile(to_rgba(PALETTE[0], _OPACITY), (n_rows, 1))
    if isinstance(groups, Classes):
        # Position -1, a missing label, takes the last.
        return np.array([to_rgba(color, _OPACITY) for color in [*PALETTE, MISSING]])[groups.positions]
    colors = color_scale(groups).to_rgba(groups.values, alpha=_OPACITY)
    colors[groups.missing] = to_rgba(MISSING, _OPACITY)
    return colors


def color_scale(target: NumericLabels) -> ScalarMappable:
    """Span the color scale over the numbers that are there.

    Parameters
    ----------
    target : NumericLabels
        What the rows are colored by.

    Returns
    -------
    ScalarMappable
        What a color bar is made from.

    Examples
    --------
    >>> color_scale(NumericLabels(np.array([0.5, np.nan, 2.5]))).get_clim()
    (0.5, 2.5)
    """
    present = target.values[~target.missing]
    return ScalarMappable(Normalize(float(present.min()), float(present.max())), "viridis")


def explain_colors(ax: Axes, groups: Classes | NumericLabels, title: str | None, *, on_axis: bool) -> None:
    """Add a legend of the classes, or a color bar of the target, and say which gray is missing.

    Parameters
    ----------
    ax : Axes
        What the rows are drawn on.
    groups : Classes or NumericLabels
        What they are colored by.
    title : str or None
        What the labels are called, if they are.
    on_axis : bool
        Whether an axis says it already: then only a target's missing rows are left to explain.

    Examples
    --------
    >>> from diabolo.plotting.canvas import open_axes
    >>> ax = open_axes(None, (4, 3))
    >>> explain_colors(ax, Classes(["ant", "cat"], np.array([0, 1, 1])), "animal", on_axis=False)
    >>> ax.get_legend().get_title().get_text()
    'animal'
    """
    is_space = ax.name == "3d"
    missing = [("missing", MISSING)] if groups.missing.any() else []
    if isinstance(groups, Classes):
        if not on_axis:
            entries = [*zip(groups.names, PALETTE, strict=False), *missing]
            _add_legend(ax, _classes_place(ax, is_space), entries, title)
        return
    if not on_axis:
        # In space the axis label on the right stands outside the Axes, where the bar would cover it.
        pad = {"pad": 0.12} if is_space else {}
        ax.figure.colorbar(color_scale(groups), ax=ax, label=title or "label", **pad)  # type: ignore[arg-type]
    if missing:
        place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "frameon": False}
        _add_legend(ax, place, missing, None)


def _classes_place(ax: Axes, is_space: bool) -> dict[str, Any]:
    """Find the legend a place where it covers no point."""
    if is_space:  # to the left, where the cube leaves a corner empty and has no labels
        return {"loc": "upper right", "bbox_to_anchor": (0.04, 1)}
    if ax.figure.get_layout_engine() is not None:  # which makes room beside the Axes
        return {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.25 * (right - left))
    return {"loc": "upper right"}


def _add_legend(ax: Axes, place: dict[str, Any], entries: list[tuple[str, Any]], title: str | None) -> None:
    """Draw a dot and a name for each entry."""
    dots = [Line2D([], [], linestyle="", marker="o", color=color, label=name) for name, color in entries]
    ax.legend(handles=dots, title=title, **place)
