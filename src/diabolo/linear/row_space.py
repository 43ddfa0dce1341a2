"""The space in which few rows of many features lie: rows as their scores along its axes, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64

    Reader = Callable[[slice, Float32[np.ndarray, "rows n_features"]], object]
    Summed = Callable[[np.ndarray], np.ndarray]

__all__ = ["RowSpace", "block_rows", "blocks_of", "feature_band", "row_space"]

# Two blocks of rows of so many cells each are held at a time: 1 GiB.
_BLOCK_CELLS = 2**28
_BAND_CELLS = 2**22
# Axes weaker than this share of the strongest, in variance, are the rounding of float32 and not the table's.
_NOISE = 1e-7


@dataclass(frozen=True)
class RowSpace:
    """Scores of rows along axes of the space that they span.

    Distances between rows, and so every squared error, are those between their scores. The axes are not the
    principal ones: along each of them rows vary alike, as along features. An optimizer that gives all weights
    steps of one size would, along principal axes, learn the last of them, which are single rows' own, as fast
    as the first.

    Parameters
    ----------
    scores : float64 array of shape (n_rows, n_axes)
        Rows about the origin, along each axis.
    sides : float64 array of shape (n_rows, n_axes)
        The axes as sums of rows: ``axes = rows.T @ sides``, of length 1.
    """

    scores: Float64[np.ndarray, "n_rows n_axes"]
    sides: Float64[np.ndarray, "n_rows n_axes"]

    @property
    def n_axes(self) -> int:
        """How many axes there are."""
        return self.scores.shape[1]

    def lifted(
        self, read: Reader, n_features: int, matrix: Float[np.ndarray, "n_axes width"]
    ) -> Float32[np.ndarray, "n_features width"]:
        """Turn columns of coordinates along the axes into columns of features: one pass over the rows.

        Parameters
        ----------
        read : callable
            Of a range of rows and an array to put them in, as they were when the space was found.
        n_features : int
            Of a row.
        matrix : array of shape (n_axes, width)
            Coordinates.

        Returns
        -------
        float32 array of shape (n_features, width)
        """
        parts = (self.sides @ np.asarray(matrix, np.float64)).astype(np.float32)
        n_rows, width = parts.shape
        out = np.zeros((n_features, width), np.float32)
        # The result lies beside the rows that are read, and later its parts beside it: no more than those.
        most = block_rows(n_rows, n_features)
        step, band = min(most, max(-(-most // 4), width)), max(_BAND_CELLS // max(width, 1), 1)
        for rows, block in blocks_of(read, n_rows, np.empty((step, n_features), np.float32)):
            for left in range(0, n_features, band):  # without an array of the whole size beside it
                columns = slice(left, left + band)
                out[columns] += block[:, columns].T @ parts[rows]
        return out


def block_rows(n_rows: int, n_features: int) -> int:
    """Say how many rows are held at a time: all, or blocks of one size."""
    most = max(_BLOCK_CELLS // max(n_features, 1), 1)
    return -(-n_rows // -(-n_rows // most))


def blocks_of(
    read: Reader, n_rows: int, buffer: Float32[np.ndarray, "step n_features"], first: int = 0
) -> Iterator[tuple[slice, Float32[np.ndarray, "rows n_features"]]]:
    """Read rows block after block into one array: fresh memory costs about as much as to read a file.

    Parameters
    ----------
    read : callable
        As of `row_space`.
    n_rows : int
        Of the table.
    buffer : float32 array of shape (step, n_features)
        Where to; each block is overwritten by the next.
    first : int, default 0
        The row to begin at.

    Yields
    ------
    slice, float32 array of shape (rows, n_features)
        Which rows, and their cells.
    """
    for start in range(first, n_rows, max(len(buffer), 1)):
        part = slice(start, min(start + len(buffer), n_rows))
        block = buffer[: part.stop - part.start]
        read(part, block)
        yield part, block


def feature_band(n_rows: int, n_features: int) -> int:
    """Say how many features' products are summed up in float32, before they are in float64.

    Parameters
    ----------
    n_rows, n_features : int
        Of the table.

    Returns
    -------
    int
        Processes that share the features in whole bands come to what one process comes to.
    """
    return max(_BAND_CELLS // max(block_rows(n_rows, n_features), 1), 1024)


def row_space(
    read: Reader,
    n_rows: int,
    n_features: int,
    *,
    summed: Summed = lambda products: products,
    n_all: int | None = None,
) -> RowSpace:
    """Find the space of rows from their products with each other.

    Parameters
    ----------
    read : callable
        Of a range of rows and an array to put them in, about their mean; of a table of more than two blocks,
        each block is read about half as many times as there are blocks.
    n_rows, n_features : int
        Of the table.
    summed : callable, optional
        From the rows' products with each other to their sum over several processes, which read some of the
        features each.
    n_all : int, optional
        Features that all of them read.

    Returns
    -------
    RowSpace
        With as many axes as there are directions in which the rows vary by more than rounding.

    References
    ----------
    N. Ailon and B. Chazelle, The fast Johnson-Lindenstrauss transform and approximate nearest neighbors, SIAM
    Journal on Computing 39, 2009: random signs and a cosine transform share out what a few axes have.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 2.0, 2.0], [-1.0, -2.0, -2.0]], np.float32)
    >>> def read(part, out):
    ...     out[:] = rows[part]
    >>> space = row_space(read, 2, 3)
    >>> np.abs(space.scores).round(6).tolist()
    [[3.0], [3.0]]
    >>> [round(float(x), 4) for x in np.abs(space.lifted(read, 3, np.eye(1)))[:, 0]]
    [0.3333, 0.6667, 0.6667]
    """
    products = np.empty((n_rows, n_rows))
    n_all = n_all or n_features
    step, band = block_rows(n_rows, n_all), feature_band(n_rows, n_all)
    one, two = (np.empty((rows, n_features), np.float32) for rows in (step, min(step, n_rows - step)))
    for part, block in blocks_of(read, n_rows, one):
        products[part, part] = _product(block, block, band)
        for other, beside in blocks_of(read, n_rows, two, part.stop):
            products[part, other] = _product(block, beside, band)
            products[other, part] = products[part, other].T
    del one, two
    squares, vectors = np.linalg.eigh(summed(products))
    kept = squares > _NOISE * max(squares[-1], np.finfo(np.float32).tiny)
    lengths, vectors = np.sqrt(squares[kept])[::-1], vectors[:, kept][:, ::-1]
    # An axis has no direction of its own: the row that lies farthest along it lies on its positive side.
    farthest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    vectors = vectors * np.where(farthest < 0, -1.0, 1.0)
    return RowSpace(_shared_out(vectors * lengths), _shared_out(vectors / lengths))


def _shared_out(
    along: Float64[np.ndarray, "n_rows n_axes"],
) -> Float64[np.ndarray, "n_rows n_axes"]:
    """Turn axes, always by the same angles, so that each new one has a share of all."""
    # Imported here: scipy costs more to import than a small fit.
    from scipy.fft import dct

    if not along.shape[1]:
        return along
    signs = np.random.default_rng(0).choice((-1.0, 1.0), along.shape[1])
    turned: Float64[np.ndarray, "n_rows n_axes"] = dct(along * signs, axis=1, norm="ortho")
    return turned


def _product(
    one: Float32[np.ndarray, "rows n_features"], other: Float32[np.ndarray, "others n_features"], band: int
) -> Float64[np.ndarray, "rows others"]:
    """Multiply in float32, bands of features being summed up in float64."""
    n_features = one.shape[1]
    total = np.zeros((len(one), len(other)))
    for left in range(0, n_features, band):
        total += one[:, left : left + band] @ other[:, left : left + band].T
    return total
