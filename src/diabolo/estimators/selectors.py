"""Selectors of features: they screen in `fit`, by one criterion or several, and pass on the columns kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.in_memory import kind_of
from diabolo.data.source import Source
from diabolo.errors import InputError, NothingSelectedWarning, ParameterError
from diabolo.estimators._checked_rows import compared_rows
from diabolo.estimators._foreign import ForeignNames
from diabolo.estimators._sklearn import BaseEstimator, TransformerMixin, check_is_fitted, store_parameters
from diabolo.messages import Named, warn_caller
from diabolo.screening.screen import screen

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Bool, Int64, Shaped

__all__ = ["FTestSelector", "MutualInformationSelector", "ScreeningSelector", "SelectorBase"]


class SelectorBase(ForeignNames, TransformerMixin, BaseEstimator):
    """The methods of a selector; a subclass brings the constructor, its documentation and `_criteria`."""

    def _criteria(self) -> dict[str, Any]:
        """Say what to ask of a feature, in the words of `diabolo.screen`."""
        return self.get_params(deep=False)

    def _called(self, named: Named) -> str:
        """Say what a setting of `diabolo.screen` is called here."""
        return named.python

    def fit(self, X: Any, y: Any = None) -> Self:
        """Screen the features against a target.

        Parameters
        ----------
        X : Source or array-like of shape (n_rows, n_features)
            Rows, at least three; NaN is a missing cell, which leaves its row out for that feature alone.
        y : array-like of shape (n_rows,), optional
            The target: numbers or classes, none missing; by default the one that came with a source.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For a parameter that cannot be.
        InputError
            For rows or a target that cannot be used.
        """
        settings = self._criteria()
        table = compared_rows(self, X, reset=True, least=3, finite="allow-nan")
        try:
            found = screen(table, y, **settings)
        except (InputError, ParameterError) as problem:  # in the words of who was asked
            said = problem.message.said(self._called)
            if not said.startswith("screen"):
                raise
            raise type(problem)(type(self).__name__ + said.removeprefix("screen")) from None
        self.screening_ = found
        self.scores_, self.pvalues_, self.qvalues_ = found.statistic, found.pvalue, found.qvalue
        self.information_ = found.information
        if not found.kept_mask.any():
            warn_caller(
                NothingSelectedWarning(
                    f"{type(self).__name__} kept none of {found.n_features} features "
                    f"({', '.join(f'{name}={value:g}' for name, value in found.criteria.items())}): none "
                    "says enough of the target. Ask for less, or look at information_ and qvalues_."
                )
            )
        return self

    def get_support(
        self, indices: bool = False
    ) -> Bool[np.ndarray, " n_features"] | Int64[np.ndarray, " kept"]:
        """Say which features were kept.

        Parameters
        ----------
        indices : bool, default False
            Whether to give their numbers, in order, and not a mark for every feature.

        Returns
        -------
        ndarray of shape (n_features,), bool; or of shape (kept,), int
        """
        check_is_fitted(self)
        return self.screening_.kept if indices else self.screening_.kept_mask.copy()

    def transform(self, X: Any) -> Any:
        """Take the features that were kept.

        Parameters
        ----------
        X : Source or array-like of shape (n_rows, n_features)
            Rows with the features of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, kept), sparse table or Source
            A sparse table gives one in compressed rows, a source a view, of which nothing is read yet; a data
            frame where ``set_output`` asked for one.
        """
        check_is_fitted(self)
        table = compared_rows(self, X, reset=False, least=0, finite="allow-nan")
        kept = self.screening_.kept
        if kind_of(X) == "sparse":
            return X.tocsr()[:, kept]
        return table.columns(kept) if isinstance(X, Source) else table.columns(kept)[:]

    def inverse_transform(self, X: Any) -> Shaped[np.ndarray, "n_rows n_features"]:
        """Put the features that were kept back in their places, between columns of zeros.

        Parameters
        ----------
        X : array-like of shape (n_rows, kept)
            Such as ``transform`` gives.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
        """
        check_is_fitted(self)
        rows, kept = np.asarray(X), self.screening_.kept
        if rows.ndim != 2 or rows.shape[1] != len(kept):
            raise InputError(
                f"{type(self).__name__} kept {len(kept)} features; expected rows of as many, got the shape "
                f"{rows.shape}."
            )
        whole = np.zeros((len(rows), self.n_features_in_), rows.dtype)
        whole[:, kept] = rows
        return whole

    def get_feature_names_out(self, input_features: Any = None) -> Shaped[np.ndarray, " kept"]:
        """Name the features that were kept.

        Parameters
        ----------
        input_features : array-like of str, optional
            The names of all features; by default those seen in ``fit``, or ``x0``, ``x1``, ...

        Returns
        -------
        ndarray of shape (kept,), object
        """
        check_is_fitted(self)
        known = getattr(self, "feature_names_in_", None)
        if input_features is None:
            names = [f"x{i}" for i in range(self.n_features_in_)] if known is None else known
        else:
            names = input_features
            if known is not None and not np.array_equal(known, np.asarray(names, object)):
                raise InputError("input_features is not equal to feature_names_in_, the names seen in fit.")
            if len(names) != self.n_features_in_:
                raise InputError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(names)}."
                )
        return np.asarray(names, object)[self.screening_.kept]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "screening_")


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

    See Also
    --------
    MutualInformationSelector, ScreeningSelector, diabolo.screening.f_test

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
        return {**super()._criteria(), "information": False}


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

    See Also
    --------
    FTestSelector, ScreeningSelector, diabolo.screening.mutual_information

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
        criteria = super()._criteria()
        name = "normalized_mi" if criteria.pop("normalized") else "mi"
        return {name: criteria.pop("threshold"), **criteria}

    def _called(self, named: Named) -> str:
        name = "normalized_mi" if self.normalized else "mi"
        return named.python.replace(name, "threshold", 1) if named.name == name else named.python


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

    See Also
    --------
    FTestSelector, MutualInformationSelector, screen

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
