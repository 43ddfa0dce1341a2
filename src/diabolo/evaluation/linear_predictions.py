"""What linear methods predict from all features: partial least squares, a ridge, a logistic regression.

All of them are unchanged by a rotation of the rows. Where features outnumber rows they are solved in the
rows' own coordinates, and what was found is turned back to features in one pass.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from diabolo.data.source import Source
from diabolo.data.statistics import table_statistics
from diabolo.evaluation.centered_rows import CenteredRows
from diabolo.evaluation.downstream import default_model, doubled, predicted_from, ridge_of_doubled
from diabolo.linear.row_space import RowSpace, row_space

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Shaped

    Coordinates = Float64[np.ndarray, "n_rows n_axes"]
    Targets = Shaped[np.ndarray, " n_rows"]

__all__ = ["dealt", "linear_predictions", "most_rows"]

_MOST_ROWS, _MOST_WIDE_ROWS, _WIDE = 20_000, 4096, 4096
# scikit-learn's C of a logistic regression on all features: what is tried.
_INVERSE_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
# Directions that vary less than this share of the strongest, in variance, are rounding.
_NOISE = 1e-10


def most_rows(n_features: int) -> int:
    """Say to how many rows, at the most, predictions are fitted: 20,000, or of over 4,096 features 4,096."""
    return _MOST_ROWS if n_features <= _WIDE else _MOST_WIDE_ROWS


def dealt(y: Targets | None, n_rows: int, n_parts: int, seed: int) -> Int[np.ndarray, " n_rows"]:
    """Deal rows to parts at random, each class to all parts alike.

    Parameters
    ----------
    y : array of shape (n_rows,) or None
        The rows' classes; None deals without.
    n_rows, n_parts : int
        How many there are; how many are made, their sizes equal or 1 apart.
    seed : int
        Of the draw.

    Returns
    -------
    int array of shape (n_rows,)
        Each row's part, from 0.

    Examples
    --------
    >>> part = dealt(np.array(["a", "b"] * 4), 8, 2, 0)
    >>> np.bincount(part[::2]).tolist(), np.bincount(part[1::2]).tolist()
    ([2, 2], [2, 2])
    """
    order = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))).permutation(n_rows)
    if y is not None:
        _, member = np.unique(y, return_inverse=True)
        order = order[np.argsort(member.reshape(-1)[order], kind="stable")]
    part = np.empty(n_rows, np.int64)
    part[order] = np.arange(n_rows) % n_parts
    return part


def linear_predictions(
    training: Source, y: Targets, others: Source, kind: str, n_components: int, random_state: int = 0
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Predict a target from all features, standardized by the training rows; missing cells are at the mean.

    Parameters
    ----------
    training : Source
        Rows that are learned from, at most `most_rows` of them.
    y : array of shape (n_rows,), or (n_rows, n_numbers) of numbers
        What belongs to them.
    others : Source
        Rows to predict it of.
    kind : {"regression", "classification"}
        What it is.
    n_components : int
        Of partial least squares, at most as many as there are directions. Classes are columns of 0 and 1
        there, and are predicted from the scores by logistic regression.
    random_state : int, default 0
        Of the division that says how strong a logistic regression's penalty is.

    Yields
    ------
    method : {"pls", "ridge", "logistic"}
    size : int
        Numbers a row that it predicts from.
    predicted : ndarray of shape (n_others,) or (n_others, n_numbers)

    References
    ----------
    H. Wold, Path models with latent variables: the NIPALS approach, 1975 (partial least squares). A. E. Hoerl
    and R. W. Kennard, Ridge regression, Technometrics 12, 1970.
    """
    found = table_statistics(training)
    spread = np.where(found.deviation > 0, found.deviation, 1.0)
    rows, asked = (CenteredRows(each, found.mean, 1 / spread) for each in (training, others))
    n_rows, n_features = training.shape
    space: RowSpace | None = None
    if n_features > n_rows:
        space = row_space(rows.read, n_rows, n_features)
        coordinates = space.scores
    else:
        coordinates = rows.read(slice(0, n_rows)).astype(np.float64)
    n_directions = _rank(coordinates)
    if not n_directions:
        return  # nothing varies, and there is nothing to predict from
    with warnings.catch_warnings():
        # What is left of a target can be predicted whole, before all components are found.
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn.cross_decomposition")
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        count = min(n_components, n_directions)
        columns = _columns(y, kind)
        offset, scale = columns.mean(axis=0), columns.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        pls = PLSRegression(count, scale=False, tol=1e-10, max_iter=1000).fit(
            coordinates, (columns - offset) / scale
        )
        if kind == "regression":
            whole = ridge_of_doubled().fit(doubled(coordinates), y)
            slopes = doubled(np.atleast_2d(whole.coef_).T)
        else:
            whole = _logistic(coordinates, y, random_state).fit(coordinates, y)
            slopes = np.atleast_2d(whole.coef_).T
        along = _projected(asked, space, rows, np.hstack([pls.x_rotations_, slopes]))
        scores, sums = along[:, :count], along[:, count:] + whole.intercept_
        if kind == "regression":
            predicted = offset + scale * (scores @ pls.y_loadings_.T)
            shape = (-1,) if y.ndim == 1 else (-1, y.shape[1])
            yield "pls", count, predicted.reshape(shape)
            yield "ridge", n_features, sums.reshape(shape)
        else:
            known = coordinates @ pls.x_rotations_
            yield "pls", count, predicted_from(default_model(kind), known, y, scores)
            best = (sums[:, 0] > 0).astype(int) if sums.shape[1] == 1 else sums.argmax(axis=1)
            yield "logistic", n_features, whole.classes_[best]


