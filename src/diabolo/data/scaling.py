"""Columns brought to a common scale, and back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from diabolo.data.column_statistics import column_statistics
from diabolo.data.survey import Survey
from diabolo.errors import ConstantFeatureWarning, InputError, ParameterError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64, Int, Shaped

    Rows = Shaped[np.ndarray, "n_rows n_features"]

Kind = Literal["minmax", "standard", "maxabs", "center"]
KINDS = ("minmax", "standard", "maxabs", "center")
_CUSTOMARY = {
    "min_max": "minmax",
    "minmaxscaler": "minmax",
    "unit": "minmax",
    "standardize": "standard",
    "standardise": "standard",
    "standardscaler": "standard",
    "zscore": "standard",
    "z_score": "standard",
    "max_abs": "maxabs",
    "maxabsscaler": "maxabs",
    "centre": "center",
    "mean": "center",
}
# 1 MB of float64: a block and its temporaries stay in the cache, and extra memory stays small.
_BLOCK_CELLS = 1 << 17
# Very wide tables go by blocks of columns too, or the sums alone would be large.
_BLOCK_COLUMNS = 1 << 15
# A tile of rows and its offsets stay in the processor's first caches.
_TILE_CELLS = 1 << 15
# Scaled cells are about 1 in size: an offset's rounding that moves them by less does not show.
_ROUNDING = 1e-6
_NAMES_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Scaler:
    """What to take from each column and what to multiply it by: scaled = (X - offset) * factor.

    Parameters
    ----------
    kind : {"minmax", "standard", "maxabs", "center"} or None
        To 0..1; to mean 0 and standard deviation 1; to -1..1 with 0 kept; to mean 0 alone; as it is.
    offset : ndarray of shape (n_features,), float64
        In the units of the columns.
    factor : ndarray of shape (n_features,), float64
        In the inverse units of the columns; finite and above 0.
    fill : ndarray of shape (n_features,), float64, or None
        What a missing cell is taken for, in the units of the columns; None leaves it missing.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = Scaler("minmax", np.array([10.0]), np.array([0.1]))
    >>> scale_rows(scaler, np.array([[15.0]]), np.empty((1, 1), np.float32))
    array([[0.5]], dtype=float32)
    """

    kind: Kind | None
    offset: Float64[np.ndarray, " n_features"]
    factor: Float64[np.ndarray, " n_features"]
    fill: Float64[np.ndarray, " n_features"] | None = None


def fit_scaler(
    kind: Kind | None,
    X: Rows,
    row_indices: Int[np.ndarray, " n_chosen"] | None = None,
    sample_weight: Float[np.ndarray, " n_rows"] | None = None,
    feature_names: Sequence[str] | None = None,
) -> Scaler:
    """Find the offset and the factor of each column, from the chosen rows only.

    Parameters
    ----------
    kind : {"minmax", "standard", "maxabs", "center"} or None
        See `Scaler`.
    X : array of shape (n_rows, n_features)
        Finite numbers.
    row_indices : ndarray of shape (n_chosen,), int, optional
        The rows to look at; all by default.
    sample_weight : ndarray of shape (n_rows,), optional
        Finite and not negative, one for each row of `X`. Rows of weight 0 are not looked at; the others
        weigh in the mean and the standard deviation.
    feature_names : sequence of str of length n_features, optional
        For the warning.

    Returns
    -------
    Scaler
        Computed in float64, by blocks of rows.

    Raises
    ------
    ParameterError
        There is no such kind.
    InputError
        No row is left to look at, or the weights do not fit.

    Warns
    -----
    ConstantFeatureWarning
        A column holds one value only (for "maxabs": only zeros); its factor is 1.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = fit_scaler("minmax", np.array([[0.0, -1.0], [10.0, 1.0]]))
    >>> scaler.offset, scaler.factor
    (array([ 0., -1.]), array([0.1, 0.5]))
    """
    if kind is not None and kind not in KINDS:
        raise ParameterError(
            f"scale must be one of {', '.join(map(repr, KINDS))} or None; got {kind!r}."
            + nearest_name(kind, KINDS, _CUSTOMARY)
        )
    n_features = X.shape[1]
    offset, factor = np.zeros(n_features), np.ones(n_features)
    if kind is None:
        return Scaler(kind, offset, factor)
    constant = np.zeros(n_features, bool)
    for start in range(0, n_features, _BLOCK_COLUMNS):
        columns = slice(start, start + _BLOCK_COLUMNS)
        lowest, highest, mean, spread = column_statistics(
            X, columns, row_indices, sample_weight, moments=kind in ("standard", "center")
        )
        offset[columns], width = _place(kind, lowest, highest, mean, spread)
        constant[columns] = width == 0
        width[width == 0] = 1
        factor[columns] = 1 / width
    if constant.any():
        _warn(kind, np.flatnonzero(constant), feature_names)
    return Scaler(kind, offset, factor)


def _place(
    kind: Kind,
    lowest: Float64[np.ndarray, " n"],
    highest: Float64[np.ndarray, " n"],
    mean: Float64[np.ndarray, " n"],
    spread: Float64[np.ndarray, " n"],
) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Return what is taken from each column, and what it is divided by."""
    if kind == "minmax":
        return lowest, highest - lowest
    if kind == "standard":
        # Of equal values the mean may be off by a rounding, and the spread not quite zero.
        width = np.where(lowest == highest, 0, spread)
        return np.where(width == 0, lowest, mean), width
    if kind == "center":
        return np.where(lowest == highest, lowest, mean), np.ones_like(mean)
    return np.zeros_like(lowest), np.maximum(-lowest, highest)


