"""Scores: from residuals and codes to what each feature adds to a row's oddness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.deviation import typical_size
from diabolo.detection.missing_cells import balanced, gaps_in
from diabolo.detection.row_products import row_products

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["SCORES", "Calibration", "contributions", "fit_calibration", "sizes"]

SCORES: dict[str, dict[str, float]] = {
    "calibrated": {
        "deviation_weight": 1.0,
        "distance_weight": 0.5,
        "density_weight": 2.0,
        "code_weight": 0.0,
    },
    "mahalanobis": {
        "deviation_weight": 0.0,
        "distance_weight": 0.0,
        "density_weight": 0.0,
        "code_weight": 1.0,
    },
    "squared_error": {},
    "absolute_error": {},
}
"""Kinds of score and their settings."""

# No feature counts as rebuilt more exactly than this share of what is typical of all, or of its own
# spread: residuals of mere rounding are no yardstick.
_LEAST_SHARE, _LEAST_OWN_SHARE = 1e-3, 1e-4
_TINY = 1e-12
# Residuals far below their least spread are typical where all are rounding; others are not to be told in
# units of these.
_LEAST_TYPICAL = 1e-3


@dataclass(frozen=True)
class Calibration:
    """What one autoencoder's residuals and codes are measured against: what is typical of known rows.

    Parameters
    ----------
    spread : array of shape (features,)
        Root mean square of each feature's residual.
    whitening : array of shape (features, features), or (0, 0) where the score needs none
        Turns residuals over their spreads into uncorrelated ones, each as near as can be to its own.
    code_center : array of shape (components,)
        Mean code.
    code_precision : array of shape (components, components), or (0, 0)
        Inverse covariance of the codes.
    typical : array of shape (2,)
        Typical size of the residuals' term and of the code's.
    """

    spread: Float[np.ndarray, " features"]
    whitening: Float[np.ndarray, "features features"]
    code_center: Float[np.ndarray, " components"]
    code_precision: Float[np.ndarray, "components components"]
    typical: Float[np.ndarray, " 2"]


def fit_calibration(
    kind: str,
    code_weight: float,
    deviation: Float[np.ndarray, " features"],
    residuals: Float[np.ndarray, "rows features"],
    codes: Float[np.ndarray, "rows components"],
) -> Calibration:
    """Find what is typical of known rows.

    Parameters
    ----------
    kind : str
        A name in :data:`SCORES`.
    code_weight : float
        Of the code's distance; with 0 nothing is learned for it.
    deviation : array of shape (features,)
        Standard deviations of the rows, in the units of their residuals.
    residuals : array of shape (rows, features)
        Of mostly normal rows; missing ones are NaN.
    codes : array of shape (rows, components)
        Their codes.

    Returns
    -------
    Calibration
    """
    residuals = np.asarray(residuals, np.float64)
    gaps, n_there = gaps_in(residuals), len(residuals)
    if gaps is not None:
        residuals, n_there = np.where(gaps, 0.0, residuals), np.maximum((~gaps).sum(axis=0), 1)
    spread = np.sqrt(np.sum(residuals**2, axis=0) / n_there)
    own = _LEAST_OWN_SHARE * deviation
    spread = np.maximum(spread, np.maximum(own, max(_LEAST_SHARE * float(np.median(spread)), _TINY)))
    whitening = precision = np.zeros((0, 0))
    center = codes.mean(axis=0, dtype=np.float64)
    if kind == "mahalanobis":
        values, vectors = np.linalg.eigh(_shrunk_covariance(residuals / spread))
        whitening = vectors * (1.0 / np.sqrt(np.maximum(values, _TINY))) @ vectors.T
    if code_weight and codes.shape[1]:
        precision = np.linalg.pinv(_shrunk_covariance(codes - center), hermitian=True)
    calibration = Calibration(spread, whitening, center, precision, np.ones(2))
    if kind in ("squared_error", "absolute_error"):
        return calibration
    typical = [
        max(
            typical_size(balanced(_residual_terms(kind, calibration, residuals), gaps).mean(axis=1)),
            _LEAST_TYPICAL,
        ),
        typical_size(_code_distance(calibration, codes)),
    ]
    return replace(calibration, typical=np.asarray(typical))


def contributions(
    kind: str,
    code_weight: float,
    calibration: Calibration,
    residuals: Float[np.ndarray, "rows features"],
    codes: Float[np.ndarray, "rows components"],
    shares: Float[np.ndarray, "rows features"],
) -> Float[np.ndarray, "rows features"]:
    """Say what each feature's residual, and its share in the code's distance, add to each row's score.

    Parameters
    ----------
    kind : str
        A name in :data:`SCORES`.
    code_weight : float
        Of the code's distance, beside the residual's 1.
    calibration : Calibration
        What is typical of known rows.
    residuals : array of shape (rows, features)
        Rows minus reconstructions; of missing cells NaN, which is taken for 0.
    codes : array of shape (rows, components)
        The codes.
    shares : array of shape (rows, features)
        A code is of the whole row: how its distance is shared out among features; each row sums to 1.

    Returns
    -------
    float64 array of shape (rows, features)
        Higher is odder. For "calibrated" and "mahalanobis" a row's sum is 1 where its residuals are of
        typical size, plus ``code_weight`` where its code is; for the other two it is the mean error.

    References
    ----------
    P. C. Mahalanobis, On the generalized distance in statistics, Proceedings of the National Institute of
    Sciences of India 2, 1936. A. Kessy, A. Lewin and K. Strimmer, Optimal whitening and decorrelation, The
    American Statistician 72, 2018.
    """
    residuals = np.asarray(residuals, np.float64)
    gaps = gaps_in(residuals)
    residuals = residuals if gaps is None else np.where(gaps, 0.0, residuals)
    cells = _residual_terms(kind, calibration, residuals)
    cells /= cells.shape[1]
    if kind in ("squared_error", "absolute_error"):
        return cells
    total = cells / calibration.typical[0]
    if code_weight:
        distance = _code_distance(calibration, codes) * (code_weight / calibration.typical[1])
        total += shares * distance[:, None]
    return total


def sizes(
    kind: str,
    code_weight: float,
    calibration: Calibration,
    residuals: Float[np.ndarray, "rows features"],
    codes: Float[np.ndarray, "rows components"],
) -> Float[np.ndarray, " rows"]:
    """Say what all features together add to each row's score.

    Parameters
    ----------
    kind, code_weight, calibration, residuals, codes
        As of :func:`contributions`; no cell is missing.

    Returns
    -------
    float64 array of shape (rows,)
        The sums of its rows, but for rounding.
    """
    terms = _residual_terms(kind, calibration, np.asarray(residuals, np.float64))
    total = np.add.reduce(terms, axis=1)
    if kind in ("squared_error", "absolute_error"):
        return total / terms.shape[1]
    total /= calibration.typical[0] * terms.shape[1]
    if code_weight:
        total += _code_distance(calibration, codes) * (code_weight / calibration.typical[1])
    return total


def _residual_terms(
    kind: str, calibration: Calibration, residuals: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows features"]:
    """Return a new array of what residuals add, whose mean along a row is their part of its score."""
    if kind == "absolute_error":
        return np.abs(residuals)
    if kind == "squared_error":
        return residuals**2
    over_spread = residuals / calibration.spread[None]
    if kind == "mahalanobis":
        return row_products(over_spread, calibration.whitening) ** 2
    # The logarithm of a Student's density: a residual ten times the typical is not a hundred times as odd.
    np.square(over_spread, out=over_spread)
    np.log1p(over_spread, out=over_spread)
    return over_spread


def _code_distance(
    calibration: Calibration, codes: Float[np.ndarray, "rows components"]
) -> Float[np.ndarray, " rows"]:
    """Return the squared Mahalanobis distance of each code, over the number of components."""
    if not calibration.code_precision.size:
        return np.zeros(len(codes))
    centered = codes - calibration.code_center
    whitened = row_products(centered, calibration.code_precision)
    return np.sum(whitened * centered, axis=1) / codes.shape[1]


def _shrunk_covariance(centered: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "columns columns"]:
    """Estimate a covariance that can be inverted: Ledoit's and Wolf's mean of it and a multiple of one."""
    from sklearn.covariance import ledoit_wolf

    covariance, _ = ledoit_wolf(centered, assume_centered=True)
    mean = np.trace(covariance) / max(len(covariance), 1)
    return covariance + np.eye(len(covariance)) * max(1e-9 * mean, _TINY)
