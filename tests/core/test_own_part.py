"""One half of a network of the user's own: what it is handed in training and when it is applied.

Dropout and batch normalization are written here by hand, with the signatures of Equinox's, whose own are held
against them.
"""

from dataclasses import dataclass, field
from typing import Any

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.own_part import own_part
from diabolo.errors import ParameterError

ROWS = np.random.default_rng(4).normal(size=(8, 3)).astype(np.float32)
KEY, EVEN = np.array([3, 4], np.uint32), np.full(8, 1 / 8, np.float32)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Dropout:
    """Leaves out half of the numbers in training, and doubles the others."""

    weight: Any

    def __call__(self, row, *, key, inference):
        if inference:
            assert key is None
            return self.weight * row
        return self.weight * jnp.where(jax.random.bernoulli(key, 0.5, row.shape), 2.0 * row, 0.0)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Normalized:
    """Batch normalization that keeps nine tenths of its running mean and variance each batch."""

    weight: Any
    axis: str = field(default="batch", metadata={"static": True})

    def __call__(self, row, state, *, inference):
        mean, variance = state["mean"], state["variance"]
        if not inference:
            mean = jax.lax.pmean(row, self.axis)
            variance = jax.lax.pmean((row - mean) ** 2, self.axis)
            state = {
                "mean": 0.9 * state["mean"] + 0.1 * mean,
                "variance": 0.9 * state["variance"] + 0.1 * variance,
                "count": state["count"] + 1,
                "is_new": jnp.array(False),
            }
        return self.weight * (row - mean) / jnp.sqrt(variance + 1e-5), state


FRESH = {"mean": jnp.zeros(3), "variance": jnp.ones(3), "count": jnp.array(0), "is_new": jnp.array(True)}


def normalized(**changes):
    return own_part(Normalized(jnp.ones(3), **changes), (3,), FRESH)


def trained(part, rows=ROWS, key=KEY, weights=EVEN):
    outputs, part = jax.jit(lambda part, *given: part.in_training(*given))(part, rows, key, weights)
    return np.asarray(outputs), part


def test_dropout_draws_in_training_by_the_key_and_by_the_row_alone():
    part = own_part(Dropout(jnp.ones(3)), (3,))
    once, again, otherwise = (trained(part, np.ones_like(ROWS), key)[0] for key in (KEY, KEY, KEY + 1))
    assert set(np.unique(once)) == {0.0, 2.0}
    assert np.array_equal(once, again)
    assert not np.array_equal(once, otherwise)
    assert len({row.tobytes() for row in once}) > 1  # each row has a key of its own
    np.testing.assert_array_equal(part(ROWS), ROWS)  # applied, nothing is left out


