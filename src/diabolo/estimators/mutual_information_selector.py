"""Selecting features by mutual information."""

from __future__ import annotations

from typing import Any, Literal

from diabolo.estimators._base import store_parameters
from diabolo.estimators._selection import SelectorBase

__all__ = ["MutualInformationSelector"]


class MutualInformationSelector(SelectorBase):
    """Keep the features that say something of a target, whatever the form of the relation.

    Parameters
    ----------
    threshold : float or None, default 0.05
        Least mutual information, in nats; None for any.
    top : int or None, default None
        Most features to keep, those with the most information.
    normalized : bool, default False
        Whether the threshold is between 0 and 1: of sqrt(1 - exp(-2 I)) for numbers, which is the size of the
        correlation where both are normal, and of the share of their entropy for classes.
    target : {"auto", "numbers", "classes"}, default "auto"
        What the target is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at
        most 20 different values are classes; other numbers are numbers.
    max_memory : int or str, default "1GB"
        Bytes that screening may hold beside the table, where that is an array.
    n_jobs : int, default 2
        Threads.

    Attributes
    ----------
    screening_ : Screening
        The whole table of results; ``to_csv`` writes it.
    scores_, pvalues_, qvalues_ : float64 arrays of shape (n_features,)
        F, its p value, and the smallest false discovery rate at which the feature is among the discoveries.
    information_ : float64 array of shape (n_features,)
        Mutual information with the target in nats; `diabolo.screen`
        says how it is estimated.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    References
    ----------
    G. A. Darbellay, I. Vajda (1999). Estimation of the information by an adaptive partitioning of the
    observation space. IEEE Transactions on Information Theory 45(4).

    Examples
    --------
    >>> import diabolo
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> y = random.normal(size=300)
    >>> X = random.normal(size=(300, 20))
    >>> X[:, 4] += y**2
    >>> diabolo.MutualInformationSelector(top=1).fit(X, y).get_support(indices=True).tolist()
    [4]
    """

    def __init__(
        self,
        *,
        threshold: float | None = 0.05,
        top: int | None = None,
        normalized: bool = False,
        target: Literal["auto", "numbers", "classes"] = "auto",
        max_memory: int | str = "1GB",
        n_jobs: int = 2,
    ) -> None:
        store_parameters(self, locals())

    def _criteria(self) -> dict[str, Any]:
        return {
            "normalized_mi" if self.normalized else "mi": self.threshold, "top": self.top,
            "target": self.target, "max_memory": self.max_memory, "n_jobs": self.n_jobs,
        }  # fmt: skip
