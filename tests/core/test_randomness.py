import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from diabolo.core.randomness import (
    PURPOSES,
    BatchKey,
    draw_bits,
    draw_normal,
    draw_uniform,
    fold_in,
    random_for,
)


def numbers(seed, purpose, epoch=0, count=4000):
    return random_for(seed, purpose, epoch).random(count)


def test_same_words_give_the_same_numbers():
    np.testing.assert_array_equal(numbers(3, "order", 2), numbers(3, "order", 2))


def test_they_are_those_of_numpys_seed_sequence():
    for epoch in (4, 5, 4):
        sequence = np.random.SeedSequence(3, spawn_key=(PURPOSES.index("order"), epoch))
        expected = np.random.Generator(np.random.SFC64(sequence)).random(9)
        np.testing.assert_array_equal(numbers(3, "order", epoch, 9), expected)


def test_purposes_epochs_and_seeds_share_no_numbers():
    streams = [numbers(seed, purpose, epoch) for seed in (0, 1) for purpose in PURPOSES for epoch in (0, 1)]
    for first, second in itertools.combinations(streams, 2):
        assert not np.intersect1d(first, second).size
        # Independent: a correlation of 4000 pairs beyond 0.08 is five deviations out.
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.08


@pytest.mark.parametrize("purpose", PURPOSES)
def test_numpys_global_generator_is_neither_read_nor_moved(purpose):
    np.random.seed(0)  # noqa: NPY002 - the global state is what is watched
    first = numbers(5, purpose)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    np.testing.assert_array_equal(numbers(5, purpose), first)
    np.random.seed(0)  # noqa: NPY002
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_an_epochs_numbers_need_none_of_the_epochs_before():
    later = numbers(8, "order", 40)
    for epoch in range(3):
        numbers(8, "order", epoch)
    np.testing.assert_array_equal(numbers(8, "order", 40), later)


def test_unknown_purposes_are_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        random_for(0, "noises")


# Keys as a fit draws them, and keys that lie as near to each other as two can.
KEYS = [(0, 0), (1, 0), (0, 1), (2**32 - 1, 2**32 - 1), (0x9E3779B9, 7), (123456789, 987654321)]
SHAPES = st.lists(st.integers(0, 6), max_size=3).map(tuple)
COUNT = 2**16

_bits = jax.jit(draw_bits, static_argnums=1)
_uniform = jax.jit(draw_uniform, static_argnums=1)
_normal = jax.jit(draw_normal, static_argnums=1)
_folded = jax.jit(fold_in)


def key_of(words):
    return jnp.array(words, jnp.uint32)


def as_float64(array):
    return np.asarray(array, np.float64)


def unmixed(hashed):
    """Undo MurmurHash3's finalizer, step by step, in whole numbers."""
    word = hashed ^ (hashed >> 16)
    word = word * pow(0xC2B2AE35, -1, 2**32) % 2**32
    word ^= (word >> 13) ^ (word >> 26)
    word = word * pow(0x85EBCA6B, -1, 2**32) % 2**32
    return word ^ (word >> 16)


# 0x514E28B7 and 0x81F16F39 are MurmurHash3's published hashes of the empty text with seeds 1 and 2^32 - 1,
# which are its finalizer's values at 1 and 2^32 - 1.
@pytest.mark.parametrize(("at", "published"), [(1, 0x514E28B7), (2**32 - 1, 0x81F16F39)])
def test_a_bit_pattern_is_two_rounds_of_the_published_finalizer(at, published):
    assert unmixed(published) == at
    # At position 0 the first round sees key[0] alone; key[1] then sets what the second one sees.
    assert int(_bits(key_of((1, 0x514E28B7 ^ at)), (1,))[0]) == published


@pytest.mark.parametrize("words", KEYS)
def test_uniform_numbers_are_uniform(words):
    numbers = as_float64(_uniform(key_of(words), (COUNT,)))
    assert scipy.stats.kstest(numbers, "uniform").pvalue > 1e-3
    # The middles of 2^23 intervals: odd multiples of 2^-24, so neither 0 nor 1.
    places = numbers * 2**24
    np.testing.assert_array_equal(places % 2, 1)
    assert 0 < places.min() < places.max() < 2**24


