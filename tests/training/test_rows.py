import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.training.pooled_rows import RowsPooled
from diabolo.training.rows import RowsStreamed, Table, aligned_rows, block_order, distinct_rows


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


class LateCopy:
    """A table on a device that copies it when it is waited for, and not before, as a slow one might."""

    def __init__(self, table):
        self.table, self.copied = table, None

    def block_until_ready(self):
        if self.copied is None:
            self.copied = self.table.copy()
        return self

    def __array__(self, dtype=None, copy=None):
        return self.block_until_ready().copied


@pytest.mark.parametrize("kind", [RowsStreamed, RowsPooled])
@pytest.mark.parametrize("n_epochs", [1, 2])
def test_rows_are_not_overwritten_while_a_device_copies_them(kind, n_epochs, table):
    def gather(numbers, out):
        out[:] = table[numbers]

    sizes = (8,) if kind is RowsStreamed else (16, 8)
    source = kind(gather, 6, *sizes, LateCopy, np.arange(23))
    # No chunk is looked at before all are made.
    chunks = [list(source.chunks(None)) for _ in range(n_epochs)]
    others = list(source.others(np.array([20, 22]), None).chunks(None))
    for epoch_of_chunks in chunks:
        visited = [np.asarray(chunk.rows)[chunk.order] for chunk in epoch_of_chunks]
        np.testing.assert_array_equal(np.concatenate(visited), table)
    np.testing.assert_array_equal(np.asarray(others[0].rows)[others[0].order], table[[20, 22]])


@pytest.mark.parametrize("kind", [RowsStreamed, RowsPooled])
def test_nothing_is_waited_for_but_the_copy_of_a_buffer_that_is_filled_again(kind, table):
    waited = []

    class Noted(LateCopy):
        def block_until_ready(self):
            waited.append(self)
            return super().block_until_ready()

    def gather(numbers, out):
        out[:] = table[numbers]

    sizes = (8,) if kind is RowsStreamed else (16, 8)
    chunks = kind(gather, 6, *sizes, Noted, np.arange(23)).chunks(None)
    first, _second = next(chunks), next(chunks)
    assert waited == []
    next(chunks)
    assert waited == [first.rows]


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


row_numbers = st.lists(st.integers(0, 60), unique=True, max_size=40)


