"""Adam with its moments in bfloat16, against optax's Adam in float32."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from diabolo import Autoencoder
from diabolo.parameters import named_settings as parameters
from diabolo.parameters.named_settings import defaults_of
from diabolo.training.optimizers import OPTIMIZERS, _dithered

ADAM16 = OPTIMIZERS["adam16"]


def test_rounding_by_chance_loses_nothing_on_average():
    random = np.random.default_rng(0)
    value = np.full(200_000, 1.0 + 0.3 / 128, np.float32)  # three tenths of the way between two neighbors
    rounded = np.asarray(_dithered(jnp.asarray(value), jnp.asarray(random.normal(size=200_000), jnp.float32)))
    assert rounded.dtype == jnp.bfloat16
    assert set(np.unique(rounded.astype(np.float32))) == {1.0, 1.0 + 1 / 128}
    share = np.mean(rounded.astype(np.float32) > 1.0)
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 200_000) + 0.001


def moments_after(n_steps, gradients):
    settings = defaults_of(parameters.OPTIMIZERS, "adam16")
    numbers = ADAM16.scalars(np.arange(1.0, n_steps + 1), np.full(n_steps, 1e-3), settings)
    accumulate = jax.jit(ADAM16.accumulate)
    slots = (jnp.zeros(gradients.shape[1], jnp.bfloat16),) * 2
    for step in range(n_steps):
        scalars = {name: np.float32(np.broadcast_to(v, n_steps)[step]) for name, v in numbers.items()}
        slots = accumulate(jnp.asarray(gradients[step]), slots, scalars)
    return [np.asarray(slot, np.float64) for slot in slots]


def test_the_moments_follow_those_of_whole_numbers():
    random = np.random.default_rng(1)
    gradients = random.normal(0.5, 1.0, (1500, 400)).astype(np.float32)
    mean, square = moments_after(1500, gradients)
    optimizer = optax.adam(1e-3)
    state = optimizer.init(jnp.zeros(400))
    update = jax.jit(optimizer.update)
    for gradient in gradients:
        _, state = update(jnp.asarray(gradient), state)
    expected_mean, expected_square = np.asarray(state[0].mu), np.asarray(state[0].nu)
    # To the nearest, the square would stand still once a thousandth of it is less than half a step.
    assert abs(square.mean() / expected_square.mean() - 1) < 0.01
    assert np.abs(square / expected_square - 1).mean() < 0.1
    assert np.abs(mean - expected_mean).mean() < 0.02


@pytest.mark.parametrize("large", [False, True])
def test_training_reaches_the_loss_of_adam(large):
    random = np.random.default_rng(2)
    X = (random.normal(size=(300, 4)) @ random.normal(size=(4, 60)) / 4).astype(np.float32)
    width = 512 if large else 16
    losses = {}
    for name in ("adam", "adam16"):
        settings = {"initializer": "glorot_uniform", "max_epochs": 40, "batch_size": 30, "random_state": 0}
        fitted = Autoencoder(4, hidden_layer_sizes=(width,), optimizer=name, **settings).fit(X)
        losses[name] = fitted.history_["loss"][-1]
    assert losses["adam16"] != losses["adam"]
    assert losses["adam16"] == pytest.approx(losses["adam"], rel=0.15)
