import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from diabolo.errors import InputError
from diabolo.screening.false_discovery import false_discovery


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_are_scipys(pvalues):
    np.testing.assert_allclose(false_discovery(pvalues), false_discovery_control(pvalues), rtol=1e-12)


def test_what_was_not_tested_is_not_counted():
    found = false_discovery(np.array([0.01, np.nan, 0.02, 0.5]))
    np.testing.assert_allclose(found[[0, 2, 3]], false_discovery_control([0.01, 0.02, 0.5]))
    assert np.isnan(found[1])
    assert np.isnan(false_discovery(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("pvalues", "said"),
    [([0.1, 1.5], "between 0 and 1; got 1.5"), ([-0.1], "got -0.1"), ([[0.1]], r"got the shape \(1, 1\)")],
)
def test_errors_say_what_is_wrong(pvalues, said):
    with pytest.raises(InputError, match=said):
        false_discovery(pvalues)
