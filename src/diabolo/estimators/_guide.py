"""The ridge that guides a code to its target: how to fit it is chosen once, and each fold fits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.estimators._row_space import Beyond, TurnedRows
from diabolo.linear.evidence_ridge import FeatureEvidence
from diabolo.linear.ridge import (
    CLEARLY_LOWER,
    WEIGHINGS,
    Choice,
    Moments,
    joined,
    ridge_coefficients,
    validated,
)

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int

    Chosen = Int[np.ndarray, " chosen"]
    Numbers = Float64[np.ndarray, "rows numbers"]

__all__ = ["N_GROUPS", "Guide"]

N_GROUPS = 5
"""Parts of the rows by which a ridge is validated."""


class Guide:
    """What is known of a target's ridge from one fold of the rows to the next.

    Parameters
    ----------
    n_rows : int
        Of the table.
    folds : sequence of (training, held back)
        Of the rows, if some are held back in turn.
    seed : int
        Of everything random.
    known : bool array of shape (n_rows,), optional
        Whose targets are known, where some are not.
    """

    def __init__(
        self,
        n_rows: int,
        folds: Sequence[tuple[Chosen, Chosen]],
        seed: int,
        known: Bool[np.ndarray, " rows"] | None = None,
    ) -> None:
        self._n_folds = len(folds)
        # The rows that a fold holds back are a part of their own, the others are parted at random.
        order = random_for(seed, "ridge").permutation(n_rows)
        if known is not None:  # few labeled rows are shared out evenly
            order[known] = np.argsort(np.argsort(order[known]))
        self.label = self._n_folds + order % N_GROUPS
        for number, (_, held_back) in enumerate(folds):
            self.label[held_back] = number
        self._choice: Choice | None = None
        self._strength: float | None = None
        self._evidence: FeatureEvidence | None = None

    def group(self, label: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " rows"]:
        """Say with which others a part is left out in the validation."""
        return np.where(label >= self._n_folds, label - self._n_folds, label % N_GROUPS)

    def coefficients(
        self, groups: Sequence[Moments], *, are_scores: bool
    ) -> Float64[np.ndarray, "n numbers"]:
        """Fit the ridge on training rows, of which the sums of each group are given.

        Parameters
        ----------
        groups : sequence of Moments
            At least one.
        are_scores : bool
            Whether rows are scores; then features count by evidence elsewhere: `by_feature`.

        Returns
        -------
        float64 array of shape (features, numbers)
            In the units of the rows that the sums are of.
        """
        # One group alone cannot be left out of itself.
        groups = groups if len(groups) > 1 else [*groups, *groups]
        if self._choice is None:
            self._choice = validated(groups, WEIGHINGS[:1] if are_scores else WEIGHINGS)
        return ridge_coefficients(joined(groups), self._choice)

    def by_feature(
        self, turned: TurnedRows, chosen: Chosen, Y: Numbers, known: Bool[np.ndarray, " rows"]
    ) -> Beyond | None:
        """Fit the ridge on the features behind scores, each by its evidence; None where that brings nothing.

        Parameters
        ----------
        turned : TurnedRows
            The rows.
        chosen : int array
            Those to train on.
        Y : array of shape (rows, numbers)
            Targets of all rows of the table.
        known : boolean array of shape (rows,)
            Which rows have one.
        """
        label, targets = np.where(known, self.label, -1)[turned.counted], Y[turned.counted]
        used = frozenset(np.unique(self.label[chosen[known[chosen]]]).tolist())
        if self._evidence is None:
            everything = frozenset(np.unique(label[label >= 0]).tolist())
            if self._n_folds:
                trained_on = [everything - {number} for number in range(self._n_folds)]
            else:
                label = np.where(np.isin(turned.counted, chosen), label, -1)
                everything, trained_on = used, [used]
            groups = self._groups(used)
            rests = [used - group for group in groups]
            unions = [union for union in (everything, *trained_on, *rests) if union]
            self._evidence = FeatureEvidence(
                turned.read, len(turned.counted), len(turned.mean), label, targets, unions
            )
            if len(groups) > 1:
                strength, error = self._evidence.validated(groups, targets)
                assert self._choice is not None
                self._strength = strength if error < CLEARLY_LOWER * self._choice.error else None
        if self._strength is None:
            return None
        ridge = self._evidence.ridge(used, targets, self._strength)
        coordinates = turned.space.sides.T @ ridge.products
        return Beyond(ridge.features, ridge.coefficients, coordinates, np.zeros((Y.shape[1], 0)))

    def _groups(self, used: frozenset[int]) -> list[frozenset[int]]:
        parts = np.array(sorted(used), np.int64)
        group = self.group(parts)
        return [frozenset(parts[group == number].tolist()) for number in np.unique(group)]
