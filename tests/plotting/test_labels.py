import numpy as np
import pandas as pd
import polars as pl
import pytest

from diabolo.errors import InputError, ParameterError
from diabolo.plotting.labels import Classes, NumericLabels, read_labels


def test_names_are_classes_in_alphabetical_order():
    classes = read_labels(["cat", "ant", "cat"], 3)
    assert classes.names == ["ant", "cat"]
    assert classes.positions.tolist() == [1, 0, 1]
    assert not classes.missing.any()


def test_whole_numbers_are_classes_in_numerical_order():
    assert read_labels([10, 9, 10], 3).names == ["9", "10"]
    assert read_labels(np.array([True, False]), 2).names == ["False", "True"]
    assert read_labels(np.array([True, False], dtype=object), 2).names == ["False", "True"]


def test_whole_floats_are_classes_named_without_a_point():
    classes = read_labels(np.array([2.0, np.nan, 0.0, 1e300]), 4)
    assert classes.names == ["0", "2", str(int(1e300))]
    assert classes.positions.tolist() == [1, -1, 0, 2]


def test_every_kind_of_missing_is_missing():
    for labels in (
        ["b", None, "a"],
        ["b", float("nan"), "a"],
        pd.Series(["b", None, "a"]),
        pd.Series(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="category"),
        pd.array(["b", pd.NA, "a"]),
        pl.Series(["b", None, "a"]),
    ):
        classes = read_labels(labels, 3)
        assert classes.names == ["a", "b"]
        assert classes.positions.tolist() == [1, -1, 0]
        assert classes.missing.tolist() == [False, True, False]
    for labels in ([3, None, 1], pd.Series([3, None, 1], dtype="Int64"), pl.Series([3, None, 1])):
        assert read_labels(labels, 3).positions.tolist() == [1, -1, 0]


def test_rows_may_all_be_missing():
    assert read_labels([None, None], 2).positions.tolist() == [-1, -1]


def test_fractions_are_a_target():
    target = read_labels([0.5, None, 2.0], 3)
    assert isinstance(target, NumericLabels)
    np.testing.assert_array_equal(target.values, [0.5, np.nan, 2.0])
    assert target.missing.tolist() == [False, True, False]


def test_twenty_numbers_are_classes_and_twenty_one_a_target():
    assert isinstance(read_labels(range(20), 20), Classes)
    assert isinstance(read_labels(range(21), 21), NumericLabels)


def test_twenty_names_are_drawn_and_twenty_one_refused():
    names = [f"class {number}" for number in range(21)]
    assert len(read_labels(names[:20], 20).names) == 20
    with pytest.raises(InputError, match="labels holds 21 distinct names, and at most 20"):
        read_labels(names, 21)


def test_a_sequence_names_the_classes_by_number():
    assert read_labels([2, 0], 2, ["ant", "bee", "cat"]).names == ["ant", "cat"]


def test_a_mapping_names_the_classes_by_label():
    assert read_labels(["a", "b"], 2, {"b": "bee", "a": "ant"}).names == ["ant", "bee"]
    assert read_labels([True, False], 2, {False: "well", True: "ill"}).names == ["well", "ill"]


def test_a_class_without_a_name_is_refused():
    with pytest.raises(ParameterError, match="label_names has no name for 2, 3; it names 0, 1"):
        read_labels([0, 2, 3], 3, ["ant", "bee"])


def test_names_for_a_target_are_refused():
    with pytest.raises(ParameterError, match=r"labels is a numeric target \(2 distinct values\)"):
        read_labels([0.5, 0.7], 2, ["ant", "bee"])


def test_lengths_must_agree():
    with pytest.raises(InputError, match="codes has 3 rows but labels has 2"):
        read_labels(["a", "b"], 3)


def test_a_table_of_labels_is_refused():
    with pytest.raises(InputError, match=r"of shape \(2,\), got shape \(2, 2\)"):
        read_labels([[1, 3], [2, 4]], 2)


def test_a_table_of_one_column_is_that_column():
    assert read_labels([[1], [2], [None]], 3).positions.tolist() == [0, 1, -1]


def test_labels_of_two_kinds_are_refused_by_their_rows():
    with pytest.raises(
        InputError, match=r"labels mixes text \(in 1 row, first in row 1\) and numbers \(in 2 "
    ):
        read_labels([None, "a", 1, 2], 4)


def test_infinite_numbers_are_refused():
    with pytest.raises(InputError, match="labels holds 2 infinite values"):
        read_labels([np.inf, 0.5, -np.inf], 3)
