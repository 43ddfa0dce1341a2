"""History: what each epoch of a fit measured, and when its losses fall no more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diabolo.core.penalties import OWN_PENALTY, PENALTIES
from diabolo.training.stages import plain

__all__ = [
    "COLUMNS",
    "Divergence",
    "EarlyStopping",
    "EpochReport",
    "History",
    "cut",
    "history_from",
    "history_parts",
    "record",
]


History = dict[str, list[float]]

_PARTS = (
    *("reconstruction_loss", *PENALTIES, OWN_PENALTY),
    *("kl_divergence", "dead_unit_loss", "supervised_loss"),
)

# Measured of every epoch.
_LEAST = ("loss", "mean_absolute_error", "learning_rate", "seconds")
_ALWAYS = (
    "loss",
    "mean_absolute_error",
    "validation_loss",
    "validation_mean_absolute_error",
    "learning_rate",
    "seconds",
)

COLUMNS = (*_ALWAYS, *_PARTS, *(f"validation_{name}" for name in _PARTS))
"""Every name that a history may have."""


@dataclass(frozen=True)
class EpochReport:
    """One epoch's figures.

    Parameters
    ----------
    epoch : int
        From 1.
    loss, mean_absolute_error : float
        Means over the training rows, each row measured as its batch met it, in scaled units.
    learning_rate : float
        Of the epoch's last step.
    seconds : float
        Wall time of the epoch, compilation included in the first.
    n_rows : int
        Training rows visited.
    validation_loss, validation_mean_absolute_error : float or None
        Means over the held-out rows after the epoch.
    further, validation_further : mapping of str to float
        The parts of the loss, where it has more than one, each before its weight.
    """

    epoch: int
    loss: float
    mean_absolute_error: float
    learning_rate: float
    seconds: float
    n_rows: int
    validation_loss: float | None = None
    validation_mean_absolute_error: float | None = None
    further: Mapping[str, float] = field(default_factory=dict)
    validation_further: Mapping[str, float] = field(default_factory=dict)

    def with_validation(self, means: Mapping[str, float], seconds: float = 0.0) -> EpochReport:
        """Return the report with what held-out rows measured, and how long that took beside the epoch."""
        further = dict(means)
        return replace(
            self,
            validation_loss=further.pop("loss"),
            validation_mean_absolute_error=further.pop("mean_absolute_error"),
            validation_further=further,
            seconds=self.seconds + seconds,
        )

    def columns(self) -> dict[str, float]:
        """Return the figures by their names in a history."""
        figures = {name: getattr(self, name) for name in _ALWAYS}
        figures.update(self.further)
        figures.update({f"validation_{name}": value for name, value in self.validation_further.items()})
        return {name: float(value) for name, value in figures.items() if value is not None}


@dataclass(frozen=True)
class Divergence:
    """Where the loss stopped being finite.

    Parameters
    ----------
    epoch, batch : int
        From 1.
    n_batches : int
        Batches in an epoch.
    loss : float
        What it was instead.
    """

    epoch: int
    batch: int
    n_batches: int
    loss: float


def record(history: History, report: EpochReport) -> None:
    """Append an epoch's figures to a history.

    Validation columns exist only where there is validation; an epoch without adds NaN to them, so that all
    columns keep one length.

    Parameters
    ----------
    history : dict of lists
        Changed in place.
    report : EpochReport
        The epoch's figures.
    """
    earlier = len(history.get("loss", ()))
    figures = report.columns()
    for name in COLUMNS:
        if name in figures and name not in history:
            history[name] = [math.nan] * earlier
        if name in history:
            history[name].append(figures.get(name, math.nan))


def cut(history: History, n_epochs: int) -> History:
    """Forget, in place, what a history has of later epochs, and return it."""
    for name in list(history):
        del history[name][n_epochs:]
        if not history[name]:
            del history[name]
    return history


def history_parts(history: History) -> dict[str, np.ndarray]:
    """Write a history as arrays, whose names begin with its columns' places."""
    return {
        f"history.{place:03d}.{name}": np.array(column, np.float64)
        for place, (name, column) in enumerate(history.items())
    }


def history_from(arrays: Mapping[str, np.ndarray], n_epochs: int, *, is_cut: bool = False) -> History:
    """Read the history that is among arrays.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Those of `history_parts`, and others.
    n_epochs : int
        How many it must have.
    is_cut : bool, default False
        Whether it may have fewer, as a divergence ended the last ones.

    Returns
    -------
    dict of lists

    Raises
    ------
    ValueError
        For columns that no history has, of several lengths, or of other epochs.
    """
    names = sorted(name for name in arrays if name.startswith("history."))
    found = {name.split(".", 2)[-1]: arrays[name].astype(np.float64) for name in names}
    shapes = {part.shape for part in found.values()}
    length = len(found.get("loss", ()))
    is_whole = (
        shapes <= {(length,)} and set(found) <= set(COLUMNS) and (not found or set(found) >= set(_LEAST))
    )
    if not is_whole or length > n_epochs or (length < n_epochs and not is_cut):
        raise ValueError("its history is none")
    return {name: part.tolist() for name, part in found.items()}


@dataclass
class EarlyStopping:
    """Watches a loss that should fall.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs to wait.
    tol : float
        Share of the loss that last ended the wait by which a new one must be lower to end it again.

    Examples
    --------
    >>> stopping = EarlyStopping(n_iter_no_change=2, tol=0.0)
    >>> [stopping.observe(epoch, loss) for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.1], start=1)]
    [True, True, False, False]
    >>> stopping.best_epoch, stopping.should_stop
    (2, True)
    """

    n_iter_no_change: int
    tol: float
    best_epoch: int | None = None
    best_loss: float = math.inf
    _reference: float = math.inf
    _waited: int = 0

    def observe(self, epoch: int, loss: float) -> bool:
        """Take an epoch's loss and say whether it is the lowest so far."""
        margin = self.tol * abs(self._reference) if math.isfinite(self._reference) else 0.0
        if loss < self._reference - margin:
            self._reference = loss
            self._waited = 0
        else:
            self._waited += 1
        if loss < self.best_loss:
            self.best_epoch, self.best_loss = epoch, loss
            return True
        return False

    def wait_again(self, n_iter_no_change: int) -> None:
        """Begin a wait of so many epochs."""
        self.n_iter_no_change, self._waited = n_iter_no_change, 0

    @classmethod
    def known(cls, record: Any, n_epochs: int) -> EarlyStopping:
        """Put one together that has observed so many epochs; a ValueError where it is none."""
        found = plain(cls, record)
        if not 0 <= (found.best_epoch or 0) <= n_epochs:
            raise ValueError(f"its best epoch is none of {n_epochs}")
        return found

    @property
    def should_stop(self) -> bool:
        """Whether the wait is over."""
        return self._waited >= self.n_iter_no_change
