"""How long to train, by rows that are held back: one part of them, or several with a network each."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from diabolo.training.engine import Engine
from diabolo.training.history import (
    Divergence,
    EarlyStopping,
    EpochReport,
    History,
    cut,
    history_from,
    history_parts,
    record,
)
from diabolo.training.interruption import Loop, Rest
from diabolo.training.measurement import Gain, Measurement, measurement_from, measurement_parts, pooled
from diabolo.training.progress import Progress
from diabolo.training.rows import TrainingRows
from diabolo.training.stages import Snapshot, Stage, named, plain, whole

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
    interruption : KeyboardInterrupt or None
        What ended the search before its end.
    is_stopped : bool
        Whether who was told of its epochs has ended it.
    """

    history: History
    best_epoch: int
    n_epochs: int
    n_slow_epochs: int
    start_loss: float
    gain: Gain
    divergence: Divergence | None
    interruption: KeyboardInterrupt | None = None
    is_stopped: bool = False


@dataclass(frozen=True)
class _At:
    """How far the choice is beside the engines; replaced as a whole.

    Parameters
    ----------
    start, lowest : Measurement
        Of the held-out rows of all folds, at the start and at the best epoch.
    best : list of tuple of arrays
        Each fold's parameters at the best epoch, on the host.
    stopping : EarlyStopping
        What it has observed.
    n_done, best_epoch : int
        Epochs.
    turning : (int, int) or None
        The best epoch, and how many were done, when the steps became small.
    stretch : tuple of tuple of EpochReport
        What each fold has trained since the last measurement.
    divergence : Divergence or None
        Where a fold's loss stopped being finite.
    is_stopped : bool
        Whether it is to end here.
    """

    start: Measurement
    lowest: Measurement
    best: list[Any]
    stopping: EarlyStopping
    n_done: int = 0
    best_epoch: int = 0
    turning: tuple[int, int] | None = None
    stretch: tuple[tuple[EpochReport, ...], ...] = ()
    divergence: Divergence | None = None
    is_stopped: bool = False


