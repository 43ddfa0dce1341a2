"""How strongly a dense network's code answers to a change of what its first layer is given."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.supervision import GuidedNetwork
from diabolo.core.wide_network import InnerNetwork

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["sensitivity_matrix"]

_ROWS_AT_ONCE = 16


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

    total, _ = lax.scan(add, jnp.zeros((width, width), sums.dtype), (groups, is_row))
    return total / count
