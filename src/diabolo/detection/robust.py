"""Robust scaling: center and spread that anomalies among the rows hardly move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.constant_columns import constant_columns

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["RobustScale", "fit_robust_scale"]

# The quartiles of normal numbers lie so many standard deviations apart.
_NORMAL_QUARTILES = 1.3489795003921634
# A spread below this share of the standard deviation means that most rows have one value.
_LEAST_SHARE = 1e-6


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
        return np.arcsinh((rows - self.center) / self.spread)

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


def fit_robust_scale(rows: Float[np.ndarray, "rows features"]) -> RobustScale:
    """Find each column's median and the distance of its quartiles.

    Where half of a column's rows or more share one value the quartiles may coincide; the standard deviation
    stands in then, and 1 where the column is constant.

    Parameters
    ----------
    rows : array of shape (rows, features)
        At least one.

    Returns
    -------
    RobustScale

    References
    ----------
    P. J. Rousseeuw and C. Croux, Alternatives to the median absolute deviation, Journal of the American
    Statistical Association 88, 1993.

    Examples
    --------
    >>> import numpy as np
    >>> scale = fit_robust_scale(np.array([[0.0], [1.0], [2.0], [3.0], [400.0]]))
    >>> float(scale.center[0]), round(float(scale.spread[0]), 3)
    (2.0, 1.483)
    """
    rows = np.asarray(rows, np.float64)
    low, center, high = np.quantile(rows, (0.25, 0.5, 0.75), axis=0)
    deviation = rows.std(axis=0)
    spread = (high - low) / _NORMAL_QUARTILES
    spread = np.where(spread > _LEAST_SHARE * deviation, spread, deviation)
    return RobustScale(center, np.where(constant_columns(rows), 1.0, spread))
