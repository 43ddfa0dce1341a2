"""What guided a code, as two arrays and a few entries of the record, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from diabolo.errors import ModelFileError
from diabolo.estimators._targets import TargetCoding
from diabolo.persistence.record_entries import checked_entry, checked_tensor, refusal, shown

__all__ = ["TENSORS", "target_from_record", "target_record"]

TENSORS = ("target.offset", "target.factor")


def target_record(target: TargetCoding) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take apart how targets are written.

    Parameters
    ----------
    target : TargetCoding
        Learned in a fit.

    Returns
    -------
    tensors : dict of str to ndarray
    record : dict

    Raises
    ------
    ModelFileError
        Where the classes are something that JSON does not know.
    """
    classes = None
    if target.classes is not None:
        classes = target.classes.tolist()
        if not all(isinstance(name, (bool, int, float, str)) for name in classes):
            raise ModelFileError(
                f"classes of the target are of dtype {target.classes.dtype}; a model file can hold text, "
                "numbers and truth values"
            )
    tensors = {"target.offset": np.asarray(target.offset), "target.factor": np.asarray(target.factor)}
    record = {
        "kind": target.kind,
        "n_numbers": len(target.offset),
        "classes": classes,
        "is_column": target.is_column,
    }
    return tensors, record


def target_from_record(tensors: dict[str, np.ndarray], record: Any) -> TargetCoding:
    """Put together how targets are written, trusting neither the arrays nor the record.

    Parameters
    ----------
    tensors : dict of str to ndarray
        All of the file's.
    record : object
        As :func:`target_record` gives it.

    Returns
    -------
    TargetCoding

    Raises
    ------
    ModelFileError
        For the first thing that is not as it should be.
    """
    kind = checked_entry(record, "kind", str, "'regression' or 'classification'")
    classes = checked_entry(record, "classes", (list, type(None)), "a list of classes or nothing")
    is_column = checked_entry(record, "is_column", bool, "true or false")
    n_numbers = checked_entry(record, "n_numbers", int, "a count")
    if kind not in ("regression", "classification") or (kind == "classification") != (classes is not None):
        raise refusal("the target's kind", "'regression', or 'classification' with classes", shown(kind))
    names = None
    if classes is not None:
        kinds = {type(name) for name in classes}
        if len(classes) < 2 or len(kinds) != 1 or not kinds <= {bool, int, float, str}:
            raise refusal("the target's classes", "two or more of one kind", shown(classes))
        names = np.asarray(classes)
        if n_numbers or len(np.unique(names)) != len(names) or not np.array_equal(np.sort(names), names):
            raise refusal("the target's classes", "different ones, in order", shown(classes))
    elif not 1 <= n_numbers <= 2**31:
        raise refusal("the target's 'n_numbers'", "a count", shown(n_numbers))
    offset, factor = (checked_tensor(tensors, name, (n_numbers,), np.float64) for name in TENSORS)
    if not (factor != 0).all():
        raise refusal("the array 'target.factor'", "numbers other than 0", "a 0")
    return TargetCoding(kind, offset, factor, names, is_column)
