import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.chosen import part_of, runs_of

rows = st.lists(st.integers(0, 80), max_size=40)


@given(rows, st.integers(1, 9), st.none() | st.integers(1, 4))
def test_runs_are_the_rows_each_in_its_place(chosen, block, blocks_at_once):
    chosen = np.array(chosen, np.int64)
    longest = None if blocks_at_once is None else blocks_at_once * block
    found = np.full(len(chosen), -1)
    last = 0
    for run in runs_of(chosen, block, longest):
        assert (run.first, run.last) == (run.rows.min(), run.rows.max() + 1)
        assert last <= run.first or run.first == last - 1
        last = run.last
        if run.is_whole:
            assert run.rows.tolist() == list(range(run.first, run.last))
        found[run.places] = run.rows
        if longest is not None:
            assert run.last - run.first <= longest
            assert run.first // longest == (run.last - 1) // longest
    np.testing.assert_array_equal(found, chosen)


@given(rows, st.integers(1, 9))
def test_no_block_is_read_twice_and_none_without_need(chosen, block):
    """Runs share no block, and hold none between two wanted ones that nobody asked for."""
    runs = list(runs_of(np.array(chosen, np.int64), block))
    spans = [set(range(run.first // block, (run.last - 1) // block + 1)) for run in runs]
    assert sum(map(len, spans)) == len(set().union(*spans)) == len({row // block for row in chosen})


def test_neighbors_in_order_are_whole():
    (run,) = runs_of(np.arange(5, 20))
    assert run.is_whole
    assert (run.places, run.first, run.last) == (slice(0, 15), 5, 20)
    assert [run.is_whole for run in runs_of(np.array([6, 5]))] == [False]
    assert [run.is_whole for run in runs_of(np.array([5, 5]))] == [False]
    assert [run.is_whole for run in runs_of(np.array([5, 7]), block=8)] == [False]


def test_nothing_wanted_is_nothing_read():
    assert list(runs_of(np.array([], np.int64), 4, 8)) == []


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 12), st.integers(0, 12))
def test_a_part_of_a_range_is_that_of_its_numbers(first, length, start, more):
    rows = slice(first, first + length)
    numbers = np.arange(first, first + length)
    start = min(start, length)
    found = part_of(rows, start, start + more)
    np.testing.assert_array_equal(np.arange(found.start, found.stop), numbers[start : start + more])
    np.testing.assert_array_equal(part_of(numbers, start, start + more), numbers[start : start + more])
