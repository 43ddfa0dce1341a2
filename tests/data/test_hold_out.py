import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import HoldOut, hold_out, split_rows
from diabolo.data.open_table import open_table
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


@given(st.integers(2, 500), st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 2**70))
def test_two_sorted_parts_that_make_up_the_whole(n_rows, fraction, seed):
    train, validation = split_rows(n_rows, fraction, seed)
    assert train.dtype == validation.dtype == np.int64
    for part in (train, validation):
        assert len(part) >= 1
        assert (np.diff(part) > 0).all()
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(n_rows))


@given(st.integers(2, 300), st.floats(0.01, 0.99))
def test_as_many_as_scikit_learn_sets_aside(n_rows, fraction):
    try:
        expected = len(train_test_split(np.arange(n_rows), test_size=fraction)[1])
    except ValueError:
        expected = n_rows - 1  # where scikit-learn has no row left to train on
    assert len(split_rows(n_rows, fraction, 0)[1]) == expected


def test_the_seed_decides_and_every_row_has_its_chance():
    np.testing.assert_array_equal(split_rows(100, 0.3, 7)[1], split_rows(100, 0.3, 7)[1])
    np.testing.assert_array_equal(split_rows(100, 0.3, [7])[1], split_rows(100, 0.3, np.int64(7))[1])
    chosen = np.zeros(20)
    for seed in range(2000):
        chosen[split_rows(20, 0.25, seed)[1]] += 1
    # 500 expected, standard deviation 19: five of them.
    assert np.abs(chosen - 500).max() < 97


def test_the_rows_of_a_seed_do_not_change_between_versions():
    # numpy promises the stream of PCG64; that its permutation is used as it is, this fixes.
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(42))).permutation(10)[:3]
    np.testing.assert_array_equal(split_rows(10, 0.3, 42)[1], np.sort(expected))


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), True, "0.1", None])
def test_fraction_that_cannot_be(fraction):
    with pytest.raises(ParameterError) as caught:
        split_rows(10, fraction, 0)
    assert str(caught.value) == (
        f"The validation fraction must be a number between 0 and 1, both excluded; got {fraction!r}."
    )


@pytest.mark.parametrize("seed", [-1, None, 1.5, "7"])
def test_seed_that_cannot_be(seed):
    with pytest.raises(ParameterError) as caught:
        split_rows(10, 0.1, seed)
    assert str(caught.value) == (
        f"The seed of the split must be a whole number of 0 or more (or several); got {seed!r}."
    )


@pytest.mark.parametrize("n_rows", [0, 1])
def test_too_few_rows(n_rows):
    with pytest.raises(InputError) as caught:
        split_rows(n_rows, 0.5, 0)
    assert str(caught.value) == (
        f"Splitting off validation rows needs at least 2 rows, got {n_rows}: give more rows or no fraction."
    )


PERSON = np.arange(20) // 4


@pytest.mark.parametrize(
    "groups",
    [
        PERSON,
        PERSON.tolist(),
        pandas.Series(PERSON, index=range(100, 120)),
        polars.Series(PERSON),
        [f"p{each}" for each in PERSON],
        np.array(["2020-01-01"], "M8[D]") + PERSON,
        pandas.Series([None, *PERSON[1:]], dtype="Int64"),
    ],
)
def test_groups_of_any_kind_beside_the_table(groups):
    X = np.arange(40.0).reshape(20, 2)
    training, held_out = hold_out(X, 5, groups=groups)
    assert len(training) + len(held_out) == 20
    names = np.array([str(each) for each in groups])
    taken = (held_out[:, 0] / 2).astype(int)
    assert not set(names[taken]) & set(np.delete(names, taken))


def test_groups_by_the_name_of_a_column(tmp_path):
    frame = pandas.DataFrame({"a": np.arange(20.0), "person": PERSON})
    frame.to_csv(tmp_path / "table.csv", index=False)
    expected = hold_out(frame[["a"]], 5, groups=PERSON)[1][:]
    for table in (frame, polars.from_pandas(frame), pyarrow.table(dict(frame)), tmp_path / "table.csv"):
        training, held_out = hold_out(table, 5, groups="person")
        assert training.feature_names == ("a",)
        np.testing.assert_array_equal(held_out[:], expected)
    with pytest.raises(ParameterError) as caught:
        hold_out(open_table(frame), 5, groups="person")
    assert str(caught.value) == (
        "'person' is a feature of the data frame: open the table with keep_columns=['person'] to hold out by "
        "it."
    )


@pytest.mark.parametrize("groups", [3, PERSON[:5], np.zeros((20, 2))])
def test_groups_that_cannot_be(groups):
    with pytest.raises(InputError) as caught:
        hold_out(np.zeros((20, 2)), 5, groups=groups)
    assert str(caught.value) == (
        f"groups has the shape {np.shape(groups)}; expected the name of a column, or (20,): a group for each "
        "row of the array."
    )


@pytest.mark.parametrize(
    "way",
    [
        {"amount": 0.2},
        {"amount": 80, "shuffle": False},
        {"amount": [3, 90, 91]},
        {"amount": 0.1, "groups": True},
    ],
)
def test_windows_held_out_share_no_point_with_those_that_are_left(way):
    series = np.arange(400.0)
    windows = diabolo.sliding_windows(series, 10)
    if "groups" in way:
        way = {**way, "groups": np.arange(391) // 50}
    training, held_out = hold_out(windows, **way)
    assert not np.isin(training[:], held_out[:]).any()
    assert len(training) + len(held_out) < 391
    if way.get("shuffle") is False:
        np.testing.assert_array_equal(held_out[:], windows[-80:])
        assert len(training) == 391 - 80 - 9
    if way["amount"] == 0.2:
        assert np.sum(np.diff(held_out[:, 0]) > 1) >= 2


def test_a_series_too_short_to_hold_out_of_is_refused():
    windows = diabolo.sliding_windows(np.arange(12.0), 10)
    with pytest.raises(InputError, match="leaves none of the 3 windows of 10 points that shares no point"):
        hold_out(windows, 1)
