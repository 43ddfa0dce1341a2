import itertools

import numpy as np
import pytest

from diabolo.core.randomness import PURPOSES, random_for


def numbers(seed, purpose, epoch=0, count=4000):
    return random_for(seed, purpose, epoch).random(count)


def test_same_words_give_the_same_numbers():
    np.testing.assert_array_equal(numbers(3, "order", 2), numbers(3, "order", 2))


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
