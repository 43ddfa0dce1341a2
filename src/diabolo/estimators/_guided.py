"""What a guided autoencoder does more: predict from the code."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import ParameterError
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._sklearn import available_if, check_is_fitted
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["GuidedMixin", "is_guided"]


def is_guided(estimator: Any) -> bool:
    """Say whether an estimator's code must predict a target."""
    weight = getattr(estimator, "supervision_weight", 0)
    return isinstance(weight, numbers.Real) and float(weight) > 0


def _predicts(estimator: Any) -> bool:
    return is_guided(estimator) or hasattr(estimator, "target_")


class GuidedMixin:
    """The methods of an autoencoder whose code was guided by a target."""

    _gather: Any

    @available_if(_predicts)
    def predict(self, X: Any) -> np.ndarray:
        """Predict the target from the codes of rows, by the head that guided them.

        There is no such method where ``supervision_weight`` is 0.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_numbers)
            Numbers in the target's units, or classes.
        """
        return self._predicted(X, "predict")

    @available_if(_predicts)
    def predict_proba(self, X: Any) -> Float[np.ndarray, "n_rows n_classes"]:
        """Predict the probability of each class from the codes of rows.

        There is no such method where ``supervision_weight`` is 0.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        ParameterError
            Where the target is numbers.
        """
        return self._predicted(X, "predict_proba")

    def _predicted(self, X: Any, method: str) -> np.ndarray:
        check_is_fitted(self)
        target = getattr(self, "target_", None)
        if target is None:
            raise ParameterError(
                f"{type(self).__name__}: {method} needs a head, but fit had "
                f"{setting('supervision_weight', 0)}; fit again."
            )
        if method == "predict_proba" and target.classes is None:
            raise ParameterError(
                f"{type(self).__name__}: predict_proba is for classes, but the target of fit is numbers; use "
                "predict."
            )
        rows = check_rows(self, X, reset=False)
        answer = self._gather("predict", rows, target.n_outputs, scaled_in=True, scaled_out=False)
        return target.decoded(answer) if method == "predict" else target.probabilities(answer)

    @property
    def classes_(self) -> np.ndarray:
        """The classes that a guided code predicts, in order."""
        target = getattr(self, "target_", None)
        if target is None or target.classes is None:
            raise AttributeError(f"{type(self).__name__} has no classes_: no classes guided its code.")
        return target.classes
