"""From an estimator's parameters and rows to a trained network on the estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler, scaler_of
from diabolo.data.splitting import split_rows
from diabolo.errors import InputError, ParameterError, TrainingDivergedError
from diabolo.estimators._checked_rows import check_rows, check_weights, source_target
from diabolo.estimators._choices import Choices, choices_of
from diabolo.estimators._combinations import checked_choices, warn_about_width
from diabolo.estimators._importance import importance_sample
from diabolo.estimators._memory import DEFAULT_BUFFER, planned_memory
from diabolo.estimators._networks import code_width, new_network
from diabolo.estimators._objectives import new_objective
from diabolo.estimators._pretraining import pretrained
from diabolo.estimators._rows import ScaledRows, statistics_of
from diabolo.estimators._sklearn import check_random_state
from diabolo.estimators._targets import TargetCoding, coding_of, encode_targets
from diabolo.training.engine import Divergence, Engine, TrainingResult
from diabolo.training.history import record
from diabolo.training.packing import layout_of
from diabolo.training.placement import choose_placement
from diabolo.training.progress import make_progress
from diabolo.training.row_pools import RowsPooled
from diabolo.training.rows import RowsOnDevice, RowsStreamed

if TYPE_CHECKING:
    from jaxtyping import Int

__all__ = ["continue_training", "train"]

# Room for the rounding of a scaler that maps its extremes to 0 and 1.
_RANGE_SLACK = 1e-5


@dataclass(frozen=True)
class _Model:
    """What is settled before the first step: the network to train, and all that goes with it."""

    choices: Choices
    network: Any
    bottleneck: Bottleneck
    n_components: int
    output_activation: str
    scaler: Scaler
    target: TargetCoding | None


def train(estimator: Any, X: Any, y: Any, sample_weight: Any, X_validation: Any, y_validation: Any) -> None:
    """Fit: check, split, scale, train, and leave the fitted attributes on the estimator."""
    owner = type(estimator).__name__
    rows = check_rows(estimator, X, reset=True, least=2)
    choices = checked_choices(estimator)
    weights = check_weights(owner, sample_weight, len(rows))
    seed = seed_of(estimator)
    training, validation = split(choices, len(rows), X_validation, seed)
    if weights is not None:
        for group, purpose in ((training, "train on"), (validation, "validate on")):
            if len(group) and not weights[group].any():
                raise InputError(f"{owner}: every row left to {purpose} has sample weight zero.")
        training = training[weights[training] > 0]
    y = source_target(X, y) if choices.is_guided else None
    others = None if X_validation is None else check_rows(estimator, X_validation, reset=False)
    n_validation = 0 if others is None or others.in_memory else len(others)
    plan = planned_memory(choices, rows, getattr(estimator, "image_shape_", None), y, n_validation)
    model, table = new_model(estimator, choices, rows, y, training, weights, seed, plan.buffer_bytes)
    held_out = table
    if others is not None:
        y_validation = source_target(X_validation, y_validation)
        if model.target is not None and y_validation is None:
            raise InputError(
                f"{owner}: X_validation came without y_validation, and the code must predict a target; pass "
                "both."
            )
        held_out = _table(model, others, y_validation, plan.validation_bytes)
        validation = np.arange(len(others))
        if others.in_memory:
            others.look()
    for part, chosen in ((table, training), (held_out, validation)):
        check_range(choices, part, chosen)

    placement = choose_placement(choices.device)
    objective = new_objective(
        choices, model.output_activation, model.bottleneck, table, training, model.target, weights
    )
    estimator.pretrain_history_ = []
    if choices.pretrain == "layerwise":
        source = replace(table, targets=None).source(training, weights, choices.batch_size, placement)
        inner = getattr(model.network, "network", model.network)
        inner, results = pretrained(choices, inner, objective, source, placement, seed)
        del source  # and its buffers
        is_guided = model.target is not None
        model = replace(model, network=replace(model.network, network=inner) if is_guided else inner)
        estimator.pretrain_history_ = [result.history for result in results]
        if results[-1].divergence is not None:
            set_fitted_attributes(estimator, model, replace(results[-1], network=model.network))
            _sample_importance(estimator, table, training)
            raise TrainingDivergedError(divergence_message(choices, results[-1].divergence))

    engine = Engine(model.network, objective, choices.training_settings(seed), placement, model.n_components)
    model = replace(model, network=None)  # the engine has its own; a wide one's memory is needed
    training_weights = weights
    if len(training) <= choices.batch_size:
        training, training_weights = table.distinct(training, weights)
    source = table.source(training, training_weights, choices.batch_size, placement)
    measured: RowsOnDevice | RowsStreamed | RowsPooled | None = None
    if len(validation):
        if held_out is table:
            measured = source.others(validation, weights)
        else:
            measured = held_out.source(validation, None, choices.batch_size, placement)
    with make_progress(choices.verbose, choices.max_epochs) as progress:
        result = engine.fit(source, measured, progress)
    del engine, source, measured  # the optimizer's arrays and the buffers, before anything else is read
    set_fitted_attributes(estimator, model, result)
    _sample_importance(estimator, table, training)
    if result.divergence is not None:
        raise TrainingDivergedError(divergence_message(choices, result.divergence))


def continue_training(estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
    """Train for one epoch on the rows given, starting a network if there is none."""
    owner = type(estimator).__name__
    fresh = not hasattr(estimator, "network_")
    rows = check_rows(estimator, X, reset=fresh)
    choices = checked_choices(estimator) if fresh else choices_of(estimator)
    weights = check_weights(owner, sample_weight, len(rows))
    y = source_target(X, y) if choices.is_guided else None
    chosen = np.arange(len(rows)) if weights is None else np.flatnonzero(weights)
    seed = seed_of(estimator)
    engine = getattr(estimator, "_engine", None)
    if engine is None:
        # Later calls find the network and the optimizer in memory already.
        plan = planned_memory(choices, rows, getattr(estimator, "image_shape_", None), y)
        estimator._buffer_bytes = plan.buffer_bytes
    buffer_bytes = estimator._buffer_bytes
    if fresh:
        model, table = new_model(estimator, choices, rows, y, chosen, weights, seed, buffer_bytes)
        nothing_yet = TrainingResult(model.network, {}, 0)
        check_range(choices, table, chosen)
        set_fitted_attributes(estimator, model, nothing_yet)
        estimator.pretrain_history_ = []
    else:
        if rows.in_memory:
            rows.look()
        model = _fitted_model(estimator, choices, len(rows))
        table = _table(model, rows, y, buffer_bytes)
        check_range(choices, table, chosen)
    if engine is None or fresh:
        objective = new_objective(
            choices, model.output_activation, model.bottleneck, table, chosen, model.target, weights
        )
        engine = Engine(
            model.network,
            objective,
            choices.training_settings(seed),
            choose_placement(choices.device),
            model.n_components,
        )
        engine.n_epochs = estimator.n_epochs_
        estimator._engine = engine
    source = table.source(chosen, weights, choices.batch_size, engine.placement)
    report, divergence = engine.run_epoch(source)
    # The engine's state is donated to its next epoch, so the estimator keeps parameters of its own.
    estimator.network_ = engine.network(copy=True)
    _sample_importance(estimator, table, chosen)
    if divergence is not None:
        estimator._engine = None
        raise TrainingDivergedError(divergence_message(choices, divergence))
    record(estimator.history_, report)
    estimator.n_epochs_ = estimator.best_epoch_ = len(estimator.history_["loss"])


def new_model(
    estimator: Any,
    choices: Choices,
    rows: CheckedSource,
    y: Any,
    chosen: Any,
    weights: Any,
    seed: int,
    buffer_bytes: int = DEFAULT_BUFFER,
) -> tuple[_Model, ScaledRows]:
    """Settle everything that the rows decide, and make the network."""
    names = getattr(estimator, "feature_names_in_", None)
    listed = None if names is None else list(names)
    found = statistics_of(rows, chosen, weights)
    if rows.in_memory and len(chosen) < len(rows):
        rest = np.ones(len(rows), bool)
        rest[chosen] = False
        rows.look(np.flatnonzero(rest))
    scaler = scaler_of(choices.scale, found, fills=rows.allows_missing, feature_names=listed)
    target = targets = None
    if choices.is_guided:
        target = coding_of(choices.owner, y, len(rows), choices.supervision, chosen, weights)
        targets = encode_targets(choices.owner, y, len(rows), target)
    table = ScaledRows(
        rows, scaler, targets, found, chosen, buffer_bytes, keeps_missing=choices.missing == "mask"
    )
    n_features = rows.n_features
    image_shape = getattr(estimator, "image_shape_", None)
    n_outputs = 0 if target is None else target.n_outputs
    network = new_network(choices, n_features, image_shape, n_outputs, seed)
    n_components = code_width(choices, network, n_features)
    if choices.bottleneck == "topk" and choices.bottleneck_settings["k"] > n_components:
        raise ParameterError(
            f"{choices.owner}: k={choices.bottleneck_settings['k']:.0f} numbers cannot be kept of a code of "
            f"{n_components}."
        )
    warn_about_width(choices, n_components, n_features)
    bottleneck = choices.made_bottleneck(n_components, n_features, len(chosen))
    activation = _output_activation(choices, table, chosen)
    return _Model(choices, network, bottleneck, n_components, activation, scaler, target), table


def _fitted_model(estimator: Any, choices: Choices, n_rows: int) -> _Model:
    """Gather what an earlier fit settled."""
    return _Model(
        choices,
        estimator.network_,
        choices.made_bottleneck(estimator.n_components_, estimator.n_features_in_, n_rows),
        estimator.n_components_,
        estimator.output_activation_,
        estimator.scaler_,
        getattr(estimator, "target_", None),
    )


def _table(model: _Model, rows: CheckedSource, y: Any, buffer_bytes: int) -> ScaledRows:
    """Put rows that came after the first ones in the same form."""
    targets = None
    if model.target is not None:
        targets = encode_targets(model.choices.owner, y, len(rows), model.target)
    keeps_missing = model.choices.missing == "mask"
    return ScaledRows(rows, model.scaler, targets, buffer_bytes=buffer_bytes, keeps_missing=keeps_missing)


def set_fitted_attributes(estimator: Any, model: _Model, result: TrainingResult) -> None:
    """Set the fitted attributes of an estimator."""
    estimator.scaler_ = model.scaler
    estimator.output_activation_ = model.output_activation
    estimator.bottleneck_ = model.bottleneck
    estimator.n_components_ = model.n_components
    estimator.network_ = result.network
    estimator.n_parameters_ = layout_of(result.network).n_parameters
    estimator.history_ = result.history
    estimator.n_epochs_ = len(result.history.get("loss", ()))
    estimator.best_epoch_ = result.best_epoch
    estimator._engine = None
    estimator._importance_sample = None
    if model.target is not None:
        estimator.target_ = model.target
    elif hasattr(estimator, "target_"):
        del estimator.target_


def _sample_importance(estimator: Any, table: ScaledRows, chosen: Int[np.ndarray, " chosen"]) -> None:
    """Keep what tells later which features matter; one row alone leaves the features' known spread."""
    earlier = getattr(estimator, "_importance_sample", None)
    sample = importance_sample(estimator.network_, table, chosen)
    if sample is not None and earlier is not None and len(chosen) == 1:
        sample = replace(sample, spread=earlier.spread)
    estimator._importance_sample = sample


