"""Known anomalies: what they say of how the parts of a score should count."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["LEAST_ANOMALIES", "WEIGHTS", "LabelGain", "weigh_by_anomalies"]

LEAST_ANOMALIES = 3
"""Of fewer nothing is concluded."""

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""What is tried, beside 1 for the residuals."""


@dataclass(frozen=True)
class LabelGain(ResultTable):
    """What known anomalies brought.

    Parameters
    ----------
    n_anomalies : int
        How many are known.
    deviation_weight, distance_weight : float
        The weights that they chose: the usual ones where no others put them significantly higher, or what is
        chosen so does not help those without a say.
    usual_rank : float
        Share of normal rows below an anomaly with the usual weights, on average: the ROC-AUC.
    rank : float
        The same with weights that were chosen by the other anomalies, each being left out in turn.
    error : float
        Standard error of the difference of the two.

    See Also
    --------
    diabolo.AutoencoderDetector

    Examples
    --------
    >>> gain = LabelGain(5, 2.0, 0.25, 0.9, 0.95, 0.02)
    >>> round(gain.gain, 3), str(gain)[:43]
    (0.05, '5 known; weights of the score: deviation 2,')
    """

    n_anomalies: int
    deviation_weight: float
    distance_weight: float
    usual_rank: float
    rank: float
    error: float

    @property
    def gain(self) -> float:
        """How much higher anomalies rank that had no say."""
        return self.rank - self.usual_rank

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f"{self.n_anomalies:,} known; weights of the score: deviation {self.deviation_weight:g}, "
            f"distance {self.distance_weight:g}; left out in turn they rank above {self.rank:.1%} of normal "
            f"rows, {self.usual_rank:.1%} with the usual weights (error of the difference {self.error:.1%})"
        )


def weigh_by_anomalies(
    normal: tuple[Float[np.ndarray, " n_normal"], ...],
    odd: tuple[Float[np.ndarray, " n_anomalies"], ...],
    usual: tuple[float, float],
) -> LabelGain:
    """Choose the weights of a score's parts that put known anomalies highest among normal rows.

    Weights other than the usual ones are chosen where anomalies rank higher by more than one standard error
    of the difference, and those that have no say rank higher too.

    Parameters
    ----------
    normal : three arrays of shape (n_normal,)
        Of rows that were left out: the residuals' term, the distance from the medians, that from the means.
    odd : three arrays of shape (n_anomalies,)
        The same of anomalies, at least `LEAST_ANOMALIES`.
    usual : pair of float
        The usual weights of the two distances.

    Returns
    -------
    LabelGain
    """
    tried = [usual, *itertools.product(WEIGHTS, WEIGHTS)]
    ranks = np.array([_ranks(_mixed(normal, pair), _mixed(odd, pair)) for pair in tried])
    gains = ranks - ranks[0]
    count = len(gains[0])
    chosen = _best(gains.sum(axis=1), (gains**2).sum(axis=1), count)
    # Each anomaly is ranked by what the others choose.
    without = np.array(
        [_best(gains.sum(axis=1) - own, (gains**2).sum(axis=1) - own**2, count - 1) for own in gains.T]
    )
    left_out = gains[without, np.arange(count)]
    error = float(left_out.std(ddof=1) / np.sqrt(count))
    if left_out.mean() < 1e-12:  # what others choose does not help those without a say
        chosen = 0
    rank = float(ranks[0].mean())
    deviation_weight, distance_weight = tried[chosen]
    return LabelGain(count, deviation_weight, distance_weight, rank, rank + float(left_out.mean()), error)


def _mixed(
    parts: tuple[Float[np.ndarray, " n_rows"], ...], weights: tuple[float, float]
) -> Float[np.ndarray, " n_rows"]:
    return parts[0] + weights[0] * parts[1] + weights[1] * parts[2]


def _ranks(
    normal: Float[np.ndarray, " n_normal"], odd: Float[np.ndarray, " n_anomalies"]
) -> Float[np.ndarray, " n_anomalies"]:
    """Return the share of normal rows below each anomaly, ties counting half."""
    falling = np.sort(normal)
    sides = (np.searchsorted(falling, odd, side) for side in ("left", "right"))
    return np.sum(list(sides), axis=0) / (2.0 * len(normal))


def _best(sums: Float[np.ndarray, " tried"], squares: Float[np.ndarray, " tried"], count: int) -> int:
    """Choose the largest gain less its standard error; the first, no change, where none is above 0."""
    mean = sums / count
    variance = np.maximum(squares / count - mean**2, 0.0) * count / max(count - 1, 1)
    return int(np.argmax(mean - np.sqrt(variance / count)))
