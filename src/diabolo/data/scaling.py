"""Columns brought to a common scale, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import LARGEST, ShortLoops
from diabolo.data.columns import listed
from diabolo.data.source import Source
from diabolo.data.statistics import Statistics
from diabolo.data.tiles import TILE_CELLS, ColumnTiles, RowTiles
from diabolo.errors import ConstantFeatureWarning, InputError, ParameterError
from diabolo.messages import warn_caller
from diabolo.parameters.training import SCALERS

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64, Int, Shaped

    Rows = Shaped[np.ndarray, "n_rows n_features"]

# Of columns that lie apart a few rows are not worth tiles of their own.
_LEAST_TURNED, _LONG_COLUMNS = 64, 1024
# Less cannot be divided by.
_LEAST_WIDTH = 1e-300


@dataclass(frozen=True, eq=False)
class Scaler:
    """What to take from each column and what to multiply it by: scaled = (X - offset) * factor.

    Parameters
    ----------
    kind : {"minmax", "standard", "maxabs", "center", "common"} or None
        To 0..1; to mean 0 and standard deviation 1; to -1..1 with 0 kept; to mean 0 alone; to mean 0 and, by
        one factor for all columns, a variance of 1 on average; as it is.
    offset : ndarray of shape (n_features,), float64
        In the units of the columns.
    factor : ndarray of shape (n_features,), float64
        In the inverse units of the columns; finite and above 0.
    fill : ndarray of shape (n_features,), float64, or None
        What a missing cell is taken for, in the units of the columns; None leaves it missing.
    dtype : dtype, default float32
        Of rows in the units of the columns, as codes are decoded to: see `unscaled_dtype`.

    Examples
    --------
    >>> scaler = Scaler("minmax", np.array([10.0]), np.array([0.1]))
    >>> out = np.empty((1, 1), np.float32)
    >>> scale_rows(scaler, np.array([[15.0]]), out), out.tolist()
    (True, [[0.5]])
    """

    kind: str | None
    offset: Float64[np.ndarray, " n_features"]
    factor: Float64[np.ndarray, " n_features"]
    fill: Float64[np.ndarray, " n_features"] | None = None
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))

    @property
    def offset_parts(self) -> tuple[Float32[np.ndarray, " n_features"], Float32[np.ndarray, " n_features"]]:
        """The offset as two numbers of float32 each: taken off in turn, they leave what float64 would.

        Examples
        --------
        >>> Scaler("center", np.array([2.0**30 + 0.5]), np.ones(1)).offset_parts
        (array([1.0737418e+09], dtype=float32), array([0.5], dtype=float32))
        """
        high = self.offset.astype(np.float32)
        return high, (self.offset - high).astype(np.float32)


def unscaled_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Say what rows come back as, in the units of the columns: float64 where float32 has too few digits.

    Parameters
    ----------
    dtype : dtype
        Of the rows that go in.

    Returns
    -------
    dtype
        float64 for float64 and whole numbers of 32 bits or more, else float32.

    Examples
    --------
    >>> unscaled_dtype(np.dtype(np.uint8)), unscaled_dtype(np.dtype(np.int64))
    (dtype('float32'), dtype('float64'))
    """
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32) else np.float64)


def scaler_of(
    kind: str | None,
    found: Statistics,
    *,
    fills: bool = False,
    feature_names: Sequence[str] | None = None,
) -> Scaler:
    """Make the scaler of rows that have been looked at.

    Parameters
    ----------
    kind : {"minmax", "standard", "maxabs", "center", "common"} or None
        See `Scaler`.
    found : Statistics
        Of the rows to scale by.
    fills : bool, default False
        Whether a missing cell is taken for its column's mean.
    feature_names : sequence of str of length n_features, optional
        For the warning.

    Returns
    -------
    Scaler

    Raises
    ------
    ParameterError
        There is no such kind.
    InputError
        No row was looked at.

    Warns
    -----
    ConstantFeatureWarning
        A column holds one value only (for "maxabs": only zeros); its factor is 1. Not for "common", whose
        factor is 1 where all columns do.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> from diabolo.data.statistics import table_statistics
    >>> found = table_statistics(ArraySource(np.array([[0.0, -1.0], [10.0, 1.0]])))
    >>> scaler = scaler_of("minmax", found)
    >>> scaler.offset, scaler.factor
    (array([ 0., -1.]), array([0.1, 0.5]))
    """
    if not SCALERS.holds(kind):
        raise ParameterError(
            f"scale must be one of {', '.join(map(repr, SCALERS.names))} or None; got {kind!r}."
            f"{SCALERS.hint(kind)}"
        )
    if not found.n_rows:
        raise InputError("The scaler has no row to look at: give at least one row, and of a weight above 0.")
    fill = found.mean if fills else None
    n_features = len(found.mean)
    if kind is None:
        return Scaler(kind, np.zeros(n_features), np.ones(n_features), fill)
    offset, width = _place(kind, found)
    constant = width < _LEAST_WIDTH
    if constant.any() and kind != "common":  # which leaves alone what all columns have alike
        _warn(kind, np.flatnonzero(constant), feature_names, is_exact=not width[constant].any())
    return Scaler(kind, offset, 1 / np.where(constant, 1.0, width), fill)


