"""Held against scipy's t test, and against means over rows taken directly."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from diabolo.training.measurement import Gain, Measurement, epoch_measurements, gain_of, pooled
from diabolo.training.plan import batch_plan

LOSSES = np.random.default_rng(0).uniform(size=(2, 23))


def measured(losses, batch_size=4):
    plan = batch_plan(np.arange(len(losses)), batch_size)
    terms = np.zeros((len(plan.totals), 2))
    for batch, (rows, weights) in enumerate(zip(plan.indices, plan.weights, strict=True)):
        terms[batch] = weights @ losses[rows], weights @ losses[rows] ** 2
    found = Measurement(("loss", "square"))
    found.add_plan(plan, terms)
    return found


def test_means_are_over_rows_whatever_their_batches():
    for batch_size in (1, 4, 23, 64):
        means = measured(LOSSES[0], batch_size).means()
        assert means == {
            "loss": pytest.approx(LOSSES[0].mean()),
            "square": pytest.approx((LOSSES[0] ** 2).mean()),
        }


@pytest.mark.parametrize("wrong", [None, np.nan, np.inf])
def test_epochs_are_measured_each_for_itself(wrong):
    random = np.random.default_rng(2)
    totals, terms = random.integers(1, 9, size=(5, 3)).astype(float), random.uniform(size=(5, 3, 2))
    if wrong is not None:
        terms[3, 1, 0] = wrong
    found = epoch_measurements(("loss", "square"), totals, terms)
    for number, (measured, weights, means) in enumerate(zip(found, totals, terms, strict=True)):
        is_broken = wrong is not None and number == 3
        assert measured.means()["square"] == pytest.approx(np.average(means[:, 1], weights=weights))
        assert np.isfinite(measured.means()["loss"]) != is_broken
        assert measured.broken == ((2, pytest.approx(wrong, nan_ok=True)) if is_broken else None)
        assert (measured.n_batches, measured.total) == (3, weights.sum())
        np.testing.assert_array_equal(np.concatenate(measured.losses), weights * means[:, 0])


def test_a_gain_is_a_t_test():
    fallen = LOSSES[0] - LOSSES[1]
    gain = measured(LOSSES[0], 1).gain_of(measured(LOSSES[1], 1))
    assert gain.mean == pytest.approx(fallen.mean())
    assert gain.mean / gain.standard_error == pytest.approx(ttest_1samp(fallen, 0).statistic)


def test_pooled_measurements_are_those_of_all_rows():
    parts = [pooled([measured(losses[:7], 1), measured(losses[7:], 1)]) for losses in LOSSES]
    assert parts[0].means()["square"] == pytest.approx((LOSSES[0] ** 2).mean())
    whole = measured(LOSSES[0], 1).gain_of(measured(LOSSES[1], 1))
    found = parts[0].gain_of(parts[1])
    assert (found.mean, found.standard_error) == pytest.approx((whole.mean, whole.standard_error))


def significant(fallen, earlier=None):
    earlier = np.full(len(fallen), 10.0) if earlier is None else np.asarray(earlier)
    return gain_of(earlier, earlier - fallen, 1.0).is_significant


def test_what_one_group_gained_is_chance():
    assert not significant([5.0])
    assert not significant([5.0, *np.zeros(60)])
    assert significant(np.full(10, 0.1))


def test_groups_of_equal_losses_are_held_against_students_distribution():
    random = np.random.default_rng(1)
    fallen = random.normal(size=(200, 8)) + 0.5
    expected = [ttest_1samp(one, 0, alternative="greater").pvalue < 0.05 for one in fallen]
    assert 20 < sum(expected) < 180
    assert [significant(one) for one in fallen] == expected


def test_groups_that_have_nearly_all_of_the_loss_count_alone():
    fallen = np.tile([0.2, 1.0], 10)
    assert significant(fallen)
    assert not significant(fallen, [1e6, *np.full(19, 10.0)])
    # Kish: the square of the sum over the sum of squares.
    assert gain_of(np.array([3.0, 1.0]), np.zeros(2), 1.0).n_effective == pytest.approx(16 / 10)
    # Student's table: the 95% point of two degrees of freedom is 2.920.
    assert not Gain(2.91, 1.0, 3.0).is_significant
    assert Gain(2.93, 1.0, 3.0).is_significant
