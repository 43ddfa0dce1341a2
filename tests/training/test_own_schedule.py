"""A schedule of one's own, traced where it can be and else called."""

import numpy as np
import optax
import pytest

from diabolo.errors import ParameterError
from diabolo.training.own_schedule import OwnSchedule


def test_a_schedule_of_optax_is_what_optax_says_of_each_step():
    schedule = optax.warmup_cosine_decay_schedule(0.0, 1e-2, warmup_steps=3, decay_steps=9)
    steps = np.array([0, 1, 3, 5, 9, 20])
    expected = [float(schedule(step)) for step in steps]
    np.testing.assert_allclose(OwnSchedule(schedule).rates(steps), expected, rtol=1e-6, atol=1e-9)


def test_it_is_traced_once_for_many_steps():
    seen = []

    def schedule(step):
        seen.append(step)
        return 0.1 / (1 + step)

    own = OwnSchedule(schedule)
    for start in range(0, 50, 10):
        np.testing.assert_allclose(
            own.rates(np.arange(start, start + 10)), 0.1 / np.arange(start + 1, start + 11)
        )
    assert len(seen) == 2  # its shape, and the program


def test_what_jax_cannot_trace_is_called_with_each_number():
    own = OwnSchedule(lambda step: 0.5 if step < 2 else 0.25)
    assert own.rates(np.arange(4)).tolist() == [0.5, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (lambda step: 1.0 - step, "called with step 2, gives -1; expected a learning rate, 0 or more."),
        (lambda step: np.nan, "called with step 0, gives nan; expected a learning rate, 0 or more."),
        (lambda step: "fast", "called with step 0, gives str: 'fast'; expected a learning rate, 0 or more."),
        (
            lambda step: [0.1, 0.2],
            "called with step 0, gives list: [0.1, 0.2]; expected a learning rate, 0 or more.",
        ),
        (lambda step: {}[step], "called with step 0, raises KeyError: 0."),
    ],
)
def test_what_is_no_rate_is_refused_in_a_sentence(schedule, said):
    with pytest.raises(ParameterError) as caught:
        OwnSchedule(schedule).rates(np.arange(4))
    assert str(caught.value) == f"the schedule of your own, learning_rate_schedule, {said}"