def _place(
    kind: str, found: Statistics
) -> tuple[Float64[np.ndarray, " n_features"], Float64[np.ndarray, " n_features"]]:
    """Return what is taken from each column, and what it is divided by."""
    lowest, highest, mean = found.lowest, found.highest, found.mean
    if kind == "minmax":
        return lowest, highest - lowest
    if kind == "standard":
        # Of equal values the mean may be off by a rounding, and the spread not quite zero.
        width = np.where(lowest == highest, 0, found.deviation)
        return np.where(width == 0, lowest, mean), width
    if kind == "center":
        return np.where(lowest == highest, lowest, mean), np.ones_like(mean)
    if kind == "common":
        spread = np.where(lowest == highest, 0, found.deviation)
        return np.where(lowest == highest, lowest, mean), np.full_like(mean, _root_mean_square(spread))
    return np.zeros_like(lowest), np.maximum(-lowest, highest)


def _root_mean_square(numbers: Float64[np.ndarray, " n"]) -> float:
    """Return the root of the mean square, of numbers of any size."""
    largest = float(np.max(numbers))
    return largest * math.sqrt(np.mean((numbers / largest) ** 2)) if largest > 0 else 0.0


def scale_rows(
    scaler: Scaler,
    X: Rows | Source,
    out: Float32[np.ndarray, "n_chosen n_features"],
    rows: slice | None = None,
    *,
    allows_missing: bool = False,
) -> bool:
    """Scale rows into a given array: (X - offset) * factor, computed in float64; missing cells are filled.

    All that is done to some cells is done while they are in the processor's cache, and every cell is looked
    at on the way.

    Parameters
    ----------
    scaler : Scaler
        Fitted to n_features columns; missing cells are filled where it has something to fill them with.
    X : array of shape (n_rows, n_features), or Source in memory
        Numbers of any kind.
    out : ndarray of shape (n_chosen, n_features), float32
        Where to put them; may be `X` itself.
    rows : slice, default all
        Which rows: a range of whole bounds within the table.
    allows_missing : bool, default False
        Whether cells may be NaN.

    Returns
    -------
    bool
        False where a cell is infinite, too large for float32 before or after, or missing without being
        allowed to be; what is in `out` is then of no use.

    Raises
    ------
    InputError
        The shapes do not fit.

    Examples
    --------
    >>> scaler = Scaler("center", np.ones(2), np.ones(2), fill=np.full(2, 5.0))
    >>> out = np.empty((1, 2), np.float32)
    >>> scale_rows(scaler, np.array([[3.0, np.nan]]), out, allows_missing=True), out.tolist()
    (True, [[2.0, 4.0]])
    >>> scale_rows(scaler, np.array([[3.0, np.nan]]), out)
    False
    """
    chosen = slice(0, len(X)) if rows is None else rows
    _check_shapes(scaler, X, out, chosen.stop - chosen.start)
    if isinstance(X, Source) and X.is_array:
        X, chosen = X.peek(chosen), slice(0, len(out))
    is_apart = X.is_transposed if isinstance(X, Source) else abs(X.strides[0]) < abs(X.strides[1])
    is_turned = is_apart and len(out) >= _LEAST_TURNED
    limit = _limit(scaler, X.dtype)
    # Whole numbers beyond float64 are rounded once. A tile pays for columns that are long, or gathered first,
    # or whose cells share places in the cache.
    is_float = X.dtype.kind == "f" and X.dtype.itemsize <= 8
    pays = isinstance(X, Source) or len(out) >= _LONG_COLUMNS or X.strides[1] % 512 == 0
    is_direct = scaler.kind is None and not (is_turned and is_float and pays)
    tiles = (ColumnTiles if is_turned else RowTiles)(*out.shape)
    with ShortLoops():  # what overflows is found
        for left in range(0, out.shape[1], tiles.width):
            columns = slice(left, left + tiles.width)
            tiles.settle(
                None if scaler.kind in (None, "maxabs") else scaler.offset[columns],
                None if scaler.kind in (None, "center") else scaler.factor[columns],
            )
            for top in range(0, len(out), tiles.height):
                place = out[top : top + tiles.height, columns]
                some = slice(chosen.start + top, chosen.start + top + len(place))
                if is_direct:
                    _copy(X, some, columns, place)
                    if np.isfinite(place.sum()):
                        continue
                tile = tiles.tile(place.shape)
                _copy(X, some, columns, tile)
                tiles.move()
                if not tiles.squares() <= limit:
                    _copy(X, some, columns, tile)
                    if not _is_fit(tile, scaler, columns, allows_missing):
                        return False
                    tiles.move()
                    if np.isinf(tile.astype(np.float32)).any():
                        return False
                place[...] = tile
    return True


def _copy(X: Rows | Source, rows: slice, columns: slice, place: Shaped[np.ndarray, "rows columns"]) -> None:
    if isinstance(X, Source):
        X.read(rows, columns, out=place)
    else:
        place[...] = X[rows, columns]


