"""The real MNIST."""

import numpy as np

from diabolo.datasets import load_mnist


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
