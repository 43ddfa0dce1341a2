"""From an estimator's parameters and rows to a trained network on it, pretrained where that is asked."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from diabolo.cluster.team import current_team
from diabolo.errors import DiaboloWarning, ParameterError, TrainingDivergedError
from diabolo.estimators._advice import warn_about_loss, warn_of_interruption
from diabolo.estimators._callbacks import Following, without_followers
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._choices import Choices, keep_parameters
from diabolo.estimators._held_out import MOST_REPEATED
from diabolo.estimators._importance import importance_sample
from diabolo.estimators._networks import placed_network, put_network
from diabolo.estimators._preparation import Preparation, prepared
from diabolo.estimators._pretraining import n_pairs, pretrained
from diabolo.estimators._targets import are_the_rows
from diabolo.messages import setting, warn_caller
from diabolo.training.engine import Engine
from diabolo.training.fitting import TrainingResult, fit
from diabolo.training.folds import SLOW_SHARE, Fold, choose_length
from diabolo.training.forked import computing
from diabolo.training.history import Divergence, History, record
from diabolo.training.process_memory import LARGE_BYTES, give_back_memory
from diabolo.training.progress import Progress, make_progress
from diabolo.training.stages import Stages
from diabolo.training.team_stages import team_stages

# Steps between two looks at the rows that say how long to train.
_LEAST_STEPS = 200

__all__ = ["continue_training", "train"]


@computing()
def train(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    X_validation: Any,
    y_validation: Any,
    stages: Stages | None = None,
    told: Following | None = None,
) -> Preparation:
    """Fit: check, split, scale, train, and leave the fitted attributes on the estimator.

    Whoever follows the fit, or a part of another one, is told of its trainings.

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
        given = (X, y, sample_weight, X_validation, y_validation)
        told = told or Following(estimator, "fit", X, y, sample_weight)
        return _train(estimator, given, team_stages(stages), told)


def _train(estimator: Any, given: tuple[Any, ...], stages: Stages, told: Following) -> Preparation:
    preparation = prepared(estimator, *given, stages=stages)
    choices, n_labeled, n_rows = preparation.choices, preparation.n_labeled, _n_rows(preparation)
    if choices.verbose and n_labeled is not None and n_labeled < n_rows:
        print(f"labeled: {n_labeled:,} of {n_rows:,} rows", flush=True)
    estimator.pretrain_history_ = []
    is_again = len(preparation.folds) > 0 and n_rows <= MOST_REPEATED
    n_trainings = 1 + is_again + n_pairs(preparation)
    told.begin(n_trainings, int(choices.max_epochs))
    if choices.pretrain == "layerwise":
        preparation, results = pretrained(preparation, stages, told)
        estimator.pretrain_history_ = [result.history for result in results]
        if results[-1].divergence is not None or results[-1].interruption is not None:
            _finish(estimator, preparation, replace(results[-1], network=preparation.network))
        del results  # and their networks
    chooses_length = preparation.chooses_length
    started = [preparation]
    del preparation  # who trains it lets its network go, of which a wide one's engine has a copy
    if chooses_length:
        preparation = _finish(estimator, *_of_chosen_length(estimator, given, started.pop(), stages, told))
    else:
        progress = make_progress(choices.verbose, int(choices.max_epochs))
        following = _Followed(estimator, told, "whole network")
        preparation = _finish(estimator, *_trained(started.pop(), progress, stages, following))
    estimator._rebuilds_target = are_the_rows(given[0], given[1])
    if 4 * max(n_rows * preparation.features.table.n_columns, estimator.n_parameters_) >= LARGE_BYTES:
        give_back_memory()
    return preparation


