"""From an estimator's parameters and rows to all that is settled before the first step."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.corruption import corruption_of
from diabolo.core.linear_start import LinearSolution, linear_start
from diabolo.core.losses import LOSSES
from diabolo.core.objectives import Objective
from diabolo.core.supervision import Supervision
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler, scaler_of
from diabolo.data.statistics import Statistics
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._checked_rows import check_rows, check_weights, source_target
from diabolo.estimators._choices import Choices, checked_choices, choices_to_go_on, warn_about_width
from diabolo.estimators._held_out import divisions, split
from diabolo.estimators._linear_start import guided_start, principal_solution
from diabolo.estimators._memory import planned_memory
from diabolo.estimators._networks import code_width, new_network
from diabolo.estimators._row_space import Beyond, TurnedRows, is_turned, turned_rows
from diabolo.estimators._rows import ScaledRows, TablePart, statistics_of
from diabolo.estimators._sklearn import check_random_state
from diabolo.estimators._targets import TargetCoding, coding_of, encode_targets
from diabolo.messages import either, setting
from diabolo.training.engine import Engine
from diabolo.training.placement import PlacedRows, Placement, choose_placement

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None

__all__ = ["Preparation", "new_objective", "prepared", "seed_of"]

# Room for the rounding of a scaler that maps its extremes to 0 and 1.
_RANGE_SLACK = 1e-5
# Rows over which the running mean activation is taken, where a batch has fewer.
_SPARSITY_ROWS = 1000
# Epochs from a random start, where nothing else is said.
_EPOCHS = 100
# From a linear start held-out rows say when to end: after so many steps at the most, or epochs where an epoch
# has many.
_MOST_STEPS, _EPOCHS_OF_LARGE = 60_000, 10


@dataclass(frozen=True)
class Preparation:
    """What a fit has settled before its first step.

    Parameters
    ----------
    choices : Choices
        Checked.
    seed : int
        Of everything random.
    training : TablePart
        Rows to train on, none of weight 0; their table has the scaler.
    validation : TablePart or None
        Rows to measure, of the same table or of one of their own.
    target : TargetCoding or None
        What the code must predict.
    network : Network
        With its initial weights, or those that training goes on from.
    n_components : int
        Width of the code.
    bottleneck : Bottleneck
        Forms it.
    output_activation : str
        Settled.
    solution : LinearSolution or None
        Where the network starts, if that is at the linear answer.
    beyond : Beyond or None
        What that takes from outside the space of turned rows.
    objective : Objective
        What is minimized.
    placement : Placement
        Where.
    is_changed : bool
        Whether ``partial_fit`` goes on with other parameters than before.
    chooses_length : bool
        Whether the rows to measure say for how long to train.
    folds : tuple of (training, held back)
        The rows of each fold, where rows are held back for that alone and may be trained on when it is
        known; the first is in use.
    turned : TurnedRows or None
        Where the rows are those of a table of few rows' scores: the way back to features.
    """

    choices: Choices
    seed: int
    training: TablePart
    validation: TablePart | None
    target: TargetCoding | None
    network: Any
    n_components: int
    bottleneck: Bottleneck
    output_activation: str
    solution: LinearSolution | None
    beyond: Beyond | None
    objective: Objective
    placement: Placement
    is_changed: bool = False
    chooses_length: bool = False
    folds: tuple[tuple[Chosen, Chosen], ...] = ()
    turned: TurnedRows | None = None

    @property
    def features(self) -> TablePart:
        """The training rows as they are, scaled."""
        if self.turned is None:
            return self.training
        return replace(self.turned.features, chosen=self.training.chosen)

    def engine(self, network: Any, objective: Any, **changes: Any) -> Engine:
        """Make the engine that trains this network, or several as one; it takes a copy.

        With other settings of training than those chosen, where some are given.
        """
        settings = self.choices.training_settings(self.seed).but(**changes)
        return Engine(network, objective, settings, self.placement, self.n_components)

    def merged(self) -> Preparation:
        """Merge equal rows into weights where a batch holds all rows, so that repetition changes nothing."""
        if len(self.training.chosen) > self.choices.batch_size:
            return self
        validation = self.validation
        if validation is not None and validation.table is self.training.table:
            validation = validation.distinct()
        return replace(self, training=self.training.distinct(), validation=validation)

    def sources(self) -> tuple[PlacedRows, PlacedRows | None]:
        """Place the rows to train on, and those to measure."""
        batch_size, held_out = self.choices.batch_size, self.validation
        source = self.training.source(batch_size, self.placement)
        if held_out is None:
            return source, None
        if held_out.table is self.training.table:
            return source, source.others(held_out.chosen, held_out.sample_weight)
        return source, held_out.source(batch_size, self.placement)


def prepared(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    X_validation: Any = None,
    y_validation: Any = None,
    *,
    is_partial: bool = False,
    again: Preparation | None = None,
    fold: int | None = None,
    buffer_bytes: int | None = None,
) -> Preparation:
    """Check, split and scale; settle the network and what it minimizes, or find those that are there.

    Parameters
    ----------
    estimator : estimator
        Whose parameters count; only what `check_rows` sets is changed.
    X : array-like of shape (rows, features)
        The user's rows.
    y : array-like of shape (rows,) or (rows, numbers), or None
        What a guided code must predict.
    sample_weight : array-like of shape (rows,), number or None
        How much each row counts.
    X_validation, y_validation : array-like or None
        Rows to measure, and what belongs to them.
    is_partial : bool, default False
        Whether to hold out nothing, and to go on with the network of an estimator that has one.
    again : Preparation, optional
        What the same rows were prepared for before; what was warned of then is not said twice.
    fold : int, optional
        Which of its folds to prepare for; by default to train on all rows, with none held back.
    buffer_bytes : int, optional
        For the rows of a table on disk; by default planned, for one network.

    Returns
    -------
    Preparation

    Raises
    ------
    ParameterError, InputError
        For a parameter that cannot be, and for rows that cannot be used.
    """
    goes_on = is_partial and hasattr(estimator, "network_")
    rows = check_rows(estimator, X, reset=not goes_on, least=1 if is_partial else 2)
    choices, is_changed = choices_to_go_on(estimator) if goes_on else (checked_choices(estimator), False)
    weights = check_weights(choices.owner, sample_weight, len(rows))
    seed = seed_of(estimator) if again is None else again.seed
    folds: tuple[Any, ...] = ()
    if again is not None and fold is not None:
        chosen, held_out = again.folds[fold]
    else:
        is_whole = is_partial or again is not None or X_validation is not None
        if choices.may_choose_length and choices.validation_fraction is None and not is_whole:
            folds = divisions(choices, rows, weights, seed)
            chosen, held_out = folds[0]
        else:
            chosen, held_out = split(choices, len(rows), weights, seed, is_whole=is_whole)
    chooses_length = choices.may_choose_length and (len(held_out) > 0 or X_validation is not None)
    choices = choices.but(max_epochs=_n_epochs(choices, len(chosen)))
    y = source_target(X, y) if choices.is_guided else None
    others = None if X_validation is None else check_rows(estimator, X_validation, reset=False)
    # Where there is an engine, the network and the optimizer are in memory already.
    engine = getattr(estimator, "_engine", None) if goes_on else None
    own, apart = buffer_bytes if engine is None else estimator._buffer_bytes, 0
    if own is None:
        n_validation = 0 if others is None or others.in_memory else len(others)
        plan = planned_memory(choices, rows, getattr(estimator, "image_shape_", None), y, n_validation)
        own, apart = plan.buffer_bytes, plan.validation_bytes
    given = _Given(choices, rows, y, chosen, weights, own)
    turned = None if again is None else again.turned
    if goes_on:
        training, model = _fitted_model(estimator, given)
    else:
        with warnings.catch_warnings():
            if again is not None:
                warnings.simplefilter("ignore")
            may_turn = not is_partial and X_validation is None
            counted = np.sort(np.concatenate([chosen, held_out])) if may_turn else chosen[:0]
            if may_turn and again is None and is_turned(choices, len(counted), rows.n_features):
                # Where rows are held back, all of them are trained on in the end, and scaled by all.
                turned = _turned(estimator, given, counted, counted if folds else chosen)
            training, model = _new_model(estimator, given, seed, turned)
        if again is None:
            warn_about_width(choices, model.n_components, rows.n_features)
    validation = TablePart(training.table, held_out, weights) if len(held_out) else None
    if others is not None:
        y_validation = source_target(X_validation, y_validation)
        if model.target is not None and y_validation is None:
            raise InputError(
                f"{choices.owner}: X_validation came without y_validation, and the code must predict a "
                "target; pass both."
            )
        given = _Given(choices, others, y_validation, np.arange(len(others)), None, apart)
        validation = given.scaled(training.table.scaler, target=model.target)
        if others.in_memory:
            others.look()
    for part in (training, validation):
        _check_range(choices, part)
    placement = choose_placement(choices.device) if engine is None else engine.placement
    objective = (
        new_objective(choices, model.output_activation, model.bottleneck, training, model.target)
        if engine is None or is_changed
        else engine.objective
    )
    return Preparation(
        choices,
        seed,
        training,
        validation,
        *model,
        objective,
        placement,
        is_changed,
        chooses_length,
        folds,
        turned,
    )


def seed_of(estimator: Any) -> int:
    """Draw the seed of everything random in a fit."""
    return int(check_random_state(estimator.random_state).randint(2**31 - 1))


def _n_epochs(choices: Choices, n_rows: int) -> int:
    """Settle for how many epochs to train at the most."""
    if choices.max_epochs != "auto":
        return int(choices.max_epochs)
    if not choices.starts_linear:
        return _EPOCHS
    return max(_MOST_STEPS // max(-(-n_rows // int(choices.batch_size)), 1), _EPOCHS_OF_LARGE)


class _Given(NamedTuple):
    """Rows as the user gave them, and which of them to use."""

    choices: Choices
    rows: CheckedSource
    y: Any
    chosen: Chosen
    weights: Weights
    buffer_bytes: int

    def scaled(
        self, scaler: Scaler, found: Statistics | None = None, target: TargetCoding | None = None
    ) -> TablePart:
        """Put them in the form that is trained on."""
        choices, rows = self.choices, self.rows
        targets = None if target is None else encode_targets(choices.owner, self.y, len(rows), target)
        table = ScaledRows(rows, scaler, targets, self.buffer_bytes, keeps_missing=choices.missing == "mask")
        return TablePart(table, self.chosen, self.weights, found)


class _Model(NamedTuple):
    """A network, and what goes with it."""

    target: TargetCoding | None
    network: Any
    n_components: int
    bottleneck: Bottleneck
    output_activation: str
    solution: LinearSolution | None = None
    beyond: Beyond | None = None


def _scaler(estimator: Any, given: _Given, learned_from: Chosen) -> tuple[Scaler, Statistics]:
    """Look at rows, and learn how columns are scaled."""
    choices, rows = given.choices, given.rows
    found = statistics_of(rows, learned_from, given.weights)
    if rows.in_memory and len(learned_from) < len(rows):
        rest = np.ones(len(rows), bool)
        rest[learned_from] = False
        rows.look(np.flatnonzero(rest))
    names = getattr(estimator, "feature_names_in_", None)
    return scaler_of(choices.scale, found, fills=rows.allows_missing, feature_names=names), found


def _turned(estimator: Any, given: _Given, counted: Chosen, learned_from: Chosen) -> TurnedRows | None:
    """Find the space of few rows; None where it has no axis."""
    scaler, found = _scaler(estimator, given, learned_from)
    mean = (found.mean - scaler.offset) * scaler.factor
    turned = turned_rows(given.scaled(scaler, found), counted, mean)
    return turned if turned.space.n_axes else None


def _new_model(
    estimator: Any, given: _Given, seed: int, turned: TurnedRows | None
) -> tuple[TablePart, _Model]:
    """Settle everything that the rows decide, and make the network."""
    choices, rows, y, chosen, weights, _ = given
    target, targets = None, None
    if choices.is_guided:
        target = coding_of(choices.owner, y, len(rows), choices.supervision, chosen, weights)
    n_features, n_outputs = rows.n_features, 0 if target is None else target.n_outputs
    if turned is None:
        training = given.scaled(*_scaler(estimator, given, chosen), target)
    else:
        if target is not None:
            targets = encode_targets(choices.owner, y, len(rows), target)
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
            weight = float(choices.supervision_weight)
            solution, head, beyond = guided_start(
                training, target, weight, n_components, seed, is_tied=is_tied, turned=turned
            )
            network = replace(network, network=linear_start(network.network, solution, activation), head=head)
    return training, _Model(target, network, n_components, bottleneck, activation, solution, beyond)


def _fitted_model(estimator: Any, given: _Given) -> tuple[TablePart, _Model]:
    """Gather what an earlier fit settled."""
    rows, target, n_components = given.rows, getattr(estimator, "target_", None), estimator.n_components_
    if rows.in_memory:
        rows.look()
    bottleneck = given.choices.made_bottleneck(n_components, rows.n_features, len(rows))
    model = _Model(target, estimator.network_, n_components, bottleneck, estimator.output_activation_)
    return given.scaled(estimator.scaler_, target=target), model


def _output_activation(choices: Choices, training: TablePart) -> str:
    """Settle what ``output_activation="auto"`` means for this loss and these rows."""
    if choices.output_activation != "auto":
        return str(choices.output_activation)
    if choices.loss == "binary_cross_entropy":
        return "sigmoid"
    if choices.activation == "linear" or choices.starts_linear:
        return "linear"
    least, largest = training.cell_range()
    return "sigmoid" if least >= -_RANGE_SLACK and largest <= 1 + _RANGE_SLACK else "linear"


def _check_range(choices: Choices, part: TablePart | None) -> None:
    if choices.loss != "binary_cross_entropy" or part is None:
        return
    least, largest = part.cell_range()
    if least < -_RANGE_SLACK or largest > 1 + _RANGE_SLACK:
        raise InputError(
            f"{choices.owner}: {setting('loss', choices.loss)} needs values from 0 to 1, but "
            f"{either('X runs', 'the data run')} from {least:.6g} to {largest:.6g}; set "
            f"{setting('scale', 'minmax')}, or choose another loss."
        )


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
