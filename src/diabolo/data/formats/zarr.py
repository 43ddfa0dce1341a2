"""Zarr stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

import numpy as np

from diabolo.data.cells import as_text
from diabolo.data.formats.named_arrays import NamedArray, NamedTable, Wanted, choose_table
from diabolo.data.location import RemoteFile, pickled
from diabolo.data.sink import Sink, row_chunks
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ZarrSink", "open_zarr", "zarr_shapes"]

_METADATA = {"zarr.json", ".zgroup", ".zattrs", ".zmetadata"}


def open_zarr(path: Path | RemoteFile, **wanted: Unpack[Wanted]) -> Source:
    """Open a table of a Zarr store, which is a folder, to be read as it is needed.

    Parameters
    ----------
    path : Path
        The folder.
    **wanted
        As of `diabolo.open`, of arrays.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        It is no store, or what was named is not in it.
    ParameterError
        The package zarr is not installed.
    """
    zarr = _import_zarr(str(path))
    if isinstance(path, Path) and not path.is_dir():
        raise DataFileError(f"{path} is not a Zarr store: it must be a folder, as zarr writes it.")
    try:
        root = zarr.open(path if isinstance(path, Path) else str(path), mode="r")
    except FileNotFoundError as problem:
        raise DataFileError(
            f"{path} is not a Zarr store: the folder has no zarr.json, .zgroup or .zarray in it."
        ) from problem
    if isinstance(root, zarr.Array):
        found = {"array": root}
    else:
        members = root.members(max_depth=None)
        found = {name: each for name, each in sorted(members) if isinstance(each, zarr.Array)}
    for name, each in found.items():
        _refuse_pickles(each, f"{path}, dataset {name!r}")
    chosen = choose_table({name: _described(each) for name, each in found.items()}, str(path), **wanted)
    return ZarrSource(path, found[chosen.name], chosen)


def zarr_shapes(path: Path) -> dict[str, tuple[int, ...] | None] | None:
    """Return the shapes of what lies in a store, None for what is no array; None where it is no store."""
    root = _shape(path)
    if root is not None:
        return {"array": root} if root else None
    inner = [each for each in path.iterdir() if each.name not in _METADATA]
    return {each.name: _shape(each) or None for each in inner}


def _shape(path: Path) -> tuple[int, ...] | None:
    """Return the shape of an array, None of a group, and an empty one of anything else."""
    zarr = _import_zarr(str(path))
    try:
        node = zarr.open(path, mode="r") if path.is_dir() else None
    except Exception:  # a damaged store can go wrong in many ways
        return ()
    return tuple(node.shape) if isinstance(node, zarr.Array) else None if node is not None else ()


def _refuse_pickles(array: Any, place: str) -> None:
    """Refuse an array whose chunks would be unpickled, which some versions of numcodecs do without a word."""
    metadata = array.metadata
    codecs = [*(getattr(metadata, "filters", None) or ()), *(getattr(metadata, "codecs", None) or ())]
    for codec in (*codecs, getattr(metadata, "compressor", None)):
        if "pickle" in f"{getattr(codec, 'codec_id', '')} {type(codec).__name__}".lower():
            raise pickled(place)


class ZarrSource(Source):
    is_compressed = True

    def __init__(self, path: Path | RemoteFile, array: Any, chosen: NamedTable) -> None:
        self._array = array
        block = chosen.block(array.chunks)
        name = f"{path}::{chosen.name}"
        super().__init__(name, chosen.shape, chosen.dtype, block=block, path=path, **chosen.described())
        self.is_transposed = self.swaps_axes = chosen.is_transposed

    def _load(self, rows: slice, columns: slice) -> Shaped[np.ndarray, "rows columns"]:
        values: np.ndarray = self._array[rows, columns]
        return values


def _import_zarr(place: str) -> Any:
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
        return as_text(values.tolist()) if is_text else values

    return NamedArray(tuple(array.shape), dtype, is_text, load)


class ZarrSink(Sink):
    """A folder with the array ``data`` in chunks of rows, and the names and carried columns beside it."""

    is_folder = True
    in_order = False
    called = "a Zarr store"
    compressions: ClassVar = {"zstd": "ZstdCodec", "gzip": "GzipCodec"}
    taken = ("data", "feature_names", "row_names")

    def begin(self, place: Path) -> None:
        """Write everything but the cells."""
        plan = self.plan
        zarr = _import_zarr(str(plan.path))
        codec = self.compressions.get(plan.compression or "")
        group = zarr.open_group(place, mode="w")
        shape = (plan.n_rows, plan.n_columns)
        self._table: Any = group.create_array(
            "data",
            shape=shape,
            chunks=row_chunks(shape, plan.dtype, plan.chunk_rows),
            dtype=plan.dtype,
            compressors=None if codec is None else [getattr(zarr.codecs, codec)()],
        )
        for name, values in plan.further().items():
            is_text = values.dtype.kind == "U"
            column = group.create_array(name, shape=values.shape, dtype=str if is_text else values.dtype)
            column[:] = values.astype(object) if is_text else values

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        self._table[start : start + len(block)] = block
