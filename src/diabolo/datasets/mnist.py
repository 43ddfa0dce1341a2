"""MNIST, the handwritten digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.datasets.catalog import MNIST
from diabolo.datasets.labeled_images import Split, load_images

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float32, Int64

__all__ = ["load_mnist"]


def load_mnist(
    split: Split = "train", *, images: bool = False
) -> tuple[Float32[np.ndarray, "n_rows ..."], Int64[np.ndarray, " n_rows"]]:
    """Load MNIST: 70,000 handwritten digits of 28 x 28 pixels.

    The files are looked for in ``mnist`` in the folder that ``DIABOLO_DATA`` names and in that folder itself,
    in /usr/share/datasets/mnist and in the user's cache, gzip-compressed or not. What is nowhere is
    downloaded into the cache (11.6 MB). Either way the SHA-256 sums are checked.

    Parameters
    ----------
    split : {"train", "test", "all"}, default "train"
        The 60,000 rows for training, the 10,000 for testing, or the ones and then the others.
    images : bool, default False
        Whether each row keeps the two axes of its image.

    Returns
    -------
    X : ndarray of shape (n_rows, 784) or, with `images`, (n_rows, 28, 28), float32
        Pixel intensities divided by 255, so between 0 and 1.
    y : ndarray of shape (n_rows,), int64
        The digit, 0 to 9.

    Raises
    ------
    ParameterError
        There is no such split.
    DataFileError
        A file is missing and cannot be downloaded (the message says where to put it), or is not MNIST's.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document recognition,
    Proceedings of the IEEE 86 (11), 1998, https://doi.org/10.1109/5.726791.

    Examples
    --------
    >>> from diabolo.datasets import load_mnist
    >>> X, y = load_mnist("test")  # doctest: +SKIP
    >>> X.shape, y[:3].tolist()  # doctest: +SKIP
    ((10000, 784), [7, 2, 1])
    """
    return load_images(MNIST, split, images)
