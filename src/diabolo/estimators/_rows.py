"""Rows as they come in: checked, and turned into scaled float32 on their way to the device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler, scale_in_place, scale_rows
from diabolo.data.source import Source
from diabolo.data.survey import Survey
from diabolo.errors import InputError
from diabolo.estimators._sklearn import validate_data
from diabolo.estimators._source_rows import check_source
from diabolo.training.buffers import chunk_rows_of, planned_buffers
from diabolo.training.plan import bucket
from diabolo.training.row_pools import RowsPooled
from diabolo.training.rows import RowsOnDevice, RowsStreamed, aligned_rows

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int

    from diabolo.training.placement import Placement

__all__ = ["ScaledRows", "check_rows", "check_weights"]

_BLOCK_BYTES = 2**23
_SHARED_SHAPE_BYTES = 2**22
_RESIDENT_BYTES = 2**26


def _column(position: int, names: Any) -> str:
    return f"column {position}" if names is None else f"column {position} ({str(names[position])!r})"


def _refuse_unfit_kinds(estimator: Any, X: Any) -> None:
    """Name the first cell that is not a number, where scikit-learn's message would not."""
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if kind == "c":
        raise InputError(
            f"Complex data not supported: {type(estimator).__name__} got X of dtype {X.dtype}. "
            "Pass the real and imaginary parts as separate columns."
        )
    if isinstance(X, (list, tuple)) or hasattr(X, "columns") or kind in ("O", "U", "S"):
        names = getattr(X, "columns", None)
        try:
            cells = np.asarray(X, dtype=object)
        except ValueError:
            return
        if cells.ndim != 2:
            return
        for position in range(cells.shape[1]):
            for row, cell in enumerate(cells[:, position]):
                if isinstance(cell, (str, bytes)) and not _reads_as_number(cell):
                    raise InputError(
                        f"X holds text: {cell!r} in row {row}, {_column(position, names)}. "
                        f"{type(estimator).__name__} needs numbers; drop or encode that column."
                    )


