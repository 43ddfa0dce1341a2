"""Bottlenecks: how the code is formed from what the encoder gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.randomness import draw_normal

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Bool, Float, UInt32

    Codes = Float[Array, "rows components"]
    Key = UInt32[Array, " 2"]

__all__ = ["Bottleneck", "Gaussian", "Plain", "TopK", "kept_largest"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Plain:
    """The code is what the encoder gives.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> Plain().code(jnp.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0]]
    """

    width_factor = 1

    def code(self, encoded: Codes) -> Codes:
        """Return the code."""
        return encoded

    def draw(self, encoded: Codes, key: Key) -> Codes:
        """Return the code that the decoder sees in training."""
        return encoded


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TopK:
    """Of each row's code only the k largest numbers are kept; the others are 0.

    A unit that is never among the largest gets no gradient and stays out for ever. The remedy: an auxiliary
    loss, small in weight, rebuilds the row with the help of units that have been out for ``dead_after``
    steps.

    Parameters
    ----------
    k : int, at least 1
        Numbers kept, of equal ones the first.
    auxiliary_k : int, at least 1
        How many of the dead units, those with the largest numbers, take part in the auxiliary loss.
    auxiliary_weight : scalar, at least 0
        Of the auxiliary loss.
    dead_after : scalar
        Steps in a row without being kept after which a unit counts as dead.

    References
    ----------
    A. Makhzani and B. Frey, k-sparse autoencoders, ICLR 2014. L. Gao et al., Scaling and evaluating sparse
    autoencoders, ICLR 2025, appendix A.2 (the auxiliary loss).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> TopK(2).code(jnp.array([[0.5, -1.0, 3.0, 2.0]])).tolist()
    [[0.0, 0.0, 3.0, 2.0]]
    """

    k: int = field(metadata={"static": True})
    auxiliary_k: int = field(default=1, metadata={"static": True})
    auxiliary_weight: Any = 0.0
    dead_after: Any = 0.0

    width_factor = 1

    def code(self, encoded: Codes) -> Codes:
        """Return the code, k numbers a row kept."""
        return jnp.where(kept_largest(encoded, self.k), encoded, 0.0)

    def draw(self, encoded: Codes, key: Key) -> Codes:
        """Return the code that the decoder sees in training: the same."""
        return self.code(encoded)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Gaussian:
    """The code is drawn from a normal distribution whose mean and log-variance the encoder gives.

    ``code = mean + exp(log_variance / 2) * epsilon`` with epsilon standard normal, so that gradients reach
    both. Outside of training the code is the mean.

    Parameters
    ----------
    beta : scalar, at least 0
        Weight of the divergence from the prior; 1 for the variational bound.

    References
    ----------
    D. P. Kingma and M. Welling, Auto-encoding variational Bayes, ICLR 2014. I. Higgins et al., beta-VAE, ICLR
    2017.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> Gaussian(1.0).code(jnp.array([[1.0, 2.0, -9.0, 9.0]])).tolist()
    [[1.0, 2.0]]
    """

    beta: Any = 1.0

    width_factor = 2

    def code(self, encoded: Float[Array, "rows twice_components"]) -> Codes:
        """Return the mean."""
        return encoded[:, : encoded.shape[1] // 2]

    def log_variance(self, encoded: Float[Array, "rows twice_components"]) -> Codes:
        """Return the logarithm of the variance."""
        return encoded[:, encoded.shape[1] // 2 :]

    def draw(self, encoded: Float[Array, "rows twice_components"], key: Key) -> Codes:
        """Return a draw from the code's distribution."""
        mean = self.code(encoded)
        epsilon = draw_normal(key, mean.shape).astype(mean.dtype)
        return mean + jnp.exp(0.5 * self.log_variance(encoded)) * epsilon


Bottleneck = Plain | TopK | Gaussian
"""Any of them."""


def kept_largest(values: Codes, k: int) -> Bool[Array, "rows components"]:
    """Mark each row's k largest numbers, of equal ones the first, exactly k of them.

    Parameters
    ----------
    values : array of shape (rows, components)
        Any numbers.
    k : int, from 1 to components
        How many to mark.

    Returns
    -------
    boolean array of shape (rows, components)
        Gradients do not pass.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> kept_largest(jnp.array([[1.0, 1.0, 0.0, 1.0]]), 2).tolist()
    [[True, True, False, False]]
    """
    values = lax.stop_gradient(values)
    least_kept = lax.top_k(values, k)[0][:, -1:]
    above, equal = values > least_kept, values == least_kept
    room = k - jnp.sum(above, axis=1, keepdims=True)
    return above | (equal & (jnp.cumsum(equal, axis=1) <= room))
