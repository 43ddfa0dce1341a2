"""Linear autoencoders solved exactly, without a step of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.detection.deviation import constant_columns
from diabolo.detection.missing_cells import gaps_in
from diabolo.detection.row_products import row_products

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jaxtyping import Bool, Float

__all__ = [
    "TOWARDS_MEAN",
    "LinearAutoencoder",
    "code_widths",
    "fit_linear_autoencoders",
    "fitted_bytes",
    "nested_residuals_and_codes",
]

# Above so many rows and columns the whole spectrum would take minutes; then so many components are sought.
_LARGE, _SOUGHT = 2000, 256
_KEPT_VARIANCE = 0.9
# A code of more numbers than this share of the rows would hold rows and not what they have in common.
_MOST_OF_ROWS = 0.25
# Of a code that is found from some cells: how far it is drawn towards that with the mean in the others.
TOWARDS_MEAN = 0.1
_FILLINGS = 5
_GAP_CELLS = 2**22


@dataclass(frozen=True)
class LinearAutoencoder:
    """A linear autoencoder with orthogonal, tied weights.

    Parameters
    ----------
    mean : array of shape (features,)
        Taken off before encoding and put back after decoding.
    components : array of shape (components, features)
        The encoder's weights, and transposed the decoder's; rows of length 1 at right angles.
    """

    mean: Float[np.ndarray, " features"]
    components: Float[np.ndarray, "components features"]

    def residuals_and_codes(
        self, rows: Float[np.ndarray, "rows features"]
    ) -> tuple[Float[np.ndarray, "rows features"], Float[np.ndarray, "rows components"]]:
        """Encode and decode rows.

        Parameters
        ----------
        rows : array of shape (rows, features)
            As scaled for training; missing cells are NaN.

        Returns
        -------
        residuals : array of shape (rows, features)
            Rows minus reconstructions, NaN where a cell is missing.
        codes : array of shape (rows, components)
            The codes: of a row with gaps those of least error on the other cells, drawn a little towards
            the mean.
        """
        centered = rows - self.mean
        gaps = gaps_in(centered)
        codes = row_products(centered if gaps is None else np.where(gaps, 0.0, centered), self.components.T)
        if gaps is not None:
            codes = self._codes_of_the_others(codes, gaps)
        return centered - row_products(codes, self.components), codes

    def reconstruct(self, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows features"]:
        """Rebuild rows, missing cells too.

        Parameters
        ----------
        rows : array of shape (rows, features)
            As scaled for training; missing cells are NaN.

        Returns
        -------
        array of shape (rows, features)
        """
        _, codes = self.residuals_and_codes(rows)
        return self.mean + row_products(codes, self.components)

    def _codes_of_the_others(
        self, codes: Float[np.ndarray, "rows components"], gaps: Bool[np.ndarray, "rows features"]
    ) -> Float[np.ndarray, "rows components"]:
        """Find the codes of least error on the cells that are there, from those with the mean in the gaps."""
        width, n_features = self.components.shape
        rows, step = np.flatnonzero(gaps.any(axis=1)), max(_GAP_CELLS // max(width * n_features, 1), 1)
        for start in range(0, len(rows) if width else 0, step):
            some = rows[start : start + step]
            # What the axes have in common on the cells that are missing: nothing where none is.
            lost = (self.components * gaps[some, None]) @ self.components.T
            codes[some] = np.linalg.solve(np.eye(width) - (1.0 - TOWARDS_MEAN) * lost, codes[some, :, None])[
                ..., 0
            ]
        return codes

    def left_out_residuals(
        self,
        residuals: Float[np.ndarray, "rows features"],
        codes: Float[np.ndarray, "rows components"],
        n_rows: int,
    ) -> Float[np.ndarray, "rows features"]:
        """Say what residuals of rows that were learned from would be, had each been left out.

        Parameters
        ----------
        residuals, codes : arrays of shape (rows, features) and (rows, components)
            Of rows that were learned from, all or a sample, at least one.
        n_rows : int
            How many were learned from.

        Returns
        -------
        array of shape (rows, features)
            Over one less the row's leverage, and no longer than its distance from the mean of the others.

        References
        ----------
        D. A. Belsley, E. Kuh and R. E. Welsch, Regression diagnostics, Wiley, 1980.
        """
        squared = codes**2
        squares = squared.mean(axis=0) * n_rows
        leverage = 1.0 / n_rows + squared @ (1.0 / np.where(squares > 0, squares, 1.0))
        there = residuals if gaps_in(residuals) is None else np.nan_to_num(residuals)
        unseen = np.einsum("ij,ij->i", there, there)
        distance = np.sqrt(1.0 + squared.sum(axis=1) / np.where(unseen > 0, unseen, 1.0))
        most = distance * n_rows / max(n_rows - 1, 1)
        return residuals * np.minimum(1.0 / np.maximum(1.0 - leverage, 1e-12), most)[:, None]


def nested_residuals_and_codes(
    members: Sequence[LinearAutoencoder],
    rows: Float[np.ndarray, "rows features"],
    gaps: Bool[np.ndarray, "rows features"] | None,
) -> Iterator[tuple[Float[np.ndarray, "rows features"], Float[np.ndarray, "rows components"]]]:
    """Encode and decode rows by networks of one fit, each of which has the axes of the one before it.

    Parameters
    ----------
    members : sequence of LinearAutoencoder
        As :func:`fit_linear_autoencoders` gives them.
    rows : array of shape (rows, features)
        As scaled for training; missing cells are NaN.
    gaps : bool array of shape (rows, features) or None
        Which these are; None where there are none.

    Yields
    ------
    residuals, codes : arrays of shape (rows, features) and (rows, components)
        Of each member, as its own method gives them, at the cost of the widest.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(60, 20)) * np.arange(20.0)
    >>> members = fit_linear_autoencoders(rows)
    >>> for member, (residuals, _) in zip(members, nested_residuals_and_codes(members, rows, None)):
    ...     print(np.allclose(rows - residuals, member.reconstruct(rows)))
    True
    True
    """
    widest = members[-1]
    left = rows - widest.mean[None]
    if gaps is not None:
        odd, left = np.flatnonzero(gaps.any(axis=1)), np.where(gaps, 0.0, left)
    codes, start = row_products(left, widest.components.T), 0
    for member in members:
        width = len(member.components)
        left = left - row_products(codes[:, start:width], widest.components[start:width])
        own, start = codes[:, :width], width
        if gaps is not None:  # each member has codes of its own for rows with gaps
            own = own.copy()
            left[odd], own[odd] = member.residuals_and_codes(rows[odd])
        yield left, own


def code_widths(
    spectrum: Float[np.ndarray, " components"], total: float, n_features: int, n_rows: int
) -> tuple[int, ...]:
    """Choose the widths of the codes: the root of the number of features, and 90% of the variance.

    Parameters
    ----------
    spectrum : array of shape (components,)
        Variances along the principal axes, falling.
    total : float
        The variance of all features together.
    n_features : int
        Features of a row.
    n_rows : int
        Rows that are learned from.

    Returns
    -------
    tuple of int
        One or two different widths, each below the number of features, and 1 or at most a quarter of that of
        the rows.

    Examples
    --------
    >>> import numpy as np
    >>> code_widths(np.array([5.0, 3.0, 1.5, 0.5]), 10.0, 4, 100)
    (2, 3)
    >>> code_widths(np.array([1.0]), 1.0, 1, 100)
    (0,)
    """
    kept = np.cumsum(spectrum) < _KEPT_VARIANCE * total * (1 - 1e-12)
    most = min(_most(n_rows, n_features), len(spectrum))
    root = min(round(n_features**0.5), most)
    return tuple(sorted({root, min(int(kept.sum()) + 1, most)}))


def fit_linear_autoencoders(rows: Float[np.ndarray, "rows features"]) -> tuple[LinearAutoencoder, ...]:
    """Solve the linear autoencoders of :func:`code_widths` for rows.

    The least squared error of any linear autoencoder is that of the projection on the leading principal axes.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Finite but for missing cells, which are NaN; at least one.

    Returns
    -------
    tuple of LinearAutoencoder
        One for each width.

    References
    ----------
    P. Baldi and K. Hornik, Neural networks and principal component analysis: learning from examples without
    local minima, Neural Networks 2, 1989. Around missing cells: J. Josse and F. Husson, Handling missing
    values in exploratory multivariate data analysis methods, Journal de la SFdS 153, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.outer(np.arange(5.0), [3.0, 4.0, 0.0])
    >>> residuals, _ = fit_linear_autoencoders(line)[0].residuals_and_codes(np.array([[3.0, 4.0, 2.0]]))
    >>> residuals.round(12).tolist()
    [[0.0, 0.0, 2.0]]
    """
    rows = np.asarray(rows, np.float64)
    gaps = gaps_in(rows)
    if gaps is not None:
        return _fit_around_gaps(rows, gaps)
    n_rows, n_features = rows.shape
    mean = rows.mean(axis=0)
    centered = rows - mean
    variance = np.einsum("ij,ij->j", centered, centered) / n_rows
    constant = constant_columns(mean, np.sqrt(variance))
    if constant.any():  # only rounding is left of them, which must not pass for an axis
        centered[:, constant], variance[constant] = 0.0, 0.0
    total = float(variance.sum())
    spectrum, axes = _principal_axes(centered, _most(n_rows, n_features))
    rank = int(np.sum(spectrum > 1e-12 * max(total, 1e-300)))
    spectrum, axes = spectrum[:rank], axes[:rank]
    widths = code_widths(spectrum, total, n_features, n_rows)
    return tuple(LinearAutoencoder(mean, axes[:width]) for width in widths)


def fitted_bytes(n_rows: int, n_features: int) -> tuple[int, int]:
    """Say what the linear autoencoders of a table take, and what finding them takes beside the rows.

    Parameters
    ----------
    n_rows, n_features : int
        Of the table.

    Returns
    -------
    held, on_the_way : int
        Bytes, at the most: of axes that all of them share, and of these, their signs and what has all
        products of rows or of features.

    Examples
    --------
    >>> fitted_bytes(300, 80_000)
    (48000000, 146160000)
    """
    is_large, most = min(n_rows, n_features) > _LARGE, _most(n_rows, n_features)
    held = 8 * n_features * (min(most, _SOUGHT) if is_large else most)
    products = 8 * (n_rows + n_features) * _SOUGHT if is_large else 8 * min(n_rows, n_features) ** 2
    return held, 3 * (held + products)


def _fit_around_gaps(
    rows: Float[np.ndarray, "rows features"], gaps: Bool[np.ndarray, "rows features"]
) -> tuple[LinearAutoencoder, ...]:
    """Fill missing cells as the rows' other cells and the axes say, and find the axes anew, some times."""
    n_there = (~gaps).sum(axis=0)
    mean = np.where(gaps, 0.0, rows).sum(axis=0) / np.maximum(n_there, 1)
    filled = np.where(gaps, mean, rows)
    members = fit_linear_autoencoders(filled)
    for _ in range(_FILLINGS):
        wide = members[-1]
        filled[gaps] = wide.reconstruct(rows)[gaps]
        members = fit_linear_autoencoders(filled)
    return members


