"""Ridge regression from sums over rows; how strong it is, and how features count, is cross-validated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = [
    "CLEARLY_LOWER",
    "STRENGTHS",
    "WEIGHINGS",
    "Choice",
    "Moments",
    "evidence",
    "feature_weights",
    "joined",
    "moments_of",
    "ridge_coefficients",
    "validated",
]

STRENGTHS = np.logspace(-7, 2, 28)
"""Strengths of the penalty that are tried, as shares of the features' total variance."""

# A feature that varies by less than this share of the most is taken for rounding.
_LEAST_SHARE = 1e-20

WEIGHINGS = ("alike", "standardised", "by evidence")
"""How features may count: in their own units, each in units of its spread, or so and by what it says."""

CLEARLY_LOWER = 0.999
"""How much lower the error must be for a later one to be chosen: a tie goes to the plainer ridge."""


@dataclass(frozen=True)
class Moments:
    """Sums over rows, about their means, from which any linear model of them follows.

    Parameters
    ----------
    weight : float
        Sum of the rows' weights.
    x_mean, y_mean : float64 arrays of shape (features,), (targets,)
        Weighted means.
    xx, xy, yy : float64 arrays of shape (features, features), (features, targets), (targets,)
        Weighted sums of products about the means.
    """

    weight: float
    x_mean: Float64[np.ndarray, " features"]
    y_mean: Float64[np.ndarray, " targets"]
    xx: Float64[np.ndarray, "features features"]
    xy: Float64[np.ndarray, "features targets"]
    yy: Float64[np.ndarray, " targets"]


def moments_of(
    X: Float[np.ndarray, "rows features"],
    Y: Float[np.ndarray, "rows targets"],
    weight: Float[np.ndarray, " rows"] | None = None,
) -> Moments:
    """Sum up rows.

    Parameters
    ----------
    X : array of shape (rows, features)
        Rows.
    Y : array of shape (rows, targets)
        What belongs to them.
    weight : array of shape (rows,), optional
        Weights of the rows, at least one above 0.

    Returns
    -------
    Moments
    """
    X, Y = X.astype(np.float64, copy=False), Y.astype(np.float64, copy=False)
    total = float(len(X)) if weight is None else float(weight.sum())
    shares = np.full(len(X), 1.0 / total) if weight is None else weight / total
    x_mean, y_mean = shares @ X, shares @ Y
    root = np.sqrt(shares * total)[:, None]
    X, Y = (X - x_mean) * root, (Y - y_mean) * root
    return Moments(total, x_mean, y_mean, X.T @ X, X.T @ Y, np.einsum("ij,ij->j", Y, Y))


def joined(parts: Iterable[Moments]) -> Moments:
    """Join the sums of parts of the rows to those of all.

    Parameters
    ----------
    parts : iterable of Moments
        At least one.

    Returns
    -------
    Moments

    References
    ----------
    T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise algorithm for computing sample
    variances, COMPSTAT 1982.
    """
    whole, *others = parts
    for part in others:
        weight = whole.weight + part.weight
        share = whole.weight * part.weight / weight
        x, y = part.x_mean - whole.x_mean, part.y_mean - whole.y_mean
        whole = Moments(
            weight,
            whole.x_mean + x * (part.weight / weight),
            whole.y_mean + y * (part.weight / weight),
            whole.xx + part.xx + share * np.outer(x, x),
            whole.xy + part.xy + share * np.outer(x, y),
            whole.yy + part.yy + share * y * y,
        )
    return whole


class Choice(NamedTuple):
    """How a ridge is fitted, as cross-validation says.

    Parameters
    ----------
    strength : float
        Of the penalty, as a share of the features' total variance.
    weighing : str
        One of `WEIGHINGS`.
    error : float
        Mean squared error on rows left out, over all targets.
    """

    strength: float
    weighing: str
    error: float


def evidence(
    correlation: Float64[np.ndarray, "features targets"], weight: float
) -> Float64[np.ndarray, " features"]:
    """Weigh features by the share of a target that each explains beyond chance.

    Parameters
    ----------
    correlation : array of shape (features, targets)
        Of each feature with each target.
    weight : float
        How many rows it is from.

    Returns
    -------
    float64 array of shape (features,)
        The root of the largest squared correlation less four times what chance gives, 0 where that is less;
        all 1 where no feature says more than chance.

    Examples
    --------
    >>> import numpy as np
    >>> evidence(np.array([[0.5], [0.1], [-0.3]]), 100.0).round(3).tolist()
    [0.458, 0.0, 0.224]
    """
    beyond = np.sqrt(np.maximum((correlation**2).max(axis=1) - 4.0 / weight, 0.0))
    return beyond if beyond.any() else np.ones_like(beyond)


