"""Pretraining: a network's layers, trained one pair after the other."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from diabolo.core.bottlenecks import Plain
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective
from diabolo.core.own_loss import OwnLoss
from diabolo.estimators._callbacks import Following
from diabolo.estimators._choices import Choices
from diabolo.estimators._preparation import Preparation
from diabolo.training.engine import Engine
from diabolo.training.fitting import TrainingResult, fit
from diabolo.training.progress import make_progress
from diabolo.training.stages import Stages

__all__ = ["n_pairs", "pretrained"]


def n_pairs(preparation: Preparation) -> int:
    """Count the pairs of layers that are pretrained."""
    if preparation.choices.pretrain != "layerwise":
        return 0
    network = preparation.network if preparation.target is None else preparation.network.network
    return len(network.encoder)


def pretrained(
    preparation: Preparation, stages: Stages | None = None, told: Following | None = None
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
    told : Following, optional
        Who follows the fit.

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
        stage, name = (stages or Stages()).stage(f"pair-{level}"), f"pretraining of pair {level + 1}"
        with make_progress(choices.verbose, settings.max_epochs) as shown:
            following = (
                nullcontext(shown) if told is None else told.training(shown, name, settings.max_epochs)
            )
            with following as progress:
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
