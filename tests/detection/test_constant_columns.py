import numpy as np
import pytest

from diabolo.detection.constant_columns import constant_columns


@pytest.mark.parametrize("n_rows", [1, 3, 10, 61])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e5 + 0.1, 1e-30])
def test_equal_numbers_are_constant_whatever_their_mean_rounds_to(n_rows, value):
    assert constant_columns(np.full((n_rows, 2), value)).all()


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e9])
def test_numbers_that_differ_by_more_than_rounding_are_not(offset):
    assert not constant_columns(np.array([[offset], [offset], [offset + 1.0]])).any()
