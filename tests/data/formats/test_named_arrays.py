import numpy as np
import pytest

from diabolo.data.formats.named_arrays import NamedArray, choose_table
from diabolo.errors import DataFileError


def held(array):
    array = np.asarray(array)
    return NamedArray(array.shape, array.dtype, array.dtype.kind == "U", lambda: array)


def choose(options=(), **arrays):
    return choose_table(
        {name.replace("__", "/"): held(array) for name, array in arrays.items()}, "F", **dict(options)
    )


TABLE = np.zeros((3, 2))


@pytest.mark.parametrize("name", ["data", "X", "x"])
def test_usual_names_come_before_others(name):
    assert choose(other=TABLE, another=TABLE, **{name: TABLE}).name == name
    assert choose(x=TABLE, X=TABLE, data=TABLE).name == "data"


def test_only_what_lies_beside_the_table_goes_with_it():
    found = choose(group__data=TABLE, group__age=[1, 2, 3], elsewhere__age=[4, 5, 6], age=[7, 8, 9])
    assert found.name == "group/data"
    assert {name: values.tolist() for name, values in found.carried.items()} == {"age": [1, 2, 3]}


def test_names_are_text_of_the_right_length():
    found = choose(
        data=TABLE, features=["a", "b", "c"], columns=["a", "b"], index=[1, 2, 3], ids=["u", "v", "w"]
    )
    assert found.feature_names == ("a", "b")
    assert found.row_names == ("u", "v", "w")
    assert set(found.carried) == {"features", "index", "ids"}


def test_a_table_as_wide_as_long_keeps_its_names_apart():
    found = choose(data=np.zeros((2, 2)), feature_names=["a", "b"], row_names=["u", "v"], label=[0, 1])
    assert (found.feature_names, found.row_names, list(found.carried)) == (("a", "b"), ("u", "v"), ["label"])


def test_only_the_columns_asked_for():
    arrays = {"data": TABLE, "age": [1, 2, 3], "sex": [0, 1, 0], "batch": [1, 1, 1]}
    found = choose({"target": "age", "keep_columns": ["batch"]}, **arrays)
    assert list(found.carried) == ["age", "batch"]
    assert list(choose({"keep_columns": []}, **arrays).carried) == []


def test_class_names_beside_a_table_are_no_target():
    assert choose(data=TABLE, labels=["cat", "dog"]).carried == {}
    with pytest.raises(
        DataFileError, match="row counts that differ: it has 3 rows and the dataset 'y' has 4 entries"
    ):
        choose(data=TABLE, y=[1, 2, 3, 4])


def test_the_axis_of_the_rows():
    found = choose({"rows": "last"}, data=TABLE, label=[1, 2], feature_names=["a", "b", "c"])
    assert found.shape == (2, 3)
    assert found.feature_names == ("a", "b", "c")
    assert list(found.carried) == ["label"]
