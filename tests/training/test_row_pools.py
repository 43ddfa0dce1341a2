import numpy as np
import pytest

from diabolo.training.row_pools import RowsPooled
from diabolo.training.rows import RowsStreamed

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
