"""The engine: epochs over a source of rows until they are done, the loss stops falling, or it diverges."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from diabolo.core.ensembles import EnsembleObjective
from diabolo.core.objectives import Objective
from diabolo.core.randomness import random_for
from diabolo.core.wide_network import wide_ends
from diabolo.training.compilation import prepare_compilation
from diabolo.training.epoch import (
    EpochState,
    Program,
    Schedule,
    compiled_epoch,
    compiled_evaluation,
    initial_state,
)
from diabolo.training.history import Divergence, EarlyStopping, EpochReport, History, record
from diabolo.training.measurement import Measurement
from diabolo.training.optimizers import OPTIMIZERS, learning_rates
from diabolo.training.packing import layout_of
from diabolo.training.placement import Placement
from diabolo.training.plan import BatchPlan, batch_plan, epochs_plan, evaluation_batch_size, widest
from diabolo.training.progress import Progress
from diabolo.training.rows import Chunk, RowsOnDevice, TrainingRows
from diabolo.training.settings import TrainingSettings

__all__ = ["Engine", "TrainingResult"]


# Starting a compiled program and waiting for it takes as long as some twenty small steps.
_STEPS_PER_CALL = 256


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
    """

    network: Any
    history: History
    best_epoch: int
    divergence: Divergence | None = None
    start_loss: float = math.nan


