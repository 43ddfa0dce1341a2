"""The real sets, and images and labels put together."""

import gzip
import hashlib
import tracemalloc

import numpy as np
import pytest

from diabolo.datasets import load_fashion_mnist, load_mnist
from diabolo.datasets.catalog import FASHION_MNIST
from diabolo.datasets.files import find_file
from diabolo.datasets.mnist import load_images
from diabolo.errors import DataFileError, ParameterError


def test_mnist(real_set):
    real_set("mnist")
    X, y = load_mnist("all")
    assert X.shape == (70_000, 784)
    assert (X.dtype, y.dtype) == (np.float32, np.int64)
    assert (X.min(), X.max()) == (0, 1)
    # How often each digit occurs, as the Wikipedia article on MNIST and many a tutorial count them.
    assert np.bincount(y[:60_000]).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y[60_000:]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean and the deviation that PyTorch's example normalizes by.
    assert round(float(X[:60_000].mean(dtype=np.float64)), 4) == 0.1307
    assert round(float(X[:60_000].std(dtype=np.float64)), 4) == 0.3081


def test_images(real_set):
    real_set("mnist")
    X, y = load_mnist("test")
    images, same = load_mnist("test", images=True)
    assert images.shape == (10_000, 28, 28)
    np.testing.assert_array_equal(images.reshape(-1, 784), X)
    np.testing.assert_array_equal(same, y)
    assert y[:5].tolist() == [7, 2, 1, 0, 4]


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


def test_images_of_fashion_mnist(real_set):
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


@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_values_and_order(small, own_places, split):
    small.put(own_places[0] / "small")
    splits = ["train", "test"] if split == "all" else [split]
    pixels = np.concatenate([small.arrays[f"{each}-images"] for each in splits])
    labels = np.concatenate([small.arrays[f"{each}-labels"] for each in splits])
    X, y = load_images(small.dataset, split, False)
    assert (X.dtype, y.dtype) == (np.float32, np.int64)
    assert X.shape == (len(labels), 12)
    # float32(k / 255) in double precision, rounded once: what correct division gives.
    np.testing.assert_array_equal(X, (pixels.reshape(-1, 12) / 255.0).astype(np.float32))
    np.testing.assert_array_equal(y, labels)
    images, _ = load_images(small.dataset, split, True)
    np.testing.assert_array_equal(images, X.reshape(-1, 4, 3))
    assert X.flags["C_CONTIGUOUS"]
    assert X.flags["WRITEABLE"]


def test_only_the_files_of_the_split_are_fetched(small, own_places, server):
    load_images(server.serve(small), "test", False)
    assert server.asked == ["/test-images.gz", "/test-labels.gz"]


def test_a_file_that_is_not_the_sets(small, own_places):
    folder = small.put(own_places[0] / "small")
    (folder / "test-labels").write_bytes(small.contents["test-labels"][:-1] + b"\x63")
    with pytest.raises(DataFileError, match="test-labels does not hold what it should: the SHA-256 sum"):
        load_images(small.dataset, "all", False)


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
@pytest.mark.parametrize(
    ("split", "hint"), [("training", " Did you mean 'train'?"), ("tst", " Did you mean 'test'?"), (3, "")]
)
def test_a_split_that_there_is_not(load, split, hint):
    with pytest.raises(ParameterError) as caught:
        load(split)
    assert str(caught.value) == (
        f"split={split!r} is not possible; expected one of 'train', 'test', 'all'.{hint}"
    )


def test_the_rows_are_made_once(real_set):
    """Beside the result there is room for the file's bytes and no float copy: 1.25 times the result."""
    real_set("fashion-mnist")
    tracemalloc.start()
    X, _ = load_fashion_mnist("test")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * X.nbytes
