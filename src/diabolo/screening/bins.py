"""Ranks cut into bins of equal frequency, and how often a feature's bin meets a target's."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Int32, Int64

    from diabolo.screening.sums import Cells, Present
    from diabolo.screening.target import Target

    Edges = Int64[np.ndarray, "columns edges"]
    PerColumn = Int64[np.ndarray, " columns"]

__all__ = ["TargetBins", "bins_of_target", "joint_counts"]

_FEWEST_LEVELS, _MOST_LEVELS = 1, 6


@dataclass(frozen=True)
class TargetBins:
    """A target's bins.

    Parameters
    ----------
    labels : int32 array of shape (n_rows,)
        Each row's bin: the number of a class, or the reversed bits of the number of a bin.
    n_labels : int
        How many bins there are.
    levels : int
        A feature has ``2**levels`` bins.
    is_class : bool
        Whether they are classes.
    """

    labels: Int32[np.ndarray, " n_rows"]
    n_labels: int
    levels: int
    is_class: bool
    _kept_places: dict[int, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def label_bits(self) -> int:
        """How many bits hold a label."""
        return max((self.n_labels - 1).bit_length(), 1)

    @cached_property
    def n_bins(self) -> int:
        """How many bins a feature has."""
        return 1 << self.levels

    @cached_property
    def reversed_bins(self) -> Int64[np.ndarray, " n_bins"]:
        """Where each bin of a feature stands, so that neighbors lie half of the table apart."""
        return _reversed_bits(self.levels)

    @cached_property
    def edges(self) -> Int64[np.ndarray, " edges"]:
        """The position at which each bin but the first begins, where values differ and none is missing."""
        return _edges(np.array([len(self.labels)]), self.n_bins)[0]

    def places(self, n_columns: int) -> Int64[np.ndarray, "columns rows"]:
        """Where the counts of each sorted position's bin begin, feature by feature."""
        found = self._kept_places.get(n_columns)
        if found is None:
            n_rows = len(self.labels)
            row = _places(self.edges[None], np.array([n_rows]), n_rows, self)
            found = row + (np.arange(n_columns) * (self.n_bins * self.n_labels))[:, None]
            if len(self._kept_places) < 2:  # of whole tiles, and of the last
                self._kept_places[n_columns] = found
        return found


def _reversed_bits(levels: int) -> Int64[np.ndarray, " bins"]:
    """Reverse the bits of the numbers below ``2**levels``."""
    numbers = np.arange(1 << levels)
    return sum((numbers >> level & 1) << (levels - 1 - level) for level in range(levels)) + 0 * numbers


