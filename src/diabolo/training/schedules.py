"""Learning-rate schedules by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Int

__all__ = ["SCHEDULES", "learning_rates"]


def learning_rates(
    schedule: str,
    learning_rate: float,
    settings: Mapping[str, float],
    steps: Int[np.ndarray, " steps"],
    steps_per_epoch: int,
    max_epochs: int,
) -> Float[np.ndarray, " steps"]:
    """Work out the learning rate of each step.

    With f the share of the whole fit's steps already done and e the whole epochs done::

        constant  r
        cosine    r (a + (1 - a) (1 + cos(pi f)) / 2), a being final_fraction
        step      r factor^floor(e / epochs)

    Parameters
    ----------
    schedule : {"constant", "cosine", "step"}
        Which one.
    learning_rate : float
        r, the rate at the start.
    settings : mapping
        All of the schedule's settings.
    steps : array of int
        Steps, from 0.
    steps_per_epoch, max_epochs : int
        The fit's length.

    Returns
    -------
    array of float64

    References
    ----------
    I. Loshchilov and F. Hutter, SGDR, ICLR 2017 (cosine, without restarts).

    Examples
    --------
    >>> import numpy as np
    >>> learning_rates("cosine", 0.1, {"final_fraction": 0.0}, np.array([0, 50]), 10, 10).tolist()
    [0.1, 0.05]
    """
    spent = np.minimum(steps / max(steps_per_epoch * max_epochs, 1), 1.0)
    return learning_rate * SCHEDULES[schedule](spent, steps // steps_per_epoch, settings)


def _constant(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    return np.ones(len(spent))


def _cosine(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    final = settings["final_fraction"]
    return final + (1.0 - final) * 0.5 * (1.0 + np.cos(np.pi * spent))


def _step(spent: Any, epochs: Any, settings: Mapping[str, float]) -> Any:
    return settings["factor"] ** (epochs // int(settings["epochs"]))


SCHEDULES: dict[str, Callable[[Any, Any, Mapping[str, float]], Any]] = {
    "constant": _constant,
    "cosine": _cosine,
    "step": _step,
}
"""Name to the share of the first rate, by the share of steps done, the whole epochs done, and settings."""
