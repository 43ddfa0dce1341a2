"""A detector's single cells: which of them the rest of their row contradicts, and what is put there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError, ParameterError
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._detector_scoring import misfits_of, rebuilt_cells_of
from diabolo.estimators._imputation import Filling, blocks_imputed, imputed
from diabolo.estimators._sklearn import check_is_fitted
from diabolo.estimators.convolutional import is_stack_of_images, shape_of
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

    Rows = Float64[np.ndarray, "rows features"]
    Marks = Bool[np.ndarray, "rows features"]

__all__ = ["ODD_LINE", "DetectorImputationMixin"]

ODD_LINE = 5.0
"""Without an odd cell the squared residuals of its row, over typical ones, add up to its square less."""
# So many of a row's cells, those that are rebuilt worst, are tried.
_CANDIDATES = 5
# At most this share of a row's cells is replaced: beyond it, it is the row that is odd.
_MOST_OF_ROW = 0.5


class DetectorImputationMixin:
    """What a detector puts into missing cells, and on wish into odd ones."""

    window_: Any
    _missing: str
    _fitted_parameters: dict[str, Any]

    def impute(self, X: Any, *, odd: bool | float = False, return_counts: bool = False) -> Any:
        """Fill missing cells, and on wish odd ones, and leave all others as they are.

        A cell is filled by the networks' reconstruction of the row from its other cells.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), data frame or table from `diabolo.open`
            Rows, in the units of ``fit``; missing cells are NaN, whatever ``missing`` says. A frame may have
            further columns, which stay.
        odd : bool or float, default False
            Whether to replace cells, too, that the others of their row contradict. A cell is odd if without
            it the networks rebuild the rest of its row so much better that the squared residuals, each over
            what is typical of its column, add up to more than 25 less; a number given is squared in the
            place of 5. The most telling cell of a row goes first, the others are looked at anew without it,
            and at most half of a row is replaced. Only numbers are odd, no categories.
        return_counts : bool, default False
            Whether to say how many cells of each column were missing and odd, too.

        Returns
        -------
        filled : ndarray of shape (n_rows, n_features), or data frame
            A copy, of the kind of `X`; a row without any cell is the columns' mean, and of categories the
            most frequent value.
        counts : FilledCells
            With ``return_counts`` alone.

        Raises
        ------
        ParameterError
            For another ``odd``.
        InputError
            For rows that cannot be used, and of a detector of windows of a series.

        Examples
        --------
        >>> import numpy as np
        >>> from diabolo import AutoencoderDetector
        >>> X = np.random.default_rng(0).normal(size=(300, 1)) * [1.0, 2.0, -1.0]
        >>> X += np.random.default_rng(1).normal(scale=0.01, size=X.shape)
        >>> detector = AutoencoderDetector(random_state=0).fit(X)
        >>> detector.impute([[1.0, 2.0, np.nan], [1.0, 2.0, 50.0]], odd=True).round(1).tolist()
        [[1.0, 2.0, -0.7], [1.0, 2.0, -0.7]]
        """
        fitted = self._for_gaps()
        result, counts = imputed(fitted, X, _filling(fitted, odd))
        result = result.reshape(shape_of(X)) if is_stack_of_images(X) else result
        return (result, counts) if return_counts else result

    def impute_blocks(
        self, X: Any, *, odd: bool | float = False
    ) -> Iterator[tuple[int, Float64[np.ndarray, "block n_features"], Marks, Marks]]:
        """Fill cells some rows at a time, for tables larger than memory.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.
        odd : bool or float, default False
            As of ``impute``.

        Yields
        ------
        start : int
            The block's first row.
        block : ndarray of shape (rows in the block, n_features)
            As ``impute`` gives it; of objects where columns are categories.
        missing, odd : bool arrays of the same shape
            Which cells were missing; which of the others were odd, and replaced.
        """
        fitted = self._for_gaps()
        return blocks_imputed(fitted, X, _filling(fitted, odd))

    def _for_gaps(self) -> Any:
        """Return a detector that takes missing cells, whatever this one was told of them."""
        check_is_fitted(self)
        if self.window_ is not None:
            raise InputError(
                f"This {type(self).__name__} was fitted to windows of a series, each point of which stands "
                "in several, so it fills no cells: fit one to rows."
            )
        fitted: Any = copy.copy(self)
        if fitted._missing != "mask":
            fitted.set_missing("mask" if fitted._fitted_parameters["autoencoder"] == "linear" else "mean")
        return fitted


def _filling(detector: Any, odd: bool | float) -> Filling:
    is_number = isinstance(odd, (int, float, np.integer, np.floating)) and not isinstance(odd, bool)
    if not isinstance(odd, bool) and not (is_number and odd > 0):
        raise ParameterError(
            f"{type(detector).__name__}: {setting('odd', odd)} is not possible; expected True, False or a "
            "number above 0."
        )

    line = ODD_LINE if isinstance(odd, bool) else float(odd)
    return Filling(
        lambda rows: _filled(detector, rows),
        (lambda rows: _odd(detector, rows, line)) if odd is not False else None,
    )


def _filled(detector: Any, rows: Rows) -> Rows:
    """Fill cells by what the networks rebuild."""
    filled = np.where(np.isnan(rows), rebuilt_cells_of(detector, rows), rows)
    filled[np.isnan(rows).all(axis=1)] = detector._learned.deviation.mean
    return filled


def _misfits(detector: Any, rows: Rows) -> Rows:
    """Say how badly columns that are there are rebuilt, the others being filled: a gap alone is not odd."""
    gaps, table = np.isnan(rows), table_of(detector)
    gaps = gaps if table is None else table.summed(gaps) > 0
    return np.where(gaps, 0.0, misfits_of(detector, _filled(detector, rows)))


def _odd(detector: Any, rows: Rows, line: float) -> Marks:
    """Mark cells without which the rest of their row is rebuilt far better, the most telling first."""
    marks, given = np.zeros(rows.shape, bool), rows.copy()
    table = table_of(detector)
    # Numbers are cells in their order, wherever their columns stand among categories.
    numbers = np.arange(rows.shape[1]) if table is None else np.array(table.numbers, np.int64)
    if not len(numbers):
        return marks
    some = np.arange(len(rows))
    for _ in range(int(_MOST_OF_ROW * len(numbers))):
        misfits = _misfits(detector, given[some])
        is_poor = misfits.sum(axis=1) > line**2  # no cell can take off more
        some, misfits = some[is_poor], misfits[is_poor]
        if not len(some):
            break
        gains = np.zeros((_CANDIDATES, len(some)))
        candidates = np.argsort(-misfits[:, numbers], axis=1, kind="stable")[:, :_CANDIDATES].T
        for gain, places in zip(gains, candidates, strict=False):
            without = given[some]
            without[np.arange(len(some)), places] = np.nan
            gain[:] = misfits.sum(axis=1) - _misfits(detector, without).sum(axis=1)
        best = gains.argmax(axis=0)
        is_odd = gains.max(axis=0) > line**2
        places = candidates[best, np.arange(len(some))]
        some, places = some[is_odd], places[is_odd]
        marks[some, places], given[some, places] = True, np.nan
    return marks
