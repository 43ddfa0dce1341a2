"""Zarr stores."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import warnings
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

import numpy as np

from diabolo.data.allowance import check_room
from diabolo.data.cells import as_text
from diabolo.data.formats.named_arrays import NamedArray, NamedTable, Wanted, choose_table
from diabolo.data.location import damaged, pickled
from diabolo.data.remote_file import RemoteFile
from diabolo.data.sink import Sink, row_chunks
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["ZarrSink", "open_zarr", "zarr_shapes"]

_METADATA = {"zarr.json", ".zgroup", ".zattrs", ".zmetadata"}

_TEXT_BYTES = 200  # an object of Python's or two
_SLACK = 2**20
_ZSTD = b"\x28\xb5\x2f\xfd"  # https://www.rfc-editor.org/rfc/rfc8878#name-frame-header
_BLOSC_HEAD = 16  # https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst


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
    if isinstance(path, Path):
        _check_files(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of whatever else lies in the folder
            root = zarr.open(_store(path), mode="r")
            is_array = isinstance(root, zarr.Array)
            members = (
                [("array", root)] if is_array else sorted(root.members(max_depth=None), key=itemgetter(0))
            )
    except FileNotFoundError as problem:
        if isinstance(path, RemoteFile) and path.about() is None:
            raise DataFileError(f"{path} does not exist.") from problem
        raise DataFileError(
            f"{path} is not a Zarr store: the folder has no zarr.json, .zgroup or .zarray in it."
        ) from problem
    found = {name: each for name, each in members if isinstance(each, zarr.Array)}
    named = (wanted.get("dataset") or "").strip("/")
    if isinstance(path, RemoteFile) and not is_array and named and named not in found:
        with contextlib.suppress(KeyError):  # a server of the web lists nothing
            found |= {named: each} if isinstance(each := root[named], zarr.Array) else {}
    for name, each in found.items():
        _refuse_pickles(each, f"{path}, dataset {name!r}")
    chosen = choose_table({name: _described(each, path) for name, each in found.items()}, str(path), **wanted)
    return ZarrSource(path, found[chosen.name], chosen)


def _store(path: Path | RemoteFile) -> Any:
    if isinstance(path, Path):
        return path
    from diabolo.data.formats.zarr_elsewhere import store_elsewhere

    return store_elsewhere(path)


def zarr_shapes(path: Path | RemoteFile) -> dict[str, tuple[int, ...] | None] | None:
    """Return the shapes of what lies in a store, None for what is no array; None where it is no store."""
    root = _shape(path)
    if root is not None:
        return {"array": root} if root else None
    inner = [each for each in path.iterdir() if each.name not in _METADATA]
    return {each.name: _shape(each) or None for each in inner}


def _shape(path: Path | RemoteFile) -> tuple[int, ...] | None:
    """Return the shape of an array, None of a group, and an empty one of anything else."""
    zarr = _import_zarr(str(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as where it is read
            node = zarr.open(_store(path), mode="r") if path.is_dir() else None
    except Exception:  # a damaged store can go wrong in many ways
        return ()
    return tuple(node.shape) if isinstance(node, zarr.Array) else None if node is not None else ()


def _refuse_pickles(array: Any, place: str) -> None:
    """Refuse an array whose chunks would be unpickled, which some versions of numcodecs do without a word."""
    if "pickle" in _codecs(array):
        raise pickled(place)


def _codecs(array: Any) -> str:
    """Name what an array's chunks pass through, and what the parts of a shard do, in small letters."""
    metadata = array.metadata
    codecs = [*(getattr(metadata, "filters", None) or ()), *(getattr(metadata, "codecs", None) or ())]
    codecs += [inner for codec in codecs for inner in getattr(codec, "codecs", ())]
    codecs.append(getattr(metadata, "compressor", None))
    return " ".join(f"{getattr(each, 'codec_id', '')} {type(each).__name__}" for each in codecs).lower()