def test_batch_norm_goes_by_the_batch_in_training_and_by_its_memory_when_applied():
    part = normalized()
    outputs, after = trained(part)
    mean, deviation = ROWS.mean(axis=0), np.sqrt(ROWS.var(axis=0) + 1e-5)
    np.testing.assert_allclose(outputs, (ROWS - mean) / deviation, rtol=1e-4, atol=1e-5)
    named = after.named_state()
    np.testing.assert_allclose(named["['mean']"], 0.1 * mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(named["['variance']"], 0.9 + 0.1 * ROWS.var(axis=0), rtol=1e-5)
    assert named["['count']"].tolist() == [1.0]
    assert named["['is_new']"].tolist() == [0.0]
    expected = (ROWS - 0.1 * mean) / np.sqrt(0.9 + 0.1 * ROWS.var(axis=0) + 1e-5)
    np.testing.assert_allclose(after(ROWS), expected, rtol=1e-4, atol=1e-5)
    # A row's answer is its own: alone, or among others.
    np.testing.assert_allclose(after(ROWS[2:3])[0], after(ROWS)[2], rtol=1e-6)


def test_equinoxs_layers_do_the_same():
    norm, state = equinox.nn.make_with_state(equinox.nn.BatchNorm)(3, "batch", mode="batch", momentum=0.9)
    outputs, after = trained(own_part(norm, (3,), state))
    np.testing.assert_allclose(outputs, trained(normalized())[0], rtol=1e-4, atol=1e-5)
    by_path = dict(zip(("count", "mean", "variance"), after.named_state().values(), strict=True))
    assert by_path["count"].tolist() == [1.0]
    np.testing.assert_allclose(by_path["mean"], 0.1 * ROWS.mean(axis=0), rtol=1e-4, atol=1e-6)
    # When applied Equinox divides the running figures by 1 - momentum ** batches.
    expected = (ROWS - ROWS.mean(axis=0)) / np.sqrt((0.9 + 0.1 * ROWS.var(axis=0)) / 0.1 + 1e-5)
    np.testing.assert_allclose(after(ROWS), expected, rtol=1e-3, atol=1e-5)


def test_layers_inside_are_told_by_their_attribute_that_they_are_applied():
    linear = equinox.nn.Linear(3, 3, key=jax.random.key(0))
    part = own_part(equinox.nn.Sequential([linear, equinox.nn.Dropout(0.5)]), (3,))
    np.testing.assert_allclose(part(ROWS), jax.vmap(linear)(ROWS), rtol=1e-5)
    outputs = trained(part)[0]
    share = np.mean(outputs == 0)
    assert 0.2 < share < 0.8
    kept = outputs != 0
    np.testing.assert_allclose(outputs[kept], 2 * np.asarray(jax.vmap(linear)(ROWS))[kept], rtol=1e-4)


@pytest.mark.parametrize("n_own", [1, 3, 4])
def test_rows_that_fill_up_a_batch_have_no_say_in_its_mean(n_own):
    filled, weights = ROWS.copy(), np.zeros(8, np.float32)
    weights[:n_own] = 1 / n_own
    filled[n_own:] = 1e3
    outputs, after = trained(normalized(), filled, KEY, weights)
    # The batch's own rows in turn: 3 of them fill 8 places unevenly, as often as 3, 3 and 2 times.
    turns = ROWS[np.arange(8) % n_own]
    np.testing.assert_allclose(
        after.named_state()["['mean']"], 0.1 * turns.mean(axis=0), rtol=1e-4, atol=1e-6
    )
    expected = (ROWS[:n_own] - turns.mean(axis=0)) / np.sqrt(turns.var(axis=0) + 1e-5)
    np.testing.assert_allclose(outputs[:n_own], expected, rtol=1e-3, atol=1e-4)


def test_no_gradient_reaches_a_state():
    def loss(part):
        return jnp.sum(part.in_training(ROWS, KEY, EVEN)[0] ** 3) + jnp.sum(part(ROWS) ** 2)

    slopes = jax.grad(loss)(normalized())
    assert all((slope == 0).all() for slope in slopes.state)
    assert any((slope != 0).any() for slope in slopes.arrays)


def test_arrays_are_named_and_put_back_by_their_names():
    order = jnp.array([2, 0, 1])
    module = jax.tree_util.Partial(
        lambda held, row: row[held["order"]] @ held["weight"],
        {
            "order": order,
            "weight": jnp.ones((3, 2)),
        },
    )
    part = own_part(module, (3,))
    assert list(part.named_arrays()) == ["[0][0]['weight']"]
    assert part.named_state() == {}
    assert part.named_fixed()["[0][0]['order']"].tolist() == [2, 0, 1]
    weight = np.arange(6, dtype=np.float32).reshape(3, 2)
    other = part.with_arrays(
        {"[0][0]['weight']": weight}, {}, {"[0][0]['order']": np.array([0, 1, 2], np.int32)}
    )
    np.testing.assert_allclose(other(ROWS), ROWS @ weight, rtol=1e-5, atol=1e-5)


def test_an_image_is_handed_in_its_shape_and_laid_out_again():
    doubled = jax.tree_util.Partial(lambda factor, image: factor * image[::-1], jnp.array(2.0))
    part = own_part(doubled, (3, 1, 1), flattens=True)
    np.testing.assert_array_equal(part(ROWS), 2 * ROWS[:, ::-1])
    assert part.output_shape() == (3, 1, 1)


def test_the_module_comes_back_with_its_numbers_ready_to_be_applied():
    linear = equinox.nn.Linear(3, 3, key=jax.random.key(0))
    part = own_part(equinox.nn.Sequential([linear, equinox.nn.Dropout(0.5)]), (3,))
    assert part.module_state is None
    doubled = jax.tree.map(lambda leaf: 2 * leaf, part).module
    np.testing.assert_allclose(doubled(ROWS[0]), 2 * linear(ROWS[0]), rtol=1e-5, atol=1e-5)
    _, after = trained(normalized())
    output, state = after.module(ROWS[0], after.module_state, inference=True)
    np.testing.assert_allclose(output, after(ROWS)[0], rtol=1e-5)
    assert state["count"] == 1


def test_names_for_people():
    part = own_part(Dropout(jnp.ones(3)), (3,))
    assert part.type_name == "Dropout"
    assert part.import_path.endswith("test_own_part.Dropout")
    assert own_part(jax.tree_util.Partial(jnp.matmul, jnp.ones((2, 3))), (3,)).type_name == "matmul"


@pytest.mark.parametrize(
    ("module", "state", "sentence"),
    [
        (Normalized(jnp.ones(3)), None, "it takes a state and was given none; pass a pair (module, state)"),
        (
            Dropout(jnp.ones(3)),
            FRESH,
            "it is given a state, and has no parameter of the name 'state' to take it",
        ),
        (
            Normalized(jnp.ones(3)),
            {**FRESH, "key": jax.random.PRNGKey(0)},
            "state['key'] is ArrayImpl of uint32, which cannot be kept; expected arrays of floats, truth "
            "values or signed whole numbers",
        ),
        (
            Normalized(jnp.ones(3)),
            {**FRESH, "name": "mine"},
            "state['name'] is str of no dtype, which cannot be kept; expected arrays of floats, truth values "
            "or signed whole numbers",
        ),
    ],
)
def test_states_that_cannot_be(module, state, sentence):
    with pytest.raises(ParameterError) as caught:
        own_part(module, (3,), state)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda weight, row, state: weight * row, "it is given a state and returns none"),
        (
            lambda weight, row, state: (weight * row, {}),
            "the state that it returns is not like the one given",
        ),
        (lambda weight, row, state: ([row], state), "it gives list; expected one array"),
    ],
)
def test_what_a_module_returns_is_looked_at(call, sentence):
    part = own_part(jax.tree_util.Partial(call, jnp.ones(3)), (3,), FRESH)
    with pytest.raises(TypeError, match=sentence):
        part.trained_shape()
