"""Fashion-MNIST's training images, as float32 rows between 0 and 1."""

from __future__ import annotations

import numpy as np


class DataMissingError(Exception):
    """The images are not on this machine."""


def load_rows() -> np.ndarray:
    """Load the 60,000 training images as an array of shape (60000, 784)."""
    from diabolo.datasets import load_fashion_mnist
    from diabolo.errors import DataFileError

    try:
        return load_fashion_mnist()[0]
    except DataFileError as problem:
        raise DataMissingError(str(problem)) from problem
