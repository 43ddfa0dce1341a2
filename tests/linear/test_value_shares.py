"""How probable a category's values are, beside scikit-learn's linear discriminant analysis."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from diabolo.linear.row_gaussian import RowGaussian, fit_row_gaussian


def of_classes(n_rows=3000, seed=0):
    """Draw numbers about a mean of each of three classes, the middle one between the others."""
    random = np.random.default_rng(seed)
    classes = random.choice(3, n_rows, p=[0.3, 0.3, 0.4])
    numbers = np.array([[-2.0, 0], [0, 0.3], [2, 0]])[classes] + random.normal(size=(n_rows, 2))
    return numbers, classes


@pytest.fixture(scope="module")
def fitted():
    numbers, classes = of_classes()
    rows = np.hstack([numbers, np.eye(3)[classes]])
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    return fit_row_gaussian((rows - mean) / spread, 1e-6), mean, spread


def shares_of(fitted, rows):
    gaussian, mean, spread = fitted
    given = (rows - mean) / spread
    values = [(slice(2, 5), (np.eye(3) - mean[2:]) / spread[2:], mean[2:])]
    return list(gaussian.value_shares(gaussian.filled(given), np.isnan(given), values))


def test_they_are_those_of_a_discriminant_analysis(fitted):
    numbers, classes = of_classes()
    peer = LinearDiscriminantAnalysis().fit(numbers, classes)
    fresh = of_classes(50, 1)[0]
    ((block, chosen, shares),) = shares_of(fitted, np.hstack([fresh, np.full((50, 3), np.nan)]))
    assert (block, chosen.tolist()) == (slice(2, 5), list(range(50)))
    np.testing.assert_allclose(shares, peer.predict_proba(fresh), atol=2e-3)
    assert set(shares.argmax(axis=1)) == {0, 1, 2}  # the one in between is told, too


def test_of_fewer_cells_and_of_none(fitted):
    numbers, classes = of_classes()
    peer = LinearDiscriminantAnalysis().fit(numbers[:, :1], classes)
    rows = np.full((3, 5), np.nan)
    rows[0, 0] = 1.0
    rows[2] = [0, 0, 0, 1, 0]
    shares = {int(row): each[0] for _, (row,), each in shares_of(fitted, rows)}
    assert set(shares) == {0, 1}  # the last one has its value
    np.testing.assert_allclose(shares[0], peer.predict_proba([[1.0]])[0], atol=2e-3)
    np.testing.assert_allclose(shares[1], np.bincount(classes) / len(classes), atol=1e-6)


def test_a_value_that_no_row_has_is_not_told():
    gaussian = RowGaussian(np.zeros(2), np.eye(2))
    values = [(slice(0, 2), np.eye(2), np.array([1.0, 0.0]))]
    ((*_, shares),) = gaussian.value_shares(np.zeros((1, 2)), np.ones((1, 2), bool), values)
    assert shares[0, 1] < 1e-5
