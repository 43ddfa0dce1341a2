"""An array in memory as a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.casting import copy_cells
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ArraySource"]


class ArraySource(Source):
    """A table that is in memory already.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_features)
        Booleans, integers or floats; not copied.
    feature_names, row_names, carried, target_name
        As of `Source`.
    name : str, default "the array"
        For messages.

    Raises
    ------
    InputError
        The array is no table of numbers.
    """

    def __init__(
        self,
        array: Shaped[np.ndarray, "n_rows n_features"],
        *,
        feature_names: Sequence[str] | None = None,
        row_names: Sequence[str] | None = None,
        carried: Mapping[str, np.ndarray] | None = None,
        target_name: str | None = None,
        name: str = "the array",
    ) -> None:
        if array.ndim != 2:
            raise InputError(f"{name} has the shape {array.shape}; a table has two axes, rows and columns.")
        if array.dtype.kind not in "buif":
            raise InputError(f"{name} holds values of type {array.dtype}; a table holds real numbers.")
        super().__init__(
            name,
            array.shape,
            array.dtype,
            feature_names=feature_names,
            row_names=row_names,
            carried=carried,
            target_name=target_name,
        )
        self.array = array

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        copy_cells(out, self.array[rows, columns])
