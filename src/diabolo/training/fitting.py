"""A fit: epochs until they are done, held-out rows gain no more, who follows it ends it, or it diverges.

Whatever interrupts it, the step is finished, and what is left is where the fit was then; from what its stage
keeps, another process goes on to the same end.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

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
from diabolo.training.progress import Progress
from diabolo.training.rows import TrainingRows
from diabolo.training.stages import Snapshot, Stage, plain, whole

__all__ = ["TrainingResult", "fit"]


@dataclass(frozen=True)
class TrainingResult:
    """What a fit leaves behind.

    Parameters
    ----------
    network : Network
        Trained; the best epoch's under early stopping, the last finite one after a divergence.
    history : dict of lists
        A number per epoch.
    best_epoch : int
        From 1: the epoch with the lowest validation loss, or without validation the last one; 0 where none
        was as good as the start.
    divergence : Divergence or None
        Set when the loss stopped being finite.
    start_loss : float
        Of the held-out rows before the first step; NaN where that was not measured.
    interruption : KeyboardInterrupt or None
        What ended the fit before its end.
    is_stopped : bool
        Whether who was told of its epochs has ended it.
    """

    network: Any
    history: History
    best_epoch: int
    divergence: Divergence | None = None
    start_loss: float = math.nan
    interruption: KeyboardInterrupt | None = None
    is_stopped: bool = False


@dataclass(frozen=True)
class _At:
    """How far a fit is beside its engine; replaced as a whole.

    Parameters
    ----------
    n_seen : int
        The engine's epochs that have been taken into account.
    n_done : int
        Epochs in the history.
    stopping : EarlyStopping
        What it has observed.
    best : tuple of arrays or None
        The best epoch's parameters, on the host.
    start_loss : float
        Of the held-out rows before the first step.
    divergence : Divergence or None
        Where the loss stopped being finite.
    is_stopped : bool
        Whether it is to end here.
    """

    n_seen: int
    n_done: int
    stopping: EarlyStopping
    best: tuple[Any, ...] | None
    start_loss: float = math.nan
    divergence: Divergence | None = None
    is_stopped: bool = False


def fit(
    engine: Engine,
    training: TrainingRows,
    validation: TrainingRows | None,
    progress: Progress,
    *,
    n_epochs: int | None = None,
    with_start: bool = False,
    stage: Stage | None = None,
    goes_on: bool = False,
    let_go: Callable[[], None] | None = None,
) -> TrainingResult:
    """Train until the last epoch, or until early stopping, a divergence, `progress` or an interrupt ends it.

    Parameters
    ----------
    engine : Engine
        Before its first step, or where another fit has left it.
    training : TrainingRows
        Rows to train on.
    validation : TrainingRows or None
        Held-out rows, measured after each epoch.
    progress : Progress
        Told of every epoch; it may end the fit after one.
    n_epochs : int, optional
        After how many to end, where that is before the schedule does; by default all of them.
    with_start : bool, default False
        Whether the start is one of those among which early stopping chooses, as epoch 0.
    stage : Stage, optional
        Where moments of it are kept, and from which it goes on.
    goes_on : bool, default False
        Whether the engine is to train on after this fit, and so needs the optimizer's arrays.
    let_go : callable, optional
        Lets the rows go when they are trained on no more, before the network is taken out of the engine.

    Returns
    -------
    TrainingResult
    """
    return _Fit(
        engine, training, validation, progress, stage or Stage(), n_epochs, with_start, goes_on, let_go
    ).run()


class _Fit:
    def __init__(
        self,
        engine: Engine,
        training: TrainingRows,
        validation: TrainingRows | None,
        progress: Progress,
        stage: Stage,
        n_epochs: int | None,
        with_start: bool,
        goes_on: bool,
        let_go: Callable[[], None] | None,
    ) -> None:
        self.let_go = let_go
        self.engine, self.training, self.validation = engine, training, validation
        self.progress, self.stage, self.goes_on = progress, stage, goes_on
        settings = engine.settings
        self.n_epochs = settings.max_epochs if n_epochs is None else n_epochs
        self.stops_early, self.with_start = settings.early_stopping, with_start
        self.history: History = {}
        self.at: _At | None = None

    def run(self) -> TrainingResult:
        engine = self.engine
        is_finished = False

        def restore(moment: Snapshot) -> None:
            nonlocal is_finished
            self._restore(moment)
            is_finished = moment.is_finished

        self.stage.found(restore)
        loop = Loop(lambda: engine.is_lost, self.progress)
        if not is_finished:
            loop.run(self._step, self._after, lambda: self.at is not None and self._is_over(self.at))
        at = self.at
        if at is None:  # interrupted before the start was measured, so there is nothing to keep
            return TrainingResult(engine.network(copy=False), {}, 0, interruption=loop.interruption)
        is_over = self._is_over(at)
        if not is_over:
            self.stage.keep(lambda: self._moment(at))
        if at.best is not None:
            engine.put_parameters(at.best)
        if is_over and not is_finished:
            self.stage.keep(lambda: self._moment(at, is_finished=True))
        if engine.program.ends is not None and not self.goes_on:
            # What was held transposed is turned back, for which there is room without the optimizer's arrays.
            engine.drop_slots()
        if self.let_go is not None:
            self.let_go()
        history = cut(self.history, at.n_done)
        best_epoch = at.n_done if at.stopping.best_epoch is None else at.stopping.best_epoch
        network = engine.network(copy=False)
        return TrainingResult(
            network, history, best_epoch, at.divergence, at.start_loss, loop.interruption, at.is_stopped
        )

    def _is_over(self, at: _At) -> bool:
        if at.n_done >= self.n_epochs or at.divergence is not None or at.is_stopped:
            return True
        return self.stops_early and at.stopping.should_stop

    def _step(self, rest: Rest) -> None:
        """Train for an epoch, or those of one call, and take account of them; or do what is left of that."""
        engine, at = self.engine, self.at
        if at is None:
            self.at = self._start()
            return
        if engine.n_epochs == at.n_seen:
            is_alone = self.validation is not None or self.progress.follows
            per_call = 1 if is_alone else self.n_epochs - at.n_done
            self.progress.begins()
            engine.run(self.training, per_call, lambda: rest(self._within_epoch))
        reports, divergence = engine.latest
        if self.validation is not None and divergence is None:
            started = time.perf_counter()
            means = engine.evaluate(self.validation, engine.evaluation_batch)
            reports = (reports[0].with_validation(means, time.perf_counter() - started),)
        self._take_account(at, reports, divergence)

    def _start(self) -> _At:
        engine, settings = self.engine, self.engine.settings
        stopping = EarlyStopping(settings.n_iter_no_change, settings.tol)
        if self.validation is None or not self.stops_early or not self.with_start:
            return _At(engine.n_epochs, 0, stopping, None)
        start_loss = engine.evaluate(self.validation, engine.evaluation_batch)["loss"]
        stopping.observe(0, start_loss)
        return _At(engine.n_epochs, 0, stopping, engine.parameters_on_host(), start_loss)

    def _take_account(self, at: _At, reports: tuple[EpochReport, ...], divergence: Divergence | None) -> None:
        cut(self.history, at.n_done)  # where an interrupt came while this was done before
        stopping, best = replace(at.stopping), at.best
        for report in reports:
            record(self.history, report)
            if report.validation_loss is None:
                continue
            lowest = stopping.observe(report.epoch, report.validation_loss)
            if lowest and self.stops_early:
                # The state is donated to the next epoch, so the best parameters move to the host.
                best = self.engine.parameters_on_host()
        n_done = at.n_done + len(reports)
        self.at = _At(self.engine.n_epochs, n_done, stopping, best, at.start_loss, divergence)
        for report in reports:
            if self.progress.epoch(report):
                self.at = replace(self.at, is_stopped=True)

    def _within_epoch(self) -> None:
        if self.stage.is_due(None):
            self._keep()

    def _after(self) -> None:
        at = self.at
        if at is not None and at.n_done and not self._is_over(at) and self.stage.is_due(at.n_done):
            self._keep()

    def _keep(self) -> None:
        assert self.at is not None
        at = self.at
        self.stage.keep(lambda: self._moment(at))

    def _moment(self, at: _At, *, is_finished: bool = False) -> Snapshot:
        arrays, engine = self.engine.parts()
        if is_finished and not self.goes_on:
            engine["n_slots"] = 0
            arrays = {name: part for name, part in arrays.items() if not name.startswith("slots.")}
        if at.best is not None and not is_finished:
            arrays |= self.engine.carrier.kept_arrays(at.best, "best")
        arrays |= history_parts(cut(self.history, at.n_done))
        kept = {
            "engine": engine,
            "n_done": at.n_done,
            "stopping": asdict(at.stopping),
            "has_best": at.best is not None and not is_finished,
            "start_loss": at.start_loss,
            "divergence": None if at.divergence is None else asdict(at.divergence),
            "is_stopped": at.is_stopped,
        }
        return Snapshot(arrays, kept, is_finished)

    def _restore(self, moment: Snapshot) -> None:
        arrays, kept = moment.arrays, moment.record
        n_before = self.engine.n_epochs  # of an earlier fit of the same engine
        divergence = None if kept["divergence"] is None else plain(Divergence, kept["divergence"])
        self.engine.put(arrays, kept["engine"], has_diverged=divergence is not None)
        best = self.engine.carrier.kept_from(arrays, "best", self.engine.state) if kept["has_best"] else None
        n_done = whole(kept, "n_done", self.n_epochs)
        self.history = history_from(arrays, n_done)
        # The epoch that diverged is counted by the engine alone.
        if self.engine.n_epochs - n_before - n_done not in ((0, 1) if divergence is not None else (0,)):
            raise ValueError("its epochs are not those of its history")
        self.at = _At(
            self.engine.n_epochs,
            n_done,
            EarlyStopping.known(kept["stopping"], n_before + n_done),
            best,
            float(kept["start_loss"]),
            divergence,
            kept.get("is_stopped") is True,
        )
