"""The engine: a network, what changes it in a step, and epochs over a source of rows."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from diabolo.core.ensembles import EnsembleObjective
from diabolo.core.objectives import Objective
from diabolo.core.randomness import random_for
from diabolo.training.carrier import carrier_of
from diabolo.training.compilation import prepare_compilation
from diabolo.training.epoch import (
    TRACES,
    EpochState,
    Schedule,
    compiled_epoch,
    compiled_evaluation,
    initial_slots,
)
from diabolo.training.history import Divergence, EpochReport
from diabolo.training.measurement import Measurement, epoch_measurements
from diabolo.training.placement import Placement
from diabolo.training.plan import BatchPlan, batch_plan, epochs_plan, evaluation_batch_size, widest
from diabolo.training.position import Position, Running, position_from, position_parts
from diabolo.training.process_memory import give_back_memory
from diabolo.training.program import program_of
from diabolo.training.rows import Chunk, RowsOnDevice, TrainingRows
from diabolo.training.settings import TrainingSettings
from diabolo.training.shards import spread_plan
from diabolo.training.stages import share
from diabolo.training.step_numbers import StepNumbers

__all__ = ["Engine"]


# Starting a compiled program and waiting for it takes as long as some twenty small steps.
_STEPS_PER_CALL = 256


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
        self.settings, self.placement, self._numbers = settings, placement, StepNumbers(settings)
        self.program = program_of(network, objective, settings, placement, self._numbers)
        if (shard := self.program.shard) is not None and isinstance(objective, Objective):
            objective = replace(objective, n_features=shard.n_features)
        self.carrier = carrier_of(placement, self.program)
        self.objective: Objective | EnsembleObjective = self.carrier.put_objective(
            jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), objective)
        )
        packed, memory = self.program.layout.pack(network), objective.initial_memory(n_components)
        state = self.carrier.first_state(packed, memory)
        if self.program.ends is not None:
            give_back_memory()
        self.position, self._lacks_slots = Position(state), True
        self._begun: tuple[Running, BatchPlan, np.ndarray, int] | None = None
        self._made: list[tuple[EpochState, Any]] = []
        # By batch size, the most rows of a batch that one of several devices had.
        self._widths: dict[int, int] = {}
        self._key = random_for(settings.seed, "noise").integers(2**32, size=2, dtype=np.uint32)
        self.evaluation_batch = evaluation_batch_size(widest(network))
        n_products = getattr(network, "n_products", self.program.layout.n_parameters)
        self._epoch = compiled_epoch(placement.compiler_options(n_products))
        self.rate_share = 1.0  # of the learning rate that settings say
        if placement.platform != "cpu":
            self.make_slots()  # rows are placed in what is left of a device's memory

    @property
    def state(self) -> EpochState:
        """What a step changes."""
        return self.position.state

    @property
    def n_steps(self) -> int:
        """How many steps are done."""
        return self.position.n_steps

    @property
    def n_epochs(self) -> int:
        """How many epochs are done."""
        return self.position.n_epochs

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
        vector, *large = self.carrier.whole(self.state.parameters)
        parts: list[Any] = [np.array(vector), *([np.array(part) for part in large] if copy else large)]
        return self.placement.put_result(self.program.layout.unpack(parts))

    def go_on_from(self, earlier: Engine) -> None:
        """Take over what another engine of the same network knows: the optimizer's arrays, and how far it is.

        Parameters
        ----------
        earlier : Engine
            With the same optimizer; its objective and its other settings may differ.
        """
        old, new = earlier.program.layout, self.program.layout
        slots, self._lacks_slots = earlier.state.slots, earlier._lacks_slots
        if old != new and isinstance(self.program.optimizer, str):
            slots = tuple(new.pack(old.unpack(slot)) for slot in slots)
        kept = {name: part for name, part in earlier.state.memory.items() if name in self.state.memory}
        state = self.state._replace(slots=slots, memory={**self.state.memory, **kept})
        self.position = Position(state, earlier.n_steps, earlier.n_epochs)

    def abandon_epoch(self) -> None:
        """Forget an unfinished epoch: the next one, over its rows, begins with the present parameters."""
        self._take()
        self.position = self.position._replace(state=jax.block_until_ready(self.state), running=None)

    def next_learning_rate(self, source: TrainingRows) -> float:
        """Say at which learning rate the next epoch starts."""
        rates = self._numbers.rates(np.array([self.n_steps]), self._steps_per_epoch(source), self.rate_share)
        return float(rates[0])

    def _schedule(self, plan: BatchPlan, steps_per_epoch: int) -> tuple[Schedule, np.ndarray, int]:
        """Put a plan beside the numbers each of its steps is handed."""
        active = plan.totals > 0
        done = self.n_steps + np.maximum(np.cumsum(active), 1) - 1
        rates = self._numbers.rates(done, steps_per_epoch, self.rate_share)
        numbers = self._numbers.of_steps(done, rates, active, steps_per_epoch)
        put = self.placement.put_columns
        places = None if plan.places is None else put(plan.places)
        beside = put(plan.indices), put(plan.weights)
        schedule = Schedule(*beside, numbers, done.astype(np.uint32), places)
        return schedule, rates, self.n_steps + int(active.sum())

    def run_epoch(
        self, source: TrainingRows, rest: Callable[[], None] | None = None
    ) -> tuple[EpochReport, Divergence | None]:
        """Train on every row once.

        Parameters
        ----------
        source : TrainingRows
            The rows.
        rest : callable, optional
            Called between chunks, when the position may be kept; what it raises ends the epoch there, and the
            next call goes on with it.

        Returns
        -------
        report : EpochReport
            Its loss is the exact mean over the rows.
        divergence : Divergence or None
            Set when a loss was not finite; the parameters are those with which it was found.
        """
        started = time.perf_counter()
        steps_per_epoch = self._steps_per_epoch(source)
        self._take()
        running = self.position.running
        if running is None:
            usual = np.array([self.settings.learning_rate])
            running = Running(Measurement(self.objective.term_names), usual)
        for chunk in source.chunks(self._order_random(self.n_epochs), running.n_chunks):
            if running.n_chunks and rest is not None:
                rest()
            # The device works on a chunk while the next one is gathered; then the figures of it are read.
            plan = self._plan(chunk, source, self.settings.batch_size)
            running = self._train(running, chunk.rows, plan, steps_per_epoch)
        running = running.measured()
        seconds = time.perf_counter() - started
        rate = float(running.rates[-1])
        report, divergence = self._report(self.n_epochs + 1, running.sums, rate, seconds, source)
        self._close((report,), divergence)
        return report, divergence

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
        self._take()
        running = self.position.running
        if running is None:
            epochs = range(self.n_epochs, self.n_epochs + count)
            plan = epochs_plan(
                np.stack([source.order(self._order_random(epoch)) for epoch in epochs]),
                batch_size,
                sample_weight=source.sample_weight,
                mean_weight=source.mean_weight,
                room=_STEPS_PER_CALL,
            )
            plan = self._spread(plan, next(source.chunks(None)), batch_size)
            running = Running(Measurement(self.objective.term_names), np.ones(1), count)
            running = self._train(running, source.rows, plan, steps_per_epoch)
        assert running.last is not None
        plan, all_terms = running.last
        all_terms = np.asarray(all_terms, np.float64)
        seconds = (time.perf_counter() - started) / running.n_epochs
        reports: list[EpochReport] = []
        divergence = None
        shape = (-1, steps_per_epoch)
        totals, terms = plan.totals[: plan.n_batches], all_terms[: plan.n_batches]
        measured = epoch_measurements(
            self.objective.term_names, totals.reshape(shape), terms.reshape(*shape, terms.shape[1])
        )
        rates = running.rates[steps_per_epoch - 1 : plan.n_batches : steps_per_epoch]
        for epoch, (sums, rate) in enumerate(zip(measured, rates, strict=True), self.n_epochs + 1):
            report, divergence = self._report(epoch, sums, float(rate), seconds, source)
            reports.append(report)
            if divergence is not None:
                break
        self._close(tuple(reports), divergence)
        return reports[:-1] if divergence is not None else reports, divergence

    def epochs_per_call(self, source: TrainingRows) -> int:
        """Say how many epochs of a source one call may train: one, unless they are few steps each."""
        if not isinstance(source, RowsOnDevice):
            return 1
        return max(_STEPS_PER_CALL // self._steps_per_epoch(source), 1)

    def _steps_per_epoch(self, source: TrainingRows) -> int:
        return max(-(-source.n_rows // self.settings.batch_size), 1)

    def _order_random(self, epoch: int) -> np.random.Generator | None:
        return random_for(self.settings.seed, "order", epoch) if self.settings.shuffle else None

    def _train(self, running: Running, rows: Any, plan: BatchPlan, steps_per_epoch: int) -> Running:
        """Start the compiled epoch on a plan; its figures are to come."""
        self.make_slots()
        n_traced = TRACES["epoch"]
        schedule, rates, n_steps = self._schedule(plan, steps_per_epoch)
        self._begun = running, plan, rates, n_steps
        n_batches = np.int32(plan.n_batches)
        given = self.program, self.objective, self.state, rows, schedule, self._key, n_batches
        # The state is donated; an interrupt comes between bytecodes, so not before the new one is held.
        self._made.extend(itertools.starmap(self._epoch, (given,)))
        if self.program.ends is not None and TRACES["epoch"] > n_traced:
            give_back_memory()  # the compiler's
        return self._take()

    def make_slots(self) -> None:
        """Make the optimizer's arrays, by when whoever has made the network may have let the host's go."""
        if self._lacks_slots:
            parameters = self.state.parameters
            shapes = self.carrier.kept_shapes(parameters)
            slots = initial_slots(self.program, parameters, shapes, self.settings.optimizer_settings)
            self._change(slots=jax.block_until_ready(tuple(map(self.carrier.put_kept, slots))))
            self._lacks_slots = False

    def _take(self) -> Running:
        """Take over what a call has made."""
        if self._made:
            assert self._begun is not None
            (state, terms), (running, plan, rates, n_steps) = self._made[0], self._begun
            running = running.with_chunk(plan, terms, rates)
            self.position = Position(state, n_steps, self.n_epochs, running)
            self._made.clear()
        return self.position.running  # type: ignore[return-value]

    def _close(self, reports: tuple[EpochReport, ...], divergence: Divergence | None) -> None:
        """Count the epochs that are done."""
        done = self.n_epochs + len(reports)
        self.position = Position(self.state, self.n_steps, done, None, reports, divergence)

    def _report(
        self, epoch: int, sums: Measurement, rate: float, seconds: float, source: TrainingRows
    ) -> tuple[EpochReport, Divergence | None]:
        means = sums.means()
        loss, absolute_error = means.pop("loss"), means.pop("mean_absolute_error")
        report = EpochReport(epoch, loss, absolute_error, rate, seconds, source.n_rows, further=means)
        if sums.broken is None:
            return report, None
        batch, value = sums.broken
        return report, Divergence(epoch, batch, self._steps_per_epoch(source), value)

    def _plan(self, chunk: Chunk, source: TrainingRows, batch_size: int) -> BatchPlan:
        plan = batch_plan(
            chunk.order,
            batch_size,
            sample_weight=chunk.sample_weight,
            mean_weight=source.mean_weight,
            # As many rows as any chunk of this source can have, so that all share one shape and one trace.
            room=min(source.n_rows, chunk.room),
        )
        return self._spread(plan, chunk, batch_size)

    def _spread(self, plan: BatchPlan, chunk: Chunk, batch_size: int) -> BatchPlan:
        """Lay a plan out over several devices."""
        if chunk.deal is None:
            return plan
        shards, width = self.placement.shards, self._widths.get(batch_size, 0)
        plan = spread_plan(plan, chunk.deal, shards, width)
        self._widths[batch_size] = plan.indices.shape[1] // shards.count
        return plan

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
            plan, put = self._plan(chunk, source, batch_size), self.placement.put_columns
            terms = compiled_evaluation(
                self.program,
                self.objective,
                self.state.parameters,
                chunk.rows,
                put(plan.indices),
                put(plan.weights),
                np.int32(plan.n_batches),
                self._key if is_noisy else None,
                put(plan.places) if is_noisy and plan.places is not None else None,
            )
            sums.add_plan(plan, terms)
        return sums

    def run(
        self, training: TrainingRows, count: int, rest: Callable[[], None] | None = None
    ) -> tuple[tuple[EpochReport, ...], Divergence | None]:
        """Train for some epochs in one call to the device, or for one epoch; goes on with one under way.

        Parameters
        ----------
        training : TrainingRows
            Rows to train on.
        count : int
            How many epochs at the most.
        rest : callable, optional
            As of :meth:`run_epoch`.

        Returns
        -------
        reports : tuple of EpochReport
            One an epoch, up to a divergence.
        divergence : Divergence or None
            As :meth:`run_epoch`.
        """
        per_call = self.epochs_per_call(training)
        if per_call > 1 and isinstance(training, RowsOnDevice):
            self.run_epochs(training, min(per_call, count))
        else:
            self.run_epoch(training, rest)
        return self.latest

    @property
    def latest(self) -> tuple[tuple[EpochReport, ...], Divergence | None]:
        """What :meth:`run` returned last."""
        reports, divergence = self.position.reports, self.position.divergence
        return reports if divergence is None else reports[:-1], divergence

    def parts(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Take apart how far the engine is; see `position_parts`."""
        self._take()
        self.make_slots()
        state = self.carrier.whole_state(self.state)
        arrays, record = position_parts(self.position._replace(state=state))
        return arrays, {**record, "rate_share": self.rate_share}

    def put(self, arrays: dict[str, np.ndarray], record: dict[str, Any], has_diverged: bool = False) -> None:
        """Be where another engine of the same network was; see `position_from`."""
        self.make_slots()
        like = self.carrier.like(self.state)
        position = position_from(arrays, record, like, self.objective.term_names, has_diverged)
        self.rate_share = share(record, "rate_share")
        self.position = position._replace(state=self.carrier.put_state(position.state))

    @property
    def is_lost(self) -> bool:
        """Whether an interrupt came where it took the state with it."""
        self._take()
        return self.position.is_lost

    def parameters_on_host(self) -> Any:
        """Copy the present parameters to the host; of wide ones those of this process."""
        return self.carrier.kept(self.state.parameters)

    def put_parameters(self, parameters: Any) -> None:
        """Put parameters that were copied in the place of the present ones."""
        self._change(parameters=self.carrier.put_kept(parameters))

    def drop_slots(self) -> None:
        """Let the optimizer's arrays go, at the end."""
        self._lacks_slots = False
        self._change(slots=())

    def _change(self, **parts: Any) -> None:
        self.position = self.position._replace(state=self.state._replace(**parts))
