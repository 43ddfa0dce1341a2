"""Some rows, or some columns, of a source as a source of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

__all__ = ["ChosenColumns", "ChosenRows"]

# A block of rows as wide as the parent, of which some columns are taken, is at most so large.
_SPAN_CELLS = 2**21


class ChosenRows(Source):
    """Some of a source's rows, in the order given.

    Parameters
    ----------
    parent : Source
        The whole table.
    chosen : array-like of int or bool
        Row numbers, or a mark for every row.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> ChosenRows(ArraySource(np.eye(3)), [2, 0])[:].tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, parent: Source, chosen: Any) -> None:
        self.parent, self.chosen = parent, _positions(chosen, parent.shape[0], parent.name, "row")
        super().__init__(
            parent.name,
            (len(self.chosen), parent.shape[1]),
            parent.dtype,
            feature_names=parent.feature_names,
            row_names=None if parent.row_names is None else [parent.row_names[i] for i in self.chosen],
            carried={name: np.asarray(values)[self.chosen] for name, values in parent.carried.items()},
            target_name=parent.target_name,
            block=parent.block,
        )
        self.is_compressed, self.is_transposed = parent.is_compressed, parent.is_transposed

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        self.parent.read(self.chosen[rows], columns, out)

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self.parent.origin(int(self.chosen[row]))

    def close(self) -> None:
        """Let go of the file."""
        self.parent.close()


class ChosenColumns(Source):
    """Some of a source's features, in the order given.

    Parameters
    ----------
    parent : Source
        The whole table.
    chosen : array-like of int or bool
        Column numbers, or a mark for every column.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> ChosenColumns(ArraySource(np.eye(3)), [2, 0])[:].tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """

    def __init__(self, parent: Source, chosen: Any) -> None:
        self.parent, self.chosen = parent, _positions(chosen, parent.shape[1], parent.name, "column")
        names = parent.feature_names
        super().__init__(
            parent.name,
            (parent.shape[0], len(self.chosen)),
            parent.dtype,
            feature_names=None if names is None else [names[i] for i in self.chosen],
            row_names=parent.row_names,
            carried=parent.carried,
            target_name=parent.target_name,
            block=(parent.block[0], len(self.chosen)),
        )
        self.is_compressed, self.is_transposed = parent.is_compressed, parent.is_transposed

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        wanted = self.chosen[columns]
        first, last = int(wanted.min()), int(wanted.max()) + 1
        step = max(_SPAN_CELLS // (last - first), 1)
        for start in range(rows.start, rows.stop, step):
            part = slice(start, min(start + step, rows.stop))
            span = self.parent.read(part, slice(first, last))
            out[part.start - rows.start : part.stop - rows.start] = span[:, wanted - first]

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self.parent.origin(row)

    def close(self) -> None:
        """Let go of the file."""
        self.parent.close()


def _positions(chosen: Any, count: int, name: str, what: str) -> Int64[np.ndarray, " chosen"]:
    positions = np.asarray(chosen)
    if positions.dtype == bool:
        if positions.shape != (count,):
            raise InputError(f"{name} has {count} {what}s; got marks of shape {positions.shape}.")
        positions = np.flatnonzero(positions)
    elif positions.size == 0:
        positions = positions.astype(np.int64)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise InputError(f"{name}: {what}s are chosen by a list of whole numbers or of marks.")
    if positions.size and (positions.min() < 0 or positions.max() >= count):
        worst = positions.min() if positions.min() < 0 else positions.max()
        raise InputError(f"{name} has {count} {what}s, numbered from 0; there is no {what} {worst}.")
    return positions.astype(np.int64)
