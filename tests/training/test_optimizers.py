"""Each optimizer over whole epochs, a short last batch among them, against optax in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from diabolo.parameters import named_settings as parameters
from diabolo.parameters.named_settings import SCHEDULES, defaults_of
from diabolo.training.optimizers import OPTIMIZERS, learning_rates

EPOCHS = 3
# Of the schedules by themselves.
STEPS_PER_EPOCH, MAX_EPOCHS = 7, 12
STEPS = np.arange(STEPS_PER_EPOCH * MAX_EPOCHS)


def matrices(leaves):
    return [leaf.ndim >= 2 for leaf in leaves]


CASES = {
    "adam": ("adam", 0.03, {}, optax.adam(0.03)),
    "adam, own settings": (
        "adam",
        0.03,
        {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3},
        optax.adam(0.03, b1=0.7, b2=0.95, eps=1e-3),
    ),
    "adamw": ("adamw", 0.03, {"weight_decay": 0.4}, optax.adamw(0.03, weight_decay=0.4, mask=matrices)),
    "sgd without momentum": ("sgd", 0.5, {"momentum": 0.0}, optax.sgd(0.5)),
    "sgd": ("sgd", 0.5, {"momentum": 0.8}, optax.sgd(0.5, momentum=0.8)),
    "sgd, Nesterov": ("sgd", 0.5, {"momentum": 0.8, "nesterov": True}, optax.sgd(0.5, 0.8, nesterov=True)),
    "rmsprop": (
        "rmsprop",
        0.01,
        {"rho": 0.8, "epsilon": 1e-4},
        optax.rmsprop(0.01, decay=0.8, eps=1e-4, eps_in_sqrt=False),
    ),
    "adagrad": (
        "adagrad",
        0.1,
        {"initial_accumulator": 0.05},
        optax.adagrad(0.1, initial_accumulator_value=0.05, eps=1e-10),
    ),
}


def compare(engine, expected, tolerance=1e-5):
    for got, leaf in zip(jax.tree.leaves(engine.network(copy=True)), expected.leaves, strict=True):
        np.testing.assert_allclose(got, leaf, rtol=tolerance, atol=tolerance)


def moved(before, expected):
    return max(
        np.abs(leaf - start).max()
        for leaf, start in zip(expected.leaves, jax.tree.leaves(before), strict=True)
    )


@pytest.mark.parametrize("case", CASES)
def test_epochs_equal_optax_in_float64(case, make_network, make_engine, in_memory, table, reference):
    name, rate, settings, by_optax = CASES[case]
    engine = make_engine(
        optimizer=name, learning_rate=rate, optimizer_settings=settings, shuffle=False, max_epochs=EPOCHS
    )
    losses = [engine.run_epoch(in_memory(table))[0].loss for _ in range(EPOCHS)]
    expected = reference(make_network())
    expected_losses = expected.train(by_optax, table, [np.arange(len(table))] * EPOCHS)
    assert moved(make_network(), expected) > 0.05
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    compare(engine, expected)


def test_sample_weights_equal_optax_in_float64(make_network, make_engine, in_memory, table, reference):
    weight = np.random.default_rng(2).gamma(1.0, size=len(table))
    weight[[0, 9]] = 0
    engine = make_engine(learning_rate=0.03, shuffle=False)
    source = in_memory(table, sample_weight=weight)
    losses = [engine.run_epoch(source)[0].loss for _ in range(EPOCHS)]
    expected = reference(make_network())
    orders = [np.arange(len(table))] * EPOCHS
    expected_losses = expected.train(optax.adam(0.03), table, orders, sample_weight=weight)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    compare(engine, expected)


@pytest.mark.parametrize("limit", [0.02, 1e6])
def test_clipping_equals_optax_in_float64(limit, make_network, make_engine, in_memory, table, reference):
    engine = make_engine(
        optimizer="sgd",
        optimizer_settings={"momentum": 0.5},
        learning_rate=0.5,
        max_gradient_norm=limit,
        shuffle=False,
    )
    for _ in range(EPOCHS):
        engine.run_epoch(in_memory(table))
    expected, free = reference(make_network()), reference(make_network())
    orders = [np.arange(len(table))] * EPOCHS
    expected.train(optax.chain(optax.clip_by_global_norm(limit), optax.sgd(0.5, momentum=0.5)), table, orders)
    free.train(optax.sgd(0.5, momentum=0.5), table, orders)
    difference = max(np.abs(a - b).max() for a, b in zip(expected.leaves, free.leaves, strict=True))
    assert difference > 0.05 if limit < 1 else difference < 1e-9
    compare(engine, expected)


@pytest.mark.parametrize("schedule", ["cosine", "step"])
def test_schedules_equal_optax_in_float64(schedule, make_network, make_engine, in_memory, table, reference):
    settings, rates = {
        "cosine": ({"final_fraction": 0.1}, optax.cosine_decay_schedule(0.05, 3 * EPOCHS, alpha=0.1)),
        "step": ({"epochs": 1, "factor": 0.3}, optax.exponential_decay(0.05, 3, 0.3, staircase=True)),
    }[schedule]
    engine = make_engine(
        learning_rate=0.05,
        schedule=schedule,
        schedule_settings=settings,
        shuffle=False,
        max_epochs=EPOCHS,
    )
    reported = [engine.run_epoch(in_memory(table))[0].learning_rate for _ in range(EPOCHS)]
    expected = reference(make_network())
    expected.train(optax.adam(rates), table, [np.arange(len(table))] * EPOCHS)
    compare(engine, expected)
    # The rate of an epoch's last step: steps 2, 5, 8 from 0.
    np.testing.assert_allclose(reported, [float(rates(step)) for step in (2, 5, 8)], rtol=1e-6)


def test_tied_network_equals_optax_in_float64(make_network, make_engine, in_memory, table, reference):
    network = make_network(tied=True)
    engine = make_engine(network, learning_rate=0.03, shuffle=False, loss="binary_cross_entropy")
    losses = [engine.run_epoch(in_memory(table))[0].loss for _ in range(EPOCHS)]
    expected = reference(network, "binary_cross_entropy", tied=True)
    np.testing.assert_allclose(
        losses, expected.train(optax.adam(0.03), table, [np.arange(len(table))] * EPOCHS), rtol=1e-5
    )
    compare(engine, expected)


def test_network_with_arrays_too_large_to_pack_equals_optax_in_float64(
    make_network, make_engine, in_memory, reference
):
    table = np.random.default_rng(4).random((23, 130), dtype=np.float32)
    network = make_network((130, 128))
    engine = make_engine(
        network,
        optimizer="adamw",
        optimizer_settings={"weight_decay": 0.4},
        learning_rate=0.003,
        shuffle=False,
    )
    assert len(engine.state.parameters) == 3
    for _ in range(2):
        engine.run_epoch(in_memory(table))
    expected = reference(network)
    expected.train(optax.adamw(0.003, weight_decay=0.4, mask=matrices), table, [np.arange(len(table))] * 2)
    assert moved(network, expected) > 0.01
    compare(engine, expected, tolerance=2e-5)


def test_adam_equals_the_paper_on_one_number():
    # Kingma and Ba, 2015, algorithm 1, in float64 and in the paper's own order of operations.
    rate, beta_1, beta_2, epsilon = 0.1, 0.9, 0.999, 1e-8
    gradients = [0.3, -2.0, 1e-6, 5.0]
    theta, mean, square = 1.0, 0.0, 0.0
    adam = OPTIMIZERS["adam"]
    defaults = defaults_of(parameters.OPTIMIZERS, "adam")
    assert defaults == {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon}
    slots = tuple(jnp.float32(value) for value in adam.initial_slots(defaults))
    got = 1.0
    numbers = adam.scalars(np.arange(1, 5), np.full(4, rate), defaults)
    for t, gradient in enumerate(gradients, start=1):
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        unbiased = mean / (1 - beta_1**t), square / (1 - beta_2**t)
        theta -= rate * unbiased[0] / (np.sqrt(unbiased[1]) + epsilon)
        step = {name: jnp.float32(np.broadcast_to(value, 4)[t - 1]) for name, value in numbers.items()}
        slots = adam.accumulate(jnp.float32(gradient), slots, step)
        got -= float(adam.change(jnp.float32(gradient), slots, jnp.float32(got), step, np.float32(1)))
        assert got == pytest.approx(theta, rel=1e-6)


def test_slots_start_at_their_setting():
    adagrad = OPTIMIZERS["adagrad"]
    assert adagrad.initial_slots({"epsilon": 1e-10, "initial_accumulator": 0.7}) == (0.7,)
    assert OPTIMIZERS["adam"].initial_slots(defaults_of(parameters.OPTIMIZERS, "adam")) == (0.0, 0.0)


def rates(schedule, **settings):
    settings = {**defaults_of(SCHEDULES, schedule), **settings}
    return learning_rates(schedule, 0.3, settings, STEPS, STEPS_PER_EPOCH, MAX_EPOCHS)


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
