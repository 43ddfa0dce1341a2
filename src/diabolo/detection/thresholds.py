"""Thresholds: ways to draw the line between normal rows and anomalies, from the scores of known rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from diabolo.errors import InputError
from diabolo.messages import either

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = [
    "Conformal",
    "Contamination",
    "KnownScores",
    "MeanStd",
    "MedianMAD",
    "Quantile",
    "Threshold",
]

# The median absolute deviation of normal numbers is their standard deviation over this.
_NORMAL_MAD = 1.4826022185056018
# Below it, (exp(g z) - 1) / g is z to ten digits; beyond the other, a handful of scores or ties would say it.
_NO_SKEWNESS, _MOST_SKEWNESS = 1e-9, 1.0
# The letter values that say how skewed scores are: the share below, and how far out it is of normal numbers.
_LETTERS = {0.25: 0.6744897501960817, 0.125: 1.1503493803760079}
# A line by rows that were learned from is put up with where new rows are above it so many times as often.
_AT_MOST = 1.5
# Of n + 1 scores drawn alike, the last is above the line with the probability that the line is for.
_UNBIASED: Literal["weibull"] = "weibull"


@dataclass(frozen=True)
class KnownScores:
    """Scores of rows of which something is known; a higher score is odder.

    Parameters
    ----------
    training : array of shape (n_rows,)
        Of the rows of the training, each by what was learned without it, where that is to be had.
    held_out : array of shape (n_held_out,)
        Of normal rows that nothing was learned from.
    labeled : array of shape (n_labeled,), optional
        Of rows whose labels are known.
    is_anomaly : boolean array of shape (n_labeled,), optional
        Those labels.
    seen : array of shape (n_rows,), optional
        Of the rows of the training, by what was learned from all of them.

    See Also
    --------
    Threshold

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.detection import KnownScores, Quantile
    >>> known = KnownScores(training=np.array([1.0, 2, 3, 4, 5]), held_out=np.array([]))
    >>> Quantile(0.5).line(known)
    3.0
    """

    training: Float[np.ndarray, " n_rows"]
    held_out: Float[np.ndarray, " n_held_out"]
    labeled: Float[np.ndarray, " n_labeled"] | None = None
    is_anomaly: Bool[np.ndarray, " n_labeled"] | None = None
    seen: Float[np.ndarray, " n_rows"] | None = None


class Threshold(Protocol):
    """A way to draw the line: a row whose score is above it is flagged.

    See Also
    --------
    KnownScores, THRESHOLDS, diabolo.AutoencoderDetector.set_threshold

    Examples
    --------
    A line of one's own, twice the median of the training rows' scores:

    >>> import numpy as np
    >>> from diabolo import AutoencoderDetector
    >>> class TwiceTheMedian:
    ...     def line(self, known):
    ...         return 2 * float(np.median(known.training))
    >>> rows = np.random.default_rng(0).normal(size=(200, 5))
    >>> detector = AutoencoderDetector(threshold=TwiceTheMedian(), random_state=0).fit(rows)
    >>> bool(detector.threshold_ == 2 * np.median(detector.known_scores_.training))
    True
    """

    def line(self, known: KnownScores) -> float:
        """Return the score above which a row is flagged.

        Parameters
        ----------
        known : KnownScores
            Scores of known rows.

        Returns
        -------
        float

        Raises
        ------
        InputError
            Where these rows do not suffice for the line.
        """
        ...


@dataclass(frozen=True)
class MeanStd:
    """The mean of the training rows' scores plus ``k`` of their standard deviations.

    Parameters
    ----------
    k : float, default 1.0
        How many, any finite number.

    See Also
    --------
    MedianMAD, Quantile

    Examples
    --------
    >>> import numpy as np
    >>> MeanStd(k=2.0).line(KnownScores(np.array([1.0, 3.0]), np.array([])))
    4.0
    """

    k: float = 1.0

    def line(self, known: KnownScores) -> float:
        """Return the mean plus ``k`` standard deviations (of the population: divided by the count)."""
        return float(np.mean(known.training) + self.k * np.std(known.training))


@dataclass(frozen=True)
class MedianMAD:
    """The median of the training rows' scores plus ``k`` of their robust standard deviations.

    The robust one is 1.4826 times the median distance from the median, where scores reach as far below it as
    above. Mostly they are skewed to the right: then they are taken for exponentials of normal numbers, as
    skewed as their quartiles and eighths are (Tukey's g), and the line is where ``k`` standard deviations of
    these normal numbers come to lie. Anomalies among the training rows move it little.

    Parameters
    ----------
    k : float, default 3.0
        How many, any finite number; of normal numbers, and of these, 5% are above 1.645 and 0.13% above 3.

    See Also
    --------
    MeanStd, Quantile

    References
    ----------
    C. Leys et al., Detecting outliers: do not use standard deviation around the mean, use absolute deviation
    around the median, Journal of Experimental Social Psychology 49, 2013. D. C. Hoaglin, Summarizing shape
    numerically: the g-and-h distributions, in Exploring data tables, trends, and shapes, Wiley, 1985.

    Examples
    --------
    >>> import numpy as np
    >>> round(MedianMAD(k=1.0).line(KnownScores(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([]))), 4)
    4.4826
    """

    k: float = 3.0

    def line(self, known: KnownScores) -> float:
        """Return the median plus ``k`` robust standard deviations."""
        median = np.median(known.training)
        distance = float(np.median(np.abs(known.training - median)))
        g = _skewness(known.training)
        if abs(g) < _NO_SKEWNESS:
            return float(median + self.k * _NORMAL_MAD * distance)
        return float(median + distance / _distance_of_skewed(g) * math.expm1(g * self.k) / g)


@dataclass(frozen=True)
class Quantile:
    """A quantile of the training rows' scores: new rows like these are above it as often as it says.

    Parameters
    ----------
    q : float, default 0.95
        From 0 to 1.

    See Also
    --------
    Contamination, Conformal

    Examples
    --------
    >>> import numpy as np
    >>> Quantile(q=0.5).line(KnownScores(np.array([1.0, 2.0, 4.0]), np.array([])))
    2.0
    """

    q: float = 0.95

    def line(self, known: KnownScores) -> float:
        """Return the quantile, between two scores where it falls there: Weibull's, which is unbiased."""
        return float(np.quantile(known.training, self.q, method=_UNBIASED))


@dataclass(frozen=True)
class Contamination:
    """The line above which a given share of the training rows lies, the same rows as scikit-learn's.

    Its detectors put it low between the last row below and the first above, and more of new rows than the
    share lie above; here it stands where the share of new rows lies above, as far as that is between the two.

    Parameters
    ----------
    share : float, default 0.1
        Above 0 and at most 0.5.

    See Also
    --------
    Quantile, Conformal

    Examples
    --------
    >>> import numpy as np
    >>> Contamination(share=0.25).line(KnownScores(np.arange(5.0), np.array([])))
    3.5
    """

    share: float = 0.1

    def line(self, known: KnownScores) -> float:
        """Return the quantile that leaves the share above it.

        It is that of the scores of rows that were learned from, so that ``predict`` calls the share of these
        anomalies, unless those left out in turn say that over half as many again of new rows were called so.
        """
        left_out = self._above(known.training)
        if known.seen is None:
            return left_out
        line = self._above(known.seen)
        return line if np.mean(known.training > line) <= _AT_MOST * self.share else left_out

    def _above(self, scores: Float[np.ndarray, " n_rows"]) -> float:
        # As they reckon it, from below: 1 - share is rounded, and may cost or add a row.
        line = float(-np.percentile(-scores, 100.0 * self.share))
        above = scores[scores > line]
        if not above.size:
            return line
        unbiased = float(np.quantile(scores, 1.0 - self.share, method=_UNBIASED))
        return max(line, min(unbiased, float(np.nextafter(above.min(), -math.inf))))


@dataclass(frozen=True)
class Conformal:
    """The line at which a normal row is flagged with a probability of at most ``level``.

    It is the same as flagging rows whose conformal p-value is at most ``level``, and holds for any scores as
    long as new normal rows and the held-out ones are exchangeable.

    Parameters
    ----------
    level : float, default 0.05
        Above 0 and below 1.

    See Also
    --------
    conformal_pvalues, FalseAlarmRate, Quantile

    References
    ----------
    V. Vovk, A. Gammerman and G. Shafer, Algorithmic learning in a random world, Springer, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> Conformal(level=0.2).line(KnownScores(np.array([]), np.arange(9.0)))
    7.0
    """

    level: float = 0.05

    def line(self, known: KnownScores) -> float:
        """Return the held-out score that leaves few enough above it."""
        n = len(known.held_out)
        # The p-values that there can be, as conformal_pvalues rounds them, so that both agree.
        pvalues = np.arange(1, n + 1) / (n + 1.0)
        # A row is flagged where the p-value, of 1 + (held-out scores at least as high), is at most the level.
        allowed = int(np.searchsorted(pvalues, self.level, side="right")) - 1
        if allowed < 0:
            needed = max(math.ceil(1.0 / self.level) - 2, 1)
            needed += 1.0 / (needed + 1) > self.level
            # Rounded up: the level that is named must do.
            least = float(Context(prec=4, rounding=ROUND_CEILING).divide(1, n + 1))
            line = either(f"a level of at least {least:.4g}", f"--threshold-param level={least:.4g}")
            other = f", or set {line}" if n else ""
            more = either("hold out more of them (held_out_fraction)", "fit with a larger --held-out")
            raise InputError(
                f"threshold 'conformal' at level {self.level:g} needs at least {needed} held-out normal "
                f"rows, but there are {n}; {more}{other}."
            )
        return float(np.sort(known.held_out)[n - 1 - allowed])


def _skewness(scores: Float[np.ndarray, " n_rows"]) -> float:
    """Return Tukey's g: how much further above their median scores reach than below, 0 for as far."""
    found = []
    for share, deviations in _LETTERS.items():
        low, median, high = np.quantile(scores, [share, 0.5, 1.0 - share])
        if low < median < high:
            found.append(math.log((high - median) / (median - low)) / deviations)
    return float(np.clip(np.mean(found), -_MOST_SKEWNESS, _MOST_SKEWNESS)) if found else 0.0


def _distance_of_skewed(g: float) -> float:
    """Return the median distance of (exp(g z) - 1) / g from 0, its median, for a standard normal z."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    g = abs(g)

    def more_than_half(distance: float) -> float:
        below = ndtr(math.log1p(-g * distance) / g) if g * distance < 1.0 else 0.0
        return float(ndtr(math.log1p(g * distance) / g) - below) - 0.5

    # Of its half above 0 half is within 0.6745; below 0 it lies nearer.
    return float(brentq(more_than_half, 0.0, math.expm1(g) / g, xtol=1e-14))
