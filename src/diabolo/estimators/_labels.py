"""Labels: the targets of the tables of a fit, whose are known, and what each row counts in their mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.errors import InputError
from diabolo.estimators._checked_rows import source_target
from diabolo.estimators._targets import known_targets, refuse_unlabeled

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float32, Int

    Known = Bool[np.ndarray, " rows"]
    Rows = Int[np.ndarray, " some"]
    Shares = Float32[np.ndarray, " rows"] | None
    Weights = Float[np.ndarray, " rows"] | None
    Given = tuple[Any, Any, int]

__all__ = ["Labels", "labels_of", "shares_of"]


class Labels(NamedTuple):
    """What guides a code.

    Parameters
    ----------
    y : array-like of shape (rows,) or (rows, numbers)
        The user's targets.
    known : bool array of shape (rows,)
        Whose are known.
    y_validation : array-like or None
        Of rows of another table, which are measured.
    known_validation : bool array or None
        Whose of these are known.
    is_partial : bool
        Whether a column behind the targets says what each row counts: where one is unknown, in either table
        or in an earlier call of ``partial_fit``.
    """

    y: Any
    known: Known
    y_validation: Any
    known_validation: Known | None
    is_partial: bool

    def shares(
        self, weights: Weights, chosen: Rows, held_out: Rows, folds: Sequence[tuple[Rows, Rows]]
    ) -> Shares:
        """Work out what each row of the table counts.

        Parameters
        ----------
        weights : array of shape (rows,) or None
            Sample weights.
        chosen, held_out : int arrays
            Rows that are trained on, and others that are measured.
        folds : sequence of (training, held back)
            Those that are measured as one, if this is one of them.

        Returns
        -------
        float32 array of shape (rows,) or None
            None where all targets are known.
        """
        if not self.is_partial:
            return None
        measured = np.concatenate([held_out[:0], *(held_back for _, held_back in folds)])
        return shares_of(
            self.known, weights, (chosen, chosen), (held_out, measured if len(measured) else held_out)
        )

    @property
    def partly_known(self) -> Known | None:
        """Whose targets are known, where some are not."""
        return None if self.known.all() else self.known

    @property
    def validation_shares(self) -> Shares:
        """The same of the other table's rows."""
        if not self.is_partial or self.known_validation is None:
            return None
        rows = np.arange(len(self.known_validation))
        return shares_of(self.known_validation, None, (rows, rows))


def labels_of(
    owner: str,
    given: Given,
    weights: Weights,
    measured: Given | None,
    *,
    goes_on: bool,
    was_partial: bool,
) -> Labels:
    """Look at the targets of a fit.

    Parameters
    ----------
    owner : str
        The estimator's name.
    given : (X, y, rows)
        The user's table and targets, and how many rows it has.
    weights : array of shape (rows,) or None
        Sample weights.
    measured : (X, y, rows) or None
        The same of another table that is measured.
    goes_on : bool
        Whether a network is there that knows the target; then none needs to be known.
    was_partial : bool
        Whether some were unknown in an earlier call of ``partial_fit``.

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        Where targets cannot be used, or none is known of rows to train on or of rows to measure.
    """
    y, n_rows = source_target(*given[:2]), given[2]
    known = known_targets(owner, y, n_rows)
    if not goes_on:
        counted = np.arange(n_rows) if weights is None else np.flatnonzero(weights > 0)
        refuse_unlabeled(owner, known, counted, which="" if weights is None else " of a weight above 0")
    if measured is None:
        return Labels(y, known, None, None, was_partial or not known.all())
    y_measured = source_target(*measured[:2])
    if y_measured is None:
        raise InputError(
            f"{owner}: X_validation came without y_validation, and the code must predict a target; pass both."
        )
    known_measured = known_targets(owner, y_measured, measured[2])
    instead = "leave X_validation and y_validation out"
    refuse_unlabeled(owner, known_measured, np.arange(measured[2]), name="y_validation", instead=instead)
    is_partial = not (known.all() and known_measured.all())
    return Labels(y, known, y_measured, known_measured, is_partial)


def shares_of(known: Known, weights: Weights, *sets: tuple[Rows, Rows]) -> Float32[np.ndarray, " rows"]:
    """Work out what rows count in the supervised mean, so that one over all rows is one over known targets.

    It is 0 where the target is unknown, and elsewhere the weight of all rows over the weight of those whose
    target is known. Where none is known it is 0 for all, and so is their supervised loss.

    Parameters
    ----------
    known : bool array of shape (rows,)
        Whose targets are known.
    weights : array of shape (rows,) or None
        Sample weights.
    *sets : (rows, among)
        Some rows, and those among which their mean is taken.

    Returns
    -------
    float32 array of shape (rows,)
        0 for rows of no set.

    Examples
    --------
    >>> known, rows = np.array([True, False, True, True]), np.arange(4)
    >>> shares_of(known, None, (rows[:2], rows[:2]), (rows[2:], rows[2:])).tolist()
    [2.0, 0.0, 1.0, 1.0]
    """
    each = np.ones(len(known)) if weights is None else weights
    shares = np.zeros(len(known), np.float32)
    for rows, among in sets:
        labeled = float(each[among[known[among]]].sum())
        shares[rows] = known[rows] * (float(each[among].sum()) / labeled if labeled > 0 else 0.0)
    return shares
