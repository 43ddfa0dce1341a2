import pickle

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.bottlenecks import Plain
from diabolo.core.objectives import Objective
from diabolo.core.own_network import OwnNetwork, made_module, network_widths
from diabolo.core.own_part import own_part
from diabolo.errors import ParameterError
from diabolo.training.forward import passed

ROWS = np.random.default_rng(2).random((7, 5), dtype=np.float32)


_encode = jax.jit(lambda network, rows: network.encode(rows))
_decode = jax.jit(lambda network, code: network.decode(code))


class Shuffled(equinox.Module):
    """A linear layer that permutes its input first, with numbers of every kind that is not trained."""

    weight: jax.Array
    order: jax.Array
    scale: float
    name: str = equinox.field(static=True)

    def __call__(self, row):
        return self.scale * (row[self.order] @ self.weight)


def own_network(encoder, decoder):
    return OwnNetwork(own_part(encoder, (5,)), own_part(decoder, (2,)))


def shuffled():
    return Shuffled(jnp.arange(10.0).reshape(5, 2), jnp.array([4, 3, 2, 1, 0]), 0.5, "mine")


def perceptron(inputs, outputs, seed=0):
    return equinox.nn.MLP(inputs, outputs, width_size=6, depth=1, key=jax.random.key(seed))


def widen(weight, code):
    return code @ weight


def widening():
    return jax.tree_util.Partial(widen, jnp.ones((2, 5)))


def halve(key, shape):
    return jax.tree_util.Partial(widen, jax.random.normal(key, shape))


def test_a_network_applies_its_modules_to_each_row_by_itself():
    encoder, decoder = perceptron(5, 2), perceptron(2, 5, seed=1)
    network = own_network(encoder, decoder)

    def perceptron_on_paper(module, row):
        hidden, last = (jax.tree.map(np.float64, layer) for layer in module.layers)
        return last.weight @ np.maximum(hidden.weight @ row + hidden.bias, 0) + last.bias

    code = np.stack([perceptron_on_paper(encoder, row) for row in ROWS])
    np.testing.assert_allclose(_encode(network, ROWS), code, rtol=1e-5, atol=1e-6)
    output = np.stack([perceptron_on_paper(decoder, row) for row in code])
    np.testing.assert_allclose(_decode(network, code.astype(np.float32)), output, rtol=1e-5, atol=1e-6)


def test_only_float_arrays_are_leaves_and_the_rest_survives():
    network = own_network(shuffled(), widening())
    leaves = jax.tree.leaves(network)
    assert [leaf.shape for leaf in leaves] == [(5, 2), (2, 5)]
    assert all(isinstance(leaf, np.ndarray) and leaf.dtype == np.float32 for leaf in leaves)
    doubled = jax.tree.map(lambda leaf: 2 * leaf, network)
    expected = 0.5 * ROWS[:, ::-1] @ np.arange(10.0).reshape(5, 2)
    np.testing.assert_allclose(network.encode(ROWS), expected, rtol=1e-5)
    np.testing.assert_allclose(doubled.encode(ROWS), 2 * expected, rtol=1e-5)
    assert doubled.encoder.frame.module.name == "mine"


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float64"])
def test_arrays_of_another_precision_are_trained_in_float32(precision):
    with jax.enable_x64(True):
        module = jax.tree_util.Partial(widen, jnp.ones((5, 2), precision))
    leaves = jax.tree.leaves(own_network(module, widening()))
    assert [(leaf.shape, leaf.dtype) for leaf in leaves] == [((5, 2), np.float32), ((2, 5), np.float32)]


def test_the_module_that_was_given_is_left_alone():
    given = jax.tree_util.Partial(widen, np.ones((5, 2), np.float32))
    network = own_network(given, widening())
    network.encoder.arrays[0][:] = 7
    assert (given.args[0] == 1).all()


