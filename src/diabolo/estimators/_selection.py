"""What every selector of features does: screen in `fit`, and pass on the columns that were kept."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.in_memory import kind_of
from diabolo.data.source import Source
from diabolo.errors import InputError, NothingSelectedWarning
from diabolo.estimators._checked_rows import compared_rows
from diabolo.estimators._sklearn import BaseEstimator, TransformerMixin, check_is_fitted
from diabolo.screening.screen import screen

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Bool, Int64, Shaped

__all__ = ["SelectorBase"]


class SelectorBase(TransformerMixin, BaseEstimator):
    """The methods of a selector; a subclass brings the constructor, its documentation and `_criteria`."""

    def _criteria(self) -> dict[str, Any]:
        """Say what to ask of a feature, in the words of `diabolo.screen`."""
        raise NotImplementedError

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
        found = screen(table, y, **settings)
        self.screening_ = found
        self.scores_, self.pvalues_, self.qvalues_ = found.statistic, found.pvalue, found.qvalue
        self.information_ = found.information
        if not found.kept_mask.any():
            warnings.warn(
                f"{type(self).__name__} kept none of {found.n_features} features "
                f"({', '.join(f'{name}={value:g}' for name, value in found.criteria.items())}): none says "
                "enough of the target. Ask for less, or look at information_ and qvalues_.",
                NothingSelectedWarning,
                stacklevel=2,
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
