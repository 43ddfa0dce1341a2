import jax
import numpy as np
import optax
import pytest

from diabolo.parameters.named_settings import SCHEDULES, defaults_of
from diabolo.training.schedules import learning_rates

STEPS_PER_EPOCH, EPOCHS = 7, 12
STEPS = np.arange(STEPS_PER_EPOCH * EPOCHS)


def rates(schedule, **settings):
    settings = {**defaults_of(SCHEDULES, schedule), **settings}
    return learning_rates(schedule, 0.3, settings, STEPS, STEPS_PER_EPOCH, EPOCHS)


def by_optax(schedule):
    with jax.enable_x64(True):
        return np.array([float(schedule(step)) for step in STEPS])


def test_constant_stays():
    np.testing.assert_array_equal(rates("constant"), np.full(len(STEPS), 0.3))


@pytest.mark.parametrize("final", [0.0, 0.2])
def test_cosine_equals_optax(final):
    expected = by_optax(optax.cosine_decay_schedule(0.3, len(STEPS), alpha=final))
    np.testing.assert_allclose(rates("cosine", final_fraction=final), expected, rtol=1e-10)


def test_cosine_stays_at_its_end_beyond_the_last_step():
    late = learning_rates("cosine", 0.3, {"final_fraction": 0.1}, np.array([84, 90, 10**6]), 7, 12)
    np.testing.assert_allclose(late, 0.03, rtol=1e-12)


def test_step_equals_optax_exponential_decay_in_a_staircase():
    expected = by_optax(optax.exponential_decay(0.3, 5 * STEPS_PER_EPOCH, 0.4, staircase=True))
    np.testing.assert_allclose(rates("step", epochs=5, factor=0.4), expected, rtol=1e-10)
    assert len(set(expected)) == 3


@pytest.mark.parametrize("schedule", list(SCHEDULES))
def test_rates_come_in_float64_one_a_step(schedule):
    got = rates(schedule)
    assert got.dtype == np.float64
    assert got.shape == STEPS.shape
    assert got[0] == 0.3
