"""Rows beside what the network makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes

from diabolo.errors import InputError, ParameterError
from diabolo.plotting.canvas import FEW_FEATURES, column_names, name_features, open_axes, read_numbers
from diabolo.plotting.image_shape import drawn_shape

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike

__all__ = ["draw_mosaic", "plot_reconstructions"]

_BAND = 0.86  # share of its band that a curve may fill, so that neighbors keep apart
# On one scale for all, a column that fills less of it is flat; a few of many may be.
_FLAT, _FEW, _LEAST_ROWS = 1 / 50, 0.1, 3


def plot_reconstructions(
    X: Float[ArrayLike, "rows ..."],
    reconstructions: Float[ArrayLike, "rows ..."],
    *,
    n: int = 10,
    image_shape: tuple[int, ...] | Literal[False] | None = None,
    names: Sequence[str] | None = None,
    own_scales: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the first rows over their reconstructions, as images or as curves.

    Parameters
    ----------
    X : array-like of shape (rows, features), (rows, height, width) or (rows, height, width, channels)
        The originals. To draw others than the first, pass a selection: ``X[chosen]``.
    reconstructions : array-like of the same shape as `X`
        What came back.
    n : int, default=10
        How many pairs, at least 1; all rows if there are fewer.
    image_shape : (height, width) or (height, width, channels), or False, optional
        The image that a flat row holds; channels are 1 (gray) or 3 (red, green, blue) and vary fastest.
        Default: square if the number of features is a square of at least 16. False: curves in any case.
    names : sequence of str, optional
        Of the features, for the axis of curves. Default: the columns of `X`, where it is a data frame.
    own_scales : bool, optional
        Whether curves have a scale for each feature, from its least to its largest value in `X`. Default:
        where features are in units so different that a tenth of them would be flat on one scale.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on. Images are one mosaic, both rows on the gray scale of the originals' values, so that
        a stray output cannot dim the rest. Colors are taken as they are if the originals lie in 0 to 1,
        divided by 255 if in 0 to 255, else stretched as the grays are. Curves lie in bands, one a row, all
        on one scale, or on a scale for each feature.

    Raises
    ------
    InputError
        The shapes differ, there are no rows, or no value is finite.
    ParameterError
        `n` is not a whole number of at least 1, or `image_shape` does not fit the rows.

    See Also
    --------
    plot_codes, diabolo.plotting.plot_anomaly

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo import plot_reconstructions
    >>> X = np.linspace(0, 1, 128).reshape(2, 64)
    >>> ax = plot_reconstructions(X, X**2)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['original', 'reconstruction']
    """
    originals, made = read_numbers(X, "X"), read_numbers(reconstructions, "reconstructions")
    if originals.shape != made.shape:
        raise InputError(
            f"X has shape {originals.shape} but reconstructions has {made.shape}; give the same rows of both."
        )
    if originals.ndim not in (2, 3, 4) or 0 in originals.shape:
        raise InputError(
            "X must have shape (rows, features), (rows, height, width) or (rows, height, width, channels), "
            f"got {originals.shape}."
        )
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ParameterError(f"n, the number of pairs, must be a whole number of at least 1, got {n!r}.")
    shape = drawn_shape(originals.shape[1:], image_shape)
    pair = np.stack([originals[:n], made[:n]])
    if not np.isfinite(pair).any():
        raise InputError(f"None of the first {pair.shape[1]} rows or reconstructions holds a finite number.")
    if shape is None:
        names = column_names(X) if names is None else list(names)
        flat = pair.reshape(*pair.shape[:2], -1)
        whole = originals.reshape(len(originals), -1)
        if own_scales if own_scales is not None else _differ(whole):
            return _draw_curves(flat, names, ax, *_ends(np.concatenate([whole, flat[1]])))
        finite = flat[np.isfinite(flat)]
        return _draw_curves(flat, names, ax, finite.min(), finite.max())
    return draw_mosaic(pair.reshape(*pair.shape[:2], *shape), ax)


