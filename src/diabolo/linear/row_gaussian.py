"""The normal distribution of rows of which cells are missing, and what it expects in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int

    Rows = Float64[np.ndarray, "rows features"]
    Gaps = Bool[np.ndarray, "rows features"]
    Square = Float64[np.ndarray, "features features"]

__all__ = ["RowGaussian", "fit_row_gaussian"]

# Expectation and maximization in turn, until filled cells move by less than this on average.
_MOST_ROUNDS, _SETTLED = 20, 2e-2
# Cells of the systems of equations that are solved together.
_TOGETHER_CELLS = 2**22
# Columns vary by no less than this share of their variance once the others are known.
_LEAST_OWN = 1e-6
# No value of a category is less frequent.
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class RowGaussian:
    """A normal distribution of rows.

    Parameters
    ----------
    mean : array of shape (features,)
        Of each column.
    precision : array of shape (features, features)
        The inverse of the columns' covariance.
    """

    mean: Float64[np.ndarray, " features"]
    precision: Square

    def filled(self, rows: Rows) -> Rows:
        """Put into missing cells what is expected there, given the others of their row.

        Parameters
        ----------
        rows : array of shape (rows, features)
            Missing cells are NaN.

        Returns
        -------
        array of shape (rows, features)
            A copy. A row without any cell that is there is the mean.

        Examples
        --------
        >>> import numpy as np
        >>> close = RowGaussian(np.zeros(2), np.linalg.inv([[1.0, 0.8], [0.8, 1.0]]))
        >>> close.filled(np.array([[2.0, np.nan], [np.nan, np.nan]])).round(6).tolist()
        [[2.0, 1.6], [0.0, 0.0]]
        """
        filled = np.where(gaps := np.isnan(rows), self.mean, rows)
        for chosen, columns in _alike(gaps):
            # The others' pull on the missing cells of rows about their mean, which these are at.
            pull = ((filled[chosen] - self.mean) @ self.precision)[np.arange(len(chosen))[:, None], columns]
            own = self.precision[columns[:, :, None], columns[:, None, :]]
            moved = np.linalg.solve(own, pull[..., None])[..., 0]
            filled[chosen[:, None], columns] = self.mean[columns] - moved
        return filled

    def value_shares(
        self, filled: Rows, gaps: Gaps, values: Sequence[tuple[slice, Square, Float64[np.ndarray, " values"]]]
    ) -> Iterator[tuple[slice, Int[np.ndarray, " some"], Rows]]:
        """Say how probable each value of a category is, where its cells are missing.

        The category's value is one of some, and what else the row has is normal about a mean of its own for
        each: a linear discriminant analysis, of whatever cells a row has. The expectation of cells of 0 and 1
        instead is never the largest for a value whose rows lie between those of others.

        Parameters
        ----------
        filled : array of shape (rows, features)
            As `filled` gives it.
        gaps : bool array of shape (rows, features)
            Which cells were missing: of a category all or none.
        values : sequence of (slice, array of shape (values, values), array of shape (values,))
            Where each category's cells lie, what they are for each of its values, and how frequent these are.

        Yields
        ------
        block : slice
            Of a category.
        chosen : int array
            Rows that lack it.
        shares : array of shape (rows that lack it, values)
            Each row sums to 1.

        References
        ----------
        T. Hastie, R. Tibshirani and J. Friedman, The elements of statistical learning, Springer, 2009,
        sections 4.2, on masked values, and 4.3.
        """
        covariance = np.linalg.inv(self.precision)
        for alike, columns in _alike(gaps):
            own = self.precision[columns[:, :, None], columns[:, None, :]]
            unsure = np.linalg.inv(own)
            for block, cells, frequency in values:
                width = block.stop - block.start
                lacks = gaps[alike, block.start]
                chosen = alike[lacks]
                if not len(chosen):
                    continue
                first = (columns[lacks] == block.start).argmax(axis=1)
                places = first[:, None] + np.arange(width)
                which = np.arange(len(chosen))[:, None, None]
                known = np.linalg.inv(unsure[lacks][which, places[:, :, None], places[:, None, :]])
                usual = np.linalg.inv(covariance[block, block])
                apart = cells - self.mean[block]
                pulls = np.einsum("kc,rcd,rd->rk", apart, known, filled[chosen, block] - self.mean[block])
                sizes = np.einsum("kc,rcd,kd->rk", apart, known - usual, apart)
                logits = np.log(np.maximum(frequency, _LEAST_SHARE)) + pulls - sizes / 2
                weights = np.exp(logits - logits.max(axis=1, keepdims=True))
                yield block, chosen, weights / weights.sum(axis=1, keepdims=True)

    def uncertainty(self, gaps: Gaps) -> Square:
        """Add up the covariances of missing cells, given the others of their rows."""
        total = np.zeros_like(self.precision)
        for _, columns in _alike(gaps):
            own = self.precision[columns[:, :, None], columns[:, None, :]]
            places = columns[:, :, None] * len(total) + columns[:, None, :]
            total += np.bincount(places.ravel(), np.linalg.inv(own).ravel(), total.size).reshape(total.shape)
        return total


def fit_row_gaussian(
    rows: Rows,
    independence: float,
    weights: Float64[np.ndarray, " rows"] | None = None,
    start: RowGaussian | None = None,
) -> RowGaussian:
    """Find the normal distribution that makes the cells that are there most likely.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Columns of mean 0 and variance 1, but for their missing cells, which are NaN.
    independence : float
        The share of the covariance that is that of independent columns of variance 1; above 0, up to 1.
    weights : array of shape (rows,), optional
        How much each counts.
    start : RowGaussian, optional
        Where to begin to look; by default at independent columns.

    Returns
    -------
    RowGaussian

    References
    ----------
    A. P. Dempster, N. M. Laird and D. B. Rubin, Maximum likelihood from incomplete data via the EM
    algorithm, JRSS B 39, 1977. R. J. A. Little and D. B. Rubin, Statistical analysis with missing data,
    Wiley, 2002, section 11.2. Drawn to independent columns: O. Ledoit and M. Wolf, A well-conditioned
    estimator for large-dimensional covariance matrices, Journal of Multivariate Analysis 88, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.linspace(-1.7, 1.7, 50)
    >>> rows = np.column_stack([line, line])
    >>> rows[::7, 1] = np.nan
    >>> fit_row_gaussian(rows, 0.001).filled(np.array([[1.0, np.nan]])).round(2).tolist()
    [[1.0, 1.0]]
    """
    gaps = np.isnan(rows)
    n_features = rows.shape[1]
    weights = np.ones(len(rows)) if weights is None else weights
    found = RowGaussian(np.zeros(n_features), np.eye(n_features)) if start is None else start
    filled, has_gaps, total = found.filled(rows), bool(gaps.any()), float(weights.sum())
    for _ in range(_MOST_ROUNDS):
        mean = weights @ filled / total
        centered = filled - mean
        covariance = (centered * weights[:, None]).T @ centered
        if has_gaps:
            covariance += found.uncertainty(gaps) * (total / len(rows))
        covariance *= (1.0 - independence) / total
        covariance[np.diag_indices(n_features)] += max(independence, _LEAST_OWN)
        found = RowGaussian(mean, np.linalg.inv(covariance))
        if not has_gaps:
            break
        before, filled = filled, found.filled(rows)
        if np.sqrt(np.mean((filled - before)[gaps] ** 2)) < _SETTLED:
            break
    return found


def _alike(gaps: Gaps) -> Iterator[tuple[Int[np.ndarray, " some"], Int[np.ndarray, "some missing"]]]:
    """Yield rows that lack as many cells, and which columns each of them lacks."""
    counts = gaps.sum(axis=1)
    for count in np.unique(counts[counts > 0]):
        alike = np.flatnonzero(counts == count)
        step = max(_TOGETHER_CELLS // int(count) ** 2, 1)
        for start in range(0, len(alike), step):
            chosen = alike[start : start + step]
            yield chosen, np.nonzero(gaps[chosen])[1].reshape(len(chosen), count)
