"""From choices and rows to what is minimized."""

from __future__ import annotations

from typing import Any

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.corruption import corruption_of
from diabolo.core.losses import LOSSES
from diabolo.core.objectives import Objective
from diabolo.core.supervision import Supervision
from diabolo.estimators._choices import Choices
from diabolo.estimators._table_part import TablePart
from diabolo.estimators._targets import TargetCoding

__all__ = ["new_objective"]

# Rows over which the running mean activation is taken, where a batch has fewer.
_SPARSITY_ROWS = 1000


def new_objective(
    choices: Choices,
    output_activation: str,
    bottleneck: Bottleneck,
    training: TablePart,
    target: TargetCoding | None,
) -> Objective:
    """Put together what is minimized.

    Parameters
    ----------
    choices : Choices
        Checked.
    output_activation : str
        Settled.
    bottleneck : Bottleneck
        Forms the code.
    training : TablePart
        The rows to train on, where noise finds the range and the means of the data.
    target : TargetCoding or None
        What the code must predict.

    Returns
    -------
    Objective
    """
    # A batch of all rows knows their mean; a smaller one remembers as many rows as it lacks.
    is_whole = len(training.chosen) <= choices.batch_size
    penalties: dict[str, Any] = {
        name: float(weight) for name, weight in (choices.penalty or {}).items() if weight > 0
    }
    supervision = None
    if target is not None:
        supervision = Supervision(target.kind, target.n_columns, float(choices.supervision_weight))
    return Objective(
        choices.loss,
        output_activation,
        {name: float(getattr(choices, name)) for name in LOSSES[choices.loss].settings},
        bottleneck,
        corruption_of(choices.noise_settings, training.cell_range, training.column_means),
        penalties,
        choices.code_activation,
        float(choices.sparsity_target),
        0.0 if is_whole else max(0.0, 1.0 - int(choices.batch_size) / _SPARSITY_ROWS),
        supervision,
        missing_fill=training.table.missing_fill,
    )
