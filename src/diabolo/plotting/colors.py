"""The colors of classes, of a numeric target, and of what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgba

from diabolo.plotting.labels import Classes, NumericLabels

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["MISSING", "PALETTE", "color_scale", "row_colors"]

_TAB20 = colormaps["tab20"].colors  # type: ignore[attr-defined]
# Ten strong colors, gray the last of them, then their light partners but two: light gray means a missing
# label, and light cyan is too near light blue. Dark teal and near-black stand in for those.
PALETTE = [
    *_TAB20[0:14:2],
    *_TAB20[16::2],
    _TAB20[14],
    *_TAB20[1:14:2],
    _TAB20[17],
    (0.0, 0.3, 0.35),
    (0.1, 0.1, 0.1),
]
MISSING = (0.82, 0.82, 0.82)
_OPACITY = 0.8


def row_colors(groups: Classes | NumericLabels | None, n_rows: int) -> Float[np.ndarray, "n 4"]:
    """Choose the color of every row, in the order of the rows so that no class covers another.

    Parameters
    ----------
    groups : Classes, NumericLabels or None
        What the rows are colored by.
    n_rows : int
        How many rows there are.

    Returns
    -------
    ndarray of shape (n_rows, 4)
        Red, green, blue and opacity, between 0 and 1.

    Examples
    --------
    >>> row_colors(None, 2).shape
    (2, 4)
    """
    if groups is None:
        return np.tile(to_rgba(PALETTE[0], _OPACITY), (n_rows, 1))
    if isinstance(groups, Classes):
        # Position -1, a missing label, takes the last.
        return np.array([to_rgba(color, _OPACITY) for color in [*PALETTE, MISSING]])[groups.positions]
    colors = color_scale(groups).to_rgba(groups.values, alpha=_OPACITY)
    colors[groups.missing] = to_rgba(MISSING, _OPACITY)
    return colors


def color_scale(target: NumericLabels) -> ScalarMappable:
    """Span the color scale over the numbers that are there.

    Parameters
    ----------
    target : NumericLabels
        What the rows are colored by.

    Returns
    -------
    ScalarMappable
        What a color bar is made from.

    Examples
    --------
    >>> import numpy as np
    >>> color_scale(NumericLabels(np.array([0.5, np.nan, 2.5]))).get_clim()
    (0.5, 2.5)
    """
    present = target.values[~target.missing]
    return ScalarMappable(Normalize(float(present.min()), float(present.max())), "viridis")
