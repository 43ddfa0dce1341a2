"""NumPy files written some rows at a time."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.sink import Sink, reserve, write_at
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["NpySink"]


class NpySink(Sink):
    """One array; it has no place for names, and none for carried columns.

    Raises
    ------
    DataFileError
        There are carried columns, or a compression was asked for.
    """

    in_order = False
    _descriptor: int | None = None

    def begin(self, place: Path) -> None:
        """Write the header."""
        plan = self.plan
        if plan.carried:
            raise DataFileError(
                f"{plan.path} cannot be written: an .npy file holds one array, so "
                f"{', '.join(map(repr, plan.carried))} cannot go with it; write .npz or .h5."
            )
        if plan.compression is not None:
            raise DataFileError(
                f"{plan.path} cannot be compressed: leave compression={plan.compression!r} out, or write .h5."
            )
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header,
            {
                "descr": np.lib.format.dtype_to_descr(plan.dtype),
                "fortran_order": False,
                "shape": (plan.n_rows, plan.n_columns),
            },
        )
        head = np.frombuffer(header.getvalue(), np.uint8)
        self._offset = len(head)
        self._row_bytes = plan.n_columns * plan.dtype.itemsize
        self._descriptor = os.open(place, os.O_RDWR | getattr(os, "O_BINARY", 0))
        reserve(self._descriptor, self._offset + plan.n_rows * self._row_bytes)
        write_at(self._descriptor, 0, head)

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        assert self._descriptor is not None
        write_at(self._descriptor, self._offset + start * self._row_bytes, block)

    def finish(self) -> None:
        """Close the file."""
        self.abandon()

    def abandon(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