def choose_length(
    folds: Sequence[Fold], stretch: int, progress: Progress, stage: Stage | None = None
) -> Length:
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
        Told of every epoch of a stretch when that has been measured; it may end the search there.
    stage : Stage, optional
        Where moments of it are kept, and from which it goes on.

    Returns
    -------
    Length
    """
    return _Choice(folds, stretch, progress, stage or Stage()).run()


class _Choice:
    def __init__(self, folds: Sequence[Fold], stretch: int, progress: Progress, stage: Stage) -> None:
        self.folds, self.stretch, self.progress, self.stage = folds, stretch, progress, stage
        self.settings = folds[0].engine.settings
        self.n_held_out = sum(fold.validation.n_rows for fold in folds)
        self.history: History = {}
        self.at: _At | None = None

    def run(self) -> Length:
        self.stage.found(self._restore)
        loop = Loop(lambda: any(fold.engine.is_lost for fold in self.folds), self.progress)
        loop.run(self._step, self._after, lambda: self.at is not None and self._is_over(self.at))
        at = self.at
        if at is None:  # interrupted before the start was measured, so there is nothing to keep
            nothing = Gain(0.0, math.inf, 1.0)
            return Length({}, 0, 0, 0, math.nan, nothing, None, loop.interruption)
        self.stage.keep(lambda: self._moment(at))
        self.folds[0].engine.put_parameters(at.best[0])
        n_epochs, n_slow_epochs = at.best_epoch, 0
        if at.turning is not None and at.best_epoch > at.turning[1]:
            n_epochs, n_slow_epochs = at.turning[0], at.best_epoch - at.turning[1]
        return Length(
            cut(self.history, at.n_done),
            at.best_epoch,
            n_epochs,
            n_slow_epochs,
            at.start.means()["loss"],
            at.start.gain_of(at.lowest),
            at.divergence,
            loop.interruption,
            at.is_stopped,
        )

    def _is_over(self, at: _At) -> bool:
        if at.n_done >= self.settings.max_epochs or at.divergence is not None or at.is_stopped:
            return True
        return at.stopping.should_stop and (at.turning is not None or not at.best_epoch)

    def _measured(self) -> Measurement:
        found = []
        for engine, _, validation in self.folds:
            batch_size = max(min(engine.evaluation_batch, self.n_held_out // _GROUPS), 1)
            found.append(engine.measure(validation, batch_size, is_noisy=True))
        return pooled(found)

    def _step(self, rest: Rest) -> None:
        """Train one fold for an epoch, or those of one call; after the last one measure all."""
        at = self.at
        if at is None:
            start = self._measured()
            stopping = EarlyStopping(self.settings.n_iter_no_change, self.settings.tol)
            stopping.observe(0, start.means()["loss"])
            best = [fold.engine.parameters_on_host() for fold in self.folds]
            self.at = _At(start, start, best, stopping, stretch=((),) * len(self.folds))
            return
        if at.stopping.should_stop:
            for (engine, _, _), parameters in zip(self.folds, at.best, strict=True):
                engine.put_parameters(parameters)
                engine.rate_share = SLOW_SHARE
            stopping = replace(at.stopping)
            stopping.wait_again(-(-self.settings.n_iter_no_change // 2))
            self.at = replace(at, stopping=stopping, turning=(at.best_epoch, at.n_done))
            return
        count = min(self.stretch, self.settings.max_epochs - at.n_done)
        behind = [number for number, reports in enumerate(at.stretch) if len(reports) < count]
        if behind and at.divergence is None:
            self.progress.begins()
            self._train(at, behind[0], count, rest)
        else:
            self._take_account(at, count)

    def _train(self, at: _At, number: int, count: int, rest: Rest) -> None:
        (engine, training, _), own = self.folds[number], at.stretch[number]
        if engine.n_epochs == at.n_done + len(own):  # else an interrupt came before its last call was counted
            engine.run(training, count - len(own), lambda: rest(self._within_epoch))
        reports, divergence = engine.latest
        together = (*at.stretch[:number], (*own, *reports), *at.stretch[number + 1 :])
        if divergence is None:
            self.at = replace(at, stretch=together)
        else:
            # What the folds before it have trained beyond its last epoch counts no more.
            self._close(replace(at, stretch=together[: number + 1], divergence=divergence), count)

    def _take_account(self, at: _At, count: int) -> None:
        n_done = at.n_done + count
        started = time.perf_counter()
        found = self._measured()
        means, first = found.means(), at.start.means()
        reports = _mean_reports(at.stretch)
        reports[-1] = reports[-1].with_validation(means, time.perf_counter() - started)
        is_fair = "supervised_loss" not in first or all(
            means[part] <= (1 + _SLACK) * first[part] for part in _PARTS
        )
        stopping = replace(at.stopping)
        at = replace(at, stopping=stopping, stretch=((),) * len(self.folds))
        if stopping.observe(n_done, means["loss"] if is_fair else math.inf):
            best = [fold.engine.parameters_on_host() for fold in self.folds]
            at = replace(at, best=best, lowest=found, best_epoch=n_done)
        self._record(at, reports)
        self.at = replace(at, n_done=n_done)
        for report in reports:
            if self.progress.epoch(report):
                self.at = replace(self.at, is_stopped=True)

    def _close(self, at: _At, count: int) -> None:
        """End with a divergence."""
        reports = _mean_reports(at.stretch)
        self._record(at, reports)
        self.at = replace(at, n_done=at.n_done + count)
        for report in reports:
            self.progress.epoch(report)

    def _record(self, at: _At, reports: Sequence[EpochReport]) -> None:
        cut(self.history, at.n_done)  # where an interrupt came while this was done before
        for report in reports:
            record(self.history, report)

    def _within_epoch(self) -> None:
        if self.at is not None and self.stage.is_due(None):
            self._keep(self.at)

    def _after(self) -> None:
        at = self.at
        if at is None or self._is_over(at):
            return
        n_done = at.n_done + min(map(len, at.stretch))
        if self.stage.is_due(n_done):
            self._keep(at)

    def _keep(self, at: _At) -> None:
        self.stage.keep(lambda: self._moment(at))

    def _moment(self, at: _At) -> Snapshot:
        is_finished = self._is_over(at)
        engines: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for number, fold in enumerate(self.folds if not is_finished else ()):
            own, engine = fold.engine.parts()
            engines.append(engine)
            arrays |= {f"fold.{number}.{name}": part for name, part in own.items()}
        best = at.best[:1] if is_finished else at.best
        for number, parameters in enumerate(best):
            arrays |= self.folds[0].engine.carrier.kept_arrays(parameters, f"best.{number}")
        for name, measured in (("start", at.start), ("lowest", at.lowest)):
            arrays |= {f"{name}.{part}": values for part, values in measurement_parts(measured).items()}
        arrays |= history_parts(cut(self.history, at.n_done))
        kept = {
            "engines": engines,
            "n_best": len(best),
            "stopping": asdict(at.stopping),
            "n_done": at.n_done,
            "best_epoch": at.best_epoch,
            "turning": at.turning,
            "stretch": [[asdict(report) for report in reports] for reports in at.stretch],
            "divergence": None if at.divergence is None else asdict(at.divergence),
            "is_stopped": at.is_stopped,
        }
        return Snapshot(arrays, kept, is_finished)

    def _restore(self, moment: Snapshot) -> None:
        arrays, kept = moment.arrays, moment.record
        engines = [fold.engine for fold in self.folds]
        if not moment.is_finished:
            for number, (engine, known) in enumerate(zip(engines, kept["engines"], strict=True)):
                engine.put(named(arrays, f"fold.{number}."), known)
        n_best = whole(kept, "n_best", len(engines))
        carrier, state = engines[0].carrier, engines[0].state
        best = [carrier.kept_from(arrays, f"best.{number}", state) for number in range(n_best)]
        terms = engines[0].objective.term_names
        start, lowest = (measurement_from(named(arrays, f"{name}."), terms) for name in ("start", "lowest"))
        turning, divergence = kept["turning"], kept["divergence"]
        n_done = whole(kept, "n_done", self.settings.max_epochs)
        self.history = history_from(arrays, n_done, is_cut=divergence is not None)
        self.at = _At(
            start,
            lowest,
            best,
            EarlyStopping.known(kept["stopping"], n_done),
            n_done,
            whole(kept, "best_epoch", n_done),
            None if turning is None else _turning_from(turning, n_done),
            tuple(tuple(plain(EpochReport, report) for report in reports) for reports in kept["stretch"]),
            None if divergence is None else plain(Divergence, divergence),
            kept.get("is_stopped") is True,
        )


def _turning_from(turning: Any, n_done: int) -> tuple[int, int]:
    best_epoch, then = turning
    whole({"turning": then}, "turning", n_done)
    return whole({"turning": best_epoch}, "turning", then), then


def _mean_reports(stretch: Sequence[Sequence[EpochReport]]) -> list[EpochReport]:
    """Make one report of those of several folds, for each epoch that all of them have."""
    together = list(zip(*stretch, strict=False))
    if not together:
        return []
    n_rows = [report.n_rows for report in together[0]]
    names = tuple(together[0][0].further)
    figures = [
        [(each.loss, each.mean_absolute_error, *map(each.further.__getitem__, names)) for each in same]
        for same in together
    ]
    means = (np.array(n_rows) / sum(n_rows)) @ np.array(figures)
    return [
        EpochReport(
            same[0].epoch,
            loss,
            absolute_error,
            same[0].learning_rate,
            sum(report.seconds for report in same),
            sum(n_rows),
            further=dict(zip(names, further, strict=True)),
        )
        for same, (loss, absolute_error, *further) in zip(together, means.tolist(), strict=True)
    ]
