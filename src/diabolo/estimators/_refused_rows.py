"""What is said of rows that are no table, or another than that of the fit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import numpy as np

from diabolo.errors import DiaboloError, InputError, InputTypeError

__all__ = ["refuse_paths", "refused_in_own_words"]

_TABLE = "expected a table of shape (rows, features): an array, a data frame, or what diabolo.open gives"


@contextlib.contextmanager
def refused_in_own_words(owner: str, X: Any) -> Iterator[None]:
    """Raise what scikit-learn says of rows as Diabolo's own errors, with what to do.

    Where its estimator checks hold an estimator to words, these are the words.

    Parameters
    ----------
    owner : str
        The estimator's name.
    X : object
        The user's rows.

    Raises
    ------
    InputError, InputTypeError
        In the place of ValueError and TypeError.
    """
    try:
        yield
    except DiaboloError:
        raise
    except (TypeError, ValueError) as problem:
        raise _own_error(owner, X, problem) from None


def refuse_paths(owner: str, X: Any, called: str = "X") -> None:
    """Refuse the path of a file in the place of its rows, or a list of paths.

    Parameters
    ----------
    owner : str
        The estimator's name.
    X : object
        The user's rows.
    called : str, default "X"
        What they are called.

    Raises
    ------
    InputTypeError
        It is one.
    """
    if isinstance(X, (str, os.PathLike)):
        path = os.fspath(X)
        raise InputTypeError(
            f"{owner}: {called} is the text {path!r}; {_TABLE}. A file is read by diabolo.open({path!r})."
        )
    several = isinstance(X, (list, tuple)) and len(X) > 0
    if several and all(isinstance(each, (str, os.PathLike)) and PurePath(each).suffix for each in X):
        first = os.fspath(X[0])
        raise InputTypeError(
            f"{owner}: {called} is a list of texts such as {first!r}; {_TABLE}. Files are read as one table "
            f"by diabolo.open([{first!r}, ...])."
        )


def _own_error(owner: str, X: Any, problem: Exception) -> DiaboloError:
    if X is None:
        return InputTypeError(f"{owner}: X is None; {_TABLE}.")
    try:
        shape = np.shape(X)
    except ValueError:
        return InputError(f"{owner}: X has rows of different lengths{_lengths(X)}; {_TABLE}.")
    names = getattr(getattr(X, "dtype", None), "names", None)
    if names:
        fields = ", ".join(map(repr, names))
        return InputTypeError(
            f"{owner}: X is an array of records with the fields {fields}; make columns of them: "
            "numpy.lib.recfunctions.structured_to_unstructured(X)."
        )
    if not shape:
        return InputTypeError(f"{owner}: X is of type {type(X).__name__}; {_TABLE}.")
    if len(shape) == 1:
        return InputError(
            f"{owner}: X has the shape {shape}; {_TABLE}. Reshape your data: numpy.reshape(X, (1, -1)) is "
            "one row, numpy.reshape(X, (-1, 1)) is one feature."
        )
    if len(shape) > 2:
        return InputError(
            f"{owner}: X has the shape {shape}; {_TABLE}. Make rows of images by X.reshape(len(X), -1), or "
            "train a ConvolutionalAutoencoder."
        )
    said = str(problem)
    if said.startswith("The feature names"):
        return InputError(f"{said.rstrip()}\nGive the columns of the fit, under their names.\n")
    if isinstance(problem, TypeError):
        return InputTypeError(f"{owner}: X holds what is no number ({said}); {_TABLE}.")
    if "while a minimum of" in said:
        return InputError(f"{said.rstrip('.')}; give more {'columns' if 'feature(s)' in said else 'rows'}.")
    if "is expecting" in said:
        return InputError(f"{said.rstrip('.')}; give the columns of the fit.")
    return InputError(said)


def _lengths(X: Any) -> str:
    """Name two rows that differ."""
    try:
        lengths = [len(row) for row in X]
        other = next(number for number, length in enumerate(lengths) if length != lengths[0])
    except (TypeError, StopIteration):
        return ""
    return f": row 0 has {lengths[0]} and row {other} has {lengths[other]}"
