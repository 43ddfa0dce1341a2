import jax
import numpy as np
import pytest

from diabolo.core.corruption import GaussianNoise, MaskingNoise
from diabolo.training import corruption
from diabolo.training.corruption import corrupt_rows

NOISE = GaussianNoise(1.0, -np.inf, np.inf)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of ten rows of the table's six columns."""
    monkeypatch.setattr(corruption, "_BLOCK_CELLS", 60)


def test_every_row_gets_noise_of_its_own_and_the_table_stays(table, small_blocks):
    clean = table.copy()
    noisy = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(table, clean)
    assert (noisy.shape, noisy.dtype) == (table.shape, np.float32)
    added = (noisy - table).astype(np.float64)
    # Three blocks, the last one short: no number of one is found in another.
    assert len(np.unique(noisy - table)) > 0.98 * table.size
    assert abs(added.mean()) < 5 / np.sqrt(added.size)
    assert abs(added.std() - 1) < 5 / np.sqrt(2 * added.size)


def test_the_seed_decides_the_noise(table):
    first, same, other = (corrupt_rows(NOISE, table, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, same)
    assert not np.intersect1d(first - table, other - table).size


@pytest.mark.parametrize("n_rows", [1, 9, 10, 11, 20])
def test_a_rows_noise_is_that_of_its_number_however_many_rows_follow(n_rows, table, small_blocks):
    whole = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(corrupt_rows(NOISE, table[:n_rows], 3), whole[:n_rows])


def test_a_size_of_block_is_part_of_what_the_seed_means(table, monkeypatch):
    # The first block is the same; a later row's number within its block is another.
    whole = corrupt_rows(NOISE, table, 3)
    monkeypatch.setattr(corruption, "_BLOCK_CELLS", 60)
    in_blocks = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(in_blocks[:10], whole[:10])
    assert (in_blocks[10:] != whole[10:]).all()


def test_a_fill_a_column_goes_with_every_block(table, small_blocks):
    means = table.mean(axis=0)
    noisy = corrupt_rows(MaskingNoise(1.0, means), table, 3)
    np.testing.assert_array_equal(noisy, np.broadcast_to(means, table.shape))


@pytest.mark.parametrize("shape", [(0, 6), (1, 1), (3, 100)])
def test_tables_of_any_shape_are_corrupted(shape, small_blocks):
    noisy = corrupt_rows(NOISE, np.zeros(shape, np.float32), 3)
    assert noisy.shape == shape
    assert np.count_nonzero(noisy) == noisy.size


def test_numbers_of_one_kind_of_noise_share_a_program(table):
    corrupt_rows(MaskingNoise(0.5, 0.0), table, 3)
    before = corruption._compiled._cache_size()
    for fraction, seed in ((0.25, 3), (0.75, 4)):
        corrupt_rows(MaskingNoise(fraction, 1.0), table, seed)
    assert corruption._compiled._cache_size() == before


def test_the_noise_is_not_that_of_the_first_training_step(table):
    # A fit on corrupted rows with the same seed would otherwise add the same numbers twice.
    from diabolo.core.draws import draw_normal, fold_in
    from diabolo.core.randomness import random_for

    key = random_for(3, "noise").integers(2**32, size=2, dtype=np.uint32)
    in_training = np.asarray(draw_normal(fold_in(fold_in(jax.numpy.asarray(key), 0), 0), table.shape))
    assert not np.intersect1d(corrupt_rows(NOISE, np.zeros_like(table), 3), in_training).size
