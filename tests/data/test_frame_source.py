import numpy as np
import pandas
import polars
import pytest

from diabolo.data.frame_source import frame_source, is_frame
from diabolo.errors import InputError


def test_frames_are_known_without_importing_their_libraries():
    assert is_frame(pandas.DataFrame())
    assert is_frame(polars.DataFrame())
    assert not is_frame(np.zeros((2, 2)))
    assert not is_frame(pandas.Series([1]))


@pytest.mark.parametrize("library", [pandas, polars])
def test_numbers_are_features_and_the_rest_is_carried(library):
    frame = library.DataFrame({"a": [1, 2], "b": [0.5, float("nan")], "kind": ["x", "y"], "age": [30, 40]})
    source = frame_source(frame, target="age")
    np.testing.assert_array_equal(source[:], [[1, 0.5], [2, np.nan]])
    assert source.feature_names == ("a", "b")
    assert source.row_names is None
    assert {name: values.tolist() for name, values in source.carried.items()} == {
        "kind": ["x", "y"],
        "age": [30, 40],
    }


def test_numbers_that_may_be_missing():
    frame = pandas.DataFrame(
        {"a": pandas.array([1, None], dtype="Int64"), "b": pandas.Categorical(["u", None])}
    )
    source = frame_source(frame)
    np.testing.assert_array_equal(source[:], [[1], [np.nan]])
    assert source.carried["b"].tolist() == ["u", ""]
    np.testing.assert_array_equal(frame_source(polars.DataFrame({"a": [1, None]}))[:], [[1], [np.nan]])


def test_what_is_wrong_is_said_in_one_sentence():
    with pytest.raises(InputError, match=r"^the data frame has no column 'agee'. Did you mean 'age'\?$"):
        frame_source(pandas.DataFrame({"age": [1]}), target="agee")
    with pytest.raises(InputError, match=r"^the data frame has no numeric column; its columns are kind\.$"):
        frame_source(pandas.DataFrame({"kind": ["x"]}))
