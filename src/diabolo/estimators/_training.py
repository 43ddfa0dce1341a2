"""From an estimator's parameters and rows to a trained network on it, pretrained where that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diabolo.cluster.team import current_team
from diabolo.core.bottlenecks import Plain
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective
from diabolo.core.own_loss import OwnLoss
from diabolo.errors import DiaboloWarning, ParameterError, TrainingDivergedError
from diabolo.estimators._advice import warn_about_loss, warn_of_interruption
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._choices import Choices, keep_parameters
from diabolo.estimators._held_out import MOST_REPEATED
from diabolo.estimators._importance import importance_sample
from diabolo.estimators._networks import placed_network, put_network
from diabolo.estimators._preparation import Preparation, prepared
from diabolo.estimators._targets import are_the_rows
from diabolo.messages import setting, warn_caller
from diabolo.training.engine import Engine
from diabolo.training.fitting import TrainingResult, fit
from diabolo.training.folds import SLOW_SHARE, Fold, choose_length
from diabolo.training.forked import computing
from diabolo.training.history import Divergence, record
from diabolo.training.process_memory import LARGE_BYTES, give_back_memory
from diabolo.training.progress import Progress, make_progress
from diabolo.training.stages import Stages
from diabolo.training.team_stages import team_stages

# Steps between two looks at the rows that say how long to train.
_LEAST_STEPS = 200

__all__ = ["continue_training", "pretrained", "train"]


@computing()
def train(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    X_validation: Any,
    y_validation: Any,
    stages: Stages | None = None,
) -> Preparation:
    """Fit: check, split, scale, train, and leave the fitted attributes on the estimator.

    Returns
    -------
    Preparation
        Of the network that is left, without the one that it started from.

    Raises
    ------
    KeyboardInterrupt
        What interrupted it; the estimator is left as it was trained by then.
    """
    with current_team().held_together():
        return _train(estimator, X, y, sample_weight, X_validation, y_validation, team_stages(stages))


def _train(
    estimator: Any, X: Any, y: Any, sample_weight: Any, X_validation: Any, y_validation: Any, stages: Stages
) -> Preparation:
    preparation = prepared(estimator, X, y, sample_weight, X_validation, y_validation, stages=stages)
    choices, n_labeled, n_rows = preparation.choices, preparation.n_labeled, _n_rows(preparation)
    if choices.verbose and n_labeled is not None and n_labeled < n_rows:
        print(f"labeled: {n_labeled:,} of {n_rows:,} rows", flush=True)
    estimator.pretrain_history_ = []
    if choices.pretrain == "layerwise":
        preparation, results = pretrained(preparation, stages)
        estimator.pretrain_history_ = [result.history for result in results]
        if results[-1].divergence is not None or results[-1].interruption is not None:
            _finish(estimator, preparation, replace(results[-1], network=preparation.network))
        del results  # and their networks
    chooses_length = preparation.chooses_length
    started = [preparation]
    del preparation  # who trains it lets its network go, of which a wide one's engine has a copy
    if chooses_length:
        given = (X, y, sample_weight, X_validation, y_validation)
        preparation = _finish(estimator, *_of_chosen_length(estimator, given, started.pop(), stages))
    else:
        progress = make_progress(choices.verbose, int(choices.max_epochs))
        preparation = _finish(estimator, *_trained(started.pop(), progress, stages))
    estimator._rebuilds_target = are_the_rows(X, y)
    if 4 * max(n_rows * preparation.features.table.n_columns, estimator.n_parameters_) >= LARGE_BYTES:
        give_back_memory()
    return preparation


def _trained(
    preparation: Preparation,
    progress: Progress,
    stages: Stages,
    n_epochs: int | None = None,
    n_slow_epochs: int = 0,
) -> tuple[Preparation, TrainingResult]:
    """Train what is prepared; return it without the network from which that started."""
    engine = preparation.engine(preparation.network, preparation.objective)
    preparation = replace(preparation, network=None)  # the engine has its own; a wide one's memory is needed
    preparation = preparation.merged()
    source, measured = preparation.sources()

    def let_go() -> None:
        for rows in (source, measured):
            if rows is not None:
                rows.let_go()

    with progress:
        result = fit(
            engine,
            source,
            measured,
            progress,
            n_epochs=n_epochs,
            with_start=preparation.choices.starts_linear,
            stage=stages.stage("network"),
            goes_on=n_slow_epochs > 0,
            let_go=None if n_slow_epochs else let_go,
        )
        if n_slow_epochs and result.divergence is None and result.interruption is None:
            engine.rate_share = SLOW_SHARE
            stage = stages.stage("network-slow")
            result = fit(
                engine, source, measured, progress, n_epochs=n_slow_epochs, stage=stage, let_go=let_go
            )
    # The optimizer's arrays and the buffers are gone before anything else is read.
    return preparation, result


def _of_chosen_length(
    estimator: Any, given: tuple[Any, ...], first: Preparation, stages: Stages
) -> tuple[Preparation, TrainingResult]:
    """Train for as long as held-out rows gain, in the end on all rows where these were held back for that."""
    choices, stage = first.choices, stages.stage("length")
    n_folds = 1 if stage.is_finished else len(first.folds)  # of the others nothing more is asked
    preparations = [first]
    preparations += [prepared(estimator, *given, again=first, fold=fold) for fold in range(1, n_folds)]
    folds = []
    for preparation in preparations:
        merged = preparation.merged()
        source, measured = merged.sources()
        assert measured is not None
        folds.append(Fold(merged.engine(merged.network, merged.objective), source, measured))
    del preparation, preparations, merged  # and their networks, which the engines have
    first = replace(first, network=None)
    stretch = -(-_LEAST_STEPS // _steps_an_epoch(first))
    with make_progress(choices.verbose, int(choices.max_epochs)) as progress:
        length = choose_length(folds, stretch, progress, stage)
    network = folds[0].engine.network(copy=False)
    found = TrainingResult(
        network, length.history, length.best_epoch, length.divergence, length.start_loss, length.interruption
    )
    is_kept = not length.gain.is_significant
    if length.interruption is not None or (length.divergence is not None and is_kept):
        return first, found
    found = replace(found, divergence=None)
    n_rows = _n_rows(first)
    if not is_kept and (not first.folds or n_rows > MOST_REPEATED):
        return first, found
    found = replace(found, network=None)
    del folds, source, measured, network  # the rows, and the optimizers' arrays
    whole = prepared(estimator, *given, again=first)
    if is_kept:
        return whole, replace(found, network=whole.network, best_epoch=0)
    same_steps = _steps_an_epoch(first) / _steps_an_epoch(whole)
    n_epochs, n_slow_epochs = (round(n * same_steps) for n in (length.n_epochs, length.n_slow_epochs))
    started = [whole]
    del whole
    whole, final = _trained(started.pop(), Progress(), stages, max(n_epochs, 1), n_slow_epochs)
    final = replace(
        found, network=final.network, divergence=final.divergence, interruption=final.interruption
    )
    return whole, final


def _n_rows(preparation: Preparation) -> int:
    return len(preparation.training.table.rows)


def _steps_an_epoch(preparation: Preparation) -> int:
    return -(-len(preparation.training.chosen) // int(preparation.choices.batch_size))


@computing()
def continue_training(estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
    """Train for one epoch on the rows given, starting a network if there is none."""
    with current_team().held_together():
        _continue(estimator, X, y, sample_weight)


def _continue(estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
    preparation = prepared(estimator, X, y, sample_weight, is_partial=True)
    if not hasattr(estimator, "network_"):
        set_fitted_attributes(estimator, preparation, TrainingResult(preparation.network, {}, 0))
        estimator.pretrain_history_ = []
    engine = getattr(estimator, "_engine", None)
    if engine is not None and engine.is_lost:
        engine = None
    if engine is None or preparation.is_changed:
        earlier, engine = engine, preparation.engine(preparation.network, preparation.objective)
        engine.position = engine.position._replace(n_epochs=estimator.n_epochs_)
        if earlier is not None:
            engine.go_on_from(earlier)
        estimator._engine = engine
        keep_parameters(estimator)
        estimator._buffer_bytes = preparation.training.table.buffer_bytes
    if preparation.n_labeled is not None:
        estimator.n_labeled_rows_ = preparation.n_labeled
    source, _ = preparation.sources()
    engine.abandon_epoch()  # of a call that was interrupted
    choices, rate = preparation.choices, engine.next_learning_rate(source)
    # A schedule of the user's own may well begin at 0.
    if isinstance(choices.learning_rate_schedule, str) and not rate > 0:
        schedule = setting("learning_rate_schedule", choices.learning_rate_schedule)
        raise ParameterError(
            f"{choices.owner}: with {schedule} the step size is 0 after "
            f"{setting('max_epochs', choices.max_epochs)}, and nothing more would be learned; set a larger "
            f"{setting('max_epochs')} or another schedule."
        )
    _warn_of_schedule(choices, rate)
    report, divergence = engine.run_epoch(source)
    # The engine's state is donated to its next epoch, so the estimator keeps parameters of its own.
    estimator.network_ = replace(estimator.network_, network=engine.network(copy=True))
    _forget_comparison(estimator)
    _sample_importance(estimator, preparation)
    if divergence is not None:
        estimator._engine = None
        raise TrainingDivergedError(divergence_message(choices, divergence))
    record(estimator.history_, report)
    estimator.n_epochs_ = estimator.best_epoch_ = len(estimator.history_["loss"])


def _warn_of_schedule(choices: Choices, rate: float) -> None:
    """Say that a cosine has come to its end, after which all steps are as small as its last."""
    if choices.learning_rate_schedule != "cosine":
        return
    share = choices.schedule_settings["final_fraction"]
    if share < 1 and rate <= choices.learning_rate * share * (1 + 1e-6):
        said, end = setting("learning_rate_schedule", "cosine"), setting("max_epochs", choices.max_epochs)
        warn_caller(
            DiaboloWarning(
                f"{choices.owner}: {said} has come to its end after {end}, and the step size stays {rate:g}; "
                f"set a larger {setting('max_epochs')} or another schedule."
            )
        )


def _finish(estimator: Any, preparation: Preparation, result: TrainingResult) -> Preparation:
    """Leave the result of a fit on the estimator, and say so where it diverged."""
    if (turned := preparation.turned) is not None:
        network = turned.in_features(result.network, preparation.beyond)
        result = replace(result, network=preparation.placement.put_result(network))
    set_fitted_attributes(estimator, preparation, result)
    _sample_importance(estimator, preparation)
    if result.divergence is not None:
        raise TrainingDivergedError(divergence_message(preparation.choices, result.divergence))
    if result.interruption is not None:
        warn_of_interruption(preparation.choices.owner, estimator.n_epochs_)
        raise result.interruption
    training = preparation.training
    # What is left of a linear start that nothing was better than loses less than the means do.
    if preparation.turned is None and training.found is not None and result.best_epoch:
        losses = result.history.get("reconstruction_loss", result.history["loss"])
        loss = losses[result.best_epoch - 1]
        scaler, table = training.table.scaler, table_of(estimator)
        warn_about_loss(preparation.choices, training.found, scaler, loss, table)
    return replace(preparation, network=None)


def set_fitted_attributes(estimator: Any, preparation: Preparation, result: TrainingResult) -> None:
    """Set the fitted attributes of an estimator."""
    estimator.scaler_ = preparation.features.table.scaler
    estimator.output_activation_ = preparation.output_activation
    estimator.bottleneck_ = preparation.bottleneck
    estimator.n_components_ = preparation.n_components
    put_network(estimator, result.network)
    placed_network(estimator)
    estimator.history_ = result.history
    estimator.n_epochs_ = len(result.history.get("loss", ()))
    estimator.best_epoch_ = result.best_epoch
    is_linear, is_guided = preparation.choices.starts_linear, preparation.target is not None
    linear = "principal covariates" if is_guided else "principal components"
    estimator.start_ = linear if is_linear else "random weights"
    estimator.trained_on_ = "features" if preparation.turned is None else "scores"
    estimator.start_loss_ = result.start_loss
    estimator._engine = None
    estimator._importance_sample = estimator._cell_model = None
    _forget_comparison(estimator)
    keep_parameters(estimator)
    if preparation.target is not None:
        estimator.target_, estimator.n_labeled_rows_ = preparation.target, preparation.n_labeled
    elif hasattr(estimator, "target_"):
        del estimator.target_
        vars(estimator).pop("n_labeled_rows_", None)


def _forget_comparison(estimator: Any) -> None:
    """Drop what `diabolo.evaluation` found of an earlier network beside linear methods."""
    vars(estimator).pop("comparison_", None)


def _sample_importance(estimator: Any, preparation: Preparation) -> None:
    """Keep what tells later which features matter; one row alone leaves the features' known spread."""
    earlier = getattr(estimator, "_importance_sample", None)
    sample = importance_sample(estimator.network_.network, preparation.features)
    if sample is not None and earlier is not None and len(preparation.training.chosen) == 1:
        sample = replace(sample, spread=earlier.spread)
    estimator._importance_sample = sample


