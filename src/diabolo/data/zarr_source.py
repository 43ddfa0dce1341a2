"""Zarr stores as sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.casting import copy_cells
from diabolo.data.location import damaged, existing_file
from diabolo.data.named_arrays import NamedArray, choose_table
from diabolo.data.source import Source
from diabolo.errors import DataFileError, DiaboloError, InputError, ParameterError

if TYPE_CHECKING:
    import os

    from jaxtyping import Shaped

__all__ = ["ZarrSource", "import_zarr"]

# Chunks are unpacked a group of rows at a time, of about so many cells.
_BUFFER_CELLS = 2**22


class ZarrSource(Source):
    """A table of a Zarr store, which is a folder, read as it is needed.

    Parameters
    ----------
    path : str or path-like
        The folder.
    dataset, target, rows, keep_columns
        As of `diabolo.data.hdf5_source.Hdf5Source`.

    Raises
    ------
    DataFileError
        There is no store, or what was named is not in it.
    ParameterError
        The package zarr is not installed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        target: str | None = None,
        rows: Literal["first", "last"] = "first",
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        path = Path(path)
        zarr = import_zarr(str(path))
        if not path.is_dir():
            existing_file(path)
            raise DataFileError(f"{path} is not a Zarr store: it must be a folder, as zarr writes it.")
        try:
            root = zarr.open(path, mode="r")
        except FileNotFoundError as problem:
            raise DataFileError(
                f"{path} is not a Zarr store: the folder has no zarr.json, .zgroup or .zarray in it."
            ) from problem
        except Exception as problem:  # a damaged store can go wrong in many ways
            raise damaged(path, problem) from problem
        try:
            if isinstance(root, zarr.Array):
                found = {"array": root}
            else:
                members = root.members(max_depth=None)
                found = {name: each for name, each in sorted(members) if isinstance(each, zarr.Array)}
            arrays = {name: _described(each) for name, each in found.items()}
            chosen = choose_table(
                arrays, str(path), dataset=dataset, target=target, rows=rows, keep_columns=keep_columns
            )
        except DiaboloError:
            raise
        except Exception as problem:
            raise damaged(path, problem) from problem
        self._array: Any = found[chosen.name]
        self.is_transposed = rows == "last"
        self._is_open = True
        self._path = path
        chunks = self._array.chunks[::-1] if self.is_transposed else self._array.chunks
        super().__init__(
            f"{path}::{chosen.name}",
            chosen.shape,
            chosen.dtype,
            feature_names=chosen.feature_names,
            row_names=chosen.row_names,
            carried=chosen.carried,
            target_name=chosen.target_name,
            block=(min(chunks[0], chosen.shape[0]), min(chunks[1], chosen.shape[1])),
        )

    is_compressed = True

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if not self._is_open:
            raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
        if self.is_transposed:
            rows, columns, out = columns, rows, out.T
        height = self._array.chunks[0]
        step = max(_BUFFER_CELLS // (out.shape[1] * height), 1) * height
        start = rows.start
        while start < rows.stop:
            stop = min((start // step + 1) * step, rows.stop)
            try:
                values = self._array[start:stop, columns]
            except Exception as problem:
                raise damaged(self._path, problem) from problem
            copy_cells(out[start - rows.start : stop - rows.start], values)
            start = stop

    def close(self) -> None:
        """Let go of the store."""
        self._is_open = False


def import_zarr(place: str) -> Any:
    """Import zarr, or say how to install it.

    Parameters
    ----------
    place : str
        The file that needs it, as the message begins.

    Returns
    -------
    module

    Raises
    ------
    ParameterError
        It is not installed.
    """
    try:
        import zarr
    except ImportError as problem:
        raise ParameterError(
            f'{place} needs the package zarr, which is not installed: pip install "diabolo[zarr]".'
        ) from problem
    return zarr


def _described(array: Any) -> NamedArray:
    dtype = np.dtype(array.dtype)
    is_text = dtype.kind in "TUSO"

    def load() -> np.ndarray:
        values = np.asarray(array[()])
        return np.array([str(each) for each in values.tolist()], str) if is_text else values

    return NamedArray(tuple(array.shape), dtype, is_text, load)
