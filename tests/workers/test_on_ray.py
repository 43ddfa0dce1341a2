"""Workers of Ray: results, errors, one thread each, and a killed worker's task done again."""

import os

import pytest
from tests.workers.tasks import cores_of_a_product, refuse_three, squared

from diabolo.errors import LostWorkerError
from diabolo.workers import open_workers

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def workers():
    with open_workers("ray", 2) as made:
        yield made


def end_the_first_time(place):
    """End without a word, unless a file says that it was tried before."""
    if not os.path.exists(place):  # noqa: PTH110
        with open(place, "w"):  # noqa: PTH123
            pass
        os._exit(1)
    return "done"


def test_tasks_and_errors(workers):
    assert workers.count == 2
    assert list(workers.map(squared, range(6))) == [number**2 for number in range(6)]
    with pytest.raises(ValueError, match="three is not possible") as problem:
        list(workers.map(refuse_three, [3]))
    assert type(problem.value) is ValueError


def test_each_computes_on_one_thread(workers):
    assert max(next(workers.map(cores_of_a_product, [1500]))) < 1.2


def test_the_task_of_a_worker_that_ended_is_done_again(workers, tmp_path):
    assert list(workers.map(end_the_first_time, [str(tmp_path / "tried")])) == ["done"]


def test_nobody_at_the_address():
    import ray

    ray.shutdown()
    with pytest.raises(
        LostWorkerError, match=r"no cluster of Ray answers at ray://127\.0\.0\.1:9: start one"
    ):
        open_workers("ray", "ray://127.0.0.1:9")
