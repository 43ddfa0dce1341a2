"""The numbers that a step is handed beside its rows: the optimizer's by its count, the objective's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.training.optimizers import OPTIMIZERS, learning_rates
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
    names : tuple of str
        Of the numbers, in the order of the columns.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.settings, self._optimizer = settings, OPTIMIZERS[settings.optimizer]
        self.names = tuple(self._by_name(np.ones(1), np.ones(1)))

    def rates(
        self, done: Steps, steps_per_epoch: int, rate_share: float = 1.0
    ) -> Float64[np.ndarray, " steps"]:
        """Work out the learning rate of each step by the steps done before it, or a share of it."""
        settings = self.settings
        return learning_rates(
            settings.learning_rate_schedule,
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
        scalars.update(self._optimizer.scalars(step, rates, settings.optimizer_settings))
        if settings.max_gradient_norm is not None:
            scalars["max_gradient_norm"] = settings.max_gradient_norm
        if settings.kl_warmup_epochs > 0:
            scalars["kl_share"] = np.ones(len(step))
        return scalars
