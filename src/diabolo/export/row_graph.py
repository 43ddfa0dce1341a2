"""Rows as nodes: what is missing filled, categories made cells, all scaled; and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.categories import CategoryTable, entropy
from diabolo.data.scaling import Scaler
from diabolo.export.graph import FLOAT, Graph

if TYPE_CHECKING:
    from jaxtyping import Float64

__all__ = ["Rows", "likeliest", "likelihoods", "refused", "rows_in", "scaled", "unscaled"]

_MISSING, _REFUSED = np.float32(np.nan), np.float32(np.inf)


@dataclass(frozen=True)
class Rows:
    """Rows inside a graph, before they are scaled.

    Parameters
    ----------
    cells : str
        Values of shape (rows, cells), NaN where a cell is missing.
    dtype : dtype
        Theirs.
    inputs : tuple of (name, dtype, n_columns)
        What the graph takes.
    """

    cells: str
    dtype: np.dtype[Any]
    inputs: tuple[tuple[str, Any, int], ...]

    def cast(self, graph: Graph, dtype: Any) -> str:
        """Return the cells in a type."""
        return self.cells if self.dtype == np.dtype(dtype) else graph.cast(self.cells, dtype)


def rows_in(
    graph: Graph, table: CategoryTable | None, n_features: int, dtype: np.dtype[Any], *, ignores_unknown: bool
) -> Rows:
    """Add what makes cells of the graph's inputs.

    Parameters
    ----------
    graph : Graph
        To which nodes are added.
    table : CategoryTable or None
        Where columns are categories. Then the numbers come in as one input and the categories, as text, as
        another.
    n_features : int
        Of the rows, where all columns are numbers.
    dtype : dtype
        Of the numbers.
    ignores_unknown : bool
        Whether a category's value may be none of the known.

    Returns
    -------
    Rows
    """
    if table is None:
        return Rows("X", dtype, (("X", dtype, n_features),))
    inputs: list[tuple[str, Any, int]] = [("categories", np.dtype(str), len(table.places))]
    parts = []
    if table.numbers:
        inputs.insert(0, ("X", dtype, len(table.numbers)))
        parts.append("X")
    for number, values in enumerate(table.values):
        column = graph.columns("categories", number, number + 1)
        is_value, is_missing = _hits(graph, column, values), _hits(graph, column, ("",))
        cells = graph("Where", graph("Greater", is_missing, np.float32(0.5)), _MISSING, is_value)
        if not ignores_unknown:
            known = graph("Add", graph.total(is_value), is_missing)
            cells = graph("Where", graph("Less", known, np.float32(0.5)), _REFUSED, cells)
        parts.append(cells if dtype == FLOAT else graph.cast(cells, dtype))
    cells = parts[0] if len(parts) == 1 else graph("Concat", *parts, axis=1)
    return Rows(cells, dtype, tuple(inputs))


def _hits(graph: Graph, column: str, values: tuple[str, ...]) -> str:
    """Mark in which of some values a column of text is."""
    hits = graph("OneHotEncoder", column, cats_strings=list(values), zeros=1)
    return graph("Reshape", hits, np.array([0, len(values)], np.int64))


def scaled(graph: Graph, cells: str, scaler: Scaler, dtype: np.dtype[Any]) -> str:
    """Add what an estimator does to cells before its network: missing ones filled, all scaled.

    Parameters
    ----------
    graph : Graph
        To which nodes are added.
    cells : str
        Values of shape (rows, cells), NaN where one is missing.
    scaler : Scaler
        The estimator's.
    dtype : dtype
        Of the cells: float32, or float64 in which they are scaled then.

    Returns
    -------
    str
        Values of the same shape, float32.
    """
    offset, factor, values = scaler.offset, scaler.factor, cells
    if dtype == FLOAT and _fits(factor):
        # Of the offset what float32 cannot hold is taken off, too: small differences of large numbers stay.
        for part in scaler.offset_parts:
            if part.any():
                values = graph("Sub", values, part)
        if (factor != 1).any():
            values = graph("Mul", values, factor.astype(np.float32))
    else:
        values = graph.cast(values, np.float64) if dtype == FLOAT else values
        values = graph("Mul", graph("Sub", values, offset), factor)
        values = graph.cast(values, np.float32)
    if scaler.fill is None:
        return values
    fill = ((scaler.fill - offset) * factor).astype(np.float32)
    return graph("Where", graph("IsNaN", cells), fill, values)


def unscaled(graph: Graph, values: str, scaler: Scaler, dtype: np.dtype[Any]) -> str:
    """Add what brings a network's output back to the user's units.

    Parameters
    ----------
    graph, scaler
        As of :func:`scaled`.
    values : str
        Values of shape (rows, cells), float32.
    dtype : dtype
        Of what comes out.

    Returns
    -------
    str
        Values of the same shape.
    """
    offset, factor = scaler.offset, scaler.factor
    if dtype == FLOAT and _fits(factor):
        if (factor != 1).any():
            values = graph("Div", values, factor.astype(np.float32))
        for part in reversed(scaler.offset_parts):
            if part.any():
                values = graph("Add", values, part)
        return values
    values = graph("Add", graph("Div", graph.cast(values, np.float64), factor), offset)
    return values if dtype != FLOAT else graph.cast(values, dtype)


def refused(graph: Graph, values: str) -> str:
    """Add a column of 0, and NaN of rows with a cell that estimators refuse.

    Parameters
    ----------
    graph : Graph
        To which nodes are added.
    values : str
        Values of shape (rows, cells): of a cell that may be missing something is filled in.

    Returns
    -------
    str
        Values of shape (rows, 1); added to a result, they have it be NaN in such rows.
    """
    return graph.total(graph("Mul", values, np.float32(0.0)))


def likelihoods(graph: Graph, table: CategoryTable, scaler: Scaler, output: str) -> str:
    """Add what has the likeliest value of each category be its largest cell.

    Parameters
    ----------
    graph : Graph
        To which nodes are added.
    table : CategoryTable
        The categories.
    scaler : Scaler
        By which cells were scaled.
    output : str
        A network's output of shape (rows, cells), scaled.

    Returns
    -------
    str
        Values of the same shape: logits in the cells of categories.
    """
    slope, start = np.ones(table.n_cells), np.zeros(table.n_cells)
    for block in table.blocks:
        frequency = scaler.offset[block]
        slope[block] = 2 * entropy(frequency) * scaler.factor[block]
        start[block] = np.log(frequency)
    return graph("Add", graph("Mul", output, slope.astype(np.float32)), start.astype(np.float32))


def likeliest(graph: Graph, table: CategoryTable, cells: str) -> str:
    """Add what names the value of each category whose cell is the largest.

    Parameters
    ----------
    graph, table
        As of :func:`likelihoods`.
    cells : str
        Values of shape (rows, cells).

    Returns
    -------
    str
        Values of shape (rows, categories), text.
    """
    named = []
    for block, values in zip(table.blocks, table.values, strict=True):
        largest = graph("ArgMax", graph.columns(cells, block.start, block.stop), axis=1, keepdims=1)
        named.append(graph("Gather", np.array(values, object), largest, axis=0))
    return named[0] if len(named) == 1 else graph("Concat", *named, axis=1)


def _fits(factor: Float64[np.ndarray, " cells"]) -> bool:
    """Whether float32 holds the factors and what is one over them."""
    return bool(np.all((factor > 1e-37) & (factor < 1e37)))
