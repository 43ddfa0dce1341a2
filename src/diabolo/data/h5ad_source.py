"""AnnData's .h5ad files as sources."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.casting import check_table, copy_cells
from diabolo.data.hdf5_source import Hdf5Source, hdf5_array, open_hdf5
from diabolo.data.location import damaged
from diabolo.data.source import Source
from diabolo.errors import DataFileError, DiaboloError, InputError, nearest_name

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from jaxtyping import Shaped

__all__ = ["H5adSource"]

# Rows of a sparse table are filled a group at a time, of about so many stored cells.
_BUFFER_CELLS = 2**21


class H5adSource(Source):
    """The matrix of an AnnData file, dense or in compressed sparse rows, read as it is needed.

    The rows' names are `obs`'s index, the features' those of `var`; the columns of `obs` are carried,
    categories as their text.

    Parameters
    ----------
    path : str or path-like
        The file.
    dataset : str, default "X"
        The matrix, such as ``"layers/counts"``.
    target : str, optional
        The column of `obs` that is the target.
    keep_columns : sequence of str, optional
        The columns of `obs` to carry; None carries all.

    Raises
    ------
    DataFileError
        The file is missing, damaged or no AnnData, or what was named is not in it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        target: str | None = None,
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        path = Path(path)
        self._path = path
        self._file = open_hdf5(path)
        self._closing = weakref.finalize(self, self._file.close)
        self._dense: Hdf5Source | None = None
        try:
            name = (dataset or "X").strip("/")
            for part in (name, "obs", "var"):
                if part not in self._file:
                    raise DataFileError(
                        f"{path} has no {part!r}, which an AnnData file is read by; it has "
                        f"{', '.join(map(repr, self._file))}.{nearest_name(part, list(self._file))}"
                    )
            matrix = self._file[name]
            row_names, carried = _frame(self._file["obs"])
            feature_names, _ = _frame(self._file["var"])
            if target is not None and target not in carried:
                raise _no_column(path, target, carried)
            if keep_columns is not None:
                wanted = [*([] if target is None else [target]), *keep_columns]
                for each in wanted:
                    if each not in carried:
                        raise _no_column(path, each, carried)
                carried = {each: carried[each] for each in wanted}
            shape, dtype, block = self._open_matrix(path, name, matrix)
            counts = (len(row_names), len(feature_names))
            if counts != shape:
                raise DataFileError(
                    f"{path}, dataset {name!r} has the shape {shape}, and obs and var have {counts[0]} and "
                    f"{counts[1]} entries: row counts that differ; write the file anew."
                )
        except DiaboloError:
            self.close()
            raise
        except Exception as problem:  # a damaged file can go wrong in many ways
            self.close()
            raise damaged(path, problem) from problem
        super().__init__(
            f"{path}::{name}",
            shape,
            dtype,
            feature_names=feature_names,
            row_names=row_names,
            carried=carried,
            target_name=target,
            block=block,
        )

    def close(self) -> None:
        """Close the file."""
        if self._dense is not None:
            self._dense.close()
        self._closing()

    def _open_matrix(
        self, path: Path, name: str, matrix: Any
    ) -> tuple[tuple[int, int], np.dtype[Any], tuple[int, int]]:
        if hasattr(matrix, "shape"):
            self._dense = Hdf5Source(path, dataset=name, keep_columns=())
            self.is_compressed = self._dense.is_compressed
            return self._dense.shape, self._dense.dtype, self._dense.block
        kind = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", ""))
        if kind not in ("csr_matrix", "csr"):
            raise DataFileError(
                f"{path}, {name!r} is stored as {kind or 'a group'}, and a table is read by its rows: "
                "convert it with adata.X = adata.X.tocsr() and write it anew."
            )
        stored = matrix.attrs.get("shape", matrix.attrs.get("h5sparse_shape"))
        shape = (int(stored[0]), int(stored[1]))
        check_table(shape, matrix["data"].dtype, f"{path}, {name!r}")
        self._starts = matrix["indptr"][()].astype(np.int64)
        self._indices, self._values = matrix["indices"], matrix["data"]
        each = max(int(self._starts[-1]) // shape[0], 1)
        chunk = (self._values.chunks or (each,))[0]
        return shape, matrix["data"].dtype, (min(max(chunk // each, 1), shape[0]), shape[1])

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        if self._dense is not None:
            self._dense.read(rows, columns, out)
            return
        if not self._closing.alive:
            raise InputError(f"{self.name} was closed and cannot be read any more: open it anew.")
        out[...] = 0
        start = rows.start
        while start < rows.stop:
            budget = self._starts[start] + _BUFFER_CELLS
            stop = max(int(np.searchsorted(self._starts, budget, "right")) - 1, start + 1)
            stop = min(stop, rows.stop)
            low, high = int(self._starts[start]), int(self._starts[stop])
            try:
                at, values = self._indices[low:high], self._values[low:high]
            except (OSError, RuntimeError) as problem:
                raise damaged(self._path, problem) from problem
            row = np.repeat(np.arange(start, stop) - rows.start, np.diff(self._starts[start : stop + 1]))
            inside = (at >= columns.start) & (at < columns.stop)
            found = np.empty(int(inside.sum()), out.dtype)
            copy_cells(found, values[inside])
            out[row[inside], at[inside].astype(np.int64) - columns.start] = found
            start = stop


def _frame(group: Any) -> tuple[list[str], dict[str, np.ndarray]]:
    """Read a data frame's index, and its columns of one axis."""
    if not hasattr(group, "keys"):  # before AnnData 0.7: one compound dataset
        records = group[()]
        first, *others = records.dtype.names
        return [_text(each) for each in records[first].tolist()], {
            name: _plain(np.asarray(records[name])) for name in others
        }
    key = _text(group.attrs.get("_index", "_index"))
    index = [str(name) for name in hdf5_array(group[key]).load().tolist()]
    columns = {}
    for name in [_text(each) for each in group.attrs.get("column-order", list(group))]:
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


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(values: np.ndarray) -> np.ndarray:
    return values if values.dtype.kind in "buif" else np.array([_text(each) for each in values.tolist()], str)


def _no_column(path: Path, name: str, columns: dict[str, np.ndarray]) -> DataFileError:
    known = ", ".join(map(repr, columns)) or "none"
    return DataFileError(
        f"{path} has no column {name!r} in obs; it has {known}.{nearest_name(name, columns)}"
    )
