"""What is read of a record that another process wrote, or somebody else."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from diabolo.training.history import Divergence, EarlyStopping, EpochReport, history_from, history_parts
from diabolo.training.measurement import Measurement, measurement_from, measurement_parts
from diabolo.training.stages import plain, share, taken_weights, whole

REPORT = EpochReport(1, 0.5, 0.1, 0.01, 2, 10, further={"l1": 1.0})


@pytest.mark.parametrize("made", [REPORT, Divergence(1, 2, 3, float("nan")), EarlyStopping(3, 0.1, 2, 0.5)])
def test_what_was_taken_apart_is_put_together(made):
    assert repr(plain(type(made), asdict(made))) == repr(made)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epoch": "1"}, "epoch of its EpochReport is none"),
        ({"epoch": True}, "epoch of its EpochReport is none"),
        ({"epoch": 10**30}, "epoch of its EpochReport is none"),
        ({"loss": None}, "loss of its EpochReport is none"),
        ({"further": [1]}, "further of its EpochReport is none"),
        ({"further": {"l1": "x"}}, "further of its EpochReport is none"),
        ({"validation_loss": []}, "validation_loss of its EpochReport is none"),
        ({"more": 1}, "it has no EpochReport"),
    ],
)
def test_what_is_none_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        plain(EpochReport, asdict(REPORT) | changes)
    for record in (None, [], {"epoch": 1}):
        with pytest.raises(ValueError, match="it has no EpochReport"):
            plain(EpochReport, record)


@pytest.mark.parametrize("value", [-1, 11, 1.0, True, "1", None, 10**400])
def test_counts_are_within_what_is_possible(value):
    assert whole({"n": 10}, "n", 10) == 10
    with pytest.raises(ValueError, match="its n is no whole number from 0 to 10"):
        whole({"n": value}, "n", 10)


@pytest.mark.parametrize("value", [0.0, -0.1, 1.5, float("nan"), 1, "x", None])
def test_shares_are_of_a_whole(value):
    assert share({"s": 0.1}, "s") == 0.1
    with pytest.raises(ValueError, match="its s is no number above 0 and up to 1"):
        share({"s": value}, "s")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e19, -1e30])
def test_weights_that_no_step_leaves_are_refused(value):
    like = np.zeros(3, np.float32)
    assert taken_weights({"a": like + np.float32(1e17)}, "a", like)[0] == np.float32(1e17)
    assert taken_weights({"a": like[:0]}, "a", like[:0]).size == 0
    with pytest.raises(ValueError, match="'a' has numbers that are not finite, or beyond all measure"):
        taken_weights({"a": np.array([0, value, 0], np.float32)}, "a", like)


def test_a_network_that_was_made_with_such_numbers_may_have_them():
    like = np.array([0, -np.inf, 1e30], np.float32)  # such as the mask of a part of somebody's own
    assert taken_weights({"a": like}, "a", like) is like
    with pytest.raises(ValueError, match="'a' has numbers that are not finite"):
        taken_weights({"a": like[::-1].copy()}, "a", like)


def test_a_best_epoch_is_one_of_those_that_are_done():
    stopping = EarlyStopping(3, 0.1, best_epoch=2)
    assert EarlyStopping.known(asdict(stopping), 2) == stopping
    for other in (replace(stopping, best_epoch=3), replace(stopping, best_epoch=-1)):
        with pytest.raises(ValueError, match="its best epoch is none of 2"):
            EarlyStopping.known(asdict(other), 2)


def test_a_history_has_a_figure_of_each_epoch():
    history = {name: [1.0, 2.0] for name in ("loss", "mean_absolute_error", "learning_rate", "seconds")}
    parts = history_parts(history)
    assert history_from(parts, 2) == history
    assert history_from({}, 0) == {}
    assert history_from(parts, 3, is_cut=True) == history
    without = {name: part for name, part in parts.items() if not name.endswith("loss")}
    long = parts | {"history.000.loss": np.ones(3)}
    deep = {name: part[None] for name, part in parts.items()}
    for odd, n_epochs in (
        (parts, 1),
        (parts, 3),
        ({}, 2),
        (without, 2),
        (long, 2),
        (deep, 1),
        (parts | {"history.9": np.ones(2)}, 2),
    ):
        with pytest.raises(ValueError, match="its history is none"):
            history_from(odd, n_epochs)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sums", np.ones(2), "is of other terms"),
        ("sums", np.ones(1, np.float32), "its measurement is none"),
        ("losses", np.ones((1, 1)), "its measurement is none"),
        ("counts", np.ones(3), "counts nothing"),
        ("counts", np.array([np.nan, 1]), "counts nothing"),
        ("counts", np.array([1, -1.0]), "counts nothing"),
        ("counts", np.array([1, 1e30]), "counts nothing"),
        ("broken", np.ones(1), "what was not finite"),
        ("broken", np.array([np.inf, 1]), "what was not finite"),
    ],
)
def test_a_measurement_that_is_none_is_refused(name, value, said):
    measured = Measurement(("loss",))
    measured.add(np.array([2.0]), np.array([[0.5]]))
    parts = measurement_parts(measured)
    assert measurement_from(parts, ("loss",)).means() == {"loss": 0.5}
    with pytest.raises(ValueError, match=said):
        measurement_from(parts | {name: value}, ("loss",))
