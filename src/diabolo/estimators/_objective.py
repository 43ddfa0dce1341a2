"""What a fit minimizes, put together from its choices and from what its rows say of noise."""

from __future__ import annotations

from typing import Any

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.categories import CategoryBlocks, CategoryNoise
from diabolo.core.corruption import Corruption, corruption_of
from diabolo.core.objectives import Objective
from diabolo.core.supervision import Supervision
from diabolo.estimators._choices import Choices
from diabolo.estimators._own_functions import loss_of, penalties_of
from diabolo.estimators._rows import TablePart
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
    blocks: CategoryBlocks | None = None,
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
    blocks : CategoryBlocks, optional
        Where columns are categories.

    Returns
    -------
    Objective
    """
    # A batch of all rows knows their mean; a smaller one remembers as many rows as it lacks.
    is_whole = len(training.chosen) <= choices.batch_size
    (loss, loss_settings), (penalties, own_penalty) = loss_of(choices), penalties_of(choices)
    supervision = None
    if target is not None:
        assert training.table.targets is not None
        is_partial = training.table.targets.shape[1] > target.n_columns
        weight = float(choices.supervision_weight)
        supervision = Supervision(target.kind, target.n_columns, weight, is_partial)
    return Objective(
        loss,
        output_activation,
        loss_settings,
        bottleneck,
        _corruption(choices, training, blocks),
        penalties,
        choices.code_activation,
        float(choices.sparsity_target),
        0.0 if is_whole else max(0.0, 1.0 - int(choices.batch_size) / _SPARSITY_ROWS),
        supervision,
        missing_fill=training.table.missing_fill,
        categories=blocks,
        own_penalty=own_penalty,
    )


def _corruption(choices: Choices, training: TablePart, blocks: CategoryBlocks | None) -> Any:
    """Make the noise, of numbers and of categories."""
    settings = choices.noise_settings
    if settings is None or blocks is None:
        return corruption_of(settings, training.cell_range, training.column_means)
    n = blocks.n_numbers
    numbers: Corruption | None = corruption_of(
        settings, lambda: training.cell_range(n), lambda: training.column_means()[:n]
    )
    # The size of Gaussian noise is a share of a deviation, and of categories that of the rows.
    fraction = min(float(settings.get("fraction", settings.get("standard_deviation", 0.0))), 1.0)
    return CategoryNoise(blocks, numbers, fraction, masks=settings["kind"] == "masking")
