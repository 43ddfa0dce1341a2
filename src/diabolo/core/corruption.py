"""Corruption: what is done to a row before the encoder sees it in training; the clean row is the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from diabolo.core.draws import draw_bits, draw_normal, draw_uniform, fold_in

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["Corruption", "GaussianNoise", "MaskingNoise", "SaltAndPepperNoise"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class GaussianNoise:
    """Add a normal number to every cell, then cut the result to a range.

    Parameters
    ----------
    standard_deviation : scalar, at least 0
        Of the numbers added, in scaled units.
    low, high : scalar
        The range; minus and plus infinity leave the result uncut.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders, JMLR 11, 2010, section 3.3.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> noisy = GaussianNoise(1.0, 0.0, 1.0)(jnp.zeros((2, 3)), jnp.array([1, 2], jnp.uint32))
    >>> bool((noisy >= 0).all())
    True
    """

    standard_deviation: Any
    low: Any
    high: Any

    def __call__(
        self, rows: Float[Array, "rows features"], key: UInt32[Array, " 2"]
    ) -> Float[Array, "rows features"]:
        """Return noisy rows."""
        noisy = rows + self.standard_deviation * draw_normal(key, rows.shape).astype(rows.dtype)
        return jnp.clip(noisy, self.low, self.high)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MaskingNoise:
    """Replace a share of the cells, chosen at random, by what says nothing of the row.

    Parameters
    ----------
    fraction : scalar from 0 to 1
        The probability of each cell to be replaced.
    fill : scalar or array of shape (features,)
        What stands in its place: 0, or each column's mean.

    References
    ----------
    P. Vincent et al., Extracting and composing robust features with denoising autoencoders, ICML 2008.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> MaskingNoise(1.0, 0.5)(jnp.zeros((1, 2)), jnp.array([1, 2], jnp.uint32)).tolist()
    [[0.5, 0.5]]
    """

    fraction: Any
    fill: Any

    def __call__(
        self, rows: Float[Array, "rows features"], key: UInt32[Array, " 2"]
    ) -> Float[Array, "rows features"]:
        """Return rows with cells replaced."""
        masked = draw_uniform(key, rows.shape) < self.fraction
        return jnp.where(masked, jnp.asarray(self.fill, rows.dtype), rows)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SaltAndPepperNoise:
    """Set a share of the cells, chosen at random, to the least or to the greatest value there is.

    Parameters
    ----------
    fraction : scalar from 0 to 1
        The probability of each cell to be set.
    low, high : scalar
        Pepper and salt, equally probable.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders, JMLR 11, 2010, section 3.3.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> noisy = SaltAndPepperNoise(1.0, 0.0, 1.0)(jnp.full((4, 5), 0.5), jnp.array([1, 2], jnp.uint32))
    >>> sorted(set(noisy.ravel().tolist()))
    [0.0, 1.0]
    """

    fraction: Any
    low: Any
    high: Any

    def __call__(
        self, rows: Float[Array, "rows features"], key: UInt32[Array, " 2"]
    ) -> Float[Array, "rows features"]:
        """Return rows with salt and pepper."""
        is_set = draw_uniform(key, rows.shape) < self.fraction
        is_salt = draw_bits(fold_in(key, 1), rows.shape) >= jnp.uint32(2**31)
        ends = jnp.where(is_salt, jnp.asarray(self.high, rows.dtype), jnp.asarray(self.low, rows.dtype))
        return jnp.where(is_set, ends, rows)


Corruption = GaussianNoise | MaskingNoise | SaltAndPepperNoise
"""Any of them: a function of rows and a key."""
