"""What batches measure, added up; and whether a loss has fallen by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.plan import BatchPlan

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = ["Gain", "Measurement", "gain_of", "pooled"]

# The 95% point of the standard normal distribution.
_LEAST_ERRORS = 1.645


@dataclass(frozen=True)
class Gain:
    """By how much a loss on held-out rows has fallen since the start.

    Parameters
    ----------
    mean : float
        Over the rows.
    standard_error : float
        Of the mean, from how far groups of rows agree; infinite where there is one group alone.
    """

    mean: float
    standard_error: float

    @property
    def is_significant(self) -> bool:
        """Whether chance gives as much in less than one case of twenty, where rows are many."""
        return self.mean > _LEAST_ERRORS * self.standard_error


def gain_of(fallen: Float[np.ndarray, " groups"], total: float) -> Gain:
    """Tell a gain from chance.

    Parameters
    ----------
    fallen : array of shape (groups,)
        By how much the loss of each group of rows has fallen, as a sum over its rows.
    total : float
        What the sum of all is divided by.

    Returns
    -------
    Gain

    Examples
    --------
    >>> import numpy as np
    >>> gain_of(np.array([2.0, 1.0, 3.0]), 30.0).mean
    0.2
    """
    count = len(fallen)
    error = math.sqrt(count * np.var(fallen, ddof=1)) / total if count > 1 else math.inf
    return Gain(float(fallen.sum()) / total, error)


class Measurement:
    """Batch means added up, in float64, to exact means over the rows; the first that is not finite is noted.

    Parameters
    ----------
    names : tuple of str
        Of the terms that each batch has.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.sums, self.total, self.n_batches = np.zeros(len(names)), 0.0, 0
        self.losses: list[np.ndarray] = []
        self.broken: tuple[int, float] | None = None

    def add_plan(self, plan: BatchPlan, terms: Any) -> None:
        """Add the batches of a plan that hold rows."""
        self.add(plan.totals[: plan.n_batches], np.asarray(terms, np.float64)[: plan.n_batches])

    def add(self, totals: Float[np.ndarray, " batches"], means: Float64[np.ndarray, "batches terms"]) -> None:
        """Add batches: their terms' means, and what makes sums over rows of these."""
        losses = totals * means[:, 0]
        total = float(losses.sum())
        if not math.isfinite(total) and self.broken is None:
            bad = np.flatnonzero(~np.isfinite(means[:, 0]))
            if bad.size:
                self.broken = (self.n_batches + int(bad[0]) + 1, float(means[bad[0], 0]))
        self.sums += totals @ means
        self.total += float(totals.sum())
        self.losses.append(losses)
        self.n_batches += len(totals)

    def means(self) -> dict[str, float]:
        """Return the mean of each term over the rows."""
        return {name: float(sum_ / self.total) for name, sum_ in zip(self.names, self.sums, strict=True)}

    def gain_of(self, later: Measurement) -> Gain:
        """Compare the losses of batches with those of the same batches later."""
        return gain_of(np.concatenate(self.losses) - np.concatenate(later.losses), self.total)


def pooled(measurements: Sequence[Measurement]) -> Measurement:
    """Join measurements of the same terms over different rows.

    Parameters
    ----------
    measurements : sequence of Measurement
        At least one.

    Returns
    -------
    Measurement
        Over all rows.
    """
    whole = Measurement(measurements[0].names)
    for one in measurements:
        whole.sums = whole.sums + one.sums
        whole.total += one.total
        whole.losses += one.losses
        whole.n_batches += one.n_batches
    return whole