def _most(n_rows: int, n_features: int) -> int:
    """Say how wide a code may be."""
    return min(n_features - 1, max(int(_MOST_OF_ROWS * n_rows), 1))


def _principal_axes(
    centered: Float[np.ndarray, "rows features"], most: int
) -> tuple[Float[np.ndarray, " components"], Float[np.ndarray, "components features"]]:
    """Return the largest variances along principal axes, falling, and so many of the axes."""
    n_rows, n_features = centered.shape
    if min(n_rows, n_features) > _LARGE:
        from sklearn.utils.extmath import randomized_svd

        _, lengths, axes = randomized_svd(centered, min(_SOUGHT, max(most, 1)), random_state=0)
        spectrum = lengths**2 / n_rows
    elif n_features <= n_rows:
        spectrum, vectors = np.linalg.eigh(centered.T @ centered / n_rows)
        spectrum, axes = spectrum[::-1][:most], vectors.T[::-1][:most]
    else:
        spectrum, vectors = np.linalg.eigh(centered @ centered.T / n_rows)
        spectrum, vectors = spectrum[::-1][:most], vectors[:, ::-1][:, :most]
        lengths = np.sqrt(np.maximum(spectrum, 0.0) * n_rows)
        axes = (vectors / np.where(lengths > 0, lengths, 1.0)).T @ centered
    # An axis has no direction of its own: its largest part is made positive.
    largest = np.take_along_axis(axes, np.argmax(np.abs(axes), axis=1)[:, None], axis=1)
    return np.maximum(spectrum, 0.0), axes * np.where(largest < 0, -1.0, 1.0)
