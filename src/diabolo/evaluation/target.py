"""What is to be predicted from codes: checked, and either numbers or classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import is_classifier, is_regressor

from diabolo.errors import InputError, ParameterError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["KINDS", "kind_of", "target_of"]

KINDS = ("auto", "regression", "classification")
# Whole numbers with more different values than this are taken for numbers, as a guided autoencoder does.
_MOST_CLASSES = 20


def target_of(X: Any, y: Any, name: str = "X") -> Shaped[np.ndarray, " n_rows"]:
    """Return y as an array without gaps, or where it is None the target that came with the table.

    Parameters
    ----------
    X : Source or array-like
        The rows.
    y : array-like of shape (n_rows,) or (n_rows, n_numbers), or None
        What belongs to them.
    name : str, default "X"
        What the rows are called in messages.

    Returns
    -------
    ndarray

    Raises
    ------
    InputError
        There is no target, it has another length, or an entry is missing.

    Examples
    --------
    >>> target_of(np.eye(3), [31, 62, 47]).tolist()
    [31, 62, 47]
    """
    what = f"the target of {getattr(X, 'name', name)}"
    if y is None:
        column = getattr(X, "target_name", None)
        if column is None:
            raise InputError(
                f"{getattr(X, 'name', name)} came without a target; pass y, or name the column as it is "
                "opened: diabolo.open(path, target=...)."
            )
        y, what = X.carried[column], f"{what}, {column!r},"
    values = np.asarray(y)
    n_rows = len(X)
    if values.ndim not in (1, 2) or len(values) != n_rows:
        raise InputError(f"{what} has shape {values.shape}; expected {n_rows} entries, one a row.")
    if values.dtype.kind == "f":
        gaps = ~np.isfinite(values).reshape(n_rows, -1).all(axis=1)
    elif values.dtype.kind == "O":
        gaps = np.array([any(map(_is_missing, np.atleast_1d(each))) for each in values])
    else:
        gaps = np.zeros(n_rows, bool)
    if gaps.any():
        row = int(np.argmax(gaps))
        origin = getattr(X, "origin", None)
        at = row if origin is None else origin(row)
        raise InputError(
            f"{what} is missing or infinite in row {at}, counted from 0, and in {int(gaps.sum())} row(s) in "
            "all; leave such rows out."
        )
    return values


def _is_missing(value: Any) -> bool:
    """Say whether an entry is None, NaN or pandas' NA, whose comparison has no truth value."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def kind_of(
    y: Shaped[np.ndarray, " n_rows"], supervision: str = "auto", *, model: Any = None, autoencoder: Any = None
) -> Literal["regression", "classification"]:
    """Say whether a target is numbers or classes.

    Parameters
    ----------
    y : ndarray
        The target.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What it is. "auto" asks the model, then the autoencoder that it guided, then the values: text, truth
        values and whole numbers of at most 20 different values are classes.
    model : scikit-learn regressor or classifier, optional
        What predicts it.
    autoencoder : fitted estimator, optional
        Perhaps guided by it.

    Returns
    -------
    {"regression", "classification"}

    Raises
    ------
    ParameterError
        There is no such kind, or the model is of the other.

    Examples
    --------
    >>> kind_of(np.array(["a", "b"])), kind_of(np.array([0.5, 1.5]))
    ('classification', 'regression')
    """
    if supervision not in KINDS:
        raise ParameterError(
            f"supervision must be one of {', '.join(map(repr, KINDS))}; got {supervision!r}."
            f"{nearest_name(supervision, KINDS)}"
        )
    told: str | None = None if supervision == "auto" else supervision
    if model is not None:
        of_model = "regression" if is_regressor(model) else "classification" if is_classifier(model) else None
        if of_model is None:
            raise ParameterError(
                f"model must be a regressor or a classifier of scikit-learn's kind; got {model!r}."
            )
        if told not in (None, of_model):
            raise ParameterError(f"supervision={told!r}, but the model {model!r} is for {of_model}.")
        told = of_model
    coding = getattr(autoencoder, "target_", None)
    if told is None and coding is not None:
        told = coding.kind
    if told is None:
        is_few = y.dtype.kind in "iu" and y.ndim == 1 and len(np.unique(y)) <= _MOST_CLASSES
        told = "classification" if is_few or y.dtype.kind in "bOUS" else "regression"
    return "classification" if told == "classification" else "regression"
