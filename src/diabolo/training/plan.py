"""The batch plan: how many rows are taken at once, which each step of an epoch sees, how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int, Int32

__all__ = [
    "SMALL_BATCH_BYTES",
    "BatchPlan",
    "batch_plan",
    "bucket",
    "epochs_plan",
    "evaluation_batch_size",
    "widest",
]

# XLA splits a gather over threads by the size of its table, however small the batch. Below this, the meeting
# of the threads in each step costs more than putting the whole chunk in order once beforehand.
SMALL_BATCH_BYTES = 2**16


def bucket(count: int) -> int:
    """Round a count up to 1, 1.25, 1.5 or 1.75 times a power of two.

    Shapes rounded this way let data sets of nearly the same size, such as the folds of a cross-validation,
    share one compiled program.

    Parameters
    ----------
    count : int, at least 0

    Returns
    -------
    int

    Examples
    --------
    >>> [bucket(count) for count in (1, 5, 9, 1000, 1197, 1198)]
    [1, 5, 10, 1024, 1280, 1280]
    """
    if count <= 4:
        return max(count, 1)
    quarter = 1 << max((count - 1).bit_length() - 3, 0)
    return -(-count // quarter) * quarter


def widest(network: Any) -> int:
    """Return the most numbers that a network holds for one row at a time, as far as it can tell."""
    known = getattr(network, "widest", None)
    return known or max(max(leaf.shape, default=1) for leaf in jax.tree.leaves(network))


def evaluation_batch_size(widest: int) -> int:
    """Choose how many rows are measured or transformed at once: 256, fewer where rows are very wide."""
    return int(np.clip(2**22 // max(widest, 1), 32, 256))


@dataclass(frozen=True)
class BatchPlan:
    """An epoch's batches, padded to a fixed shape.

    Parameters
    ----------
    indices : int32 array of shape (batches, batch_size)
        Rows of each batch; padding points at the order's first row, never at a row outside the order.
    weights : float32 array of shape (batches, batch_size)
        Share of each row in its batch's mean; 0 for padding. Without sample weights they sum to 1.
    totals : float64 array of shape (batches,)
        What a batch's mean is multiplied by to give the sum over its rows.
    n_batches : int
        Batches that hold rows; the others are padding altogether and come last.
    places : int32 array of shape (batches, batch_size), optional
        Where in its batch each row stands, where that is not its column.
    """

    indices: Int32[np.ndarray, "batches batch_size"]
    weights: Float32[np.ndarray, "batches batch_size"]
    totals: Float[np.ndarray, " batches"]
    n_batches: int
    places: Int32[np.ndarray, "batches batch_size"] | None = None


def batch_plan(
    order: Int[np.ndarray, " rows"],
    batch_size: int,
    *,
    sample_weight: Float[np.ndarray, " all_rows"] | None = None,
    mean_weight: float = 1.0,
    room: int = 0,
) -> BatchPlan:
    """Cut an order of rows into batches of a fixed shape; no row is dropped.

    A row of weight w counts w / (rows in the batch x mean weight), which makes the gradient of a batch an
    unbiased estimate of the gradient of the weighted mean.

    Parameters
    ----------
    order : int array
        Row numbers in the order in which they are visited.
    batch_size : int, at least 1
        Rows per step.
    sample_weight : array, optional
        A weight for every row of the table (not of the order).
    mean_weight : float, default 1.0
        Mean of the weights over the rows in the order.
    room : int, default 0
        Rows to leave room for where the order has fewer, so that a source's short chunk has the shape of
        its full ones.

    Returns
    -------
    BatchPlan

    Examples
    --------
    >>> import numpy as np
    >>> plan = batch_plan(np.array([4, 2, 0]), 2)
    >>> plan.indices.tolist(), plan.weights.tolist()
    ([[4, 2], [0, 4]], [[0.5, 0.5], [1.0, 0.0]])
    """
    n_rows = len(order)
    n_batches = -(-n_rows // batch_size)
    shape = (bucket(-(-max(n_rows, room) // batch_size)), batch_size)
    # Padding weighs 0, but 0 times a row that is not finite is NaN: it must be a row that is visited anyway.
    indices = np.full(shape, order[0] if n_rows else 0, np.int32)
    indices.reshape(-1)[:n_rows] = order
    rows_in_batch = np.zeros(shape[0])
    rows_in_batch[:n_batches] = batch_size
    rows_in_batch[n_batches - 1] -= n_batches * batch_size - n_rows
    weights = np.zeros(shape, np.float32)
    weights.reshape(-1)[:n_rows] = 1.0 if sample_weight is None else sample_weight[order]
    totals = rows_in_batch * mean_weight
    weights /= np.where(totals > 0, totals, 1.0).astype(np.float32)[:, None]
    return BatchPlan(indices, weights, totals, n_batches)


def epochs_plan(
    orders: Int[np.ndarray, "epochs rows"],
    batch_size: int,
    *,
    sample_weight: Float[np.ndarray, " all_rows"] | None = None,
    mean_weight: float = 1.0,
    room: int = 0,
) -> BatchPlan:
    """Cut several orders of the same rows into batches, one epoch after the other, for one call.

    Parameters
    ----------
    orders : int array of shape (epochs, rows)
        Row numbers in the order in which each epoch visits them; at least one epoch and one row.
    batch_size, sample_weight, mean_weight
        As of :func:`batch_plan`.
    room : int, default 0
        Batches to leave room for, so that fewer epochs have the shape of more.

    Returns
    -------
    BatchPlan
        The batches of :func:`batch_plan` that hold rows, of all epochs, then padding.

    Examples
    --------
    >>> import numpy as np
    >>> plan = epochs_plan(np.array([[4, 2, 0], [0, 2, 4]]), 2, room=5)
    >>> plan.n_batches, plan.totals.tolist(), plan.indices[2].tolist()
    (4, [2.0, 1.0, 2.0, 1.0, 0.0], [0, 2])
    """
    n_epochs, n_rows = orders.shape
    steps = -(-n_rows // batch_size)
    n_batches = n_epochs * steps
    shape = (bucket(max(n_batches, room)), batch_size)
    indices = np.full(shape, orders[0, 0], np.int32)
    indices[:n_batches].reshape(n_epochs, -1)[:, :n_rows] = orders
    rows_in_batch = np.zeros(shape[0])
    rows_in_batch[:n_batches] = batch_size
    rows_in_batch[steps - 1 : n_batches : steps] -= steps * batch_size - n_rows
    weights = np.zeros(shape, np.float32)
    weights[:n_batches].reshape(n_epochs, -1)[:, :n_rows] = (
        1.0 if sample_weight is None else sample_weight[orders]
    )
    totals = rows_in_batch * mean_weight
    weights /= np.where(totals > 0, totals, 1.0).astype(np.float32)[:, None]
    return BatchPlan(indices, weights, totals, n_batches)
