"""The column that features are screened for: numbers, or classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

__all__ = ["KINDS", "MOST_CLASSES", "Target", "read_target"]

KINDS = ("auto", "numbers", "classes")
# A class is written into the lowest bits of a feature's value while it is sorted.
MOST_CLASSES = 1024


@dataclass(frozen=True)
class Target:
    """A target that has been read.

    Parameters
    ----------
    numbers : float64 array of shape (n_rows,)
        The numbers, or the position of each row's class.
    classes : ndarray or None
        The classes in order; None for numbers.
    """

    numbers: Float64[np.ndarray, " n_rows"]
    classes: np.ndarray | None = None

    @property
    def n_rows(self) -> int:
        """How many rows it has an entry for."""
        return len(self.numbers)

    @property
    def positions(self) -> Int64[np.ndarray, " n_rows"]:
        """The position of each row's class."""
        return self.numbers.astype(np.int64)


def read_target(
    y: Any, n_rows: int, kind: Literal["auto", "numbers", "classes"] = "auto", owner: str = "screen"
) -> Target:
    """Read a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Numbers or classes.
    n_rows : int
        How many rows the table has.
    kind : {"auto", "numbers", "classes"}, default "auto"
        What it is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at most 20
        different values are classes; other numbers are numbers.
    owner : str, default "screen"
        Who asks, as messages begin.

    Returns
    -------
    Target

    Raises
    ------
    InputError
        Entries are missing, infinite, of different kinds or too few, or there are too many classes or only
        one.
    ParameterError
        For a kind that there is not.

    Examples
    --------
    >>> read_target(["b", "a", "b"], 3).numbers.tolist()
    [1.0, 0.0, 1.0]
    """
    if kind not in KINDS:
        raise ParameterError(
            f"{owner}: target must be one of {', '.join(map(repr, KINDS))}; got {kind!r}."
            f"{nearest_name(kind, KINDS, {'regression': 'numbers', 'classification': 'classes'})}"
        )
    if y is None:
        raise InputError(
            f"{owner} requires y to be passed, but the target y is None: pass the column to screen for."
        )
    entries = entries_of(y)
    if entries.ndim == 2 and entries.shape[1] == 1:
        entries = entries[:, 0]
    if entries.shape != (n_rows,):
        raise InputError(
            f"{owner}: y has shape {entries.shape}, expected ({n_rows},): one entry for each of the "
            f"{n_rows} rows."
        )
    if n_rows < 3:
        raise InputError(f"{owner}: screening takes at least 3 rows; got n_samples = {n_rows}.")
    missing = missing_in(entries)
    if missing.any():
        raise InputError(
            f"{owner}: y is missing in {int(missing.sum())} of {n_rows} rows, first in row "
            f"{int(np.argmax(missing))}; leave such rows out first."
        )
    values = plain_values(entries, f"{owner}: y")
    infinite = infinite_in(values)
    if infinite.any():
        raise InputError(f"{owner}: y is infinite in row {int(np.argmax(infinite))}.")
    if kind == "numbers" or (kind == "auto" and not are_classes(values)):
        if values.dtype.kind == "U":
            raise InputError(
                f"{owner}: y holds entries that are no numbers, such as {values.tolist()[0]!r}; for classes "
                f"set {setting('target', 'classes')}."
            )
        return Target(values.astype(np.float64))
    classes, positions = np.unique(values, return_inverse=True)
    if not 2 <= len(classes) <= min(MOST_CLASSES, n_rows - 1):
        raise InputError(
            f"{owner}: y has {len(classes)} different class{'es' * (len(classes) != 1)} in {n_rows} rows; "
            f"expected 2 to {MOST_CLASSES}, fewer than rows. For numbers set {setting('target', 'numbers')}."
        )
    return Target(positions.astype(np.float64), classes)
