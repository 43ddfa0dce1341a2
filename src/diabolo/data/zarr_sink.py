"""Zarr stores written some rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.hdf5_sink import row_chunks
from diabolo.data.sink import Sink
from diabolo.data.zarr_source import import_zarr
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ZarrSink"]

_COMPRESSIONS = (None, "zstd", "gzip")


class ZarrSink(Sink):
    """A folder with the array ``data`` in chunks of rows, and the names and carried columns beside it."""

    is_folder = True
    in_order = False

    def begin(self, place: Path) -> None:
        """Write everything but the cells."""
        zarr = import_zarr(str(self.plan.path))
        plan = self.plan
        if plan.compression not in _COMPRESSIONS:
            raise DataFileError(
                f"{plan.path} cannot be written with compression={plan.compression!r}: of a Zarr store it is "
                "None, 'zstd' or 'gzip'."
            )
        codec = {"zstd": zarr.codecs.ZstdCodec, "gzip": zarr.codecs.GzipCodec}.get(plan.compression or "")
        group = zarr.open_group(place, mode="w")
        shape = (plan.n_rows, plan.n_columns)
        self._table: Any = group.create_array(
            "data",
            shape=shape,
            chunks=row_chunks(shape, plan.dtype, plan.chunk_rows),
            dtype=plan.dtype,
            compressors=None if codec is None else [codec()],
        )
        columns = dict(plan.carried)
        if plan.column_names is not None:
            columns["feature_names"] = np.array(plan.column_names, str)
        if plan.row_names is not None:
            columns["row_names"] = np.array(plan.row_names, str)
        for name, values in columns.items():
            is_text = values.dtype.kind == "U"
            column = group.create_array(name, shape=values.shape, dtype=str if is_text else values.dtype)
            column[:] = values.astype(object) if is_text else values

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        self._table[start : start + len(block)] = block

    def finish(self) -> None:
        """Nothing is left to write."""

    def abandon(self) -> None:
        """Nothing is open."""
