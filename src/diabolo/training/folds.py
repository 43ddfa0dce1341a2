"""How long to train, by rows that are held back: one part of them, or several with a network each."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diabolo.training.engine import Engine
from diabolo.training.history import Divergence, EarlyStopping, EpochReport, History, record
from diabolo.training.measurement import Gain, Measurement, pooled
from diabolo.training.progress import Progress
from diabolo.training.rows import TrainingRows

__all__ = ["SLOW_SHARE", "Fold", "Length", "choose_length"]

SLOW_SHARE = 0.1
"""Of the learning rate, with which training ends."""

# So many groups of held-out rows tell a gain from chance.
_GROUPS = 64
# What must not be given up for the other, and how much of it may be.
_PARTS, _SLACK = ("reconstruction_loss", "supervised_loss"), 0.02


class Fold(NamedTuple):
    """A network that is trained on some rows and measured on others.

    Parameters
    ----------
    engine : Engine
        Before its first step.
    training, validation : TrainingRows
        The rows.
    """

    engine: Engine
    training: TrainingRows
    validation: TrainingRows


@dataclass(frozen=True)
class Length:
    """For how long held-out rows gain.

    Parameters
    ----------
    history : dict of lists
        A number per epoch, each a mean over the folds.
    best_epoch : int
        With the lowest loss on the held-out rows of all folds; 0 where that is the start.
    n_epochs, n_slow_epochs : int
        How many lead to it, at the full learning rate and then at the low one.
    start_loss : float
        On them, at the start.
    gain : Gain
        By how much the best epoch's is lower.
    divergence : Divergence or None
        Set when a fold's loss stopped being finite.
    """

    history: History
    best_epoch: int
    n_epochs: int
    n_slow_epochs: int
    start_loss: float
    gain: Gain
    divergence: Divergence | None


def choose_length(folds: Sequence[Fold], stretch: int, progress: Progress) -> Length:
    """Train folds side by side until their held-out rows gain no more, and then in small steps from the best.

    Held-out rows are seen through the noise of training, if there is any, the same each time: of a network
    that is to clean rows, nothing else shows what it has learned. Where a target is predicted, too, neither
    the rows nor the target may come to be worse off by more than a fiftieth, whatever their sum does.

    Parameters
    ----------
    folds : sequence of Fold
        At least one, alike in all but their rows. The first one's engine ends with the parameters of the best
        epoch, the others with their last.
    stretch : int
        Epochs from one measurement of the held-out rows to the next.
    progress : Progress
        Told of every epoch.

    Returns
    -------
    Length
    """
    settings = folds[0].engine.settings
    n_held_out = sum(fold.validation.n_rows for fold in folds)

    def measured() -> Measurement:
        found = []
        for engine, _, validation in folds:
            batch_size = max(min(engine.evaluation_batch, n_held_out // _GROUPS), 1)
            found.append(engine.measure(validation, batch_size, is_noisy=True))
        return pooled(found)

    history: History = {}
    divergence = None
    start = lowest = measured()
    best = [fold.engine.parameters_on_host() for fold in folds]
    first = start.means()
    stopping = EarlyStopping(settings.n_iter_no_change, settings.tol)
    stopping.observe(0, first["loss"])
    n_done = best_epoch = 0
    turning: tuple[int, int] | None = None
    while n_done < settings.max_epochs and divergence is None:
        if stopping.should_stop:
            if turning is not None or not best_epoch:
                break
            turning = best_epoch, n_done
            stopping.wait_again(-(-settings.n_iter_no_change // 2))
            for (engine, _, _), parameters in zip(folds, best, strict=True):
                engine.put_parameters(parameters)
                engine.rate_share = SLOW_SHARE
        count, together = min(stretch, settings.max_epochs - n_done), []
        for engine, training, _ in folds:
            reports, divergence = engine.advance(training, count)
            together.append(reports)
            if divergence is not None:
                break
        reports = [_mean_report(same) for same in zip(*together, strict=False)]
        n_done += count
        if divergence is None:
            started = time.perf_counter()
            found = measured()
            means = found.means()
            reports[-1] = reports[-1].with_validation(means, time.perf_counter() - started)
            is_fair = "supervised_loss" not in first or all(
                means[part] <= (1 + _SLACK) * first[part] for part in _PARTS
            )
            if stopping.observe(n_done, means["loss"] if is_fair else math.inf):
                best, lowest, best_epoch = [fold.engine.parameters_on_host() for fold in folds], found, n_done
        for report in reports:
            record(history, report)
            progress.epoch(report)
    folds[0].engine.put_parameters(best[0])
    n_epochs, n_slow_epochs = best_epoch, 0
    if turning is not None and best_epoch > turning[1]:
        n_epochs, n_slow_epochs = turning[0], best_epoch - turning[1]
    gain = start.gain_of(lowest)
    return Length(history, best_epoch, n_epochs, n_slow_epochs, first["loss"], gain, divergence)


def _mean_report(reports: Sequence[EpochReport]) -> EpochReport:
    """Make one report of those of several folds."""
    first = reports[0]
    shares = np.array([report.n_rows for report in reports]) / sum(report.n_rows for report in reports)

    def mean(numbers: Sequence[float]) -> float:
        return float(shares @ np.array(numbers))

    return EpochReport(
        first.epoch,
        mean([report.loss for report in reports]),
        mean([report.mean_absolute_error for report in reports]),
        first.learning_rate,
        sum(report.seconds for report in reports),
        sum(report.n_rows for report in reports),
        further={name: mean([report.further[name] for report in reports]) for name in first.further},
    )
