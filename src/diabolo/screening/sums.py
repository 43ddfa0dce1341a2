"""Sums over rows, of every feature, block after block: variances are made of them, and F tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import Team, current_team
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import unfit_cell
from diabolo.data.source import Source
from diabolo.screening.passes import as_source, pass_over
from diabolo.screening.shares import told_to_all

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Shaped

    from diabolo.screening.target import Target

    Cells = Float64[np.ndarray, "columns rows"]
    Present = Bool[np.ndarray, "columns rows"] | None
    PerColumn = Float64[np.ndarray, " columns"]
    PerFeature = Float64[np.ndarray, " n_features"]

__all__ = ["Sums", "centered_tile", "sums_over", "variance", "variance_of_sums"]

# A first value so many deviations from the mean is no point to count from.
_FAR = 4.0


def centered_tile(
    block: Shaped[np.ndarray, "rows columns"],
    shift: PerColumn | None = None,
    place: tuple[Source, int, int] | None = None,
) -> tuple[Cells, Present, PerColumn]:
    """Turn some features over, in float64, and take from each a value near its mean.

    Sums of what is left do not cancel, however large the mean is beside the deviation. The value taken is
    one of the feature's own where that serves, so that a constant feature leaves exact zeros.

    Parameters
    ----------
    block : array of shape (rows, columns)
        Cells; NaN is missing.
    shift : float64 array of shape (columns,), optional
        What to take; chosen here if not given.
    place : (Source, int, int), optional
        The table, and the first of these rows and columns, for messages.

    Returns
    -------
    centered : float64 array of shape (columns, rows)
        Zero where missing.
    present : bool array of shape (columns, rows), or None
        None if nothing is missing.
    shift : float64 array of shape (columns,)
        What was taken.

    Raises
    ------
    InputError
        A cell is infinite.

    Examples
    --------
    >>> centered, present, shift = centered_tile(np.array([[5.0, 1.0], [7.0, np.nan]]))
    >>> centered.tolist(), present.tolist(), shift.tolist()
    ([[0.0, 2.0], [0.0, 0.0]], [[True, True], [True, False]], [5.0, 1.0])
    """
    centered = np.empty((block.shape[1], block.shape[0]))
    np.copyto(centered, np.ascontiguousarray(block).T)
    present = None
    totals = centered.sum(axis=1)
    if not np.isfinite(totals).all():
        infinite = np.isinf(centered)
        if infinite.any():
            row, column = (int(number) for number in np.argwhere(infinite.T)[0])
            source, top, left = (ArraySource(block, name="the table"), 0, 0) if place is None else place
            raise unfit_cell("screening", source, top + row, left + column)
        present = ~np.isnan(centered)
    if shift is None:
        first = np.zeros(len(centered), np.int64) if present is None else present.argmax(axis=1)
        shift = np.nan_to_num(centered[np.arange(len(centered)), first])
        _subtract(centered, shift, present)
        count = centered.shape[1] if present is None else np.maximum(present.sum(axis=1), 1)
        mean = centered.sum(axis=1) / count
        far = mean**2 * (1 + _FAR**2) > _FAR**2 * np.vecdot(centered, centered) / count
        if far.any():
            moved = mean * far
            _subtract(centered, moved, present)
            shift = shift + moved
    else:
        _subtract(centered, shift, present)
    return centered, present, shift


def _subtract(centered: Cells, shift: PerColumn, present: Present) -> None:
    centered -= shift[:, None]
    if present is not None:
        centered[~present] = 0.0


class Sums:
    """Sums over rows of every feature, of its square and of its product with a target.

    Parameters
    ----------
    n_features : int
        How many features the table has.
    target : Target, or None
        What to multiply by; None for the variance alone.
    n_rows : int
        How many rows the table has.

    Attributes
    ----------
    shift : float64 array of shape (n_features,)
        What all sums are relative to.
    squares : float64 array of shape (n_features,)
        Sum of squares.
    products : float64 array of shape (n_features, k)
        For numbers: the sum, and the sum of products with the target, which is relative to its mean. For
        classes: the sum over each class's rows. Without a target: the sum.
    counts : float64 array of shape (n_features, m)
        For numbers: rows that are there, and the sums of the target and of its square over them. For classes:
        rows of each class. Without a target: rows.
    """

    def __init__(self, n_features: int, target: Target | None, n_rows: int) -> None:
        ones = np.ones(n_rows)
        if target is None:
            self._products_of = self._counts_of = ones[:, None]
        elif target.classes is None:
            y = target.numbers - target.numbers.mean()
            y -= y.mean()
            if np.ptp(target.numbers) == 0:
                y[:] = 0.0
            self._products_of = np.stack([ones, y], axis=1)
            self._counts_of = np.stack([ones, y, y * y], axis=1)
        else:
            self._products_of = self._counts_of = np.eye(len(target.classes))[target.positions]
        self.shift = np.zeros(n_features)
        self.squares = np.zeros(n_features)
        self.products = np.zeros((n_features, self._products_of.shape[1]))
        self.counts = np.zeros((n_features, self._counts_of.shape[1]))

    @property
    def is_of_numbers(self) -> bool:
        """Whether the target is numbers."""
        return self.counts.shape[1] != self.products.shape[1]

    @property
    def n_features(self) -> int:
        """How many features are added up."""
        return len(self.shift)

    @property
    def n_kept(self) -> int:
        """How many products and counts are kept for each feature."""
        return self.counts.shape[1] + self.products.shape[1]

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What there is of each feature: `shift`, `squares`, `products` and `counts`."""
        return self.shift, self.squares, self.products, self.counts

    def add(
        self,
        rows: slice,
        columns: slice,
        block: Shaped[np.ndarray, "rows columns"],
        source: Source | None = None,
    ) -> tuple[Cells, Present]:
        """Add some rows of some features; different columns may be added from several threads at once.

        Parameters
        ----------
        rows, columns : slice
            Which; a feature's rows come in order, beginning at 0.
        block : array of shape (rows, columns)
            Their cells; NaN is missing.
        source : Source, optional
            The table, for messages.

        Returns
        -------
        centered : float64 array of shape (columns, rows)
            The cells, relative to `shift`; zero where missing.
        present : bool array of shape (columns, rows), or None
            None if nothing is missing.
        """
        place = None if source is None else (source, rows.start, columns.start)
        known = None if rows.start == 0 else self.shift[columns]
        if known is not None:
            empty = ~self.counts[columns].any(axis=1)
            if empty.any():  # no cell of these has come yet, so they still want a value to count from
                known = np.where(empty, centered_tile(block, None, place)[2], known)
        centered, present, shift = centered_tile(block, known, place)
        self.shift[columns] = shift
        self.squares[columns] += np.vecdot(centered, centered)
        self.products[columns] += centered @ self._products_of[rows]
        counts_of = self._counts_of[rows]
        self.counts[columns] += counts_of.sum(axis=0) if present is None else present @ counts_of
        return centered, present

    def move_to(self, shift: PerFeature) -> None:
        """Have all sums be relative to other values, so that those of other rows can be added.

        Parameters
        ----------
        shift : float64 array of shape (n_features,)
            What they are to be relative to.
        """
        by = self.shift - shift
        total, count = self.totals()
        self.squares += 2 * by * total + by**2 * count
        self.products += by[:, None] * self.counts[:, : self.products.shape[1]]
        self.shift = shift

    def totals(self) -> tuple[PerFeature, PerFeature]:
        """Return the sum of each feature, and how many cells it has."""
        # Of a numeric target the first columns are the sums themselves; of classes they add up to them.
        total, count = (
            each[:, 0] if self.is_of_numbers else each.sum(axis=1) for each in (self.products, self.counts)
        )
        return total, count