def _check_files(folder: Path) -> None:
    """Refuse a store in which something lies that is no file, such as a pipe, at which one waits for ever."""
    for place, _, _ in os.walk(folder):
        with os.scandir(place) as entries:
            odd = next((each.path for each in entries if not each.is_dir() and not each.is_file()), None)
        if odd is not None:
            raise DataFileError(f"{folder} is not a Zarr store: {odd} is not a regular file; remove it.")


class ZarrSource(Source):
    is_compressed = True

    def __init__(self, path: Path | RemoteFile, array: Any, chosen: NamedTable) -> None:
        self._array = array
        block = chosen.block(array.chunks)
        name = f"{path}::{chosen.name}"
        super().__init__(name, chosen.shape, chosen.dtype, block=block, path=path, **chosen.described())
        self.is_transposed = self.swaps_axes = chosen.is_transposed

    def _load(self, rows: slice, columns: slice) -> Shaped[np.ndarray, "rows columns"]:
        return _read(self._array, self.path, (rows, columns))


def _read(array: Any, path: Any, part: tuple[slice, ...]) -> np.ndarray:
    """Read a part of an array, of whose chunks none says that it unpacks to more than a chunk."""
    if isinstance(path, Path):
        whole = math.prod(array.chunks) * max(np.dtype(array.dtype).itemsize, _TEXT_BYTES) + _SLACK
        places = (
            range(each.start // size, -(-each.stop // size))
            for each, size in zip(part, array.chunks, strict=True)
        )
        codecs = _codecs(array)
        for place in itertools.product(*places):
            chunk = path / array.path / array.metadata.encode_chunk_key(place)
            if chunk.is_file() and (
                _claimed(chunk, codecs) > whole or _texts_in(chunk, array, codecs) > math.prod(array.chunks)
            ):
                raise damaged(
                    path, ValueError(f"the chunk {chunk.relative_to(path)} would unpack to more than one")
                )
    values: np.ndarray = array[part]
    return values


def _texts_in(chunk: Path, array: Any, codecs: str) -> int:
    """Return how many texts a chunk of text says that it has; places for all of them are made at once."""
    if np.dtype(array.dtype).kind != "T":
        return 0
    from numcodecs import blosc, zstd

    content = chunk.read_bytes()
    for name, mark, unpacked in (("zstd", _ZSTD, zstd.decompress), ("blosc", b"\x02\x01", blosc.decompress)):
        if name in codecs and content.startswith(mark):
            content = bytes(unpacked(content))
            break
    return int.from_bytes(content[:4], "little")


def _claimed(chunk: Path, codecs: str) -> int:
    """Return how many bytes a packed chunk says that it holds; blosc and zstd set them aside.

    Cells that are not packed may begin with the same bytes, so that the codecs are asked first.
    """
    with chunk.open("rb") as handle:
        head = handle.read(18)
    if "zstd" in codecs and head.startswith(_ZSTD) and len(head) > 5:
        kind = head[4] >> 6
        is_single = bool(head[4] & 0x20)
        at = 5 + (not is_single) + (0, 1, 2, 4)[head[4] & 3]
        size = (1 if is_single else 0, 2, 4, 8)[kind]
        return int.from_bytes(head[at : at + size], "little") + 256 * (size == 2)
    if "blosc" in codecs and head[:1] in (b"\x01", b"\x02") and len(head) >= _BLOSC_HEAD:
        return int.from_bytes(head[4:8], "little") if int.from_bytes(head[12:16], "little") else 0
    return 0


def _import_zarr(place: str) -> Any:
    try:
        import zarr
    except ImportError as problem:
        raise ParameterError(
            f'{place} needs the package zarr, which is not installed: pip install "diabolo[zarr]".'
        ) from problem
    return zarr


def _described(array: Any, path: Path | RemoteFile) -> NamedArray:
    dtype = np.dtype(array.dtype)
    is_text = dtype.kind in "TUSO"

    def load() -> np.ndarray:
        for shape in (array.shape, array.chunks):
            each = dtype.itemsize + _TEXT_BYTES * is_text
            check_room(path, math.prod(map(float, shape)) * each, f"the array {array.name!r}")
        values = np.asarray(_read(array, path, tuple(slice(0, length) for length in array.shape)))
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
