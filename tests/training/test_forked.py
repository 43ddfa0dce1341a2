"""What NumPy does, and what is refused, where JAX was lost by a fork; here it is only said to be lost."""

import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo import Autoencoder
from diabolo.errors import DiaboloError, ForkedProcessError
from diabolo.training import forked
from diabolo.training.forked import by_numpy, computing, jax_is_lost, keep_on_host, refuse_if_lost, worked_out


@pytest.fixture
def lost(monkeypatch):
    monkeypatch.setattr(forked, "_lost", True)


def twice(rows):
    return jnp.add(rows, rows)


ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_here_nothing_is_lost():
    assert not jax_is_lost()
    refuse_if_lost("nothing")
    assert isinstance(worked_out(twice, ROWS), jax.Array)


def test_a_function_is_worked_out_by_numpy_where_jax_is_lost(lost):
    assert jax_is_lost()
    found = worked_out(twice, ROWS)
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, 2 * ROWS)


def test_a_function_is_traced_once_for_each_shape(monkeypatch):
    monkeypatch.setattr(forked, "_programs", {})
    for rows in (ROWS, ROWS + 1, ROWS[:1]):
        np.testing.assert_array_equal(by_numpy(twice, rows), 2 * rows)
    assert len(forked._programs) == 2


def test_programs_are_let_go_of_before_there_are_too_many(monkeypatch):
    monkeypatch.setattr(forked, "_programs", {})
    monkeypatch.setattr(forked, "_MOST_PROGRAMS", 2)
    for width in (1, 2, 3):
        by_numpy(twice, np.ones((1, width), np.float32))
    assert len(forked._programs) == 1


def test_what_was_not_traced_is_refused_where_another_thread_held_jaxs_locks(lost, monkeypatch):
    known, other = np.ones((5, 1), np.float32), np.ones((6, 1), np.float32)
    by_numpy(twice, known)
    monkeypatch.setattr(forked, "_locked", True)
    np.testing.assert_array_equal(by_numpy(twice, known), 2 * known)
    with pytest.raises(ForkedProcessError) as caught:
        by_numpy(twice, other)
    assert str(caught.value) == (
        f"Another thread was computing with JAX at the fork, so nothing can be passed here: {forked._REMEDY}"
    )


def test_a_thread_counts_as_computing_while_it_does():
    thread = threading.get_ident()
    assert thread not in forked._computing
    with computing(), computing():
        assert forked._computing[thread] == 2
    with pytest.raises(ZeroDivisionError), computing():
        _ = 1 / 0
    assert thread not in forked._computing


def test_what_takes_jax_is_refused_in_a_sentence(lost):
    with pytest.raises(ForkedProcessError) as caught:
        refuse_if_lost("It cannot be done")
    assert str(caught.value) == f"It cannot be done: {forked._REMEDY}"
    assert isinstance(caught.value, DiaboloError)
    assert isinstance(caught.value, RuntimeError)


def test_an_operation_that_numpy_does_not_know_is_named():
    with pytest.raises(ForkedProcessError, match="The network uses JAX's operation 'sort', which takes JAX"):
        by_numpy(jnp.sort, ROWS)


@pytest.mark.parametrize("n_rows", [1, 8, 9, 300])
def test_any_number_of_rows_is_passed(n_rows, monkeypatch):
    random = np.random.default_rng(0)
    model = Autoencoder(2, max_epochs=1, random_state=0).fit(random.normal(size=(50, 4)))
    rows = random.normal(size=(n_rows, 4))
    expected = model.transform(rows), model.reconstruct(rows)
    monkeypatch.setattr(forked, "_lost", True)
    for found, other in zip((model.transform(rows), model.reconstruct(rows)), expected, strict=True):
        np.testing.assert_allclose(found, other, rtol=0, atol=1e-6 * np.abs(other).max())


class FakeArray:
    """An array on an accelerator, which no test machine has: it counts how often it is copied."""

    copies = 0

    def devices(self):
        return {type("Device", (), {"platform": "gpu"})()}

    def __array__(self, dtype=None, copy=None):
        FakeArray.copies += 1
        return np.zeros(3)


def test_an_accelerators_numbers_are_copied_once_and_others_never(monkeypatch):
    monkeypatch.setattr(forked.jax, "Array", FakeArray)
    keep_on_host({"weight": FakeArray(), "bias": np.zeros(2)})
    assert FakeArray.copies == 1