def surveyed_scaler(
    kind: Kind | None, found: Survey, *, fills: bool, feature_names: Sequence[str] | None = None
) -> Scaler:
    """Make the scaler of rows that have been surveyed.

    Parameters
    ----------
    kind : {"minmax", "standard", "maxabs", "center"} or None
        See `Scaler`.
    found : Survey
        Of the rows to scale by.
    fills : bool
        Whether a missing cell is taken for its column's mean.
    feature_names : sequence of str, optional
        For the warning.

    Returns
    -------
    Scaler

    Warns
    -----
    ConstantFeatureWarning
        As `fit_scaler`.
    """
    fill = found.mean if fills else None
    n_features = len(found.mean)
    if kind is None:
        return Scaler(kind, np.zeros(n_features), np.ones(n_features), fill)
    offset, width = _place(kind, found.lowest, found.highest, found.mean, found.deviation)
    constant = width == 0
    if constant.any():
        _warn(kind, np.flatnonzero(constant), feature_names)
    return Scaler(kind, offset, 1 / np.where(constant, 1.0, width), fill)


def scale_rows(
    scaler: Scaler, X: Rows, out: Float32[np.ndarray, "n_rows n_features"]
) -> Float32[np.ndarray, "n_rows n_features"]:
    """Scale rows into a given array: (X - offset) * factor, computed in float64; missing cells are filled.

    Parameters
    ----------
    scaler : Scaler
        Fitted to n_features columns.
    X : array of shape (n_rows, n_features)
        Finite numbers.
    out : ndarray of shape (n_rows, n_features), float32
        Where to put them; may be `X` itself.

    Returns
    -------
    ndarray of shape (n_rows, n_features), float32
        `out`.

    Raises
    ------
    InputError
        The shapes do not fit, or a scaled value does not fit float32.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0], [3.0]])
    >>> scale_rows(fit_scaler("standard", X), X, np.empty((2, 1), np.float32)).ravel()
    array([-1.,  1.], dtype=float32)
    """
    return _apply(scaler, X, out, forward=True)


