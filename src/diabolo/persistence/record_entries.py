"""Entries of a record, and its arrays, written and read without trust: each is what it should be, or refused.

Arrays are taken as they are read, so that those that nothing asked for are left, and refused at the end.
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from diabolo.data.hold_out import HoldOut
from diabolo.data.window_layout import WindowLayout
from diabolo.errors import InputError, ModelFileError
from diabolo.estimators._targets import TargetCoding
from diabolo.linear.comparison import LinearComparison
from diabolo.training.history import COLUMNS

__all__ = [
    "checked_entry",
    "checked_history",
    "checked_shape",
    "comparison_from_record",
    "history_record",
    "hold_out_from_record",
    "hold_out_record",
    "put_names",
    "refusal",
    "refuse_rest",
    "shown",
    "take_offset_and_factor",
    "take_tensor",
    "target_from_record",
    "target_record",
    "window_from_record",
    "window_record",
]


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


def put_names(estimator: Any, record: Any) -> None:
    """Give an estimator, whose number of features is known, their names, where they have any."""
    names = checked_entry(record, "feature_names", (list, type(None)), "a list of names or nothing")
    if names is None:
        return
    if len(names) != estimator.n_features_in_ or not all(isinstance(name, str) for name in names):
        raise refusal("the feature names", f"{estimator.n_features_in_} names", f"{len(names)} entries")
    estimator.feature_names_in_ = np.asarray(names, dtype=object)


def checked_shape(record: Any, key: str, lengths: tuple[int, ...], n_cells: int) -> tuple[int, ...] | None:
    """Return an entry that is the shape of an image of so many cells, with one of some lengths, or None."""
    shape = checked_entry(record, key, (list, type(None)), "a shape or nothing")
    if shape is None:
        return None
    if len(shape) not in lengths or not all(type(size) is int and 1 <= size <= 2**31 for size in shape):
        raise refusal(f"the record's {key!r}", "a shape or nothing", shown(shape))
    if math.prod(shape) != n_cells:
        raise refusal(f"the record's {key!r}", f"{n_cells} cells", shown(shape))
    return tuple(shape)


def take_tensor(
    tensors: dict[str, np.ndarray],
    name: str,
    shape: tuple[int, ...],
    dtype: type[np.floating] = np.float64,
    *,
    above_zero: bool = False,
) -> np.ndarray:
    """Take an array out if it is of a shape and a number type, and finite.

    Parameters
    ----------
    tensors : dict of str to ndarray
        Read from a file; those not taken yet.
    name : str
        The array's.
    shape : tuple of int
        What its shape must be.
    dtype : type, default float64
        What its number type must be.
    above_zero : bool, default False
        Whether its numbers must be.

    Returns
    -------
    ndarray

    Raises
    ------
    ModelFileError
        Where it is missing or another.
    """
    wanted = f"{np.dtype(dtype).name} of shape {shape}"
    if name not in tensors:
        raise refusal(f"the array {name!r}", wanted, "nothing")
    found = tensors.pop(name)
    if found.dtype != dtype or found.shape != shape:
        raise refusal(f"the array {name!r}", wanted, f"{found.dtype.name} of shape {found.shape}")
    if not np.isfinite(found).all():
        raise refusal(f"the array {name!r}", "finite numbers", "cells that are not")
    if above_zero and not (found > 0).all():
        raise refusal(f"the array {name!r}", "numbers above 0", "others")
    return found


def take_offset_and_factor(
    tensors: dict[str, np.ndarray], owner: str, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Take the two arrays by which columns are scaled and unscaled; no factor is 0."""
    offset, factor = (take_tensor(tensors, f"{owner}.{part}", (width,)) for part in ("offset", "factor"))
    if not (factor != 0).all():
        raise refusal(f"the array '{owner}.factor'", "numbers other than 0", "a 0")
    return offset, factor


def refuse_rest(tensors: dict[str, np.ndarray], owners: str) -> None:
    """Refuse arrays that were not taken."""
    if tensors:
        raise refusal("the arrays", f"those of {owners} alone", shown(min(tensors)))


def history_record(history: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Write a history as JSON knows it: NaN becomes null."""
    return {
        name: [None if math.isnan(value) else float(value) for value in column]
        for name, column in history.items()
    }


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
        if not isinstance(column, list) or not {type(value) for value in column} <= {int, float, type(None)}:
            raise refusal(f"the history's {key!r}", "a list of numbers", shown(column))
    return {
        key: [math.nan if value is None else float(value) for value in column]
        for key, column in columns.items()
    }


def hold_out_record(held_out: HoldOut | None) -> dict[str, Any] | None:
    """Write down how rows were held out, in what JSON knows."""
    return None if held_out is None else asdict(held_out)


def hold_out_from_record(entry: Any) -> HoldOut | None:
    """Read how rows were held out, trusting nothing.

    Raises
    ------
    ModelFileError
        The entry is not one of :func:`hold_out_record`.
    """
    if entry is None:
        return None
    is_whole = isinstance(entry, dict) and set(entry) == {field.name for field in fields(HoldOut)}
    amount = entry["amount"] if is_whole else None
    rows = tuple(amount) if isinstance(amount, list) else ()
    is_list = rows and all(type(row) is int and row >= 0 for row in rows)
    is_number = (type(amount) is int and amount >= 1) or (type(amount) is float and 0 < amount < 1)
    if (
        not (is_list or is_number)
        or not isinstance(entry["groups"], (str, type(None)))
        or type(entry["shuffle"]) is not bool
        or type(entry["seed"]) is not int
        or entry["seed"] < 0
    ):
        raise refusal("the record's 'hold_out'", "how rows were held out, or nothing", shown(entry))
    return HoldOut(**{**entry, "amount": rows or amount})


def comparison_from_record(entry: Any) -> LinearComparison | None:
    """Read how a code compares with linear methods, trusting nothing.

    Raises
    ------
    ModelFileError
        The entry is not one of :meth:`LinearComparison.to_dict`.
    """
    try:
        return None if entry is None else LinearComparison.from_dict(entry)
    except InputError as problem:
        raise ModelFileError(str(problem)) from None


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
        All of the file's that were not taken yet.
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
    return TargetCoding(kind, *take_offset_and_factor(tensors, "target", n_numbers), names, is_column)


def window_record(layout: WindowLayout | None) -> dict[str, Any] | None:
    """Write what windows a detector takes; None where it takes no windows."""
    if layout is None:
        return None
    names = None if layout.channels is None else list(layout.channels)
    return {"length": layout.length, "step": layout.step, "n_channels": layout.n_channels, "channels": names}


def window_from_record(record: Any, n_features: int) -> WindowLayout | None:
    """Read what windows a detector of so many features takes; files of earlier times have no such entry."""
    entry = record.get("window")
    if entry is None:
        return None
    counts = [checked_entry(entry, name, int, "a count") for name in ("length", "step", "n_channels")]
    names = checked_entry(entry, "channels", (list, type(None)), "a list of names or nothing")
    if not all(1 <= count <= 2**31 for count in counts) or counts[0] * counts[2] != n_features:
        raise refusal("the record's 'window'", f"a window of {n_features} numbers", shown(entry))
    if names is not None and (len(names) != counts[2] or not all(isinstance(name, str) for name in names)):
        raise refusal("the window's 'channels'", f"{counts[2]} names", shown(names))
    length, step, n_channels = counts
    return WindowLayout(length, step, n_channels, None if names is None else tuple(names))
