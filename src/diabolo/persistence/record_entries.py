"""Reading a record and its arrays without trusting them: each entry is what it should be, or refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diabolo.errors import ModelFileError
from diabolo.training.history import COLUMNS

__all__ = ["checked_entry", "checked_history", "checked_tensor", "number_or_null", "refusal", "shown"]


def refusal(what: str, expected: str, found: str) -> ModelFileError:
    """Make the error for an entry that is not as it should be."""
    return ModelFileError(f"{what}: expected {expected}, found {found}")


def shown(value: object) -> str:
    """Write a stranger's value, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def checked_entry(record: Any, name: str, kind: type | tuple[type, ...], expected: str) -> Any:
    """Return a record's entry if it is of a kind.

    Parameters
    ----------
    record : object
        Read from a file.
    name : str
        The entry's.
    kind : type or tuple of types
        What it must be.
    expected : str
        The same for people.

    Returns
    -------
    object

    Raises
    ------
    ModelFileError
        Where it is missing or of another kind.
    """
    if not isinstance(record, dict) or name not in record:
        raise refusal(f"the record's {name!r}", expected, "nothing")
    if not isinstance(record[name], kind) or (kind is int and isinstance(record[name], bool)):
        raise refusal(f"the record's {name!r}", expected, shown(record[name]))
    return record[name]


def checked_tensor(
    tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: type[np.floating]
) -> np.ndarray:
    """Return an array if it is of a shape and a number type, and finite.

    Parameters
    ----------
    tensors : dict of str to ndarray
        Read from a file.
    name : str
        The array's.
    shape : tuple of int
        What its shape must be.
    dtype : type
        What its number type must be.

    Returns
    -------
    ndarray

    Raises
    ------
    ModelFileError
        Where it is missing or another.
    """
    wanted = f"{np.dtype(dtype).name} of shape {tuple(shape)}"
    if name not in tensors:
        raise refusal(f"the array {name!r}", wanted, "nothing")
    found = tensors[name]
    if found.dtype != dtype or found.shape != tuple(shape):
        raise refusal(f"the array {name!r}", wanted, f"{found.dtype.name} of shape {found.shape}")
    if not np.isfinite(found).all():
        raise refusal(f"the array {name!r}", "finite numbers", "cells that are not")
    return found


def number_or_null(value: float) -> float | None:
    """Write a number of a history as JSON knows it: NaN becomes null."""
    return None if math.isnan(value) else float(value)


def checked_history(columns: dict[str, Any]) -> dict[str, list[float]]:
    """Return a history if it is one: known columns of numbers, of one length.

    Parameters
    ----------
    columns : dict
        Read from a file; null stands for NaN.

    Returns
    -------
    dict of str to list of float

    Raises
    ------
    ModelFileError
        For a column that is unknown or not numbers.
    """
    for key, column in columns.items():
        if key not in COLUMNS:
            raise refusal("the history's columns", f"some of {', '.join(COLUMNS)}", shown(key))
        is_numbers = isinstance(column, list) and all(
            value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
            for value in column
        )
        if not is_numbers:
            raise refusal(f"the history's {key!r}", "a list of numbers", shown(column))
    return {
        key: [math.nan if value is None else float(value) for value in column]
        for key, column in columns.items()
    }
