import math
from dataclasses import replace

import pytest

from diabolo.core.penalties import PENALTIES
from diabolo.training.history import COLUMNS, EpochReport, record


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
    terms = {"kl_divergence", "dead_unit_loss", "supervised_loss", "reconstruction_loss", *PENALTIES}
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
