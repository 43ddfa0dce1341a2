"""Thresholds: ways to draw the line between normal rows and anomalies, from the scores of known rows.

Conformal p-values, which tell how many normal rows are as odd, are here beside the line that goes by them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from typing import TYPE_CHECKING, Protocol

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
    "conformal_pvalues",
    "discoveries",
]

# The median absolute deviation of normal numbers is their standard deviation over this.
_NORMAL_MAD = 1.4826022185056018


@dataclass(frozen=True)
class KnownScores:
    """Scores of rows of which something is known; a higher score is odder.

    Parameters
    ----------
    training : array of shape (n_rows,)
        Of the rows that the network was trained on.
    held_out : array of shape (n_held_out,)
        Of normal rows that nothing was learned from.
    labeled : array of shape (n_labeled,), optional
        Of rows whose labels are known.
    is_anomaly : boolean array of shape (n_labeled,), optional
        Those labels.
    """

    training: Float[np.ndarray, " n_rows"]
    held_out: Float[np.ndarray, " n_held_out"]
    labeled: Float[np.ndarray, " n_labeled"] | None = None
    is_anomaly: Bool[np.ndarray, " n_labeled"] | None = None


class Threshold(Protocol):
    """A way to draw the line: a row whose score is above it is flagged."""

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

    The robust one is 1.4826 times the median distance from the median; anomalies among the training rows move
    it little.

    Parameters
    ----------
    k : float, default 3.0
        How many, any finite number.

    References
    ----------
    C. Leys et al., Detecting outliers: do not use standard deviation around the mean, use absolute deviation
    around the median, Journal of Experimental Social Psychology 49, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> round(MedianMAD(k=1.0).line(KnownScores(np.array([1.0, 2.0, 3.0, 90.0, 2.0]), np.array([]))), 4)
    3.4826
    """

    k: float = 3.0

    def line(self, known: KnownScores) -> float:
        """Return the median plus ``k`` robust standard deviations."""
        median = np.median(known.training)
        return float(median + self.k * _NORMAL_MAD * np.median(np.abs(known.training - median)))


@dataclass(frozen=True)
class Quantile:
    """A quantile of the training rows' scores.

    Parameters
    ----------
    q : float, default 0.95
        From 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> Quantile(q=0.5).line(KnownScores(np.array([1.0, 2.0, 4.0]), np.array([])))
    2.0
    """

    q: float = 0.95

    def line(self, known: KnownScores) -> float:
        """Return the quantile, between two scores where it falls there."""
        return float(np.quantile(known.training, self.q))


@dataclass(frozen=True)
class Contamination:
    """The line above which a given share of the training rows lies, as scikit-learn's detectors have it.

    Parameters
    ----------
    share : float, default 0.1
        Above 0 and at most 0.5.

    Examples
    --------
    >>> import numpy as np
    >>> Contamination(share=0.25).line(KnownScores(np.arange(5.0), np.array([])))
    3.0
    """

    share: float = 0.1

    def line(self, known: KnownScores) -> float:
        """Return the quantile that leaves the share above it."""
        # As they reckon it, from below: 1 - share is rounded, and may cost or add a row.
        return float(-np.percentile(-known.training, 100.0 * self.share))


@dataclass(frozen=True)
class Conformal:
    """The line at which a normal row is flagged with a probability of at most ``level``.

    It is the same as flagging rows whose conformal p-value is at most ``level``, and holds for any scores as
    long as new normal rows and the held-out ones are exchangeable.

    Parameters
    ----------
    level : float, default 0.05
        Above 0 and below 1.

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


def conformal_pvalues(
    scores: Float[np.ndarray, " n_rows"], held_out: Float[np.ndarray, " n_held_out"]
) -> Float[np.ndarray, " n_rows"]:
    """Compare scores with those of held-out normal rows.

    The p-value of a score s is (1 + the number of held-out scores at least s) / (1 + their number). For a
    normal row that is exchangeable with the held-out ones it is at most a with a probability of at most a,
    for any a.

    Parameters
    ----------
    scores : array of shape (n_rows,)
        Higher is odder.
    held_out : array of shape (n_held_out,)
        Scores of normal rows that nothing was learned from.

    Returns
    -------
    array of shape (n_rows,), above 0 and at most 1

    References
    ----------
    S. Bates et al., Testing for outliers with conformal p-values, Annals of Statistics 51, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> conformal_pvalues(np.array([2.5, 9.0]), np.array([1.0, 2.0, 3.0])).tolist()
    [0.5, 0.25]
    """
    below = np.searchsorted(np.sort(held_out), scores, side="left")
    return (1.0 + len(held_out) - below) / (1.0 + len(held_out))


def discoveries(pvalues: Float[np.ndarray, " n_rows"], rate: float) -> Bool[np.ndarray, " n_rows"]:
    """Choose the rows to call anomalies so that the expected share of normal ones among them is limited.

    It is Benjamini's and Hochberg's step-up procedure. Conformal p-values that share their held-out rows
    depend on each other positively, and the limit holds for them.

    Parameters
    ----------
    pvalues : array of shape (n_rows,)
        Of the rows tested together.
    rate : float
        The wished false discovery rate, above 0 and below 1.

    Returns
    -------
    boolean array of shape (n_rows,)

    References
    ----------
    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical
    Society B 57, 1995. S. Bates et al., Testing for outliers with conformal p-values, Annals of Statistics
    51, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> discoveries(np.array([0.01, 0.9, 0.02]), 0.05).tolist()
    [True, False, True]
    """
    n_rows = len(pvalues)
    ranked = np.sort(pvalues)
    # Conformal p-values often lie on the line itself: rounding must not cost a row there.
    line = rate * np.arange(1, n_rows + 1) / max(n_rows, 1) * (1 + 1e-12)
    passes = np.flatnonzero(ranked <= line)
    limit = ranked[passes[-1]] if passes.size else -np.inf
    return pvalues <= limit