@pytest.mark.parametrize("shift", [0, 9, 24], ids=["low", "lowest used", "high"])
@pytest.mark.parametrize("words", KEYS)
def test_bytes_of_the_bits_are_equally_frequent(words, shift):
    values = (np.asarray(_bits(key_of(words), (COUNT,))) >> shift) & 255
    assert 1e-3 < scipy.stats.chisquare(np.bincount(values, minlength=256)).pvalue < 1 - 1e-3


@pytest.mark.parametrize("words", KEYS)
def test_each_bit_is_set_half_the_time_and_apart_from_every_other(words):
    values = np.asarray(_bits(key_of(words), (COUNT,)))
    signs = 2.0 * ((values[:, None] >> np.arange(32, dtype=np.uint32)) & 1) - 1
    together = np.abs(signs.T @ signs)[np.triu_indices(32, 1)]
    # Sums of 2^16 signs: a deviation is 2^8, and five of them are met once in two million sums.
    assert np.abs(signs.sum(axis=0)).max() < 5 * 256
    assert together.max() < 5 * 256


@pytest.mark.parametrize("words", KEYS)
def test_normal_numbers_are_normal(words):
    numbers = as_float64(_normal(key_of(words), (COUNT,)))
    assert scipy.stats.kstest(numbers, "norm").pvalue > 1e-3
    # Variances of the sample moments of a normal: 1, 2, 15, 96 over the count.
    for power, (moment, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96)], start=1):
        assert abs((numbers**power).mean() - moment) < 4.5 * np.sqrt(variance / COUNT)
    for limit in (2.0, 3.0, 4.0):
        expected = scipy.stats.binom(COUNT, scipy.stats.norm.sf(limit))
        for beyond in ((numbers > limit).sum(), (numbers < -limit).sum()):
            assert expected.cdf(beyond) > 1e-4
            assert expected.sf(beyond - 1) > 1e-4


def test_normal_numbers_are_the_inverse_distribution_function_of_the_uniform_ones():
    key = key_of((3, 4))
    expected = scipy.special.ndtri(as_float64(_uniform(key, (COUNT,))))
    np.testing.assert_allclose(_normal(key, (COUNT,)), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("hashed", "uniform"), [(0, 2.0**-24), (2**32 - 1, 1 - 2.0**-24)])
def test_the_furthest_numbers_are_finite(hashed, uniform):
    # A key whose first bit pattern is the least, or the greatest, there is.
    key = key_of((1, 0x514E28B7 ^ unmixed(hashed)))
    assert int(_bits(key, (1,))[0]) == hashed
    assert float(_uniform(key, (1,))[0]) == uniform
    normal = float(_normal(key, (1,))[0])
    assert normal == pytest.approx(scipy.special.ndtri(uniform), rel=1e-4)
    assert abs(normal) < 5.3


def streams():
    """Numbers of neighboring keys, and of keys made for neighboring steps and purposes."""
    keys = [key_of(words) for words in KEYS]
    base = keys[-1]
    steps = [_folded(base, step) for step in (*range(12), 2**20, 2**31 - 1)]
    purposes = [_folded(step, purpose) for step in steps[:6] for purpose in (0, 1)]
    return [np.asarray(_bits(key, (4096,))) for key in (*keys, *steps, *purposes)]


