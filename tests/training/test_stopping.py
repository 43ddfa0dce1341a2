import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.training.stopping import EarlyStopping


def watch(losses, patience, tol=0.0):
    """Observe until told to stop; return the watcher, what it said, and how many epochs ran."""
    stopping, said = EarlyStopping(patience, tol), []
    for epoch, loss in enumerate(losses, start=1):
        said.append(stopping.observe(epoch, loss))
        if stopping.should_stop:
            break
    return stopping, said, len(said)


def test_stops_after_the_wait_and_keeps_the_lowest():
    stopping, said, epochs = watch([5.0, 3.0, 4.0, 3.5, 3.2, 1.0], patience=3)
    assert said == [True, True, False, False, False]
    assert (stopping.best_epoch, stopping.best_loss, epochs) == (2, 3.0, 5)


def test_a_lower_loss_starts_the_wait_anew():
    _, _, epochs = watch([5.0, 6.0, 4.0, 6.0, 3.0, 6.0, 6.0, 0.0], patience=2)
    assert epochs == 7


def test_gains_below_tol_do_not_reset_the_wait_but_are_the_best():
    stopping, said, epochs = watch([10.0, 9.9, 9.8, 9.7], patience=3, tol=0.1)
    assert said == [True, True, True, True]
    assert (stopping.best_epoch, epochs) == (4, 4)


def test_tol_is_a_share_of_the_loss():
    for scale in (1e-6, 1.0, 1e6):
        _, _, epochs = watch([scale, 0.95 * scale, 0.85 * scale, 0.84 * scale], patience=2, tol=0.1)
        assert epochs == 4


def test_an_equal_loss_is_no_better():
    stopping, said, _ = watch([2.0, 2.0], patience=5)
    assert said == [True, False]
    assert stopping.best_epoch == 1


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_losses_that_are_not_finite_are_never_the_best(broken):
    stopping, said, epochs = watch([broken, 1.0, broken, broken, 0.5], patience=2)
    assert said == [False, True, False, False]
    assert (stopping.best_epoch, epochs) == (2, 4)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=40), st.integers(1, 6))
def test_best_epoch_is_the_first_lowest_and_the_wait_follows_the_definition(losses, patience):
    stopping, _, epochs = watch(losses, patience)
    assert stopping.best_epoch == int(np.argmin(losses[:epochs])) + 1
    lowest = np.minimum.accumulate(losses)
    # With tol 0: the first epoch from which the running minimum has not moved for `patience` epochs.
    ends = [e for e in range(patience, len(losses)) if lowest[e] == lowest[e - patience]]
    assert epochs == (ends[0] + 1 if ends else len(losses))
