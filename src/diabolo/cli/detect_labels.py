"""The label column of a data file, read as which rows are normal."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.output import listed
from diabolo.cli.page import Option
from diabolo.errors import InputError, nearest_name
from diabolo.parameters.detector import LABELS

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool

    from diabolo.data.source import Source
    from diabolo.series import Windows

__all__ = ["NORMAL", "RowLabels", "read_labels"]

NORMAL = Option(
    "--normal LABEL",
    "Which label of the column --labels is that of normal rows; 1 and 1.0 are the same.",
    group=LABELS,
)


@dataclass(frozen=True)
class RowLabels:
    """Which rows of a file are normal.

    Parameters
    ----------
    column : str
        The label column's name.
    normal : str, int or float
        The label of normal rows; a number where all labels of the column are.
    is_normal, is_known : ndarrays of bool, shape (n_rows,)
        By that label; and which rows have one.
    """

    column: str
    normal: str | int | float
    is_normal: Bool[np.ndarray, " n_rows"]
    is_known: Bool[np.ndarray, " n_rows"]

    @property
    def n_normal(self) -> int:
        """How many rows are normal."""
        return int(self.is_normal.sum())

    @property
    def n_others(self) -> int:
        """How many rows are anomalies."""
        return int(self.is_known.sum()) - self.n_normal

    @property
    def n_unknown(self) -> int:
        """How many rows have no label."""
        return int((~self.is_known).sum())

    def of_windows(self, windows: Windows) -> RowLabels:
        """Say of windows what is known of their points: a window is normal where all of these are."""
        is_normal = ~windows.labels(~self.is_normal)
        is_odd = windows.labels(self.is_known & ~self.is_normal)
        return replace(self, is_normal=is_normal, is_known=is_normal | is_odd)

    def for_estimator(self, normal_label: Any) -> np.ndarray:
        """Write the labels so that a detector with this ``normal_label`` reads them as they are meant."""
        import numpy as np

        if normal_label is None:
            return np.where(self.is_known, np.where(self.is_normal, 1.0, -1.0), np.nan)
        labels = np.empty(len(self.is_normal), object)
        labels[self.is_normal] = normal_label
        labels[self.is_known & ~self.is_normal] = f"not {normal_label}"
        return labels


def read_labels(source: Source, path: Path, normal: Any, opened: OpenModel | None = None) -> RowLabels:
    """Say which rows of a table are normal by its label column.

    A cell is the normal label where it is the same text, blanks around it aside, or the same number; of a row
    whose cell is empty nothing is known.

    Parameters
    ----------
    source : Source
        Opened with a label column.
    path : Path
        Its file.
    normal : object
        The normal rows' label, as typed; None where nobody said, which does for the labels 1 and -1, as
        scikit-learn has them.
    opened : OpenModel, optional
        A detector that may say it.

    Returns
    -------
    RowLabels

    Raises
    ------
    InputError
        No row has a label or the normal one, or which is normal was not said.
    """
    import numpy as np

    from diabolo.data.target import missing_in

    model, marks_anomalies = None, False
    if normal is None and opened is not None and opened.estimator.normal_label is not None:
        normal, model = opened.estimator.normal_label, opened.path
    name, column = next(iter(source.carried.items()))
    is_known = ~missing_in(column)
    if not is_known.any():
        raise InputError(f"{path} has no label in the column {name!r}; label some rows.")
    cells = [str(cell).strip() for cell in column]
    found = list(dict.fromkeys(cell for cell, known in zip(cells, is_known, strict=True) if known))
    shown = listed([repr(cell) for cell in found], 4)
    numbers = {cell: number(cell) for cell in found}
    if normal is None:
        if not set(numbers.values()) <= {1.0, -1.0}:
            raise InputError(
                f"which label of the column {name!r} of {path} is that of normal rows was not said; "
                f"they are {shown}: say it, such as --normal {shlex.quote(found[0])}."
            )
        normal = 1
        marks_anomalies = not is_known.all() and set(numbers.values()) == {-1.0}
    wanted = str(normal).strip()
    as_number = number(wanted)
    same = {cell: cell == wanted or (as_number is not None and numbers[cell] == as_number) for cell in found}
    if not any(same.values()) and not marks_anomalies:
        whose = f"--normal {shlex.quote(wanted)}"
        if model is not None:
            whose = f"{wanted!r}, the normal one when {model} was fitted"
        hint = nearest_name(wanted, found) or " Say which is normal with --normal." * (model is not None)
        raise InputError(f"no label in the column {name!r} of {path} equals {whose}; they are {shown}.{hint}")
    if as_number is not None and None not in numbers.values():
        normal = int(as_number) if as_number.is_integer() else as_number
    else:
        normal = wanted
    is_normal = np.array([same.get(cell, False) for cell in cells], bool) & is_known
    return RowLabels(name, normal, is_normal, is_known)


def number(text: str) -> float | None:
    """Read a finite number; None where it is something else.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    float or None

    Examples
    --------
    >>> number("1.0"), number("1_000"), number("nan")
    (1.0, None, None)
    """
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
