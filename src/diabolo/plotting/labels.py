"""Labels of rows: a few classes, or a numeric target, either with values missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Shaped
    from numpy.typing import ArrayLike

__all__ = ["MAX_CLASSES", "Classes", "NumericLabels", "read_labels"]

MAX_CLASSES = 20  # more colors than this cannot be told apart


@dataclass(frozen=True)
class Classes:
    """One of a few classes for each row; position -1 is a missing label."""

    names: list[str]
    positions: Int[np.ndarray, " n"]

    @property
    def missing(self) -> Shaped[np.ndarray, " n"]:
        """Which rows have no label."""
        return self.positions < 0


@dataclass(frozen=True)
class NumericLabels:
    """One number for each row; NaN is a missing one."""

    values: Float[np.ndarray, " n"]

    @property
    def missing(self) -> Shaped[np.ndarray, " n"]:
        """Which rows have no number."""
        return np.isnan(self.values)


def read_labels(
    labels: ArrayLike, n_rows: int, label_names: Mapping[Any, str] | Sequence[str] | None = None
) -> Classes | NumericLabels:
    """Tell classes from a numeric target, and find the rows that have neither.

    Parameters
    ----------
    labels : array-like of shape (n_rows,)
        Text, truth values, dates, and whole numbers (2 or 2.0) of at most 20 different values are classes;
        other numbers are numbers. None, NaN, NaT, pandas' NA and empty text are missing.
    n_rows : int
        How many there must be.
    label_names : mapping, or sequence of str, optional
        What to call each class; a sequence names the classes 0, 1, 2 and so on. Default: as they are written.

    Returns
    -------
    Classes or NumericLabels
        In the order of the rows.

    Raises
    ------
    InputError
        Not one label for each row, labels of different kinds, more than 20 distinct names, or an infinite
        number.
    ParameterError
        `label_names` lacks a class, or the labels are a target.

    Examples
    --------
    >>> read_labels(["cat", None, "ant"], 3).names
    ['ant', 'cat']
    >>> read_labels([0.25, 0.5], 2)
    NumericLabels(values=array([0.25, 0.5 ]))
    """
    column = entries_of(labels)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise InputError(f"labels must be one per row, so of shape ({n_rows},), got shape {column.shape}.")
    if len(column) != n_rows:
        raise InputError(
            f"codes has {n_rows} rows but labels has {len(column)}; give one label for each row."
        )
    missing = missing_in(column)
    rows = np.flatnonzero(~missing)
    present = plain_values(column[rows], "labels", lambda place: int(rows[place]))
    n_infinite = np.count_nonzero(infinite_in(present))
    if n_infinite:
        raise InputError(
            f"labels holds {n_infinite} infinite values; replace them, or write NaN where a label is missing."
        )
    distinct, places = np.unique(present, return_inverse=True)
    if not are_classes(present):
        if label_names is not None:
            raise ParameterError(
                "label_names names classes, but labels is a numeric target "
                f"({len(distinct)} distinct values), drawn with a color scale. Leave label_names out."
            )
        values = np.full(n_rows, np.nan)
        values[rows] = present
        return NumericLabels(values)
    if len(distinct) > MAX_CLASSES:
        raise InputError(
            f"labels holds {len(distinct)} distinct names, and at most {MAX_CLASSES} can be told apart by "
            "color. Merge some classes, or draw without labels."
        )
    keys = [int(key) if isinstance(key, float) else key for key in distinct.tolist()]
    positions = np.full(n_rows, -1)
    positions[rows] = places
    return Classes(_named(keys, label_names), positions)


def _named(keys: list[Any], label_names: Mapping[Any, str] | Sequence[str] | None) -> list[str]:
    """Name the classes as the caller wants them."""
    if label_names is None:
        return [str(key) for key in keys]
    names = dict(label_names) if isinstance(label_names, Mapping) else dict(enumerate(label_names))
    unnamed = [key for key in keys if key not in names]
    if unnamed:
        raise ParameterError(
            f"label_names has no name for {', '.join(map(repr, unnamed))}; it names "
            f"{', '.join(map(repr, names)) or 'nothing'}. Give a name for every label, as a mapping or, "
            "for the labels 0, 1, 2..., a sequence."
        )
    return [str(names[key]) for key in keys]