def _limit(scaler: Scaler, dtype: np.dtype[Any]) -> float:
    """Return a sum of squares of scaled cells below which no cell can be too large, scaled or not."""
    least = float(LARGEST)
    if dtype.kind == "f" and dtype.itemsize > 4:
        least = min(least, float(np.min((LARGEST - np.abs(scaler.offset)) * scaler.factor, initial=least)))
    return max(least, 0.0) ** 2


def _is_fit(
    tile: Float64[np.ndarray, "rows columns"], scaler: Scaler, columns: slice, allows_missing: bool
) -> bool:
    """Fill missing cells, and say whether every cell can be used."""
    missing = np.isnan(tile)
    if missing.any():
        if not allows_missing:
            return False
        if scaler.fill is not None:
            np.copyto(tile, scaler.fill[columns], where=missing)
    return not (np.abs(tile) > LARGEST).any()


def overflow(scaler: Scaler, source: Source, rows: slice | Int[np.ndarray, " rows"]) -> InputError:
    """Make the error for rows of which a cell can be used, but not once it is scaled.

    Parameters
    ----------
    scaler : Scaler
        By which.
    source : Source
        Where they are.
    rows : slice or int array
        Which of its rows were scaled.

    Returns
    -------
    InputError
        Ready to raise.
    """
    numbers = np.arange(len(source))[rows]
    for number in numbers:
        cells = source.read(slice(int(number), int(number) + 1)).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.isinf(((cells - scaler.offset) * scaler.factor).astype(np.float32))[0]
        if found.any():
            break
    row, column = int(number), int(np.argmax(found))
    cell, where = float(cells[0, column]), source.place(row, column)
    return InputError(
        f"{source.name} contains {cell!r}, which becomes too large for float32 when scaled by "
        f"{scaler.kind!r}, in {where}. Remove that row, or fit on rows that reach as far."
    )


def unscale_rows(
    scaler: Scaler, Y: Float[np.ndarray, "n_rows n_features"], dtype: np.dtype[Any] | None = None
) -> Float[np.ndarray, "n_rows n_features"]:
    """Undo `scale_rows`: Y / factor + offset, computed in float64.

    Parameters
    ----------
    scaler : Scaler
        Fitted to n_features columns.
    Y : array of shape (n_rows, n_features)
        Scaled rows.
    dtype : dtype, default that of the scaler
        Of what is returned, float32 or float64.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        In the units of the columns; a new array.

    Raises
    ------
    InputError
        The shapes do not fit, or a value does not fit the type.

    Examples
    --------
    >>> scaler = Scaler("minmax", np.array([10.0]), np.array([0.1]))
    >>> unscale_rows(scaler, np.array([[0.5]], np.float32))
    array([[15.]], dtype=float32)
    """
    out = np.empty(Y.shape, dtype or scaler.dtype)
    _check_shapes(scaler, Y, out, len(Y))
    step = max(1, TILE_CELLS // max(Y.shape[1], 1))
    for start in range(0, len(Y), step):
        block = Y[start : start + step]
        try:
            with np.errstate(over="raise"):
                out[start : start + step] = _spread(scaler, block)
        except FloatingPointError as problem:
            with np.errstate(over="ignore"):
                finite = np.isfinite(_spread(scaler, block).astype(out.dtype))
            row, column = (int(index) for index in np.argwhere(~finite)[0])
            raise InputError(
                f"Row {start + row}, column {column} (both counted from 0): {block[row, column]} becomes "
                f"too large for {out.dtype} when scaled back by {scaler.kind!r}; remove that row, or fit on "
                "rows that reach as far."
            ) from problem
    return out


def _spread(
    scaler: Scaler, block: Float[np.ndarray, "rows n_features"]
) -> Float[np.ndarray, "rows n_features"]:
    if scaler.kind is None:
        return block
    spread = block / scaler.factor
    spread += scaler.offset
    return spread


def _check_shapes(
    scaler: Scaler, rows: Rows | Source, out: Float32[np.ndarray, "n_chosen n_features"], n_chosen: int
) -> None:
    n_features = len(scaler.offset)
    if rows.ndim != 2 or rows.shape[1] != n_features or out.shape != (n_chosen, n_features):
        raise InputError(
            f"The scaler was fitted to {n_features} columns; "
            f"got rows of shape {rows.shape} for an array of shape {out.shape}."
        )


def _warn(
    kind: str,
    constant: Int[np.ndarray, " n_constant"],
    feature_names: Sequence[str] | None,
    *,
    is_exact: bool,
) -> None:
    shown = constant.tolist() if feature_names is None else [feature_names[i] for i in constant]
    counted = "" if feature_names is not None else " (counted from 0)"
    fate = "they stay 0" if kind == "maxabs" else "they become 0"
    what = "hold only zeros" if kind == "maxabs" else "hold one value only"
    what += "" if is_exact else f", or such as differ by less than {_LEAST_WIDTH}"
    message = ConstantFeatureWarning(
        f"{len(constant)} column(s) {what}, so {kind!r} cannot spread them and {fate}: "
        f"{listed(shown)}{counted}."
    )
    warn_caller(message)
