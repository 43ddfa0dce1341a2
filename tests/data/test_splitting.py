import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from diabolo.data.splitting import split_rows
from diabolo.errors import InputError, ParameterError


@given(st.integers(2, 500), st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 2**70))
def test_two_sorted_parts_that_make_up_the_whole(n_rows, fraction, seed):
    train, validation = split_rows(n_rows, fraction, seed)
    assert train.dtype == validation.dtype == np.int64
    for part in (train, validation):
        assert len(part) >= 1
        assert (np.diff(part) > 0).all()
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(n_rows))


@given(st.integers(2, 300), st.floats(0.01, 0.99))
def test_as_many_as_scikit_learn_sets_aside(n_rows, fraction):
    try:
        expected = len(train_test_split(np.arange(n_rows), test_size=fraction)[1])
    except ValueError:
        expected = n_rows - 1  # where scikit-learn has no row left to train on
    assert len(split_rows(n_rows, fraction, 0)[1]) == expected


def test_the_seed_decides_and_every_row_has_its_chance():
    np.testing.assert_array_equal(split_rows(100, 0.3, 7)[1], split_rows(100, 0.3, 7)[1])
    np.testing.assert_array_equal(split_rows(100, 0.3, [7])[1], split_rows(100, 0.3, np.int64(7))[1])
    chosen = np.zeros(20)
    for seed in range(2000):
        chosen[split_rows(20, 0.25, seed)[1]] += 1
    # 500 expected, standard deviation 19: five of them.
    assert np.abs(chosen - 500).max() < 97


def test_the_rows_of_a_seed_do_not_change_between_versions():
    # numpy promises the stream of PCG64; that its permutation is used as it is, this fixes.
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(42))).permutation(10)[:3]
    np.testing.assert_array_equal(split_rows(10, 0.3, 42)[1], np.sort(expected))


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), True, "0.1", None])
def test_fraction_that_cannot_be(fraction):
    with pytest.raises(ParameterError) as caught:
        split_rows(10, fraction, 0)
    assert str(caught.value) == (
        f"The validation fraction must be a number between 0 and 1, both excluded; got {fraction!r}."
    )


@pytest.mark.parametrize("seed", [-1, None, 1.5, "7"])
def test_seed_that_cannot_be(seed):
    with pytest.raises(ParameterError) as caught:
        split_rows(10, 0.1, seed)
    assert str(caught.value) == (
        f"The seed of the split must be a whole number of 0 or more (or several); got {seed!r}."
    )


@pytest.mark.parametrize("n_rows", [0, 1])
def test_too_few_rows(n_rows):
    with pytest.raises(InputError) as caught:
        split_rows(n_rows, 0.5, 0)
    assert str(caught.value) == (
        f"Splitting off validation rows needs at least 2 rows, got {n_rows}: give more rows or no fraction."
    )
