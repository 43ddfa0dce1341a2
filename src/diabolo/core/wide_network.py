"""The two ends of a network that is wide there: which arrays they are, and the network between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax

from diabolo.core.bottlenecks import TopK
from diabolo.core.layers import TiedDense
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective
from diabolo.core.supervision import GuidedNetwork

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["InnerNetwork", "WideEnds", "wide_ends"]

_LEAST_FEATURES = 2**14
_LEAST_CELLS = 2**21
_BLOCK_CELLS = 2**17


def _dense(network: Any) -> Any:
    return network.network if isinstance(network, GuidedNetwork) else network


@dataclass(frozen=True)
class WideEnds:
    """Where a wide network's outermost arrays stand among its leaves; hashable, for compiled functions.

    Parameters
    ----------
    first : int
        The first layer's matrix, of shape (features, width).
    last : int or None
        The last layer's, of shape (width, features); None where it is the first one's transposed.
    bias : int
        The last layer's bias.
    n_features : int
        Features.
    block : int
        How many of them are worked on at a time.
    """

    first: int
    last: int | None
    bias: int
    n_features: int
    block: int

    @property
    def leaves(self) -> tuple[int, ...]:
        """The positions of all of them."""
        return tuple(leaf for leaf in (self.first, self.last, self.bias) if leaf is not None)


def wide_ends(network: Any, objective: Any) -> WideEnds | None:
    """Find the wide ends of a network, where it has them and the objective lets them be worked on in blocks.

    Parameters
    ----------
    network : Network
        Arrays or shapes.
    objective : Objective or EnsembleObjective
        What is minimized. Terms that need a whole gradient or a whole matrix keep the network in one piece.

    Returns
    -------
    WideEnds or None
        None for a network that is not dense, or not wide: of fewer than 16,384 features or 2,097,152 numbers
        in its first matrix.
    """
    dense = _dense(network)
    if not isinstance(dense, DenseNetwork) or not isinstance(objective, Objective):
        return None
    in_pieces = not (
        objective.below
        or isinstance(objective.bottleneck, TopK)
        or {"weight_decay", "contractive"} & set(objective.penalties)
    )
    n_features, width = dense.encoder[0].weight.shape
    if not in_pieces or n_features < _LEAST_FEATURES or n_features * width < _LEAST_CELLS:
        return None
    leaves, structure = jax.tree.flatten(network)
    numbered = _dense(jax.tree.unflatten(structure, range(len(leaves))))
    last = numbered.decoder[-1]
    # Blocks of about half a megabyte stay in the processor's own cache from their gradient to their update.
    block = max(_BLOCK_CELLS // width // 64 * 64, 64)
    tied = isinstance(last, TiedDense)
    return WideEnds(
        numbered.encoder[0].weight,
        None if tied else last.weight,
        last.bias,
        n_features,
        min(block, n_features),
    )


@dataclass(frozen=True)
class InnerNetwork:
    """A wide network without its two ends: a network of what the first matrix gives.

    Parameters
    ----------
    network : DenseNetwork or GuidedNetwork
        Its outermost matrices are never touched.
    sums : array of shape (rows, width)
        What the first matrix gives for a batch.
    """

    network: Any
    sums: Any

    def encode(self, rows: Any) -> Float[jax.Array, "rows encoded"]:
        """Return what the bottleneck makes the code of."""
        return _dense(self.network).encode_sums(self.sums)

    def decode(self, code: Any) -> Float[jax.Array, "rows width"]:
        """Return what the last layer is given."""
        return _dense(self.network).decode_hidden(code)

    def predict(self, code: Any) -> Any:
        """Return what a guided network predicts."""
        return self.network.predict(code)
