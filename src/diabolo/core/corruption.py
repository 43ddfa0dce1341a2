"""Corruption: what is done to a row before the encoder sees it in training; the clean row is the target."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from diabolo.core.randomness import draw_bits, draw_normal, draw_uniform, fold_in

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

    Rows = Float[Array, "rows features"]
    Key = UInt32[Array, " 2"]

__all__ = [
    "CORRUPTIONS",
    "Corruption",
    "GaussianNoise",
    "MaskingNoise",
    "SaltAndPepperNoise",
    "corruption_of",
]


class _OfData(NamedTuple):
    """What a corruption may ask of the rows, each found where it is asked for."""

    cell_range: Callable[[], tuple[float, float]]
    column_means: Callable[[], Any]

    def ends(self, ends: Any) -> tuple[float, float]:
        """Return the ends of a range that was given as None, "data" or itself."""
        if ends is None:
            return -math.inf, math.inf
        low, high = self.cell_range() if isinstance(ends, str) else ends
        return low, high


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

    def __call__(self, rows: Rows, key: Key) -> Rows:
        """Return noisy rows."""
        noisy = rows + self.standard_deviation * draw_normal(key, rows.shape).astype(rows.dtype)
        return jnp.clip(noisy, self.low, self.high)

    @classmethod
    def made(cls, settings: Mapping[str, Any], data: _OfData) -> GaussianNoise:
        """Make it of its settings by name."""
        return cls(settings["standard_deviation"], *data.ends(settings["clip"]))

    def among_codes(self, activation: str) -> GaussianNoise:
        """Return it for the code of trained layers, of which the rows' range and means say nothing."""
        return GaussianNoise(self.standard_deviation, -math.inf, math.inf)


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

    def __call__(self, rows: Rows, key: Key) -> Rows:
        """Return rows with cells replaced."""
        masked = draw_uniform(key, rows.shape) < self.fraction
        return jnp.where(masked, jnp.asarray(self.fill, rows.dtype), rows)

    @classmethod
    def made(cls, settings: Mapping[str, Any], data: _OfData) -> MaskingNoise:
        """Make it of its settings by name."""
        return cls(settings["fraction"], data.column_means() if settings["fill"] == "mean" else 0.0)

    def among_codes(self, activation: str) -> MaskingNoise:
        """Return it for the code of trained layers."""
        return MaskingNoise(self.fraction, 0.0)


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

    def __call__(self, rows: Rows, key: Key) -> Rows:
        """Return rows with salt and pepper."""
        is_set = draw_uniform(key, rows.shape) < self.fraction
        is_salt = draw_bits(fold_in(key, 1), rows.shape) >= jnp.uint32(2**31)
        ends = jnp.where(is_salt, jnp.asarray(self.high, rows.dtype), jnp.asarray(self.low, rows.dtype))
        return jnp.where(is_set, ends, rows)

    @classmethod
    def made(cls, settings: Mapping[str, Any], data: _OfData) -> SaltAndPepperNoise:
        """Make it of its settings by name."""
        return cls(settings["fraction"], *data.ends(settings["range"]))

    def among_codes(self, activation: str) -> SaltAndPepperNoise:
        """Return it for the code of trained layers, whose least and greatest value the activation says."""
        return SaltAndPepperNoise(self.fraction, -1.0 if activation == "tanh" else 0.0, 1.0)


Corruption = GaussianNoise | MaskingNoise | SaltAndPepperNoise
"""Any of them: a function of rows and a key."""

CORRUPTIONS: dict[str, type[Corruption]] = {
    "gaussian": GaussianNoise,
    "masking": MaskingNoise,
    "salt_and_pepper": SaltAndPepperNoise,
}
"""Name to kind."""


def corruption_of(
    noise: Mapping[str, Any] | None,
    cell_range: Callable[[], tuple[float, float]],
    column_means: Callable[[], Any],
) -> Corruption | None:
    """Make the corruption that checked settings mean.

    Parameters
    ----------
    noise : dict or None
        Its ``"kind"``, a name in :data:`CORRUPTIONS`, and all of its settings.
    cell_range : callable
        Finds the least and the greatest cell of the data, where the settings ask for them.
    column_means : callable
        Finds the mean of each column, likewise.

    Returns
    -------
    Corruption or None
    """
    if noise is None:
        return None
    return CORRUPTIONS[noise["kind"]].made(noise, _OfData(cell_range, column_means))
