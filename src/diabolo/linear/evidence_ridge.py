"""Ridge regression of few rows of many features, each feature by its evidence, from blocks of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diabolo.linear.ridge import STRENGTHS, evidence, feature_weights
from diabolo.linear.row_space import block_rows, blocks_of

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int

    Reader = Callable[[slice, Float32[np.ndarray, "rows n_features"]], object]
    Numbers = Float64[np.ndarray, "n_rows targets"]
    Rows = Int[np.ndarray, " chosen"]
    Labels = frozenset[int]
    PerFeature = Float32[np.ndarray, " n_features"]

__all__ = ["HELD_CELLS", "EvidenceRidge", "FeatureEvidence"]

# Of a column that varies by less than this share of its squares, there is only rounding.
_LEAST_SHARE = 1e-8

# In place of a variance of nothing.
_TINY = 1e-100

# Cells that are weighed at a time.
_BAND_CELLS = 2**23

HELD_CELLS = 2**27
"""So many cells of the features that say something are held: 512 MiB."""


class EvidenceRidge(NamedTuple):
    """A linear model on some features.

    Parameters
    ----------
    features : int array of shape (kept,)
        Those that say more of the target than chance.
    coefficients : float64 array of shape (kept, targets)
        Theirs; of all others they are 0.
    products : float64 array of shape (n_rows, targets)
        Every row times the coefficients.
    """

    features: Int[np.ndarray, " kept"]
    coefficients: Float64[np.ndarray, "kept targets"]
    products: Float64[np.ndarray, "n_rows targets"]


class FeatureEvidence:
    """What each feature says of targets, in any union of parts of the rows: two passes over the rows.

    Parameters
    ----------
    read : callable
        Of a range of rows and an array to put them in, about their mean.
    n_rows, n_features : int
        Of the table.
    label : int array of shape (n_rows,)
        Which part each row is of, from 0; below 0 it is of none.
    Y : array of shape (n_rows, targets)
        The targets; what is linear in them says the same.
    unions : iterable of sets of int
        Those of the parts that will be asked for.
    """

    def __init__(
        self,
        read: Reader,
        n_rows: int,
        n_features: int,
        label: Int[np.ndarray, " n_rows"],
        Y: Numbers,
        unions: Iterable[Labels],
    ) -> None:
        self._label = label
        parts = np.arange(int(label.max()) + 1)
        is_of = (label[:, None] == parts).astype(np.float32)
        about = np.where(label[:, None] < 0, 0.0, Y - Y[label >= 0].mean(axis=0)).astype(np.float32)
        # A part's targets beside its ones: one product gives the sums of both.
        sides = np.concatenate([is_of, *(is_of * column[:, None] for column in about.T)], axis=1)
        sums = np.zeros((sides.shape[1], n_features))
        squares = np.zeros((len(parts), n_features))
        buffer = np.empty((block_rows(n_rows, n_features), n_features), np.float32)
        for rows, block in blocks_of(read, n_rows, buffer):
            sums += sides[rows].T @ block
            np.square(block, out=block)
            squares += is_of[rows].T @ block
        shape = (-1, len(parts), n_features)
        self._sums, self._squares = sums.reshape(shape), squares
        self._counts, self._about = is_of.sum(axis=0).astype(np.float64), (is_of, about.astype(np.float64))
        self._said = {union: self._evidence(union) for union in set(unions)}
        del self._sums, self._squares
        strongest = np.max([said for said, _ in self._said.values()], axis=0)
        held, most = np.flatnonzero(strongest > 0), max(HELD_CELLS // n_rows, 1)
        if len(held) > most:
            held = np.sort(held[np.argsort(-strongest[held], kind="stable")[:most]])
        self._held = held
        self._weights = {
            union: feature_weights(said[held], spread[held]) for union, (said, spread) in self._said.items()
        }
        del self._said
        self._cells = np.empty((n_rows, len(held)), np.float32)
        for rows, block in blocks_of(read, n_rows, buffer):
            np.take(block, held, axis=1, out=self._cells[rows], mode="clip")

    def _evidence(self, union: Labels) -> tuple[PerFeature, PerFeature]:
        """Return what each feature says, and its spread; 0 where that is little beside its offset."""
        parts = sorted(union)
        count = self._counts[parts].sum()
        sums, *products = (by_part[parts].sum(axis=0) for by_part in self._sums)
        mean, squares = sums / count, self._squares[parts].sum(axis=0)
        varied = squares - count * mean**2
        spread = np.sqrt(np.where(varied > _LEAST_SHARE * squares, varied, 0.0))
        is_of, about = self._about
        used = is_of[:, parts].any(axis=1)
        correlation = np.zeros((len(mean), len(products)))
        for column, product in enumerate(products):
            own = about[used, column]
            scale = spread * np.sqrt(np.sum((own - own.mean()) ** 2))
            np.divide(product - mean * own.sum(), scale, out=correlation[:, column], where=scale > 0)
        said = evidence(np.clip(correlation, -1.0, 1.0), count).astype(np.float32)
        return said, (spread / math.sqrt(count)).astype(np.float32)

    def validated(self, groups: Sequence[Labels], Y: Numbers) -> tuple[float, float]:
        """Choose the strength of a ridge that is fitted without each group of parts in turn.

        Parameters
        ----------
        groups : sequence of sets of int
            At least two; the union of all but one is among those that were named.
        Y : array of shape (n_rows, targets)
            The targets.

        Returns
        -------
        strength, error : float
            The best of `STRENGTHS`, and its mean squared error on rows left out.
        """
        errors, count = np.zeros(len(STRENGTHS)), 0
        for left_out in groups:
            union = frozenset[int]().union(*(group for group in groups if group is not left_out))
            used, others = self._rows(union), self._rows(left_out)
            y_mean = Y[used].mean(axis=0)
            products = self._products(union, used)
            duals = _duals(products[np.ix_(used, used)], Y[used] - y_mean, STRENGTHS)
            across = products[np.ix_(others, used)]
            residuals = Y[others] - y_mean - np.einsum("hn,snt->sht", across, duals, optimize=True)
            errors += np.einsum("sht,sht->s", residuals, residuals)
            count += residuals[0].size
        lowest = int(np.argmin(errors))
        return float(STRENGTHS[lowest]), float(errors[lowest] / max(count, 1))

    def ridge(self, union: Labels, Y: Numbers, strength: float) -> EvidenceRidge:
        """Fit a ridge on the rows of some parts.

        Parameters
        ----------
        union : set of int
            One of those that were named.
        Y : array of shape (n_rows, targets)
            The targets.
        strength : float
            Of the penalty, as a share of the weighed features' total variance.

        Returns
        -------
        EvidenceRidge
        """
        used, weight = self._rows(union), self._weights[union]
        products = self._products(union, used)[np.ix_(used, used)]
        products[np.diag_indices(len(products))] += strength * max(np.trace(products), _TINY)
        # The weights of centered rows that give centered targets add up to 0: no mean needs to be taken off.
        dual = np.zeros(Y.shape)
        dual[used] = np.linalg.solve(products, Y[used] - Y[used].mean(axis=0))
        coefficients = (weight**2)[:, None] * (self._cells.T @ dual.astype(np.float32)).astype(np.float64)
        kept = weight > 0
        predicted = (self._cells @ coefficients.astype(np.float32)).astype(np.float64)
        return EvidenceRidge(self._held[kept], coefficients[kept], predicted)

    def _rows(self, union: Labels) -> Rows:
        return np.flatnonzero(np.isin(self._label, sorted(union)))

    def _products(self, union: Labels, used: Rows) -> Float64[np.ndarray, "n_rows n_rows"]:
        """Multiply all rows with each other, features weighed, about the mean of those that are used."""
        n_rows, n_held = self._cells.shape
        total, band = np.zeros((n_rows, n_rows)), max(_BAND_CELLS // n_rows, 1)
        weight, buffer = self._weights[union], np.empty((n_rows, min(band, n_held)), np.float32)
        for left in range(0, n_held, band):
            columns = slice(left, min(left + band, n_held))
            some = np.multiply(self._cells[:, columns], weight[columns], out=buffer[:, : columns.stop - left])
            total += some @ some.T
        mean = total[:, used].mean(axis=1)
        total -= mean[:, None] + (mean - mean[used].mean())
        return total


def _duals(
    products: Float64[np.ndarray, "n n"],
    Y: Float64[np.ndarray, "n targets"],
    strengths: Float64[np.ndarray, " strengths"],
) -> Float64[np.ndarray, "strengths n targets"]:
    squares, sides = np.linalg.eigh(products)
    squares = np.maximum(squares, 0.0)
    total = max(float(squares.sum()), _TINY)
    return sides @ ((sides.T @ Y) / (squares + strengths[:, None] * total)[:, :, None])
