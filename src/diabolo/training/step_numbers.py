"""The numbers that a step is handed beside its rows: the optimizer's by its count, the objective's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.optimizers import OPTIMIZERS, Optimizer, learning_rates
from diabolo.training.own_optimizer import OwnOptimizer
from diabolo.training.own_schedule import OwnSchedule
from diabolo.training.settings import TrainingSettings

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, Float64, Int

    Steps = Int[np.ndarray, " steps"]

__all__ = ["StepNumbers"]


class StepNumbers:
    """Works out, in float64, what each step is handed.

    Parameters
    ----------
    settings : TrainingSettings
        Of the training.

    Attributes
    ----------
    optimizer : Optimizer or OwnOptimizer
        Whose numbers they are.
    names : tuple of str
        Of the numbers, in the order of the columns.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.settings, schedule = settings, settings.learning_rate_schedule
        self.optimizer: Optimizer | OwnOptimizer = (
            OPTIMIZERS[settings.optimizer]
            if isinstance(settings.optimizer, str)
            else OwnOptimizer(settings.optimizer)
        )
        self._own_schedule = None if isinstance(schedule, str) else OwnSchedule(schedule)
        self.names = tuple(self._by_name(np.ones(1), np.ones(1)))

    def rates(
        self, done: Steps, steps_per_epoch: int, rate_share: float = 1.0
    ) -> Float64[np.ndarray, " steps"]:
        """Work out the learning rate of each step by the steps done before it, or a share of it.

        An optimizer of the user's own has its rate in itself: of its step the share is given.
        """
        settings = self.settings
        if isinstance(self.optimizer, OwnOptimizer):
            return np.full(len(done), rate_share)
        if self._own_schedule is not None:
            return self._own_schedule.rates(done) * rate_share
        return learning_rates(
            str(settings.learning_rate_schedule),
            settings.learning_rate * rate_share,
            settings.schedule_settings,
            done,
            steps_per_epoch,
            settings.max_epochs,
        )

    def of_steps(
        self,
        done: Steps,
        rates: Float64[np.ndarray, " steps"],
        active: Bool[np.ndarray, " steps"],
        steps_per_epoch: int,
    ) -> Float32[np.ndarray, "steps numbers"]:
        """Return the numbers of each step; one of padding is not active, and does not count as a step."""
        scalars = self._by_name(done + 1.0, rates)
        scalars["active"] = active
        if (warmup := self.settings.kl_warmup_epochs) > 0:
            scalars["kl_share"] = np.minimum((done + 1) / (warmup * steps_per_epoch), 1.0)
        columns = [np.broadcast_to(scalars[name], active.shape) for name in self.names]
        return np.stack(columns, axis=1).astype(np.float32)

    def _by_name(self, step: np.ndarray, rates: np.ndarray) -> dict[str, Any]:
        settings = self.settings
        scalars: dict[str, Any] = {"active": np.ones(len(step))}
        scalars.update(self.optimizer.scalars(step, rates, settings.optimizer_settings))
        if settings.max_gradient_norm is not None:
            scalars["max_gradient_norm"] = settings.max_gradient_norm
        if settings.kl_warmup_epochs > 0:
            scalars["kl_share"] = np.ones(len(step))
        return scalars
