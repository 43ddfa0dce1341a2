"""What a parameter may be, and how it is read when typed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.messages import Message
from diabolo.parameters.kinds import (
    ABOVE_0,
    BOOLEAN,
    SEED,
    SHARE,
    number,
    number_in,
    one_of,
    read_sizes,
    sizes,
    whole,
)


@pytest.mark.parametrize(
    ("kind", "may", "may_not"),
    [
        (whole(), [1, 7, np.int32(2)], [0, -1, 1.0, True, np.bool_(True), "1", None]),
        (whole().or_none(), [None, 1], [0, "none"]),
        (ABOVE_0, [1, 0.5, np.float32(0.1)], [0, -1, float("nan"), float("inf"), True, "1", None]),
        (SHARE, [0, 0.5], [1, -0.1]),
        (number_in("from 0 to 1", lambda value: 0 <= value <= 1), [0, 1], [1.1]),
        (BOOLEAN, [True, np.bool_(False)], [0, 1, "yes", None]),
        (one_of("a", "b", same={"c": "a"}), ["a", "b", "c"], ["d", 1, None]),
        (sizes("3", least=0), [(), (1,), [2, 3]], [(0,), 3, (1.5,), "3", None]),
        (sizes("3"), [(1,)], [()]),
        (SEED, [None, 0, 2**32 - 1, np.random.RandomState(0)], [-1, 2**32, "x", 1.5]),
    ],
    ids=lambda value: None,
)
def test_what_may_be(kind, may, may_not):
    assert all(kind.holds(value) for value in may)
    assert not any(kind.holds(value) for value in may_not)


def test_names_are_canonical_and_hinted():
    kind = one_of("alpha", "beta", same={"a": "alpha"}, foreign={"gamma": "beta"})
    assert (kind.canonical("a"), kind.canonical("beta"), kind.canonical(3)) == ("alpha", "beta", 3)
    assert kind.hint("gamma") == " Did you mean 'beta'?"
    assert kind.hint("alpa") == " Did you mean 'alpha'?"
    assert whole().hint("alpa") == ""


def test_none_is_said_in_either_door():
    expected = Message(whole().or_none(" for all").expected)
    assert expected == "a whole number, 1 or more, or None for all"
    assert expected.said(lambda named: str(named.value)) == "a whole number, 1 or more, or none for all"
    assert whole().or_none().read(" None ") is None


@given(st.integers())
def test_whole_numbers_are_read(value):
    assert number(str(value)) == value


@given(st.floats(allow_nan=False))
def test_numbers_are_read(value):
    assert number(repr(value)) == value


@given(st.lists(st.integers(1, 10**6), max_size=6))
def test_sizes_are_read_as_python_and_people_write_them(values):
    for text in (",".join(map(str, values)), str(tuple(values)), str(values), " , ".join(map(str, values))):
        assert read_sizes(text) == tuple(values)


@pytest.mark.parametrize("text", ["a", "3,x", "3;4", "1.5", ",", "(,)"])
def test_what_are_no_sizes_stays_text(text):
    assert read_sizes(text) == text
