"""One pass over a table: the extremes, mean and spread of each column, and which cells cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from diabolo.data.cells import LARGEST, ShortLoops
from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Int64, Shaped

    Rows = Int[np.ndarray, " rows"]

__all__ = ["BLOCK_CELLS", "Sharing", "Statistics", "joined_statistics", "table_statistics", "tile_shape"]

BLOCK_CELLS = 2**23
"""About so many cells of a table on disk are read at once."""

# 1 MB of float64: a tile and what is made of it stay in the cache.
_TILE_CELLS = 2**17
# Wider tables go by bands of columns, or a tile would have too few rows to be worth its own sums.
_MOST_FEATURES = 2**13
# So many rows of all columns, or of wide tables fewer, are summed before they are added to the others.
_BAND_ROWS, _ROWS_CELLS = 128, 2**22
# Short rows are laid side by side, so that a step of a loop has enough to do.
_FOLDED_COLUMNS = 2**10
# Into so many parts rows are cut, whole tiles each, for processes that share them.
_GROUPS = 16
# Numbers whose squares are normal ones.
_LEAST_SQUARED = 1e-150


class Sharing(Protocol):
    """Processes that share the rows of a table."""

    def share(self, count: int) -> slice:
        """Say which of so many parts this process is to do."""
        ...

    def gathered(self, arrays: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
        """Return what every process gives, in their order."""
        ...


@dataclass(frozen=True, eq=False)
class Statistics:
    """What one pass over a table's rows found.

    Parameters
    ----------
    n_rows : int
        Rows looked at; those of weight 0 are not.
    lowest, highest : float64 arrays of shape (n_features,)
        Of the cells that are there; 0 for a column without any.
    mean, deviation : float64 arrays of shape (n_features,)
        Weighted; the deviation divides by the sum of the weights.
    n_missing : int array of shape (n_features,)
        Cells that are NaN.
    first_missing, first_unfit : (row, column) or None
        The first cell that is NaN; the first that is infinite or too large for float32. Where there is an
        unfit one, the other figures mean nothing.
    """

    n_rows: int
    lowest: Float64[np.ndarray, " n_features"]
    highest: Float64[np.ndarray, " n_features"]
    mean: Float64[np.ndarray, " n_features"]
    deviation: Float64[np.ndarray, " n_features"]
    n_missing: Int64[np.ndarray, " n_features"]
    first_missing: tuple[int, int] | None
    first_unfit: tuple[int, int] | None


def table_statistics(
    source: Source,
    chosen: Rows | None = None,
    sample_weight: Float[np.ndarray, " n_rows"] | None = None,
    team: Sharing | None = None,
    n_all: int | None = None,
) -> Statistics:
    """Look once at every chosen row.

    Tiles' sums of squares about their own means are merged (Chan, Golub and LeVeque, 1979), which stays
    exact where the mean is large beside the deviation. Where a tile begins and ends depends on the table's
    shape alone, and tiles are merged in their order: neither the blocks of a file nor the kind of source
    change a bit. One thread does it all: what is done to a tile in the cache is so short that a second thread
    would cost more, by the interpreter's lock, than it brings.

    Parameters
    ----------
    source : Source
        Of any size.
    chosen : int array, optional
        The rows to look at; all by default.
    sample_weight : array of shape (n_rows,), optional
        Finite and not negative; rows of weight 0 are left out.
    team : Sharing, optional
        Processes of which each looks at some of the rows; what is found is the same to the bit, however many
        there are (up to 16).
    n_all : int, optional
        Of how many features those of the source are some: what is found of them is the same to the bit.

    Returns
    -------
    Statistics
        Of the rows of all.

    Raises
    ------
    InputError
        The weights do not fit.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> found = table_statistics(ArraySource(np.array([[1.0, 5.0], [3.0, np.nan]])))
    >>> found.mean.tolist(), found.n_missing.tolist(), found.first_missing
    ([2.0, 5.0], [0, 1], (1, 1))
    """
    rows = np.arange(len(source)) if chosen is None else np.asarray(chosen, np.int64)
    if (rows[1:] < rows[:-1]).any():
        rows = np.sort(rows)
    weights = None if sample_weight is None else _checked_weights(sample_weight, len(source))
    if weights is not None:
        rows = rows[weights[rows] > 0]
    height, width = tile_shape(n_all or source.n_features)
    bands = [slice(c, min(c + width, source.n_features)) for c in range(0, source.n_features, width)]
    scratch = np.empty((height + _fold(width)) * width)
    # Tiles are merged by groups, and these with each other: each process has whole groups.
    n_tiles = -(-len(rows) // height)
    edges = [n_tiles * group // _GROUPS for group in range(_GROUPS + 1)]
    own = slice(0, _GROUPS) if team is None else team.share(_GROUPS)
    tallies = [_Tally(source.n_features)]
    number = edges[own.start]
    for part, block in _blocks(source, rows[number * height : edges[own.stop] * height], height):
        with ShortLoops():
            for start in range(0, len(part), height):
                if number in edges and tallies[-1].n_rows:
                    if len(tallies) > 1 and team is None:
                        tallies[0].take_in(tallies.pop())
                    tallies.append(_Tally(source.n_features))
                tile = part[start : start + height]
                cells = None if block is None else block[start : start + height]
                weight = None if weights is None else weights[tile]
                tallies[-1].n_rows += len(tile)
                for band in bands:
                    tallies[-1].merge(band, _figures(source, tile, band, cells, weight, scratch))
                number += 1
    return _total(tallies, team).result()


def _total(tallies: list[_Tally], team: Sharing | None) -> _Tally:
    """Merge groups of tiles, of all processes, in their order."""
    if team is not None:
        own: dict[str, np.ndarray] = {}
        for i, tally in enumerate(tallies):
            own |= {f"{i}.{name}": part for name, part in tally.arrays().items()}
        tallies = []
        for arrays in team.gathered(own):
            by_group: dict[str, dict[str, np.ndarray]] = {}
            for name, part in arrays.items():
                group, _, field = name.partition(".")
                by_group.setdefault(group, {})[field] = part
            tallies += map(_Tally.of, by_group.values())
    whole, *others = [tally for tally in tallies if tally.n_rows] or tallies[:1]
    for other in others:
        whole.take_in(other)
    return whole


def tile_shape(n_features: int) -> tuple[int, int]:
    """Say how many rows and columns are summed before they are merged with the others.

    Parameters
    ----------
    n_features : int
        Of the table.

    Returns
    -------
    rows, columns : int

    Examples
    --------
    >>> tile_shape(50), tile_shape(5_000), tile_shape(100_000)
    ((2621, 50), (26, 5000), (32, 4096))
    """
    if n_features <= _MOST_FEATURES:
        return _TILE_CELLS // max(n_features, 1), n_features
    # A power of two, so that bands begin at even places.
    rows = 1 << (min(max(_ROWS_CELLS // n_features, 1), _BAND_ROWS).bit_length() - 1)
    return rows, _TILE_CELLS // rows


def _checked_weights(
    sample_weight: Float[np.ndarray, " n_rows"], n_rows: int
) -> Float64[np.ndarray, " n_rows"]:
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (n_rows,):
        raise InputError(
            f"sample_weight must have one entry for each of the {n_rows} rows; got the shape {weights.shape}."
        )
    if n_rows and not (weights.min() >= 0 and weights.max() < np.inf):
        raise InputError("sample_weight must be finite and not negative.")
    return weights


def _blocks(
    source: Source, rows: Rows, height: int
) -> Iterator[tuple[Rows, Shaped[np.ndarray, "block n_features"] | None]]:
    """Yield row numbers by whole tiles, and their cells where they had to be read from a file.

    What a block of the file has beyond whole tiles is carried over into the next, so that no block is read
    twice.
    """
    step = source.rows_at_once(BLOCK_CELLS)
    if source.in_memory or source.block[0] == 1:
        step = max(step // height, 1) * height
    if source.in_memory:
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            yield part, None
        return
    carried = height - 1 if step % height else 0
    buffer = np.empty((min(step + carried, len(rows)), source.n_features), source.dtype)
    held = 0
    for start in range(0, len(rows), step):
        part = rows[start - held : start + step]
        source.read(_as_range(part[held:]), out=buffer[held : len(part)])
        whole = len(part) if start + step >= len(rows) else len(part) - len(part) % height
        yield part[:whole], buffer[:whole]
        held = len(part) - whole
        buffer[:held] = buffer[whole : len(part)].copy()


def _as_range(rows: Rows) -> slice | Rows:
    is_range = int(rows[-1]) - int(rows[0]) + 1 == len(rows)
    return slice(int(rows[0]), int(rows[-1]) + 1) if is_range else rows


def _cells(source: Source, rows: Rows, band: slice) -> Shaped[np.ndarray, "rows columns"]:
    """Return a tile of a table in memory."""
    wanted = _as_range(rows)
    if isinstance(wanted, slice) and band.stop - band.start == source.n_features:
        return source.peek(wanted)
    return source.read(wanted, band)


def _reach(
    reduce: Callable[..., Any], cells: Shaped[np.ndarray, "rows columns"], fold: int
) -> Float64[np.ndarray, " columns"]:
    """Find the extremes of columns, short rows laid side by side."""
    count = len(cells) // fold * fold if cells.flags.c_contiguous else 0
    found = [reduce(cells[count:], axis=0)] if count < len(cells) else []
    if count:
        beside = reduce(cells[:count].reshape(count // fold, -1), axis=0)
        found.append(reduce(beside.reshape(fold, -1), axis=0))
    return reduce(found, axis=0).astype(np.float64)


class _Figures(NamedTuple):
    """What a tile comes to; `counted` is the weight of its cells that are there."""

    lowest: Float64[np.ndarray, " columns"]
    highest: Float64[np.ndarray, " columns"]
    mean: Float64[np.ndarray, " columns"]
    squares: Float64[np.ndarray, " columns"]
    counted: Float64[np.ndarray, " columns"] | float
    n_missing: Int64[np.ndarray, " columns"] | int = 0
    first_missing: tuple[int, int] | None = None
    first_unfit: tuple[int, int] | None = None


def _fold(width: int) -> int:
    return max(_FOLDED_COLUMNS // max(width, 1), 1)


def _figures(
    source: Source,
    rows: Rows,
    band: slice,
    block: Shaped[np.ndarray, "rows n_features"] | None,
    weights: Float64[np.ndarray, " rows"] | None,
    scratch: Float64[np.ndarray, " cells"],
) -> _Figures:
    """Sum up a tile, in float64."""
    width, fold = band.stop - band.start, _fold(band.stop - band.start)
    padded = -(-len(rows) // fold) * fold
    whole = scratch[: padded * width].reshape(padded, width)
    tile, folded = whole[: len(rows)], whole.reshape(padded // fold, fold * width)
    cells = _cells(source, rows, band) if block is None else block[:, band]
    tile[:] = cells
    whole[len(rows) :] = tile[0]
    weights = np.ones(len(rows)) if weights is None else weights
    counted: np.ndarray | float = float(weights.sum())
    lowest, highest = (_reach(reduce, cells, fold) for reduce in (np.minimum.reduce, np.maximum.reduce))
    gaps = np.isnan(tile) if source.dtype.kind == "f" and np.isnan(lowest.min(initial=0)) else None
    n_missing: np.ndarray | int = 0
    first_missing = None
    if gaps is not None:
        n_missing, first_missing = gaps.sum(axis=0), _first(gaps, rows, band)
        lowest, highest = (reach(tile, axis=0) for reach in (np.fmin.reduce, np.fmax.reduce))
        lowest[n_missing == len(rows)], highest[n_missing == len(rows)] = np.inf, -np.inf
        # Of columns without a gap the sum of weights stays what it is without gaps elsewhere.
        counted = np.where(n_missing > 0, weights @ ~gaps, counted)
        tile[gaps] = 0.0
    if not (lowest.min(initial=0) >= -LARGEST and highest.max(initial=0) <= LARGEST):
        fit = (lowest >= -LARGEST) & (highest <= LARGEST) | (n_missing == len(rows))
        if not fit.all():
            unfit = _first(np.abs(tile) > LARGEST, rows, band)
            return _Figures(lowest, highest, lowest, lowest, 0.0, n_missing, first_missing, unfit)
    mean = weights @ tile / np.where(counted == 0, 1.0, counted)
    np.subtract(folded, np.tile(mean, fold), out=folded)
    if gaps is not None:
        tile[gaps] = 0.0
    np.square(folded, out=folded)
    return _Figures(lowest, highest, mean, weights @ tile, counted, n_missing, first_missing)


def _first(marks: Shaped[np.ndarray, "rows columns"], rows: Rows, band: slice) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmax(marks)), marks.shape)
    return int(rows[row]), band.start + int(column)


class _Tally:
    """The tiles so far."""

    def __init__(self, n_features: int) -> None:
        self.n_rows = 0
        self.lowest, self.highest = np.full(n_features, np.inf), np.full(n_features, -np.inf)
        self.mean, self.squares, self.total = (np.zeros(n_features) for _ in range(3))
        self.n_missing = np.zeros(n_features, np.int64)
        self.first_missing: tuple[int, int] | None = None
        self.first_unfit: tuple[int, int] | None = None

    def merge(self, band: slice, found: _Figures) -> None:
        """Take in a tile's figures."""
        self.first_missing = _earlier(self.first_missing, found.first_missing)
        self.first_unfit = _earlier(self.first_unfit, found.first_unfit)
        self.n_missing[band] += found.n_missing
        if found.first_unfit is not None:
            return
        np.minimum(self.lowest[band], found.lowest, out=self.lowest[band])
        np.maximum(self.highest[band], found.highest, out=self.highest[band])
        total, added = self.total[band], found.counted
        both = total + added
        both[both == 0] = 1.0
        change = found.mean - self.mean[band]
        self.squares[band] += found.squares + change**2 * (total * added / both)
        self.mean[band] += change * (added / both)
        self.total[band] += added

    def arrays(self) -> dict[str, np.ndarray]:
        """Write all of it as arrays."""
        firsts = {"first_missing": self.first_missing, "first_unfit": self.first_unfit}
        cells = {name: np.array(cell or (), np.int64) for name, cell in firsts.items()}
        return {**vars(self), **cells, "n_rows": np.array(self.n_rows)}

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> _Tally:
        """Read what `arrays` has written."""
        tally = cls(0)
        vars(tally).update(arrays)
        tally.n_rows = int(arrays["n_rows"])
        for name in ("first_missing", "first_unfit"):
            row_and_column = tuple(map(int, arrays[name]))
            setattr(tally, name, row_and_column or None)
        return tally

    def take_in(self, other: _Tally) -> None:
        """Take in the tiles of another."""
        figures = (other.lowest, other.highest, other.mean, other.squares, other.total, other.n_missing)
        self.merge(slice(None), _Figures(*figures, other.first_missing, other.first_unfit))
        self.n_rows += other.n_rows

    def result(self) -> Statistics:
        empty = self.total == 0
        self.lowest[empty] = self.highest[empty] = 0.0
        for extremes in (self.lowest, self.highest):
            extremes += 0.0  # of zeros of both signs the positive one
        self.total[empty] = 1.0
        self.squares /= self.total
        deviation, reach = np.sqrt(self.squares, out=self.squares), self.highest - self.lowest
        # Squares of smaller numbers are 0 or near it; the deviation is then what it can be at the most.
        np.copyto(deviation, reach / 2, where=(reach > 0) & (reach < _LEAST_SQUARED))
        return Statistics(
            self.n_rows,
            self.lowest,
            self.highest,
            self.mean,
            deviation,
            self.n_missing,
            self.first_missing,
            self.first_unfit,
        )


def joined_statistics(parts: Sequence[tuple[int, Statistics]]) -> Statistics:
    """Join what was found of the same rows' features, part by part.

    Parameters
    ----------
    parts : sequence of (int, Statistics)
        The first feature of each part, one behind the other, and what was found.

    Returns
    -------
    Statistics
    """

    def columns(name: str) -> Any:
        return np.concatenate([getattr(found, name) for _, found in parts])

    def first(name: str) -> tuple[int, int] | None:
        cells = ((start, getattr(found, name)) for start, found in parts)
        return min(((cell[0], start + cell[1]) for start, cell in cells if cell is not None), default=None)

    return Statistics(
        parts[0][1].n_rows,
        columns("lowest"),
        columns("highest"),
        columns("mean"),
        columns("deviation"),
        columns("n_missing"),
        first("first_missing"),
        first("first_unfit"),
    )


def _earlier(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    return min(filter(None, (one, other)), default=None)
