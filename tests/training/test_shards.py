"""Rows of a batch on several devices: whoever holds a row finds it, and it weighs what it did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.training.plan import batch_plan
from diabolo.training.shards import Shards, spread_plan


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_every_row_of_a_batch_is_found_with_its_owner(n_rows, batch_size, n_shards, seed, is_weighted):
    random = np.random.default_rng(seed)
    shards, order = Shards(n_shards), random.permutation(n_rows)
    weights = random.uniform(0.5, 2.0, n_rows) if is_weighted else None
    plan = batch_plan(order, batch_size, sample_weight=weights)
    deal = shards.dealt(random.integers(n_shards, size=n_rows))
    spread = spread_plan(plan, deal, shards, 0)
    width = spread.indices.shape[1] // n_shards
    # From (device, place on it) back to the row.
    row_at = {
        (shard, place): row for row, (shard, place) in enumerate(zip(deal.shard, deal.place, strict=True))
    }
    for batch in range(plan.n_batches):
        columns = np.flatnonzero(spread.weights[batch])
        rows = [row_at[column // width, spread.indices[batch, column]] for column in columns]
        kept = plan.weights[batch] > 0
        by_place = np.argsort(spread.places[batch, columns])
        np.testing.assert_array_equal(np.array(rows)[by_place], plan.indices[batch, kept])
        np.testing.assert_array_equal(spread.weights[batch, columns][by_place], plan.weights[batch, kept])
    assert not spread.weights[plan.n_batches :].any()
    np.testing.assert_array_equal(spread.totals, plan.totals)


def test_padding_is_a_row_that_is_visited():
    shards = Shards(2)
    deal = shards.dealt(np.array([0, 0, 1, 1]))
    plan = batch_plan(np.array([1, 3]), 2)  # rows 0 and 2, the first of each device, may hold anything
    spread = spread_plan(plan, deal, shards, 3)
    assert set(spread.indices[:, :3].ravel()) == {1}
    assert set(spread.indices[:, 3:].ravel()) == {1}


def test_the_width_of_batches_before_stays():
    shards = Shards(2)
    deal, plan = shards.dealt(np.array([0, 1])), batch_plan(np.array([0, 1]), 2)
    assert spread_plan(plan, deal, shards, 7).indices.shape[1] == 14


@pytest.mark.parametrize("batch_size", [1, 4, 10])
def test_owners(batch_size):
    shards, rows = Shards(4), np.arange(40)
    owners = shards.by_batch(batch_size)(rows)
    for start in range(0, 40, batch_size):
        counts = np.bincount(owners[start : start + batch_size], minlength=4)
        assert counts.max() <= -(-batch_size // 4)
    assert shards.in_segments(rows).tolist() == [i for i in range(4) for _ in range(10)]
    assert shards.by_block(5)(rows).tolist() == [i for _ in range(2) for i in range(4) for _ in range(5)]


def test_a_process_with_several_devices_knows_the_rows_of_each():
    deal = Shards(4, 2, 2).dealt(np.array([3, 2, 0, 2, 1, 3]))
    assert [part.tolist() for part in deal.own] == [[1, 3], [0, 5]]
    assert deal.place.tolist() == [0, 0, 0, 1, 0, 1]
