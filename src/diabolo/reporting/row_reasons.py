"""Which features made a row odd, or were rebuilt worst, and what was expected in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.source import Source
from diabolo.estimators.inside import some_rows, table_of
from diabolo.reporting.row_measures import rebuilt_cells

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int

__all__ = ["detector_reasons", "wide_reasons"]

_MOST_REASONS = 8
# Of more rows than that only the odd ones are explained.
_EXPLAINED = 1_000
_BLOCK_CELLS = 2**21


def detector_reasons(
    detector: Any,
    cells: Source,
    rows: Int[np.ndarray, " m"],
    scores: Float64[np.ndarray, " m"],
    names: Sequence[str] | None,
) -> dict[str, Any]:
    """Say of rows what adds most to their scores: of many only of those flagged, or among the oddest.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    cells : Source
        All rows of the table.
    rows : int array of shape (m,)
        Those that can be looked at.
    scores : array of shape (m,)
        Theirs.
    names : sequence of str or None
        Of the table's columns.

    Returns
    -------
    dict
        As reporting/README.md has it.
    """
    table = table_of(detector)
    width = min(_MOST_REASONS, int(detector.n_features_in_))
    which, added = np.full((len(rows), width), -1, np.int32), np.full((len(rows), width), np.nan, np.float32)
    value: list[Any] = [None] * which.size
    expected: list[Any] = [None] * which.size
    told = np.arange(len(rows))
    if len(rows) > _EXPLAINED:
        oddest = np.argsort(-scores, kind="stable")[:_EXPLAINED]
        told = np.union1d(oddest, np.flatnonzero(scores > detector.threshold_))
    done = 0
    for parts in detector.explanation_blocks(some_rows(cells, rows[told])) if len(told) else ():
        own = told[done : done + len(parts[0])]
        done += len(own)
        order = np.argsort(-np.nan_to_num(parts[0], nan=-np.inf), axis=1, kind="stable")[:, :width]
        amounts, found, wanted = (np.take_along_axis(np.asarray(each), order, axis=1) for each in parts)
        which[own], added[own] = order, amounts
        for place, row in enumerate(own.tolist()):
            for rank in range(width):
                column, at = int(order[place, rank]), row * width + rank
                value[at] = _told(found[place, rank], column, table)
                expected[at] = _told(wanted[place, rank], column, table)
    return _compact(names, which, added, value, expected)


def _told(cell: Any, column: int, table: Any) -> Any:
    if cell != cell:
        return None
    if table is not None and column in table.places:
        return table.values[table.places.index(column)][int(cell)]
    return float(cell)


def _compact(
    names: Sequence[str] | None, which: Any, added: Any, value: Any, expected: Any
) -> dict[str, Any]:
    """Keep the names of features that occur."""
    used, places = np.unique(which, return_inverse=True)
    places = places.reshape(which.shape).astype(np.int32)
    if used.size and used[0] < 0:
        used, places = used[1:], places - 1
    shown = [f"x{number}" if names is None else str(names[int(number)]) for number in used]
    return {"feature": shown, "which": places, "added": added, "value": value, "expected": expected}


def wide_reasons(
    model: Any,
    cells: Source,
    rows: Int[np.ndarray, " m"],
    codes: Float32[np.ndarray, "m n_components"],
    names: Sequence[str] | None,
) -> dict[str, Any]:
    """Say of rows which features are rebuilt worst, and what share of the row's error each has.

    Parameters
    ----------
    model : estimator
        Fitted, of numbers alone.
    cells : Source
        All rows of the table.
    rows : int array of shape (m,)
        Those that can be looked at.
    codes : array of shape (m, n_components)
        Theirs.
    names : sequence of str or None
        Of the features.

    Returns
    -------
    dict
        As reporting/README.md has it.
    """
    width = min(_MOST_REASONS, cells.n_features)
    which, added = np.full((len(rows), width), -1, np.int32), np.zeros((len(rows), width), np.float32)
    value: list[Any] = []
    expected: list[Any] = []
    step = max(_BLOCK_CELLS // cells.n_features, 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        given = cells.read(rows[part])
        rebuilt = rebuilt_cells(model, given, codes[part])
        squares = np.square(np.subtract(given, rebuilt, dtype=np.float64))
        is_known = ~np.isnan(squares)
        squares[~is_known] = -1.0
        order = np.argpartition(-squares, width - 1, axis=1)[:, :width]
        sizes = np.take_along_axis(squares, order, axis=1)
        order = np.take_along_axis(order, np.argsort(-sizes, axis=1, kind="stable"), axis=1)
        largest = np.take_along_axis(squares, order, axis=1)
        total = np.maximum(squares, 0.0).sum(axis=1, keepdims=True)
        which[part] = np.where(largest < 0, -1, order)
        added[part] = np.maximum(largest, 0.0) / np.where(total > 0, total, 1.0)
        for each, kept in ((given, value), (rebuilt, expected)):
            kept += np.take_along_axis(each, order, axis=1).astype(np.float64).reshape(-1).tolist()
    return _compact(names, which, added, value, expected)
