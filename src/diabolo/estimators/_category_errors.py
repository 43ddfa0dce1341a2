"""How badly rows with categories are rebuilt, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.categories import CategoryTable
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler, unscale_rows
from diabolo.estimators._networks import placed_network
from diabolo.estimators._rows import RowsAhead, ScaledRows
from diabolo.training.forward import pass_blocks

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

__all__ = ["column_errors", "rebuilt_cell_blocks", "rebuilt_columns"]


def rebuilt_columns(
    table: CategoryTable, scaler: Scaler, output: Float[np.ndarray, "rows cells"], dtype: np.dtype[Any]
) -> Float[np.ndarray, "rows columns"]:
    """Turn a network's output to columns: numbers in the user's units, of categories the likeliest value.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    scaler : Scaler
        By which cells were scaled.
    output : array of shape (rows, cells)
        In scaled units.
    dtype : dtype
        Of what is returned, float32 or float64.

    Returns
    -------
    array of shape (rows, columns)
        In the place of categories the numbers of their values.
    """
    return table.likeliest(_rebuilt_cells(table, scaler, output)).astype(dtype)


def rebuilt_cell_blocks(
    estimator: Any, table: CategoryTable, rows: CheckedSource
) -> Iterator[tuple[int, Float64[np.ndarray, "block cells"]]]:
    """Pass rows through an estimator's network, some at a time.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    table : CategoryTable
        Its categories.
    rows : CheckedSource
        Of cells.

    Yields
    ------
    start : int
        The block's first row.
    cells : float64 array of shape (rows of the block, cells)
        Numbers in the user's units, and how probable each value of each category is.
    """
    scaler, ahead = estimator.scaler_, RowsAhead(ScaledRows(rows, estimator.scaler_))
    for start, output in _passed(estimator, rows, ahead):
        yield start, _rebuilt_cells(table, scaler, output)


def _rebuilt_cells(
    table: CategoryTable, scaler: Scaler, output: Float[np.ndarray, "rows cells"]
) -> Float64[np.ndarray, "rows cells"]:
    n, cells = len(table.numbers), np.empty(output.shape)
    numbers = Scaler(scaler.kind, scaler.offset[:n], scaler.factor[:n])
    cells[:, :n] = unscale_rows(numbers, output[:, :n], cells.dtype)
    for number, probabilities in table.probabilities(scaler, output):
        cells[:, table.blocks[number]] = probabilities
    return cells


def _passed(
    estimator: Any, rows: CheckedSource, ahead: RowsAhead
) -> Iterator[tuple[int, Float[np.ndarray, "block cells"]]]:
    network, activation = placed_network(estimator), estimator.output_activation_
    return pass_blocks("reconstruct", network, rows, ahead.read, estimator.bottleneck_, activation)


def column_errors(
    estimator: Any, table: CategoryTable, rows: Any, metric: str
) -> Iterator[tuple[int, Float64[np.ndarray, "block columns"]]]:
    """Measure how badly each column of rows is rebuilt, some rows at a time.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    table : CategoryTable
        Its categories.
    rows : CheckedSource
        Of cells.
    metric : {"squared_error", "absolute_error"}
        Of numbers, in scaled units. Of categories, the squared distance of probabilities from the row's value
        over what the frequencies have on average, or the probability of other values.

    Yields
    ------
    start : int
        The block's first row.
    errors : float64 array of shape (rows of the block, columns)
        NaN where a cell is missing, or its value unknown.
    """
    scaler, is_squared = estimator.scaler_, metric == "squared_error"
    filled = RowsAhead(ScaledRows(rows, scaler))
    known = ScaledRows(rows, replace(scaler, fill=None), keeps_missing=True)
    n = len(table.numbers)
    for start, output in _passed(estimator, rows, filled):
        given = np.empty(output.shape, np.float32)
        known.read(slice(start, start + len(output)), given)
        errors = np.empty((len(output), table.n_columns))
        apart = given[:, :n].astype(np.float64) - output[:, :n]
        errors[:, list(table.numbers)] = np.square(apart) if is_squared else np.abs(apart)
        for number, probabilities in table.probabilities(scaler, output):
            block = table.blocks[number]
            frequency = scaler.offset[block]
            target = given[:, block] / scaler.factor[block] + frequency
            missed = (
                np.square(target - probabilities).sum(axis=1)
                if is_squared
                else 1 - (target * probabilities).sum(1)
            )
            usual = max(1 - np.square(frequency).sum(), np.finfo(np.float64).tiny) if is_squared else 1.0
            is_known = target.sum(axis=1) > 0.5  # a value that no row of the fit had is none of the known
            if len(frequency) == 1:
                missed = np.where(is_known, 0.0, missed)
            errors[:, table.places[number]] = np.where(is_known, missed / usual, np.nan)
        yield start, errors
