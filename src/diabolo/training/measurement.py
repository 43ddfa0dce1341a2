"""What batches measure, added up; and whether a loss has fallen by more than chance."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.plan import BatchPlan
from diabolo.training.stages import MOST_COUNT

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = [
    "Gain",
    "Measurement",
    "epoch_measurements",
    "gain_of",
    "measurement_from",
    "measurement_parts",
    "pooled",
]

# By chance alone a gain is taken for one in so many cases.
_CHANCE = 0.05


@dataclass(frozen=True)
class Gain:
    """By how much a loss on held-out rows has fallen since the start.

    Parameters
    ----------
    mean : float
        Over the rows.
    standard_error : float
        Of the mean, from how far groups of rows agree; infinite where there is one group alone.
    n_effective : float
        Groups of equal losses that would tell as much: of many groups, of which one has nearly all of the
        loss, little more than 1.
    """

    mean: float
    standard_error: float
    n_effective: float

    @property
    def is_significant(self) -> bool:
        """Whether chance gives as much in less than one case of twenty, by Student's distribution."""
        # Imported here: scipy's functions cost more to import than a small fit.
        from scipy.special import stdtrit

        freedom = self.n_effective - 1.0
        return freedom > 0 and self.mean > float(stdtrit(freedom, 1.0 - _CHANCE)) * self.standard_error


def gain_of(earlier: Float[np.ndarray, " groups"], later: Float[np.ndarray, " groups"], total: float) -> Gain:
    """Tell a gain from chance.

    Parameters
    ----------
    earlier, later : arrays of shape (groups,)
        The loss of each group of rows, as a sum over its rows.
    total : float
        What the sum of all is divided by.

    Returns
    -------
    Gain

    References
    ----------
    L. Kish, Survey sampling, 1965, for the effective number of groups.

    Examples
    --------
    >>> import numpy as np
    >>> gain = gain_of(np.array([4.0, 4.0, 4.0]), np.array([2.0, 3.0, 1.0]), 30.0)
    >>> gain.mean, round(gain.n_effective, 6)
    (0.2, 3.0)
    """
    fallen, count = earlier - later, len(earlier)
    error = math.sqrt(count * np.var(fallen, ddof=1)) / total if count > 1 else math.inf
    squares = float(np.sum(earlier**2))
    n_effective = float(earlier.sum()) ** 2 / squares if squares > 0 else 1.0
    return Gain(float(fallen.sum()) / total, error, n_effective)


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

    def with_plan(self, plan: BatchPlan, terms: Any) -> Measurement:
        """Return a new one with the batches of a plan added."""
        whole = copy.copy(self)
        whole.sums, whole.losses = self.sums.copy(), list(self.losses)
        whole.add_plan(plan, terms)
        return whole

    def means(self) -> dict[str, float]:
        """Return the mean of each term over the rows."""
        return dict(zip(self.names, (self.sums / self.total).tolist(), strict=True))

    def gain_of(self, later: Measurement) -> Gain:
        """Compare the losses of batches with those of the same batches later."""
        return gain_of(np.concatenate(self.losses), np.concatenate(later.losses), self.total)


def epoch_measurements(
    names: tuple[str, ...],
    totals: Float[np.ndarray, "epochs batches"],
    means: Float64[np.ndarray, "epochs batches terms"],
) -> list[Measurement]:
    """Add up the batches of several epochs, each epoch for itself, in one go.

    Parameters
    ----------
    names : tuple of str
        As of :class:`Measurement`.
    totals : array of shape (epochs, batches)
        As of :meth:`Measurement.add`.
    means : float64 array of shape (epochs, batches, terms)
        As of :meth:`Measurement.add`.

    Returns
    -------
    list of Measurement
        One an epoch.
    """
    losses = totals * means[:, :, 0]
    if not np.isfinite(losses).all():
        one_by_one = [Measurement(names) for _ in totals]
        for measured, *own in zip(one_by_one, totals, means, strict=True):
            measured.add(*own)
        return one_by_one
    sums, counts = (totals[:, None] @ means)[:, 0], totals.sum(axis=1).tolist()
    found = []
    for of_terms, count, of_batches in zip(sums, counts, losses, strict=True):
        measured = Measurement(names)
        measured.sums, measured.total, measured.n_batches = of_terms, count, len(of_batches)
        measured.losses.append(of_batches)
        found.append(measured)
    return found


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


def measurement_parts(measured: Measurement) -> dict[str, np.ndarray]:
    """Write a measurement as arrays."""
    return {
        "sums": measured.sums,
        "counts": np.array([measured.total, measured.n_batches], np.float64),
        "losses": np.concatenate([np.zeros(0), *measured.losses]),
        "broken": np.array(measured.broken or (), np.float64),
    }


def measurement_from(arrays: Mapping[str, np.ndarray], names: tuple[str, ...]) -> Measurement:
    """Read a measurement.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Those of `measurement_parts`.
    names : tuple of str
        Of the terms that each batch has.

    Returns
    -------
    Measurement

    Raises
    ------
    ValueError, KeyError
        They are not those of one.
    """
    measured = Measurement(names)
    sums, counts, losses, broken = (arrays[name] for name in ("sums", "counts", "losses", "broken"))
    if sums.shape != (len(names),):
        raise ValueError("its measurement is of other terms")
    if any(part.dtype != np.float64 or part.ndim != 1 for part in (sums, counts, losses, broken)):
        raise ValueError("its measurement is none")
    if counts.shape != (2,) or not 0 <= counts[0] < math.inf or not 0 <= counts[1] <= MOST_COUNT:
        raise ValueError("its measurement counts nothing")
    if len(broken) not in (0, 2) or (len(broken) and not 0 < broken[0] <= MOST_COUNT):
        raise ValueError("its measurement does not say what was not finite")
    total, n_batches = counts
    measured.sums = sums
    measured.total, measured.n_batches = float(total), int(n_batches)
    measured.losses = [losses]
    if len(broken):
        batch, value = broken
        measured.broken = int(batch), float(value)
    return measured
