"""Fashion-MNIST, the articles of clothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.datasets.catalog import FASHION_MNIST
from diabolo.datasets.labeled_images import Split, load_images

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float32, Int64

__all__ = ["load_fashion_mnist"]


def load_fashion_mnist(
    split: Split = "train", *, images: bool = False
) -> tuple[Float32[np.ndarray, "n_rows ..."], Int64[np.ndarray, " n_rows"]]:
    """Load Fashion-MNIST: 70,000 articles of clothing of 28 x 28 pixels.

    The files are looked for in ``fashion-mnist`` in the folder that ``DIABOLO_DATA`` names and in that folder
    itself, in /usr/share/datasets/fashion-mnist (Debian's package ``dataset-fashion-mnist``) and in the
    user's cache, gzip-compressed or not. What is nowhere is downloaded into the cache (30.9 MB). Either way
    the SHA-256 sums are checked.

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
        0 T-shirt/top, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle
        boot.

    Raises
    ------
    ParameterError
        There is no such split.
    DataFileError
        A file is missing and cannot be downloaded (the message says where to put it), or is not
        Fashion-MNIST's.

    References
    ----------
    H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms, 2017, https://arxiv.org/abs/1708.07747.

    Examples
    --------
    >>> from diabolo.datasets import load_fashion_mnist
    >>> X, y = load_fashion_mnist("test")  # doctest: +SKIP
    >>> X.shape, y[:3].tolist()  # doctest: +SKIP
    ((10000, 784), [9, 2, 1])
    """
    return load_images(FASHION_MNIST, split, images)
