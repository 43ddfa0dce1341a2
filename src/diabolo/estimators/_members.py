"""A detector's networks: made, trained, and asked for residuals and codes.

Several of one kind are trained on the same rows in one compiled program.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.ensembles import EnsembleObjective, stack_networks, unstack_network
from diabolo.core.linear_start import linear_start
from diabolo.core.randomness import random_for
from diabolo.detection.linear import LinearAutoencoder
from diabolo.errors import TrainingDivergedError
from diabolo.estimators._advice import ADVICE_OF_ROWS, advice_given
from diabolo.estimators._callbacks import Following
from diabolo.estimators._choices import Choices, checked_choices
from diabolo.estimators._memory import DEFAULT_BUFFER
from diabolo.estimators._networks import new_network
from diabolo.estimators._preparation import prepared, seed_of
from diabolo.estimators._sklearn import clone
from diabolo.estimators._tasks import jobs_at_once, tasks_done
from diabolo.estimators._training import divergence_message, set_fitted_attributes, train
from diabolo.estimators.autoencoder import Autoencoder
from diabolo.training.fitting import TrainingResult, fit
from diabolo.training.forked import computing
from diabolo.training.progress import Progress, make_progress
from diabolo.training.rows import RowsOnDevice
from diabolo.training.side_by_side import run_side_by_side
from diabolo.training.stages import MOST_COUNT, Stages
from diabolo.training.team_stages import team_stages

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["deep_autoencoder", "reconstructed", "residuals_and_codes", "train_members", "trained_members"]

_BATCH = 64
_STEPS, _EPOCHS = 4000, (20, 200)
_WIDTHS = (8, 64)
_SHARED = ("n_features_in_", "feature_names_in_")


@computing()
def train_members(
    members: Sequence[Any],
    X: Any,
    sample_weight: Float[np.ndarray, " rows"] | None,
    stages: Stages | None = None,
    told: Following | None = None,
) -> None:
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
    stages : Stages, optional
        Where moments of their training are kept.
    told : Following, optional
        Who follows it; the members have no callbacks of their own.

    Raises
    ------
    ParameterError, InputError, TrainingDivergedError, KeyboardInterrupt
        As ``fit``.
    """
    stages, told = team_stages(stages), told or Following(members[0], "fit")
    if len(members) == 1 or not _stackable(checked_choices(members[0])):
        if len(members) > 1 and jobs_at_once(None) > 1 and type(stages) is Stages and not told.follows:
            for number, fitted in tasks_done(_fitted, (X, sample_weight), members, quiet=ADVICE_OF_ROWS):
                vars(members[number]).update(vars(fitted))
            return
        if len(members) > 1:
            told.begin(len(members))
        for number, member in enumerate(members):
            own = told if len(members) == 1 else told.part(f"network {number + 1}")
            with advice_given(number > 0):
                train(member, X, None, sample_weight, None, None, stages.part(f"member-{number}"), own)
            if own is not told:
                own.end()
        return
    preparation = prepared(members[0], X, None, sample_weight, buffer_bytes=DEFAULT_BUFFER, stages=stages)
    choices, n_features = preparation.choices, preparation.training.table.rows.n_features
    networks = [preparation.network]
    networks += [new_network(choices, n_features, None, 0, seed_of(member)) for member in members[1:]]
    if (solution := preparation.solution) is not None:
        networks = [linear_start(network, solution, preparation.output_activation) for network in networks]
    source, measured = preparation.sources()
    # A small network computes on one thread, so that each processor can take a share of the members. A table
    # that is streamed has one reader.
    n_products = getattr(preparation.network, "n_products", 2**31)
    is_small = bool(preparation.placement.compiler_options(n_products)) and isinstance(source, RowsOnDevice)
    # Several devices work on one network at a time, or they would wait for each other.
    is_small = is_small and preparation.placement.mesh is None
    # A machine may have other processors when the fit goes on.
    n_processors = stages.decided(
        "processors",
        lambda: _processors() if is_small else 1,
        lambda found: type(found) is int and (found == 1 or (is_small and 1 <= found <= MOST_COUNT)),
    )
    shares = _shares(len(members), n_processors)

    told.begin(len(shares), int(choices.max_epochs), is_sequential=len(shares) == 1)

    def trained(share: slice, progress: Progress) -> TrainingResult:
        part = networks[share]
        together = EnsembleObjective(preparation.objective, len(part), share.start)
        engine = preparation.engine(stack_networks(part), together)
        stage = stages.stage(f"networks-{share.start}")
        name = f"networks {share.start + 1} to {share.stop}"
        with told.training(progress, name, int(choices.max_epochs), number=shares.index(share)) as followed:
            return fit(engine, source, measured, followed, stage=stage)

    with make_progress(choices.verbose, int(choices.max_epochs)) as progress:
        results = run_side_by_side(trained, shares, progress)
    for share, result in zip(shares, results, strict=True):
        for member, network in zip(
            members[share], unstack_network(result.network, len(members[share])), strict=True
        ):
            for name in _SHARED:
                if hasattr(members[0], name):
                    setattr(member, name, getattr(members[0], name))
            member.pretrain_history_ = []
            history = {name: list(column) for name, column in result.history.items()}
            set_fitted_attributes(member, preparation, replace(result, network=network, history=history))
    for result in results:
        if result.divergence is not None:
            raise TrainingDivergedError(divergence_message(choices, result.divergence))
    for result in results:
        if result.interruption is not None:
            raise result.interruption


