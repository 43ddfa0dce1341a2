import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from diabolo.screening.bins import bins_of_target, joint_counts
from diabolo.screening.sums import centered_tile
from diabolo.screening.target import read_target


def counted_by_ranks(column, labels, n_bins, n_labels):
    """Count with SciPy's mid ranks: a value's bin is where the middle of its rank lies."""
    there = ~np.isnan(column)
    ranks = rankdata(column[there])
    bins = np.floor((ranks - 0.5) * n_bins / there.sum() + 1e-9).astype(int)
    counts = np.zeros((n_bins, n_labels), int)
    np.add.at(counts, (bins, labels[there]), 1)
    return counts


@settings(max_examples=60)
@given(st.integers(5, 300), st.integers(1, 9), st.sampled_from([0, 1, 3, 1000]), st.sampled_from([0.0, 0.2]),
       st.booleans())  # fmt: skip
def test_counts_are_those_of_mid_ranks(n_rows, n_features, values, gaps, is_class):
    random = np.random.default_rng(n_rows + 7 * n_features + values)
    X = random.normal(size=(n_rows, n_features)) * 5
    if values:
        X = np.round(X * values / 10)
    X[random.random(X.shape) < gaps] = np.nan
    y = np.arange(n_rows) % 3 if is_class else random.normal(size=n_rows)
    bins = bins_of_target(read_target(y, n_rows))
    centered, present, _ = centered_tile(X)
    counts, _ = joint_counts(centered, present, bins)
    for j in range(n_features):
        if np.isnan(X[:, j]).all():
            assert not counts[j].any()
            continue
        apart = np.diff(np.unique(X[~np.isnan(X[:, j]), j]))
        if (apart < 2.0**-17 * np.nanmax(np.abs(X[:, j] - np.nanmean(X[:, j])))).any():
            continue  # so near each other, values count as equal
        expected = counted_by_ranks(X[:, j], bins.labels, bins.n_bins, bins.n_labels)
        np.testing.assert_array_equal(counts[j][bins.reversed_bins], expected)


@pytest.mark.parametrize(("n_rows", "n_bins"), [(4, 2), (100, 8), (1000, 32), (5000, 64), (100_000, 64)])
def test_as_many_cells_as_rows_up_to_a_limit(n_rows, n_bins):
    bins = bins_of_target(read_target(np.arange(float(n_rows)), n_rows, "numbers"))
    assert (bins.n_bins, bins.n_labels) == (n_bins, n_bins)


def test_equal_targets_share_a_bin():
    bins = bins_of_target(read_target(np.repeat([0.0, 1.0, 5.0], [50, 40, 10]), 100, "numbers"))
    assert len(np.unique(bins.labels)) == 3


def test_neighbors_lie_half_of_the_table_apart():
    bins = bins_of_target(read_target(np.arange(100.0), 100))
    assert bins.reversed_bins.tolist() == [0, 4, 2, 6, 1, 5, 3, 7]


def test_values_beyond_the_range_of_float32_stay_together():
    X = np.array([0.0, 1e300, -1e300, 1e200, 1.0, 2.0, 3.0, 4.0, 5.0])[:, None]
    bins = bins_of_target(read_target(np.arange(9) % 3, 9))
    counts, _ = joint_counts(X.T.copy(), None, bins)
    clipped = np.clip(X[:, 0], -3e38, 3e38)
    expected = counted_by_ranks(clipped, bins.labels, bins.n_bins, bins.n_labels)
    np.testing.assert_array_equal(counts[0][bins.reversed_bins], expected)
