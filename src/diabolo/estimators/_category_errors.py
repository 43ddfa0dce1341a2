"""How badly rows with categories are rebuilt, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.categories import CategoryTable
from diabolo.data.scaling import Scaler, unscale_rows
from diabolo.estimators._networks import placed_network
from diabolo.estimators._rows import RowsAhead, ScaledRows
from diabolo.training.forward import pass_blocks

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64

__all__ = ["column_errors", "rebuilt_columns"]


def rebuilt_columns(
    table: CategoryTable, scaler: Scaler, output: Float[np.ndarray, "rows cells"]
) -> Float32[np.ndarray, "rows columns"]:
    """Turn a network's output to columns: numbers in the user's units, of categories the likeliest value.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    scaler : Scaler
        By which cells were scaled.
    output : array of shape (rows, cells)
        In scaled units.

    Returns
    -------
    float32 array of shape (rows, columns)
        In the place of categories the numbers of their values.
    """
    n = len(table.numbers)
    columns = np.empty((len(output), table.n_columns), np.float32)
    own = Scaler(scaler.kind, scaler.offset[:n], scaler.factor[:n])
    columns[:, list(table.numbers)] = unscale_rows(own, output[:, :n])
    for number, probabilities in table.probabilities(scaler, output):
        columns[:, table.places[number]] = np.argmax(probabilities, axis=1)
    return columns


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
    for start, output in pass_blocks(
        "reconstruct",
        placed_network(estimator),
        rows,
        filled.read,
        estimator.bottleneck_,
        estimator.output_activation_,
    ):
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