class Engine:
    """Trains one network; holds the state that a step changes.

    Parameters
    ----------
    network : Network
        Its initial parameters.
    objective : Objective or EnsembleObjective
        What is minimized.
    settings : TrainingSettings
        How.
    placement : Placement
        Where.
    n_components : int, default 0
        Width of the code, which an objective with a memory of its units needs to know.
    """

    def __init__(
        self,
        network: Any,
        objective: Objective | EnsembleObjective,
        settings: TrainingSettings,
        placement: Placement,
        n_components: int = 0,
    ) -> None:
        prepare_compilation()
        self.settings, self.placement = settings, placement
        self._optimizer = OPTIMIZERS[settings.optimizer]
        names = tuple(self._scalars(np.ones(1), np.ones(1)))
        clip = settings.max_gradient_norm is not None
        ends = None if clip else wide_ends(network, objective)
        layout = layout_of(network, () if ends is None or ends.last is None else (ends.last,))
        self.program = Program(layout, settings.optimizer, names, clip, ends)
        self.objective: Objective | EnsembleObjective = placement.put_parameters(
            jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), objective)
        )
        memory = objective.initial_memory(n_components)
        self.state: EpochState = placement.put_parameters(
            initial_state(self.program, network, settings.optimizer_settings, memory)
        )
        # The host's arrays are free only when they have been copied.
        jax.block_until_ready(self.state)
        self._key = random_for(settings.seed, "noise").integers(2**32, size=2, dtype=np.uint32)
        self.evaluation_batch = evaluation_batch_size(widest(network))
        n_products = getattr(network, "n_products", layout.n_parameters)
        self._epoch = compiled_epoch(placement.compiler_options(n_products))
        self.n_steps = 0
        self.rate_share = 1.0  # of the learning rate that settings say
        self.n_epochs = 0

    def network(self, *, copy: bool) -> Any:
        """Return the network with its present parameters.

        Parameters
        ----------
        copy : bool
            Whether to copy the large arrays too: the next epoch is given them to change in place.

        Returns
        -------
        Network
        """
        vector, *large = self.state.parameters
        parts: list[Any] = [np.array(vector), *([np.array(part) for part in large] if copy else large)]
        return self.placement.put_parameters(self.program.layout.unpack(parts), alias=True)

    def go_on_from(self, earlier: Engine) -> None:
        """Take over what another engine of the same network knows: the optimizer's arrays, and how far it is.

        Parameters
        ----------
        earlier : Engine
            With the same optimizer; its objective and its other settings may differ.
        """
        old, new = earlier.program.layout, self.program.layout
        slots = earlier.state.slots
        if old != new:
            slots = tuple(new.pack(old.unpack(slot)) for slot in slots)
        kept = {name: part for name, part in earlier.state.memory.items() if name in self.state.memory}
        self.state = self.state._replace(slots=slots, memory={**self.state.memory, **kept})
        self.n_steps, self.n_epochs = earlier.n_steps, earlier.n_epochs

    def next_learning_rate(self, source: TrainingRows) -> float:
        """Say at which learning rate the next epoch starts."""
        return float(self._rates(np.array([self.n_steps]), self._steps_per_epoch(source))[0])

    def _rates(self, done: np.ndarray, steps_per_epoch: int) -> np.ndarray:
        """Work out the learning rate of each step by the steps done before it."""
        settings = self.settings
        return learning_rates(
            settings.learning_rate_schedule,
            settings.learning_rate * self.rate_share,
            settings.schedule_settings,
            done,
            steps_per_epoch,
            settings.max_epochs,
        )

    def _scalars(self, step: np.ndarray, rates: np.ndarray) -> dict[str, Any]:
        settings = self.settings
        scalars: dict[str, Any] = {"active": np.ones(len(step))}
        scalars.update(self._optimizer.scalars(step, rates, settings.optimizer_settings))
        if settings.max_gradient_norm is not None:
            scalars["max_gradient_norm"] = settings.max_gradient_norm
        if settings.kl_warmup_epochs > 0:
            scalars["kl_share"] = np.ones(len(step))
        return scalars

    def _schedule(self, plan: BatchPlan, steps_per_epoch: int) -> tuple[Schedule, np.ndarray]:
        """Work out, in float64, the numbers each step is handed; padding does not count as a step."""
        settings = self.settings
        active = plan.totals > 0
        done = self.n_steps + np.maximum(np.cumsum(active), 1) - 1
        rates = self._rates(done, steps_per_epoch)
        scalars = self._scalars(done + 1.0, rates)
        scalars["active"] = active
        if settings.kl_warmup_epochs > 0:
            scalars["kl_share"] = np.minimum((done + 1) / (settings.kl_warmup_epochs * steps_per_epoch), 1.0)
        columns = [np.broadcast_to(scalars[name], active.shape) for name in self.program.scalars]
        self.n_steps += int(active.sum())
        numbers = np.stack(columns, axis=1).astype(np.float32)
        return Schedule(plan.indices, plan.weights, numbers, done.astype(np.uint32)), rates

    def run_epoch(self, source: TrainingRows) -> tuple[EpochReport, Divergence | None]:
        """Train on every row once.

        Parameters
        ----------
        source : TrainingRows
            The rows.

        Returns
        -------
        report : EpochReport
            Its loss is the exact mean over the rows.
        divergence : Divergence or None
            Set when a loss was not finite; the parameters are those with which it was found.
        """
        started = time.perf_counter()
        steps_per_epoch = self._steps_per_epoch(source)
        sums = Measurement(self.objective.term_names)
        rate, waiting = self.settings.learning_rate, None
        for chunk in source.chunks(self._order_random(self.n_epochs)):
            plan = self._plan(chunk, source, self.settings.batch_size)
            terms, rates = self._train(chunk.rows, plan, steps_per_epoch)
            rate = float(rates[max(plan.n_batches - 1, 0)])
            # The device works on this chunk while the next one is gathered; then its figures are read.
            if waiting is not None:
                sums.add_plan(*waiting)
            waiting = (plan, terms)
        if waiting is not None:
            sums.add_plan(*waiting)
        return self._report(sums, rate, time.perf_counter() - started, source)

    def run_epochs(self, source: RowsOnDevice, count: int) -> tuple[list[EpochReport], Divergence | None]:
        """Train on every row several times in one call, where an epoch is too short for a call of its own.

        Parameters
        ----------
        source : RowsOnDevice
            The rows, in one chunk.
        count : int
            Epochs, :meth:`epochs_per_call` at the most.

        Returns
        -------
        reports : list of EpochReport
            One an epoch, up to a divergence.
        divergence : Divergence or None
            As :meth:`run_epoch`.
        """
        started = time.perf_counter()
        batch_size, steps_per_epoch = self.settings.batch_size, self._steps_per_epoch(source)
        chunks = [
            next(iter(source.chunks(self._order_random(epoch))))
            for epoch in range(self.n_epochs, self.n_epochs + count)
        ]
        plan = epochs_plan(
            np.stack([chunk.order for chunk in chunks]),
            batch_size,
            sample_weight=chunks[0].sample_weight,
            mean_weight=source.mean_weight,
            room=_STEPS_PER_CALL,
        )
        all_terms, rates = self._train(source.rows, plan, steps_per_epoch)
        all_terms = np.asarray(all_terms, np.float64)
        seconds = (time.perf_counter() - started) / count
        reports: list[EpochReport] = []
        for first in range(0, plan.n_batches, steps_per_epoch):
            own = slice(first, first + steps_per_epoch)
            sums = Measurement(self.objective.term_names)
            sums.add(plan.totals[own], all_terms[own])
            rate = float(rates[first + steps_per_epoch - 1])
            report, divergence = self._report(sums, rate, seconds, source)
            if divergence is not None:
                return reports, divergence
            reports.append(report)
        return reports, None

    def epochs_per_call(self, source: TrainingRows) -> int:
        """Say how many epochs of a source one call may train: one, unless they are few steps each."""
        if not isinstance(source, RowsOnDevice):
            return 1
        return max(_STEPS_PER_CALL // self._steps_per_epoch(source), 1)

    def _steps_per_epoch(self, source: TrainingRows) -> int:
        return max(-(-source.n_rows // self.settings.batch_size), 1)

    def _order_random(self, epoch: int) -> np.random.Generator | None:
        return random_for(self.settings.seed, "order", epoch) if self.settings.shuffle else None

    def _train(self, rows: Any, plan: BatchPlan, steps_per_epoch: int) -> tuple[Any, np.ndarray]:
        """Start the compiled epoch on a plan; return its figures to come, and each step's learning rate."""
        schedule, rates = self._schedule(plan, steps_per_epoch)
        self.state, terms = self._epoch(
            self.program, self.objective, self.state, rows, schedule, self._key, np.int32(plan.n_batches)
        )
        return terms, rates

    def _report(
        self, sums: Measurement, rate: float, seconds: float, source: TrainingRows
    ) -> tuple[EpochReport, Divergence | None]:
        self.n_epochs += 1
        means = sums.means()
        loss, absolute_error = means.pop("loss"), means.pop("mean_absolute_error")
        report = EpochReport(self.n_epochs, loss, absolute_error, rate, seconds, source.n_rows, further=means)
        if sums.broken is None:
            return report, None
        batch, value = sums.broken
        return report, Divergence(self.n_epochs, batch, self._steps_per_epoch(source), value)

    def _plan(self, chunk: Chunk, source: TrainingRows, batch_size: int) -> BatchPlan:
        return batch_plan(
            chunk.order,
            batch_size,
            sample_weight=chunk.sample_weight,
            mean_weight=source.mean_weight,
            # As many rows as any chunk of this source can have, so that all share one shape and one trace.
            room=min(source.n_rows, chunk.rows.shape[0]),
        )

    def evaluate(self, source: TrainingRows, batch_size: int, *, is_noisy: bool = False) -> dict[str, float]:
        """Measure the objective's terms over a source, changing nothing.

        Parameters
        ----------
        source : TrainingRows
            The rows.
        batch_size : int
            Rows at once.
        is_noisy : bool, default False
            Whether rows are seen through the noise of training, if there is any: the same each time.

        Returns
        -------
        dict of str to float
            ``loss``, ``mean_absolute_error`` and the parts of the loss: means over the rows.
        """
        return self.measure(source, batch_size, is_noisy=is_noisy).means()

    def measure(self, source: TrainingRows, batch_size: int, *, is_noisy: bool = False) -> Measurement:
        """Measure as :meth:`evaluate` does, batch by batch."""
        sums = Measurement(self.objective.term_names)
        for chunk in source.chunks(None):
            plan = self._plan(chunk, source, batch_size)
            terms = compiled_evaluation(
                self.program,
                self.objective,
                self.state.parameters,
                chunk.rows,
                plan.indices,
                plan.weights,
                np.int32(plan.n_batches),
                self._key if is_noisy else None,
            )
            sums.add_plan(plan, terms)
        return sums

    def fit(
        self,
        training: TrainingRows,
        validation: TrainingRows | None,
        progress: Progress,
        *,
        n_epochs: int | None = None,
        with_start: bool = False,
    ) -> TrainingResult:
        """Train until the last epoch, or until early stopping or a divergence ends it.

        Parameters
        ----------
        training : TrainingRows
            Rows to train on.
        validation : TrainingRows or None
            Held-out rows, measured after each epoch.
        progress : Progress
            Told of every epoch.
        n_epochs : int, optional
            After how many to end, where that is before the schedule does; by default all of them.
        with_start : bool, default False
            Whether the start is one of those among which early stopping chooses, as epoch 0.

        Returns
        -------
        TrainingResult
        """
        settings = self.settings
        history: History = {}
        stopping = EarlyStopping(settings.n_iter_no_change, settings.tol)
        best, divergence, start_loss = None, None, math.nan
        if validation is not None and settings.early_stopping and with_start:
            start_loss = self.evaluate(validation, self.evaluation_batch)["loss"]
            stopping.observe(0, start_loss)
            best = self.parameters_on_host()
        per_call = 1 if validation is not None else self.epochs_per_call(training)
        epochs_left = settings.max_epochs if n_epochs is None else n_epochs
        while epochs_left and divergence is None and not (settings.early_stopping and stopping.should_stop):
            reports, divergence = self.advance(training, min(per_call, epochs_left))
            if validation is not None and divergence is None:
                started = time.perf_counter()
                means = self.evaluate(validation, self.evaluation_batch)
                reports = [reports[0].with_validation(means, time.perf_counter() - started)]
            epochs_left -= len(reports)
            for report in reports:
                record(history, report)
                progress.epoch(report)
                if report.validation_loss is None:
                    continue
                lowest = stopping.observe(report.epoch, report.validation_loss)
                if lowest and settings.early_stopping:
                    # The state is donated to the next epoch, so the best parameters move to the host.
                    best = self.parameters_on_host()
        if best is not None:
            self.put_parameters(best)
        best_epoch = len(history.get("loss", ())) if stopping.best_epoch is None else stopping.best_epoch
        if self.program.ends is not None:
            # What was held transposed is turned back, for which there is room without the optimizer's arrays.
            self.state = self.state._replace(slots=())
        return TrainingResult(self.network(copy=False), history, best_epoch, divergence, start_loss)

    def advance(self, training: TrainingRows, count: int) -> tuple[list[EpochReport], Divergence | None]:
        """Train for some epochs, in few calls where they are short.

        Parameters
        ----------
        training : TrainingRows
            Rows to train on.
        count : int
            How many epochs.

        Returns
        -------
        reports : list of EpochReport
            One an epoch, up to a divergence.
        divergence : Divergence or None
            As :meth:`run_epoch`.
        """
        done: list[EpochReport] = []
        per_call = self.epochs_per_call(training)
        while len(done) < count:
            if per_call > 1 and isinstance(training, RowsOnDevice):
                reports, divergence = self.run_epochs(training, min(per_call, count - len(done)))
            else:
                report, divergence = self.run_epoch(training)
                reports = [] if divergence is not None else [report]
            done += reports
            if divergence is not None:
                return done, divergence
        return done, None

    def parameters_on_host(self) -> Any:
        """Copy the present parameters to the host."""
        return jax.tree.map(lambda leaf: np.array(leaf), self.state.parameters)

    def put_parameters(self, parameters: Any) -> None:
        """Put parameters that were copied in the place of the present ones."""
        self.state = self.state._replace(parameters=self.placement.put_parameters(parameters))
