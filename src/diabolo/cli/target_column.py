"""The column of a data file that a guided code must predict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.errors import InputError

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["target_of"]


def target_of(source: Source, path: Path) -> Any:
    """Return the column that was left out of a table as what is to be predicted.

    Parameters
    ----------
    source : Source
        Opened with a label column.
    path : Path
        Its file.

    Returns
    -------
    ndarray of shape (n_rows,)

    Raises
    ------
    InputError
        Where a cell is missing.
    """
    import numpy as np

    from diabolo.data.target import entries_of, missing_in

    name, column = next(iter(source.carried.items()))
    missing = missing_in(entries_of(column))
    if missing.any():
        raise InputError(
            f"{path} has nothing to predict in row {source.origin(int(np.argmax(missing)))} of the column "
            f"{name!r}; leave such rows out."
        )
    return column
