import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.detection.typical import typical_size

numbers = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30).map(np.array)


def test_it_is_the_median():
    assert typical_size(np.array([5.0, 1.0, 900.0])) == 5.0


def test_most_zeros_give_the_mean():
    assert typical_size(np.array([0.0, 0.0, 0.0, 8.0])) == 2.0


def test_all_zeros_give_one():
    assert typical_size(np.zeros(4)) == 1.0


@settings(deadline=None, max_examples=60)
@given(values=numbers, n_zeros=st.integers(0, 40))
def test_it_is_above_zero_and_between_the_least_and_the_most(values, n_zeros):
    values = np.append(values, np.zeros(n_zeros))
    assert 0 < typical_size(values) <= values.max() * (1 + 1e-12)


@settings(deadline=None, max_examples=60)
@given(values=numbers)
def test_the_unit_does_not_matter(values):
    assert typical_size(values * 1024) == typical_size(values) * 1024
