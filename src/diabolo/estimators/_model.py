"""What the rows decide of a network: scaling, target, where it starts; or of one that is there already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.linear_start import LinearSolution, linear_start
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler, scaler_of, unscaled_dtype
from diabolo.data.statistics import Statistics
from diabolo.errors import ParameterError
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._choices import Choices
from diabolo.estimators._guide import Guide
from diabolo.estimators._linear_start import guided_start, principal_solution
from diabolo.estimators._networks import code_width, new_network
from diabolo.estimators._row_space import Beyond, TurnedRows, turned_rows
from diabolo.estimators._rows import ScaledRows, TablePart, statistics_of
from diabolo.estimators._targets import TargetCoding, coding_of, encode_targets
from diabolo.messages import setting
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None

__all__ = ["RANGE_SLACK", "Given", "Model", "fitted_model", "new_model", "turned_of"]

# Room for the rounding of a scaler that maps its extremes to 0 and 1.
RANGE_SLACK = 1e-5


class Given(NamedTuple):
    """Rows as the user gave them, and which of them to use."""

    choices: Choices
    rows: CheckedSource
    y: Any
    chosen: Chosen
    weights: Weights
    buffer_bytes: int
    # What each row counts in the supervised mean, where some targets are unknown.
    shares: Float[np.ndarray, " rows"] | None = None

    def encoded(self, target: TargetCoding) -> Float[np.ndarray, "rows columns"]:
        """Write the targets of all rows as columns."""
        return encode_targets(self.choices.owner, self.y, len(self.rows), target, self.shares)

    def scaled(
        self, scaler: Scaler, found: Statistics | None = None, target: TargetCoding | None = None
    ) -> TablePart:
        """Put them in the form that is trained on."""
        choices, rows = self.choices, self.rows
        targets = None if target is None else self.encoded(target)
        table = ScaledRows(
            rows,
            scaler,
            targets,
            self.buffer_bytes,
            keeps_missing=choices.missing == "mask",
            may_copy=choices.max_memory is None,
        )
        return TablePart(table, self.chosen, self.weights, found)


class Model(NamedTuple):
    """A network, and what goes with it."""

    target: TargetCoding | None
    network: Any
    n_components: int
    bottleneck: Bottleneck
    output_activation: str
    solution: LinearSolution | None = None
    beyond: Beyond | None = None


def _scaler(estimator: Any, given: Given, learned_from: Chosen) -> tuple[Scaler, Statistics]:
    """Look at rows, and learn how columns are scaled."""
    choices, rows = given.choices, given.rows
    found = statistics_of(rows, learned_from, given.weights)
    if rows.in_memory and len(learned_from) < len(rows):
        rest = np.ones(len(rows), bool)
        rest[learned_from] = False
        rows.look(np.flatnonzero(rest))
    names = getattr(estimator, "feature_names_in_", None)
    if (table := table_of(estimator)) is not None:
        scaler = table.scaler(choices.scale, found, fills=rows.allows_missing, names=names)
    else:
        scaler = scaler_of(choices.scale, found, fills=rows.allows_missing, feature_names=names)
    return replace(scaler, dtype=unscaled_dtype(rows.dtype)), found


def turned_of(
    estimator: Any, given: Given, counted: Chosen, learned_from: Chosen, stages: Stages
) -> TurnedRows | None:
    """Find the space of few rows; None where it has no axis."""
    scaler, found = _scaler(estimator, given, learned_from)
    mean = (found.mean - scaler.offset) * scaler.factor
    turned = turned_rows(given.scaled(scaler, found), counted, mean, stages)
    return turned if turned.space.n_axes else None


def new_model(
    estimator: Any, given: Given, seed: int, turned: TurnedRows | None, guide: Guide | None
) -> tuple[TablePart, Model]:
    """Settle everything that the rows decide, and make the network."""
    choices, rows, y, chosen, weights = given[:5]
    target, targets = None, None
    if choices.is_guided:
        target = coding_of(choices.owner, y, len(rows), choices.supervision, chosen, weights)
    n_features, n_outputs = rows.n_features, 0 if target is None else target.n_outputs
    if turned is None:
        training = given.scaled(*_scaler(estimator, given, chosen), target)
    else:
        if target is not None:
            targets = given.encoded(target)
        training, n_features = turned.part(chosen, targets), turned.space.n_axes
    image_shape = getattr(estimator, "image_shape_", None)
    network = new_network(choices, n_features, image_shape, n_outputs, seed)
    n_components = code_width(choices, network, n_features)
    if choices.bottleneck == "topk" and choices.bottleneck_settings["k"] > n_components:
        kept = setting("k", int(choices.bottleneck_settings["k"]))
        raise ParameterError(f"{choices.owner}: {kept} numbers cannot be kept of a code of {n_components}.")
    bottleneck = choices.made_bottleneck(n_components, n_features, len(chosen))
    activation = _output_activation(choices, training)
    solution, beyond = None, None
    if choices.starts_linear:
        is_tied = bool(choices.tied_weights)
        if target is None:
            solution = principal_solution(training, n_components, is_tied=is_tied)
            network = linear_start(network, solution, activation)
        else:
            assert guide is not None
            weight = float(choices.supervision_weight)
            solution, head, beyond = guided_start(
                training, target, weight, n_components, guide, is_tied=is_tied, turned=turned
            )
            network = replace(network, network=linear_start(network.network, solution, activation), head=head)
    return training, Model(target, network, n_components, bottleneck, activation, solution, beyond)


def fitted_model(estimator: Any, given: Given) -> tuple[TablePart, Model]:
    """Gather what an earlier fit settled."""
    rows, target, n_components = given.rows, getattr(estimator, "target_", None), estimator.n_components_
    if rows.in_memory:
        rows.look()
    bottleneck = given.choices.made_bottleneck(n_components, rows.n_features, len(rows))
    model = Model(target, estimator.network_.network, n_components, bottleneck, estimator.output_activation_)
    return given.scaled(estimator.scaler_, target=target), model


def _output_activation(choices: Choices, training: TablePart) -> str:
    """Settle what ``output_activation="auto"`` means for this loss and these rows."""
    if choices.output_activation != "auto":
        return str(choices.output_activation)
    if choices.loss == "binary_cross_entropy":
        return "sigmoid"
    if choices.activation == "linear" or choices.starts_linear or choices.categories is not None:
        return "linear"
    least, largest = training.cell_range()
    return "sigmoid" if least >= -RANGE_SLACK and largest <= 1 + RANGE_SLACK else "linear"
