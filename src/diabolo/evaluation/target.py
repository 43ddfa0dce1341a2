"""What is to be predicted from codes: checked, and either numbers or classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import is_classifier, is_regressor

from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["KINDS", "kind_of", "target_of"]

KINDS = ("auto", "regression", "classification")


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
    ndarray of shape (n_rows,) or (n_rows, n_numbers)
        Of bool, int64, float64 or text.

    Raises
    ------
    InputError
        There is no target, it has another length, an entry is missing or infinite, or entries are of
        different kinds.

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
    entries, n_rows = entries_of(y), len(X)
    if entries.ndim not in (1, 2) or len(entries) != n_rows:
        raise InputError(f"{what} has shape {entries.shape}; expected {n_rows} entries, one a row.")
    origin = getattr(X, "origin", int)
    _refuse_rows(what, missing_in(entries), origin)
    values = plain_values(entries, what, origin)
    _refuse_rows(what, infinite_in(values), origin)
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _refuse_rows(what: str, unfit: np.ndarray, origin: Callable[[int], int]) -> None:
    rows = np.flatnonzero(unfit.reshape(len(unfit), -1).any(axis=1))
    if len(rows):
        raise InputError(
            f"{what} is missing or infinite in row {origin(int(rows[0]))}, counted from 0, and in "
            f"{len(rows)} row(s) in all; leave such rows out."
        )


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
        values, dates, and whole numbers (2 or 2.0) of at most 20 different values are classes; other numbers
        are numbers.
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
            raise ParameterError(
                f"{setting('supervision', told)}, but the model {model!r} is for {of_model}."
            )
        told = of_model
    coding = getattr(autoencoder, "target_", None)
    if told is None and coding is not None:
        told = coding.kind
    if told is None:
        told = "classification" if are_classes(plain_values(entries_of(y), "the target")) else "regression"
    return "classification" if told == "classification" else "regression"
