"""From an estimator's parameters and rows to all that is settled before the first step."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.linear_start import LinearSolution
from diabolo.core.objectives import Objective
from diabolo.data.checked_source import CheckedSource
from diabolo.data.memory import shown_bytes
from diabolo.errors import InputError, InputTypeError
from diabolo.estimators._advice import warn_about_scale
from diabolo.estimators._category_rows import core_blocks, table_of
from diabolo.estimators._checked_rows import check_rows, check_weights
from diabolo.estimators._choices import Choices, checked_choices, choices_to_go_on, warn_about_width
from diabolo.estimators._guide import Guide
from diabolo.estimators._held_out import divisions, split
from diabolo.estimators._labels import labels_of
from diabolo.estimators._memory import DEFAULT_BUFFER, planned_memory
from diabolo.estimators._model import RANGE_SLACK, Given, fitted_model, new_model, turned_of
from diabolo.estimators._objective import new_objective
from diabolo.estimators._own_functions import check_own_functions, refuse_absent
from diabolo.estimators._row_space import Beyond, TurnedRows, is_turned, turned_bytes
from diabolo.estimators._rows import TablePart
from diabolo.estimators._same_fit import (
    are_amounts,
    check_own_network,
    check_same_fit,
    check_same_statistics,
    is_seed,
)
from diabolo.estimators._sklearn import check_random_state
from diabolo.estimators._targets import TargetCoding
from diabolo.messages import either, setting
from diabolo.training.engine import Engine
from diabolo.training.forked import refuse_if_lost
from diabolo.training.packing import network_of_first
from diabolo.training.placement import PlacedRows, Placement, fit_placement
from diabolo.training.stages import Stages
from diabolo.training.team_stages import team_stages

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    Chosen = Int[np.ndarray, " chosen"]
    Weights = Float[np.ndarray, " rows"] | None

__all__ = ["Preparation", "prepared", "seed_of"]

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
        Whether ``partial_fit`` goes on with another objective or other settings than before.
    chooses_length : bool
        Whether the rows to measure say for how long to train.
    folds : tuple of (training, held back)
        The rows of each fold, where rows are held back for that alone and may be trained on when it is
        known; the first is in use.
    turned : TurnedRows or None
        Where the rows are those of a table of few rows' scores: the way back to features.
    guide : Guide or None
        What is known of the target's ridge.
    n_labeled : int or None
        Rows of the table whose target is known; None without a target.
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
    guide: Guide | None = None
    n_labeled: int | None = None

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
    stages: Stages | None = None,
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
    stages : Stages, optional
        Of the fit: what was decided when it was begun counts, and what takes long to compute is kept.

    Returns
    -------
    Preparation

    Raises
    ------
    ParameterError, InputError
        For a parameter that cannot be, and for rows that cannot be used.
    """
    refuse_if_lost(f"{type(estimator).__name__} cannot be trained here")
    goes_on = is_partial and hasattr(estimator, "network_")
    rows = check_rows(estimator, X, reset=not goes_on, least=1 if is_partial else 2)
    choices, is_changed = choices_to_go_on(estimator) if goes_on else (checked_choices(estimator), False)
    refuse_absent(choices)
    weights = check_weights(choices.owner, sample_weight, len(rows))
    stages = team_stages(stages)
    if not current_team().is_first:
        choices = choices.but(verbose=0)
    seed = stages.decided("seed", lambda: seed_of(estimator), is_seed) if again is None else again.seed
    if X_validation is None and y_validation is not None:
        raise InputError(
            f"{choices.owner}: y_validation came without X_validation, the rows that it is of; pass both or "
            "neither."
        )
    others = None if X_validation is None else _validation_rows(estimator, X_validation)
    # Where there is an engine, the network and the optimizer are in memory already.
    engine = getattr(estimator, "_engine", None) if goes_on else None
    labels = None
    if choices.is_guided:
        was_partial = engine is not None and engine.objective.supervision.is_partial
        measured = None if others is None else (X_validation, y_validation, len(others))
        labels = labels_of(
            choices.owner, (X, y, len(rows)), weights, measured, goes_on=goes_on, was_partial=was_partial
        )
        # An engine whose rows have no column for what they count is replaced by one that expects it.
        is_changed = is_changed or (engine is not None and labels.is_partial != was_partial)
    y, known = (None, None) if labels is None else (labels.y, labels.partly_known)
    if again is None:
        check_same_fit(stages, estimator, rows, y, weights, others, labels and labels.y_validation)
    folds: tuple[Any, ...] = ()
    if again is not None and fold is not None:
        chosen, held_out = again.folds[fold]
    else:
        is_whole = is_partial or again is not None or X_validation is not None
        if choices.may_choose_length and choices.validation_fraction is None and not is_whole:
            folds = divisions(choices, rows, weights, seed, known)
            chosen, held_out = folds[0]
        else:
            chosen, held_out = split(choices, rows, weights, seed, is_whole=is_whole)
    chooses_length = choices.may_choose_length and (len(held_out) > 0 or X_validation is not None)
    choices = choices.but(max_epochs=_n_epochs(choices, len(chosen)))
    own, apart = buffer_bytes if engine is None else estimator._buffer_bytes, 0
    turned = None if again is None else again.turned
    may_turn = again is None and not is_partial and X_validation is None
    counted = chosen[:0]
    if may_turn:  # with windows that share points with those held out, which are trained on in the end
        every = np.arange(len(rows)) if weights is None else np.flatnonzero(weights > 0)
        counted = np.union1d(every, held_out)
    may_turn = may_turn and stages.decided(
        "turned",
        lambda: is_turned(choices, len(counted), rows.n_features),
        # In another process there may be less memory.
        lambda found: (
            found is False
            or (found is True and is_turned(choices.but(max_memory=None), len(counted), rows.n_features))
        ),
    )
    if turned is not None or may_turn:
        own = DEFAULT_BUFFER
        if may_turn and choices.verbose and not rows.in_memory:
            taken = shown_bytes(turned_bytes(choices, len(counted), rows.n_features))
            print(f"memory: {taken} at the most; trained on the scores of {len(counted):,} rows", flush=True)
    elif again is not None:
        own = again.training.table.buffer_bytes  # the folds were counted together
    if own is None:
        n_validation = 0 if others is None or others.in_memory else len(others)

        def planned() -> tuple[int, int]:
            image_shape = getattr(estimator, "image_shape_", None)
            plan = planned_memory(choices, rows, image_shape, y, n_validation, max(len(folds), 1))
            return plan.buffer_bytes, plan.validation_bytes

        # By what the process holds already, which is not the same in another one.
        own, apart = stages.decided("memory", planned, are_amounts)
    given = Given(choices, rows, y, chosen, weights, own)
    if labels is not None:
        together = folds if again is None else again.folds
        given = given._replace(shares=labels.shares(weights, chosen, held_out, together))
    guide = None if again is None else again.guide
    if guide is None and choices.is_guided and choices.starts_linear:
        guide = Guide(len(rows), folds, seed, known)
    if goes_on:
        training, model = fitted_model(estimator, given)
    else:
        with warnings.catch_warnings():
            if again is not None:
                warnings.simplefilter("ignore")
            if may_turn:
                # Where rows are held back, all of them are trained on in the end, and scaled by all.
                learned_from = counted if folds else chosen
                turned = turned_of(estimator, given, counted, learned_from, stages)
            training, model = new_model(estimator, given, seed, turned, guide)
        if again is None:
            warn_about_width(choices, model.n_components, rows.n_features)
            found = (training if turned is None else turned.features).found
            check_same_statistics(stages, found)
            if choices.encoder is not None:
                check_own_network(stages, model.network)
            if found is not None:
                names = getattr(estimator, "feature_names_in_", None)
                if (table := table_of(estimator)) is not None:
                    found = table.of_numbers(found)
                    names = [table.name_of(place) for place in table.numbers]
                warn_about_scale(choices, found, names)
    validation = TablePart(training.table, held_out, weights) if len(held_out) else None
    if others is not None:
        given = Given(choices, others, None, np.arange(len(others)), None, apart)
        if labels is not None:
            given = given._replace(y=labels.y_validation, shares=labels.validation_shares)
        validation = given.scaled(training.table.scaler, target=model.target)
        if others.in_memory:
            others.look()
    for part in (training, validation):
        _check_range(choices, part)
    blocks = core_blocks(table_of(estimator), training.table.scaler)
    objective = (
        new_objective(choices, model.output_activation, model.bottleneck, training, model.target, blocks)
        if engine is None or is_changed
        else engine.objective
    )
    if again is None and (engine is None or is_changed):
        check_own_functions(choices, model.network, objective, model.n_components, training)
    if engine is None:
        model = model._replace(network=network_of_first(model.network))
        n_bytes = 4 * len(rows) * training.table.n_columns
        # Of all features at once.
        is_whole = choices.max_gradient_norm is not None or choices.pretrain is not None
        is_whole = is_whole or not isinstance(choices.optimizer, str)
        placement = fit_placement(
            choices.device, model.network, None if is_whole else objective, int(choices.batch_size), n_bytes
        )
    else:
        placement = engine.placement
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
        guide,
        None if labels is None else int(labels.known.sum()),
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


def _check_range(choices: Choices, part: TablePart | None) -> None:
    if choices.loss != "binary_cross_entropy" or part is None:
        return
    least, largest = part.cell_range()
    if least < -RANGE_SLACK or largest > 1 + RANGE_SLACK:
        raise InputError(
            f"{choices.owner}: {setting('loss', choices.loss)} needs values from 0 to 1, but "
            f"{either('X runs', 'the data run')} from {least:.6g} to {largest:.6g}; set "
            f"{setting('scale', 'minmax')}, or choose another loss."
        )


def _validation_rows(estimator: Any, X_validation: Any) -> CheckedSource:
    try:
        return check_rows(estimator, X_validation, reset=False)
    except (InputError, InputTypeError) as problem:
        raise type(problem)(f"X_validation: {problem.message.marked}") from None
