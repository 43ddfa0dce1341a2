"""Processes of this machine: each on one thread, ended at once, and told of where one is lost."""

import os

import pytest
from tests.workers.tasks import (
    cores_of_a_product,
    cores_of_rows_passed,
    end_at_once,
    later_first,
    refuse_three,
    squared,
)

from diabolo.errors import LostWorkerError
from diabolo.workers import open_workers


@pytest.fixture(scope="module")
def workers():
    with open_workers("local", 2) as made:
        yield made


def test_tasks_are_done_elsewhere_and_come_in_order(workers):
    assert list(workers.map(later_first, range(6))) == list(range(6))
    assert os.getpid() not in set(workers.map(_process, range(4)))


def _process(_):
    return os.getpid()


def test_the_first_done_is_told_of_first(workers):
    list(workers.map(squared, range(4)))  # both processes are there
    assert [done.number for done in workers.completed(later_first, range(2))] == [1, 0]


def test_an_error_comes_back(workers):
    with pytest.raises(ValueError, match="three is not possible"):
        list(workers.map(refuse_three, [3]))
    assert list(workers.map(squared, [3])) == [9]


def test_each_computes_on_one_thread(workers):
    jax_cores, numpy_cores = next(workers.map(cores_of_a_product, [1500]))
    assert jax_cores < 1.2
    assert numpy_cores < 1.2


def test_each_passes_rows_on_one_thread(workers, tmp_path):
    assert next(workers.map(cores_of_rows_passed, [str(tmp_path / "rows.npy")])) < 1.2


class Unpacked:
    """What cannot be taken up by a worker."""

    def __reduce__(self):
        return _refuse, ()


def _refuse():
    raise AttributeError("not here")


def test_a_task_that_cannot_be_taken_up_is_told_of():
    with open_workers("local", 2) as workers, pytest.raises(LostWorkerError) as problem:
        list(workers.map(squared, [Unpacked()]))
    assert str(problem.value).startswith("a task could not be taken up by a worker process (")
    assert str(problem.value).endswith("what it is made of must be found in modules that workers can import.")


def test_a_lost_worker_is_told_of():
    with open_workers("local", 2) as workers, pytest.raises(LostWorkerError) as problem:
        list(workers.map(end_at_once, range(2)))
    assert str(problem.value).startswith(
        "a worker process ended without a word: it was killed, or the memory"
    )
