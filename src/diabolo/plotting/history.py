"""The curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from diabolo.errors import InputError, InputTypeError, ParameterError, nearest_name
from diabolo.messages import setting
from diabolo.plotting.canvas import open_axes

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["plot_history"]

_METRICS = ("loss", "mean_absolute_error")
_FOREIGN_NAMES = {
    "mae": "mean_absolute_error",
    "val_mae": "mean_absolute_error",
    "validation_mean_absolute_error": "mean_absolute_error",
    "val_loss": "loss",
    "validation_loss": "loss",
}
_FEW_EPOCHS = 30  # up to here each epoch gets a dot


def plot_history(
    history: Mapping[str, Sequence[float]] | Any,
    *,
    metric: str = "loss",
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how a metric fell from epoch to epoch, in training and, where recorded, in validation.

    Parameters
    ----------
    history : mapping from str to sequence of float, or fitted estimator
        One number an epoch under `metric` and, if there was validation, under ``"validation_"`` + `metric`;
        other keys are left alone. An estimator gives its ``history_``.
    metric : {"loss", "mean_absolute_error"}, default="loss"
        What to draw.
    log : bool, default=False
        Whether the vertical axis is logarithmic, which wants positive numbers.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on. With validation, the epoch (counted from 1) where the drawn validation curve is
        lowest is marked as best.

    Raises
    ------
    ParameterError
        `metric` is unknown, or `log` is asked of numbers that are not positive.
    InputError
        `history` lacks the metric, or has validation for some epochs only.
    InputTypeError
        `history` is neither a mapping nor a fitted estimator.

    See Also
    --------
    plot_codes, plot_reconstructions

    Examples
    --------
    >>> from diabolo import plot_history
    >>> ax = plot_history({"loss": [0.9, 0.4, 0.2], "validation_loss": [0.8, 0.5, 0.6]})
    >>> [line.get_label() for line in ax.get_lines()]
    ['training', 'validation', 'best epoch: 2 (0.5)']
    """
    if metric not in _METRICS:
        raise ParameterError(
            f"{setting('metric')} must be 'loss' or 'mean_absolute_error', got {metric!r}."
            f"{nearest_name(metric, _METRICS, _FOREIGN_NAMES)}"
        )
    record = getattr(history, "history_", history)
    if not isinstance(record, Mapping):
        raise InputTypeError(
            "history must be a mapping from names to numbers per epoch, or a fitted estimator, got "
            f"{type(history).__name__} without history_. Call fit first."
        )
    training = _curve(record, metric)
    validation = _curve(record, f"validation_{metric}")
    if not len(training):
        known = ", ".join(repr(name) for name in record) or "nothing"
        raise InputError(f"history has no numbers under {metric!r}; it records {known}.")
    if len(validation) and len(validation) != len(training):
        raise InputError(
            f"history has {len(training)} epochs of {metric!r} but {len(validation)} of "
            f"'validation_{metric}'; the two cannot be laid beside each other."
        )
    both = np.concatenate([training, validation])
    if log and (both <= 0).any():
        raise ParameterError(
            f"{setting('log', True)} wants positive numbers, but {metric!r} goes down to "
            f"{np.nanmin(both):.4g}. Use {setting('log', False)}."
        )
    ax = open_axes(ax, (6.4, 4.2))
    epochs = np.arange(1, len(training) + 1)
    marker = "." if len(training) <= _FEW_EPOCHS else ""
    (line,) = ax.plot(epochs, training, marker=marker, label="training")
    if len(validation):
        known = np.isfinite(validation)
        # Measured every so many epochs, it is a line from one measurement to the next.
        drawn = known if known.sum() > 1 and not (known[1:] & known[:-1]).any() else slice(None)
        (line,) = ax.plot(epochs[drawn], validation[drawn], marker=marker, label="validation")
    if np.isfinite(validation).any():
        best = int(np.nanargmin(validation))
        ax.plot(
            epochs[best],
            validation[best],
            linestyle="",
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgewidth=1.8,
            color=line.get_color(),
            label=f"best epoch: {epochs[best]} ({validation[best]:.4g})",
        )
    if log:
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True) if len(epochs) > 1 else FixedLocator([1]))
    ax.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    ax.grid(alpha=0.25)
    ax.legend()
    return ax


def _curve(record: Mapping[str, Sequence[float]], name: str) -> Float[np.ndarray, " epochs"]:
    """Read one curve; an absent one is empty, and None within it becomes a gap."""
    values = record.get(name)
    return np.asarray([] if values is None else values, dtype=float)
