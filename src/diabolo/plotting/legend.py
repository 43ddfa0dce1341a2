"""What the colors of the rows mean: a legend, or a color bar."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from diabolo.plotting.colors import MISSING, PALETTE, color_scale
from diabolo.plotting.labels import Classes, NumericLabels

__all__ = ["explain_colors"]


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
    >>> import numpy as np
    >>> from diabolo.plotting.canvas import open_axes
    >>> ax = open_axes(None, (4, 3))
    >>> explain_colors(ax, Classes(["ant", "cat"], np.array([0, 1, 1])), "animal", on_axis=False)
    >>> ax.get_legend().get_title().get_text()
    'animal'
    """
    is_space = ax.name == "3d"
    if isinstance(groups, Classes):
        if not on_axis:
            _add_legend(ax, _classes_place(ax, is_space), _entries(groups), title)
        return
    if not on_axis:
        # In space the axis label on the right stands outside the Axes, where the bar would cover it.
        pad = {"pad": 0.12} if is_space else {}
        ax.figure.colorbar(color_scale(groups), ax=ax, label=title or "label", **pad)  # type: ignore[arg-type]
    if groups.missing.any():
        place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "frameon": False}
        _add_legend(ax, place, [("missing", MISSING)], None)


def _entries(groups: Classes) -> list[tuple[str, Any]]:
    """Pair the classes with their colors."""
    missing = [("missing", MISSING)] if groups.missing.any() else []
    return [*zip(groups.names, PALETTE, strict=False), *missing]


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
