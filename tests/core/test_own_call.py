"""What tells a function of one's own from others, and what it asks for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.own_call import OwnCall, asked_for, said_of


def one(output, target, q=0.5):
    return output - target


class Callable:
    def method(self, output, target):
        return output


class Unhashable(Callable):
    __hash__ = None


def test_the_same_function_is_equal_and_has_one_hash():
    thing = Callable()
    for first, second in (
        (one, one),
        (partial(one, q=0.5), partial(one, q=0.5)),
        (partial(partial(one, q=1.0), 2.0), partial(partial(one, q=1.0), 2.0)),
        (thing.method, thing.method),
    ):
        assert OwnCall(first) == OwnCall(second)
        assert hash(OwnCall(first)) == hash(OwnCall(second))
    unhashable, array = Unhashable(), np.ones(3)
    assert OwnCall(unhashable) == OwnCall(unhashable)
    kept = partial(one, q=array)
    assert OwnCall(kept) == OwnCall(kept)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (one, lambda output, target: output - target),
        (partial(one, q=0.5), partial(one, q=0.6)),
        (partial(one, q=1), partial(one, q=1.0)),
        (partial(one, 1), partial(one, 1.0)),
        (Callable().method, Callable().method),
        (partial(one, q=np.ones(3)), partial(one, q=np.ones(3))),
    ],
)
def test_other_functions_and_settings_are_others(first, second):
    assert OwnCall(first) != OwnCall(second)
    assert OwnCall(first) != first


def test_what_a_function_asks_for():
    assert asked_for(lambda weights, *, network=None: 0, ("weights", "network")) == {"network": False}
    assert asked_for(lambda code, weights: 0, ("weights", "network")) == {"weights": True}
    assert asked_for(lambda *code, **more: 0, ("code", "more")) == {}
    assert asked_for(np.add, ("out",)) in ({}, {"out": False})  # which may have no signature to look at


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: np.abs(x), "hands JAX's arrays to NumPy"),
        (lambda x: x if x[0] > 0 else -x, "goes by the value of an array (if, while, float, int)"),
        (lambda x: float(x[0]), "goes by the value of an array"),
        (lambda x: [1, 2][x[0].astype(int)], "goes by the value of an array"),
        (lambda x: x.reshape(7), "it raises TypeError: cannot reshape array of shape (3,)"),
        (lambda x: {}["a" * 400], "it raises KeyError: 'aaa"),
    ],
)
def test_what_is_said_of_what_it_raises(function, said):
    with pytest.raises(Exception) as caught:  # noqa: PT011 (any, which is what it is about)
        jax.eval_shape(function, jax.ShapeDtypeStruct((3,), jnp.float32))
    text = said_of(caught.value)
    assert said in text
    assert len(text) < 350
    assert "\n" not in text
    assert text.endswith("...") or not text.endswith(".")
