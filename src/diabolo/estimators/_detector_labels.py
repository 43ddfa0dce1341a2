"""What a detector's labels say: which rows are anomalies."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError, UnknownLabelsWarning
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Bool

__all__ = ["anomalies_of", "labels_to_learn_from"]


def labels_to_learn_from(
    owner: str, y: Any, n_rows: int, normal_label: Any
) -> Bool[np.ndarray, " n_rows"] | None:
    """Read the labels that ``fit`` was given; numbers that say nothing about oddness are left aside.

    scikit-learn hands any ``y`` of a pipeline on to a detector, which must put up with it.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (n_rows,) or None
        The labels.
    n_rows : int
        How many there must be.
    normal_label : object
        The label of normal rows, or None for +1 with -1 for anomalies.

    Returns
    -------
    boolean array of shape (n_rows,), or None where there is nothing to learn from them

    Raises
    ------
    InputError
        Where there is not one label a row, or none is the normal one.
    """
    if y is None:
        return None
    if normal_label is None and not _is_signed(labels := np.asarray(y)) and labels.dtype.kind in "biuf":
        if labels.shape != (n_rows,):
            raise InputError(_shape_message(owner, labels, n_rows))
        message = UnknownLabelsWarning(
            f"{owner}: y holds {_shown(labels)} and is left aside: only +1 (normal) and -1 (anomaly) need no "
            "saying. If it labels the rows, say which is normal, as in "
            f"{setting('normal_label', labels.tolist()[0])}."
        )
        warnings.warn(message, stacklevel=3)
        return None
    return anomalies_of(owner, y, n_rows, normal_label)


def anomalies_of(owner: str, y: Any, n_rows: int, normal_label: Any) -> Bool[np.ndarray, " n_rows"]:
    """Say which rows are anomalies by their labels.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (n_rows,)
        The labels.
    n_rows : int
        How many there must be.
    normal_label : object
        The label of normal rows, or None for +1 with -1 for anomalies.

    Returns
    -------
    boolean array of shape (n_rows,)

    Raises
    ------
    InputError
        Where there is not one label a row, none is the normal one, or which is normal was not said.
    """
    labels = np.asarray(y)
    if labels.shape != (n_rows,):
        raise InputError(_shape_message(owner, labels, n_rows))
    if normal_label is None:
        if not _is_signed(labels):
            raise InputError(
                f"{owner}: Unknown label type: y holds {_shown(labels)}. Say which is normal, as in "
                f"{setting('normal_label', labels.tolist()[0])}. Only +1 (normal) and -1 (anomaly) need no "
                "saying."
            )
        return np.asarray(labels == -1)
    is_normal = np.array([bool(label == normal_label) for label in labels.tolist()], dtype=bool)
    if not is_normal.any():
        # A number that was written as text, or the other way round, is the usual slip.
        alike = [label for label in dict.fromkeys(labels.tolist()) if str(label) == str(normal_label)]
        hint = f" Did you mean {setting('normal_label', alike[0])}?" if alike else ""
        raise InputError(
            f"{owner}: no label in y equals {setting('normal_label', normal_label)}; they are "
            f"{_shown(labels)}.{hint}"
        )
    return ~is_normal


def _is_signed(labels: np.ndarray) -> bool:
    return labels.dtype.kind in "iuf" and set(np.unique(labels).tolist()) <= {1, -1}


def _shown(labels: np.ndarray) -> str:
    found = list(dict.fromkeys(labels.tolist()))
    return ", ".join(map(repr, found[:4])) + (f" and {len(found) - 4} more" if len(found) > 4 else "")


def _shape_message(owner: str, labels: np.ndarray, n_rows: int) -> str:
    return f"{owner}: y has shape {labels.shape}; expected ({n_rows},), one label a row."
