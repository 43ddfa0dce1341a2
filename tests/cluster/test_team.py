"""Who does which part, and a team of one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.cluster.team import Team, alone, current_team


def of(n_processes, index):
    team = Team()
    team.n_processes, team.index = n_processes, index
    return team


@given(st.integers(0, 300), st.integers(1, 9), st.integers(1, 50))
def test_shares_follow_each_other_and_are_all_there_is(count, n_processes, block):
    shares = [of(n_processes, index).share(count, block) for index in range(n_processes)]
    assert shares[0].start == 0
    assert shares[-1].stop == count
    for one, next_one in itertools.pairwise(shares):
        assert one.stop == next_one.start
        assert one.stop % block == 0 or one.stop == count
    blocks = [-(-(each.stop - each.start) // block) for each in shares]
    assert max(blocks) - min(blocks) <= 1


def test_a_team_of_one_has_everything_by_itself():
    team, array = current_team(), np.arange(3)
    assert (team.n_processes, team.index, team.is_first) == (1, 0, True)
    assert team.gathered({"a": array}) == [{"a": array}]
    assert team.summed(array) is array
    assert team.joined(array) is array
    assert team.decided(lambda: 5) == 5
    assert team.computed(lambda: {"a": array}) == {"a": array}
    with pytest.raises(ZeroDivisionError), team.held_together():
        _ = 1 / 0
    with alone(), team.alone():
        assert current_team().n_processes == 1
