# ruff: noqa: E501 - error messages are shown whole, one a line
import numpy as np
import pytest

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.joined_source import JoinedSource
from diabolo.errors import InputError


def part(n, name, *, features=("a", "b"), carried=None, dtype=float, **options):
    return ArraySource(
        np.full((n, len(features)), n, dtype), feature_names=features, carried=carried, name=name, **options
    )


def test_types_names_and_carried_columns_are_joined():
    joined = JoinedSource([
        part(2, "u", dtype="i4", carried={"age": np.array([1, 2]), "site": np.array([5, 6]), "x": np.zeros(2)}, row_names=["r", "s"]),
        part(1, "v", dtype="f4", carried={"age": np.array([0.5]), "site": np.array(["k"])}, row_names=["t"]),
    ])  # fmt: skip
    assert joined.dtype == np.float64
    assert joined.name == "u and 1 more"
    assert joined.row_names == ("r", "s", "t")
    assert {name: values.tolist() for name, values in joined.carried.items()} == {
        "age": [1, 2, 0.5],
        "site": ["5", "6", "k"],
    }
    np.testing.assert_array_equal(joined[:], [[2, 2], [2, 2], [1, 1]])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (part(1, "v", features=("a", "b", "c")), "v has 3 columns and u has 2: files read as one must have the same columns."),
        (part(1, "v", features=("a", "c")), "v differs from u in column 1 (counted from 0), which is 'c' and not 'b': files read as one must have the same columns in the same order."),
        (ArraySource(np.zeros((1, 2)), name="v"), "v differs from u in column 0 (counted from 0), which is no name and not 'a': files read as one must have the same columns in the same order."),
        (part(1, "v"), "v has no column 'age', the target in u: files read as one must have the same target."),
    ],
)  # fmt: skip
def test_the_file_that_differs_is_named(other, said):
    first = part(1, "u", carried={"age": np.array([3])}, target_name="age")
    with pytest.raises(InputError) as caught:
        JoinedSource([first, other])
    assert str(caught.value) == said


def test_nothing_to_join():
    with pytest.raises(InputError, match="no tables were given to join; name at least one"):
        JoinedSource([])


def test_a_place_is_one_of_the_part_s(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text("x,y\n1,2\n3,4\n")
    paths[1].write_text('x,y\n5,6\n"7",\n')
    with diabolo.open(paths) as joined:
        np.testing.assert_array_equal(joined[:], [[1, 2], [3, 4], [5, 6], [7, np.nan]])
        assert joined.place(1, 0) == f"line 3, column 'x' (number 0) in {paths[0]}"
        assert joined.place(3, 1) == f"line 3, column 'y' (number 1) in {paths[1]}"
        assert joined.rows([3]).columns([1]).place(0, 0) == joined.place(3, 1)
        assert joined.header_found
        assert [str(path) in note for path, note in zip(paths, joined.notes, strict=True)] == [True, True]


def test_what_carried_columns_were_written_as_is_joined():
    first = part(2, "u", carried={"price": np.array([1.5, 2]), "zip": np.array([7, 8])})
    first.written_as = {"price": np.array(["1.50", "2"]), "zip": np.array(["7.", "8"])}
    second = part(1, "v", carried={"price": np.array([3]), "zip": np.array(["007"])})
    joined = JoinedSource([first, second])
    assert joined.carried["price"].tolist() == [1.5, 2, 3]
    assert joined.carried["zip"].tolist() == ["7.", "8", "007"]
    assert {name: text.tolist() for name, text in joined.written_as.items()} == {"price": ["1.50", "2", "3"]}
