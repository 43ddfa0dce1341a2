"""What codes of several sizes are worth, against their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from diabolo.errors import InputError, InputTypeError, ParameterError, nearest_name
from diabolo.messages import setting
from diabolo.plotting.canvas import open_axes

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["plot_sweep"]

_METRICS = ("both", "downstream", "reconstruction")
_TARGET, _REBUILT = "tab:blue", "tab:orange"


def plot_sweep(
    sweep: Any | Sequence[Mapping[str, Any]], *, metric: str = "both", ax: Axes | None = None
) -> Axes:
    """Draw, against the size of the code, how well a target is predicted from it and how well it rebuilds.

    Parameters
    ----------
    sweep : Sweep, or sequence of mapping
        As `diabolo.evaluation.latent_sweep` gives it, or its ``rows``.
    metric : {"both", "downstream", "reconstruction"}, default="both"
        What to draw. The two have an axis each, the target's on the left. The band runs from the lowest seed
        to the highest; where a sweep measured it, what the mean (or the most frequent class) does is a dotted
        line, and what a guided code's own head does a dashed one.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on; with both, that of the target.

    Raises
    ------
    ParameterError
        `metric` is unknown.
    InputError
        There is nothing of it to draw.
    InputTypeError
        ``sweep`` is neither a Sweep nor rows of one.

    See Also
    --------
    diabolo.evaluation.latent_sweep

    Examples
    --------
    >>> from diabolo.plotting import plot_sweep
    >>> rows = [{"n_components": size, "reconstruction_error": 1 / size} for size in (2, 4, 8)]
    >>> ax = plot_sweep(rows, metric="reconstruction")
    >>> ax.get_xscale(), [int(tick) for tick in ax.get_xticks()]
    ('log', [2, 4, 8])
    """
    if metric not in _METRICS:
        raise ParameterError(
            f"metric must be one of {', '.join(map(repr, _METRICS))}, got {metric!r}."
            f"{nearest_name(metric, _METRICS)}"
        )
    rows = getattr(sweep, "rows", sweep)
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise InputTypeError(f"sweep must be a Sweep, or its rows, got {type(sweep).__name__}.")
    sizes = _column(rows, "n_components")
    downstream, rebuilt = _column(rows, "downstream"), _column(rows, "reconstruction_error")
    with_target = metric != "reconstruction" and bool(np.isfinite(downstream).any())
    if metric == "downstream" and not with_target:
        raise InputError(
            f"the sweep measured no target: draw {setting('metric', 'reconstruction')}, or sweep with y."
        )
    with_rebuilt = metric != "downstream" and bool(np.isfinite(rebuilt).any())
    if not with_target and not with_rebuilt:
        raise InputError("the sweep has no figures to draw.")
    ax = open_axes(ax, (6.4, 4.2))
    lines = []
    if with_target:
        lines += _draw_target(ax, rows, sizes, downstream, str(getattr(sweep, "metric", None) or "error"))
    if with_rebuilt:
        beside = ax.twinx() if with_target else ax
        lines += beside.plot(sizes, rebuilt, marker="s", markersize=4, color=_REBUILT, label="rebuilt")
        beside.set_ylabel("mean absolute error of reconstruction")
        if with_target:
            beside.yaxis.label.set_color(_REBUILT)
            beside.tick_params(axis="y", labelcolor=_REBUILT)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator(sizes.tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_xlabel("size of the code")
    ax.grid(alpha=0.25)
    if len(lines) > 1:
        # Above the picture: the curves of two axes leave no corner that is free of both.
        ax.legend(handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    return ax


def _draw_target(
    ax: Axes,
    rows: Sequence[Mapping[str, Any]],
    sizes: Float[np.ndarray, " sizes"],
    downstream: Float[np.ndarray, " sizes"],
    metric: str,
) -> list[Any]:
    lines = list(ax.plot(sizes, downstream, marker="o", color=_TARGET, label="predicted from the code"))
    lowest, highest = _column(rows, "downstream_lowest"), _column(rows, "downstream_highest")
    if np.isfinite(lowest).all() and np.isfinite(highest).all():
        ax.fill_between(sizes, lowest, highest, color=_TARGET, alpha=0.2, linewidth=0)
    for name, style, label in (("head", "--", "by its own head"), ("mean_predictor", ":", "by the mean")):
        values = _column(rows, name)
        if np.isfinite(values).any():
            lines += ax.plot(sizes, values, linestyle=style, color=_TARGET, label=label)
    said = "mean absolute error" if metric == "mean_absolute_error" else metric.replace("_", " ")
    ax.set_ylabel(f"{said} of the target", color=_TARGET)
    ax.tick_params(axis="y", labelcolor=_TARGET)
    return lines


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> Float[np.ndarray, " sizes"]:
    """Read a figure of each row; None is a gap."""
    values = [row.get(name) for row in rows]
    return np.array([np.nan if value is None else value for value in values], dtype=float)
