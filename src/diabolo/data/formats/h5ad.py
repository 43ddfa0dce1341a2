"""AnnData's .h5ad files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.allowance import check_room
from diabolo.data.cells import as_text, check_table
from diabolo.data.formats.hdf5 import table_of
from diabolo.data.formats.hdf5_members import TEXT_BYTES, check_readable, hdf5_array, hdf5_file, member
from diabolo.data.formats.named_arrays import NamedTable
from diabolo.data.remote_file import RemoteFile
from diabolo.data.sparse_source import SparseSource
from diabolo.errors import DataFileError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

    from diabolo.data.source import Source

__all__ = ["open_h5ad"]

_SHOWN = 40


def open_h5ad(
    path: Path | RemoteFile,
    *,
    dataset: str | None = None,
    target: str | None = None,
    keep_columns: Sequence[str] | None = None,
) -> Source:
    """Open the matrix of an AnnData file, dense or in compressed sparse rows, to be read as it is needed.

    The rows' names are `obs`'s index, the features' those of `var`; the columns of `obs` are carried,
    categories as their text.

    Parameters
    ----------
    path : Path
        An existing file.
    dataset : str, default "X"
        The matrix: X, or a layer, such as ``"layers/counts"`` or ``"counts"``.
    target : str, optional
        The column of `obs` that is the target.
    keep_columns : sequence of str, optional
        The columns of `obs` to carry; None carries all.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or no AnnData, or what was named is not in it.
    """
    file = hdf5_file(path)
    try:
        return _matrix(path, file, _described(path, file, (dataset or "X").strip("/"), target, keep_columns))
    except BaseException:
        file.close()
        raise


def _described(
    path: Path | RemoteFile, file: Any, name: str, target: str | None, keep_columns: Sequence[str] | None
) -> NamedTable:
    layer = f"layers/{name}"
    name = layer if member(file, name, path) is None and member(file, layer, path) is not None else name
    matrix, *frames = (_there(file, part, path, list(file)) for part in (name, "obs", "var"))
    row_names, carried = _frame(frames[0], path)
    feature_names, _ = _frame(frames[1], path)
    wanted = [*([] if target is None else [target]), *(carried if keep_columns is None else keep_columns)]
    for each in wanted:
        if each not in carried:
            known = ", ".join(map(repr, carried)) or "none"
            raise DataFileError(
                f"{path} has no column {each!r} in obs; it has {known}.{nearest_name(each, carried)}"
            )
    if hasattr(matrix, "shape"):
        stored, dtype = matrix.shape or (), matrix.dtype
    else:
        stored = matrix.attrs.get("shape", matrix.attrs.get("h5sparse_shape"))
        dtype = _cells_of(matrix, "data", path).dtype
        if stored is None or np.asarray(stored).dtype.kind not in "iu" or np.ndim(stored) != 1:
            raise DataFileError(
                f"{path}, {name!r} is stored as a group, and its attribute 'shape' does not say how many "
                "rows and columns it has: write the file anew."
            )
    shape = tuple(int(length) for length in stored)
    check_table(shape, dtype, f"{path}, {name!r}")
    if (len(row_names), len(feature_names)) != shape:
        raise DataFileError(
            f"{path}, dataset {name!r} has the shape {shape}, and obs and var have {len(row_names)} and "
            f"{len(feature_names)} entries: row counts that differ; write the file anew."
        )
    kept = {each: carried[each] for each in wanted}
    return NamedTable(name, (shape[0], shape[1]), dtype, kept, tuple(feature_names), tuple(row_names), target)


def _said(group: Any, attribute: str) -> str:
    """Return what an attribute says, if it is one text of one line."""
    said = group.attrs.get(attribute, "")
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return text if isinstance(text, str) and text.isprintable() else ""


def _there(group: Any, name: str, path: Path | RemoteFile, known: Sequence[str]) -> Any:
    """Find what an AnnData file is read by, or say that it is missing."""
    found = member(group, name, path)
    if found is None:
        raise DataFileError(
            f"{path} has no {name!r}, which an AnnData file is read by; it has {', '.join(map(repr, known))}."
            f"{nearest_name(name, known)}"
        )
    return found


def _cells_of(matrix: Any, name: str, path: Path | RemoteFile) -> Any:
    """Return one of the three arrays of a matrix in compressed sparse rows."""
    found = _there(matrix, name, path, list(matrix))
    if len(getattr(found, "shape", None) or ()) != 1:
        raise _no_rows(path, matrix, f"{name} is no array of one axis")
    check_readable(found, path)
    return found


def _no_rows(path: Path | RemoteFile, matrix: Any, why: str) -> DataFileError:
    return DataFileError(
        f"{path}, {matrix.name.strip('/')!r} is damaged: {why}, so where its rows begin and end cannot be "
        "told; write the file anew."
    )


def _matrix(path: Path | RemoteFile, file: Any, chosen: NamedTable) -> Source:
    matrix = member(file, chosen.name, path)
    if hasattr(matrix, "shape"):
        return table_of(path, file, chosen)
    kind = _said(matrix, "encoding-type") or _said(matrix, "h5sparse_format")
    if kind not in ("csr_matrix", "csr"):
        raise DataFileError(
            f"{path}, {chosen.name!r} is stored as {kind[:_SHOWN] or 'a group'}, and a table is read by its "
            "rows: convert it with adata.X = adata.X.tocsr() and write it anew."
        )
    starts, n_rows = _starts(matrix, chosen, path), chosen.shape[0]
    indices, data = (_cells_of(matrix, name, path) for name in ("indices", "data"))
    each = max(int(starts[-1]) // n_rows, 1)
    chunk = (data.chunks or (each,))[0]
    for stored in (indices, data):
        n_bytes = stored.dtype.itemsize * max(math.prod(stored.chunks or ()), int(np.diff(starts).max()))
        check_room(path, n_bytes, f"a block of {stored.name!r}")
    return SparseSource(
        starts,
        indices,
        data,
        chosen.shape[1],
        f"{path}::{chosen.name}",
        block=(min(max(chunk // each, 1), n_rows), chosen.shape[1]),
        path=path,
        release=file.close,
        **chosen.described(),
    )


def _starts(matrix: Any, chosen: NamedTable, path: Path | RemoteFile) -> Int64[np.ndarray, " n_rows_and_one"]:
    """Read where each row begins among the cells stored, and hold it against these."""
    indptr, indices, data = (_cells_of(matrix, name, path) for name in ("indptr", "indices", "data"))
    for each in (indptr, indices):
        if each.dtype.kind not in "iu":
            raise _no_rows(
                path, matrix, f"{each.name.rpartition('/')[2]} holds {each.dtype} and no whole numbers"
            )
    n_rows, n_columns = chosen.shape
    if len(indptr) != n_rows + 1:
        raise _no_rows(
            path, matrix, f"indptr has {len(indptr):,} entries for {n_rows:,} rows, and should have one more"
        )
    if len(indices) != len(data):
        raise _no_rows(path, matrix, f"indices has {len(indices):,} entries and data {len(data):,}")
    stored = hdf5_array(indptr, path).load()
    if stored.max() >= 2**63:
        raise _no_rows(path, matrix, f"indptr goes to {stored.max()}")
    starts = stored.astype(np.int64)
    if starts[0] != 0 or starts[-1] != len(data):
        raise _no_rows(
            path,
            matrix,
            f"indptr goes from {starts[0]:,} to {starts[-1]:,}, and {len(data):,} cells are stored",
        )
    counts = np.diff(starts)
    if counts.min() < 0 or starts.min() < 0:
        raise _no_rows(path, matrix, f"indptr falls after its entry {int(np.argmax(counts < 0)):,}")
    if counts.max() > n_columns:
        raise _no_rows(
            path, matrix, f"row {int(counts.argmax()):,} has {counts.max():,} cells in {n_columns:,} columns"
        )
    return starts


def _frame(group: Any, path: Path | RemoteFile) -> tuple[list[str], dict[str, np.ndarray]]:
    """Read a data frame's index, and its columns of one axis."""
    if not hasattr(group, "keys"):  # before AnnData 0.7: one compound dataset
        if group.dtype.names is None or len(group.shape) != 1:
            raise DataFileError(
                f"{path}: {group.name!r} is no data frame, as AnnData writes one: write the file anew."
            )
        records = hdf5_array(group, path).load()
        first, *others = records.dtype.names or ()
        return as_text(records[first].tolist()).tolist(), {
            name: _plain(np.asarray(records[name])) for name in others
        }
    key = _said(group, "_index") or "_index"
    held = _there(group, key, path, list(group))
    if len(getattr(held, "shape", None) or ()) != 1:
        raise DataFileError(
            f"{path}: {key!r}, the index of {group.name!r}, is no column: write the file anew."
        )
    check_room(path, TEXT_BYTES * held.shape[0], f"the index {held.name!r}")
    index = [str(name) for name in hdf5_array(held, path).load().tolist()]
    columns = {}
    for name in as_text(np.ravel(_order(group)).tolist()).tolist():
        if name == key or name.startswith("__"):
            continue
        found = member(group, name, path)
        values = None if found is None else _column(group, name, found, len(index), path)
        if values is not None and values.shape == (len(index),):
            columns[name] = values
    return index, columns


