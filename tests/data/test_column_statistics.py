import numpy as np

from diabolo.data.column_statistics import column_statistics

X = np.random.default_rng(1).normal(5, 2, (70_000, 4)).astype(np.float32)  # several blocks


def test_against_numpy():
    weights = np.random.default_rng(2).random(len(X))
    rows = np.arange(0, len(X), 3)
    lowest, highest, mean, deviation = column_statistics(X, slice(1, 4), rows, weights, moments=True)
    part, weight = X[rows, 1:].astype(np.float64), weights[rows]
    np.testing.assert_array_equal(lowest, part.min(axis=0))
    np.testing.assert_array_equal(highest, part.max(axis=0))
    expected = np.average(part, axis=0, weights=weight)
    np.testing.assert_allclose(mean, expected, rtol=1e-13)
    variance = np.average((part - expected) ** 2, axis=0, weights=weight)
    np.testing.assert_allclose(deviation, np.sqrt(variance), rtol=1e-13)


def test_moments_only_when_asked():
    _, _, mean, deviation = column_statistics(X, slice(0, 4), None, None, moments=False)
    assert not mean.any()
    assert not deviation.any()


def test_a_block_without_weight_is_skipped():
    weights = np.zeros(len(X))
    weights[-3:] = [1, 0, 2]
    lowest, highest, mean, _ = column_statistics(X, slice(0, 4), None, weights, moments=True)
    first, last = X[-3].astype(np.float64), X[-1].astype(np.float64)
    np.testing.assert_array_equal(lowest, np.minimum(first, last))
    np.testing.assert_array_equal(highest, np.maximum(first, last))
    np.testing.assert_allclose(mean, (first + 2 * last) / 3, rtol=1e-13)
