"""Settings of a fit, as the engine reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["TrainingSettings"]


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained; the estimators check the values.

    Parameters
    ----------
    optimizer : str
        A name in :data:`diabolo.training.optimizers.OPTIMIZERS`.
    optimizer_settings : mapping
        All of the optimizer's settings.
    learning_rate : float
        At the start.
    schedule : str
        A name in :data:`diabolo.training.schedules.SCHEDULES`.
    schedule_settings : mapping
        All of the schedule's settings.
    max_gradient_norm : float or None
        Longer gradients are shortened to this Euclidean norm.
    batch_size, max_epochs : int
        Rows per step; passes over the rows.
    shuffle : bool
        Whether each epoch visits the rows in a new order.
    early_stopping : bool
        Whether to stop when the validation loss no longer falls, and restore the best epoch.
    n_iter_no_change : int
        Epochs to wait for a lower validation loss.
    tol : float
        A loss ends the wait if it is below the one that last did by this share of it.
    seed : int
        Of everything random.
    kl_warmup_epochs : float
        Epochs over which the divergence from the prior comes to be charged in full.
    """

    optimizer: str = "adam"
    optimizer_settings: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float = 1e-3
    schedule: str = "constant"
    schedule_settings: Mapping[str, float] = field(default_factory=dict)
    max_gradient_norm: float | None = None
    batch_size: int = 64
    max_epochs: int = 100
    shuffle: bool = True
    early_stopping: bool = False
    n_iter_no_change: int = 10
    tol: float = 1e-4
    seed: int = 0
    kl_warmup_epochs: float = 0.0