@given(row_numbers, st.integers(1, 12), st.integers(0, 3))
def test_blocks_are_put_in_order_as_wholes(rows, block_rows, seed):
    """Every row once, a block's rows together and in the order given, whether or not that ascends."""
    chosen = np.array(rows, np.int64)
    order = block_order(chosen, block_rows, np.random.default_rng(seed))
    assert sorted(order.tolist()) == sorted(rows)
    assert order.tolist() == block_order(chosen, block_rows, np.random.default_rng(seed)).tolist()
    groups = [(block, list(part)) for block, part in itertools.groupby(order, lambda row: row // block_rows)]
    assert len({block for block, _ in groups}) == len(groups)
    for block, part in groups:
        assert part == [row for row in rows if row // block_rows == block]


def test_every_order_of_the_blocks_is_as_likely():
    orders = [
        tuple(block_order(np.arange(6), 2, np.random.default_rng(seed))[::2] // 2) for seed in range(1200)
    ]
    counts = np.array([orders.count(order) for order in itertools.permutations(range(3))])
    assert counts.sum() == 1200
    # Six standard deviations of a count of 200 in 1,200.
    assert np.abs(counts - 200).max() < 6 * np.sqrt(1200 / 6 * 5 / 6)


def test_without_a_generator_blocks_stay_where_they_are():
    assert block_order(np.array([5, 0, 3]), 2, None).tolist() == [5, 0, 3]
    assert block_order(np.array([], int), 2, np.random.default_rng(0)).tolist() == []


def epoch(chosen, rows_per_chunk, block_rows, seed):
    """Return the row numbers that each chunk visits, in its order, and those gathered for it."""
    gathered = []

    def gather(numbers, out):
        gathered.append(numbers.tolist())
        out[:] = numbers[:, None]

    stream = RowsStreamed(gather, 2, rows_per_chunk, np.copy, np.asarray(chosen), block_rows=block_rows)
    random = None if seed is None else np.random.default_rng(seed)
    chunks = list(stream.chunks(random))
    assert {chunk.rows.shape for chunk in chunks} <= {(rows_per_chunk, 2)}
    return [chunk.rows[chunk.order, 0].astype(int).tolist() for chunk in chunks], gathered


@given(row_numbers.map(sorted), st.integers(1, 12), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3))
def test_an_epoch_by_blocks_visits_every_row_once(rows, block_rows, batch, batches, seed):
    visited, gathered = epoch(rows, batch * batches, block_rows, seed)
    assert sorted(itertools.chain(*visited)) == rows
    assert (visited, gathered) == epoch(rows, batch * batches, block_rows, seed)
    # No chunk but the last ends within a batch.
    assert all(len(part) == batch * batches for part in visited[:-1])
    for part, read in zip(visited, gathered, strict=True):
        assert sorted(part) == sorted(read)
    if block_rows > 1:
        whole = block_order(np.array(rows, np.int64), block_rows, np.random.default_rng(seed)).tolist()
        cuts = list(itertools.accumulate(map(len, gathered), initial=0))
        # Each chunk is the next stretch of that order, read in the file's own.
        for read, (start, stop) in zip(gathered, itertools.pairwise(cuts), strict=True):
            assert list(read) == sorted(whole[start:stop])
    assert list(itertools.chain(*epoch(rows, batch * batches, block_rows, None)[0])) == rows


def test_rows_of_a_chunk_are_shuffled_and_another_seed_is_another_order():
    one, other = (epoch(range(60), 30, 5, seed)[0] for seed in (0, 1))
    assert one != other
    for part in (*one, *other):
        assert part != sorted(part)
        # Neighbors in the file do not follow each other in the chunk.
        assert np.mean(np.diff(part) == 1) < 0.3


def test_rows_of_distant_blocks_meet_in_a_chunk():
    parts = [epoch(range(1000), 200, 10, seed)[0] for seed in range(20)]
    spans = [np.ptp(part) for visited in parts for part in visited]
    assert min(spans) > 700
    # The place of a row says nothing of when it is visited: its rank correlation is that of chance.
    turns = np.array([np.argsort(list(itertools.chain(*visited))) for visited in parts])
    assert np.abs([np.corrcoef(np.arange(1000), turn)[0, 1] for turn in turns]).mean() < 0.2


def held(rows):
    def gather(chosen, out):
        out[:] = rows[chosen]

    return Table(
        gather, *rows.shape, held_bytes=rows.nbytes, block_rows=1, buffer_bytes=0, n_all=rows.shape[1]
    )


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=20), st.booleans(), st.integers(0, 3))
def test_equal_rows_are_merged_and_sorted_whatever_their_order(letters, is_weighted, seed):
    rows = np.array([[ord(letter), 1.0] for letter in [*letters, "z"]], np.float32)
    chosen = np.random.default_rng(seed).permutation(len(letters))  # not the last
    given = np.arange(1.0, len(rows) + 1) if is_weighted else np.ones(len(rows))
    distinct, weights = distinct_rows(held(rows), chosen, given if is_weighted else None)
    assert rows[distinct, 0].tolist() == sorted(set(map(ord, letters)))
    found = np.ones(len(rows)) if weights is None else weights
    for row in distinct:
        assert found[row] == given[chosen][rows[chosen, 0] == rows[row, 0]].sum()
    if weights is not None:
        assert weights.sum() == given[chosen].sum()
    assert (weights is None) == (len(distinct) == len(chosen) and not (is_weighted and len(letters) > 1))


def test_a_large_table_is_left_as_it_is():
    chosen = np.array([1, 0])
    found, weights = distinct_rows(held(np.zeros((2, 2**20), np.float32)), chosen, None)
    assert found is chosen
    assert weights is None


TABLE = np.arange(60, dtype=np.float32).reshape(30, 2)


def gather(numbers, out):
    out[:] = TABLE[numbers]


def visited(source, seed):
    random = None if seed is None else np.random.default_rng(seed)
    weighed = []
    for chunk in source.chunks(random):
        weights = np.ones(len(chunk.rows)) if chunk.sample_weight is None else chunk.sample_weight
        weighed += [(*chunk.rows[row].tolist(), float(weights[row])) for row in chunk.order]
    return weighed


@pytest.mark.parametrize("block_rows", [1, 4])
@pytest.mark.parametrize("weights", [None, np.arange(30) / 7])
@pytest.mark.parametrize("seed", [None, 0])
def test_the_order_is_that_of_pools_that_go_to_the_device(block_rows, weights, seed):
    chosen = np.setdiff1d(np.arange(30), [3, 17])
    pooled = RowsPooled(gather, 2, 12, 4, np.copy, chosen, weights, block_rows)
    streamed = RowsStreamed(gather, 2, 12, np.copy, chosen, weights, block_rows)
    assert visited(pooled, seed) == visited(streamed, seed)
    assert sorted(row for row, *_ in visited(pooled, seed)) == TABLE[chosen, 0].tolist()


def test_chunks_have_one_shape_and_no_batch_is_cut():
    chunks = list(RowsPooled(gather, 2, 12, 8, np.copy, np.arange(30)).chunks(np.random.default_rng(0)))
    assert {chunk.rows.shape for chunk in chunks} == {(8, 2)}
    assert [len(chunk.order) for chunk in chunks] == [8, 4, 8, 4, 6]


def test_no_rows():
    assert list(RowsPooled(gather, 2, 12, 4, np.copy, np.arange(0)).chunks(np.random.default_rng(0))) == []


def test_what_goes_wrong_in_reading_is_raised_when_its_pool_is_due():
    def failing(numbers, out):
        if numbers[-1] >= 12:
            raise OSError("the disk is gone")
        gather(numbers, out)

    chunks = RowsPooled(failing, 2, 12, 12, np.copy, np.arange(30)).chunks(None)
    assert len(next(chunks).order) == 12
    with pytest.raises(OSError, match="the disk is gone"):
        next(chunks)


def test_other_rows_of_the_same_table():
    source = RowsPooled(gather, 2, 12, 4, np.copy, np.arange(10))
    others = source.others(np.array([20, 4]), None)
    assert [row for row, *_ in visited(others, None)] == TABLE[[20, 4], 0].tolist()
    assert (source.n_rows, others.n_rows) == (10, 2)
