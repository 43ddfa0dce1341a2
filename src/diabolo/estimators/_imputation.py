"""Missing cells filled: of arrays, frames and tables on disk, everything else left as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.filled_frame import with_columns_replaced
from diabolo.data.fixed_lists import widened
from diabolo.data.foreign_tables import taken
from diabolo.data.in_memory import kind_of
from diabolo.errors import ParameterError
from diabolo.estimators._category_rows import category_cells, table_of
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._filled_categories import as_columns, put_into, with_values
from diabolo.estimators._missing_cells import CellModel, reconstructions
from diabolo.estimators._sklearn import check_is_fitted
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64, Int, Shaped

    from diabolo.data.categories import CategoryTable
    from diabolo.data.checked_source import CheckedSource
    from diabolo.data.source import Source

    Rows = Float64[np.ndarray, "rows features"]
    Marks = Bool[np.ndarray, "rows features"]

__all__ = ["FilledCells", "Filling", "ImputationMixin", "blocks_imputed", "imputed"]

# Rows are filled about so many cells at a time.
_BLOCK_CELLS = 2**19


@dataclass(frozen=True)
class Filling:
    """How cells are filled.

    Parameters
    ----------
    filled : callable
        Gives rows, in the user's units, with what is expected in the place of NaN.
    odd : callable, optional
        Marks cells that are there and to be replaced, too.
    """

    filled: Callable[[Rows], Rows]
    odd: Callable[[Rows], Marks] | None = None


@dataclass(frozen=True, eq=False)
class FilledCells:
    """How many cells of each column were filled.

    Parameters
    ----------
    names : tuple of str
        The columns.
    missing : int array of shape (columns,)
        Cells that were missing.
    odd : int array of shape (columns,)
        Cells that were there, and were replaced since they were odd; zeros where that was not asked for.

    Examples
    --------
    >>> print(FilledCells(("width", "height"), np.array([3, 0]), np.array([0, 1])))
    column  missing  odd
    width         3    0
    height        0    1
    """

    names: tuple[str, ...]
    missing: Int[np.ndarray, " columns"]
    odd: Int[np.ndarray, " columns"]

    @property
    def total(self) -> int:
        """How many cells were filled in all."""
        return int(self.missing.sum() + self.odd.sum())

    def to_dict(self) -> dict[str, dict[str, int]]:
        """Return the counts of each column by its name, as ``pandas.DataFrame`` takes them."""
        counts = zip(self.names, self.missing.tolist(), self.odd.tolist(), strict=True)
        return {name: {"missing": missing, "odd": odd} for name, missing, odd in counts}

    def __str__(self) -> str:
        lines = [("column", "missing", "odd")]
        lines += [(name, str(each["missing"]), str(each["odd"])) for name, each in self.to_dict().items()]
        width, first, second = (max(len(line[place]) for line in lines) for place in range(3))
        return "\n".join(f"{a:<{width}}  {b:>{first}}  {c:>{second}}" for a, b, c in lines)


class ImputationMixin:
    """What an autoencoder puts into missing cells."""

    _cell_model: CellModel | None
    n_features_in_: int

    def impute(self, X: Any, *, return_counts: bool = False) -> Any:
        """Fill missing cells, and leave all others as they are.

        A cell is filled by what the row's other cells say of it: by how columns go together in the training
        rows, moved towards the network's reconstruction of the row as far as that was right about training
        cells that were masked. Of a category it is the likeliest of its values. It is for models that were
        fitted with ``missing="mean"`` or ``"mask"``.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), data frame or table from `diabolo.open`
            Rows, in the units of ``fit``; missing cells are NaN. A frame of pandas or Polars may have further
            columns, such as text, which stay.
        return_counts : bool, default False
            Whether to say how many cells of each column were filled, too.

        Returns
        -------
        filled : ndarray of shape (n_rows, n_features), or data frame
            A copy: a frame of the same kind, with its index and columns; an array of the type of `X` where
            that is of floats. Cells that were there are the same to the last bit; a row without any is the
            columns' mean, of a category the most frequent value. What is filled lies within what the training
            rows have. Integers of a frame's column of which a cell was filled become floats. Of a model with
            categories an Arrow table for one, and an array of objects for whatever is no frame.
        counts : FilledCells
            With ``return_counts`` alone.

        Raises
        ------
        ParameterError
            Where ``fit`` did not learn what stands in missing cells.
        InputError
            For rows that cannot be used.

        References
        ----------
        A. P. Dempster, N. M. Laird and D. B. Rubin, Maximum likelihood from incomplete data via the EM
        algorithm, JRSS B 39, 1977; P.-A. Mattei and J. Frellsen, MIWAE: deep generative modelling and
        imputation of incomplete data sets, ICML 2019, on why a reconstruction by itself is biased to what
        stood in the gap.

        Examples
        --------
        >>> import numpy as np
        >>> from diabolo import Autoencoder
        >>> X = np.random.default_rng(0).normal(size=(300, 1)) * [1.0, 2.0, -1.0]
        >>> autoencoder = Autoencoder(1, missing="mask", max_epochs=1, random_state=0).fit(X)
        >>> autoencoder.impute([[1.0, 2.0, np.nan], [np.nan, np.nan, np.nan]]).round(1).tolist()[0]
        [1.0, 2.0, -1.0]
        """
        check_is_fitted(self)
        result, counts = imputed(self, X, self._filling())
        return (result, counts) if return_counts else result

    def impute_blocks(
        self, X: Any
    ) -> Iterator[tuple[int, Float[np.ndarray, "block n_features"], Marks, Marks]]:
        """Fill missing cells some rows at a time, for tables larger than memory.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.

        Yields
        ------
        start : int
            The block's first row.
        block : ndarray of shape (rows in the block, n_features)
            As ``impute`` gives it; of objects where columns are categories.
        missing, odd : bool arrays of the same shape
            Which cells were missing; which of the others were replaced, here none.
        """
        check_is_fitted(self)
        return blocks_imputed(self, X, self._filling())

    def _filling(self) -> Filling:
        model = getattr(self, "_cell_model", None)
        if model is None:
            owner = type(self).__name__
            raise ParameterError(
                f"This {owner} has not learned what stands in missing cells: fit it with "
                f"{setting('missing', 'mask')} or {setting('missing', 'mean')}"
                f"{either('; partial_fit does not learn it', '')}."
            )

        def rebuilt(rows: Rows) -> Float[np.ndarray, "rows features"]:
            return reconstructions(self, rows)

        return Filling(lambda rows: model.filled(rows, rebuilt))


def imputed(estimator: Any, X: Any, filling: Filling) -> tuple[Any, FilledCells]:
    """Fill cells of whatever holds rows, and count them.

    Parameters
    ----------
    estimator : estimator
        Fitted, whose columns the rows have.
    X : array-like, data frame, sparse, Arrow or AnnData table, or Source
        The user's rows.
    filling : Filling
        How.

    Returns
    -------
    filled : ndarray or data frame
        As of :meth:`ImputationMixin.impute`.
    counts : FilledCells
    """
    X = taken(X, type(estimator).__name__)
    is_frame = kind_of(X) == "frame"
    X = widened(X) if is_frame else X
    names: Any = getattr(estimator, "feature_names_in_", None)
    has_more = is_frame and names is not None and set(names) < set(X.columns)
    part = X[list(names)] if has_more else X
    rows, table = check_rows(estimator, part, reset=False), table_of(estimator)
    if table is not None:
        return _with_categories(estimator, table, X, part, rows, filling)
    filled = np.empty(rows.shape, _type_of(rows, filling))
    missing, odd = np.zeros((2, rows.shape[1]), np.int64)
    for start, block, gaps, marks in _imputed_blocks(rows, filling):
        filled[start : start + len(block)] = block
        missing += gaps.sum(axis=0)
        odd += marks.sum(axis=0)
    known = rows.feature_names if names is None else names
    counts = FilledCells(_names_of(rows, known), missing, odd)
    if is_frame:
        places = np.flatnonzero(missing + odd)
        columns = {part.columns[place]: filled[:, place] for place in places}
        return with_columns_replaced(X, columns), counts
    return (estimator._as_given(filled, X) if hasattr(estimator, "_as_given") else filled), counts


def _with_categories(
    estimator: Any, table: CategoryTable, X: Any, part: Any, rows: CheckedSource, filling: Filling
) -> tuple[Any, FilledCells]:
    """Fill numbers and categories: of X, the columns of the fit being a part of it."""
    filled = np.empty((len(rows), table.n_columns))
    missing, odd = np.zeros((2, *filled.shape), bool)
    for start, block, gaps, marks in as_columns(table, _imputed_blocks(rows, filling)):
        some = slice(start, start + len(block))
        filled[some], missing[some], odd[some] = block, gaps, marks
    names = tuple(table.name_of(place) for place in range(table.n_columns))
    counts = FilledCells(names, missing.sum(axis=0), odd.sum(axis=0))
    return put_into(table, X, category_cells(estimator, part), filled, missing, odd), counts


def blocks_imputed(
    estimator: Any, X: Any, filling: Filling
) -> Iterator[tuple[int, Shaped[np.ndarray, "block features"], Marks, Marks]]:
    """Fill cells of whatever holds rows, some rows at a time.

    Parameters
    ----------
    estimator, X, filling
        As of `imputed`.

    Returns
    -------
    iterator
        As of :meth:`ImputationMixin.impute_blocks`.
    """
    rows, table = check_rows(estimator, X, reset=False), table_of(estimator)
    if table is None:
        return _imputed_blocks(rows, filling)
    given = category_cells(estimator, X)

    def named() -> Iterator[tuple[int, Shaped[np.ndarray, "block features"], Marks, Marks]]:
        for start, block, gaps, marks in as_columns(table, _imputed_blocks(rows, filling)):
            cells = block.astype(object)
            for number, place in enumerate(table.places):
                own = given[number][start : start + len(block)]
                cells[:, place] = with_values(table, number, own, block, gaps)
            yield start, cells, gaps, marks

    return named()


def _names_of(rows: Source, known: Any) -> tuple[str, ...]:
    """Name columns as they are known, or by their numbers."""
    return tuple(f"x{place}" for place in range(rows.shape[1])) if known is None else tuple(map(str, known))


def _imputed_blocks(
    rows: Source, filling: Filling
) -> Iterator[tuple[int, Float[np.ndarray, "block features"], Marks, Marks]]:
    """Fill rows some at a time.

    Parameters
    ----------
    rows : Source
        Checked.
    filling : Filling
        How.

    Yields
    ------
    start : int
        The block's first row.
    block : array of shape (rows of the block, features)
        Of the rows' own type of number; of floats, where whole numbers may be replaced.
    gaps, marks : bool arrays of the same shape
        Which cells were missing, and which of the others were replaced.
    """
    for part, cells in rows.blocks(_BLOCK_CELLS):
        block = cells.astype(_type_of(rows, filling))
        gaps = np.isnan(block) if block.dtype.kind == "f" else np.zeros(block.shape, bool)
        given = block.astype(np.float64)
        marks = np.zeros_like(gaps) if filling.odd is None else filling.odd(given)
        given[marks] = np.nan
        some = np.flatnonzero((gaps | marks).any(axis=1))
        if len(some):
            found, changed = filling.filled(given[some]), (gaps | marks)[some]
            replaced = block[some]
            replaced[changed] = found[changed]
            block[some] = replaced
        yield part.start, block, gaps, marks


def _type_of(rows: Source, filling: Filling) -> np.dtype[Any]:
    is_whole = filling.odd is not None and rows.dtype.kind != "f"
    return np.dtype(np.float64) if is_whole else rows.dtype