def _rank(coordinates: Coordinates) -> int:
    """Count the directions in which rows vary by more than rounding."""
    n_rows, n_axes = coordinates.shape
    if not n_axes:
        return 0
    products = coordinates @ coordinates.T if n_rows < n_axes else coordinates.T @ coordinates
    squares = np.linalg.eigvalsh(products)
    return int(np.sum(squares > max(_NOISE * squares[-1], np.finfo(np.float32).tiny)))


def _columns(y: Targets, kind: str) -> Float64[np.ndarray, "n_rows columns"]:
    if kind == "regression":
        return y.astype(np.float64).reshape(len(y), -1)
    classes = np.unique(y)
    return (y[:, None] == (classes[1:] if len(classes) == 2 else classes)).astype(np.float64)


def _logistic(coordinates: Coordinates, y: Targets, random_state: int) -> Any:
    """Choose a logistic regression's penalty: a fifth of the rows is held out for that."""
    held_out = dealt(y, len(y), 5, random_state) == 0
    losses = np.zeros(len(_INVERSE_STRENGTHS))
    if len(np.unique(y[~held_out])) > 1:
        for place, strength in enumerate(_INVERSE_STRENGTHS):
            model = LogisticRegression(C=strength, max_iter=5000).fit(coordinates[~held_out], y[~held_out])
            share = model.predict_proba(coordinates[held_out])
            position = np.searchsorted(model.classes_, y[held_out]).clip(max=len(model.classes_) - 1)
            own = share[np.arange(len(share)), position]
            own = np.where(model.classes_[position] == y[held_out], own, 0.0)
            losses[place] = -np.mean(np.log(np.maximum(own, 1e-12)))
    else:
        losses[:-1] = np.inf  # as weak as scikit-learn's default, where nothing says better
    return LogisticRegression(C=_INVERSE_STRENGTHS[int(np.argmin(losses))], max_iter=5000)


def _projected(
    asked: CenteredRows,
    space: RowSpace | None,
    rows: CenteredRows,
    directions: Float64[np.ndarray, "axes width"],
) -> Float64[np.ndarray, "n_asked width"]:
    """Multiply rows by directions, which stand in the learned rows' coordinates."""
    if space is not None:
        directions = space.lifted(rows.read, rows.source.n_features, directions)
    out = np.empty((len(asked.source), directions.shape[1]))
    for part, block in asked.blocks():
        out[part] = block.astype(directions.dtype, copy=False) @ directions
    return out