def _reads_as_number(cell: str | bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def check_rows(estimator: Any, X: Any, *, reset: bool, least: int = 1) -> Any:
    """Check rows as scikit-learn does, and say where the first missing or infinite cell lies.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared.
    X : array-like of shape (rows, features), or Source
        The user's rows.
    reset : bool
        Whether to set (in ``fit``) or to compare.
    least : int, default 1
        Rows needed.

    Returns
    -------
    ndarray of shape (rows, features), or CheckedSource
        Of the user's own number type, and not copied where it is an array already.

    Raises
    ------
    InputError
        For cells that are text, missing, infinite or too large for float32.
    ValueError, TypeError
        scikit-learn's, for anything else that is not a table of numbers.
    """
    if isinstance(X, Source):
        return check_source(estimator, X, reset=reset, least=least)
    _refuse_unfit_kinds(estimator, X)
    names = getattr(X, "columns", None)
    X = estimator._flat(X, reset)
    rows = validate_data(
        estimator,
        X,
        reset=reset,
        dtype="numeric",
        ensure_all_finite=False,
        ensure_min_samples=least,
    )
    if rows.dtype.kind not in "biuf":
        raise InputError(
            f"X has dtype {rows.dtype}, which is not a kind of number; convert it to float first."
        )
    if rows.dtype.kind == "f":
        allows_missing = getattr(estimator, "missing", "error") != "error"
        _refuse_cells_out_of_range(type(estimator).__name__, rows, names, allows_missing)
    return rows


def _refuse_cells_out_of_range(owner: str, rows: Any, names: Any, allows_missing: bool) -> None:
    largest = np.finfo(np.float32).max
    for start in range(0, len(rows), step := _block_rows(rows.shape[1])):
        block = rows[start : start + step]
        # A sum is not finite if a cell is not; it may overflow by itself, so only then look at the cells.
        with np.errstate(over="ignore", invalid="ignore"):
            quick = np.sum(block, dtype=np.float32)
        if np.isfinite(quick):
            continue
        bad = ~(np.abs(block) <= largest)
        if allows_missing:
            bad &= ~np.isnan(block)
        if bad.any():
            row, column = np.unravel_index(int(np.argmax(bad)), bad.shape)
            cell = block[row, column]
            where = f"row {start + row}, {_column(int(column), names)}"
            if np.isnan(cell):
                what, advice = "NaN", "Fill or drop missing values first (scikit-learn's SimpleImputer does)."
            elif np.isinf(cell):
                what, advice = "infinity", "Replace or drop such cells first."
            else:
                what, advice = f"{float(cell)!r}, too large for float32", "Divide that column first."
            raise InputError(f"Input X contains {what}: {owner} found it first in {where}. {advice}")


def _block_rows(n_features: int) -> int:
    return max(_BLOCK_BYTES // (4 * max(n_features, 1)), 1)


def check_weights(owner: str, sample_weight: Any, n_rows: int) -> Float[np.ndarray, " rows"] | None:
    """Check sample weights: one a row, finite, not negative, not all zero.

    Parameters
    ----------
    owner : str
        The estimator's name.
    sample_weight : array-like of shape (rows,), number or None
        The user's weights.
    n_rows : int
        Rows in the table.

    Returns
    -------
    float64 array of shape (rows,) or None

    Raises
    ------
    InputError
        Where they are not so.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        return None
    if weights.ndim != 1:
        raise InputError(f"Sample weights must be 1D array or scalar, got {weights.ndim}D array.")
    if weights.shape != (n_rows,):
        raise InputError(f"sample_weight.shape == {weights.shape}, expected {(n_rows,)}: one weight a row.")
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{owner}: sample_weight is {weights[row]!r} in row {row}; "
            "weights must be finite and not negative."
        )
    if not weights.any():
        raise InputError(f"{owner}: every sample weight is zero; at least one row must count.")
    return weights


@dataclass(frozen=True)
class ScaledRows:
    """Rows in the user's own array or on disk, read as scaled float32 without a copy of the whole.

    Parameters
    ----------
    rows : ndarray of shape (rows, features), or Source
        Checked rows of any number type.
    scaler : Scaler
        Applied on the way.
    targets : float32 array of shape (rows, targets), optional
        What is to be predicted; columns behind the features.
    found : Survey, optional
        Of the training rows, where they have been surveyed.
    surveyed : int array, optional
        Which rows those are.
    buffer_bytes : int, default 512 MiB
        For the rows of a table on disk that are in memory at a time.
    keeps_missing : bool, default False
        Whether missing cells stay NaN for the objective to leave out.
    """

    rows: Any
    scaler: Scaler
    targets: Float32[np.ndarray, "rows targets"] | None = None
    found: Survey | None = None
    surveyed: Int[np.ndarray, " surveyed"] | None = None
    buffer_bytes: int = 2**29
    keeps_missing: bool = False

    @property
    def n_columns(self) -> int:
        """Features, and the columns of the target after them."""
        return self.rows.shape[1] + (0 if self.targets is None else self.targets.shape[1])

    @property
    def missing_fill(self) -> Float32[np.ndarray, " features"] | None:
        """What the encoder sees in the place of missing cells that rows keep; None where rows keep none."""
        if not self.keeps_missing or self.scaler.fill is None:
            return None
        scaler = self.scaler
        return ((self.scaler.fill - scaler.offset) * scaler.factor).astype(np.float32)

    def read(self, part: slice, out: Float32[np.ndarray, "part features"]) -> None:
        """Write a range of rows, scaled, into ``out``, without their targets."""
        if self.rows.dtype != np.float32:
            self._scale(self.rows[part], out)
        elif isinstance(self.rows, CheckedSource):
            self._read_in_place(self.rows, part, out)
        else:  # bit for bit what a table on disk gives
            out[:] = self.rows[part]
            if not scale_in_place(self.scaler, out, allows_missing=True):
                self._scale(self.rows[part], out)  # which says what is wrong, and where

    def gather(self, chosen: Int[np.ndarray, " chosen"], out: Float32[np.ndarray, "chosen columns"]) -> None:
        """Write chosen rows, scaled, into ``out``, their targets behind them."""
        if isinstance(self.rows, CheckedSource) and self.rows.dtype == np.float32:
            self._gather_from_disk(self.rows, chosen, out)
            return
        if self.targets is not None:
            n_features = self.rows.shape[1]
            out[:, n_features:] = self.targets[chosen]
            step = _block_rows(n_features)
            for start in range(0, len(chosen), step):
                part = chosen[start : start + step]
                scaled = np.empty((len(part), n_features), np.float32)
                self._scale(self.rows[part], scaled)
                out[start : start + step, :n_features] = scaled
            return
        is_plain = self.scaler.kind is None and self.scaler.fill is None and self.rows.dtype == np.float32
        if is_plain and isinstance(self.rows, np.ndarray):
            # "clip" lets numpy write straight into out; the numbers are known to be within bounds.
            np.take(self.rows, chosen, axis=0, out=out, mode="clip")
            return
        step = _block_rows(self.rows.shape[1])
        for start in range(0, len(chosen), step):
            part = chosen[start : start + step]
            self._scale(self.rows[part], out[start : start + step])

    def _gather_from_disk(
        self,
        rows: CheckedSource,
        chosen: Int[np.ndarray, " chosen"],
        out: Float32[np.ndarray, "chosen columns"],
    ) -> None:
        """Read into ``out`` and scale there; with targets behind the rows, by way of a block."""
        n_features = rows.shape[1]
        step = len(chosen) if self.targets is None else _block_rows(n_features)
        for start in range(0, len(chosen), max(step, 1)):
            part = chosen[start : start + step]
            place = out[start : start + step]
            block = place if self.targets is None else np.empty((len(part), n_features), np.float32)
            self._read_in_place(rows, part, block)
            if self.targets is not None:
                place[:, :n_features] = block
                place[:, n_features:] = self.targets[part]

    def _read_in_place(
        self,
        rows: CheckedSource,
        part: slice | Int[np.ndarray, " part"],
        out: Float32[np.ndarray, "part features"],
    ) -> None:
        rows.parent.read(part, out=out)
        scaler = replace(self.scaler, fill=None) if self.keeps_missing else self.scaler
        if not scale_in_place(scaler, out, allows_missing=rows.allows_missing):
            self._scale(rows.read(part), out)  # which says what is wrong, and where

    def _scale(self, block: Any, out: Float32[np.ndarray, "block features"]) -> None:
        scaler = replace(self.scaler, fill=None) if self.keeps_missing else self.scaler
        if block is not out or scaler.kind is not None or scaler.fill is not None:
            scale_rows(scaler, block, out)

    def _found_of(self, chosen: Int[np.ndarray, " chosen"]) -> Survey | None:
        """Return what was found of chosen rows, if it is they that were surveyed."""
        return self.found if self.surveyed is not None and np.array_equal(chosen, self.surveyed) else None

    def cell_range(self, chosen: Int[np.ndarray, " chosen"]) -> tuple[float, float]:
        """Find the least and the largest scaled cell among chosen rows, a block at a time."""
        found = self._found_of(chosen)
        if found is not None:
            ends = np.stack([found.lowest, found.highest])
            scaled = (ends - self.scaler.offset) * self.scaler.factor
            return float(scaled.min()), float(scaled.max())
        least, largest = np.inf, -np.inf
        for block in self._blocks(chosen):
            least = min(least, float(np.fmin.reduce(block, axis=None)))
            largest = max(largest, float(np.fmax.reduce(block, axis=None)))
        return least, largest

    def column_means(
        self, chosen: Int[np.ndarray, " chosen"], sample_weight: Float[np.ndarray, " rows"] | None = None
    ) -> Float[np.ndarray, " features"]:
        """Average each scaled column over the cells of chosen rows that are there, a block at a time."""
        found = self._found_of(chosen)
        if found is not None:
            return (found.mean - self.scaler.offset) * self.scaler.factor
        weights = np.ones(len(chosen)) if sample_weight is None else sample_weight[chosen]
        sums, counted, start = np.zeros(self.rows.shape[1]), np.zeros(self.rows.shape[1]), 0
        for block in self._blocks(chosen):
            own, present = weights[start : start + len(block)], ~np.isnan(block)
            sums += own @ np.where(present, block, 0.0)
            counted += own @ present
            start += len(block)
        nowhere = 0.0 if self.missing_fill is None else self.missing_fill
        return np.where(counted > 0, sums / np.where(counted > 0, counted, 1.0), nowhere)

    def _blocks(self, chosen: Int[np.ndarray, " chosen"]) -> Iterator[Float32[np.ndarray, "block features"]]:
        """Yield chosen rows, scaled and without targets; a block is overwritten by the next."""
        plain = replace(self, targets=None)
        step = _block_rows(self.rows.shape[1])
        block = np.empty((min(step, len(chosen)), self.rows.shape[1]), np.float32)
        for start in range(0, len(chosen), step):
            part = chosen[start : start + step]
            plain.gather(part, block[: len(part)])
            yield block[: len(part)]

    def _resident(self, platform: str) -> bool:
        """Whether the whole table goes to the device: another one's memory, or at half the price at most."""
        n_bytes = len(self.rows) * self.n_columns * 4
        if isinstance(self.rows, Source):
            return n_bytes <= _RESIDENT_BYTES
        return platform != "cpu" or n_bytes <= _RESIDENT_BYTES or 2 * n_bytes <= self.rows.nbytes

    def source(
        self,
        chosen: Int[np.ndarray, " chosen"],
        sample_weight: Float[np.ndarray, " rows"] | None,
        batch_size: int,
        placement: Placement,
    ) -> RowsOnDevice | RowsStreamed | RowsPooled:
        """Make a source of chosen rows: on the device where that is cheap, streamed to it where not.

        A fit to a table in memory takes no more memory than the user's array once again, one to a table on
        disk what ``buffer_bytes`` allows.
        """
        n_rows, n_features = len(self.rows), self.n_columns
        if self._resident(placement.platform):
            # Small tables get rows of zeros at the end, so that nearly equal ones share a compiled program.
            small = n_rows * n_features * 4 <= _SHARED_SHAPE_BYTES
            table = aligned_rows(bucket(n_rows) if small else n_rows, n_features)
            self.gather(np.arange(n_rows), table[:n_rows])
            table[n_rows:] = 0.0
            return RowsOnDevice(placement.put_rows(table), chosen, sample_weight)
        if isinstance(self.rows, Source):
            return self._source_on_disk(chosen, sample_weight, batch_size, placement)
        # No more than there is to visit, in whole batches.
        most = -(-len(chosen) // batch_size) * batch_size
        chunk_rows = max(min(chunk_rows_of(4 * n_features, n_rows, batch_size), most), 1)
        return RowsStreamed(self.gather, n_features, chunk_rows, placement.put_rows, chosen, sample_weight)

    def _source_on_disk(
        self,
        chosen: Int[np.ndarray, " chosen"],
        sample_weight: Float[np.ndarray, " rows"] | None,
        batch_size: int,
        placement: Placement,
    ) -> RowsStreamed | RowsPooled:
        n_features, place, block_rows = self.n_columns, placement.put_rows, self.rows.block[0]
        plan = planned_buffers(self.buffer_bytes, len(self.rows), 4 * n_features, batch_size)
        if plan.n_pools == 1:  # it is read once
            table = np.empty((len(self.rows), n_features), np.float32)
            self.gather(np.arange(len(table)), table)

            def take(rows: Int[np.ndarray, " part"], out: Float32[np.ndarray, "part columns"]) -> None:
                np.take(table, rows, axis=0, out=out, mode="clip")

            return RowsStreamed(take, n_features, plan.chunk_rows, place, chosen, sample_weight)
        most = max(-(-len(chosen) // batch_size) * batch_size, 1)
        pool_rows, chunk_rows = min(plan.pool_rows, most), min(plan.chunk_rows, most)
        if not chunk_rows:
            return RowsStreamed(self.gather, n_features, pool_rows, place, chosen, sample_weight, block_rows)
        return RowsPooled(
            self.gather, n_features, pool_rows, chunk_rows, place, chosen, sample_weight, block_rows
        )

    def distinct(
        self, chosen: Int[np.ndarray, " chosen"], sample_weight: Float[np.ndarray, " rows"] | None
    ) -> tuple[Int[np.ndarray, " distinct"], Float[np.ndarray, " rows"] | None]:
        """Sort the rows of a full-batch fit by their content and merge equal ones into weights.

        Where all rows fit into one batch, their order and their repetition cannot matter to the maths; this
        keeps them from mattering to the rounding either. Large tables are left as they are.

        Parameters
        ----------
        chosen : int array
            Rows to train on.
        sample_weight : array of shape (rows,) or None
            A weight for every row.

        Returns
        -------
        distinct : int array
            One row number for each distinct row, in the order of their content.
        sample_weight : array of shape (rows,) or None
            The summed weights at those rows; None where all are 1.
        """
        if len(chosen) * self.n_columns * 4 > _SHARED_SHAPE_BYTES:
            return chosen, sample_weight
        content = np.empty((len(chosen), self.n_columns), np.float32)
        self.gather(chosen, content)
        _, first, group = np.unique(content, axis=0, return_index=True, return_inverse=True)
        weights = np.ones(len(chosen)) if sample_weight is None else sample_weight[chosen]
        summed = np.bincount(group.reshape(-1), weights=weights, minlength=len(first))
        distinct = chosen[first]
        if np.all(summed == 1.0):
            return distinct, None
        merged = np.zeros(len(self.rows))
        merged[distinct] = summed
        return distinct, merged
