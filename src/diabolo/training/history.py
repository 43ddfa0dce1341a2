"""History: what each epoch of a fit measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diabolo.core.penalties import PENALTIES

__all__ = ["COLUMNS", "EpochReport", "History", "record"]

History = dict[str, list[float]]

_PARTS = ("reconstruction_loss", *PENALTIES, "kl_divergence", "dead_unit_loss", "supervised_loss")

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

    def columns(self) -> dict[str, float]:
        """Return the figures by their names in a history."""
        figures = {name: getattr(self, name) for name in _ALWAYS}
        figures.update(self.further)
        figures.update({f"validation_{name}": value for name, value in self.validation_further.items()})
        return {name: float(value) for name, value in figures.items() if value is not None}


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
        if name in figures:
            history.setdefault(name, [float("nan")] * earlier).append(figures[name])
        elif name in history:
            history[name].append(float("nan"))
