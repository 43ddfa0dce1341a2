"""The columns that color points: classes, numbers, or text that is only shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.target import are_classes, entries_of, missing_in, plain_values
from diabolo.errors import InputError
from diabolo.reporting.page_budget import entry_bytes

if TYPE_CHECKING:
    from jaxtyping import Float, Int

__all__ = ["MOST_CLASSES", "class_column", "known_columns", "number_column", "point_column"]

MOST_CLASSES = 60
"""Text of more different values is shown and not drawn, where it is no label."""
_MOST_LABELS = 1000
_LONGEST = 200


def point_column(
    name: str, role: str, values: Any, chosen: Int[np.ndarray, " n"], *, is_label: bool = False
) -> dict[str, Any]:
    """Describe a column of the rows that are drawn.

    Parameters
    ----------
    name : str
        What it is called.
    role : str
        See reporting/README.md.
    values : array-like of shape (n_rows,)
        One for each row of the table.
    chosen : int array of shape (n,)
        The rows that are drawn.
    is_label : bool, default False
        Whether it is what the user asked to color by: then many classes are drawn, too.

    Returns
    -------
    dict
        With classes, numbers or text by the rule of data/target.py; text where that finds several kinds.
    """
    entries = entries_of(values)[chosen]
    missing = missing_in(entries)
    there = np.flatnonzero(~missing)
    try:
        present = plain_values(entries[there], name, lambda place: int(chosen[there[place]]))
        is_classes = are_classes(present)
    except InputError:
        texts = [None if gap else str(each) for each, gap in zip(entries.tolist(), missing, strict=True)]
        return _shown(name, role, texts)
    if not is_classes:
        numbers = np.full(len(entries), np.nan)
        numbers[there] = present
        return number_column(name, role, numbers)
    distinct, places = np.unique(present, return_inverse=True)
    if len(distinct) > (_MOST_LABELS if is_label else MOST_CLASSES):
        texts = [None] * len(entries)
        for place, each in zip(there.tolist(), present.tolist(), strict=True):
            texts[place] = str(each)
        return _shown(name, role, texts)
    positions = np.full(len(entries), -1)
    positions[there] = places
    plain = [int(each) if isinstance(each, float) else each for each in distinct.tolist()]
    return class_column(name, role, [str(each) for each in plain], positions)


def class_column(name: str, role: str, names: list[str], positions: Int[np.ndarray, " n"]) -> dict[str, Any]:
    """Describe a column of classes, by each point's position among their names; -1 is a missing one."""
    kind = np.uint8 if len(names) < 255 else np.uint16
    values = np.where(positions < 0, np.iinfo(kind).max, positions).astype(kind)
    names = [_cut(each) for each in names]
    return {"name": name, "role": role, "kind": "classes", "names": names, "values": values}


def number_column(name: str, role: str, values: Float[np.ndarray, " n"]) -> dict[str, Any]:
    """Describe a column of numbers; what is no finite one is missing."""
    with np.errstate(over="ignore"):
        narrow = np.asarray(values).astype(np.float32)
    narrow[~np.isfinite(narrow)] = np.nan
    return {"name": name, "role": role, "kind": "numbers", "values": narrow}


def _shown(name: str, role: str, texts: list[Any]) -> dict[str, Any]:
    values = [None if text is None else _cut(text) for text in texts]
    return {"name": name, "role": role, "kind": "text", "values": values}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def known_columns(
    columns: Mapping[str, Any], chosen: Int[np.ndarray, " n"], room: float
) -> tuple[list[dict[str, Any]], list[str]]:
    """Describe columns that are carried, as far as there is room for them.

    Parameters
    ----------
    columns : mapping of str to array-like of shape (n_rows,)
        One value for each row of the table.
    chosen : int array of shape (n,)
        The rows that are drawn.
    room : float
        Bytes on the page.

    Returns
    -------
    described : list of dict
        In their order.
    left_out : list of str
        The names of the others.
    """
    found, left_out = [], []
    for name, values in columns.items():
        column = point_column(str(name), "carried", values, chosen)
        room -= (size := entry_bytes(column))
        if room < 0:
            left_out.append(str(name))
            room += size
        else:
            found.append(column)
    return found, left_out