def _ends(
    rows: Float[np.ndarray, "rows features"],
) -> tuple[Float[np.ndarray, " features"], Float[np.ndarray, " features"]]:
    """Find the least and the largest value of each feature; NaN where none is finite."""
    known = np.isfinite(rows)
    low, high = np.where(known, rows, np.inf).min(axis=0), np.where(known, rows, -np.inf).max(axis=0)
    is_there = known.any(axis=0)
    return np.where(is_there, low, np.nan), np.where(is_there, high, np.nan)


def _differ(originals: Float[np.ndarray, "rows features"]) -> bool:
    """Whether features are in units so different that many are flat on one scale; two rows do not say."""
    low, high = _ends(originals)
    reach = high - low
    varies = reach > 0
    if varies.sum() < 2 or len(originals) < _LEAST_ROWS:
        return False
    span = np.nanmax(high) - np.nanmin(low)
    return bool(np.mean(reach[varies] < _FLAT * span) >= _FEW)


def _draw_curves(
    pair: Float[np.ndarray, "2 n features"],
    names: Sequence[str] | None,
    ax: Axes | None,
    low: Float[np.ndarray, "*features"],
    high: Float[np.ndarray, "*features"],
) -> Axes:
    """Draw each row as a curve under its reconstruction, one band a row, the first on top.

    ``low`` and ``high`` are the ends of the scale, or those of each feature's.
    """
    _, n_pairs, n_features = pair.shape
    span = np.subtract(high, low)
    has_span = span > 0
    # What is the same everywhere stands in the middle of its band where features have scales of their own.
    apart = np.where(has_span, (pair - low) / np.where(has_span, span, 1.0), 0.5 if np.ndim(span) else 0.0)
    bands = np.where(np.isfinite(pair), apart, np.nan) * _BAND - np.arange(n_pairs)[:, np.newaxis]
    ax = open_axes(ax, (7.2, 1.3 + 0.62 * n_pairs))
    marker = "." if n_features <= FEW_FEATURES else ""
    for curves, label, color, width in zip(
        bands, ["original", "reconstruction"], ["0.25", "tab:orange"], [2.2, 1.3], strict=True
    ):
        lines = ax.plot(np.arange(n_features), curves.T, marker=marker, color=color, linewidth=width)
        lines[0].set_label(label)
    ax.set_yticks(_BAND / 2 - np.arange(n_pairs), [f"row {row}" for row in range(n_pairs)])
    ax.set_ylim(_BAND + 0.07 - n_pairs, _BAND + 0.07)
    for row in range(1, n_pairs):
        ax.axhline(1 - row - (1 - _BAND) / 2, color="0.85", linewidth=0.8, zorder=0)
    if np.ndim(span):
        ax.set_ylabel("each feature on a scale of its own")
        if names is not None:
            ends = zip(names, np.ravel(low), np.ravel(high), strict=True)
            names = [f"{name}\n{first:.3g} to {last:.3g}" for name, first, last in ends]
    else:
        ax.set_ylabel(f"each band: {low:.3g} to {high:.3g}")
    name_features(ax, names, n_features)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    return ax


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
    >>> ax = draw_mosaic(np.zeros((2, 3, 8, 8, 1)), None)
    >>> ax.get_images()[0].get_array().shape  # two rows of 8 and a gap of 1
    (17, 26)
    """
    _, n_pairs, height, width, channels = pair.shape
    gap = max(1, round(min(height, width) / 14))
    is_gray = channels == 1
    low, high = _value_range(pair)
    shown = pair if is_gray else _displayable(pair, low, high)
    # Gaps are transparent in gray and white in color, so they are no shade that a pixel could have.
    margin = ((0, 0), (0, 0), (0, gap), (0, gap), (0, 0))
    framed = np.pad(shown.astype(float), margin, constant_values=np.nan if is_gray else 1.0)
    grid = (2 * (height + gap), n_pairs * (width + gap), channels)
    mosaic = framed.swapaxes(1, 2).reshape(grid)[:-gap, :-gap]
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
