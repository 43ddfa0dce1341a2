"""The UCI handwritten digits that scikit-learn carries."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

from diabolo.datasets.catalog import DIGITS
from diabolo.datasets.files import find_own

if TYPE_CHECKING:
    from jaxtyping import Float32, Int64


__all__ = ["load_digits"]


def load_digits(
    *, images: bool = False
) -> tuple[Float32[np.ndarray, "1797 ..."], Int64[np.ndarray, " 1797"]]:
    """Load 1,797 real handwritten digits of 8 x 8 pixels.

    Parameters
    ----------
    images : bool, default False
        Whether each row keeps the two axes of its image.

    Returns
    -------
    X : ndarray of shape (1797, 64) or, with ``images``, (1797, 8, 8), float32
        Pixel intensities divided by 16, so between 0 and 1.
    y : ndarray of shape (1797,), int64
        The digit, 0 to 9.

    See Also
    --------
    load_mnist, load_fashion_mnist

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49 (its test part, as scikit-learn distributes it).

    Examples
    --------
    >>> from diabolo.datasets import load_digits
    >>> X, y = load_digits()
    >>> X.shape, float(X.max())
    ((1797, 64), 1.0)
    """
    table = _read_table()
    X = table[:, :-1] / np.float32(16)
    return X.reshape(-1, 8, 8) if images else X, table[:, -1].astype(np.int64)


def _read_table() -> Float32[np.ndarray, "1797 65"]:
    """Read scikit-learn's file itself: importing its loaders takes longer than compiling a network."""
    for path in find_own(DIGITS):
        with gzip.open(path, "rt") as lines:
            return np.loadtxt(lines, dtype=np.float32, delimiter=",")
    from sklearn.datasets import load_digits as load

    X, y = load(return_X_y=True)
    return np.column_stack([X, y]).astype(np.float32)
