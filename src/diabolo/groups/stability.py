"""Whether groups are there: found again in halves of the rows, and more than rows without structure have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import adjusted_rand_score

from diabolo.groups.clustering import Clustering, clustered, extended, silhouette

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jaxtyping import Float64

    from diabolo.groups.clustering import Codes, Labels

__all__ = ["STABLE", "Stability", "agreement_of_halves", "measured_stability", "structureless"]

STABLE = 0.5
"""An adjusted Rand index half way between chance, 0, and the same groups, 1."""
_CLEARLY = 0.2
_HALVINGS, _CLOUDS, _HALVED_CLOUDS = 5, 20, 6


@dataclass(frozen=True)
class Stability:
    """How groups do beside the groups of rows without structure.

    Parameters
    ----------
    agreement : float
        Of the groups of two halves of the rows: their adjusted Rand index over all rows, the mean of five
        halvings. 1 is the same groups, 0 is chance.
    chance_agreement : float
        The same in rows without structure, on average.
    silhouette : float
        How much nearer rows are to their own group than to the next one, -1 to 1; NaN without two groups.
    chance_silhouette : float
        The same in rows without structure, the largest; NaN for dense groups, which may have any shape, so
        that being near each other says little.
    """

    agreement: float
    chance_agreement: float
    silhouette: float
    chance_silhouette: float

    @property
    def are_apart(self) -> bool:
        """Whether there is more to the groups than to those of rows without structure.

        Their silhouette is larger than all of those; for dense groups, halves agree clearly better.
        """
        if np.isnan(self.chance_silhouette):
            return self.agreement > self.chance_agreement + _CLEARLY
        return self.silhouette > self.chance_silhouette

    @property
    def are_stable(self) -> bool:
        """Whether two halves have much the same groups, and no less so than halves without structure."""
        return self.agreement >= max(STABLE, self.chance_agreement)


def measured_stability(codes: Codes, labels: Labels, how: Clustering, share: float, seed: int) -> Stability:
    """Hold groups against those of two halves, and against those of rows without structure.

    Parameters
    ----------
    codes : float64 array of shape (rows, components)
        Some of those that were clustered, or all.
    labels : int array of shape (rows,)
        Their groups.
    how : Clustering
        How they were found.
    share : float
        What share of the clustered codes these are.
    seed : int
        Of the halves and of the rows without structure.

    Returns
    -------
    Stability

    References
    ----------
    T. Lange, V. Roth, M. L. Braun and J. M. Buhmann, Stability-based validation of clustering solutions,
    Neural Computation 16, 2004. L. Hubert and P. Arabie, Comparing partitions, Journal of Classification 2,
    1985 (the adjusted Rand index). Y. Liu, D. N. Hayes, A. Nobel and J. S. Marron, Statistical significance
    of clustering for high-dimension, low-sample size data, JASA 103, 2008 (a normal cloud of the same
    covariance; here its axes are as skewed as those of the codes). R. Tibshirani, G. Walther and T. Hastie,
    Estimating the number of clusters in a data set via the gap statistic, JRSS B 63, 2001 (a uniform cloud
    along the principal axes).
    """
    random = np.random.default_rng([seed, 1])
    agreement = np.mean([agreement_of_halves(codes, how, share, random) for _ in range(_HALVINGS)])
    is_dense = how.method == "hdbscan"
    chance, apart = [], []
    for number, cloud in enumerate(structureless(codes, _HALVED_CLOUDS if is_dense else _CLOUDS, random)):
        if number < _HALVED_CLOUDS:
            chance.append(agreement_of_halves(cloud, how, share, random))
        if not is_dense:
            apart.append(silhouette(cloud, clustered(cloud, how.of_share(share), _seed(random))))
    known = [value for value in apart if np.isfinite(value)]
    own = silhouette(codes, labels)
    return Stability(float(agreement), float(np.mean(chance)), own, max(known, default=float("nan")))


def agreement_of_halves(codes: Codes, how: Clustering, share: float, random: np.random.Generator) -> float:
    """Cluster two halves of the rows, give all rows to the groups of each, and say how far they agree.

    Where a half has fewer than two kinds of rows, counting those in no group as one, nothing is agreed on: 0.
    """
    order, given = random.permutation(len(codes)), []
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        found = clustered(codes[half], how.of_share(share / 2), _seed(random))
        whole = extended(codes[half], found, codes, how.method)
        whole[half] = found
        given.append(whole)
    if any(len(np.unique(labels)) < 2 for labels in given):
        return 0.0
    return float(adjusted_rand_score(*given))


def structureless(
    codes: Codes, count: int, random: np.random.Generator
) -> Iterator[Float64[np.ndarray, "rows components"]]:
    """Draw clouds of one dense place, as wide as the codes along their principal axes.

    In turn they are normal, or of Pearson's type III where an axis is skewed (exponential at the most), and
    uniform.
    """
    centered = codes - codes.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    scores = centered @ axes.T
    deviation, low, high = scores.std(axis=0), scores.min(axis=0), scores.max(axis=0)
    third = np.mean((scores / np.where(deviation > 0, deviation, 1.0)) ** 3, axis=0)
    shape = 4 / np.clip(np.abs(third), 1e-3, 2.0) ** 2  # of a gamma distribution of that skewness
    for number in range(count):
        if number % 2:
            yield random.uniform(low, high, scores.shape)
        else:
            skewed = (random.gamma(shape, size=scores.shape) - shape) / np.sqrt(shape)
            yield np.sign(third) * skewed * deviation


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**31))
