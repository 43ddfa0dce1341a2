import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.training.plan import batch_plan, bucket

ORDERS = st.integers(1, 300).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(0, 2**32 - 1))
)


def shuffled(n_rows, n_chosen, seed):
    return np.random.default_rng(seed).permutation(n_rows)[:n_chosen]


@settings(max_examples=60)
@given(order=ORDERS, batch_size=st.integers(1, 70))
def test_every_row_is_visited_exactly_once_in_the_given_order(order, batch_size):
    order = shuffled(*order)
    plan = batch_plan(order, batch_size)
    assert plan.n_batches == int(np.ceil(len(order) / batch_size))
    assert plan.indices.shape == plan.weights.shape
    assert plan.indices.dtype == np.int32
    assert plan.weights.dtype == np.float32
    np.testing.assert_array_equal(plan.indices[plan.weights > 0], order)


@settings(max_examples=60)
@given(order=ORDERS, batch_size=st.integers(1, 70))
def test_weights_of_a_batch_sum_to_one_and_padding_is_zero(order, batch_size):
    order = shuffled(*order)
    plan = batch_plan(order, batch_size)
    np.testing.assert_allclose(plan.weights.sum(axis=1)[: plan.n_batches], 1, rtol=1e-5)
    assert not plan.weights.reshape(-1)[len(order) :].any()
    assert not plan.totals[plan.n_batches :].any()
    rows_in_batch = [len(order[i : i + batch_size]) for i in range(0, len(order), batch_size)]
    np.testing.assert_array_equal(plan.totals[: plan.n_batches], rows_in_batch)


@settings(max_examples=60)
@given(order=ORDERS, batch_size=st.integers(1, 70))
def test_padding_points_at_rows_of_the_order_only(order, batch_size):
    # A row outside the order may be held out, or hold nothing finite; 0 times NaN is NaN.
    order = shuffled(*order)
    assert np.isin(batch_plan(order, batch_size).indices, order).all()


@settings(max_examples=60)
@given(order=ORDERS, batch_size=st.integers(1, 70))
def test_sample_weights_share_out_so_that_totals_give_them_back(order, batch_size):
    n_rows, *_ = order
    order = shuffled(*order)
    weight = np.random.default_rng(0).random(n_rows) + 0.1
    plan = batch_plan(order, batch_size, sample_weight=weight, mean_weight=float(weight[order].mean()))
    given_back = (plan.weights * plan.totals[:, None]).reshape(-1)
    np.testing.assert_allclose(given_back[: len(order)], weight[order], rtol=1e-5)
    assert not given_back[len(order) :].any()
    np.testing.assert_allclose(plan.totals.sum(), weight[order].sum(), rtol=1e-12)


def test_an_empty_order_has_no_batches():
    plan = batch_plan(np.arange(0), 4)
    assert plan.n_batches == 0
    assert not plan.weights.any()
    assert not plan.totals.any()


@settings(max_examples=60)
@given(room=st.integers(1, 300), n_rows=st.integers(0, 300), batch_size=st.integers(1, 70))
def test_room_alone_decides_the_shape(room, n_rows, batch_size):
    n_rows = min(n_rows, room)
    full = batch_plan(np.arange(room), batch_size, room=room)
    plan = batch_plan(np.arange(n_rows), batch_size, room=room)
    assert plan.indices.shape == full.indices.shape == batch_plan(np.arange(room), batch_size).indices.shape
    assert plan.n_batches == int(np.ceil(n_rows / batch_size))


@settings(max_examples=200)
@given(count=st.integers(0, 10**9), more=st.integers(0, 10**6))
def test_bucket_grows_with_the_count_and_wastes_a_quarter_at_most(count, more):
    assert bucket(count) <= bucket(count + more)
    assert count <= bucket(count) <= max(1.25 * count, 1)


def test_buckets_are_quarters_between_powers_of_two():
    expected = {1, *(quarters * 2**power // 4 for power in range(13) for quarters in (4, 5, 6, 7))}
    found = {bucket(count) for count in range(4097)}
    assert found == {count for count in expected if 1 <= count <= 4096 and bucket(count) == count}
    # Four sizes at the most from one power of two to the next.
    for power in range(12):
        assert len({bucket(count) for count in range(2**power + 1, 2 ** (power + 1) + 1)}) <= 4
