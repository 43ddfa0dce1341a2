"""Several estimators of one kind, trained on the same rows in one compiled program."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.ensembles import EnsembleObjective, stack_networks, unstack_network
from diabolo.errors import TrainingDivergedError
from diabolo.estimators._checked_rows import check_rows, check_weights
from diabolo.estimators._choices import Choices
from diabolo.estimators._combinations import checked_choices
from diabolo.estimators._networks import new_network
from diabolo.estimators._objectives import new_objective
from diabolo.estimators._training import (
    check_range,
    divergence_message,
    new_model,
    seed_of,
    set_fitted_attributes,
    split,
    train,
)
from diabolo.training.engine import Engine, TrainingResult
from diabolo.training.placement import choose_placement
from diabolo.training.progress import Progress, make_progress
from diabolo.training.rows import RowsOnDevice
from diabolo.training.side_by_side import run_side_by_side

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["train_members"]

_SHARED = ("n_features_in_", "feature_names_in_")


def train_members(members: Sequence[Any], X: Any, sample_weight: Float[np.ndarray, " rows"] | None) -> None:
    """Fit estimators that differ in nothing but ``random_state``; each is left fitted.

    Dense networks are trained side by side: they see the same batches, through noise of their own. Others,
    and those whose training couples all numbers of a network, are trained one after the other.

    Parameters
    ----------
    members : sequence of estimator
        Unfitted, at least one; whole numbers as ``random_state``.
    X : array-like of shape (rows, features)
        Rows to train on.
    sample_weight : array of shape (rows,) or None
        How much each counts.

    Raises
    ------
    ParameterError, InputError, TrainingDivergedError
        As ``fit``.
    """
    first = members[0]
    choices = checked_choices(first)
    if len(members) == 1 or not _stackable(choices):
        for member in members:
            train(member, X, None, sample_weight, None, None)
        return
    rows = check_rows(first, X, reset=True, least=2)
    weights = check_weights(choices.owner, sample_weight, len(rows))
    seed = seed_of(first)
    training, validation = split(choices, len(rows), None, seed)
    if weights is not None:
        training = training[weights[training] > 0]
    model, table = new_model(first, choices, rows, None, training, weights, seed)
    check_range(choices, table, training)
    networks = [model.network]
    networks += [new_network(choices, rows.n_features, None, 0, seed_of(member)) for member in members[1:]]
    placement = choose_placement(choices.device)
    objective = new_objective(
        choices, model.output_activation, model.bottleneck, table, training, None, weights
    )
    source = table.source(training, weights, choices.batch_size, placement)
    measured = source.others(validation, weights) if len(validation) else None
    # A small network computes on one thread, so that each processor can take a share of the members. A table
    # that is streamed has one reader.
    n_products = getattr(model.network, "n_products", 2**31)
    is_small = bool(placement.compiler_options(n_products)) and isinstance(source, RowsOnDevice)
    shares = _shares(len(members), _processors() if is_small else 1)

    def trained(share: slice, progress: Progress) -> TrainingResult:
        part = networks[share]
        engine = Engine(
            stack_networks(part),
            EnsembleObjective(objective, len(part), share.start),
            choices.training_settings(seed),
            placement,
            model.n_components,
        )
        return engine.fit(source, measured, progress)

    with make_progress(choices.verbose, choices.max_epochs) as progress:
        results = run_side_by_side(trained, shares, progress)
    for share, result in zip(shares, results, strict=True):
        for member, network in zip(
            members[share], unstack_network(result.network, len(members[share])), strict=True
        ):
            for name in _SHARED:
                if hasattr(first, name):
                    setattr(member, name, getattr(first, name))
            member.pretrain_history_ = []
            history = {name: list(column) for name, column in result.history.items()}
            set_fitted_attributes(member, model, replace(result, network=network, history=history))
    for result in results:
        if result.divergence is not None:
            raise TrainingDivergedError(divergence_message(choices, result.divergence))


def _processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shares(n_members: int, n_processors: int) -> list[slice]:
    """Split members into shares of one size as far as it goes, one a processor, none of a single member."""
    n_shares = max(min(n_processors, n_members // 2), 1)
    edges = [n_members * share // n_shares for share in range(n_shares + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _stackable(choices: Choices) -> bool:
    """Whether members may share steps: one must treat every number of a network alike, wherever it stands."""
    return (
        choices.network == "dense"
        and choices.encoder is None
        and choices.pretrain is None
        and choices.max_gradient_norm is None
        and choices.optimizer != "adamw"
        and not choices.is_guided
        and choices.max_memory is None  # which counts one network
    )
