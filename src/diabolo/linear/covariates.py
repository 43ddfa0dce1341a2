"""Principal covariates regression: a linear code that rebuilds rows and predicts a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

__all__ = ["Covariates", "principal_covariates"]

# Directions that vary less than this share of the strongest, in variance, are rounding.
_NOISE = 1e-10


class Covariates(NamedTuple):
    """A linear code of unit variance, and what is made of it.

    Parameters
    ----------
    encoder : float64 array of shape (features, components)
        From rows, about their mean, to codes.
    decoder : float64 array of shape (components, features)
        From codes to rows, about their mean.
    head : float64 array of shape (components, targets)
        From codes to targets, about their mean.
    along_prediction : float64 array of shape (targets, components)
        The part of the encoder that is the prediction's: ``encoder = own + coefficients @ along_prediction``.
    """

    encoder: Float64[np.ndarray, "features components"]
    decoder: Float64[np.ndarray, "components features"]
    head: Float64[np.ndarray, "components targets"]
    along_prediction: Float64[np.ndarray, "targets components"]


def principal_covariates(
    covariance: Float64[np.ndarray, "features features"],
    coefficients: Float64[np.ndarray, "features targets"],
    weight: float,
    n_components: int,
) -> Covariates:
    """Find the linear code of the least error of rows plus, by a weight, of what is predicted from them.

    The code consists of the leading principal components of rows and their predictions side by side, which
    are sums of rows again.

    Parameters
    ----------
    covariance : array of shape (features, features)
        Of the rows.
    coefficients : array of shape (features, targets)
        Of a prediction of the targets, such as a ridge's.
    weight : float, at least 0
        Of a target's squared error beside that of a feature.
    n_components : int
        Width of the code.

    Returns
    -------
    Covariates
        Of no more components than there are directions in which rows vary.

    References
    ----------
    S. de Jong and H. A. L. Kiers, Principal covariates regression: part I. Theory, Chemometrics and
    Intelligent Laboratory Systems 14, 1992.

    Examples
    --------
    >>> import numpy as np
    >>> covariance, coefficients = np.diag([4.0, 1.0]), np.array([[0.0], [1.0]])
    >>> heads = (principal_covariates(covariance, coefficients, weight, 1).head for weight in (0, 9))
    >>> [round(abs(head.item()), 6) for head in heads]
    [0.0, 1.0]
    """
    # Imported here: scipy costs more to import than a small fit.
    from scipy.linalg import eigh

    n_features = len(covariance)
    scale = np.sqrt(weight)
    seen = covariance @ coefficients
    together = np.block([[covariance, scale * seen], [scale * seen.T, scale**2 * (coefficients.T @ seen)]])
    last = len(together) - 1
    variances, axes = eigh(together, subset_by_index=(max(last + 1 - n_components, 0), last))
    variances, axes = variances[::-1], axes[:, ::-1]
    kept = variances > _NOISE * max(float(variances[0]), np.finfo(np.float64).tiny)
    axes = axes[:, kept] / np.sqrt(variances[kept])
    along = scale * axes[n_features:]
    encoder = axes[:n_features] + coefficients @ along
    decoder = encoder.T @ covariance
    return Covariates(encoder, decoder, decoder @ coefficients, along)
