"""From an estimator's parameters and rows to a trained network on the estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diabolo.errors import ParameterError, TrainingDivergedError
from diabolo.estimators._choices import Choices
from diabolo.estimators._fitted import keep_parameters
from diabolo.estimators._importance import importance_sample
from diabolo.estimators._preparation import Preparation, prepared, seed_of
from diabolo.estimators._pretraining import pretrained
from diabolo.messages import setting
from diabolo.training.engine import Divergence, TrainingResult
from diabolo.training.history import record
from diabolo.training.packing import layout_of
from diabolo.training.progress import make_progress

__all__ = ["continue_training", "seed_of", "train"]


def train(estimator: Any, X: Any, y: Any, sample_weight: Any, X_validation: Any, y_validation: Any) -> None:
    """Fit: check, split, scale, train, and leave the fitted attributes on the estimator."""
    preparation = prepared(estimator, X, y, sample_weight, X_validation, y_validation)
    choices = preparation.choices
    estimator.pretrain_history_ = []
    if choices.pretrain == "layerwise":
        preparation, results = pretrained(preparation)
        estimator.pretrain_history_ = [result.history for result in results]
        if results[-1].divergence is not None:
            _finish(estimator, preparation, replace(results[-1], network=preparation.network))
        del results  # and their networks
    engine = preparation.engine(preparation.network, preparation.objective)
    preparation = replace(preparation, network=None)  # the engine has its own; a wide one's memory is needed
    if len(preparation.training.chosen) <= choices.batch_size:
        preparation = replace(preparation, training=preparation.training.distinct())
    source, measured = preparation.sources()
    with make_progress(choices.verbose, choices.max_epochs) as progress:
        result = engine.fit(source, measured, progress)
    del engine, source, measured  # the optimizer's arrays and the buffers, before anything else is read
    _finish(estimator, preparation, result)


def continue_training(estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
    """Train for one epoch on the rows given, starting a network if there is none."""
    preparation = prepared(estimator, X, y, sample_weight, is_partial=True)
    if not hasattr(estimator, "network_"):
        set_fitted_attributes(estimator, preparation, TrainingResult(preparation.network, {}, 0))
        estimator.pretrain_history_ = []
    engine = getattr(estimator, "_engine", None)
    if engine is None or preparation.is_changed:
        earlier, engine = engine, preparation.engine(preparation.network, preparation.objective)
        engine.n_epochs = estimator.n_epochs_
        if earlier is not None:
            engine.go_on_from(earlier)
        estimator._engine = engine
        keep_parameters(estimator)
        estimator._buffer_bytes = preparation.training.table.buffer_bytes
    source, _ = preparation.sources()
    if not engine.next_learning_rate(source) > 0:
        choices = preparation.choices
        schedule = setting("learning_rate_schedule", choices.learning_rate_schedule)
        raise ParameterError(
            f"{choices.owner}: with {schedule} the step size is 0 after "
            f"{setting('max_epochs', choices.max_epochs)}, and nothing more would be learned; set a larger "
            f"{setting('max_epochs')} or another schedule."
        )
    report, divergence = engine.run_epoch(source)
    # The engine's state is donated to its next epoch, so the estimator keeps parameters of its own.
    estimator.network_ = engine.network(copy=True)
    _sample_importance(estimator, preparation)
    if divergence is not None:
        estimator._engine = None
        raise TrainingDivergedError(divergence_message(preparation.choices, divergence))
    record(estimator.history_, report)
    estimator.n_epochs_ = estimator.best_epoch_ = len(estimator.history_["loss"])


def _finish(estimator: Any, preparation: Preparation, result: TrainingResult) -> None:
    """Leave the result of a fit on the estimator, and say so where it diverged."""
    set_fitted_attributes(estimator, preparation, result)
    _sample_importance(estimator, preparation)
    if result.divergence is not None:
        raise TrainingDivergedError(divergence_message(preparation.choices, result.divergence))


def set_fitted_attributes(estimator: Any, preparation: Preparation, result: TrainingResult) -> None:
    """Set the fitted attributes of an estimator."""
    estimator.scaler_ = preparation.training.table.scaler
    estimator.output_activation_ = preparation.output_activation
    estimator.bottleneck_ = preparation.bottleneck
    estimator.n_components_ = preparation.n_components
    estimator.network_ = result.network
    estimator.n_parameters_ = layout_of(result.network).n_parameters
    estimator.history_ = result.history
    estimator.n_epochs_ = len(result.history.get("loss", ()))
    estimator.best_epoch_ = result.best_epoch
    estimator._engine = None
    estimator._importance_sample = None
    keep_parameters(estimator)
    if preparation.target is not None:
        estimator.target_ = preparation.target
    elif hasattr(estimator, "target_"):
        del estimator.target_


def _sample_importance(estimator: Any, preparation: Preparation) -> None:
    """Keep what tells later which features matter; one row alone leaves the features' known spread."""
    earlier = getattr(estimator, "_importance_sample", None)
    sample = importance_sample(estimator.network_, preparation.training)
    if sample is not None and earlier is not None and len(preparation.training.chosen) == 1:
        sample = replace(sample, spread=earlier.spread)
    estimator._importance_sample = sample


def divergence_message(choices: Choices, divergence: Divergence) -> str:
    tries = [f"a lower {setting('learning_rate')} (now {choices.learning_rate:g})"]
    if choices.max_gradient_norm is None:
        tries.append(setting("max_gradient_norm", 1.0))
    if choices.scale is None:
        tries.append(setting("scale", "standard"))
    return (
        f"{choices.owner}: the loss became {divergence.loss} in epoch {divergence.epoch}, "
        f"batch {divergence.batch} of {divergence.n_batches}; try {', or '.join(tries)}. "
        "The parameters of the step before are kept."
    )
