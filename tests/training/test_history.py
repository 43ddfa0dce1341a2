import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.core.penalties import OWN_PENALTY, PENALTIES
from diabolo.training.history import COLUMNS, EarlyStopping, EpochReport, record


def report(epoch, validation=None):
    return EpochReport(
        epoch=epoch,
        loss=10.0 * epoch,
        mean_absolute_error=1.0 * epoch,
        learning_rate=0.1,
        seconds=2.0,
        n_rows=5,
        validation_loss=validation,
        validation_mean_absolute_error=validation,
    )


def test_each_epoch_adds_a_number_to_each_column():
    history = {}
    for epoch in (1, 2):
        record(history, report(epoch, validation=epoch + 0.5))
    assert history == {
        "loss": [10.0, 20.0],
        "mean_absolute_error": [1.0, 2.0],
        "validation_loss": [1.5, 2.5],
        "validation_mean_absolute_error": [1.5, 2.5],
        "learning_rate": [0.1, 0.1],
        "seconds": [2.0, 2.0],
    }
    assert tuple(history) == COLUMNS[:6]


def test_parts_of_the_loss_follow_in_the_order_of_the_columns():
    history = {}
    parts = {"supervised_loss": 3.0, "weight_decay": 2.0, "reconstruction_loss": 1.0}
    record(history, replace(report(1, validation=1.5), further=parts, validation_further=parts))
    record(history, replace(report(2), further=parts))
    assert history["weight_decay"] == [2.0, 2.0]
    assert history["validation_weight_decay"][0] == 2.0
    assert math.isnan(history["validation_weight_decay"][1])
    assert tuple(history) == tuple(name for name in COLUMNS if name in history)
    assert tuple(history)[6:] == (
        "reconstruction_loss",
        "weight_decay",
        "supervised_loss",
        "validation_reconstruction_loss",
        "validation_weight_decay",
        "validation_supervised_loss",
    )


def test_every_term_of_every_objective_has_a_column():
    terms = {
        "kl_divergence",
        "dead_unit_loss",
        "supervised_loss",
        "reconstruction_loss",
        *PENALTIES,
        OWN_PENALTY,
    }
    assert {*terms, *(f"validation_{name}" for name in terms)} == set(COLUMNS[6:])
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_without_validation_there_are_no_validation_columns():
    history = {}
    record(history, report(1))
    assert not any(name.startswith("validation") for name in history)


@pytest.mark.parametrize("first", [True, False], ids=["validation first", "validation later"])
def test_columns_keep_one_length_where_only_some_epochs_are_validated(first):
    history = {}
    for epoch in (1, 2, 3):
        record(history, report(epoch, validation=0.5 if (epoch == 1) == first else None))
    assert {len(column) for column in history.values()} == {3}
    assert [math.isnan(value) for value in history["validation_loss"]] == [
        not first,
        first,
        first,
    ]


def test_numbers_are_plain_floats():
    numpy = pytest.importorskip("numpy")
    history = {}
    record(history, EpochReport(1, numpy.float64(1), numpy.float32(2), numpy.float64(3), 1.0, 5))
    assert {type(value) for column in history.values() for value in column} == {float}


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
