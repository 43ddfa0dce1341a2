"""Selecting features by an F test."""

from __future__ import annotations

from typing import Any, Literal

from diabolo.estimators._base import store_parameters
from diabolo.estimators._selection import SelectorBase

__all__ = ["FTestSelector"]


class FTestSelector(SelectorBase):
    """Keep the features whose mean differs between classes, or that follow a numeric target in a line.

    Parameters
    ----------
    fdr : float or None, default 0.05
        Largest false discovery rate: about this share of the features kept are kept by chance. None for any.
    top : int or None, default None
        Most features to keep, those with the largest F.
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
        Mutual information with the target in nats; NaN here, where it is
        not estimated.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995). Controlling the false discovery rate: a practical and powerful approach
    to multiple testing. Journal of the Royal Statistical Society B 57(1).

    Examples
    --------
    >>> import diabolo
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> y = random.normal(size=300)
    >>> X = random.normal(size=(300, 20))
    >>> X[:, 4] += y
    >>> diabolo.FTestSelector().fit(X, y).get_support(indices=True).tolist()
    [4]
    """

    def __init__(
        self,
        *,
        fdr: float | None = 0.05,
        top: int | None = None,
        target: Literal["auto", "numbers", "classes"] = "auto",
        max_memory: int | str = "1GB",
        n_jobs: int = 2,
    ) -> None:
        store_parameters(self, locals())

    def _criteria(self) -> dict[str, Any]:
        return {
            "fdr": self.fdr, "top": self.top, "information": False, "target": self.target,
            "max_memory": self.max_memory, "n_jobs": self.n_jobs,
        }  # fmt: skip
