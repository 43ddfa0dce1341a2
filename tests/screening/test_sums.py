import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError
from diabolo.screening import f_test, screen
from diabolo.screening.sums import Sums, centered_tile, variance
from diabolo.screening.target import read_target


def test_a_constant_feature_leaves_exact_zeros():
    centered, present, shift = centered_tile(np.full((7, 2), 0.1, np.float32))
    assert not centered.any()
    assert present is None
    assert shift.tolist() == [float(np.float32(0.1))] * 2


def test_a_first_value_far_from_the_others_is_not_counted_from():
    random = np.random.default_rng(0)
    column = random.normal(size=1000)
    column[0] = 1e8
    column[:500] += 1e-3
    _, _, shift = centered_tile(column[:, None])
    assert abs(shift[0] - column.mean()) < 1.0


@settings(max_examples=30)
@given(st.integers(3, 40), st.integers(1, 9), st.integers(0, 5), st.booleans(), st.data())
def test_blocks_of_rows_add_up_to_all(n_rows, n_features, gaps, is_class, data):
    random = np.random.default_rng(n_rows * n_features + gaps)
    X = random.normal(size=(n_rows, n_features)) + 1000
    for _ in range(gaps):
        X[random.integers(n_rows), random.integers(n_features)] = np.nan
    y = np.arange(n_rows) % 2 if is_class else random.normal(size=n_rows)
    cut = data.draw(st.integers(0, n_rows))
    target = read_target(y, n_rows)
    whole, parts = Sums(n_features, target, n_rows), Sums(n_features, target, n_rows)
    whole.add(slice(0, n_rows), slice(0, n_features), X)
    for start, stop in ((0, cut), (cut, n_rows)):
        if stop > start:
            parts.add(slice(start, stop), slice(0, n_features), X[start:stop])
    np.testing.assert_allclose(parts.counts, whole.counts, atol=1e-12)
    there = ~np.isnan(X)
    centered = np.where(there, X - parts.shift, 0)
    np.testing.assert_allclose(parts.squares, (centered**2).sum(axis=0), rtol=1e-9, atol=1e-9)


def test_a_feature_that_is_missing_at_first_counts_from_its_first_value():
    X = np.full((10, 1), np.nan)
    X[6:, 0] = [1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]
    sums = Sums(1, None, 10)
    sums.add(slice(0, 5), slice(0, 1), X[:5])
    sums.add(slice(5, 10), slice(0, 1), X[5:])
    assert sums.shift[0] == 1e9
    assert (sums.squares[0], sums.products[0, 0], sums.counts[0, 0]) == (14.0, 6.0, 4.0)


@pytest.mark.parametrize("kind", ["none", "numbers", "classes"])
def test_sums_of_other_rows_are_added_where_both_are_relative_to_the_same(kind):
    random = np.random.default_rng(2)
    rows = random.normal(size=(90, 12)) + 50.0 * random.normal(size=12)
    rows[random.uniform(size=rows.shape) < 0.1] = np.nan
    y = {"none": None, "numbers": random.normal(size=90), "classes": np.arange(90) % 3}[kind]
    target = None if y is None else read_target(y, 90)
    whole, upper, lower = (Sums(12, target, 90) for _ in range(3))
    whole.add(slice(0, 90), slice(0, 12), rows)
    upper.add(slice(0, 40), slice(0, 12), rows[:40])
    lower.add(slice(40, 90), slice(0, 12), rows[40:])
    for each in (upper, lower):
        each.move_to(whole.shift)
    for name in ("squares", "products", "counts"):
        expected = getattr(whole, name)
        np.testing.assert_allclose(
            getattr(upper, name) + getattr(lower, name), expected, rtol=1e-9, atol=1e-9
        )


def test_an_infinite_cell_is_named():
    X = np.zeros((4, 3))
    X[2, 1] = -np.inf
    wide = np.zeros((24, 13))
    wide[20:, 10:] = X
    source = ArraySource(wide, name="a.npy").rows(range(23, -1, -1))
    said = (
        r"^a\.npy contains infinity: screening found it first in row 22, column 11, both counted from 0\. Rep"
    )
    with pytest.raises(InputError, match=said):
        centered_tile(wide[::-1][1:, 10:], None, (source, 1, 10))
    for search in (screen, f_test):
        with pytest.raises(InputError, match=said):
            search(source, np.arange(24.0))
    with pytest.raises(InputError, match=said):
        variance(source)


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
