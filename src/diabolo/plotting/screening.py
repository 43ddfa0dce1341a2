"""Screening: how the features' information is spread, and how many are kept at each threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from diabolo.errors import InputError
from diabolo.plotting.canvas import open_axes, read_numbers

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike

__all__ = ["plot_features_kept", "plot_information"]

_BARS, _LINE = "tab:blue", "0.2"
_BINS = 60


def plot_information(
    information: Float[ArrayLike, " features"],
    *,
    threshold: float | None = None,
    label: str = "mutual information, nats",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many features have how much information, and where the threshold lies.

    Parameters
    ----------
    information : array-like of shape (features,)
        A value for each feature, such as ``Screening.information``; NaN, where there is none, is left out.
    threshold : float, optional
        Drawn as a line, with the number of features at or above it.
    label : str, default "mutual information, nats"
        What the values are.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on. Counts are on a logarithmic axis: most features of a wide table say nothing.

    Raises
    ------
    InputError
        There is no value, or one is infinite.

    See Also
    --------
    plot_features_kept, diabolo.screen

    Examples
    --------
    >>> ax = plot_information([0.0, 0.0, 0.1, 0.8], threshold=0.7)
    >>> ax.get_yscale(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('log', ['threshold 0.7: 1 of 4 features'])
    """
    values = _values(information)
    ax = open_axes(ax, (6.4, 3.8))
    high = max(float(values.max()), threshold or 0.0)
    low = min(float(values.min()), 0.0)
    ax.hist(values, np.linspace(low, high if high > low else low + 1.0, _BINS + 1).tolist(), color=_BARS)
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.7)  # a bar of one feature has a height
    _draw_threshold(ax, values, threshold)
    ax.set(xlabel=label, ylabel="features")
    ax.grid(alpha=0.25)
    return ax


def plot_features_kept(
    information: Float[ArrayLike, " features"],
    *,
    threshold: float | None = None,
    label: str = "mutual information, nats",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many features are kept at each threshold.

    Parameters
    ----------
    information : array-like of shape (features,)
        A value for each feature, such as ``Screening.information``; NaN is never kept.
    threshold : float, optional
        The one in use: its point is marked.
    label : str, default "mutual information, nats"
        What the values are.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on, with the number of features on a logarithmic axis.

    Raises
    ------
    InputError
        There is no value, or one is infinite.

    See Also
    --------
    plot_information, diabolo.screen

    Examples
    --------
    >>> ax = plot_features_kept([0.0, 0.0, 0.1, 0.8], threshold=0.1)
    >>> ax.get_lines()[0].get_xydata().tolist()
    [[0.0, 4.0], [0.1, 2.0], [0.8, 1.0]]
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['threshold 0.1: 2 of 4 features']
    """
    values = _values(information)
    ax = open_axes(ax, (6.4, 3.8))
    levels, first = np.unique(np.sort(values), return_index=True)
    # At a threshold features with as much or more are kept: the same ones down to the next smaller value.
    ax.step(levels, values.size - first, where="pre", color=_BARS)
    ax.set_yscale("log")
    kept = _draw_threshold(ax, values, threshold)
    if threshold is not None and kept:
        ax.plot(threshold, kept, marker="o", linestyle="", color=_BARS)
    ax.set(xlabel=f"threshold ({label})", ylabel="features kept")
    ax.grid(alpha=0.25)
    return ax


def _draw_threshold(ax: Axes, values: Float[np.ndarray, " features"], threshold: float | None) -> int:
    """Draw a line, if one is given, and say how many features are at or above it."""
    if threshold is None:
        return 0
    kept = int((values >= threshold).sum())
    said = f"threshold {threshold:.4g}: {kept:,} of {values.size:,} features"
    ax.axvline(threshold, color=_LINE, linestyle="--", label=said)
    ax.legend()
    return kept


def _values(information: ArrayLike) -> Float[np.ndarray, " features"]:
    values = read_numbers(information, "information")
    there = values[~np.isnan(values)] if values.ndim == 1 else values
    if values.ndim != 1 or there.size == 0 or np.isinf(there).any():
        raise InputError(
            f"information must be a finite number for each of one or more features, got shape {values.shape} "
            f"with {np.count_nonzero(~np.isfinite(values))} that are not finite."
        )
    return there
