"""Fashion-MNIST's training images, as float32 rows between 0 and 1."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np

FILE = "train-images-idx3-ubyte.gz"
MAGIC = 0x00000803  # unsigned bytes, three axes


class DataMissingError(Exception):
    """The images are not on this machine."""


def load_fashion_mnist() -> np.ndarray:
    """Read the 60,000 training images as an array of shape (60000, 784)."""
    with gzip.open(_find(), "rb") as file:
        magic, n_images, height, width = np.frombuffer(file.read(16), ">u4").tolist()
        if magic != MAGIC:
            raise ValueError(f"{FILE}: expected the idx magic number {MAGIC:#010x}, found {magic:#010x}")
        pixels = np.frombuffer(file.read(), np.uint8)
    return pixels.reshape(n_images, height * width) / np.float32(255)


def _find() -> Path:
    folders = [Path("/usr/share/datasets/fashion-mnist")]
    if "DIABOLO_DATA" in os.environ:
        folders.insert(0, Path(os.environ["DIABOLO_DATA"]) / "fashion-mnist")
    for folder in folders:
        if (folder / FILE).exists():
            return folder / FILE
    raise DataMissingError(
        f"{FILE} is in none of {', '.join(map(str, folders))}: install Debian's package "
        "dataset-fashion-mnist, or put the file in $DIABOLO_DATA/fashion-mnist"
    )
