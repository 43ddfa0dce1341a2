"""What decides the compiled code of a step: how a network is packed, and how devices share the work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from jax.sharding import Mesh

from diabolo.core.wide_network import WideEnds, wide_ends
from diabolo.training.feature_shards import FeatureShard
from diabolo.training.own_optimizer import OwnOptimizer
from diabolo.training.packing import Layout, layout_of
from diabolo.training.placement import Placement
from diabolo.training.settings import TrainingSettings
from diabolo.training.step_numbers import StepNumbers

__all__ = ["Program", "program_of"]


@dataclass(frozen=True)
class Program:
    """What decides the compiled code, beside the shapes: hashable, so that fits share it.

    Parameters
    ----------
    layout : Layout
        How the network is packed.
    optimizer : str or OwnOptimizer
        A name in :data:`diabolo.training.optimizers.OPTIMIZERS`, or one of the user's own.
    scalars : tuple of str
        Names of the numbers that the optimizer and the objective are handed each step.
    clip : bool
        Whether the gradient's norm is limited.
    ends : WideEnds or None
        Set where the network's outermost layers are trained block by block.
    mesh : Mesh or None
        Set where the rows of a batch lie on several devices.
    batch_size : int
        Rows of a batch, where they lie there.
    shard : FeatureShard or None
        Set where the features of wide ends lie on several devices, and not the rows.
    precision : {None, "high", "fast"}, default None
        Of products of matrices.
    """

    layout: Layout
    optimizer: str | OwnOptimizer
    scalars: tuple[str, ...]
    clip: bool
    ends: WideEnds | None = None
    mesh: Mesh | None = None
    batch_size: int = 0
    shard: FeatureShard | None = None
    precision: str | None = None

    @property
    def wide_positions(self) -> frozenset[int]:
        """Which of the packed arrays are those of wide ends."""
        leaves = () if self.ends is None else self.ends.leaves
        return frozenset(self.layout.position_of(leaf) for leaf in leaves)

    def on_one_device(self) -> Program:
        """Return the program as one of several devices that share the features runs it."""
        assert self.ends is not None
        assert self.shard is not None
        n_own = self.shard.n_own
        ends = replace(self.ends, n_features=n_own, block=min(self.ends.block, n_own))
        return replace(self, ends=ends, mesh=None)


def program_of(
    network: Any, objective: Any, settings: TrainingSettings, placement: Placement, numbers: StepNumbers
) -> Program:
    """Settle the program of a fit.

    Parameters
    ----------
    network : Network
        What is trained.
    objective : Objective or EnsembleObjective
        What is minimized.
    settings : TrainingSettings
        How.
    placement : Placement
        Where.
    numbers : StepNumbers
        What each step is handed.

    Returns
    -------
    Program
    """
    clip, mesh, columns = settings.max_gradient_norm is not None, placement.mesh, placement.columns
    own = numbers.optimizer if isinstance(numbers.optimizer, OwnOptimizer) else None
    # An optimizer of the user's own may look at the whole gradient, as a limit of its norm does.
    ends = None if clip or own is not None else wide_ends(network, objective)
    layout = layout_of(network, () if ends is None or ends.last is None else (ends.last,))
    shard = None
    if ends is not None and mesh is not None and columns.count > 1:
        shard = FeatureShard(mesh.axis_names[0], ends.n_features, columns.each(ends.n_features))
    spread = 0 if mesh is None else settings.batch_size
    optimizer = settings.optimizer if own is None else own
    return Program(layout, optimizer, numbers.names, clip, ends, mesh, spread, shard, settings.precision)
