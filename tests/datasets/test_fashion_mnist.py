"""The real Fashion-MNIST."""

import gzip
import hashlib

import numpy as np
import pytest

from diabolo.datasets import load_fashion_mnist
from diabolo.datasets.catalog import FASHION_MNIST
from diabolo.datasets.places import find_file


def test_fashion_mnist(real_set):
    real_set("fashion-mnist")
    X, y = load_fashion_mnist("all")
    assert X.shape == (70_000, 784)
    assert (X.dtype, y.dtype) == (np.float32, np.int64)
    assert (X.min(), X.max()) == (0, 1)
    # Each class has as many rows as any other (Xiao et al. 2017, section 2).
    assert np.bincount(y[:60_000]).tolist() == [6000] * 10
    assert np.bincount(y[60_000:]).tolist() == [1000] * 10
    # The mean and the deviation that PyTorch users normalize by.
    assert round(float(X[:60_000].mean(dtype=np.float64)), 4) == 0.2860
    assert round(float(X[:60_000].std(dtype=np.float64)), 4) == 0.3530


def test_images(real_set):
    real_set("fashion-mnist")
    images, y = load_fashion_mnist("test", images=True)
    assert images.shape == (10_000, 28, 28)
    assert y[:5].tolist() == [9, 2, 1, 1, 6]


# The MD5 sums in the README of zalandoresearch/fashion-mnist, and when each file was compressed.
OFFICIAL = {
    "train-images-idx3-ubyte": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 1504176606),
    "train-labels-idx1-ubyte": ("25c81989df183df01b3e8a0aad5dffbe", 1504176606),
    "t10k-images-idx3-ubyte": ("bef4ecab320f06d8554ea6380940ec79", 1504176627),
    "t10k-labels-idx1-ubyte": ("bb300cfdad3c16e7a12a480ee83cd310", 1504176627),
}


@pytest.mark.parametrize("file", FASHION_MNIST.files, ids=lambda file: file.name)
def test_the_sums_are_those_of_the_official_files(real_set, file):
    """Debian's files are the official ones without the name and the time in gzip's header; put them back."""
    real_set("fashion-mnist")
    path = find_file(FASHION_MNIST, file)
    if path.suffix != ".gz":
        pytest.skip(f"{path} is not compressed")
    compressed = path.read_bytes()
    if compressed[3] != 0:
        pytest.skip(f"{path} was not compressed by Debian")
    md5, seconds = OFFICIAL[file.name]
    header = compressed[:3] + b"\x08" + seconds.to_bytes(4, "little") + compressed[8:10]
    official = header + file.name.encode() + b"\0" + compressed[10:]
    if len(official) != file.download_bytes:
        pytest.skip(f"{path} was not compressed by Debian")
    assert hashlib.md5(official).hexdigest() == md5
    assert hashlib.sha256(gzip.decompress(official)).hexdigest() == file.sha256
