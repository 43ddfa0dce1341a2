"""Penalties: what is charged beside the loss, each a pure function and a scalar before its weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.layers import activate
from diabolo.core.precision import weighted_sum

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = [
    "OWN_PENALTY",
    "PENALTIES",
    "contractive",
    "contractive_of_one_layer",
    "kl_sparsity",
    "kl_to_prior",
    "l1_sparsity",
    "unit_activation",
    "weight_decay",
]

# A unit that is off, or on, for a whole batch must cost much, not infinitely much.
_LEAST_ACTIVATION = 1e-6


def weight_decay(network: Any) -> Float[Array, ""]:
    """Half the sum of the squares of all matrices and kernels; biases are free.

    Parameters
    ----------
    network : pytree
        Arrays of two dimensions or more are matrices; a tied matrix is there once and counts once.

    Returns
    -------
    scalar

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(weight_decay({"weight": jnp.ones((2, 3)), "bias": jnp.ones(3)}))
    3.0
    """
    matrices = [leaf for leaf in jax.tree.leaves(network) if leaf.ndim >= 2]
    return 0.5 * sum((jnp.sum(matrix * matrix) for matrix in matrices), start=jnp.zeros(()))


def l1_sparsity(code: Float[Array, "rows components"], weights: Float[Array, " rows"]) -> Float[Array, ""]:
    """Sum over the code's units of the absolute activation, averaged over rows.

    Parameters
    ----------
    code : array of shape (rows, components)
        A batch's codes.
    weights : array of shape (rows,)
        Each row's share in the mean.

    Returns
    -------
    scalar

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(l1_sparsity(jnp.array([[1.0, -2.0]]), jnp.array([1.0])))
    3.0
    """
    # max(c, -c) is |c| with derivative 0 at 0, where JAX's |c| has 1.
    return weighted_sum(weights, jnp.sum(lax.max(code, -code), axis=1))


def unit_activation(
    code: Float[Array, "rows components"], code_activation: str
) -> Float[Array, "rows components"]:
    """Map a code into the interval from 0 to 1, where an activation's mean is a probability.

    Parameters
    ----------
    code : array of shape (rows, components)
        A batch's codes.
    code_activation : {"sigmoid", "tanh"}
        A sigmoid's code is there already; a hyperbolic tangent's is mapped by (1 + code) / 2.

    Returns
    -------
    array of shape (rows, components)

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> unit_activation(jnp.array([[-1.0, 0.0]]), "tanh").tolist()
    [[0.0, 0.5]]
    """
    return 0.5 * (1.0 + code) if code_activation == "tanh" else code


def kl_sparsity(mean_activation: Float[Array, " components"], target: Any) -> Float[Array, ""]:
    """Sum over the code's units of the divergence of the wished from the mean activation, in nats.

    ``sum_j rho log(rho / m_j) + (1 - rho) log((1 - rho) / (1 - m_j))`` with m_j the mean activation of unit
    j.

    Parameters
    ----------
    mean_activation : array of shape (components,)
        Means over rows of activations between 0 and 1.
    target : scalar between 0 and 1
        rho, the wished mean activation.

    Returns
    -------
    scalar

    References
    ----------
    A. Ng, Sparse autoencoder, CS294A lecture notes, Stanford, 2011.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(kl_sparsity(jnp.array([0.1, 0.1]), 0.1))
    0.0
    """
    within = jnp.clip(mean_activation, _LEAST_ACTIVATION, 1.0 - _LEAST_ACTIVATION)
    # The value is that of the bound; the gradient still reaches a unit beyond it, or it would stay there.
    mean = mean_activation + lax.stop_gradient(within - mean_activation)
    on = target * jnp.log(target / mean)
    off = (1.0 - target) * jnp.log((1.0 - target) / (1.0 - mean))
    return jnp.sum(on + off)


def contractive(
    encode: Callable[[Any], Any], rows: Float[Array, "rows features"], weights: Float[Array, " rows"]
) -> Float[Array, ""]:
    """Squared Frobenius norm of the code's Jacobian, averaged over rows, by one product a component.

    Parameters
    ----------
    encode : callable
        From rows to codes, each row by itself.
    rows : array of shape (rows, features)
        Where the Jacobian is taken.
    weights : array of shape (rows,)
        Each row's share in the mean.

    Returns
    -------
    scalar

    References
    ----------
    S. Rifai et al., Contractive auto-encoders, ICML 2011.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> matrix = jnp.array([[1.0, 2.0], [3.0, 4.0]])
    >>> float(contractive(lambda rows: rows @ matrix, jnp.zeros((1, 2)), jnp.ones(1)))
    30.0
    """
    code, pull_back = jax.vjp(encode, rows)

    def squared_gradient(component: Any) -> Float[Array, ""]:
        unit = jnp.zeros_like(code).at[:, component].set(1.0)
        (gradient,) = pull_back(unit)
        return weighted_sum(weights, jnp.sum(gradient * gradient, axis=1))

    # One component after the other: all at once would take as many copies of the batch's activations.
    norms = lax.map(jax.checkpoint(squared_gradient), jnp.arange(code.shape[1]), batch_size=8)
    return jnp.sum(norms)


def contractive_of_one_layer(
    weight: Float[Array, "features outputs"],
    sums: Float[Array, "rows outputs"],
    code_of: Callable[[Any], Any],
    weights: Float[Array, " rows"],
) -> Float[Array, ""]:
    """Squared Frobenius norm of the code's Jacobian where the encoder is one layer, in closed form.

    ``sum_j f'(z_j)^2 sum_i W_ij^2``, f acting on each weighted sum by itself; for the sigmoid f' = f (1 - f),
    for the hyperbolic tangent 1 - f^2.

    Parameters
    ----------
    weight : array of shape (features, outputs)
        The layer's matrix.
    sums : array of shape (rows, outputs)
        A batch's weighted sums, before the activation.
    code_of : callable
        From weighted sums to the code, which may be narrower: its units are the first of the layer's.
    weights : array of shape (rows,)
        Each row's share in the mean.

    Returns
    -------
    scalar

    References
    ----------
    S. Rifai et al., Contractive auto-encoders, ICML 2011, section 5.3.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> float(contractive_of_one_layer(jnp.full((3, 1), 4.0), jnp.zeros((1, 1)), jax.nn.sigmoid, jnp.ones(1)))
    3.0
    """
    _, slope = jax.jvp(code_of, (sums,), (jnp.ones_like(sums),))
    lengths = jnp.sum(weight * weight, axis=0)[: slope.shape[1]]
    return weighted_sum(weights, (slope * slope) @ lengths)


def kl_to_prior(
    mean: Float[Array, "rows components"],
    log_variance: Float[Array, "rows components"],
    weights: Float[Array, " rows"],
) -> Float[Array, ""]:
    """Divergence of the code's normal distribution from the standard normal, in nats, averaged over rows.

    ``sum_j (exp(v_j) + m_j^2 - 1 - v_j) / 2`` with mean m and log-variance v.

    Parameters
    ----------
    mean, log_variance : arrays of shape (rows, components)
        Of a batch's codes.
    weights : array of shape (rows,)
        Each row's share in the mean.

    Returns
    -------
    scalar

    References
    ----------
    D. P. Kingma and M. Welling, Auto-encoding variational Bayes, ICLR 2014, appendix B.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(kl_to_prior(jnp.array([[2.0]]), jnp.array([[0.0]]), jnp.ones(1)))
    2.0
    """
    return weighted_sum(
        weights, 0.5 * jnp.sum(jnp.exp(log_variance) + mean * mean - 1.0 - log_variance, axis=1)
    )


def _contractive(objective: Any, network: Any, batch: Any, memory: Any, after: Any) -> Float[Array, ""]:
    code = objective.bottleneck.code
    layer = getattr(network, "only_layer", None)
    if layer is None:
        return contractive(lambda rows: code(network.encode(rows)), batch.seen, batch.weights)
    return contractive_of_one_layer(
        layer.weight,
        batch.seen @ layer.weight + layer.bias,
        lambda sums: code(activate(objective.code_activation, sums)),
        batch.weights,
    )


PENALTIES: dict[str, Callable[[Any, Any, Any, Any, Any], Any]] = {
    "weight_decay": lambda objective, network, batch, memory, after: weight_decay(network),
    "l1_sparsity": lambda objective, network, batch, memory, after: l1_sparsity(batch.code, batch.weights),
    "kl_sparsity": lambda objective, network, batch, memory, after: kl_sparsity(
        objective.mean_activation(batch, memory, after), objective.sparsity_target
    ),
    "contractive": _contractive,
}
"""Name to penalty: of an objective, a network, a batch, what was remembered, and what is to be."""

OWN_PENALTY = "own_penalty"
"""The name of what the user's own function charges."""
