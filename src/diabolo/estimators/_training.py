"""From an estimator's parameters and rows to a trained network on the estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.core.randomness import random_for
from diabolo.data.scaling import Scaler, fit_scaler
from diabolo.data.splitting import split_rows
from diabolo.errors import InputError, ParameterError, TrainingDivergedError
from diabolo.estimators._parameters import check_parameters, named_settings
from diabolo.estimators._rows import ScaledRows, check_rows, check_weights
from diabolo.estimators._sklearn import check_random_state
from diabolo.training.engine import Divergence, Engine
from diabolo.training.history import record
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.placement import choose_placement
from diabolo.training.progress import make_progress
from diabolo.training.rows import RowsOnDevice, RowsStreamed
from diabolo.training.schedules import SCHEDULES
from diabolo.training.settings import TrainingSettings

if TYPE_CHECKING:
    from jaxtyping import Int

__all__ = ["continue_training", "train"]

# Room for the rounding of a scaler that maps its extremes to 0 and 1.
_RANGE_SLACK = 1e-5


def train(estimator: Any, X: Any, sample_weight: Any, X_validation: Any) -> None:
    """Fit: check, split, scale, train, and leave the fitted attributes on the estimator."""
    owner = type(estimator).__name__
    rows = check_rows(estimator, X, reset=True, least=2)
    check_parameters(owner, estimator.get_params(deep=False))
    _check_width(estimator, rows.shape[1])
    weights = check_weights(owner, sample_weight, len(rows))
    seed = _seed(estimator)
    training, validation = _split(estimator, len(rows), X_validation, seed)
    if weights is not None:
        for group, purpose in ((training, "train on"), (validation, "validate on")):
            if len(group) and not weights[group].any():
                raise InputError(f"{owner}: every row left to {purpose} has sample weight zero.")
        training = training[weights[training] > 0]
    scaler = _fitted_scaler(estimator, rows, training, weights)
    table = held_out = ScaledRows(rows, scaler)
    if X_validation is not None:
        held_out = ScaledRows(check_rows(estimator, X_validation, reset=False), scaler)
        validation = np.arange(len(held_out.rows))
    output_activation = _output_activation(estimator, table, training)
    for part, chosen in ((table, training), (held_out, validation)):
        _check_range(estimator, part, chosen)

    engine = _new_engine(estimator, rows.shape[1], output_activation, seed)
    training_weights = weights
    if len(training) <= estimator.batch_size:
        training, training_weights = table.distinct(training, weights)
    source = table.source(training, training_weights, estimator.batch_size, engine.placement)
    measured: RowsOnDevice | RowsStreamed | None = None
    if len(validation):
        if held_out is table:
            measured = source.others(validation, weights)
        else:
            measured = held_out.source(validation, None, estimator.batch_size, engine.placement)
    with make_progress(estimator.verbose, estimator.max_epochs) as progress:
        result = engine.fit(source, measured, progress)
    estimator.scaler_ = scaler
    estimator.output_activation_ = output_activation
    estimator.n_components_ = int(estimator.n_components)
    estimator.network_ = result.network
    estimator.n_parameters_ = engine.program.layout.n_parameters
    estimator.history_ = result.history
    estimator.n_epochs_ = len(result.history.get("loss", ()))
    estimator.best_epoch_ = result.best_epoch
    estimator._engine = None
    if result.divergence is not None:
        raise TrainingDivergedError(_advice(estimator, result.divergence))


def continue_training(estimator: Any, X: Any, sample_weight: Any) -> None:
    """Train for one epoch on the rows given, starting a network if there is none."""
    owner = type(estimator).__name__
    fresh = not hasattr(estimator, "network_")
    rows = check_rows(estimator, X, reset=fresh)
    weights = check_weights(owner, sample_weight, len(rows))
    chosen = np.arange(len(rows)) if weights is None else np.flatnonzero(weights)
    if fresh:
        check_parameters(owner, estimator.get_params(deep=False))
        _check_width(estimator, rows.shape[1])
        scaler = _fitted_scaler(estimator, rows, chosen, weights)
        table = ScaledRows(rows, scaler)
        activation = _output_activation(estimator, table, chosen)
        _check_range(estimator, table, chosen)
        estimator._engine = _new_engine(estimator, rows.shape[1], activation, _seed(estimator))
        estimator.scaler_, estimator.output_activation_ = scaler, activation
        estimator.n_components_ = int(estimator.n_components)
        estimator.n_parameters_ = estimator._engine.program.layout.n_parameters
        estimator.history_, estimator.n_epochs_, estimator.best_epoch_ = {}, 0, 0
    else:
        table = ScaledRows(rows, estimator.scaler_)
        _check_range(estimator, table, chosen)
        if getattr(estimator, "_engine", None) is None:
            estimator._engine = _engine_for(
                estimator, estimator.network_, estimator.output_activation_, _seed(estimator)
            )
            estimator._engine.n_epochs = estimator.n_epochs_
    engine = estimator._engine
    source = table.source(chosen, weights, estimator.batch_size, engine.placement)
    report, divergence = engine.run_epoch(source)
    # The engine's state is donated to its next epoch, so the estimator keeps parameters of its own.
    estimator.network_ = engine.network(copy=True)
    if divergence is not None:
        estimator._engine = None
        raise TrainingDivergedError(_advice(estimator, divergence))
    record(estimator.history_, report)
    estimator.n_epochs_ = estimator.best_epoch_ = len(estimator.history_["loss"])


def _seed(estimator: Any) -> int:
    return int(check_random_state(estimator.random_state).randint(2**31 - 1))


def _check_width(estimator: Any, n_features: int) -> None:
    if estimator.n_components > n_features and not estimator.overcomplete:
        raise ParameterError(
            f"{type(estimator).__name__}: n_components={estimator.n_components} is more than the "
            f"n_features = {n_features} of X (a code wider than its input can copy it and learn nothing); "
            "ask for fewer, or set overcomplete=True if that is what you want."
        )


def _split(
    estimator: Any, n_rows: int, X_validation: Any, seed: int
) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " validation"]]:
    fraction = estimator.validation_fraction
    if fraction is None:
        fraction = 0.1 if estimator.early_stopping else 0.0
    if X_validation is not None:
        return np.arange(n_rows), np.arange(0)
    if fraction == 0.0:
        if estimator.early_stopping:
            raise ParameterError(
                f"{type(estimator).__name__}: early_stopping=True needs held-out rows, but "
                "validation_fraction=0; set a fraction such as 0.1, or pass X_validation to fit."
            )
        return np.arange(n_rows), np.arange(0)
    return split_rows(n_rows, fraction, int(random_for(seed, "split").integers(2**31)))


def _fitted_scaler(estimator: Any, rows: Any, chosen: Any, weights: Any) -> Scaler:
    names = getattr(estimator, "feature_names_in_", None)
    return fit_scaler(
        estimator.scale, rows, chosen, weights, feature_names=None if names is None else list(names)
    )


def _output_activation(estimator: Any, table: ScaledRows, chosen: Any) -> str:
    """Settle what ``output_activation="auto"`` means for this loss and these rows."""
    asked = estimator.output_activation
    if asked != "auto":
        if estimator.loss == "binary_cross_entropy" and asked != "sigmoid":
            raise ParameterError(
                f"{type(estimator).__name__}: loss='binary_cross_entropy' needs output_activation='sigmoid' "
                f"(or 'auto'), got {asked!r}; the loss is taken from the sigmoid's logits."
            )
        return str(asked)
    if estimator.loss == "binary_cross_entropy":
        return "sigmoid"
    if estimator.activation == "linear":
        return "linear"
    least, largest = table.cell_range(chosen)
    return "sigmoid" if least >= -_RANGE_SLACK and largest <= 1 + _RANGE_SLACK else "linear"


def _check_range(estimator: Any, table: ScaledRows, chosen: Any) -> None:
    if estimator.loss != "binary_cross_entropy" or not len(chosen):
        return
    least, largest = table.cell_range(chosen)
    if least < -_RANGE_SLACK or largest > 1 + _RANGE_SLACK:
        raise InputError(
            f"{type(estimator).__name__}: loss='binary_cross_entropy' needs values from 0 to 1, but X runs "
            f"from {least:.6g} to {largest:.6g}; set scale='minmax', or choose another loss."
        )


def _new_engine(estimator: Any, n_features: int, output_activation: str, seed: int) -> Engine:
    network = dense_network(
        (n_features, *estimator.hidden_layer_sizes, int(estimator.n_components)),
        activation=estimator.activation,
        code_activation=estimator.code_activation,
        tied_weights=bool(estimator.tied_weights),
        initializer=estimator.initializer,
        random=random_for(seed, "weights"),
    )
    return _engine_for(estimator, network, output_activation, seed)


def _engine_for(estimator: Any, network: Any, output_activation: str, seed: int) -> Engine:
    owner = type(estimator).__name__
    optimizer, schedule = estimator.optimizer, estimator.learning_rate_schedule
    settings = TrainingSettings(
        optimizer=optimizer,
        optimizer_settings=named_settings(
            owner, "optimizer_params", optimizer, OPTIMIZERS[optimizer].defaults, estimator.optimizer_params
        ),
        learning_rate=float(estimator.learning_rate),
        schedule=schedule,
        schedule_settings=named_settings(
            owner, "schedule_params", schedule, SCHEDULES[schedule], estimator.schedule_params
        ),
        max_gradient_norm=estimator.max_gradient_norm,
        batch_size=int(estimator.batch_size),
        max_epochs=int(estimator.max_epochs),
        shuffle=bool(estimator.shuffle),
        early_stopping=bool(estimator.early_stopping),
        n_iter_no_change=int(estimator.n_iter_no_change),
        tol=float(estimator.tol),
        seed=seed,
    )
    objective = Objective(estimator.loss, output_activation, float(estimator.huber_delta))
    return Engine(network, objective, settings, choose_placement(estimator.device))


def _advice(estimator: Any, divergence: Divergence) -> str:
    tries = [f"a lower learning_rate (now {estimator.learning_rate:g})"]
    if estimator.max_gradient_norm is None:
        tries.append("max_gradient_norm=1.0")
    if estimator.scale is None:
        tries.append("scale='standard'")
    return (
        f"{type(estimator).__name__}: the loss became {divergence.loss} in epoch {divergence.epoch}, "
        f"batch {divergence.batch} of {divergence.n_batches}; try {', or '.join(tries)}. "
        "The parameters of the step before are kept."
    )
