"""Functions of the user's own among the choices: what they become, and what cannot be used, in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.losses import LOSSES
from diabolo.core.objectives import Objective
from diabolo.core.own_loss import OwnLoss
from diabolo.core.own_penalty import OwnPenalty
from diabolo.core.penalties import OWN_PENALTY
from diabolo.errors import ParameterError
from diabolo.messages import setting
from diabolo.parameters.families import AllParameters
from diabolo.parameters.own_functions import AbsentFunction
from diabolo.training.own_optimizer import OwnOptimizer
from diabolo.training.own_schedule import OwnSchedule
from diabolo.training.own_start import values_at_start
from diabolo.training.packing import layout_of

if TYPE_CHECKING:
    from diabolo.estimators._choices import Choices
    from diabolo.estimators._rows import TablePart

__all__ = [
    "against_own_functions",
    "check_own_functions",
    "loss_of",
    "penalties_of",
    "refuse_absent",
]

_OPTIMIZER = "the optimizer of your own cannot be used"
# So many rows are tried, through networks of up to so many numbers.
_FIRST_ROWS, _MOST_NUMBERS = 16, 2**24


def loss_of(choices: Choices) -> tuple[str | OwnLoss, dict[str, float]]:
    """Return the loss as the objective knows it, and its settings."""
    if callable(choices.loss):
        return OwnLoss(choices.loss), {}
    return choices.loss, {name: float(getattr(choices, name)) for name in LOSSES[choices.loss].settings}


def penalties_of(choices: Choices) -> tuple[dict[str, float], OwnPenalty | None]:
    """Return the weights of what is charged beside the loss, by name, and the penalty of the user's own."""
    charged = {name: float(weight) for name, weight in (choices.penalty or {}).items() if weight > 0}
    own = next((OwnPenalty(name) for name in charged if callable(name)), None)
    return {OWN_PENALTY if callable(name) else name: weight for name, weight in charged.items()}, own


def against_own_functions(choices: Choices) -> Iterator[str]:
    """Say what does not reach a function of the user's own."""
    usual = {name: each.default for name, each in AllParameters.PARAMETERS.items()}

    def given(*names: str) -> list[str]:
        return [name for name in names if getattr(choices, name) not in (usual[name], None)]

    if not isinstance(choices.optimizer, str):
        for name in given("learning_rate", "learning_rate_schedule", "optimizer_params", "schedule_params"):
            value = getattr(choices, name)
            yield (
                f"{setting(name, value)} does not reach an optimizer of your own, which has its learning "
                f"rate in itself, such as optax.lion(1e-4); leave {setting(name)} out."
            )
    if not isinstance(choices.learning_rate_schedule, str):
        for name in given("learning_rate", "schedule_params"):
            yield (
                f"{setting(name, getattr(choices, name))} does not reach a schedule of your own, which gives "
                f"the rate of each step; leave {setting(name)} out."
            )


def refuse_absent(choices: Choices) -> None:
    """Refuse to train with a function that did not come with a model's file, or that makes no optimizer.

    Raises
    ------
    ParameterError
        Saying how to give it back, or what it makes.
    """
    for place in ("loss", "optimizer", "learning_rate_schedule"):
        value = getattr(choices, place)
        if isinstance(value, AbsentFunction):
            raise ParameterError(f"{choices.owner}: {value.refusal(place)}")
    for name in choices.penalty or {}:
        if isinstance(name, AbsentFunction):
            raise ParameterError(f"{choices.owner}: {name.refusal('penalty')}")
    if not isinstance(choices.optimizer, str):
        _said(choices, _OPTIMIZER, lambda: OwnOptimizer(choices.optimizer))


def check_own_functions(
    choices: Choices, network: Any, objective: Objective, n_components: int, training: TablePart
) -> None:
    """Refuse functions of the user's own that cannot be trained with, before a step.

    Parameters
    ----------
    choices : Choices
        Checked.
    network : Network
        As training begins with it.
    objective : Objective
        What is minimized.
    n_components : int
        Width of the code.
    training : TablePart
        The rows to train on, of which the first are tried.

    Raises
    ------
    ParameterError
        For the first that cannot be used.
    """
    loss, penalty = objective.loss, objective.own_penalty
    if not isinstance(choices.learning_rate_schedule, str):
        schedule = OwnSchedule(choices.learning_rate_schedule)
        _said(choices, "", lambda: schedule.rates(np.arange(1)))
    if not isinstance(choices.optimizer, str):
        _said(choices, _OPTIMIZER, lambda: OwnOptimizer(choices.optimizer).check(network))
    n_numbers = _n_numbers(objective, training)
    if isinstance(loss, OwnLoss) and n_numbers:
        _said(choices, "the loss of your own cannot be used", lambda: loss.check(n_numbers))
    if penalty is not None:
        said = "the penalty of your own cannot be used"
        _said(choices, said, lambda: penalty.check(network, n_components))
    if isinstance(loss, OwnLoss) or penalty is not None:
        _check_values(choices, network, objective, training)


def _said(choices: Choices, what: str, check: Callable[[], object]) -> None:
    try:
        check()
    except ParameterError as problem:
        text = problem.message.marked
        raise ParameterError(
            f"{choices.owner}: {f'{what}: {text}.' if what else text}"
        ) from problem.__cause__


def _n_numbers(objective: Objective, training: TablePart) -> int:
    """Count the features that the loss is of: categories have a cross-entropy of their own."""
    return training.table.rows.n_features if objective.categories is None else objective.categories.n_numbers


def _check_values(choices: Choices, network: Any, objective: Objective, training: TablePart) -> None:
    """Look at what the functions give for the first rows, through the network as it is."""
    if sum(math.prod(shape) for shape in layout_of(network).shapes) > _MOST_NUMBERS:
        return
    count = min(_FIRST_ROWS, len(training.chosen))
    rows = np.empty((count, training.table.rows.n_features), np.float32)
    training.table.read(np.sort(training.chosen[:count]), rows)
    start = values_at_start(network, objective, rows)
    reach = (
        f"outputs run from {start.output.min():.4g} to {start.output.max():.4g} there, and rows from "
        f"{np.nanmin(rows, initial=np.inf):.4g} to {np.nanmax(rows, initial=-np.inf):.4g}"
    )
    cure = (
        f"{setting('output_activation')} and {setting('scale')} keep them where it is defined, and a small "
        "number added helps where it divides, or takes a root or a logarithm"
    )
    losses = (("gives", start.losses), ("has a derivative of", start.slopes))
    for what, values in losses if isinstance(objective.loss, OwnLoss) else ():
        if (wrong := values[~np.isfinite(values)]).size:
            raise ParameterError(
                f"{choices.owner}: the loss of your own {what} {wrong[0]:g} for the first rows before the "
                f"first step: {reach}; {cure}."
            )
    if not np.isfinite(start.charged):
        raise ParameterError(
            f"{choices.owner}: the penalty of your own gives {start.charged:g} for the first rows before "
            f"the first step: codes run from {start.code.min():.4g} to {start.code.max():.4g} there; a small "
            "number added helps where it divides, or takes a root or a logarithm."
        )
