"""How a network is trained: what was chosen, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.parameters.training import Training

__all__ = ["TrainingSettings"]


class TrainingSettings(Training):
    """How a network is trained: the parameters of training, checked, and what they come to.

    Parameters
    ----------
    seed : int, default 0
        Of everything random.
    max_epochs : int, default 100
        The fit's length, which for the schedule is all of it.
    optimizer_settings, schedule_settings : mapping, optional
        All settings of the optimizer, and of the schedule.
    kl_warmup_epochs : float, default 0
        Epochs over which the divergence from the prior comes to be charged in full.
    **given
        Parameters of training, by name.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        max_epochs: int = 100,
        optimizer_settings: Mapping[str, float] | None = None,
        schedule_settings: Mapping[str, float] | None = None,
        kl_warmup_epochs: float = 0.0,
        **given: Any,
    ) -> None:
        # numpy's numbers become Python's, which compiled programs know by their value.
        super().__init__(
            **{name: getattr(value, "item", lambda v=value: v)() for name, value in given.items()}
        )
        self.max_epochs: int = int(max_epochs)
        self.seed, self.kl_warmup_epochs = seed, kl_warmup_epochs
        self.optimizer_settings = dict(optimizer_settings or {})
        self.schedule_settings = dict(schedule_settings or {})

    def but(self, **changes: Any) -> TrainingSettings:
        """Return the same with some changed."""
        return TrainingSettings(**{**vars(self), **changes})
