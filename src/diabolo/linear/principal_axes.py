"""Principal axes of rows that are read block by block: exact ones of small tables, leading ones of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64

    Tall = Float32[np.ndarray, "n_features width"]
    Blocks = Callable[[], Iterator[Float[np.ndarray, "block n_features"]]]
    Summed = Callable[[np.ndarray], np.ndarray]
    Axes = tuple[Float[np.ndarray, "n_features width"], Float64[np.ndarray, " width"]]

__all__ = ["EXACT_CELLS", "principal_axes"]

# Up to so many rows or columns, and so many multiplications, the products of all are worked out whole.
_EXACT_SIDE, _EXACT_PRODUCTS = 2048, 2**36
EXACT_CELLS = 2**24
"""So many cells are held at once where rows are fewer than columns: 128 MiB."""
_SLAB_CELLS = 2**20
# Directions weaker than this share of the strongest are the rounding of float32 and not the table's.
_NOISE = 1e-12


def principal_axes(
    blocks: Blocks,
    n_rows: int,
    n_features: int,
    n_components: int,
    *,
    n_oversamples: int = 10,
    n_iter: int = 5,
    random_state: int = 0,
    summed: Summed = lambda array: array,
    first: int = 0,
) -> Axes:
    """Find the directions along which rows vary most.

    Where rows or columns are few, all axes come from the products of these few with each other, in float64.
    Of other tables the leading ones are found by subspace iteration from a random start, each step a pass
    over the rows; large products are in float32, the small matrices between them in float64.

    Parameters
    ----------
    blocks : callable
        Gives the rows from the first to the last, about their mean, in blocks of shape (block, n_features);
        each call is a pass over the table. A block may be overwritten by the next.
    n_rows, n_features : int
        Of the table.
    n_components : int
        How many axes, at most the smaller of the two.
    n_oversamples : int, default 10
        Directions that are followed beside them, for accuracy.
    n_iter : int, default 5
        Steps of the iteration.
    random_state : int, default 0
        Seed of the random start.

    summed : callable, optional
        From an array to its sum over several processes, whose blocks are of rows of their own.
    first : int, default 0
        How many rows the processes before this one have.

    Returns
    -------
    axes : array of shape (n_features, at least n_components)
        Columns of length 1, by falling variance, or of zeros where the table varies no more; each one's
        largest number is positive.
    values : float64 array of shape (at least n_components,)
        Singular values: the root of the sum of squares along each axis.

    References
    ----------
    N. Halko, P. G. Martinsson and J. A. Tropp, Finding structure with randomness: probabilistic algorithms
    for constructing approximate matrix decompositions, SIAM Review 53, 2011, algorithms 4.4 and 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.outer([-1.0, 0.0, 1.0], [3.0, 4.0])
    >>> axes, values = principal_axes(lambda: iter([rows]), 3, 2, 1)
    >>> axes[:, 0].round(6).tolist(), values[:1].round(6).tolist()
    ([0.6, 0.8], [7.071068])
    """
    side = min(n_rows, n_features)
    is_quick = side <= _EXACT_SIDE and side * n_rows * n_features <= _EXACT_PRODUCTS
    if is_quick and n_features <= n_rows:
        axes, values = _by_columns(blocks, n_features, summed)
    elif is_quick and n_rows * n_features <= EXACT_CELLS:
        axes, values = _by_rows(blocks, n_rows, n_features, summed, first)
    else:
        width = min(n_components + n_oversamples, side)
        axes, values = _iterated(blocks, n_features, width, n_iter, random_state, summed)
    largest = axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])]
    for slab in _slabs(*axes.shape):
        axes[slab] *= np.where(largest < 0, -1, 1).astype(axes.dtype)
    return axes, values


def _by_columns(blocks: Blocks, n_features: int, summed: Summed) -> Axes:
    products = np.zeros((n_features, n_features))
    for block in blocks():
        block = block.astype(np.float64, copy=False)
        products += block.T @ block
    squares, axes = np.linalg.eigh(summed(products))
    return np.ascontiguousarray(axes[:, ::-1]), _roots(squares[::-1])


def _by_rows(blocks: Blocks, n_rows: int, n_features: int, summed: Summed, first: int) -> Axes:
    rows, done = np.zeros((n_rows, n_features)), first
    for block in blocks():
        rows[done : done + len(block)] = block
        done += len(block)
    rows = summed(rows)
    squares, sides = np.linalg.eigh(rows @ rows.T)
    values, sides = _roots(squares[::-1]), sides[:, ::-1]
    is_there = values > np.sqrt(_NOISE) * max(values[0], np.finfo(np.float64).tiny)
    return rows.T @ (sides * np.where(is_there, 1 / np.where(is_there, values, 1.0), 0.0)), values


def _roots(squares: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    return np.sqrt(np.maximum(squares, 0.0))


def _iterated(
    blocks: Blocks, n_features: int, width: int, n_iter: int, random_state: int, summed: Summed
) -> Axes:
    random = np.random.Generator(np.random.PCG64(random_state))
    followed = random.standard_normal((n_features, width), np.float32)
    image = np.empty_like(followed)
    for _ in range(n_iter + 1):
        image[:] = 0.0
        for block in blocks():
            projected = block @ followed
            for slab in _slabs(*image.shape):  # without an array of that size beside it
                image[slab] += block[:, slab].T @ projected
        for slab in _slabs(*image.shape):
            image[slab] = summed(image[slab])
        _orthonormalize(image)
        followed, image = image, followed
    squares = np.zeros((width, width))
    for block in blocks():
        projected = (block @ followed).astype(np.float64)
        squares += projected.T @ projected
    values, vectors = np.linalg.eigh(summed(squares))
    _turn(followed, vectors[:, ::-1])
    return followed, _roots(values[::-1])


def _slabs(n_features: int, width: int) -> Iterator[slice]:
    step = max(_SLAB_CELLS // width, 1)
    for start in range(0, n_features, step):
        yield slice(start, min(start + step, n_features))


def _turn(tall: Tall, small: Float64[np.ndarray, "width width"]) -> None:
    """Multiply a tall matrix by a small one, in its place."""
    factor = small.astype(np.float32)
    for slab in _slabs(*tall.shape):
        tall[slab] = tall[slab] @ factor


def _orthonormalize(tall: Tall) -> None:
    """Make the columns orthonormal in their place; those that depend on the others become 0.

    It is done by the eigenvectors of the columns' products, which unlike a Cholesky factor exist for any
    columns, and twice, since the first time leaves the rounding of nearly dependent ones.
    """
    for _ in range(2):
        products = np.zeros((tall.shape[1],) * 2)
        for slab in _slabs(*tall.shape):
            part = tall[slab].astype(np.float64)
            products += part.T @ part
        values, vectors = np.linalg.eigh(products)
        kept = values > _NOISE * max(values[-1], np.finfo(np.float64).tiny)
        _turn(tall, vectors * np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0))