def _fitted(shared: tuple[Any, Any], member: Any) -> Any:
    X, sample_weight = shared
    train(member, X, None, sample_weight, None, None, Stages())
    return member


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
        and not choices.may_choose_length  # each has a length of its own
        and choices.encoder is None
        and choices.pretrain is None
        and choices.max_gradient_norm is None
        and isinstance(choices.optimizer, str)
        and choices.optimizer != "adamw"
        and not choices.is_guided
        and choices.max_memory is None  # which counts one network
    )


def deep_autoencoder(n_rows: int, n_features: int) -> Autoencoder:
    """Make the autoencoder that ``"deep"`` stands for: of a size and a number of epochs that fit the table.

    Parameters
    ----------
    n_rows, n_features : int
        Of the rows to train on.

    Returns
    -------
    Autoencoder
        Unfitted. One hidden layer of twice the features, from 8 to 64; a code of their root; some 4,000
        steps. The detector puts the wider linear autoencoder beside it.
    """
    steps_an_epoch = -(-n_rows // _BATCH)
    return Autoencoder(
        max(round(math.sqrt(n_features)), 1),
        hidden_layer_sizes=(int(np.clip(2 * n_features, *_WIDTHS)),),
        activation="tanh",
        code_activation="linear",
        output_activation="linear",
        batch_size=_BATCH,
        max_epochs=int(np.clip(_STEPS // steps_an_epoch, *_EPOCHS)),
    )


def trained_members(
    autoencoder: Any,
    rows: Any,
    n_members: int,
    seed: int,
    missing: str,
    stages: Stages | None = None,
    max_memory: int | str | None = None,
    told: Following | None = None,
) -> list[Any]:
    """Train a detector's networks.

    Parameters
    ----------
    autoencoder : "deep" or estimator
        The kind.
    rows : array of shape (rows, features), or of images
        As the networks take them.
    n_members : int
        How many.
    seed : int
        Of their random numbers; each member gets its own.
    missing : {"error", "mean", "mask"}
        What becomes of missing cells.
    stages : Stages, optional
        Where moments of their training are kept.
    max_memory : int or str, optional
        What the process may take, where the kind says nothing of it.
    told : Following, optional
        Who follows their training.

    Returns
    -------
    list of fitted estimator
    """
    kind = deep_autoencoder(*rows.shape) if autoencoder == "deep" else autoencoder
    seeds = random_for(seed, "members").integers(2**31 - 1, size=n_members)
    more: dict[str, Any] = {} if missing == "error" else {"missing": missing}
    if kind.max_memory is None:
        more["max_memory"] = max_memory
    members = [clone(kind).set_params(random_state=int(own), **more) for own in seeds]
    train_members(members, rows, None, stages, told)
    return members


def residuals_and_codes(
    member: Any, rows: Any
) -> tuple[Float[np.ndarray, "rows features"], Float[np.ndarray, "rows components"]]:
    """Encode and decode rows.

    Parameters
    ----------
    member : LinearAutoencoder or fitted estimator
        One of :func:`trained_members`.
    rows : array of shape (rows, features), or of images
        As the networks take them.

    Returns
    -------
    residuals : array of shape (rows, features), float64
        Rows minus reconstructions; NaN where a cell is missing.
    codes : array of shape (rows, components), float64
        The codes.
    """
    if isinstance(member, LinearAutoencoder):
        return member.residuals_and_codes(np.asarray(rows, np.float64))
    codes = member.transform(rows)
    residuals = np.asarray(rows, np.float64).reshape(len(rows), -1) - _decoded(member, codes)
    return residuals, np.asarray(codes, np.float64)


def reconstructed(member: Any, rows: Any) -> Float[np.ndarray, "rows features"]:
    """Rebuild rows, laid out as a table, missing cells too; parameters as of :func:`residuals_and_codes`."""
    if isinstance(member, LinearAutoencoder):
        return member.reconstruct(np.asarray(rows, np.float64))
    return _decoded(member, member.transform(rows))


def _decoded(member: Any, codes: Any) -> Float[np.ndarray, "rows features"]:
    return np.asarray(member.inverse_transform(codes), np.float64).reshape(len(codes), -1)
