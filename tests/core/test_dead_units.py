"""The auxiliary loss of units that are never among a row's largest."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.special

from diabolo.core.bottlenecks import TopK
from diabolo.core.layers import Dense
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective

KEY = jnp.zeros(2, jnp.uint32)
# Four kinds of row; a code that keeps one number needs a unit for each of them.
ROWS = np.eye(4, dtype=np.float32)
WEIGHTS = np.full(4, 0.25, np.float32)
DEAD_AFTER = 8.0


def network_with_a_dead_unit():
    """Four sigmoid units, each turned to a kind of row, the last held down so far that it is never kept."""
    random = np.random.default_rng(5)
    weight = (2 * np.eye(4) + 0.1 * random.standard_normal((4, 4))).astype(np.float32)
    bias = np.array([0, 0, 0, -5], np.float32)
    decoder = (np.eye(4) + 0.1 * random.standard_normal((4, 4))).astype(np.float32)
    return DenseNetwork(
        (Dense(weight, bias),), (Dense(decoder, np.zeros(4, np.float32)),), "linear", "sigmoid"
    )


def objective_with(auxiliary_weight, auxiliary_k=1):
    return Objective(
        "squared_error",
        "linear",
        bottleneck=TopK(1, auxiliary_k, auxiliary_weight, DEAD_AFTER),
        code_activation="sigmoid",
    )


_terms = jax.jit(lambda objective, *rest: objective.training_terms(*rest))


def kept_units(network):
    return set(np.argmax(np.asarray(network.encode(ROWS)), axis=1).tolist())


def dead_unit_loss(objective, network, steps_out, weights=WEIGHTS):
    memory = {"steps_out": np.asarray(steps_out, np.float32)}
    _, (terms, memory) = _terms(objective, network, ROWS, weights, KEY, memory)
    return float(terms[objective.term_names.index("dead_unit_loss")]), np.asarray(memory["steps_out"])


def on_paper(network, dead, auxiliary_k):
    """Rebuild with what is kept and, of the dead units, the largest few; in float64."""
    encoder, decoder = network.encoder[0], network.decoder[0]
    encoded = scipy.special.expit(ROWS.astype(np.float64) @ encoder.weight + encoder.bias)
    code = np.where(encoded == encoded.max(axis=1, keepdims=True), encoded, 0)
    for row, own in zip(encoded, code, strict=True):
        helpers = sorted(dead, key=lambda unit: -row[unit])[:auxiliary_k]
        own[helpers] += row[helpers]
    return np.mean((code @ decoder.weight + decoder.bias - ROWS) ** 2)


def test_steps_are_counted_since_a_unit_was_last_kept():
    network, objective = network_with_a_dead_unit(), objective_with(0.5)
    assert kept_units(network) == {0, 1, 2}
    memory = objective.initial_memory(4)
    np.testing.assert_array_equal(memory["steps_out"], np.zeros(4))
    _, steps_out = dead_unit_loss(objective, network, [5, 0, 2, 5])
    np.testing.assert_array_equal(steps_out, [0, 0, 0, 6])
    # Rows of weight zero keep no unit.
    assert [int(np.argmax(np.asarray(network.encode(ROWS[[row]])))) for row in (1, 2)] == [1, 2]
    _, steps_out = dead_unit_loss(objective, network, [5, 0, 2, 5], np.array([0, 0.5, 0.5, 0], np.float32))
    np.testing.assert_array_equal(steps_out, [6, 0, 0, 6])


def test_the_loss_is_zero_where_no_unit_is_dead():
    network = network_with_a_dead_unit()
    assert dead_unit_loss(objective_with(0.5), network, np.full(4, DEAD_AFTER - 1))[0] == 0


@pytest.mark.parametrize(
    ("dead", "auxiliary_k"), [([3], 1), ([3], 3), ([2, 3], 1), ([2, 3], 2), ([0, 1, 2, 3], 2)]
)
def test_the_loss_is_of_rows_rebuilt_with_the_largest_dead_units(dead, auxiliary_k):
    network, steps_out = network_with_a_dead_unit(), np.zeros(4)
    steps_out[dead] = DEAD_AFTER
    got, _ = dead_unit_loss(objective_with(0.5, auxiliary_k), network, steps_out)
    assert got == pytest.approx(on_paper(network, dead, auxiliary_k), rel=1e-5)


def test_its_gradient_reaches_no_encoder_unit_that_is_alive():
    network, objective = network_with_a_dead_unit(), objective_with(0.5)
    memory = {"steps_out": np.array([0, 0, 0, DEAD_AFTER], np.float32)}
    position = objective.term_names.index("dead_unit_loss")
    gradient = jax.jit(
        jax.grad(lambda net: objective.training_terms(net, ROWS, WEIGHTS, KEY, memory)[1][0][position])
    )(network)
    encoder = gradient.encoder[0]
    assert not np.any(encoder.weight[:, :3])
    assert not np.any(encoder.bias[:3])
    assert np.all(encoder.weight[:, 3] != 0)
    assert np.any(gradient.decoder[0].weight[3])


@pytest.mark.parametrize(("auxiliary_weight", "comes_alive"), [(0.5, True), (0.0, False)])
def test_a_dead_unit_comes_alive_with_the_loss_and_stays_dead_without(auxiliary_weight, comes_alive):
    objective, optimizer = objective_with(auxiliary_weight), optax.adam(0.05)

    @jax.jit
    def step(network, slots, memory):
        gradient, (_, memory) = jax.grad(objective.training_terms, has_aux=True)(
            network, ROWS, WEIGHTS, KEY, memory
        )
        change, slots = optimizer.update(gradient, slots)
        return optax.apply_updates(network, change), slots, memory

    network = jax.tree.map(jnp.asarray, network_with_a_dead_unit())
    slots, memory = optimizer.init(network), jax.tree.map(jnp.asarray, objective.initial_memory(4))
    for _ in range(300):
        network, slots, memory = step(network, slots, memory)
    assert (3 in kept_units(network)) == comes_alive
    assert (float(memory["steps_out"][3]) < DEAD_AFTER) == comes_alive


def test_an_evaluation_leaves_the_loss_out():
    objective = objective_with(0.5)
    terms = objective.evaluation_terms(network_with_a_dead_unit(), ROWS, WEIGHTS)
    assert float(terms[objective.term_names.index("dead_unit_loss")]) == 0
