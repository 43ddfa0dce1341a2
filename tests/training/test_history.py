import math

import pytest

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
    assert tuple(history) == COLUMNS


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