def sums_over(
    source: Source,
    target: Target | None,
    max_memory: int | str,
    n_jobs: int,
    kept_per_feature: int,
    progress: Callable[[float], None] | None = None,
) -> Sums:
    """Add up a whole table in one pass; in a cluster each process passes over some of its rows.

    Parameters
    ----------
    source : Source
        The table.
    target : Target, or None
        As of `Sums`.
    max_memory, n_jobs, kept_per_feature, progress
        As of `pass_over`.

    Returns
    -------
    Sums
        Of several processes the same in each, to rounding what one finds.

    Raises
    ------
    DiaboloError
        In every process, what one of them could not go on for.
    """
    sums, team = Sums(source.n_features, target, source.n_rows), current_team()
    own = team.share(source.n_rows, source.block[0])

    def work(rows: slice, columns: slice, block: np.ndarray) -> None:
        sums.add(slice(own.start + rows.start, own.start + rows.stop), columns, block, source)

    def add_up(part: Source) -> None:
        pass_over(part, work, False, max_memory, n_jobs, kept_per_feature, progress)

    if team.n_processes == 1:
        add_up(source)
        return sums
    with told_to_all(team):
        if own.stop > own.start:
            add_up(source.rows(np.arange(own.start, own.stop)))
    _add_up_processes(team, sums)
    return sums


def _add_up_processes(team: Team, sums: Sums) -> None:
    """Make sums over some rows those over the rows of all processes."""
    # Relative to what the first process counts from that has any cell of a feature.
    shift = sums.shift.copy()
    has_any = np.asarray(sums.counts.any(axis=1))
    for arrays in reversed(team.gathered({"shift": shift, "has_any": has_any})):
        np.copyto(shift, arrays["shift"], where=arrays["has_any"])
    sums.move_to(shift)
    for name in ("squares", "products", "counts"):
        setattr(sums, name, team.summed(getattr(sums, name)))


def variance(
    X: Any, *, max_memory: int | str = "1GB", n_jobs: int = 2
) -> tuple[Float64[np.ndarray, " n_features"], Float64[np.ndarray, " n_features"]]:
    """Find the variance of every feature and the share of its cells that is missing, in one pass.

    In a cluster (`diabolo.initialize_cluster`) every process reads some of the rows, and all find the same.

    Parameters
    ----------
    X : Source or array-like of shape (n_rows, n_features)
        The table; NaN is missing.
    max_memory : int or str, default "1GB"
        Bytes that may be held at once.
    n_jobs : int, default 2
        Threads.

    Returns
    -------
    variance : float64 array of shape (n_features,)
        Mean squared distance from the mean, over the cells that are there; NaN where there are none.
    missing : float64 array of shape (n_features,)
        Share of the rows, 0 to 1.

    See Also
    --------
    f_test, mutual_information

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque (1983). Algorithms for computing the sample variance: analysis and
    recommendations. The American Statistician 37(3): sums relative to a shift.

    Examples
    --------
    >>> [values.tolist() for values in variance([[1.0, 2.0], [3.0, 2.0], [5.0, np.nan], [7.0, 2.0]])]
    [[5.0, 0.0], [0.0, 0.25]]
    """
    source = as_source(X)
    sums = sums_over(source, None, max_memory, n_jobs, 100)
    return variance_of_sums(sums, source.n_rows)


def variance_of_sums(sums: Sums, n_rows: int) -> tuple[PerFeature, PerFeature]:
    """Finish what `variance` returns.

    Parameters
    ----------
    sums : Sums
        Over all rows.
    n_rows : int
        How many those were.

    Returns
    -------
    variance, missing : float64 arrays of shape (n_features,)
    """
    total, count = sums.totals()
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.maximum(sums.squares - total**2 / count, 0.0) / count
    return spread, 1.0 - count / n_rows
