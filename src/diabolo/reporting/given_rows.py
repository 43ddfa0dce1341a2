"""The rows of a page as the user gave them: a table of cells, and what else is known of each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.in_memory import kind_of
from diabolo.data.open_table import open_table
from diabolo.data.source import Source
from diabolo.errors import InputError, nearest_name
from diabolo.estimators.convolutional import is_stack_of_images, shape_of
from diabolo.estimators.inside import rows_of, table_of
from diabolo.messages import setting
from diabolo.series.windows import Windows

if TYPE_CHECKING:
    from diabolo.data.window_layout import WindowLayout

__all__ = ["GivenRows", "given_rows"]


@dataclass(frozen=True)
class GivenRows:
    """Rows as a model takes them, and what goes with each.

    Parameters
    ----------
    cells : Source
        Of the model's features.
    row_shape : tuple of int
        Of a row as it was given: (features,), or that of an image.
    windows : WindowLayout or None
        Where the rows are windows of a series.
    labels : array-like of shape (n_rows,) or None
        What points are colored by first.
    label_name : str or None
        What they are called, where that is known.
    columns : mapping of str to array-like
        What else is carried.
    point_labels : array-like or None
        Of windows whose labels are those of the series' points: these.
    """

    cells: Source
    row_shape: tuple[int, ...]
    windows: WindowLayout | None = None
    labels: Any = None
    label_name: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    point_labels: Any = None


@contextlib.contextmanager
def given_rows(model: Any, X: Any, labels: Any, columns: Mapping[str, Any] | None) -> Iterator[GivenRows]:
    """Take what a user has for rows.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : path, Source, array-like, images or data frame
        The rows.
    labels : array-like, str or None
        A label for each row, or the name of a column that has it.
    columns : mapping of str to array-like, or None
        Further columns.

    Yields
    ------
    GivenRows
        A file that was opened for it is closed afterwards.

    Raises
    ------
    InputError
        The rows do not fit the model, or there is not one entry a row in `labels` or in a column.
    """
    name = labels if isinstance(labels, str) else None
    values = None if name is not None else labels
    if isinstance(X, (str, os.PathLike)):
        with open_table(X, target=name, categories=_categories(model)) as source:
            yield _of(model, source, values, name, columns)
    else:
        yield _of(model, X, values, name, columns)


def _categories(model: Any) -> list[str | int] | None:
    table = table_of(model)
    if table is None:
        return None
    return [place if table.names is None else table.names[place] for place in table.places]


def _of(model: Any, X: Any, labels: Any, name: str | None, further: Mapping[str, Any] | None) -> GivenRows:
    carried: dict[str, Any] = {}
    row_shape, windows, points, of_points = None, getattr(X, "windows", None), None, None
    if kind_of(X) == "frame":
        X, carried = _parted(model, X, name)
    elif isinstance(X, Source):
        carried = _carried(X)
        of_points = X.series if isinstance(X, Windows) else None
        if isinstance(X, Windows):
            carried |= _of_points(X)
        if name is None and labels is None:
            name = (of_points or X).target_name
    elif kind_of(X) is None and is_stack_of_images(X):
        row_shape = shape_of(X)[1:]
        X = np.asarray(X).reshape(len(X), -1)
    cells = rows_of(model, X)
    if row_shape is None:
        row_shape = (cells.n_features,)
    if name is not None:
        if name not in carried:
            known = f"they carry {', '.join(map(repr, carried))}" if carried else "they carry none"
            raise InputError(
                f"the rows have no column {name!r} for {setting('labels', name)}: {known}."
                f"{nearest_name(name, list(carried))} Or give the labels themselves, one a row."
            )
        labels = carried.pop(name)
        points = None if of_points is None else of_points.carried[name]
    elif isinstance(X, Windows) and labels is not None and len(labels) == X.n_points != len(cells):
        points, labels = labels, _at(labels, X.windows)
    columns = {**carried, **dict(further or {})}
    for each, found in [("labels", labels), *columns.items()]:
        if found is not None and (np.ndim(found) == 0 or len(found) != len(cells)):
            n_found = "one value" if np.ndim(found) == 0 else f"{len(found):,} entries"
            what = "labels" if each == "labels" else f"the column {each!r}"
            raise InputError(f"{what}: {n_found} for {len(cells):,} rows; give one a row.")
    return GivenRows(cells, tuple(row_shape), windows, labels, name, columns, points)


def _parted(model: Any, frame: Any, label: str | None) -> tuple[Any, dict[str, Any]]:
    """Take columns of a frame that are no features of the model aside."""
    known = getattr(model, "feature_names_in_", None)
    names = list(frame.columns)
    if known is not None and set(known) <= set(map(str, names)):
        kept = [name for name in names if str(name) in set(known)]
    else:
        kept = [name for name in names if label is None or str(name) != label]
    if len(kept) == len(names):
        return frame, {}
    others = {str(name): frame[name] for name in names if name not in set(kept)}
    return frame[kept], {name: np.asarray(values, dtype=object) for name, values in others.items()}


def _carried(source: Source) -> dict[str, Any]:
    carried: dict[str, Any] = dict(source.carried)
    if source.row_names is not None and "row_names" not in carried:
        carried["row_names"] = np.asarray(source.row_names)
    return carried


def _at(values: Any, windows: WindowLayout) -> Any:
    """Take what is said of a series' points for its windows: of each its last point's."""
    found = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    return found[windows.starts + windows.length - 1]


def _of_points(windows: Windows) -> dict[str, Any]:
    found = {name: _at(values, windows.windows) for name, values in windows.series.carried.items()}
    if windows.times is not None:
        found["time"] = _at(windows.times, windows.windows)
    return found
