"""Tiles: cells on their way through the processor's cache, as float64, where all is done to them at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

    Move = Float64[np.ndarray, " columns"] | None

__all__ = ["TILE_CELLS", "TURNED_ROWS", "ColumnTiles", "RowTiles"]

# 1 MB of float64: a tile stays in the cache, and extra memory stays small.
TILE_CELLS = 2**17
# Very wide tables go by bands of columns too, or the offsets would not stay there.
_BAND_COLUMNS = 2**15
_FOLDED_COLUMNS = 2**10
# Sums over longer pieces would be shared among threads, and wait for them.
_PIECE_CELLS = 2**13
# An odd number of cache lines from a column of a tile to the next, or they would share places in the cache.
_LINE = 8
TURNED_ROWS = 319 * _LINE


class _Scratch(threading.local):
    """Memory that a thread keeps for its tiles: what is new each time comes page by page."""

    cells: Float64[np.ndarray, " cells"] | None = None

    def at_least(self, n_cells: int) -> Float64[np.ndarray, " n_cells"]:
        """Return so many cells, whatever is in them."""
        if self.cells is None or len(self.cells) < n_cells:
            self.cells = np.zeros(n_cells)
        return self.cells[:n_cells]


_scratch = _Scratch()


class RowTiles:
    """Tiles of rows; short ones are laid side by side, so that a loop has enough to do.

    Parameters
    ----------
    n_rows, n_columns : int
        Of the table.

    Attributes
    ----------
    height, width : int
        Rows and columns of a tile; the last ones may be smaller.

    Examples
    --------
    >>> tiles = RowTiles(2, 3)
    >>> tiles.settle(np.array([1.0, 2.0, 3.0]), None)
    >>> tile = tiles.tile((2, 3))
    >>> tile[:] = 5.0
    >>> tiles.move()
    >>> tile.tolist(), tiles.squares()
    ([[4.0, 3.0, 2.0], [4.0, 3.0, 2.0]], 58.0)
    """

    def __init__(self, n_rows: int, n_columns: int) -> None:
        self.width = max(min(n_columns, _BAND_COLUMNS), 1)
        self.height = max(min(TILE_CELLS // self.width, n_rows), 1)
        self._fold = max(_FOLDED_COLUMNS // self.width, 1)
        self._cells = _scratch.at_least(-(-self.height * self.width // _PIECE_CELLS) * _PIECE_CELLS)

    def settle(self, offset: Move, factor: Move) -> None:
        """Take what is to be done to the columns of the next tiles; None for nothing."""
        self._offset, self._factor = (
            each if each is None or self._fold == 1 else np.tile(each, self._fold)
            for each in (offset, factor)
        )

    def tile(self, shape: tuple[int, int]) -> Float64[np.ndarray, "rows columns"]:
        """Return a place for cells."""
        self._tile = self._cells[: shape[0] * shape[1]].reshape(shape)
        return self._tile

    def move(self) -> None:
        """Scale the cells in their place."""
        beside = len(self._tile) // self._fold * self._fold
        for part in (self._tile[:beside].reshape(-1, self._tile.shape[1] * self._fold), self._tile[beside:]):
            if self._offset is not None:
                part -= self._offset[: part.shape[1]]
            if self._factor is not None:
                part *= self._factor[: part.shape[1]]

    def squares(self) -> float:
        """Sum the squares of the cells; it is not small if a cell is not."""
        n_pieces = -(-self._tile.size // _PIECE_CELLS)
        self._cells[self._tile.size : n_pieces * _PIECE_CELLS] = 0.0
        pieces = self._cells[: n_pieces * _PIECE_CELLS].reshape(-1, _PIECE_CELLS)
        return float(np.vecdot(pieces, pieces).sum())


class ColumnTiles:
    """Tiles of columns that lie apart, scaled as they lie and turned on the way out; otherwise as `RowTiles`.

    Parameters
    ----------
    n_rows, n_columns : int
        Of the table.

    Examples
    --------
    >>> tiles = ColumnTiles(2, 3)
    >>> tiles.settle(None, np.array([1.0, 2.0, 3.0]))
    >>> tile = tiles.tile((2, 3))
    >>> tile[:] = 5.0
    >>> tiles.move()
    >>> tile.tolist(), tiles.squares()
    ([[5.0, 10.0, 15.0], [5.0, 10.0, 15.0]], 700.0)
    """

    def __init__(self, n_rows: int, n_columns: int) -> None:
        self.height = min(n_rows, TURNED_ROWS)
        length = (-(-self.height // _LINE) | 1) * _LINE
        self.width = max(min(TILE_CELLS // length, n_columns), 1)
        self._cells = _scratch.at_least(self.width * length).reshape(self.width, length)

    def settle(self, offset: Move, factor: Move) -> None:
        """Take what is to be done to the columns of the next tiles; None for nothing."""
        self._offset, self._factor = (None if each is None else each[:, None] for each in (offset, factor))

    def tile(self, shape: tuple[int, int]) -> Float64[np.ndarray, "rows columns"]:
        """Return a place for cells."""
        self._used = self._cells[: shape[1]]
        self._tile = self._used[:, : shape[0]]
        return self._tile.T

    def move(self) -> None:
        """Scale the cells in their place, and what lies between the columns as well: it makes one loop."""
        if self._offset is not None:
            self._used -= self._offset
        if self._factor is not None:
            self._used *= self._factor

    def squares(self) -> float:
        """Sum the squares of the cells; it is not small if a cell is not."""
        return float(np.vecdot(self._tile, self._tile).sum())
