"""What a model knows of its table's cells, as arrays of a file and back, without trust."""

from __future__ import annotations

import numpy as np

from diabolo.data.categories import CategoryTable
from diabolo.estimators._missing_cells import MOST_COLUMNS, MOST_ROUNDS, CellModel
from diabolo.linear.row_gaussian import RowGaussian
from diabolo.persistence.record_entries import refusal, take_tensor

__all__ = ["cell_tensors", "cells_from_tensors"]


def cell_tensors(model: CellModel | None) -> dict[str, np.ndarray]:
    """Name the arrays of what was learned of missing cells; none where nothing was.

    Parameters
    ----------
    model : CellModel or None
        Of a fitted estimator.

    Returns
    -------
    dict of str to ndarray
    """
    if model is None:
        return {}
    tensors = {
        "cells.center": model.center,
        "cells.spread": model.spread,
        "cells.lowest": model.lowest,
        "cells.highest": model.highest,
        "cells.shares": model.shares,
    }
    if model.gaussian is not None:
        tensors |= {"cells.mean": model.gaussian.mean, "cells.precision": model.gaussian.precision}
    return {name: np.ascontiguousarray(array, np.float64) for name, array in tensors.items()}


def cells_from_tensors(
    tensors: dict[str, np.ndarray], n_features: int, table: CategoryTable | None = None
) -> CellModel | None:
    """Put together what was learned of missing cells.

    Parameters
    ----------
    tensors : dict of str to ndarray
        All of the file's that were not taken yet.
    n_features : int
        Of the model; with categories, its cells.
    table : CategoryTable, optional
        The model's categories.

    Returns
    -------
    CellModel or None
        None for models that learned nothing, and files of earlier times.

    Raises
    ------
    ModelFileError
        For the first array that is not as it should be.
    """
    if not any(name.startswith("cells.") for name in tensors):
        return None
    row = (n_features,)
    center, lowest, highest = (take_tensor(tensors, f"cells.{name}", row) for name in _PLACES)
    spread = take_tensor(tensors, "cells.spread", row, above_zero=True)
    if not (lowest <= highest).all():
        raise refusal("the array 'cells.lowest'", "no number above 'cells.highest'", "others")
    n_rounds = np.shape(tensors.get("cells.shares", ()))[:1] or (0,)
    if not 0 <= n_rounds[0] <= MOST_ROUNDS:
        raise refusal("the array 'cells.shares'", f"at most {MOST_ROUNDS} rows", f"{n_rounds[0]}")
    shares = take_tensor(tensors, "cells.shares", (*n_rounds, n_features))
    if not ((shares >= 0) & (shares <= 1)).all():
        raise refusal("the array 'cells.shares'", "numbers from 0 to 1", "others")
    gaussian = None
    if "cells.precision" in tensors:
        if n_features > MOST_COLUMNS:
            raise refusal("the array 'cells.precision'", f"at most {MOST_COLUMNS} columns", f"{n_features}")
        mean = take_tensor(tensors, "cells.mean", row)
        precision = take_tensor(tensors, "cells.precision", (n_features, n_features))
        _check_positive(precision)
        gaussian = RowGaussian(mean, precision)
    blocks = () if table is None else table.blocks
    return CellModel(center, spread, lowest, highest, gaussian, shares, blocks)


_PLACES = ("center", "lowest", "highest")


def _check_positive(precision: np.ndarray) -> None:
    """Make sure that every part of it can be inverted."""
    try:
        np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        raise refusal("the array 'cells.precision'", "a positive definite matrix", "another") from None
