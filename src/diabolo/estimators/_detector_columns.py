"""What a detector leaves of rows with categories, by column of the user's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.detection.deviation import DeviationCalibration, column_deviations
from diabolo.estimators._category_rows import table_of

if TYPE_CHECKING:
    from jaxtyping import Float

    Residuals = Float[np.ndarray, "rows features"]

__all__ = ["LEAST_PROBABILITY", "blocks_of", "by_column", "spread_by_column"]

# No value of a category is less probable; one that no row of the fit had is as probable as that.
LEAST_PROBABILITY = 1e-3


def blocks_of(detector: Any) -> Sequence[slice]:
    """Return where the cells of categories are, if there are any."""
    table = table_of(detector)
    return () if table is None else table.blocks


def by_column(
    detector: Any, deviation: DeviationCalibration, prepared: Any, residuals: Residuals
) -> Residuals:
    """Return residuals by column of the user's table: of a category how surprising the row's value is.

    That is minus the logarithm of the share that the network gives it among the values, none below one in a
    thousand.
    """
    table = table_of(detector)
    if table is None:
        return residuals
    columns, given = np.empty((len(residuals), table.n_columns)), np.asarray(prepared, np.float64)
    columns[:, list(table.numbers)] = residuals[:, : len(table.numbers)]
    rebuilt = given - residuals
    if isinstance(detector._fitted_parameters["autoencoder"], str):
        given, rebuilt = deviation.scale.undo(given), deviation.scale.undo(rebuilt)
    for place, block in zip(table.places, table.blocks, strict=True):
        share = np.maximum(rebuilt[:, block], LEAST_PROBABILITY)
        own = (given[:, block] * share).sum(axis=1) / share.sum(axis=1)
        columns[:, place] = -np.log(np.clip(own, LEAST_PROBABILITY, 1.0))
    return columns


def spread_by_column(detector: Any, prepared: Any) -> Float[np.ndarray, " columns"]:
    """Return the deviations of rows by column of the user's table."""
    spread, table = column_deviations(np.asarray(prepared).reshape(len(prepared), -1)), table_of(detector)
    return spread if table is None else np.sqrt(table.summed(np.square(spread)[None])[0])