def test_gradient_descent_lowers_the_loss_of_equinox_perceptrons():
    network = own_network(perceptron(5, 2), perceptron(2, 5, seed=1))
    objective, weights = Objective("squared_error", "linear"), np.full(7, 1 / 7, np.float32)
    key = jnp.zeros(2, jnp.uint32)

    @jax.jit
    def step(network):
        (loss, _), gradient = jax.value_and_grad(objective.training_terms, has_aux=True)(
            network, ROWS, weights, key, {}
        )
        return loss, jax.tree.map(lambda leaf, slope: leaf - 0.2 * slope, network, gradient)

    losses = []
    for _ in range(100):
        loss, network = step(network)
        losses.append(float(loss))
    assert losses[-1] < 0.3 * losses[0]
    # The integer order and the functions of a module are still there after the steps.
    assert isinstance(network, OwnNetwork)
    rebuilt = np.mean((np.asarray(passed("reconstruct", network, ROWS, Plain(), "linear")) - ROWS) ** 2)
    assert rebuilt == pytest.approx(losses[-1], rel=0.1)


def test_two_networks_of_the_same_shapes_do_not_share_a_structure():
    # What is not an array may differ between them, and could not be told apart by a compiled program.
    first, second = (own_network(perceptron(5, 2), perceptron(2, 5)) for _ in range(2))
    assert jax.tree.structure(first) != jax.tree.structure(second)
    assert jax.tree.structure(first) == jax.tree.structure(jax.tree.map(np.negative, first))


def test_a_module_with_arrays_is_taken_as_it_is_and_a_function_makes_one():
    module = perceptron(5, 2)
    assert made_module(module, 0, (5, 2)) == (module, None)
    assert made_module((module, {"mean": 0.0}), 0, (5, 2)) == (module, {"mean": 0.0})
    seen = []

    def make(key, shape):
        seen.append(shape)
        return halve(key, shape)

    made = [made_module(make, seed, (5, 2))[0] for seed in (0, 0, 1)]
    assert seen == [(5, 2)] * 3
    np.testing.assert_array_equal(made[0].args[0], jax.random.normal(jax.random.key(0), (5, 2)))
    np.testing.assert_array_equal(made[0].args[0], made[1].args[0])
    assert not np.array_equal(made[0].args[0], made[2].args[0])


def test_what_makes_no_module_is_said():
    class Plain:
        def __call__(self, row):
            return row

    with pytest.raises(ParameterError) as caught:
        made_module(Plain(), 0, (5, 2))
    assert str(caught.value) == (
        "it holds no arrays that JAX can see, so it is called as a function (key, shape) that makes a "
        "module, which it cannot be (too many positional arguments); a class of yours must be a pytree, as "
        "an Equinox module is, or registered by jax.tree_util.register_dataclass"
    )
    with pytest.raises(
        ParameterError, match=r"^it made int; expected a callable, or a pair \(callable, state\)$"
    ):
        made_module(lambda key, shape: 3, 0, (5, 2))


def test_a_summary_has_a_line_for_each_part_and_its_arrays():
    encoder, decoder = own_network(perceptron(5, 2), widening()).layer_shapes("sigmoid")
    assert (encoder.name, encoder.inputs, encoder.outputs) == ("encoder (MLP)", 5, 2)
    assert (encoder.activation, encoder.n_parameters) == ("-", 5 * 6 + 6 + 6 * 2 + 2)
    assert encoder.arrays == (
        (".layers[0].weight", (6, 5)),
        (".layers[0].bias", (6,)),
        (".layers[1].weight", (2, 6)),
        (".layers[1].bias", (2,)),
    )
    assert (decoder.name, decoder.inputs, decoder.outputs) == ("decoder (widen)", 2, 5)
    assert (decoder.activation, decoder.arrays) == ("sigmoid", (("[0][0]", (2, 5)),))


@pytest.mark.parametrize("factor", [1, 2])
def test_widths_are_those_of_what_the_modules_give(factor):
    network = own_network(perceptron(5, 2 * factor), perceptron(2, 5))
    assert network_widths(network, 5, factor) == ((2 * factor,), (5,))


def test_a_network_survives_pickling_where_its_modules_do():
    # Not a perceptron: its activation, jax.nn.relu, cannot be pickled.
    linear = equinox.nn.Linear(2, 5, key=jax.random.key(0))
    network = own_network(shuffled(), linear)
    trained = jax.tree.map(jnp.asarray, network)
    back = pickle.loads(pickle.dumps(jax.tree.map(np.asarray, trained)))
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(back))
    np.testing.assert_array_equal(back.encode(ROWS), network.encode(ROWS))
    np.testing.assert_array_equal(back.decode(ROWS[:, :2]), network.decode(ROWS[:, :2]))
    assert back.encoder.frame.module.name == "mine"