def seed_of(estimator: Any) -> int:
    return int(check_random_state(estimator.random_state).randint(2**31 - 1))


def split(
    choices: Choices, n_rows: int, X_validation: Any, seed: int
) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " validation"]]:
    fraction = choices.validation_fraction
    if fraction is None:
        fraction = 0.1 if choices.early_stopping else 0.0
    if X_validation is not None:
        return np.arange(n_rows), np.arange(0)
    if fraction == 0.0:
        if choices.early_stopping:
            raise ParameterError(
                f"{choices.owner}: early_stopping=True needs held-out rows, but "
                "validation_fraction=0; set a fraction such as 0.1, or pass X_validation to fit."
            )
        return np.arange(n_rows), np.arange(0)
    return split_rows(n_rows, fraction, int(random_for(seed, "split").integers(2**31)))


def _output_activation(choices: Choices, table: ScaledRows, chosen: Any) -> str:
    """Settle what ``output_activation="auto"`` means for this loss and these rows."""
    if choices.output_activation != "auto":
        return str(choices.output_activation)
    if choices.loss == "binary_cross_entropy":
        return "sigmoid"
    if choices.activation == "linear":
        return "linear"
    least, largest = table.cell_range(chosen)
    return "sigmoid" if least >= -_RANGE_SLACK and largest <= 1 + _RANGE_SLACK else "linear"


def check_range(choices: Choices, table: ScaledRows, chosen: Any) -> None:
    if choices.loss != "binary_cross_entropy" or not len(chosen):
        return
    least, largest = table.cell_range(chosen)
    if least < -_RANGE_SLACK or largest > 1 + _RANGE_SLACK:
        raise InputError(
            f"{choices.owner}: loss='binary_cross_entropy' needs values from 0 to 1, but X runs "
            f"from {least:.6g} to {largest:.6g}; set scale='minmax', or choose another loss."
        )


def divergence_message(choices: Choices, divergence: Divergence) -> str:
    tries = [f"a lower learning_rate (now {choices.learning_rate:g})"]
    if choices.max_gradient_norm is None:
        tries.append("max_gradient_norm=1.0")
    if choices.scale is None:
        tries.append("scale='standard'")
    return (
        f"{choices.owner}: the loss became {divergence.loss} in epoch {divergence.epoch}, "
        f"batch {divergence.batch} of {divergence.n_batches}; try {', or '.join(tries)}. "
        "The parameters of the step before are kept."
    )
