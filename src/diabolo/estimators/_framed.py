"""Rows that go out: in the data frame that was asked for, or in the form of those that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.estimators._category_rows import as_given, table_of
from diabolo.estimators._sklearn import get_container_adapter

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Shaped

__all__ = ["FramedMixin", "SetOutputMixin"]


class FramedMixin:
    """What has as many columns as X goes out as a data frame where scikit-learn's configuration says so."""

    n_features_in_: int

    def _as_given(self, rows: Shaped[np.ndarray, "rows columns"], X: Any) -> Any:
        """Give rows that go out the frame that is asked for, or the form of those that came in."""
        if (table := table_of(self)) is None:
            return self._framed(rows, X)
        adapter = get_container_adapter("transform", self)
        return as_given(table, rows, X, None if adapter is None else adapter.container_lib)

    def _framed(self, cells: Shaped[np.ndarray, "rows columns"], X: Any) -> Any:
        """Give numbers that go out the frame that is asked for: X's index, the names of ``fit``."""
        adapter = get_container_adapter("transform", self)
        if adapter is None:
            return cells
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            names = np.array([f"x{place}" for place in range(cells.shape[1])], dtype=object)
        return adapter.create_container(cells, X, columns=names)

    def _as_in_fit(self, rows: Shaped[np.ndarray, "rows columns"]) -> Shaped[np.ndarray, "rows columns"]:
        """Give rows that go out the form of those that came to ``fit``."""
        return rows if (table := table_of(self)) is None else table.named(rows)


class SetOutputMixin:
    """The method by which data frames are asked for, of an estimator that transforms nothing."""

    def set_output(self, *, transform: Literal["default", "pandas", "polars"] | None = None) -> Self:
        """Say what ``reconstruct`` and ``feature_contributions`` give.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            Arrays, or data frames with the names of ``fit`` and, in pandas, the index of X; None changes
            nothing. ``sklearn.set_config(transform_output="pandas")`` says so for all.

        Returns
        -------
        self

        Examples
        --------
        >>> import numpy as np
        >>> from diabolo import AutoencoderDetector
        >>> X = np.random.default_rng(0).normal(size=(50, 3))
        >>> detector = AutoencoderDetector(random_state=0).set_output(transform="pandas").fit(X)
        >>> detector.feature_contributions(X[:2]).columns.tolist()
        ['x0', 'x1', 'x2']
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self
