"""The digits that scikit-learn carries."""

import numpy as np
import sklearn.datasets

from diabolo.datasets import load_digits
from diabolo.datasets.catalog import DIGITS
from diabolo.datasets.files import find_own


def test_digits_are_scikit_learns_scaled_to_one():
    X, y = load_digits()
    expected = sklearn.datasets.load_digits()
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X * 16, expected.data)
    np.testing.assert_array_equal(y, expected.target)
    assert X.min() == 0.0
    assert X.max() == 1.0


def test_digits_as_images():
    images, y = load_digits(images=True)
    np.testing.assert_array_equal(images * 16, sklearn.datasets.load_digits().images)
    np.testing.assert_array_equal(y, load_digits()[1])


def test_the_file_is_scikit_learns(monkeypatch):
    assert [path.name for path in find_own(DIGITS)] == ["digits.csv.gz"]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert find_own(DIGITS) == []
    X, _ = load_digits()
    np.testing.assert_array_equal(X * 16, sklearn.datasets.load_digits().data)
