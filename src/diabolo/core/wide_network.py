"""The two ends of a network that is wide there, the network between them, and how strongly that answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.bottlenecks import Bottleneck, TopK
from diabolo.core.layers import TiedDense
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective
from diabolo.core.own_loss import OwnLoss
from diabolo.core.precision import multiplied_in
from diabolo.core.supervision import GuidedNetwork

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["InnerNetwork", "WideEnds", "sensitivity_matrix", "wide_ends"]


_LEAST_FEATURES = 2**14
_LEAST_CELLS = 2**21
_BLOCK_CELLS = 2**17
# Of which derivatives are taken together.
_ROWS_AT_ONCE = 16


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
        in its first matrix; and for a loss of the user's own that is not one of each feature by itself.
    """
    dense = _dense(network)
    if not isinstance(dense, DenseNetwork) or not isinstance(objective, Objective):
        return None
    in_pieces = not (
        objective.below
        or objective.categories is not None
        or isinstance(objective.bottleneck, TopK)
        or {"weight_decay", "contractive"} & set(objective.penalties)
        or (objective.own_penalty is not None and objective.own_penalty.takes_network)
    )
    n_features, width = dense.encoder[0].weight.shape
    if not in_pieces or n_features < _LEAST_FEATURES or n_features * width < _LEAST_CELLS:
        return None
    if isinstance(objective.loss, OwnLoss) and not objective.loss.is_by_feature(n_features):
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


@partial(jax.jit, static_argnames="of_classes")
def sensitivity_matrix(
    network: Any,
    sums: Float[jax.Array, "rows width"],
    bottleneck: Bottleneck,
    of_classes: bool = False,
) -> Float[jax.Array, "width width"]:
    """Average over rows the squared derivatives of the answer by the first layer's sums.

    With ``A`` the Jacobian of a row's answer, (answers, width), it is the mean of ``A.T @ A``. A feature
    whose weights in the first layer are ``w`` changes the answer by ``sqrt(w @ M @ w)`` per unit, a root mean
    square over the rows. The answer is what a guided network predicts, and the code of any other.

    Parameters
    ----------
    network : DenseNetwork, or GuidedNetwork of one
        Its first matrix is not touched.
    sums : array of shape (rows, width)
        What the first matrix gives for rows, before the bias.
    bottleneck : Bottleneck
        Forms the code.
    of_classes : bool, default False
        Whether a guided network predicts classes: logits count as they differ from their mean then, since a
        number added to all of them changes no prediction.

    Returns
    -------
    array of shape (width, width)
        Symmetric, and no eigenvalue is negative but by rounding.

    References
    ----------
    S. Rifai et al., Contractive auto-encoders, ICML 2011: the Frobenius norm of the code's Jacobian, here by
    features.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from diabolo.core.bottlenecks import Plain
    >>> from diabolo.core.layers import Dense
    >>> from diabolo.core.networks import DenseNetwork
    >>> layers = Dense(jnp.ones((5, 1)), jnp.zeros(1)), Dense(jnp.full((1, 1), 3.0), jnp.zeros(1))
    >>> network = DenseNetwork(layers, (), "linear", "linear")
    >>> sensitivity_matrix(network, jnp.ones((4, 1)), Plain()).tolist()
    [[9.0]]
    """

    def answer(one: Any) -> Any:
        inside = InnerNetwork(network, one[None])
        code = bottleneck.code(inside.encode(one))
        if not isinstance(network, GuidedNetwork):
            return code[0]
        predicted = inside.predict(code)[0]
        return predicted - jnp.mean(predicted) if of_classes else predicted

    def squared(one: Any) -> Any:
        jacobian = jax.jacrev(answer)(one)
        return jacobian.T @ jacobian

    count, width = sums.shape
    padded = -(-count // _ROWS_AT_ONCE) * _ROWS_AT_ONCE
    groups = jnp.pad(sums, ((0, padded - count), (0, 0))).reshape(-1, _ROWS_AT_ONCE, width)
    is_row = (jnp.arange(padded) < count).astype(sums.dtype).reshape(-1, _ROWS_AT_ONCE)

    def add(total: Any, group: Any) -> Any:
        rows, counts = group
        return total + jnp.einsum("r,rij->ij", counts, jax.vmap(squared)(rows)), None

    with multiplied_in(None):
        total, _ = lax.scan(add, jnp.zeros((width, width), sums.dtype), (groups, is_row))
    return total / count
