"""Deviation: how far a row lies from the center of all rows, feature by feature, in two units.

What is measured in them is here, too: columns that never deviate, the robust scale, a typical size.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.missing_cells import balanced, gaps_in

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = [
    "DeviationCalibration",
    "RobustScale",
    "column_deviations",
    "constant_columns",
    "fit_deviation_calibration",
    "typical_size",
]

# The quartiles of normal numbers lie so many standard deviations apart.
_NORMAL_QUARTILES = 1.3489795003921634
# A spread below this share of the standard deviation means that most rows have one value.
_LEAST_SHARE = 1e-6


def constant_columns(
    mean: Float[np.ndarray, " features"], deviation: Float[np.ndarray, " features"]
) -> Bool[np.ndarray, " features"]:
    """Find the columns whose standard deviation is rounding.

    The mean of equal numbers is rounded, which leaves them a deviation of their own size times 1e-16.

    Parameters
    ----------
    mean, deviation : arrays of shape (features,)
        Of each column.

    Returns
    -------
    boolean array of shape (features,)
        True where the deviation is at most 1e-12 of the mean.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[0.1, 0.1], [0.1, 0.2], [0.1, 0.3]])
    >>> constant_columns(rows.mean(axis=0), rows.std(axis=0)).tolist()
    [True, False]
    """
    constant: Bool[np.ndarray, " features"] = deviation <= 1e-12 * np.abs(mean)
    return constant


def _without_empty_columns(
    rows: Float[np.ndarray, "rows features"], gaps: Bool[np.ndarray, "rows features"] | None
) -> Float[np.ndarray, "rows features"]:
    """Take columns of nothing but missing cells for 0."""
    if gaps is None or not (empty := gaps.all(axis=0)).any():
        return rows
    return np.where(empty, 0.0, rows)


def column_deviations(rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, " features"]:
    """Return each column's standard deviation over the cells that are there; 0 of one without any.

    Parameters
    ----------
    rows : array of shape (rows, features)
        At least one; missing cells are NaN.

    Returns
    -------
    float64 array of shape (features,)

    Examples
    --------
    >>> import numpy as np
    >>> column_deviations(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [1.0, 0.0]
    """
    rows = np.asarray(rows, np.float64)
    gaps = gaps_in(rows)
    return _means_and_deviations(_without_empty_columns(rows, gaps), gaps is not None)[1]


def _means_and_deviations(
    rows: Float[np.ndarray, "rows features"], has_gaps: bool
) -> tuple[Float[np.ndarray, " features"], Float[np.ndarray, " features"]]:
    mean = (np.nanmean if has_gaps else np.mean)(rows, axis=0, keepdims=True)
    return mean[0], (np.nanstd if has_gaps else np.std)(rows, axis=0, mean=mean)


def _quartiles(rows: Float[np.ndarray, "rows features"], has_gaps: bool) -> Float[np.ndarray, "3 features"]:
    """Return each column's quartiles, as NumPy has them."""
    if has_gaps:
        return np.nanquantile(rows, (0.25, 0.5, 0.75), axis=0)
    # Sorting numbers that lie side by side takes a fraction of what selecting down columns does.
    ordered = np.sort(np.ascontiguousarray(rows.T), axis=1)
    places = np.array([0.25, 0.5, 0.75]) * (len(rows) - 1)
    below = places.astype(np.int64)
    above = np.minimum(below + 1, len(rows) - 1)
    steps = (ordered[:, above] - ordered[:, below]) * (places - below)
    return (ordered[:, below] + steps).T


def typical_size(values: Float[np.ndarray, " rows"]) -> float:
    """Return the median; the mean where most values are 0, and 1 where all are.

    Parameters
    ----------
    values : array of shape (rows,)
        None below 0; at least one.

    Returns
    -------
    float
        Above 0.

    Examples
    --------
    >>> import numpy as np
    >>> [typical_size(np.array(values)) for values in ([1.0, 2.0, 90.0], [0.0, 0.0, 3.0], [0.0, 0.0])]
    [2.0, 1.0, 1.0]
    """
    # As np.median, which looks for NaN first and takes several times as long for few values.
    middle = [(len(values) - 1) // 2, len(values) // 2]
    median, mean = float(np.partition(values, middle)[middle].mean()), float(np.mean(values))
    if median > 1e-9 * mean:
        return median
    return mean if mean > 0 else 1.0


@dataclass(frozen=True)
class RobustScale:
    """Takes each column's center off, divides by its spread, and draws far values in.

    Near the center a scaled cell is its distance in spreads; far from it, about the logarithm of that
    (``arcsinh``), so that no single cell outweighs all others.

    Parameters
    ----------
    center, spread : array of shape (features,)
        Of each column; spreads above 0.
    """

    center: Float[np.ndarray, " features"]
    spread: Float[np.ndarray, " features"]

    def apply(self, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows features"]:
        """Scale rows.

        Parameters
        ----------
        rows : array of shape (rows, features)
            In the user's units.

        Returns
        -------
        float64 array of the same shape
        """
        # NumPy takes three times as long to subtract a line from a single row as a table of one row.
        return np.arcsinh((rows - self.center[None]) / self.spread[None])

    def undo(self, scaled: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows features"]:
        """Turn scaled rows back.

        Parameters
        ----------
        scaled : array of shape (rows, features)
            As :meth:`apply` gives them; beyond 700 they are taken as 700, where float64 ends.

        Returns
        -------
        float64 array of the same shape
            In the user's units.
        """
        return np.sinh(np.clip(scaled, -700.0, 700.0)) * self.spread + self.center


def _robust_scale(
    known: Float[np.ndarray, "rows features"],
    has_gaps: bool,
    deviation: Float[np.ndarray, " features"],
    constant: Bool[np.ndarray, " features"],
) -> RobustScale:
    """Find each column's median and the distance of its quartiles.

    Where half of a column's rows or more share one value the quartiles may coincide; the standard deviation
    stands in then, and 1 where the column is constant.

    References
    ----------
    P. J. Rousseeuw and C. Croux, Alternatives to the median absolute deviation, Journal of the American
    Statistical Association 88, 1993.
    """
    low, center, high = _quartiles(known, has_gaps)
    spread = (high - low) / _NORMAL_QUARTILES
    spread = np.where(spread > _LEAST_SHARE * deviation, spread, deviation)
    return RobustScale(center, np.where(constant, 1.0, spread))


def _of_category(
    mean: Float[np.ndarray, " values"], n_rows: int
) -> tuple[Float[np.ndarray, " values"], Float[np.ndarray, " values"]]:
    """Scale the values of a category so that together they vary as one column does.

    The squares of its cells add up to the chi-squared distance from the frequencies, over its mean.

    References
    ----------
    J. Pages, Analyse factorielle de donnees mixtes, Revue de statistique appliquee 52, 2004.
    """
    # A value that no row here has is taken for as rare as half a row.
    return mean, np.sqrt(np.maximum(mean, 0.5 / n_rows) * max(len(mean) - 1, 1))


@dataclass(frozen=True)
class DeviationCalibration:
    """Measures rows against the center of known ones.

    Parameters
    ----------
    scale : RobustScale
        Medians and quartiles.
    mean, deviation : array of shape (features,)
        Mean and standard deviation of each feature; 1 stands for a deviation of 0.
    typical : array of shape (2,)
        Typical size of either distance among the known rows.
    """

    scale: RobustScale
    mean: Float[np.ndarray, " features"]
    deviation: Float[np.ndarray, " features"]
    typical: Float[np.ndarray, " 2"]

    def contributions(
        self,
        rows: Float[np.ndarray, "rows features"],
        weights: tuple[float, float],
        scaled: Float[np.ndarray, "rows features"] | None = None,
    ) -> Float[np.ndarray, "rows features"]:
        """Say what each feature adds.

        Parameters
        ----------
        rows : array of shape (rows, features)
            In the user's units.
        weights : pair of float
            Of the distance in quartiles with far cells drawn in, and of that in standard deviations.
        scaled : array of shape (rows, features), optional
            The same rows by ``scale``, where they are at hand.

        Returns
        -------
        float64 array of shape (rows, features)
            A row's sum is 1 for each weight of 1 where the row is as far off as is typical.
        """
        total = np.zeros(rows.shape)
        drawn_in, standard = self.weights_of_squares(weights)
        if drawn_in:
            cells = self.scale.apply(rows) if scaled is None else scaled
            total += drawn_in * np.square(cells)
        if standard:
            total += standard * np.square((rows - self.mean) / self.deviation)
        return total

    def sizes(
        self,
        rows: Float[np.ndarray, "rows features"],
        weights: tuple[float, float],
        scaled: Float[np.ndarray, "rows features"] | None = None,
    ) -> Float[np.ndarray, " rows"]:
        """Say how far off rows are: what all features add, which are not told apart.

        Parameters
        ----------
        rows, weights, scaled
            As of :meth:`contributions`.

        Returns
        -------
        float64 array of shape (rows,)
        """
        total = np.zeros(len(rows))
        drawn_in, standard = self.weights_of_squares(weights)
        if drawn_in:
            cells = self.scale.apply(rows) if scaled is None else scaled
            total += drawn_in * np.vecdot(cells, cells)
        if standard:
            cells = (rows - self.mean[None]) / self.deviation[None]
            total += standard * np.vecdot(cells, cells)
        return total

    def weights_of_squares(self, weights: tuple[float, float]) -> tuple[float, float]:
        """Say by what squares of either distance are multiplied, for weights as in :meth:`contributions`."""
        drawn_in, standard = self._typical_sums
        return weights[0] / drawn_in, weights[1] / standard

    @functools.cached_property
    def _typical_sums(self) -> tuple[float, float]:
        drawn_in, standard = (self.typical * len(self.mean)).tolist()
        return drawn_in, standard

    def shares(
        self,
        rows: Float[np.ndarray, "rows features"],
        scaled: Float[np.ndarray, "rows features"] | None = None,
    ) -> Float[np.ndarray, "rows features"]:
        """Say which share each feature has in how far a row lies from the medians.

        Parameters
        ----------
        rows : array of shape (rows, features)
            In the user's units.
        scaled : array of shape (rows, features), optional
            The same rows by ``scale``, where they are at hand.

        Returns
        -------
        float64 array of shape (rows, features)
            Each row sums to 1.
        """
        cells = (self.scale.apply(rows) if scaled is None else scaled) ** 2
        total = cells.sum(axis=1, keepdims=True)
        return np.divide(cells, total, out=np.full_like(cells, 1.0 / cells.shape[1]), where=total > 0)


def fit_deviation_calibration(
    rows: Float[np.ndarray, "rows features"], blocks: Sequence[slice] = ()
) -> tuple[DeviationCalibration, Float[np.ndarray, "rows features"]]:
    """Find center and spread of rows, and how far they typically lie from it.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Mostly normal, at least one; missing cells are NaN, and left out.
    blocks : sequence of slice, default none
        Columns of 0 and 1 that are the values of one category each, whose center are frequencies.

    Returns
    -------
    calibration : DeviationCalibration
    scaled : array of shape (rows, features)
        The rows by its ``scale``.

    Examples
    --------
    >>> import numpy as np
    >>> calibration, _ = fit_deviation_calibration(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]))
    >>> calibration.contributions(np.array([[2.0], [9.0]]), (0.0, 1.0)).round(3).tolist()
    [[0.0], [49.0]]
    """
    rows = np.asarray(rows, np.float64)
    gaps = gaps_in(rows)
    known = _without_empty_columns(rows, gaps)
    mean, deviation = _means_and_deviations(known, gaps is not None)
    constant = constant_columns(mean, deviation)
    scale = _robust_scale(known, gaps is not None, deviation, constant)
    deviation = np.where(constant, 1.0, deviation)
    for block in blocks:
        scale.center[block], scale.spread[block] = _of_category(mean[block], len(rows))
        deviation[block] = scale.spread[block]
    calibration = DeviationCalibration(scale, mean, deviation, np.ones(2))
    scaled = scale.apply(rows)
    typical = [
        typical_size(balanced(calibration.contributions(rows, alone, scaled), gaps).sum(axis=1))
        for alone in ((1.0, 0.0), (0.0, 1.0))
    ]
    return replace(calibration, typical=np.asarray(typical)), scaled