def test_keys_steps_and_purposes_share_nothing():
    words = np.stack(streams())
    numbers = scipy.special.ndtri((words + 0.5) / 2**32)
    correlations = np.corrcoef(numbers)[np.triu_indices(len(words), 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(4096)
    for first, second in itertools.combinations(words, 2):
        # Of 2^24 pairs one in 2^32 is equal by chance: three or more happens in no thousand runs.
        assert np.intersect1d(first, second).size < 3
        # Unrelated bits differ half the time; a deviation of the mean over 4096 words is 0.044.
        assert abs(np.bitwise_count(first ^ second).mean() - 16) < 5 * np.sqrt(8 / 4096)


@pytest.mark.parametrize("words", KEYS)
@pytest.mark.parametrize("shape", [(256, 256), (512, 100), (3000, 7)])
def test_cells_are_correlated_neither_along_rows_nor_along_columns(words, shape):
    numbers = as_float64(_normal(key_of(words), shape))
    for axis, lag in itertools.product((0, 1), (1, 2, 3)):
        moved = np.take(numbers, np.arange(lag, shape[axis]), axis)
        kept = np.take(numbers, np.arange(shape[axis] - lag), axis)
        for first, second in ((kept, moved), (kept**2 - 1, moved**2 - 1)):
            assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / np.sqrt(kept.size)


def test_neighboring_cells_fill_the_square_evenly():
    # A chi-square over 32 x 32 boxes sees any dependence of pairs, not a correlation alone.
    numbers = as_float64(_uniform(key_of((5, 6)), (2**17,)))
    boxes = np.histogram2d(numbers[::2], numbers[1::2], bins=32, range=[[0, 1], [0, 1]])[0]
    assert 1e-3 < scipy.stats.chisquare(boxes.ravel()).pvalue < 1 - 1e-3


def test_folding_in_different_numbers_gives_different_keys():
    keys = jax.jit(jax.vmap(fold_in, (None, 0)))(key_of((8, 9)), jnp.arange(20_000))
    assert keys.dtype == jnp.uint32
    whole = {(int(first) << 32) | int(second) for first, second in np.asarray(keys)}
    assert len(whole | {(8 << 32) | 9}) == 20_001
    # Nor do neighbors share a half: of 40,000 words a fifth of a pair is equal by chance.
    assert len(np.unique(keys)) > 40_000 - 5


def test_an_integer_of_any_kind_folds_in_alike():
    key = key_of((8, 9))
    for number in (np.uint32(5), np.int64(5), jnp.int32(5)):
        np.testing.assert_array_equal(fold_in(key, number), fold_in(key, 5))


@settings(max_examples=8)
@given(shape=SHAPES)
def test_a_cells_number_is_that_of_its_position_whatever_the_shape(shape):
    key = key_of((1, 2))
    flat = np.asarray(_bits(key, (6**3,)))
    got = _bits(key, shape)
    assert (got.shape, got.dtype) == (shape, jnp.uint32)
    size = int(np.prod(shape))
    np.testing.assert_array_equal(np.asarray(got).ravel(), flat[:size])


@pytest.mark.parametrize("shape", [(), (0,), (0, 4), (2, 3, 4)])
def test_numbers_come_in_float32_and_the_shape_asked_for(shape):
    for draw in (_uniform, _normal):
        got = draw(key_of((1, 2)), shape)
        assert (got.shape, got.dtype) == (shape, jnp.float32)


@pytest.mark.parametrize("draw", [draw_bits, draw_uniform, draw_normal])
def test_a_key_gives_the_same_bits_in_a_compiled_loop_as_outside(draw):
    key, shape = key_of((11, 12)), (5, 33)
    alone = np.stack([np.asarray(draw(fold_in(key, step), shape)) for step in range(3)])

    @jax.jit
    def looped(key):
        start = jnp.zeros((3, *shape), alone.dtype)
        return lax.fori_loop(
            0, 3, lambda step, rows: rows.at[step].set(draw(fold_in(key, step), shape)), start
        )

    np.testing.assert_array_equal(np.asarray(looped(key)).view(np.uint32), alone.view(np.uint32))
    assert not np.array_equal(alone[0], alone[1])


@settings(max_examples=25)  # each compiles its shapes
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**31 - 1), st.data())
def test_some_rows_and_columns_of_a_batch_draw_what_all_of_it_draws(n_rows, n_columns, seed, data):
    key = fold_in(jnp.array([seed, 7], jnp.uint32), 3)
    whole = np.asarray(draw_bits(key, (n_rows, n_columns)))
    places = data.draw(st.permutations(range(n_rows)))[: data.draw(st.integers(1, n_rows))]
    first = data.draw(st.integers(0, n_columns - 1))
    of_rows = BatchKey(jnp.array([seed, 7], jnp.uint32), jnp.array(places))
    found = draw_bits(fold_in(of_rows, 3), (len(places), n_columns))
    np.testing.assert_array_equal(found, whole[places])
    of_columns = BatchKey(key, None, first, n_columns)
    np.testing.assert_array_equal(draw_bits(of_columns, (n_rows, n_columns - first)), whole[:, first:])
    both = of_columns._replace(places=jnp.array(places))
    np.testing.assert_array_equal(draw_bits(both, (len(places), n_columns - first)), whole[places][:, first:])