def feature_weights(
    said: Float[np.ndarray, " features"], spread: Float[np.ndarray, " features"]
) -> Float[np.ndarray, " features"]:
    """Weigh features by what each says, in units of its spread; one without spread not at all.

    Parameters
    ----------
    said : array of shape (features,)
        As `evidence` gives it.
    spread : array of shape (features,)
        Standard deviations, in the features' units.

    Returns
    -------
    array of shape (features,)

    Examples
    --------
    >>> import numpy as np
    >>> feature_weights(np.array([0.5, 0.5, 1.0]), np.array([1.0, 100.0, 0.0])).tolist()
    [0.5, 0.005, 0.0]
    """
    return np.divide(said, spread, out=np.zeros_like(said), where=spread > 0)


def validated(folds: Sequence[Moments], weighings: Sequence[str] = WEIGHINGS) -> Choice:
    """Choose how to fit a ridge: each fold is left out once.

    Parameters
    ----------
    folds : sequence of Moments
        Of parts of the rows, at least two.
    weighings : sequence of str, default WEIGHINGS
        How features may count: what is tried.

    Returns
    -------
    Choice
    """
    best: Choice | None = None
    count = sum(fold.weight for fold in folds) * len(folds[0].yy)
    for weighing in weighings:
        errors = np.zeros(len(STRENGTHS))
        for left_out, held in enumerate(folds):
            rest = joined(fold for number, fold in enumerate(folds) if number != left_out)
            errors += _errors(rest, held, _solutions(rest, STRENGTHS, weighing))
        lowest = int(np.argmin(errors))
        found = Choice(float(STRENGTHS[lowest]), weighing, float(errors[lowest] / count))
        if best is None or found.error < CLEARLY_LOWER * best.error:
            best = found
    assert best is not None
    return best


def ridge_coefficients(moments: Moments, choice: Choice) -> Float64[np.ndarray, "features targets"]:
    """Fit a ridge as was chosen.

    Parameters
    ----------
    moments : Moments
        Of the rows.
    choice : Choice
        How.

    Returns
    -------
    float64 array of shape (features, targets)
        In the units of the features: ``y = y_mean + (x - x_mean) @ coefficients``.
    """
    return _solutions(moments, np.array([choice.strength]), choice.weighing)[0]


def _solutions(
    moments: Moments, strengths: Float64[np.ndarray, " strengths"], weighing: str
) -> Float64[np.ndarray, "strengths features targets"]:
    weights = np.ones(len(moments.xx))
    if weighing != "alike":
        squares = np.diag(moments.xx)
        spread = np.sqrt(np.where(squares > _LEAST_SHARE * squares.max(), squares / moments.weight, 0.0))
        if weighing == "by evidence":
            scale = np.outer(spread, np.sqrt(moments.yy * moments.weight))
            weights = evidence(moments.xy / np.where(scale > 0, scale, np.inf), moments.weight)
        weights = feature_weights(weights, spread)
    squares, axes = np.linalg.eigh(moments.xx * np.outer(weights, weights))
    squares = np.maximum(squares, 0.0)
    along = axes.T @ (weights[:, None] * moments.xy)
    total = max(float(squares.sum()), np.finfo(np.float64).tiny)
    shrunk = along / (squares + strengths[:, None] * total)[:, :, None]
    return weights[:, None] * (axes @ shrunk)


def _errors(
    fitted_on: Moments, held: Moments, solutions: Float64[np.ndarray, "strengths features targets"]
) -> Float64[np.ndarray, " strengths"]:
    """Sum up the squared errors of solutions on other rows."""
    inside = np.einsum("sft,fg,sgt->s", solutions, held.xx, solutions, optimize=True)
    inside += held.yy.sum() - 2.0 * np.einsum("sft,ft->s", solutions, held.xy)
    off = held.y_mean - fitted_on.y_mean - (held.x_mean - fitted_on.x_mean) @ solutions
    return inside + held.weight * (off**2).sum(axis=1)
