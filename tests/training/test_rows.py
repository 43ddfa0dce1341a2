import numpy as np
import pytest

from diabolo.training.rows import RowsStreamed, aligned_rows


def test_a_table_in_memory_comes_as_one_chunk_in_its_own_order(in_memory, table):
    chosen = np.array([9, 2, 4])
    source = in_memory(table, chosen)
    (chunk,) = source.chunks(None)
    np.testing.assert_array_equal(chunk.order, chosen)
    np.testing.assert_array_equal(chunk.rows, table)
    assert source.n_rows == 3


def test_a_generator_permutes_the_chosen_rows_and_leaves_them_as_they_were(in_memory, table):
    chosen = np.arange(3, 21)
    source = in_memory(table, chosen)
    (first,) = source.chunks(np.random.default_rng(0))
    (again,) = source.chunks(np.random.default_rng(0))
    (other,) = source.chunks(np.random.default_rng(1))
    np.testing.assert_array_equal(np.sort(first.order), np.arange(3, 21))
    np.testing.assert_array_equal(first.order, again.order)
    assert first.order.tolist() != other.order.tolist()
    np.testing.assert_array_equal(chosen, np.arange(3, 21))


def test_mean_weight_is_over_the_chosen_rows(in_memory, table):
    weight = np.arange(23.0)
    assert in_memory(table, [1, 2, 6], weight).mean_weight == 3.0
    assert in_memory(table, [1, 2, 6]).mean_weight == 1.0
    (chunk,) = in_memory(table, [1, 2, 6], weight).chunks(None)
    np.testing.assert_array_equal(chunk.sample_weight, weight)


@pytest.fixture
def streamed(table):
    def gather(numbers, buffer):
        buffer[:] = table[numbers]

    def make(chosen, rows_per_chunk, sample_weight=None):
        return RowsStreamed(gather, 6, rows_per_chunk, np.copy, np.asarray(chosen), sample_weight)

    return make


@pytest.mark.parametrize("rows_per_chunk", [1, 4, 18, 64])
@pytest.mark.parametrize("seed", [None, 0])
def test_streamed_chunks_hold_the_chosen_rows_once_in_the_order_of_the_seed(
    rows_per_chunk, seed, in_memory, streamed, table
):
    def generator():
        return None if seed is None else np.random.default_rng(seed)

    chosen, weight = np.arange(3, 21), np.arange(23.0)
    (whole,) = in_memory(table, chosen).chunks(generator())
    source = streamed(chosen, rows_per_chunk, weight)
    chunks = list(source.chunks(generator()))
    assert {chunk.rows.shape for chunk in chunks} == {(rows_per_chunk, 6)}
    visited = np.concatenate([chunk.rows[chunk.order] for chunk in chunks])
    np.testing.assert_array_equal(visited, table[whole.order])
    weights = np.concatenate([chunk.sample_weight[chunk.order] for chunk in chunks])
    np.testing.assert_array_equal(weights, weight[whole.order])
    assert (source.n_rows, source.mean_weight) == (18, weight[3:21].mean())


def test_a_streamed_chunk_stays_until_the_second_after_it_is_asked_for(table):
    def gather(numbers, buffer):
        buffer[:] = table[numbers]

    chunks = RowsStreamed(gather, 6, 8, lambda buffer: buffer, np.arange(23)).chunks(None)
    first, second = next(chunks), next(chunks)
    np.testing.assert_array_equal(first.rows, table[:8])
    np.testing.assert_array_equal(second.rows, table[8:16])


def test_others_are_other_rows_of_the_same_table(in_memory, streamed, table):
    held_out, weight = np.array([1, 22]), np.arange(23.0)
    for source in (in_memory(table, [4, 5]), streamed([4, 5], 2)):
        (chunk,) = source.others(held_out, weight).chunks(None)
        np.testing.assert_array_equal(np.asarray(chunk.rows)[chunk.order], table[held_out])
        np.testing.assert_array_equal(chunk.sample_weight[chunk.order], weight[held_out])
        (own,) = source.chunks(None)
        np.testing.assert_array_equal(np.asarray(own.rows)[own.order], table[4:6])


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (16, 16)])
def test_aligned_rows_start_where_xla_can_use_them(shape):
    for _ in range(5):
        rows = aligned_rows(*shape)
        assert (rows.shape, rows.dtype, rows.ctypes.data % 64) == (shape, np.float32, 0)
        rows[:] = 1
        assert rows.flags.c_contiguous
