"""Training images of the public data sets, as float32 rows between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.outcome import NotRunError


class DataMissingError(NotRunError):
    """The images are not on this machine."""


def load_fashion_mnist_rows() -> np.ndarray:
    """Load Fashion-MNIST's 60,000 training images as an array of shape (60000, 784)."""
    from diabolo.datasets import load_fashion_mnist

    return _rows(load_fashion_mnist)


def load_mnist_rows() -> np.ndarray:
    """Load MNIST's 60,000 training images as an array of shape (60000, 784)."""
    from diabolo.datasets import load_mnist

    return _rows(load_mnist)


def _rows(load: Callable[[], tuple[np.ndarray, Any]]) -> np.ndarray:
    from diabolo.errors import DataFileError

    try:
        return load()[0]
    except DataFileError as problem:
        raise DataMissingError(str(problem)) from problem
