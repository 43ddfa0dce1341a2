"""Rows with categories of which cells were filled, from cells of 0 and 1 back to columns as they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.categories import CategoryTable, texts_of
from diabolo.data.filled_frame import with_columns_replaced
from diabolo.data.in_memory import kind_of
from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Shaped

    Marks = Bool[np.ndarray, "rows columns"]
    Columns = Float64[np.ndarray, "rows columns"]
    Block = tuple[int, Float64[np.ndarray, "block cells"], Marks, Marks]

__all__ = ["as_columns", "known_cells", "put_into", "with_values"]


def as_columns(table: CategoryTable, blocks: Iterator[Block]) -> Iterator[Block]:
    """Turn blocks of filled cells to blocks of columns.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    blocks : iterator of (int, array, bool array, bool array)
        The first row, its cells, which were missing and which were odd.

    Yields
    ------
    the same, by column
        In the place of a category the number of its likeliest value.
    """
    first = np.unique(table.owners, return_index=True)[1]
    for start, cells, missing, odd in blocks:
        yield start, table.likeliest(cells), missing[:, first], odd[:, first]


def known_cells(value_texts: Sequence[str], given: Sequence[Any]) -> list[Any]:
    """Write a category's values as a column has them: numbers or truth values where it holds such.

    Parameters
    ----------
    value_texts : sequence of str
        The values.
    given : sequence of object
        The column's cells.

    Returns
    -------
    list of object
        One for each value.

    Examples
    --------
    >>> known_cells(("1", "2"), [1.0, None]), known_cells(("a", "b"), ["a ", None])
    ([1.0, 2.0], ['a', 'b'])
    """
    there = [cell for cell, text in zip(given, texts_of(given), strict=True) if text]
    others = [cell for cell in there if not isinstance(cell, (str, bytes))]
    if not others or len(others) < len(there):
        return list(value_texts)
    found = dict(zip(texts_of(others), others, strict=True))
    kind = type(others[0])
    if issubclass(kind, (bool, np.bool_)):
        found = {"True": kind(True), "False": kind(False)}
    return [found[text] if text in found else _as_kind(text, kind) for text in value_texts]


def _as_kind(text: str, kind: type) -> Any:
    if issubclass(kind, (int, float, np.integer, np.floating)):
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def with_values(
    table: CategoryTable, number: int, given: Sequence[Any], columns: Columns, gaps: Marks
) -> list[Any]:
    """Put the values of a category into a column's missing cells.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    number : int
        Of the category in it.
    given : sequence of object
        The column's cells.
    columns : array of shape (rows, columns)
        What was filled; of categories the numbers of their values.
    gaps : bool array of shape (rows, columns)
        Which cells were missing.

    Returns
    -------
    list of object
    """
    place, cells = table.places[number], list(given)
    values = known_cells(table.values[number], cells)
    for row in np.flatnonzero(gaps[:, place]):
        cells[row] = values[int(columns[row, place])]
    return cells


def put_into(
    table: CategoryTable, X: Any, given: Sequence[Sequence[Any]], columns: Columns, gaps: Marks, marks: Marks
) -> Shaped[np.ndarray, "rows columns"] | Any:
    """Put what was filled into a copy of what held the rows.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    X : object
        The user's rows.
    given : sequence of sequence of object
        Each category's cells.
    columns : array of shape (rows, columns)
        What was filled, in the order of the fit.
    gaps, marks : bool arrays of shape (rows, columns)
        Which cells were missing, and which of the others were replaced.

    Returns
    -------
    data frame, Arrow table or array of object
        As X is; an array of objects of an opened table.
    """
    kind = None if isinstance(X, Source) else kind_of(X)
    changed = (gaps | marks).any(axis=0)
    categories = {
        place: with_values(table, number, given[number], columns, gaps)
        for number, place in enumerate(table.places)
    }
    if kind in ("frame", "Arrow"):
        names = X.column_names if kind == "Arrow" else list(X.columns)
        by_name = {str(name): name for name in names}
        order = range(table.n_columns) if table.names is None else table.names
        key = {place: by_name.get(str(name), names[place]) for place, name in enumerate(order)}
        replaced = {
            key[place]: categories.get(place, columns[:, place]) for place in np.flatnonzero(changed).tolist()
        }
        return with_columns_replaced(X, replaced)
    rows = columns.astype(object) if isinstance(X, Source) else np.array(X, dtype=object)
    for place in table.numbers:
        some = gaps[:, place] | marks[:, place]
        rows[some, place] = columns[some, place]
    for place, cells in categories.items():
        rows[:, place] = _objects(cells)
    return rows


def _objects(cells: Sequence[Any]) -> Shaped[np.ndarray, " rows"]:
    column = np.empty(len(cells), object)
    column[:] = cells
    return column
