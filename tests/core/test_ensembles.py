"""An ensemble held against its members, each measured and differentiated by itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.corruption import GaussianNoise
from diabolo.core.ensembles import EnsembleObjective, stack_networks, unstack_network
from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.core.randomness import fold_in

KEY = jnp.array([51, 52], jnp.uint32)
WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2], np.float32)
N_MEMBERS, N_COMPONENTS = 3, 3

FAMILIES = {
    "plain": {},
    "noisy": {"corruption": GaussianNoise(0.3, -np.inf, np.inf)},
    "sparse": {
        "penalties": {"weight_decay": 0.1, "l1_sparsity": 0.2, "kl_sparsity": 0.3},
        "code_activation": "sigmoid",
        "sparsity_memory": 0.9,
    },
    "topk": {"bottleneck": TopK(1, 1, 0.25, 1.0)},
    "gaussian": {"bottleneck": Gaussian(3.0)},
}
EACH_FAMILY = pytest.mark.parametrize("family", list(FAMILIES))


def made(family):
    """A member's objective, networks that differ, rows, and memories as they are after some steps."""
    random = np.random.default_rng(6)
    given = {"code_activation": "linear", **FAMILIES[family]}
    objective = Objective("squared_error", "linear", **given)
    networks = [
        dense_network(
            (5, N_COMPONENTS),
            activation="tanh",
            code_activation=given["code_activation"],
            tied_weights=False,
            initializer="glorot_uniform",
            random=random,
            width_factor=objective.bottleneck.width_factor,
        )
        for _ in range(N_MEMBERS)
    ]
    first = objective.initial_memory(N_COMPONENTS)
    memories = [jax.tree.map(lambda leaf: leaf + np.float32(random.random() + 0.5), first) for _ in networks]
    return objective, networks, random.random((4, 5), np.float32), memories


@jax.jit
def _together(ensemble, stacked, rows, memory, kl_share):
    def loss(stacked):
        return ensemble.training_terms(stacked, rows, WEIGHTS, KEY, memory, kl_share)

    return jax.value_and_grad(loss, has_aux=True)(stacked)


@jax.jit
def _alone(objective, network, rows, key, memory, kl_share):
    def loss(network):
        return objective.training_terms(network, rows, WEIGHTS, key, memory, kl_share)

    return jax.value_and_grad(loss, has_aux=True)(network)


def together(objective, networks, rows, memories, kl_share=1.0):
    """Loss, terms, memory and gradient of the ensemble."""
    ensemble = EnsembleObjective(objective, len(networks))
    stacked = stack_networks(networks), rows, stack_networks(memories)
    (total, (terms, memory)), gradient = _together(ensemble, *stacked, kl_share)
    return total, terms, memory, gradient


def alone(objective, networks, rows, memories, kl_share=1.0):
    """The same of each member by itself."""
    results = []
    for number, (network, memory) in enumerate(zip(networks, memories, strict=True)):
        key = fold_in(KEY, np.uint32(number))
        (loss, (terms, after)), gradient = _alone(objective, network, rows, key, memory, kl_share)
        results.append((loss, terms, after, gradient))
    return results


def assert_trees_close(got, expected):
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    for ours, theirs in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@EACH_FAMILY
def test_the_loss_is_the_sum_of_the_members_own_and_terms_are_means(family):
    total, terms, memory, _ = together(*made(family))
    losses, own_terms, memories, _ = zip(*alone(*made(family)), strict=True)
    assert total == pytest.approx(float(sum(losses)), rel=1e-5)
    np.testing.assert_allclose(terms, np.mean(own_terms, axis=0), rtol=1e-5, atol=1e-7)
    for got, expected in zip(unstack_network(memory, N_MEMBERS), memories, strict=True):
        assert_trees_close(got, expected)


@EACH_FAMILY
def test_each_member_has_the_gradient_that_it_has_alone(family):
    gradient = together(*made(family))[-1]
    expected = [result[-1] for result in alone(*made(family))]
    for got, own in zip(unstack_network(gradient, N_MEMBERS), expected, strict=True):
        assert_trees_close(got, own)
        assert any(np.abs(leaf).max() > 1e-3 for leaf in jax.tree.leaves(own))


@EACH_FAMILY
def test_the_other_members_numbers_have_no_influence(family):
    objective, networks, rows, memories = made(family)
    before = unstack_network(together(objective, networks, rows, memories)[-1], N_MEMBERS)
    networks[1] = jax.tree.map(lambda leaf: 5 * leaf + 1, networks[1])
    memories[1] = jax.tree.map(lambda leaf: leaf + 1, memories[1])
    after = unstack_network(together(objective, networks, rows, memories)[-1], N_MEMBERS)
    for number in (0, 2):
        assert_trees_close(after[number], before[number])
    moved = zip(jax.tree.leaves(after[1]), jax.tree.leaves(before[1]), strict=True)
    assert any(not np.allclose(ours, theirs) for ours, theirs in moved)


@EACH_FAMILY
def test_evaluation_measures_means_over_members(family):
    objective, networks, rows, _ = made(family)
    got = EnsembleObjective(objective, N_MEMBERS).evaluation_terms(stack_networks(networks), rows, WEIGHTS)
    expected = [objective.evaluation_terms(network, rows, WEIGHTS) for network in networks]
    np.testing.assert_allclose(got, np.mean(expected, axis=0), rtol=1e-5, atol=1e-7)


def test_equal_members_see_noise_of_their_own():
    objective, networks, rows, memories = made("noisy")
    gradient = together(objective, [networks[0]] * N_MEMBERS, rows, memories)[-1]
    one, two, three = (jax.tree.leaves(part)[0] for part in unstack_network(gradient, N_MEMBERS))
    assert not np.allclose(one, two)
    assert not np.allclose(one, three)
    assert not np.allclose(two, three)


def test_the_share_of_the_divergence_reaches_every_member():
    for share in (0.0, 0.5):
        total = together(*made("gaussian"), share)[0]
        assert total == pytest.approx(float(sum(r[0] for r in alone(*made("gaussian"), share))), rel=1e-5)
        assert total < together(*made("gaussian"))[0]


@EACH_FAMILY
def test_names_are_the_members_and_the_first_memory_is_theirs_on_each_other(family):
    objective = made(family)[0]
    ensemble = EnsembleObjective(objective, N_MEMBERS)
    assert ensemble.term_names == objective.term_names
    stacked = ensemble.initial_memory(N_COMPONENTS)
    first = objective.initial_memory(N_COMPONENTS)
    assert set(stacked) == set(first)
    for name, value in first.items():
        np.testing.assert_array_equal(stacked[name], np.broadcast_to(value, (N_MEMBERS, *np.shape(value))))
        assert stacked[name].dtype == value.dtype


@settings(max_examples=40)
@given(
    shapes=st.lists(st.lists(st.integers(0, 4), max_size=3).map(tuple), min_size=1, max_size=4),
    n_members=st.integers(1, 4),
)
def test_stacking_is_undone_by_unstacking(shapes, n_members):
    random = np.random.default_rng(0)
    members = [
        {f"part {i}": random.random(shape) for i, shape in enumerate(shapes)} for _ in range(n_members)
    ]
    stacked = stack_networks(members)
    for i, shape in enumerate(shapes):
        assert stacked[f"part {i}"].shape == (n_members, *shape)
    for got, member in zip(unstack_network(stacked, n_members), members, strict=True):
        for name, values in member.items():
            np.testing.assert_array_equal(got[name], values)
