import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from diabolo.data.array_source import ArraySource
from diabolo.screening.variance import variance


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_the_variance_is_scikit_learns(dtype):
    X = (np.random.default_rng(0).normal(size=(50, 300)) * 20 + 100).astype(dtype)
    np.testing.assert_allclose(variance(X)[0], StandardScaler().fit(X.astype(np.float64)).var_, rtol=1e-5)


def test_gaps_are_counted_and_left_out():
    X = np.random.default_rng(0).normal(size=(40, 3))
    X[:10, 1] = np.nan
    X[:, 2] = np.nan
    spread, missing = variance(X)
    np.testing.assert_allclose(spread[:2], np.nanvar(X[:, :2], axis=0))
    assert np.isnan(spread[2])
    assert missing.tolist() == [0.0, 0.25, 1.0]


def test_a_large_mean_does_not_cancel():
    X = np.random.default_rng(0).normal(size=(500, 2)) + 1e9
    np.testing.assert_allclose(variance(X)[0], X.var(axis=0), rtol=1e-9)


def test_a_source_is_read_in_blocks_of_rows():
    X = np.random.default_rng(0).normal(size=(400, 2000)).astype(np.float32)
    source = ArraySource(X).rows(np.arange(400))
    np.testing.assert_allclose(variance(source, max_memory="18MB")[0], variance(X)[0], rtol=1e-12)
