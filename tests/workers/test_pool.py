"""Tasks handed out a few at a time; results in order, or as they are done."""

import pytest
from tests.workers.tasks import refuse_three, squared

from diabolo.workers import open_workers


def test_results_come_in_order_and_items_are_read_as_they_are_needed():
    read = []

    def items():
        for number in range(10):
            read.append(number)
            yield number

    with open_workers() as workers:
        results = workers.map(squared, items())
        assert next(results) == 0
        assert len(read) <= 3
        assert list(results) == [number**2 for number in range(1, 10)]


def test_an_error_is_raised_in_its_turn_or_told_of_its_task():
    with open_workers() as workers:
        results = workers.map(refuse_three, range(5))
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError, match="three is not possible"):
            next(results)
        done = list(workers.completed(refuse_three, range(5)))
    assert sorted(each.number for each in done) == list(range(5))
    assert {each.number for each in done if each.problem is not None} == {3}