def divergence_message(choices: Choices, divergence: Divergence) -> str:
    tries = [f"a lower {setting('learning_rate')} (now {choices.learning_rate:g})"]
    if not isinstance(choices.optimizer, str) or not isinstance(choices.learning_rate_schedule, str):
        tries = ["a lower rate of the optimizer or the schedule of your own"]
    if choices.max_gradient_norm is None:
        tries.append(setting("max_gradient_norm", 1.0))
    if choices.scale in (None, "common"):
        tries.append(setting("scale", "standard"))
    return (
        f"{choices.owner}: the loss became {divergence.loss} in epoch {divergence.epoch}, "
        f"batch {divergence.batch} of {divergence.n_batches}; try {', or '.join(tries)}. "
        "The parameters of the step before are kept."
    )


def pretrained(
    preparation: Preparation, stages: Stages | None = None
) -> tuple[Preparation, list[TrainingResult]]:
    """Train a network's layers one after the other, from the outermost pair inwards.

    Each pair of an encoder layer and its mirror image in the decoder learns to rebuild what the trained
    layers below it give for the clean rows, from a corrupted version of it where there is noise. The
    innermost pair has the network's own bottleneck and penalties.

    Parameters
    ----------
    preparation : Preparation
        Of the whole network, which is dense.
    stages : Stages, optional
        Where moments of it are kept.

    Returns
    -------
    preparation : Preparation
        With a network whose layers are trained.
    results : list of TrainingResult
        One a pair; the last may have diverged, or have been interrupted.

    References
    ----------
    G. E. Hinton and R. R. Salakhutdinov, Reducing the dimensionality of data with neural networks, Science
    313, 2006. P. Vincent et al., Stacked denoising autoencoders, JMLR 11, 2010, section 3.5.
    """
    choices, training, placement = preparation.choices, preparation.training, preparation.placement
    is_guided = preparation.target is not None
    network = preparation.network.network if is_guided else preparation.network
    settings = choices.training_settings(preparation.seed)
    settings = settings.but(max_epochs=int(choices.pretrain_epochs), early_stopping=False)
    without_targets = replace(training, table=replace(training.table, targets=None))
    source = without_targets.source(choices.batch_size, placement)
    depth = len(network.encoder)
    encoder, decoder = list(network.encoder), list(network.decoder)
    results: list[TrainingResult] = []
    for level in range(depth):
        is_code = level == depth - 1
        activation = choices.code_activation if is_code else choices.activation
        pair = DenseNetwork((encoder[level],), (decoder[depth - 1 - level],), choices.activation, activation)
        engine = Engine(
            pair,
            _of_pair(choices, preparation.objective, tuple(encoder[:level]), is_code),
            settings,
            placement,
            int(choices.n_components or 0),
        )
        with make_progress(choices.verbose, settings.max_epochs) as progress:
            stage = (stages or Stages()).stage(f"pair-{level}")
            result = fit(engine, source, None, progress, stage=stage)
        results.append(result)
        (encoder[level],), (decoder[depth - 1 - level],) = result.network.encoder, result.network.decoder
        if result.divergence is not None or result.interruption is not None:
            break
    network = replace(network, encoder=tuple(encoder), decoder=tuple(decoder))
    whole = replace(preparation.network, network=network) if is_guided else network
    return replace(preparation, network=whole), results


def _of_pair(choices: Choices, objective: Objective, below: tuple[Any, ...], is_code: bool) -> Objective:
    """Return what one pair minimizes."""
    changes: dict[str, Any] = {"supervision": None, "below": below, "below_activation": choices.activation}
    if below:
        changes["categories"] = None  # of the rows alone
    if not is_code:
        kept = {name: weight for name, weight in objective.penalties.items() if name == "weight_decay"}
        changes.update(bottleneck=Plain(), penalties=kept, own_penalty=None)
    if below:
        # What is rebuilt is a hidden layer: its activation is the output's.
        changes["output_activation"] = choices.activation
        is_of_rows = isinstance(objective.loss, OwnLoss)
        if is_of_rows or (objective.loss == "binary_cross_entropy" and choices.activation != "sigmoid"):
            changes.update(loss="squared_error", loss_settings={})
        corruption = objective.corruption
        changes["corruption"] = corruption and corruption.among_codes(choices.activation)
    return replace(objective, **changes)
