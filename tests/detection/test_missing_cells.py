"""Held against numpy's means of the cells that are there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.detection.missing_cells import balanced, gaps_in


@settings(max_examples=60)
@given(shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_a_row_sums_to_the_mean_of_its_cells_times_their_number(shape, share, seed):
    random = np.random.default_rng(seed)
    cells = np.where(random.random(shape) < share, np.nan, random.normal(size=shape))
    gaps = np.isnan(cells)
    found = balanced(cells, gaps)
    assert (found[gaps] == 0).all()
    for row, total in zip(cells, found.sum(axis=1), strict=True):
        known = row[~np.isnan(row)]
        expected = known.mean() * shape[1] if len(known) else 0.0
        np.testing.assert_allclose(total, expected, atol=1e-12)


def test_without_gaps_nothing_is_copied():
    cells = np.ones((3, 2))
    assert gaps_in(cells) is None
    assert gaps_in(np.ones((3, 2), int)) is None
    assert balanced(cells, None) is cells


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_cells_whose_squares_are_too_large_for_their_type_are_no_gaps(dtype):
    rows = np.full((3, 4), min(np.finfo(dtype).max, np.finfo(np.float32).max), dtype)
    assert gaps_in(rows) is None
    rows[1, 2] = np.nan
    assert np.argwhere(gaps_in(rows)).tolist() == [[1, 2]]
