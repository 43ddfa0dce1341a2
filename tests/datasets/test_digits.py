"""The digits that scikit-learn carries."""

import numpy as np
import sklearn.datasets

from diabolo.datasets import load_digits


def test_digits_are_scikit_learns_scaled_to_one():
    X, y = load_digits()
    expected = sklearn.datasets.load_digits()
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X * 16, expected.data)
    np.testing.assert_array_equal(y, expected.target)
    assert X.min() == 0.0
    assert X.max() == 1.0
