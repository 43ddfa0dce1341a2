"""An array in memory as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import copy_cells, parts
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

__all__ = ["ArraySource"]


class ArraySource(Source):
    """A table that is in memory already.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_features)
        Booleans, integers or floats, of any byte order and any strides; not copied.
    name : str, default "the array"
        For messages.
    described : dict
        Further arguments of `Source`: `feature_names`, `row_names`, `carried`, `target_name`, `path`.

    Raises
    ------
    InputError
        The array is no table of numbers.
    """

    in_memory = is_array = True

    def __init__(
        self, array: Shaped[np.ndarray, "n_rows n_features"], *, name: str = "the array", **described: Any
    ) -> None:
        if array.ndim != 2:
            raise InputError(f"{name} has the shape {array.shape}; a table has two axes, rows and columns.")
        if array.dtype.kind not in "buif":
            raise InputError(f"{name} holds values of type {array.dtype}; a table holds real numbers.")
        super().__init__(name, array.shape, array.dtype, **described)
        self.array = array
        self.is_transposed = abs(array.strides[0]) < abs(array.strides[1])

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        copy_cells(out, self.array[rows, columns])

    def _take(
        self, rows: Int64[np.ndarray, " chosen"], columns: slice, out: Shaped[np.ndarray, "chosen columns"]
    ) -> None:
        whole_rows = self.array.flags.c_contiguous and out.shape[1] == self.shape[1]
        if whole_rows and out.dtype == self.array.dtype and out.flags.c_contiguous:
            # "clip" lets numpy write straight into out; the numbers are known to be within bounds.
            np.take(self.array, rows, axis=0, out=out, mode="clip")
            return
        cells = self.array[:, columns]
        for down, across in parts(*out.shape):
            copy_cells(out[down, across], cells[rows[down], across])

    def peek(self, rows: slice, columns: slice = slice(None)) -> Shaped[np.ndarray, "rows columns"]:
        """Return a rectangle of cells without a copy, for nobody to write to."""
        return self.array[rows, columns] if self._is_open else self.read(rows, columns)
