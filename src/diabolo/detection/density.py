"""Density: how far a code lies from the codes of known rows that are nearest to it."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.deviation import typical_size
from diabolo.detection.row_products import row_products

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["CodeDensity", "fit_code_density"]

# So many codes stand for all; the distance is to the last of the nearest quarter of them, so that a group of
# anomalies among the known rows does not stand for its like.
_KEPT, _NEAREST = 128, 0.25
_LOG_2 = math.log(2.0)


@dataclass(frozen=True)
class CodeDensity:
    """Measures codes by their distance to those of known rows.

    Parameters
    ----------
    codes : array of shape (kept, components)
        Of known rows.
    typical : float
        Typical squared distance to the last of the nearest quarter.
    """

    codes: Float[np.ndarray, "kept components"]
    typical: float

    def sparsity(self, codes: Float[np.ndarray, "rows components"]) -> Float[np.ndarray, " rows"]:
        """Say how sparse known codes are about others.

        Parameters
        ----------
        codes : array of shape (rows, components)
            Any.

        Returns
        -------
        array of shape (rows,)
            0 among many, 1 where it is typical, and from there on with the logarithm.
        """
        squares = self._squares(codes, self.place)
        return np.log1p(squares / self.typical) / _LOG_2

    @property
    def place(self) -> int:
        """Which of the codes, from 0 and the nearest first, the distance is to."""
        return _rank(len(self.codes)) - 1

    @functools.cached_property
    def _centered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The codes' mean, minus twice the codes less it, and the squares of their lengths, as tables."""
        center = self.codes.mean(axis=0, keepdims=True)
        known = self.codes - center
        return center, -2.0 * known.T, (known**2).sum(axis=1)[None]

    def _squares(self, codes: Float[np.ndarray, "rows components"], place: int) -> Float[np.ndarray, " rows"]:
        """Return each code's squared distance to the known one at a place in order of nearness."""
        if not codes.shape[1]:
            return np.zeros(len(codes))
        center, doubled, lengths = self._centered
        own = codes - center
        # The square of the own length is the same for all: what is left decides which are near.
        squares = row_products(own, doubled)
        squares += lengths
        squares.partition(place, axis=1)
        return np.maximum(squares[:, place] + np.einsum("ij,ij->i", own, own), 0.0)


def fit_code_density(codes: Float[np.ndarray, "rows components"]) -> CodeDensity:
    """Keep some codes of known rows, spread evenly over these, and find what distance is typical.

    Parameters
    ----------
    codes : array of shape (rows, components)
        At least one.

    Returns
    -------
    CodeDensity

    References
    ----------
    M. Sugiyama and K. Borgwardt, Rapid distance-based outlier detection via sampling, NeurIPS 2013.

    Examples
    --------
    >>> import numpy as np
    >>> density = fit_code_density(np.arange(9.0)[:, None])
    >>> density.sparsity(np.array([[4.0], [40.0]])).round(2).tolist()
    [1.0, 10.09]
    """
    kept = np.linspace(0, len(codes) - 1, min(_KEPT, len(codes))).round().astype(np.int64)
    density = CodeDensity(np.asarray(codes[kept], np.float64), 1.0)
    # Among themselves each is the nearest to itself.
    place = min(_rank(len(kept)), len(kept) - 1)
    return replace(density, typical=typical_size(density._squares(density.codes, place)))


def _rank(n_kept: int) -> int:
    return max(round(_NEAREST * n_kept), 1)
