"""What sets each group of rows apart: its features' values beside those of the other rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, stdtr

from diabolo.screening.f_test import false_discovery

if TYPE_CHECKING:
    from jaxtyping import Float64

    from diabolo.data.source import Source
    from diabolo.groups.clustering import Labels

    Cells = Float64[np.ndarray, "groups features"]

__all__ = ["FeatureDifferences", "feature_differences"]

_BLOCK_CELLS = 2**21
_LOOKED_AT = 2_000  # rows that say where a column's quartiles lie
_FENCE = 3.0  # quartile ranges beyond the quartiles: Tukey's outer fences


@dataclass(frozen=True)
class FeatureDifferences:
    """Every feature of every group beside the other rows; arrays of shape (groups, features).

    Parameters
    ----------
    means, other_means : float64 arrays
        Of the group's rows, and of all others, in the features' units; NaN where there is no cell.
    effects : float64 array
        The difference of the two in standard deviations of the feature over all rows, far cells drawn near.
        Never beyond 1 / sqrt(p (1 - p)) of a group with a share p of the rows.
    qvalues : float64 array
        Of Welch's t test, over all groups and features; NaN where there is too little for a test.
    """

    means: Cells
    other_means: Cells
    effects: Cells
    qvalues: Cells


def feature_differences(source: Source, labels: Labels, n_groups: int, seed: int) -> FeatureDifferences:
    """Hold each group's rows against all others, feature by feature, in one pass over a table.

    Cells further than three quartile ranges beyond their column's quartiles count as that far in effects and
    tests, so that no single cell makes or hides a difference; in the means they count as they are.

    Parameters
    ----------
    source : Source of shape (rows, features)
        The table; missing cells are left out.
    labels : int array of shape (rows,)
        Groups from 0; -1 is none, which is among the others of every group.
    n_groups : int
        How many there are.
    seed : int
        Of the rows that say where quartiles lie.

    Returns
    -------
    FeatureDifferences

    References
    ----------
    B. L. Welch, The generalization of 'Student's' problem when several different population variances are
    involved, Biometrika 34, 1947. Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, JRSS B
    57, 1995. J. W. Tukey, Exploratory data analysis, 1977 (outer fences). A p value is never below that of an
    exact permutation test of so many rows.
    """
    center, scale, low, high = _places(source, seed)
    shape = (n_groups + 1, source.n_features)
    count, total, sums, squares = (np.zeros(shape) for _ in range(4))
    for rows, block in source.blocks(_BLOCK_CELLS):
        cells = block.astype(np.float64)
        belongs = (labels[rows][:, np.newaxis] == np.arange(-1, n_groups)).astype(np.float64).T
        gaps = np.isnan(cells)
        cells[gaps] = 0.0
        total += belongs @ cells
        np.clip(cells, low, high, out=cells)
        cells -= center
        cells /= scale
        cells[gaps] = 0.0
        count += belongs @ ~gaps if gaps.any() else belongs.sum(axis=1, keepdims=True)
        sums += belongs @ cells
        np.square(cells, out=cells)
        squares += belongs @ cells
    with np.errstate(invalid="ignore", divide="ignore"):
        return _compared(count, total, sums, squares)


def _places(source: Source, seed: int) -> tuple[np.ndarray, ...]:
    """Find each column's median, its scale, and the fences beyond which a cell is no further away."""
    n_rows, width = source.shape
    chosen = np.arange(n_rows)
    if n_rows > _LOOKED_AT:
        chosen = np.sort(np.random.default_rng([seed, 2]).choice(n_rows, _LOOKED_AT, replace=False))
    quartiles, step = np.zeros((3, width)), max(_BLOCK_CELLS // len(chosen), 1)
    for start in range(0, width, step):
        columns = slice(start, min(start + step, width))
        cells = source.read(chosen, columns).astype(np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns without any cell
            quartiles[:, columns] = np.nanquantile(cells, (0.25, 0.5, 0.75), axis=0)
    first, center, last = np.nan_to_num(quartiles)
    spread = last - first
    fence = np.where(spread > 0, _FENCE * spread, np.inf)  # more than half of the cells are one value
    return center, np.where(spread > 0, spread, 1.0), first - fence, last + fence


def _compared(count: Cells, total: Cells, sums: Cells, squares: Cells) -> FeatureDifferences:
    """Compare each group but the first, which is none, with all other rows."""
    here, there = count[1:], count.sum(axis=0) - count[1:]
    everything, all_squares = sums.sum(axis=0), squares.sum(axis=0)
    mean, other = sums[1:] / here, (everything - sums[1:]) / there
    scatter = np.maximum(squares[1:] - here * mean**2, 0.0)
    other_scatter = np.maximum(all_squares - squares[1:] - there * other**2, 0.0)
    n_cells = here + there
    variance = np.maximum(all_squares / n_cells - (everything / n_cells) ** 2, 0.0)
    difference = mean - other
    # Where a column is constant but for rounding there is no difference either.
    varies = variance > 1e-20 * (all_squares / n_cells)
    effects = np.where(varies & (n_cells > 0), difference / np.sqrt(variance), 0.0)
    effects[~(np.minimum(here, there) > 0)] = np.nan
    error, other_error = scatter / (here - 1) / here, other_scatter / (there - 1) / there
    freedom = (error + other_error) ** 2 / (error**2 / (here - 1) + other_error**2 / (there - 1))
    statistic = np.abs(difference) / np.sqrt(error + other_error)
    pvalues = 2 * stdtr(np.where(np.isfinite(freedom), freedom, n_cells), -statistic)
    # Two groups without any spread: all is decided by how many ways there are to draw so many rows.
    exact = np.exp(gammaln(here + 1) + gammaln(there + 1) - gammaln(n_cells + 1))
    pvalues = np.where(effects == 0, 1.0, np.clip(np.maximum(pvalues, exact), 0.0, 1.0))
    pvalues[(np.minimum(here, there) < 2) | np.isnan(effects)] = np.nan
    qvalues = false_discovery(pvalues.ravel()).reshape(pvalues.shape)
    grand = total.sum(axis=0)
    return FeatureDifferences(total[1:] / here, (grand - total[1:]) / there, effects, qvalues)
