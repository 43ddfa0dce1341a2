"""A detector's p-values: rows held against normal ones that nothing was learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.detection.pvalues import conformal_pvalues, cross_conformal_pvalues, discoveries
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._checked_rows import fitted_rows
from diabolo.estimators._detector_scoring import Learned, scores_of
from diabolo.estimators._sklearn import check_is_fitted
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["PValues"]


class PValues:
    """What a detector has of p-values."""

    held_out_scores_: Float[np.ndarray, " n_held_out"]
    _folds: list[Learned]
    _fold_scores: list[Float[np.ndarray, " n_left_out"]]

    def anomaly_pvalue(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Compare rows with normal ones that were held out, or else with those that each fold left out.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            Conformal p-values. With held-out rows, at most a share a of normal rows has one of at most a.
            Without, they are cross-conformal: about a share a has, and no more than twice that and a little
            (`diabolo.detection.cross_conformal_pvalues`).

        Raises
        ------
        InputError
            No rows were held out or left out in turn.
        """
        rows = fitted_rows(self, X)
        kind = self.pvalue_kind_
        if kind == "conformal":
            return conformal_pvalues(scores_of(self, rows), self.held_out_scores_)
        if kind is None:
            raise InputError(
                f"{type(self).__name__}: p-values compare rows with normal ones that were left out, but none "
                f"were; set {setting('cv')} to 2 or more, or {setting('held_out_fraction')} above 0, and fit "
                "again."
            )
        return cross_conformal_pvalues(
            [scores_of(self, rows, without) for without in self._folds], self._fold_scores
        )

    @property
    def pvalue_kind_(self) -> str | None:
        """What p-values are: "conformal" with held-out rows, "cross-conformal" with folds, or None."""
        check_is_fitted(self)
        if len(self.held_out_scores_):
            return "conformal"
        return "cross-conformal" if self._folds else None

    def discover(self, X: Any, false_discovery_rate: float = 0.1) -> Bool[np.ndarray, " n_rows"]:
        """Choose anomalies among many rows so that few of those chosen are normal.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The rows tested together.
        false_discovery_rate : float, default 0.1
            The share of normal rows among the chosen ones that is put up with, on average.

        Returns
        -------
        boolean ndarray of shape (n_rows,)
        """
        if not 0 < false_discovery_rate < 1:
            raise ParameterError(
                f"false_discovery_rate={false_discovery_rate!r} is not possible; expected a number between 0 "
                "and 1."
            )
        return discoveries(self.anomaly_pvalue(X), false_discovery_rate)
