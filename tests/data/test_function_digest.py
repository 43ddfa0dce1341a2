"""A function is told from another one, in this process and in another."""

import subprocess
import sys
from functools import partial, wraps

import numpy as np
import pytest

from diabolo.data.fingerprint import settings_of
from diabolo.data.function_digest import function_digest

SOURCE = """
def made(q, weights):
    def inner(output, target, power=2):
        kept = {"one", "two", "three"}
        return q * weights * (output - target) ** power if "one" in kept else [x for x in output]
    return inner
"""


def made(q=0.5, weights=(1.0, 2.0)):
    space = {"__name__": "somewhere"}
    exec(SOURCE, space)
    return space["made"](q, weights)


def recursive(n):
    def inner(n):
        return n if n == 0 else inner(n - 1)

    return inner


def test_the_same_function_has_the_same_digest_in_another_process():
    program = (
        f"from diabolo.data.function_digest import function_digest\nspace = {{'__name__': 'somewhere'}}\n"
        f"exec({SOURCE!r}, space)\nprint(function_digest(space['made'](0.5, (1.0, 2.0))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == function_digest(made())
    assert function_digest(made()).startswith("made.<locals>.inner ")


@pytest.mark.parametrize(
    "other",
    [
        made(0.6),
        made(weights=(1.0, 3.0)),
        made(weights=np.array([1.0, 2.0])),
        partial(made(), power=3),
        lambda output, target: output,
        recursive(3),
    ],
)
def test_another_function_has_another(other):
    assert function_digest(other) == function_digest(other)
    assert function_digest(other) != function_digest(made())


def test_a_wrapped_function_is_what_it_wraps():
    @wraps(made())
    def wrapped(*given):
        return None

    assert function_digest(wrapped) == function_digest(made())


def test_settings_tell_functions_apart_by_value_and_by_name():
    class Kind:
        def __init__(self, loss, penalty):
            self.loss, self.penalty = loss, penalty

        def get_params(self, deep):
            return vars(self)

    known = settings_of(Kind(made(), {made(): 0.5, "weight_decay": 1.0}))
    assert known == settings_of(Kind(made(), {made(): 0.5, "weight_decay": 1.0}))
    assert known["loss"] != settings_of(Kind(made(0.6), None))["loss"]
    assert known["penalty"] == {function_digest(made()): 0.5, "weight_decay": 1.0}
