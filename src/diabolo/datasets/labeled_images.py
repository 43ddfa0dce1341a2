"""Gray images with labels, as MNIST and its kin have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from diabolo.datasets.catalog import Dataset
from diabolo.datasets.idx import read_idx
from diabolo.datasets.obtaining import obtain_files
from diabolo.errors import ParameterError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Float32, Int64

__all__ = ["Split", "load_images"]

Split = Literal["train", "test", "all"]

_FOREIGN_NAMES = {"training": "train", "testing": "test", "validation": "test", "both": "all", "t10k": "test"}


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
    known = (*dataset.splits, "all")
    if split not in known:
        raise ParameterError(
            f"split={split!r} is not possible; expected one of {', '.join(map(repr, known))}."
            f"{nearest_name(split, known, _FOREIGN_NAMES)}"
        )
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
