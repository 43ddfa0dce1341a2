"""Selecting features by several criteria at once."""

from __future__ import annotations

from typing import Any, Literal

from diabolo.estimators._base import store_parameters
from diabolo.estimators._selection import SelectorBase

__all__ = ["ScreeningSelector"]


class ScreeningSelector(SelectorBase):
    """Keep the features that pass every criterion given, as `diabolo.screen` does.

    Parameters
    ----------
    fdr : float or None, default 0.05
        Largest false discovery rate of the F test.
    mi, normalized_mi : float or None, default None
        Least mutual information, in nats and between 0 and 1.
    top : int or None, default None
        Most features to keep: those with the most information, or the largest F without `information`.
    min_variance : float or None, default None
        Least variance.
    max_missing : float or None, default None
        Largest share of missing cells.
    information : bool, default True
        Whether to estimate the mutual information, which takes most of the time.
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
        Mutual information with the target in nats; NaN without
        `information`.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995). Controlling the false discovery rate: a practical and powerful approach
    to multiple testing. Journal of the Royal Statistical Society B 57(1).
    G. A. Darbellay, I. Vajda (1999). Estimation of the information by an adaptive partitioning of the
    observation space. IEEE Transactions on Information Theory 45(4).

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X, y = load_digits()
    >>> selector = diabolo.ScreeningSelector(fdr=0.01, mi=0.2)
    >>> pipeline = make_pipeline(selector, LogisticRegression(max_iter=500)).fit(X, y)
    >>> int(selector.get_support().sum()), X.shape[1]
    (36, 64)
    """

    def __init__(
        self,
        *,
        fdr: float | None = 0.05,
        mi: float | None = None,
        normalized_mi: float | None = None,
        top: int | None = None,
        min_variance: float | None = None,
        max_missing: float | None = None,
        information: bool = True,
        target: Literal["auto", "numbers", "classes"] = "auto",
        max_memory: int | str = "1GB",
        n_jobs: int = 2,
    ) -> None:
        store_parameters(self, locals())

    def _criteria(self) -> dict[str, Any]:
        return self.get_params(deep=False)
