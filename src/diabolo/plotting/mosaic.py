"""Images and their reconstructions on one Axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from diabolo.plotting.canvas import open_axes

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["draw_mosaic"]


def draw_mosaic(pair: Float[np.ndarray, "2 n height width channels"], ax: Axes | None) -> Axes:
    """Draw two rows of images, originals over reconstructions, as one picture.

    Parameters
    ----------
    pair : ndarray of shape (2, n, height, width, channels)
        The originals, then the reconstructions; 1 channel or 3.
    ax : Axes or None
        Where to draw; None opens a figure.

    Returns
    -------
    Axes
        The one drawn on.

    Examples
    --------
    >>> import numpy as np
    >>> ax = draw_mosaic(np.zeros((2, 3, 8, 8, 1)), None)
    >>> ax.get_images()[0].get_array().shape  # two rows of 8 and a gap of 1
    (17, 26)
    """
    _, n_pairs, height, width, channels = pair.shape
    gap = max(1, round(min(height, width) / 14))
    is_gray = channels == 1
    # Gaps are transparent in gray and white in color, so they are no shade that a pixel could have.
    mosaic = np.full(
        (2 * height + gap, n_pairs * (width + gap) - gap, channels), np.nan if is_gray else 1.0, dtype=float
    )
    low, high = _value_range(pair)
    shown = pair if is_gray else _displayable(pair, low, high)
    for row in range(2):
        for column in range(n_pairs):
            top, left = row * (height + gap), column * (width + gap)
            mosaic[top : top + height, left : left + width] = shown[row, column]
    picture_width = min(0.85 * n_pairs * max(width / height, 0.5), 11)
    picture_height = min(picture_width * mosaic.shape[0] / mosaic.shape[1], 8)
    ax = open_axes(ax, (picture_width + 1.3, picture_height + 0.3), layout="compressed")
    if is_gray:
        ax.imshow(mosaic[..., 0], cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    else:
        ax.imshow(mosaic, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([(height - 1) / 2, (3 * height - 1) / 2 + gap], ["original", "reconstruction"])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def _value_range(pair: Float[np.ndarray, "2 n height width channels"]) -> tuple[float, float]:
    """Span the originals' values, or those of both where all originals are alike."""
    for values in (pair[0], pair):
        finite = values[np.isfinite(values)]
        if finite.size and finite.min() < finite.max():
            return float(finite.min()), float(finite.max())
    return float(finite[0]), float(finite[0]) + 1


def _displayable(
    pair: Float[np.ndarray, "2 n height width 3"], low: float, high: float
) -> Float[np.ndarray, "2 n height width 3"]:
    """Bring colors into 0 to 1."""
    if low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 else 255.0
    return np.clip((np.nan_to_num(pair, nan=low) - low) / (high - low), 0, 1)
