import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise

KEY = jnp.array([21, 22], jnp.uint32)
INFINITE = np.float32(np.inf)
UNCUT = (-INFINITE, INFINITE)
EVERY = [
    GaussianNoise(0.5, *UNCUT),
    GaussianNoise(0.5, 0.0, 1.0),
    MaskingNoise(0.3, 0.0),
    SaltAndPepperNoise(0.3, -1.0, 2.0),
]

_corrupted = jax.jit(lambda corruption, rows, key: corruption(rows, key))


def corrupted(corruption, rows, key=KEY):
    return np.asarray(_corrupted(corruption, jnp.asarray(rows, jnp.float32), key))


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(3).random((2000, 30), dtype=np.float32)


def is_a_probable_count(count, n, probability):
    """Whether a binomial count is one that all but one in a million would be."""
    low, high = scipy.stats.binom.interval(1 - 1e-6, n, probability)
    return low <= count <= high


@pytest.mark.parametrize("deviation", [0.01, 0.5, 3.0])
def test_gaussian_noise_has_the_deviation_asked_for(deviation, rows):
    added = corrupted(GaussianNoise(deviation, *UNCUT), rows).astype(np.float64) - rows
    # A sample's deviation is itself off by deviation / sqrt(2 n).
    assert abs(added.std() / deviation - 1) < 5 / np.sqrt(2 * added.size)
    assert abs(added.mean() / deviation) < 5 / np.sqrt(added.size)
    assert scipy.stats.kstest(added.ravel()[::6] / deviation, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(added.ravel(), rows.ravel())[0, 1]) < 5 / np.sqrt(added.size)


def test_gaussian_noise_is_cut_to_the_range_exactly(rows):
    cut, uncut = corrupted(GaussianNoise(0.5, 0.0, 1.0), rows), corrupted(GaussianNoise(0.5, *UNCUT), rows)
    np.testing.assert_array_equal(cut, np.clip(uncut, 0, 1))
    assert (uncut < 0).any()
    assert (uncut > 1).any()


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_the_error_of_cut_noise_is_its_integral(value):
    def squared_error(z):
        return (np.clip(value + z, 0, 1) - value) ** 2 * scipy.stats.norm.pdf(z)

    expected, _ = scipy.integrate.quad(squared_error, -9, 9, points=[-value, 1 - value])
    noisy = corrupted(GaussianNoise(1.0, 0.0, 1.0), np.full((500, 200), value, np.float32))
    errors = (noisy.astype(np.float64) - np.float32(value)) ** 2
    assert abs(errors.mean() - expected) < 5 * errors.std() / np.sqrt(errors.size)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_the_share_of_cells_asked_for_is_masked_and_the_others_stay(fraction, rows):
    noisy = corrupted(MaskingNoise(fraction, -7.0), rows)
    masked = noisy == -7
    assert is_a_probable_count(masked.sum(), masked.size, fraction)
    np.testing.assert_array_equal(noisy[~masked], rows[~masked])
    # No column and no row is spared: each is a binomial draw of its own.
    for axis in (0, 1):
        n = masked.shape[axis]
        assert all(is_a_probable_count(count, n, fraction) for count in masked.sum(axis=axis))


def test_masked_cells_take_their_columns_mean(rows):
    means = rows.mean(axis=0)
    noisy = corrupted(MaskingNoise(0.5, means), rows)
    changed = noisy != rows
    np.testing.assert_array_equal(noisy[changed], np.broadcast_to(means, rows.shape)[changed])
    assert is_a_probable_count(changed.sum(), changed.size, 0.5)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_salt_and_pepper_are_a_share_of_the_cells_and_half_each(fraction, rows):
    noisy = corrupted(SaltAndPepperNoise(fraction, -3.0, 5.0), rows)
    salt, pepper = noisy == 5, noisy == -3
    n_set = int((salt | pepper).sum())
    assert is_a_probable_count(n_set, noisy.size, fraction)
    assert is_a_probable_count(salt.sum(), n_set, 0.5)
    rest = ~(salt | pepper)
    np.testing.assert_array_equal(noisy[rest], rows[rest])
    # Neighbors are set apart from each other: of pairs of set cells a half agree.
    both = (salt | pepper)[:, 1:] & (salt | pepper)[:, :-1]
    agree = (salt[:, 1:] == salt[:, :-1])[both]
    assert is_a_probable_count(agree.sum(), agree.size, 0.5)


@pytest.mark.parametrize("corruption", [GaussianNoise(0.0, *UNCUT), MaskingNoise(0.0, 9.0)])
def test_no_noise_leaves_the_rows_to_the_bit(corruption, rows):
    np.testing.assert_array_equal(corrupted(corruption, rows), rows)
    np.testing.assert_array_equal(corrupted(SaltAndPepperNoise(0.0, 8.0, 9.0), rows), rows)


def test_all_of_the_cells_can_be_masked(rows):
    assert (corrupted(MaskingNoise(1.0, 0.25), rows) == 0.25).all()


@pytest.mark.parametrize("corruption", EVERY, ids=lambda corruption: type(corruption).__name__)
def test_the_key_decides_the_noise(corruption, rows):
    first, same = corrupted(corruption, rows), corrupted(corruption, rows)
    np.testing.assert_array_equal(first, same)
    other = corrupted(corruption, rows, jnp.array([21, 23], jnp.uint32))
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("corruption", EVERY, ids=lambda corruption: type(corruption).__name__)
@settings(max_examples=4)
@given(shape=st.tuples(st.integers(0, 5), st.integers(1, 5)))
def test_shape_and_kind_of_number_are_kept(corruption, shape):
    clean = jnp.ones(shape, jnp.float32)
    noisy = _corrupted(corruption, clean, KEY)
    assert (noisy.shape, noisy.dtype) == (shape, jnp.float32)
    np.testing.assert_array_equal(clean, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (GaussianNoise(0.1, *UNCUT), GaussianNoise(0.9, 0.0, 1.0)),
        (MaskingNoise(0.1, 0.0), MaskingNoise(0.9, 1.0)),
        (SaltAndPepperNoise(0.1, 0.0, 1.0), SaltAndPepperNoise(0.9, -1.0, 2.0)),
    ],
)
def test_numbers_are_leaves_so_that_one_program_serves_them_all(first, second):
    assert jax.tree.structure(first) == jax.tree.structure(second)
    assert len(jax.tree.leaves(first)) == len(vars(first))