def scale_in_place(
    scaler: Scaler, rows: Float32[np.ndarray, "n_rows n_features"], *, allows_missing: bool
) -> bool:
    """Scale float32 rows where they lie, looking at every cell on the way; for tables read from a disk.

    Everything that is done to some cells is done while they are in the processor's cache, in float32; where
    an offset is so large that its own rounding would show, what was lost of it is taken off as well.

    Parameters
    ----------
    scaler : Scaler
        Fitted to n_features columns; missing cells are filled where it has something to fill them with.
    rows : ndarray of shape (n_rows, n_features), float32
        Changed.
    allows_missing : bool
        Whether cells may be NaN.

    Returns
    -------
    bool
        False where a cell is infinite, missing without being allowed to be, or too large once scaled; the
        rows are then of no use.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[3.0, np.nan]], np.float32)
    >>> scaler = Scaler("center", np.ones(2), np.ones(2), fill=np.full(2, 5.0))
    >>> scale_in_place(scaler, rows, allows_missing=True), rows.tolist()
    (True, [[2.0, 4.0]])
    """
    offset, factor = scaler.offset.astype(np.float32), scaler.factor.astype(np.float32)
    lost = scaler.offset - offset
    rest = lost.astype(np.float32) if np.any(np.abs(lost) * factor > _ROUNDING) else None
    fill = None if scaler.fill is None else scaler.fill.astype(np.float32)
    moves = scaler.kind is not None
    stretches = moves and scaler.kind != "center"
    at_once = max(_TILE_CELLS // max(rows.shape[1], 1), 1)
    for left in range(0, rows.shape[1], _TILE_CELLS):
        columns = slice(left, left + _TILE_CELLS)
        for top in range(0, len(rows), at_once):
            tile = rows[top : top + at_once, columns]
            # A sum is not finite if a cell is not.
            with np.errstate(over="ignore", invalid="ignore"):
                if not np.isfinite(tile.sum()) and not _made_finite(tile, fill, columns, allows_missing):
                    return False
                if moves:
                    tile -= offset[columns]
                    if rest is not None:
                        tile -= rest[columns]
                if stretches:
                    tile *= factor[columns]
                    if np.isinf(tile.sum()) and np.isinf(tile).any():
                        return False
    return True


def _made_finite(
    tile: Float32[np.ndarray, "rows columns"],
    fill: Float32[np.ndarray, " n_features"] | None,
    columns: slice,
    allows_missing: bool,
) -> bool:
    missing = np.isnan(tile)
    if missing.any():
        if not allows_missing:
            return False
        if fill is not None:
            np.copyto(tile, fill[columns], where=missing)
    return not np.isinf(tile).any()


def unscale_rows(
    scaler: Scaler, Y: Float[np.ndarray, "n_rows n_features"]
) -> Float32[np.ndarray, "n_rows n_features"]:
    """Undo `scale_rows`: Y / factor + offset, computed in float64.

    Parameters
    ----------
    scaler : Scaler
        Fitted to n_features columns.
    Y : array of shape (n_rows, n_features)
        Scaled rows.

    Returns
    -------
    ndarray of shape (n_rows, n_features), float32
        In the units of the columns; a new array.

    Raises
    ------
    InputError
        The shapes do not fit, or a value does not fit float32.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = Scaler("minmax", np.array([10.0]), np.array([0.1]))
    >>> unscale_rows(scaler, np.array([[0.5]], np.float32))
    array([[15.]], dtype=float32)
    """
    return _apply(scaler, Y, np.empty(Y.shape, np.float32), forward=False)


def _apply(
    scaler: Scaler, rows: Rows, out: Float32[np.ndarray, "n_rows n_features"], forward: bool
) -> Float32[np.ndarray, "n_rows n_features"]:
    n_features = len(scaler.offset)
    if rows.ndim != 2 or rows.shape[1] != n_features or out.shape != rows.shape:
        raise InputError(
            f"The scaler was fitted to {n_features} columns; "
            f"got rows of shape {rows.shape} for an array of shape {out.shape}."
        )
    step = max(1, _BLOCK_CELLS // n_features)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        try:
            with np.errstate(over="raise"):
                out[start : start + step] = _formula(scaler, block, forward)
        except FloatingPointError as problem:
            with np.errstate(over="ignore"):
                finite = np.isfinite(_formula(scaler, block, forward).astype(np.float32))
            row, column = (int(index) for index in np.argwhere(~finite)[0])
            raise InputError(
                f"Row {start + row}, column {column} (both counted from 0): {block[row, column]} becomes "
                f"too large for float32 when {'scaled' if forward else 'scaled back'} by {scaler.kind!r}; "
                "remove that row, or fit on rows that reach as far."
            ) from problem
    return out


def _formula(scaler: Scaler, block: Rows, forward: bool) -> Rows:
    if forward and scaler.fill is not None and block.dtype.kind == "f":
        missing = np.isnan(block)
        if missing.any():
            block = np.where(missing, scaler.fill, block)
    if scaler.kind is None:
        return block
    if forward:
        moved = block - scaler.offset
        moved *= scaler.factor
        return moved
    spread = block / scaler.factor
    spread += scaler.offset
    return spread


def _warn(kind: Kind, constant: Int[np.ndarray, " n_constant"], feature_names: Sequence[str] | None) -> None:
    shown = [repr(feature_names[i]) if feature_names is not None else str(i) for i in constant[:_NAMES_SHOWN]]
    more = f" and {len(constant) - _NAMES_SHOWN} more" if len(constant) > _NAMES_SHOWN else ""
    counted = "" if feature_names is not None else " (counted from 0)"
    fate = "they stay 0" if kind == "maxabs" else "they become 0"
    what = "hold only zeros" if kind == "maxabs" else "hold one value only"
    warnings.warn(
        f"{len(constant)} column(s) {what}, so {kind!r} cannot spread them and {fate}: "
        f"{', '.join(shown)}{more}{counted}.",
        ConstantFeatureWarning,
        stacklevel=3,
    )
