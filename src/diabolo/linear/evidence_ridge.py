"""Ridge regression of few rows of many features, each feature by its evidence, from blocks of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diabolo.linear.ridge import STRENGTHS, evidence
from diabolo.linear.row_space import block_rows

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int

    Reader = Callable[[slice], Float32[np.ndarray, "rows n_features"]]
    Numbers = Float64[np.ndarray, "n_chosen targets"]

__all__ = ["EvidenceRidge", "evidence_ridge"]

# So many cells of the features that say something are held: 512 MiB.
_HELD_CELLS = 2**27


class EvidenceRidge(NamedTuple):
    """A linear model on some features.

    Parameters
    ----------
    features : int array of shape (kept,)
        Those that say more of the target than chance.
    coefficients : float64 array of shape (kept, targets)
        Theirs; of all others they are 0.
    products : float64 array of shape (n_rows, targets)
        What every row gives, times its coefficients.
    error : float
        Cross-validated mean square, over all targets.
    """

    features: Int[np.ndarray, " kept"]
    coefficients: Float64[np.ndarray, "kept targets"]
    products: Float64[np.ndarray, "n_rows targets"]
    error: float


def evidence_ridge(
    read: Reader,
    n_rows: int,
    n_features: int,
    chosen: Int[np.ndarray, " n_chosen"],
    Y: Numbers,
    fold: Int[np.ndarray, " n_chosen"],
) -> EvidenceRidge:
    """Fit a ridge on features weighed by :func:`evidence`, which each fold of the validation finds anew.

    Parameters
    ----------
    read : callable
        From a range of rows to them, as a float32 array.
    n_rows, n_features : int
        Of the table, which is read twice.
    chosen : int array of shape (n_chosen,)
        Rows to learn from, ascending.
    Y : array of shape (n_chosen, targets)
        Their targets.
    fold : int array of shape (n_chosen,)
        Which part each is of; each part is left out once.

    Returns
    -------
    EvidenceRidge
        Of all chosen rows.
    """
    n_folds = int(fold.max()) + 1
    place = np.full(n_rows, -1)
    place[chosen] = np.arange(len(chosen))
    step = block_rows(n_rows, n_features)
    parts = [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]
    y_means = np.array([Y[fold != left_out].mean(axis=0) for left_out in range(n_folds)])
    y_mean = Y.mean(axis=0)
    sums = np.zeros((n_folds, n_features))
    squares = np.zeros((n_folds, n_features))
    products = np.zeros((n_folds, n_features, Y.shape[1]))
    for part in parts:
        block, own = read(part), place[part]
        for number in range(n_folds):
            rows = np.flatnonzero((own >= 0) & (fold[own] == number))
            some = block[rows]
            sums[number] += some.sum(axis=0, dtype=np.float64)
            squares[number] += np.einsum("ij,ij->j", some, some)
            products[number] += some.T @ (Y[own[rows]] - y_mean).astype(np.float32)
    weights = []
    for left_out in [*range(n_folds), None]:
        kept = np.array([number != left_out for number in range(n_folds)])
        used = np.isin(fold, np.flatnonzero(kept))
        count, y = int(used.sum()), Y[used]
        mean = sums[kept].sum(axis=0) / count
        about = products[kept].sum(axis=0) - np.outer(mean, (y - y_mean).sum(axis=0))
        variance = np.maximum(squares[kept].sum(axis=0) / count - mean**2, 0.0)
        spread = np.sqrt(np.outer(variance, y.var(axis=0))) * count
        correlation = np.where(spread > 0, about / np.where(spread > 0, spread, 1.0), 0.0)
        weights.append(evidence(np.clip(correlation, -1.0, 1.0), count))
    strongest = np.max(weights, axis=0)
    most = max(_HELD_CELLS // n_rows, 1)
    held = np.flatnonzero(strongest > 0)
    if len(held) > most:
        held = np.sort(held[np.argsort(-strongest[held], kind="stable")[:most]])
    cells = np.empty((n_rows, len(held)), np.float32)
    for part in parts:
        cells[part] = read(part)[:, held]
    errors = np.zeros(len(STRENGTHS))
    for left_out in range(n_folds):
        used, others = chosen[fold != left_out], chosen[fold == left_out]
        weight = weights[left_out][held].astype(np.float32)
        mean = cells[used].mean(axis=0)
        rows, rest = (cells[used] - mean) * weight, (cells[others] - mean) * weight
        dual = _duals(rows, Y[fold != left_out] - y_means[left_out], STRENGTHS)
        predicted = np.einsum("hn,snt->sht", (rest @ rows.T).astype(np.float64), dual, optimize=True)
        residual = Y[fold == left_out] - y_means[left_out] - predicted
        errors += np.einsum("sht,sht->s", residual, residual)
    errors /= Y.size
    lowest = int(np.argmin(errors))
    weight = weights[-1][held].astype(np.float32)
    rows = (cells[chosen] - cells[chosen].mean(axis=0)) * weight
    (dual,) = _duals(rows, Y - y_mean, STRENGTHS[lowest : lowest + 1])
    coefficients = weight[:, None] * (rows.T @ dual.astype(np.float32)).astype(np.float64)
    kept = weight > 0
    return EvidenceRidge(
        held[kept], coefficients[kept], cells.astype(np.float32) @ coefficients, float(errors[lowest])
    )


def _duals(
    rows: Float32[np.ndarray, "n kept"], Y: Numbers, strengths: Float64[np.ndarray, " strengths"]
) -> Float64[np.ndarray, "strengths n targets"]:
    squares, sides = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    squares = np.maximum(squares, 0.0)
    total = max(float(squares.sum()), np.finfo(np.float64).tiny)
    return sides @ ((sides.T @ Y) / (squares + strengths[:, None] * total)[:, :, None])
