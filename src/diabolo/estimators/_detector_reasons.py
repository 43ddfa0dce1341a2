"""A detector's reasons: what each feature adds to a row's score, and what was expected of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.estimators._checked_rows import fitted_rows
from diabolo.estimators._detector_rows import one_row
from diabolo.estimators._detector_scoring import contributions_of, explanations_of
from diabolo.estimators._sklearn import check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jaxtyping import Float

__all__ = ["Reasons"]


class Reasons:
    """What a detector says of why a row is odd."""

    _framed: Any

    def feature_contributions(self, X: Any) -> Float[np.ndarray, "n_rows n_features"]:
        """Say what each feature adds to each row's anomaly score.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float64
            A row's sum is its score, but for rounding. A data frame where ``set_output`` asked for one.
        """
        return self._framed(np.concatenate(list(self.contribution_blocks(X))), X)

    def contribution_blocks(self, X: Any) -> Iterator[Float[np.ndarray, "block n_features"]]:
        """Say what each feature adds to each row's score, some rows at a time, for tables larger than memory.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.

        Yields
        ------
        ndarray of shape (rows in the block, n_features), float64
            A row's sum is its score, but for rounding.
        """
        yield from contributions_of(self, fitted_rows(self, X))

    def explanation_blocks(
        self, X: Any, scores: Float[np.ndarray, " n_rows"] | None = None
    ) -> Iterator[
        tuple[
            Float[np.ndarray, "block n_features"],
            Float[np.ndarray, "block n_features"],
            Float[np.ndarray, "block n_features"],
        ]
    ]:
        """Say what each feature adds, which value it has and which was expected, some rows at a time.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.
        scores : ndarray of shape (n_rows,), float64, optional
            An array to be filled with the rows' scores, block by block.

        Yields
        ------
        added, values, expected : ndarrays of shape (rows in the block, n_features)
            A row's sum of the first is its score, but for rounding. Expected is what the networks rebuild of
            the row, where the distance from that adds more to the score than the distance from the column's
            median; else this.
        """
        yield from explanations_of(self, fitted_rows(self, X), scores)

    def explain(self, row: Any, n_features: int = 5) -> dict[str, float]:
        """Name the features that make one row odd.

        Parameters
        ----------
        row : array-like of shape (n_features,) or (1, n_features)
            One row, in the units of ``fit``, such as ``X[7]`` or ``frame[7:8]``.
        n_features : int, default 5
            How many to name.

        Returns
        -------
        dict of str to float
            What each adds to the row's score, the most first; named as in ``fit``, or "x0", "x1" and so on.

        Raises
        ------
        InputError
            It is not one row.
        """
        check_is_fitted(self)
        added = next(self.contribution_blocks(one_row(self, row)))[0]
        names = getattr(self, "feature_names_in_", None)
        order = np.argsort(-added, kind="stable")[:n_features]
        return {str(f"x{i}" if names is None else names[i]): float(added[i]) for i in order}