class _Followed(NamedTuple):
    """Who follows the training of an estimator's network.

    Parameters
    ----------
    estimator : estimator
        Whose network it is.
    told : Following
        Who follows its fit.
    name : str
        Of the training.
    """

    estimator: Any
    told: Following
    name: str

    def training(
        self, progress: Progress, max_epochs: int, engine: Engine, preparation: Preparation
    ) -> AbstractContextManager[Progress]:
        """Give whom to tell of its epochs."""
        # A detector's networks become a whole at the end of its fit.
        is_own = self.told.estimator is self.estimator
        so_far = partial(_so_far, self.estimator, engine, preparation) if is_own else None
        return self.told.training(progress, self.name, max_epochs, so_far)


def _so_far(estimator: Any, engine: Engine, preparation: Preparation, history: History) -> Any:
    """Make a copy of an estimator, fitted as far as its network is trained."""
    network = _in_features(preparation, engine.network(copy=True))
    n_epochs = len(history.get("loss", ()))
    fitted = without_followers(estimator)
    set_fitted_attributes(fitted, preparation, TrainingResult(network, history, n_epochs))
    _sample_importance(fitted, preparation)
    return fitted


def _trained(
    preparation: Preparation,
    progress: Progress,
    stages: Stages,
    following: _Followed,
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

    most = int(preparation.choices.max_epochs) if n_epochs is None else n_epochs + n_slow_epochs
    with progress, following.training(progress, most, engine, preparation) as progress:
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
        is_over = result.divergence is not None or result.interruption is not None or result.is_stopped
        if n_slow_epochs and not is_over:
            engine.rate_share = SLOW_SHARE
            stage = stages.stage("network-slow")
            result = fit(
                engine, source, measured, progress, n_epochs=n_slow_epochs, stage=stage, let_go=let_go
            )
    # The optimizer's arrays and the buffers are gone before anything else is read.
    return preparation, result


def _of_chosen_length(
    estimator: Any, given: tuple[Any, ...], first: Preparation, stages: Stages, told: Following
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
    following = _Followed(estimator, told, "choice of the length")
    with (
        make_progress(choices.verbose, int(choices.max_epochs)) as shown,
        following.training(shown, int(choices.max_epochs), folds[0].engine, first) as progress,
    ):
        length = choose_length(folds, stretch, progress, stage)
    network = folds[0].engine.network(copy=False)
    found = TrainingResult(
        network, length.history, length.best_epoch, length.divergence, length.start_loss, length.interruption
    )
    is_kept = not length.gain.is_significant
    is_ended = length.interruption is not None or length.is_stopped
    if is_ended or (length.divergence is not None and is_kept):
        return first, found
    found = replace(found, divergence=None)
    n_rows = _n_rows(first)
    if not is_kept and (not first.folds or n_rows > MOST_REPEATED):
        return first, found
    found = replace(found, network=None)
    del folds, source, measured, network, progress  # the rows, and the optimizers' arrays
    whole = prepared(estimator, *given, again=first)
    if is_kept:
        return whole, replace(found, network=whole.network, best_epoch=0)
    same_steps = _steps_an_epoch(first) / _steps_an_epoch(whole)
    n_epochs, n_slow_epochs = (round(n * same_steps) for n in (length.n_epochs, length.n_slow_epochs))
    started = [whole]
    del whole
    following = _Followed(estimator, told, "all rows")
    whole, final = _trained(started.pop(), Progress(), stages, following, max(n_epochs, 1), n_slow_epochs)
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
    told = Following(estimator, "partial_fit", X, y, sample_weight)
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
    told.begin(1, 1)
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
    n_epochs = estimator.n_epochs_ + 1
    with told.training(Progress(), "", n_epochs, lambda _: without_followers(estimator)) as progress:
        progress.begins()
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
        progress.epoch(report)  # whose wish to end is met already
    told.end(lambda: estimator)


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
    result = replace(result, network=_in_features(preparation, result.network))
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


def _in_features(preparation: Preparation, network: Any) -> Any:
    """Turn a network of a table's scores into one of its features."""
    if (turned := preparation.turned) is None:
        return network
    return preparation.placement.put_result(turned.in_features(network, preparation.beyond))


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
