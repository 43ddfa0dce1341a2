"""What the processes of a cluster tell each other; each asserts that it is right."""

import sys

import numpy as np

import diabolo
from diabolo.cluster.team import alone, current_team
from diabolo.errors import ClusterError


def said_of(do):
    """Return what is said of an error."""
    try:
        do()
    except (ClusterError, ZeroDivisionError) as problem:
        return str(problem)


def main(address, n_processes, index):
    """Exchange everything that can be exchanged."""
    count, own = int(n_processes), int(index)
    team = diabolo.initialize_cluster(address, count, own)
    assert (team.n_processes, team.index, current_team()) == (count, own, team)
    numbers = np.arange(5.0) + own
    np.testing.assert_array_equal(team.summed(numbers), count * np.arange(5.0) + sum(range(count)))
    # In float64, in which 2**-40 beside 1 is not lost.
    assert team.summed(np.array([1.0 if own else 2.0**-40])).tolist() == [count - 1 + 2.0**-40]
    gathered = team.gathered({"a": np.arange(own + 1), "text": np.array(["x" * own])})
    assert [each["a"].tolist() for each in gathered] == [list(range(i + 1)) for i in range(count)]
    assert [each["text"].tolist() for each in gathered] == [["x" * i] for i in range(count)]
    for axis, shape in ((0, (own + 1, 3)), (1, (3, own + 1))):
        joined = team.joined(np.full(shape, own, np.float32), axis)
        expected = np.concatenate([np.full(i + 1, i) for i in range(count)])
        assert np.moveaxis(joined, axis, 0)[:, 0].tolist() == expected.tolist()
    large = team.joined(np.full((4_000_000 + own, 1), own, np.float32))
    assert [int((large == i).sum()) for i in range(count)] == [4_000_000 + i for i in range(count)]
    assert team.decided(lambda: {"by": own, "seed": [1, None]}) == {"by": 0, "seed": [1, None]}
    assert team.computed(lambda: {"a": np.array(own)})["a"] == 0
    assert said_of(lambda: team.computed(lambda: {"a": 1 / 0})) == (
        "process 0 could not go on: ZeroDivisionError('division by zero')" if own else "division by zero"
    )
    with alone():
        assert current_team().summed(numbers) is numbers
    assert "called before" in said_of(lambda: diabolo.initialize_cluster(address, count, own))
    print("done", own)


if __name__ == "__main__":
    main(*sys.argv[1:])
