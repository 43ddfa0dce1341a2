"""Labels of rows: a few classes, or a numeric target, either with values missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Shaped
    from numpy.typing import ArrayLike

__all__ = ["MAX_CLASSES", "Classes", "Target", "read_labels"]

MAX_CLASSES = 20  # more colours than this cannot be told apart


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
class Target:
    """One number for each row; NaN is a missing one."""

    values: Float[np.ndarray, " n"]

    @property
    def missing(self) -> Shaped[np.ndarray, " n"]:
        """Which rows have no number."""
        return np.isnan(self.values)


def read_labels(
    labels: ArrayLike, n_rows: int, label_names: Mapping[Any, str] | Sequence[str] | None = None
) -> Classes | Target:
    """Tell classes from a numeric target, and find the rows that have neither.

    Parameters
    ----------
    labels : array-like of shape (n_rows,)
        Strings, booleans or numbers. Whole numbers, floating or not (integers with gaps become floating
        on their way through a data frame), of at most 20 distinct values are classes; other numbers are
        a target. None, NaN and their like are missing.
    n_rows : int
        How many there must be.
    label_names : mapping, or sequence of str, optional
        What to call each class; a sequence names the classes 0, 1, 2 and so on. Default: as they are written.

    Returns
    -------
    Classes or Target
        In the order of the rows.

    Raises
    ------
    InputError
        Not one label for each row, more than 20 distinct names, or an infinite number.
    ParameterError
        `label_names` lacks a class, or the labels are a target.

    Examples
    --------
    >>> read_labels(["cat", None, "ant"], 3).names
    ['ant', 'cat']
    >>> read_labels([0.25, 0.5], 2)
    Target(values=array([0.25, 0.5 ]))
    """
    # Lists go through dtype object, or numpy would turn ["cat", nan] into the strings "cat" and "nan".
    array = np.asarray(labels, dtype=None if hasattr(labels, "dtype") else object)
    if array.ndim != 1:
        raise InputError(f"labels must be one per row, so of shape ({n_rows},), got shape {array.shape}.")
    if len(array) != n_rows:
        raise InputError(f"codes has {n_rows} rows but labels has {len(array)}; give one label for each row.")
    missing, present = _split_missing(array)
    if present.dtype.kind in "iufb":
        if np.isinf(present).any():
            raise InputError(
                f"labels holds {np.count_nonzero(np.isinf(present))} infinite values; replace them, "
                "or write NaN where a label is missing."
            )
        is_floating = present.dtype.kind == "f"
        is_whole = not is_floating or bool((present == np.round(present)).all())
        distinct = np.unique(present)
        if not is_whole or len(distinct) > MAX_CLASSES:
            if label_names is not None:
                raise ParameterError(
                    "label_names names classes, but labels is a numeric target "
                    f"({len(distinct)} distinct values), drawn with a colour scale. Leave label_names out."
                )
            values = np.full(n_rows, np.nan)
            values[~missing] = present
            return Target(values)
        keys = [int(key) if is_floating else key for key in distinct.tolist()]
    else:
        keys = sorted(set(present), key=str)
        if len(keys) > MAX_CLASSES:
            raise InputError(
                f"labels holds {len(keys)} distinct names, and at most {MAX_CLASSES} can be told apart by "
                "colour. Merge some classes, or draw without labels."
            )
    order = {key: position for position, key in enumerate(keys)}
    positions = np.full(n_rows, -1)
    positions[~missing] = [order[key] for key in present.tolist()]
    return Classes(_named(keys, label_names), positions)


def _split_missing(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which labels are missing, and give the others in the plainest dtype that holds them."""
    if array.dtype.kind in "iufb":
        missing = np.isnan(array)
        return missing, array[~missing]
    objects = array.astype(object)
    missing = np.array([_is_missing(label) for label in objects], dtype=bool)
    present = objects[~missing]
    if all(isinstance(label, Real | np.bool_) for label in present):
        present = np.array(present.tolist())
    return missing, present


def _is_missing(label: Any) -> bool:
    """Say whether a label is None, NaN, NaT or pandas' NA, which alone refuses to be true or false."""
    if label is None:
        return True
    try:
        return bool(label != label)
    except TypeError:
        return True


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
