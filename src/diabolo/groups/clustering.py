"""Clusters of codes: what one is, how many there are, and to which a further code belongs."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    Codes = Float64[np.ndarray, "rows components"]
    Labels = Int64[np.ndarray, " rows"]

__all__ = ["NUMBERS", "SMALLEST", "Clustering", "best_number", "clustered", "extended", "silhouette"]

NUMBERS = range(2, 11)
"""Of groups: which are tried where none is said."""
SMALLEST = 5
"""Rows that make a group at the least, and neighbors that make a place dense."""
_BLOCK = 2**16


@functools.cache
def _threads() -> ThreadpoolController:
    """Find the libraries that have threads, which takes longer than to cluster a few rows."""
    return ThreadpoolController()


@dataclass(frozen=True)
class Clustering:
    """How codes are clustered.

    Parameters
    ----------
    method : {"hdbscan", "k-means"}
        By density, or about centers.
    n_clusters : int or None
        How many centers.
    min_cluster_size : int or None
        How many rows make a dense group.
    n_init : int, default 10
        From how many starts centers are sought.
    """

    method: str
    n_clusters: int | None = None
    min_cluster_size: int | None = None
    n_init: int = 10

    def of_share(self, share: float) -> Clustering:
        """Return what finds the same groups among a share of the rows, in less time."""
        size = self.min_cluster_size
        size = None if size is None else max(round(size * share), SMALLEST)
        return replace(self, min_cluster_size=size, n_init=3)


def clustered(codes: Codes, how: Clustering, seed: int) -> Labels:
    """Cluster codes.

    Parameters
    ----------
    codes : float64 array of shape (rows, components)
        Finite.
    how : Clustering
        By which method.
    seed : int
        Of the starts of k-means.

    Returns
    -------
    int array of shape (rows,)
        Groups from 0, and -1 for rows in none, which k-means has not.

    References
    ----------
    R. J. G. B. Campello, D. Moulavi and J. Sander, Density-based clustering based on hierarchical density
    estimates, PAKDD 2013. S. P. Lloyd, Least squares quantization in PCM, IEEE Transactions on Information
    Theory 28, 1982; D. Arthur and S. Vassilvitskii, k-means++, SODA 2007.

    Examples
    --------
    >>> codes = np.array([[0.0], [0.1], [5.0], [5.1], [5.2]])
    >>> labels = clustered(codes, Clustering("k-means", 2), 0)
    >>> len(set(labels[:2])), len(set(labels[2:]))
    (1, 1)
    """
    if how.method == "k-means":
        number = min(how.n_clusters or 1, len(np.unique(codes, axis=0)))  # in half of the rows fewer
        means = KMeans(number, n_init=how.n_init, random_state=seed)
        # Codes are narrow: threads would wait for each other longer than they work.
        with _threads().limit(limits=1):
            return means.fit_predict(codes).astype(np.int64)
    size = int(how.min_cluster_size or SMALLEST)
    if len(codes) <= SMALLEST:
        return np.full(len(codes), -1, np.int64)
    density = HDBSCAN(min_cluster_size=size, min_samples=min(SMALLEST, len(codes)), copy=True)
    labels = density.fit_predict(codes).astype(np.int64)
    return np.maximum(labels, -1)  # further negative ones stand for codes that are not finite


def extended(codes: Codes, labels: Labels, others: Codes, method: str) -> Labels:
    """Say to which groups further codes belong.

    Parameters
    ----------
    codes : float64 array of shape (rows, components)
        Codes that were clustered.
    labels : int array of shape (rows,)
        Their groups.
    others : float64 array of shape (others, components)
        Further ones.
    method : {"hdbscan", "k-means"}
        A code's group is that of the nearest center, or that of the nearest code, which may be none.

    Returns
    -------
    int array of shape (others,)
    """
    points, names = codes, labels
    if method == "k-means":
        names = np.unique(labels)
        points = np.stack([codes[labels == name].mean(axis=0) for name in names])
    nearest, found = NearestNeighbors(n_neighbors=1).fit(points), np.empty(len(others), np.int64)
    for start in range(0, len(others), _BLOCK):
        part = slice(start, start + _BLOCK)
        found[part] = names[nearest.kneighbors(others[part], return_distance=False)[:, 0]]
    return found


def silhouette(codes: Any, labels: Labels, **how: str) -> float:
    """Measure how much nearer rows are to their own group than to the next one, -1 to 1, on average.

    Rows in no group are left out; NaN where there are fewer than two groups, or each is of one row.

    References
    ----------
    P. J. Rousseeuw, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis,
    Journal of Computational and Applied Mathematics 20, 1987.
    """
    inside = np.flatnonzero(labels >= 0)
    if not 2 <= len(np.unique(labels[inside])) < len(inside):
        return float("nan")
    chosen = codes[np.ix_(inside, inside)] if how else codes[inside]
    return float(silhouette_score(chosen, labels[inside], **how))


def best_number(codes: Codes, numbers: range, seed: int) -> int:
    """Choose the number of groups for k-means: that of the largest silhouette, the fewest among equals."""
    from sklearn.metrics import pairwise_distances

    distances, found = pairwise_distances(codes), {}
    for number in numbers:
        labels = clustered(codes, Clustering("k-means", number, n_init=3), seed)
        found[number] = np.nan_to_num(silhouette(distances, labels, metric="precomputed"), nan=-1.0)
    return max(found, key=lambda number: found[number])
