"""How functions of one's own are told from names, and called."""

from functools import partial

import optax

from diabolo.parameters.own_functions import AbsentFunction, function_path, is_optimizer


class Loss:
    def __call__(self, output, target):
        return output


def loss(output, target):
    return output


def test_an_optimizer_is_a_pair_of_functions():
    assert is_optimizer(optax.sgd(0.1))
    assert not is_optimizer(optax.sgd)
    assert not is_optimizer(loss)


def test_a_path_is_that_of_the_function_or_the_class():
    for given in (loss, partial(loss, 1), partial(partial(loss, 1), 2)):
        assert function_path(given) == f"{__name__}.loss"
    assert function_path(Loss()) == f"{__name__}.Loss"
    assert function_path(optax.sgd(0.1)).startswith("optax.")
    assert function_path(AbsentFunction("a.b")) == "a.b"


def test_absent_functions_are_equal_by_their_path():
    assert AbsentFunction("a.b") == AbsentFunction("a.b") != AbsentFunction("a.c")
    assert {AbsentFunction("a.b"): 1}[AbsentFunction("a.b")] == 1
    assert repr(AbsentFunction("a.b")) == "<a.b, not in the file>"
