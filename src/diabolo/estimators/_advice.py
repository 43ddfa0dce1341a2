"""Advice about a fit that runs and learns little: columns that drown others, too few rows, a poor loss."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.categories import CategoryTable
from diabolo.data.columns import listed
from diabolo.data.scaling import Scaler
from diabolo.data.statistics import Statistics
from diabolo.detection.thresholds import Quantile, Threshold
from diabolo.errors import FewRowsWarning, InterruptedWarning, PoorFitWarning, ScaleWarning
from diabolo.estimators._choices import Choices
from diabolo.messages import setting, warn_caller

if TYPE_CHECKING:
    from jaxtyping import Float64

__all__ = [
    "advice_given",
    "loss_of_means",
    "no_part_fitted",
    "warn_about_loss",
    "warn_about_scale",
    "warn_of_few_rows",
    "warn_of_interruption",
]

# Cells that are further from 0 than this are left as they are by none of the usual ways to scale.
_LARGE = 100.0
# And these are more than a scaled table commonly has.
_NOT_SMALL = 10.0
# Columns whose spreads differ by more than this do not count alike.
_APART = 100.0
# Of images and counts a few columns hardly vary: such a share of them tells nothing of units.
_FEW = 0.05
# A loss is above the means' by more than what an epoch's mean over changing weights can be.
_SLACK = 1.02
# Larger numbers are told by their power of ten.
_READABLE = 1e6


def warn_about_scale(choices: Choices, found: Statistics, feature_names: Any) -> None:
    """Warn where cells are large and not scaled, or columns drown others by their units.

    Parameters
    ----------
    choices : Choices
        Checked; ``scale`` settled.
    found : Statistics
        Of the training rows, before they are scaled.
    feature_names : sequence of str or None
        For the message.
    """
    if choices.scale not in (None, "common", "center"):
        return
    said = _said_of_units(choices, found, feature_names)
    if choices.scale is None:
        largest = np.maximum(np.abs(found.lowest), np.abs(found.highest))
        at = int(np.argmax(largest))
        if largest[at] > _LARGE:
            said = (
                f"cells reach {largest[at]:.6g} ({_named([at], feature_names)}) and are not scaled "
                f"({setting('scale', None)}), which hides the smaller ones from a network"
            )
    if said:
        pixels = found.lowest.min() >= 0 and found.highest.max() <= 255 and choices.scale is None
        cure = f", or {setting('scale', 'minmax')} for pixels" if pixels else ""
        warn_caller(ScaleWarning(f"{choices.owner}: {said}: set {setting('scale', 'standard')}{cure}."))


def _said_of_units(choices: Choices, found: Statistics, feature_names: Any) -> str:
    # By both, as a rare mark has a small deviation and a stray cell a large range.
    reach, spread = found.highest - found.lowest, found.deviation
    varies = reach > 0
    if varies.sum() < 2:
        return ""
    small = varies & (reach * _APART < reach.max()) & (spread * _APART < spread.max())
    if small.sum() < max(_FEW * varies.sum(), 1):
        return ""
    wide, narrow = int(np.argmax(spread)), int(np.argmin(np.where(small, spread, np.inf)))
    with np.errstate(over="ignore"):
        ratio = spread[wide] / spread[narrow]
    times = f"{ratio:.0f}" if ratio < _READABLE else f"{ratio:.1e}"
    ends = (f"{_named([at], feature_names)} by {spread[at]:.3g}" for at in (wide, narrow))
    return (
        f"columns differ in their spread by {times} times ({', '.join(ends)}), and by "
        f"{setting('scale', choices.scale)} they count by their units"
    )


def _named(columns: list[int], feature_names: Any) -> str:
    return f"column {listed(columns if feature_names is None else [str(feature_names[i]) for i in columns])}"


def loss_of_means(
    choices: Choices, found: Statistics, scaler: Scaler, table: CategoryTable | None = None
) -> float:
    """Return what predicting each column's mean loses, per column, or a little more.

    Parameters
    ----------
    choices : Choices
        Of which ``loss`` counts.
    found : Statistics
        Of the training rows, before they are scaled.
    scaler : Scaler
        Theirs.
    table : CategoryTable, optional
        The columns that are categories, of which the frequencies are predicted.

    Returns
    -------
    float
        Of the squared error and the cross-entropies it is exact. Of the others it is a bound from above, as a
        mean absolute deviation is at most the standard deviation. NaN of a loss of the user's own.
    """
    if callable(choices.loss):
        return math.nan
    if table is not None:
        # The cross-entropy of the frequencies that there are with those of the scaler, which are drawn to
        # alike ones, in the units of the loss.
        losses = [
            -float((found.mean[block] * np.log(scaler.offset[block])).sum()) / entropy
            for block, entropy in zip(table.blocks, table.entropies(scaler), strict=True)
        ]
        if n := len(table.numbers):
            own = Scaler(scaler.kind, scaler.offset[:n], scaler.factor[:n])
            losses.append(n * loss_of_means(choices, table.of_numbers(found), own))
        return sum(losses) / table.n_columns
    spread = found.deviation * np.abs(scaler.factor)
    if choices.loss == "absolute_error":
        return float(spread.mean())
    if choices.loss == "binary_cross_entropy":
        mean: Float64[np.ndarray, " n_features"] = (found.mean - scaler.offset) * scaler.factor
        mean = np.clip(mean, 0.0, 1.0)
        return float((_entropy(mean) + _entropy(1 - mean)).mean())
    squares = float((spread**2).mean())
    if choices.loss == "huber":
        return min(squares / 2, float(choices.huber_delta * spread.mean()))
    return squares


def _entropy(share: Float64[np.ndarray, " n_features"]) -> Float64[np.ndarray, " n_features"]:
    return -share * np.log(np.where(share > 0, share, 1.0))


def warn_about_loss(
    choices: Choices, found: Statistics, scaler: Scaler, loss: float, table: CategoryTable | None = None
) -> None:
    """Warn where the loss in the end is above that of predicting each column's mean.

    Parameters
    ----------
    choices, found, scaler
        As of `loss_of_means`.
    loss : float
        Of the reconstruction, over the training rows.
    table : CategoryTable, optional
        As of `loss_of_means`.
    """
    means = loss_of_means(choices, found, scaler, table)
    if not loss > _SLACK * means:
        return
    tries = [f"a larger {setting('max_epochs')}", f"another {setting('learning_rate')}"]
    if choices.scale is None and max(-found.lowest.min(), found.highest.max()) > _NOT_SMALL:
        tries.insert(0, setting("scale", "standard"))
    what = "column's mean" if table is None else "column's mean or frequencies"
    message = PoorFitWarning(
        f"{choices.owner}: the loss in the end, {loss:.4g}, is above the {means:.4g} of predicting each "
        f"{what}: the network has not learned these rows; try {', or '.join(tries)}."
    )
    warn_caller(message)


def warn_of_few_rows(owner: str, line: Threshold, n_rows: int) -> None:
    """Warn where a quantile of the rows' scores is the highest of them, since they are too few.

    Parameters
    ----------
    owner : str
        Who learned from them.
    line : Threshold
        The way to draw it; nothing is said of one that is no quantile.
    n_rows : int
        How many scores it goes by. A new row is above all of them with a probability of ``1 / (n_rows + 1)``,
        the smallest conformal p-value that there is.
    """
    share = 1.0 - line.q if isinstance(line, Quantile) else 0.0
    least = math.ceil(round(1.0 / share, 6)) - 1 if share > 0 else 0
    if n_rows < least:
        warn_caller(
            FewRowsWarning(
                f"{owner}: {n_rows} row{'s' * (n_rows > 1)} are too few to tell the oddest "
                f"{100 * share:.3g}% apart: the threshold is their highest score, and no p-value is below "
                f"{1 / (n_rows + 1):.2g}; learn from {least} or more."
            )
        )


def warn_of_interruption(owner: str, n_epochs: int) -> None:
    """Say how far a fit came that was interrupted."""
    epochs = f"{n_epochs:,} epoch{'' if n_epochs == 1 else 's'}"
    warn_caller(
        InterruptedWarning(f"{owner}: interrupted after {epochs}; it is fitted with what it learned by then.")
    )


@contextmanager
def no_part_fitted(detector: Any) -> Iterator[None]:
    """Say, where its fit is interrupted, that a detector is not fitted; and nothing of its networks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InterruptedWarning)
            yield
    except KeyboardInterrupt:
        for name in ("_learned", "threshold_"):  # of an earlier fit, which has gone with its parameters
            vars(detector).pop(name, None)
        warn_caller(
            InterruptedWarning(
                f"{type(detector).__name__}: interrupted while it learned, and is not fitted; with "
                f"{setting('checkpoint')} the same fit goes on from there."
            )
        )
        raise


ADVICE_OF_ROWS = ScaleWarning, PoorFitWarning
"""What is said once of rows, whatever number of fits they are of."""


@contextmanager
def advice_given(already: bool = True) -> Iterator[None]:
    """Say none of this of further fits to parts of the same rows.

    Parameters
    ----------
    already : bool, default True
        Whether it was said.
    """
    with warnings.catch_warnings():
        if already:
            for each in ADVICE_OF_ROWS:
                warnings.simplefilter("ignore", each)
        yield
