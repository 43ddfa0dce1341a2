"""Deviation: how far a row lies from the center of all rows, feature by feature, in two units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.constant_columns import constant_columns
from diabolo.detection.robust import RobustScale, fit_robust_scale
from diabolo.detection.typical import typical_size

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["DeviationCalibration", "fit_deviation_calibration"]


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
        drawn_in, standard = (
            weight / (typical * rows.shape[1]) for weight, typical in zip(weights, self.typical, strict=True)
        )
        if drawn_in:
            cells = self.scale.apply(rows) if scaled is None else scaled
            total += drawn_in * np.square(cells)
        if standard:
            total += standard * np.square((rows - self.mean) / self.deviation)
        return total

    def shares(self, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows features"]:
        """Say which share each feature has in how far a row lies from the medians.

        Parameters
        ----------
        rows : array of shape (rows, features)
            In the user's units.

        Returns
        -------
        float64 array of shape (rows, features)
            Each row sums to 1.
        """
        cells = self.scale.apply(rows) ** 2
        total = cells.sum(axis=1, keepdims=True)
        return np.divide(cells, total, out=np.full_like(cells, 1.0 / cells.shape[1]), where=total > 0)


def fit_deviation_calibration(rows: Float[np.ndarray, "rows features"]) -> DeviationCalibration:
    """Find center and spread of rows, and how far they typically lie from it.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Mostly normal, at least one.

    Returns
    -------
    DeviationCalibration

    Examples
    --------
    >>> import numpy as np
    >>> calibration = fit_deviation_calibration(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]))
    >>> calibration.contributions(np.array([[2.0], [9.0]]), (0.0, 1.0)).round(3).tolist()
    [[0.0], [49.0]]
    """
    rows = np.asarray(rows, np.float64)
    deviation = np.where(constant_columns(rows), 1.0, rows.std(axis=0))
    calibration = DeviationCalibration(fit_robust_scale(rows), rows.mean(axis=0), deviation, np.ones(2))
    typical = [
        typical_size(calibration.contributions(rows, alone).sum(axis=1)) for alone in ((1.0, 0.0), (0.0, 1.0))
    ]
    return replace(calibration, typical=np.asarray(typical))
