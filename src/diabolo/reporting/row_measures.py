"""What one pass over all rows says of them: how badly each row and each feature is rebuilt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.category_source import CategorySource
from diabolo.data.cells import mean_of_known, row_means
from diabolo.data.source import Source
from diabolo.data.statistics import table_statistics
from diabolo.estimators.inside import code_blocks, is_detector, n_components_of, scaling_of, table_of
from diabolo.evaluation.principal_components import StreamedPCA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jaxtyping import Bool, Float, Float32, Float64, Int

__all__ = ["RowMeasures", "linear_error", "measured_rows", "rebuilt_cells"]

_BLOCK_CELLS = 2**21
# Principal components are fitted to so many rows at the most, and so many multiplications.
_LINEAR_ROWS, _LINEAR_FEATURES, _LINEAR_PRODUCTS = 20_000, 2_000, 2**36
_WIDE_ROWS, _WIDE_PRODUCTS = 2_000, 2**37


@dataclass(frozen=True)
class RowMeasures:
    """What was measured of all rows.

    Parameters
    ----------
    codes : float32 array of shape (n_rows, n_components)
        Of a detector those of its largest member.
    errors : float64 array of shape (n_rows,)
        Each row's mean squared error; with categories as ``reconstruction_error`` has it.
    feature_error, spread : float64 arrays of shape (features,)
        Mean squared error and variance of each feature that is a number, in the rows' units.
    factor : float64 array of shape (features,)
        What the network multiplies each by.
    constant : float or None
        Mean squared error of the rows' mean; None with categories.
    """

    codes: Float32[np.ndarray, "n_rows n_components"]
    errors: Float64[np.ndarray, " n_rows"]
    feature_error: Float64[np.ndarray, " features"]
    spread: Float64[np.ndarray, " features"]
    factor: Float64[np.ndarray, " features"]
    constant: float | None


def measured_rows(model: Any, cells: Source) -> RowMeasures:
    """Encode and rebuild all rows, some at a time.

    Parameters
    ----------
    model : estimator
        Fitted.
    cells : Source
        Its rows, as `rows_of` gives them.

    Returns
    -------
    RowMeasures
    """
    table, n_rows = table_of(model), len(cells)
    n_numbers = cells.n_features if table is None else len(table.numbers)
    codes = np.empty((n_rows, n_components_of(model)), np.float32)
    for start, block in code_blocks(model, cells):
        codes[start : start + len(block)] = block
    found = table_statistics(cells)
    mean, spread = found.mean[:n_numbers], found.deviation[:n_numbers] ** 2
    has_gaps = bool(found.n_missing.any())
    errors, constant = np.empty(n_rows), np.empty(n_rows if has_gaps else 0)
    sums, counts = np.zeros(n_numbers), np.zeros(n_numbers)
    for start, block in _cell_blocks(cells):
        given = block[:, :n_numbers].astype(np.float64)
        rebuilt = rebuilt_cells(model, block, codes[start : start + len(block)])
        if table is not None:
            rebuilt = rebuilt[:, list(table.numbers)]
        part = slice(start, start + len(block))
        squares = given - rebuilt
        np.square(squares, out=squares)
        errors[part] = row_means(squares) if n_numbers else 0.0
        if has_gaps:
            is_there = ~np.isnan(squares)
            sums += np.where(is_there, squares, 0.0).sum(axis=0)
            counts += is_there.sum(axis=0)
            if n_numbers:
                constant[part] = row_means((given - mean) ** 2)
        else:
            sums += squares.sum(axis=0)
            counts += len(block)
    scale = scaling_of(model)[1][:n_numbers]
    if table is not None:
        errors = _category_errors(model, cells, table, errors, scale)
    return RowMeasures(
        codes,
        errors,
        np.divide(sums, counts, out=np.full(n_numbers, np.nan), where=counts > 0),
        spread,
        scale,
        None if table is not None else mean_of_known(constant) if has_gaps else float(np.mean(spread)),
    )


def rebuilt_cells(
    model: Any, block: Any, codes: Float32[np.ndarray, "block n_components"]
) -> Float[np.ndarray, "block columns"]:
    """Rebuild some rows.

    Parameters
    ----------
    model : estimator
        Fitted.
    block : array of shape (block, cells)
        Their cells.
    codes : array of shape (block, n_components)
        Their codes.

    Returns
    -------
    array of shape (block, columns)
        In the rows' units; with categories the number of a value in the place of each.
    """
    if not len(block):
        return np.empty(block.shape)
    table = table_of(model)
    if table is not None:
        rows = CategorySource.of_cells(np.asarray(block, np.float64), table)
        return _numbered(np.asarray(model.reconstruct(rows), dtype=object), table)
    made = model.reconstruct(ArraySource(block)) if is_detector(model) else model.inverse_transform(codes)
    return np.asarray(made).reshape(len(block), -1)


def _numbered(rows: Any, table: Any) -> Float64[np.ndarray, "rows columns"]:
    """Write values of categories as their numbers."""
    numbered = np.empty(rows.shape)
    numbered[:, list(table.numbers)] = rows[:, list(table.numbers)].astype(np.float64)
    for place, values in zip(table.places, table.values, strict=True):
        code = {value: number for number, value in enumerate(values)}
        numbered[:, place] = [code[value] for value in rows[:, place]]
    return numbered


def _category_errors(
    model: Any,
    rows: Source,
    table: Any,
    squared: Float64[np.ndarray, " n_rows"],
    factor: Float64[np.ndarray, " numbers"],
) -> Float64[np.ndarray, " n_rows"]:
    """Measure rows with categories as the model does, a detector's by what its networks give back.

    Returns
    -------
    float64 array of shape (n_rows,)
    """
    if not is_detector(model):
        return np.asarray(model.reconstruction_error(rows))
    errors = np.empty(len(rows))
    for start, block in _cell_blocks(rows):
        rebuilt = rebuilt_cells(model, block, np.empty((len(block), 0), np.float32))
        given = table.likeliest(np.nan_to_num(block))
        apart = (given != rebuilt).astype(np.float64)
        numbers = list(table.numbers)
        apart[:, numbers] = ((block[:, : len(numbers)] - rebuilt[:, numbers]) * factor) ** 2
        errors[start : start + len(block)] = row_means(apart)
    return errors


def _cell_blocks(cells: Source) -> Iterator[tuple[int, Any]]:
    step = cells.rows_at_once(_BLOCK_CELLS)
    for start in range(0, len(cells), step):
        yield start, cells.read(slice(start, min(start + step, len(cells))))


def linear_error(
    cells: Source, factor: Float64[np.ndarray, " features"], n_components: int, random_state: int
) -> float | None:
    """Measure what as many principal components as a code has leave of the rows that they are fitted to.

    Parameters
    ----------
    cells : Source
        The rows.
    factor : array of shape (features,)
        What the network multiplies each feature by: components are fitted to the like.
    n_components : int
        How many.
    random_state : int
        Seed of the sample, where there are more rows than 20,000, or than their products are worth: 2,000 of
        a table with more than 2,000 features, and fewer of one with more than 34,000.

    Returns
    -------
    float or None
        Mean squared error in the rows' units, over cells that are there; None of less than two rows.
    """
    n_rows, n_features = cells.shape
    if n_rows < 2:
        return None
    if n_features > _LINEAR_FEATURES:
        most = max(min(_WIDE_ROWS, math.isqrt(_WIDE_PRODUCTS // n_features)), 2)
        if n_rows > most:
            random = np.random.Generator(np.random.PCG64(random_state))
            return _wide_linear_error(
                cells, np.sort(random.choice(n_rows, most, replace=False)), factor, n_components
            )
        return _wide_linear_error(cells, np.arange(n_rows), factor, n_components)
    most = min(_LINEAR_ROWS, _LINEAR_PRODUCTS // n_features**2)
    if n_rows > most:
        random = np.random.Generator(np.random.PCG64(random_state))
        rows = cells.read(np.sort(random.choice(n_rows, most, replace=False)))
    else:
        rows = cells.read()
    size = min(n_components, *rows.shape)
    pca = StreamedPCA(size, feature_weights=factor).fit(rows)
    apart = rows - pca.mean_
    # Not `inverse_transform`, which adds the mean in float32.
    apart -= (pca.transform(rows) @ pca.components_) / factor
    return mean_of_known(row_means(np.square(apart)))


def _wide_linear_error(
    cells: Source,
    rows: Int[np.ndarray, " chosen"],
    factor: Float64[np.ndarray, " features"],
    n_components: int,
) -> float:
    """Measure principal components of fewer rows than features by the rows' products.

    What the first components rebuild of centered rows is their projection on the first eigenvectors of the
    matrix of their products, whatever the features are multiplied by after it.
    """
    step = max(_BLOCK_CELLS // len(rows), 1)
    products = np.zeros((len(rows), len(rows)))
    for start in range(0, cells.n_features, step):
        block = _centered(cells, rows, start, step)[0] * factor[start : start + step]
        products += block @ block.T
    vectors = np.linalg.eigh(products)[1][:, ::-1][:, :n_components]
    squares, counts = np.zeros(len(rows)), np.zeros(len(rows))
    for start in range(0, cells.n_features, step):
        block, is_there = _centered(cells, rows, start, step)
        block -= vectors @ (vectors.T @ block)
        squares += np.square(block, out=block).sum(axis=1, where=is_there)
        counts += is_there.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return mean_of_known(squares / counts)


def _centered(
    cells: Source, rows: Int[np.ndarray, " chosen"], start: int, step: int
) -> tuple[Float64[np.ndarray, "chosen columns"], Bool[np.ndarray, "chosen columns"]]:
    """Read columns less their means, 0 where a cell is missing, and say which cells are there."""
    block = cells.read(rows, slice(start, min(start + step, cells.n_features))).astype(np.float64)
    is_there = ~np.isnan(block)
    counts = np.maximum(is_there.sum(axis=0), 1)
    block -= np.where(is_there, block, 0.0).sum(axis=0) / counts
    block[~is_there] = 0.0
    return block, is_there
