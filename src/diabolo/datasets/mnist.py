"""MNIST and Fashion-MNIST: gray images with labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from diabolo.datasets.catalog import FASHION_MNIST, MNIST, Dataset, check_split
from diabolo.datasets.files import obtain_files
from diabolo.datasets.idx import read_idx

if TYPE_CHECKING:
    from jaxtyping import Float32, Int64

__all__ = ["load_fashion_mnist", "load_images", "load_mnist"]

Split = Literal["train", "test", "all"]

_FOREIGN_NAMES = {"training": "train", "testing": "test", "validation": "test", "both": "all", "t10k": "test"}


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
    X : ndarray of shape (n_rows, 784) or, with ``images``, (n_rows, 28, 28), float32
        Pixel intensities divided by 255, so between 0 and 1.
    y : ndarray of shape (n_rows,), int64
        The digit, 0 to 9.

    Raises
    ------
    ParameterError
        There is no such split.
    DataFileError
        A file is missing and cannot be downloaded (the message says where to put it), or is not MNIST's.

    See Also
    --------
    load_fashion_mnist, load_digits

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
    X : ndarray of shape (n_rows, 784) or, with ``images``, (n_rows, 28, 28), float32
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

    See Also
    --------
    load_mnist, load_digits

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


def load_images(
    dataset: Dataset, split: Split, images: bool
) -> tuple[Float32[np.ndarray, "n_rows ..."], Int64[np.ndarray, " n_rows"]]:
    """Load a data set of gray images.

    Parameters
    ----------
    dataset : Dataset
        Which.
    split : {"train", "test", "all"}
        Which rows; all are those of training and then those of test.
    images : bool
        Whether each row keeps the two axes of its image.

    Returns
    -------
    X : ndarray of shape (n_rows, height * width) or (n_rows, height, width), float32
        Intensities divided by 255, so between 0 and 1.
    y : ndarray of shape (n_rows,), int64
        The labels.

    Raises
    ------
    ParameterError
        There is no such split.
    DataFileError
        A file is missing and cannot be downloaded, or is not the right one.
    """
    check_split(split, (*dataset.splits, "all"), _FOREIGN_NAMES)
    pairs = list(dataset.splits.values()) if split == "all" else [dataset.splits[split]]
    files = [file for pair in pairs for file in pair]
    paths = dict(zip(files, obtain_files(dataset, files), strict=True))
    n_rows = sum(labels.shape[0] for _, labels in pairs)
    # Made once and filled part by part: a float32 copy of MNIST is four times its file.
    X = np.empty((n_rows, *pairs[0][0].shape[1:]), np.float32)
    y = np.empty(n_rows, np.int64)
    start = 0
    for pixels, labels in pairs:
        stop = start + labels.shape[0]
        np.divide(read_idx(paths[pixels], sha256=pixels.sha256), np.float32(255), out=X[start:stop])
        y[start:stop] = read_idx(paths[labels], sha256=labels.sha256)
        start = stop
    return X if images else X.reshape(n_rows, -1), y
