"""History: what each epoch of a fit measured."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "EpochReport", "History", "record"]

History = dict[str, list[float]]

COLUMNS = (
    "loss",
    "mean_absolute_error",
    "validation_loss",
    "validation_mean_absolute_error",
    "learning_rate",
    "seconds",
)


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
    """

    epoch: int
    loss: float
    mean_absolute_error: float
    learning_rate: float
    seconds: float
    n_rows: int
    validation_loss: float | None = None
    validation_mean_absolute_error: float | None = None


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
    for name in COLUMNS:
        value = getattr(report, name)
        if value is not None:
            history.setdefault(name, [float("nan")] * earlier).append(float(value))
        elif name in history:
            history[name].append(float("nan"))
