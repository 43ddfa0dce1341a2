"""AnnData's .h5ad files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import as_text, check_table
from diabolo.data.formats.hdf5 import hdf5_array, hdf5_file, table_of
from diabolo.data.formats.named_arrays import NamedTable
from diabolo.data.location import RemoteFile
from diabolo.data.sparse_source import SparseSource
from diabolo.errors import DataFileError, nearest_name

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["open_h5ad"]


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
    name = f"layers/{name}" if name not in file and f"layers/{name}" in file else name
    for part in (name, "obs", "var"):
        if part not in file:
            raise DataFileError(
                f"{path} has no {part!r}, which an AnnData file is read by; it has "
                f"{', '.join(map(repr, file))}.{nearest_name(part, list(file))}"
            )
    row_names, carried = _frame(file["obs"])
    feature_names, _ = _frame(file["var"])
    wanted = [*([] if target is None else [target]), *(carried if keep_columns is None else keep_columns)]
    for each in wanted:
        if each not in carried:
            known = ", ".join(map(repr, carried)) or "none"
            raise DataFileError(
                f"{path} has no column {each!r} in obs; it has {known}.{nearest_name(each, carried)}"
            )
    matrix = file[name]
    is_dense = hasattr(matrix, "shape")
    stored = matrix.shape if is_dense else matrix.attrs.get("shape", matrix.attrs.get("h5sparse_shape"))
    dtype = matrix.dtype if is_dense else matrix["data"].dtype
    shape = tuple(int(length) for length in stored)
    check_table(shape, dtype, f"{path}, {name!r}")
    if (len(row_names), len(feature_names)) != shape:
        raise DataFileError(
            f"{path}, dataset {name!r} has the shape {shape}, and obs and var have {len(row_names)} and "
            f"{len(feature_names)} entries: row counts that differ; write the file anew."
        )
    kept = {each: carried[each] for each in wanted}
    return NamedTable(name, (shape[0], shape[1]), dtype, kept, tuple(feature_names), tuple(row_names), target)


def _matrix(path: Path | RemoteFile, file: Any, chosen: NamedTable) -> Source:
    matrix = file[chosen.name]
    if hasattr(matrix, "shape"):
        return table_of(path, file, chosen)
    kind = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", ""))
    if kind not in ("csr_matrix", "csr"):
        raise DataFileError(
            f"{path}, {chosen.name!r} is stored as {kind or 'a group'}, and a table is read by its rows: "
            "convert it with adata.X = adata.X.tocsr() and write it anew."
        )
    starts, n_rows = matrix["indptr"][()].astype(np.int64), chosen.shape[0]
    each = max(int(starts[-1]) // n_rows, 1)
    chunk = (matrix["data"].chunks or (each,))[0]
    return SparseSource(
        starts,
        matrix["indices"],
        matrix["data"],
        chosen.shape[1],
        f"{path}::{chosen.name}",
        block=(min(max(chunk // each, 1), n_rows), chosen.shape[1]),
        path=path,
        release=file.close,
        **chosen.described(),
    )


def _frame(group: Any) -> tuple[list[str], dict[str, np.ndarray]]:
    """Read a data frame's index, and its columns of one axis."""
    if not hasattr(group, "keys"):  # before AnnData 0.7: one compound dataset
        records = group[()]
        first, *others = records.dtype.names
        return as_text(records[first].tolist()).tolist(), {
            name: _plain(np.asarray(records[name])) for name in others
        }
    key = str(as_text([group.attrs.get("_index", "_index")])[0])
    index = [str(name) for name in hdf5_array(group[key]).load().tolist()]
    columns = {}
    for name in as_text(list(group.attrs.get("column-order", list(group)))).tolist():
        if name == key or name not in group or name.startswith("__"):
            continue
        values = _column(group, name)
        if values is not None and values.shape == (len(index),):
            columns[name] = values
    return index, columns


def _column(group: Any, name: str) -> np.ndarray | None:
    found = group[name]
    if hasattr(found, "shape"):
        values = hdf5_array(found).load()
        categories = group["__categories"].get(name) if "__categories" in group else None
        return values if categories is None else _decoded(values, hdf5_array(categories).load())
    if "codes" in found and "categories" in found:
        return _decoded(found["codes"][()], hdf5_array(found["categories"]).load())
    if "values" in found and "mask" in found:  # a nullable column
        values, mask = hdf5_array(found["values"]).load(), found["mask"][()].astype(bool)
        return np.where(mask, "", values) if values.dtype.kind == "U" else np.where(mask, np.nan, values)
    return None


def _decoded(codes: np.ndarray, categories: np.ndarray) -> np.ndarray:
    if categories.dtype.kind in "iufb":
        values = np.append(categories.astype(np.float64), np.nan)
        return values[codes] if (codes < 0).any() else categories[codes]
    return np.append(categories.astype(str), "")[codes]


def _plain(values: np.ndarray) -> np.ndarray:
    return values if values.dtype.kind in "buif" else as_text(values.tolist())