def _order(group: Any) -> Any:
    """Return the names of a frame's columns, in their order where it is said."""
    said = group.attrs.get("column-order")
    return list(group) if said is None else said


def _column(
    group: Any, name: str, found: Any, n_rows: int, path: Path | RemoteFile
) -> Shaped[np.ndarray, " n_rows"] | None:
    """Read a column, where it is one of so many rows."""

    def read(holder: Any, part: str, count: int | None) -> np.ndarray | None:
        stored = member(holder, part, path)
        shape = getattr(stored, "shape", None)
        is_column = shape is not None and len(shape) == 1 and count in (None, shape[0])
        if is_column:
            check_room(path, TEXT_BYTES * stored.shape[0], f"the dataset {stored.name!r}")
        return hdf5_array(stored, path).load() if is_column else None

    if hasattr(found, "shape"):
        earlier = member(group, f"__categories/{name}", path)
        values = read(group, name, n_rows)
        categories = None if earlier is None else read(group, f"__categories/{name}", None)
        return values if values is None or categories is None else _decoded(values, categories, name, path)
    codes, categories = read(found, "codes", n_rows), read(found, "categories", None)
    if codes is not None and categories is not None:
        return _decoded(codes, categories, name, path)
    values, mask = read(found, "values", n_rows), read(found, "mask", n_rows)
    if values is not None and mask is not None and mask.dtype.kind in "biu":  # a nullable column
        is_text = values.dtype.kind == "U"
        return np.where(mask.astype(bool), "" if is_text else np.nan, values)
    return None


def _decoded(
    codes: np.ndarray, categories: np.ndarray, name: str, path: Path | RemoteFile
) -> Shaped[np.ndarray, " n_rows"]:
    if codes.dtype.kind not in "iu" or (
        len(codes) and not -1 <= codes.min() <= codes.max() < len(categories)
    ):
        raise DataFileError(
            f"{path}: the column {name!r} of obs or var has categories numbered otherwise than 0 to "
            f"{len(categories) - 1}, or -1 for none: write the file anew."
        )
    if categories.dtype.kind in "iufb":
        values = np.append(categories.astype(np.float64), np.nan)
        return values[codes] if (codes < 0).any() else categories[codes]
    texts = np.append(categories.astype(str), "")
    check_room(path, float(texts.itemsize) * len(codes), f"the column {name!r}")
    return texts[codes]


def _plain(values: np.ndarray) -> np.ndarray:
    return values if values.dtype.kind in "buif" else as_text(values.tolist())
