import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import HoldOut
from diabolo.errors import InputError, ParameterError

TABLE = np.arange(40.0).reshape(20, 2)
PEOPLE = np.repeat([7, 3, 9, 1, 5], 4)


def table():
    return ArraySource(TABLE, carried={"person": PEOPLE, "age": np.arange(20)})


@given(st.integers(2, 60), st.data())
def test_the_parts_are_disjoint_ascending_and_whole(n_rows, data):
    amount = data.draw(st.integers(1, n_rows - 1) | st.floats(0.01, 1 - 1 / n_rows - 1e-9))
    training, held_out = HoldOut(amount, seed=data.draw(st.integers(0, 5))).split(n_rows)
    assert np.array_equal(np.sort(np.concatenate([training, held_out])), np.arange(n_rows))
    assert all((np.diff(part) > 0).all() for part in (training, held_out))
    assert len(held_out) == (amount if isinstance(amount, int) else int(np.ceil(amount * n_rows)))


@given(st.lists(st.integers(0, 6), min_size=2, max_size=50), st.integers(1, 10), st.integers(0, 3))
def test_groups_are_held_out_together_or_not_at_all(groups, amount, seed):
    groups = np.array(groups)
    try:
        training, held_out = HoldOut(amount, "person", seed=seed).split(len(groups), groups)
    except InputError:
        return
    assert not set(groups[training]) & set(groups[held_out])
    assert len(held_out) >= amount
    # One group fewer would have been too few.
    assert any(len(held_out) - (groups == group).sum() < amount for group in groups[held_out])


def test_the_seed_decides_and_repeats():
    one, again, other = (HoldOut(5, seed=seed).split(20)[1].tolist() for seed in (0, 0, 1))
    assert one == again != other


def test_in_order_the_last_rows_are_taken():
    assert HoldOut(3, shuffle=False).split(20)[1].tolist() == [17, 18, 19]
    training, held_out = HoldOut(5, "person", shuffle=False).apply(table())
    assert held_out.carried["person"].tolist() == [1] * 4 + [5] * 4
    assert len(training) == 12


def test_rows_may_be_named_and_take_their_group_along():
    assert HoldOut((3, 1, 3)).split(5)[1].tolist() == [1, 3]
    _, held_out = HoldOut((0,), "person").apply(table())
    assert held_out.carried["person"].tolist() == [7] * 4


def test_the_public_function_gives_sources():
    training, held_out = diabolo.hold_out(TABLE, [0, 19])
    np.testing.assert_array_equal(held_out[:], TABLE[[0, 19]])
    np.testing.assert_array_equal(training[:], TABLE[1:-1])
    assert held_out.origin(1) == 19
    shares = [len(diabolo.hold_out(TABLE, share, random_state=3)[1]) for share in (0.1, 0.11)]
    assert shares == [2, 3]


@pytest.mark.parametrize("amount", [0, -1, 1.0, 0.0, 1.5, True, "many", None])
def test_an_amount_that_cannot_be_is_refused(amount):
    with pytest.raises(ParameterError, match="expected a number of rows, a share above 0 and below 1"):
        HoldOut(amount).split(20)


@pytest.mark.parametrize("rows", [(), (20,), (-1,), (0.5,)])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises(ParameterError, match="whole numbers from 0 to 19"):
        HoldOut(rows).split(20)


def test_taking_everything_is_refused():
    with pytest.raises(InputError, match="takes all of the 20 rows"):
        HoldOut(20).split(20)
    with pytest.raises(InputError, match="takes all of the 3 rows"):
        HoldOut(1, "person").split(3, np.zeros(3))


def test_a_column_that_is_not_carried_is_named():
    with pytest.raises(ParameterError, match=r"no column 'persons'.*carries 'person', 'age'.*'person'\?"):
        HoldOut(2, "persons").apply(table())


def test_rows_without_a_group_are_held_out_together():
    groups = np.array([np.nan, 1, 2, np.nan])
    training, held_out = HoldOut((0,)).split(4, groups)
    assert (training.tolist(), held_out.tolist()) == ([1, 2], [0, 3])
