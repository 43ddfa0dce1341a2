"""The UCI handwritten digits that scikit-learn carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float32, Int64


def load_digits() -> tuple[Float32[np.ndarray, "1797 64"], Int64[np.ndarray, " 1797"]]:
    """Load 1,797 real handwritten digits of 8 x 8 pixels.

    Returns
    -------
    X : ndarray of shape (1797, 64), float32
        Pixel intensities divided by 16, so between 0 and 1.
    y : ndarray of shape (1797,), int64
        The digit, 0 to 9.

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
    from sklearn.datasets import load_digits as load

    X, y = load(return_X_y=True)
    return (X / 16).astype(np.float32), y.astype(np.int64)
