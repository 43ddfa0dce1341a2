"""Labels, which say what rows are anomalies; of a row without one nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.data.target import entries_of, missing_in
from diabolo.errors import InputError, UnknownLabelsWarning
from diabolo.messages import setting, warn_caller

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

    Labels = Shaped[np.ndarray, " n_rows"]

__all__ = ["RowStates", "states_of", "states_to_learn_from"]


class RowStates(NamedTuple):
    """What is known of rows.

    Parameters
    ----------
    is_known : bool array of shape (n_rows,)
        Which have a label.
    is_anomaly : bool array of shape (n_rows,)
        Which are anomalies by it.
    """

    is_known: Bool[np.ndarray, " n_rows"]
    is_anomaly: Bool[np.ndarray, " n_rows"]

    @property
    def is_normal(self) -> Bool[np.ndarray, " n_rows"]:
        """Which rows are normal by their label."""
        return self.is_known & ~self.is_anomaly


def states_to_learn_from(owner: str, y: Any, n_rows: int, normal_label: Any) -> RowStates | None:
    """Read the labels that ``fit`` was given; numbers that say nothing about oddness are left aside.

    scikit-learn hands any ``y`` of a pipeline on to a detector, which must put up with it.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (n_rows,) or None
        The labels; None, NaN and empty text are missing ones.
    n_rows : int
        How many there must be.
    normal_label : object
        The label of normal rows, or None for +1 with -1 for anomalies.

    Returns
    -------
    RowStates, or None where there is nothing to learn from them

    Raises
    ------
    InputError
        Where there is not one entry a row, or none of the labels is the normal one.
    """
    if y is None:
        return None
    labels, missing = _read(owner, y, n_rows)
    present = labels[~missing]
    if not len(present):
        return RowStates(~missing, missing & False)
    if normal_label is None and not _are_signed(present) and _are_numbers(present):
        message = UnknownLabelsWarning(
            f"{owner}: y holds {_shown(present)} and is left aside: only +1 (normal) and -1 (anomaly) need "
            "no saying. If it labels the rows, say which is normal, as in "
            f"{setting('normal_label', present.tolist()[0])}."
        )
        warn_caller(message)
        return None
    return states_of(owner, y, n_rows, normal_label)


def states_of(owner: str, y: Any, n_rows: int, normal_label: Any) -> RowStates:
    """Say which rows are anomalies by their labels; parameters as of :func:`states_to_learn_from`.

    Returns
    -------
    RowStates

    Raises
    ------
    InputError
        Where there is not one entry a row, none has a label or the normal one, or which is normal was not
        said.
    """
    labels, missing = _read(owner, y, n_rows)
    present = labels[~missing]
    if not len(present):
        raise InputError(f"{owner}: none of the {n_rows} rows has a label in y; label some.")
    is_anomaly = np.zeros(n_rows, bool)
    if normal_label is None:
        if not _are_signed(present):
            raise InputError(
                f"{owner}: Unknown label type: y holds {_shown(present)}. Say which is normal, as in "
                f"{setting('normal_label', present.tolist()[0])}. Only +1 (normal) and -1 (anomaly) need no "
                "saying."
            )
        is_anomaly[~missing] = [label == -1 for label in present.tolist()]
        return RowStates(~missing, is_anomaly)
    is_normal = np.array([bool(label == normal_label) for label in present.tolist()], dtype=bool)
    if not is_normal.any():
        # A number that was written as text, or the other way round, is the usual slip.
        alike = [label for label in dict.fromkeys(present.tolist()) if str(label) == str(normal_label)]
        hint = f" Did you mean {setting('normal_label', alike[0])}?" if alike else ""
        if missing.any() and not alike:
            hint = " Where only anomalies are marked, write them as -1 and leave the others empty."
        raise InputError(
            f"{owner}: no label in y equals {setting('normal_label', normal_label)}; they are "
            f"{_shown(present)}.{hint}"
        )
    is_anomaly[~missing] = ~is_normal
    return RowStates(~missing, is_anomaly)


def _read(owner: str, y: Any, n_rows: int) -> tuple[Labels, Bool[np.ndarray, " n_rows"]]:
    labels = entries_of(y)
    if labels.shape != (n_rows,):
        raise InputError(f"{owner}: y has shape {labels.shape}; expected ({n_rows},), one label a row.")
    return labels, missing_in(labels)


def _are_numbers(labels: Labels) -> bool:
    return np.asarray(labels.tolist()).dtype.kind in "biuf"


def _are_signed(labels: Labels) -> bool:
    plain = np.asarray(labels.tolist())
    return plain.dtype.kind in "iuf" and set(np.unique(plain).tolist()) <= {1, -1}


def _shown(labels: Labels) -> str:
    found = list(dict.fromkeys(labels.tolist()))
    return ", ".join(map(repr, found[:4])) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