def bins_of_target(target: Target) -> TargetBins:
    """Cut a target into bins: about as many as make the cells of a table as many as the rows.

    Parameters
    ----------
    target : Target
        Numbers are cut into bins of equal frequency, equal numbers staying together; classes are bins.

    Returns
    -------
    TargetBins

    Examples
    --------
    >>> from diabolo.screening.target import read_target
    >>> bins = bins_of_target(read_target(np.arange(100.0), 100))
    >>> bins.n_bins, bins.n_labels, bins.labels[[0, 99]].tolist()
    (8, 8, [0, 7])
    """
    n_rows = target.n_rows
    if target.classes is not None:
        n_classes = len(target.classes)
        levels = np.clip(round(np.log2(n_rows / n_classes)), _FEWEST_LEVELS, 5)
        return TargetBins(target.positions.astype(np.int32), n_classes, int(levels), True)
    levels = int(np.clip(round(np.log2(n_rows) / 2), _FEWEST_LEVELS, _MOST_LEVELS))
    _, group, sizes = np.unique(target.numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    middle = (2 * last - sizes)[group]  # first + last + 1, positions counted from 0
    labels = _reversed_bits(levels)[(middle << levels) // (2 * n_rows)]
    return TargetBins(labels.astype(np.int32), 1 << levels, levels, False)


def joint_counts(
    centered: Cells, present: Present, bins: TargetBins
) -> tuple[Int64[np.ndarray, "columns bins labels"], Bool[np.ndarray, " columns"]]:
    """Count how often each of a feature's bins meets each of the target's.

    A feature's values are sorted as float32 numbers whose lowest bits are replaced by the row's label, so
    that a sort of plain numbers brings the labels into the feature's order. What is lost of a value is below
    2**-18 of its distance from the feature's center with 32 labels; values that become equal by it stay
    together, as ties do, and so do those beyond float32's range.

    Parameters
    ----------
    centered : float64 array of shape (columns, rows)
        Features, near their center.
    present : bool array of shape (columns, rows), or None
        Which cells are there; None for all.
    bins : TargetBins
        The target's.

    Returns
    -------
    counts : int64 array of shape (columns, n_bins, n_labels)
        Bins stand in the order of their reversed bits.
    is_mixed : bool array of shape (columns,)
        Whether a feature's bins differ in size, for the sake of equal values or of missing cells.
    """
    with np.errstate(over="ignore"):
        values = centered.astype(np.float32)
    if max(values.max(), -values.min()) == np.inf:
        largest = np.finfo(np.float32).max
        np.clip(values, -largest, largest, out=values)
    values += np.float32(0.0)  # one zero, not two: -0.0 + 0.0 is 0.0
    mask = (1 << bins.label_bits) - 1
    words = values.view(np.int32)
    words &= np.int32(~mask)
    words |= bins.labels
    if present is not None:
        values[~present] = np.nan  # sorted to the end, and never counted
    values.sort(axis=1)
    n_columns, n_rows = values.shape
    labels = words & np.int32(mask)
    words >>= np.int32(bins.label_bits)
    edges = bins.edges
    is_mixed = (words[:, edges - 1] == words[:, edges]).any(axis=1)
    if present is not None:
        is_mixed |= ~present.all(axis=1)
    cells = bins.n_bins * bins.n_labels
    index = labels + bins.places(n_columns)
    mixed = np.flatnonzero(is_mixed)
    if len(mixed):
        there = np.full(len(mixed), n_rows) if present is None else present[mixed].sum(axis=1)
        places = _places(_edges_between_ties(words[mixed], there, bins.n_bins), there, n_rows, bins)
        places += (mixed * cells)[:, None]
        places += labels[mixed]
        places[np.arange(n_rows) >= there[:, None]] = n_columns * cells  # missing: beyond the end
        index[mixed] = places
    counts = np.bincount(index.ravel(), minlength=n_columns * cells + 1)[:-1]
    return counts.reshape(n_columns, bins.n_bins, bins.n_labels), is_mixed


def _edges(there: PerColumn, n_bins: int) -> Edges:
    """Find the position at which each bin but the first begins, of so many sorted values.

    A position belongs to bin k from where its middle, half a position on, has passed k/n_bins of all.
    """
    ks = np.arange(1, n_bins)
    edges = -((n_bins - 2 * ks * there[:, None]) // (2 * n_bins))
    return np.clip(edges, 1, np.maximum(there[:, None] - 1, 1))


def _edges_between_ties(words: Int32[np.ndarray, "columns rows"], there: PerColumn, n_bins: int) -> Edges:
    """Move edges that part equal values to one end of these, so that they go where their middle lies."""
    n_columns, n_rows = words.shape
    # As whole numbers that ascend: those of negative floats descend, and what is missing comes last.
    keys = words.astype(np.int64)
    np.bitwise_xor(keys, np.int64(0x7FFFFFFF), out=keys, where=keys < 0)
    keys[np.arange(n_rows) >= there[:, None]] = 2**31
    edges = _edges(there, n_bins)
    offset = (np.arange(n_columns) << 34)[:, None]
    wanted = np.take_along_axis(keys, edges, axis=1) + offset
    keys += offset
    starts = np.searchsorted(keys.ravel(), wanted.ravel(), "left").reshape(edges.shape)
    stops = np.searchsorted(keys.ravel(), wanted.ravel(), "right").reshape(edges.shape)
    base = (np.arange(n_columns) * n_rows)[:, None]
    starts, stops = starts - base, stops - base
    middle_is_past = (starts + stops) * n_bins >= 2 * np.arange(1, n_bins) * there[:, None]
    return np.where(middle_is_past, starts, np.minimum(stops, there[:, None]))


def _places(
    edges: Edges, there: PerColumn, n_rows: int, bins: TargetBins
) -> Int64[np.ndarray, "columns rows"]:
    """Say for every sorted position where the counts of its bin begin."""
    ends = np.concatenate([edges, there[:, None], np.full((len(edges), 1), n_rows)], axis=1)
    lengths = np.diff(ends, axis=1, prepend=0)
    starts = np.append(bins.reversed_bins, 0) * bins.n_labels
    return np.repeat(np.tile(starts, len(edges)), lengths.ravel()).reshape(len(edges), n_rows)
