"""Messages that know which settings they name."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.errors import DiaboloWarning, InputError, ParameterError
from diabolo.messages import Message, either, setting, typed_value

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.tuples(st.integers())
)


def flags(named):
    return f"--{named.name}" + ("" if named.value is None else f" {named.value}")


@given(st.text(), VALUES, st.text())
def test_python_reads_a_setting_as_it_is_written_there(before, value, after):
    plain = before.translate(dict.fromkeys(range(57344, 57347)))
    end = after.translate(dict.fromkeys(range(57344, 57347)))
    message = Message(f"{plain}{setting('loss', value)}{end}")
    assert str(message) == f"{plain}loss={value!r}{end}"
    assert message.said(flags) == f"{plain}--loss {typed_value(value)}{end}".replace("\ue000", "?").replace(
        "\ue001", "?"
    ).replace("\ue002", "?")
    for other in (pickle.loads(pickle.dumps(message)), copy.deepcopy(message), Message(message)):
        assert (str(other), other.marked) == (str(message), message.marked)


def test_what_is_named():
    message = Message(
        f"{setting('a')} and {setting('b', 3, 'c')}, {either('here', 'there')}, {setting('d', item='*')}"
    )
    assert message == "a and b['c']=3, here, d"
    assert [(named.name, named.item, named.value) for named in message.settings] == [
        ("a", "", None),
        ("b", "c", "3"),
        ("d", "*", None),
    ]
    assert message.said(lambda named: named.value or f"<{named.name}>") == "<a> and 3, there, <d>"


@pytest.mark.parametrize("kind", [ParameterError, InputError, DiaboloWarning])
def test_an_error_carries_its_settings_through_a_pickle(kind):
    problem = kind(f"in runs/loss=3.csv {setting('loss', 'hub')} is not possible.")
    for other in (problem, pickle.loads(pickle.dumps(problem)), copy.copy(problem)):
        assert str(other) == "in runs/loss=3.csv loss='hub' is not possible."
        assert other.message.said(flags) == "in runs/loss=3.csv --loss hub is not possible."
        assert [named.name for named in other.message.settings] == ["loss"]
    assert str(kind()) == ""


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ((128, 32), "128,32"),
        ((), "none"),
        (None, "none"),
        ("kind of wine", "'kind of wine'"),
        ({"k": 5}, "k=5"),
        (0.5, "0.5"),
        (True, "True"),
    ],
)
def test_values_as_they_are_typed(value, typed):
    assert typed_value(value) == typed
