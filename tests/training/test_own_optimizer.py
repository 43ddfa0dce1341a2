"""An optimizer of one's own, with optax as it is written for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from diabolo.errors import ParameterError
from diabolo.training.own_optimizer import OwnOptimizer

NETWORK = {"weight": jnp.arange(6.0).reshape(2, 3), "bias": jnp.ones(3)}
GRADIENTS = [jax.tree.map(lambda leaf, n=n: jnp.cos(leaf + n), NETWORK) for n in range(3)]


def stepped(optimizer, gradients=GRADIENTS, moves=True, share=1.0):
    network, slots = NETWORK, optimizer.first_slots(NETWORK)
    for gradient in gradients:
        network, slots = optimizer.stepped(
            network, slots, gradient, jnp.float32(2.0), lambda _: 1.0, {"step_share": share}, jnp.bool_(moves)
        )
    return network, slots


def by_optax(optimizer, **more):
    network, state = NETWORK, optimizer.init(NETWORK)
    for gradient in GRADIENTS:
        changes, state = optimizer.update(gradient, state, network, **more)
        network = optax.apply_updates(network, changes)
    return network


@pytest.mark.parametrize(
    ("optimizer", "more"),
    [
        (optax.lion(0.1, weight_decay=0.1), {}),
        pytest.param(
            optax.chain(optax.clip_by_global_norm(0.5), optax.adamw(0.1)), {}, marks=pytest.mark.slow
        ),
        pytest.param(optax.adafactor(0.1), {}, marks=pytest.mark.slow),
        pytest.param(optax.MultiSteps(optax.sgd(0.1), 2), {}, marks=pytest.mark.slow),
        (optax.polyak_sgd(), {"value": 2.0}),
        (optax.sgd(optax.linear_schedule(0.1, 0.0, 3)), {}),
    ],
    ids=["lion", "chain", "adafactor", "multi", "polyak", "scheduled"],
)
def test_its_steps_are_those_that_optax_takes(optimizer, more):
    own = OwnOptimizer(optimizer)
    own.check(NETWORK)
    found, expected = stepped(own)[0], by_optax(optimizer, **more)
    for name in NETWORK:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-6)


def test_a_function_makes_it_and_tells_it_from_others():
    assert OwnOptimizer(partial(optax.sgd, 0.1)) == OwnOptimizer(partial(optax.sgd, 0.1))
    assert OwnOptimizer(partial(optax.sgd, 0.1)) != OwnOptimizer(partial(optax.sgd, 0.2))
    pair = optax.sgd(0.1)
    assert OwnOptimizer(pair) == OwnOptimizer(pair) != OwnOptimizer(optax.sgd(0.1))


def test_nothing_moves_where_nothing_may_or_a_gradient_is_not_finite():
    own = OwnOptimizer(optax.adam(0.1))
    broken = {**GRADIENTS[0], "bias": GRADIENTS[0]["bias"].at[1].set(np.nan)}
    for found, slots in (stepped(own, moves=False), stepped(own, [broken])):
        for name in NETWORK:
            assert np.array_equal(found[name], NETWORK[name])
        assert all(
            np.array_equal(one, other)
            for one, other in zip(slots[0], own.first_slots(NETWORK)[0], strict=True)
        )


def test_a_share_of_its_step_is_a_share():
    own = OwnOptimizer(optax.sgd(0.1))
    whole, tenth = (stepped(own, GRADIENTS[:1], share=share)[0]["bias"] - 1 for share in (1.0, 0.1))
    np.testing.assert_allclose(tenth, 0.1 * whole, rtol=1e-4)


def test_what_it_keeps_is_counted():
    assert OwnOptimizer(optax.adam(0.1)).n_bytes(NETWORK) == 2 * 9 * 4 + 4
    assert OwnOptimizer(optax.sgd(0.1)).n_bytes(NETWORK) == 0


class _Odd:
    """A pair whose update changes nothing's shape but that of one thing."""

    def init(self, parameters):
        return jnp.zeros(3)

    def update(self, gradient, state, parameters=None):
        return gradient, jnp.zeros(4)


class _Cut(_Odd):
    def update(self, gradient, state, parameters=None):
        return {"bias": gradient["bias"]}, state


class _Keyed(_Odd):
    def init(self, parameters):
        return jax.random.key(0)


class _Broken(_Odd):
    def init(self, parameters):
        return parameters["nothing"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (_Odd(), "its update gives what it keeps of other shapes than it was handed"),
        (_Cut(), "its update gives changes of other shapes than it was handed"),
        (_Broken(), "of its init, handed the network: it raises KeyError: 'nothing'"),
        (
            optax.masked(optax.adam(0.1), {"weight": True}),
            "of its init, handed the network: it raises ValueError: ",
        ),
        (
            _Keyed(),
            "it keeps an array of key<fry>, which cannot be kept; expected arrays of numbers and truth "
            "values (for a random key the older jax.random.PRNGKey(0) is one)",
        ),
        (
            lambda: 3,
            "called without arguments it makes int; expected a pair of functions init and update, as "
            "optax.adamw(1e-3) is",
        ),
        (
            optax.sgd,
            "called without arguments to make a pair of init and update, it raises TypeError: sgd() missing "
            "1 required positional argument: 'learning_rate'",
        ),
    ],
)
def test_what_is_no_optimizer_is_refused_in_a_sentence(given, said):
    with pytest.raises(ParameterError) as caught:
        OwnOptimizer(given).check(NETWORK)
    assert str(caught.value) == said or (said.endswith(": ") and str(caught.value).startswith(said))
