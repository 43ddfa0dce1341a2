"""Principal components of a table that memory need not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from diabolo.data.checked_source import unfit_cell
from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.data.statistics import table_statistics
from diabolo.errors import InputError, ParameterError
from diabolo.evaluation.centered_rows import CenteredRows
from diabolo.linear.principal_axes import principal_axes
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Float32, Float64

__all__ = ["StreamedPCA"]


class StreamedPCA(TransformerMixin, BaseEstimator):
    """Principal component analysis that reads a table block by block.

    Small tables are decomposed exactly. Of others the leading components are found by subspace iteration
    from a random start (Halko, Martinsson and Tropp), each step a pass over the rows. Large products are in
    float32, the small matrices between them in float64. It takes about
    ``2 * (n_components + n_oversamples) * n_features * 4`` bytes and some blocks of rows, however many rows
    there are. Missing cells count as their column's mean over the training rows.

    Parameters
    ----------
    n_components : int, default 2
        How many components.
    n_oversamples : int, default 10
        Directions that are followed beside them, for accuracy.
    n_iter : int, default 5
        Steps of the iteration, 0 or more, each a pass over the table; more for components of nearly equal
        variance.
    feature_weights : array-like of shape (n_features,) or None, default None
        What each feature is multiplied by beforehand, such as the ``scaler_.factor`` of an autoencoder, so
        that both see the same spread. ``inverse_transform`` undoes it.
    random_state : int, default 0
        Seed of the random start. The same seed and data give the same components.

    Attributes
    ----------
    components_ : float32 array of shape (n_components, n_features)
        Of length 1, by falling variance; each one's largest number is positive.
    mean_ : float64 array of shape (n_features,)
        Over the training rows' cells that are there.
    explained_variance_, explained_variance_ratio_, singular_values_ : float64 arrays of shape (n_components,)
        As of scikit-learn's PCA.
    n_features_in_ : int
        Columns seen in ``fit``.

    See Also
    --------
    compare_with_linear, downstream_score

    References
    ----------
    N. Halko, P. G. Martinsson and J. A. Tropp, Finding structure with randomness: probabilistic algorithms
    for constructing approximate matrix decompositions, SIAM Review 53, 2011, algorithms 4.4 and 5.1.

    Examples
    --------
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import StreamedPCA
    >>> X, _ = load_digits()
    >>> pca = StreamedPCA(8).fit(X)
    >>> pca.transform(X).shape, round(float(pca.explained_variance_ratio_.sum()), 2)
    ((1797, 8), 0.67)
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        n_oversamples: int = 10,
        n_iter: int = 5,
        feature_weights: Any = None,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.n_oversamples = n_oversamples
        self.n_iter = n_iter
        self.feature_weights = feature_weights
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the components.

        Parameters
        ----------
        X : Source, path, array or data frame of shape (n_rows, n_features)
            Whatever `diabolo.open` opens; cells may be missing (NaN), and none infinite.
        y : ignored
            For scikit-learn's pipelines.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            More components than rows or features, or a setting that is no count.
        InputError
            A cell is infinite or too large for float32.
        """
        source = table_of(X)
        n_rows, n_features = source.shape
        self._check(n_rows, n_features)
        found = table_statistics(source)
        if found.first_unfit is not None:
            raise unfit_cell(type(self).__name__, source, *found.first_unfit)
        self.n_features_in_ = n_features
        self.mean_ = found.mean
        self._factor = self._weights(n_features)
        has_gaps = bool(found.n_missing.any())
        present = n_rows - found.n_missing
        spread = found.deviation if self._factor is None else found.deviation * self._factor
        total, count = float((spread**2) @ present), self.n_components
        axes, values = principal_axes(
            lambda: (block for _, block in self._centered(source, has_gaps).blocks()),
            n_rows,
            n_features,
            count,
            n_oversamples=self.n_oversamples,
            n_iter=self.n_iter,
            random_state=self.random_state,
        )
        self.components_ = np.ascontiguousarray(axes[:, :count].T, dtype=np.float32)
        self.singular_values_ = values[:count]
        self.explained_variance_ = self.singular_values_**2 / max(n_rows - 1, 1)
        self.explained_variance_ratio_ = self.singular_values_**2 / (total if total > 0 else 1.0)
        return self

    def transform(self, X: Any) -> Float32[np.ndarray, "n_rows n_components"]:
        """Project rows on the components.

        Parameters
        ----------
        X : Source, path, array or data frame of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_components), float32
        """
        check_is_fitted(self, "components_")
        source = table_of(X)
        if source.n_features != self.n_features_in_:
            raise InputError(
                f"{source.name} has {source.n_features} features; the components were found in "
                f"{self.n_features_in_}."
            )
        codes = np.empty((len(source), len(self.components_)), np.float32)
        for rows, block in self._centered(source, has_gaps=True).blocks():
            np.matmul(block, self.components_.T, out=codes[rows])
        return codes

    def inverse_transform(self, codes: Any) -> Float32[np.ndarray, "n_rows n_features"]:
        """Rebuild rows from their projections.

        Parameters
        ----------
        codes : array-like of shape (n_rows, n_components)
            Such as ``transform`` gives.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float32
            Rows, in the units of ``fit``.
        """
        check_is_fitted(self, "components_")
        rows = np.asarray(codes, np.float32) @ self.components_
        if self._factor is not None:
            rows /= self._factor.astype(np.float32)
        rows += self.mean_.astype(np.float32)
        return rows

    def _check(self, n_rows: int, n_features: int) -> None:
        for name, least in (("n_components", 1), ("n_oversamples", 0), ("n_iter", 0)):
            value = getattr(self, name)
            if not is_whole(value) or value < least:
                raise ParameterError(
                    f"{type(self).__name__}: {name} must be a whole number of at least {least}; got "
                    f"{value!r}."
                )
        if self.n_components > min(n_rows, n_features):
            raise ParameterError(
                f"{type(self).__name__}: {setting('n_components', self.n_components)} is more than a table "
                f"of {n_rows} rows and {n_features} features has; at most {min(n_rows, n_features)}."
            )

    def _weights(self, n_features: int) -> Float64[np.ndarray, " n_features"] | None:
        if self.feature_weights is None:
            return None
        factor = np.asarray(self.feature_weights, np.float64)
        if factor.shape != (n_features,) or not (np.isfinite(factor) & (factor > 0)).all():
            raise ParameterError(
                f"{type(self).__name__}: feature_weights must be {n_features} finite numbers above 0, one a "
                f"feature; got an array of shape {factor.shape}"
                f"{'' if factor.shape != (n_features,) else ' with others among them'}."
            )
        return factor

    def _centered(self, source: Source, has_gaps: bool) -> CenteredRows:
        return CenteredRows(source, self.mean_, self._factor, has_gaps)
