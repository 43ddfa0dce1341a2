import numpy as np
import pytest

from diabolo.errors import InputError, ParameterError
from diabolo.screening.target import read_target


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([1.0, 2.5, 2.5], None),
        ([1.0, 2.0, 2.0], [1, 2]),
        ([float(each) for each in range(21)], None),
        ([1, 2, 2], [1, 2]),
        (list(range(21)), None),
        (list(range(20)) * 2, list(range(20))),
        (["b", "a", "b"], ["a", "b"]),
        ([True, False, True], [False, True]),
        (np.array([1.5, 2.0, 2.5], object), None),
        (np.array([[1.0], [2.5], [3.0]]), None),
    ],
)
def test_by_itself_few_whole_numbers_are_classes_and_others_numbers(y, classes):
    target = read_target(y, len(y))
    assert (target.classes is None) if classes is None else (target.classes.tolist() == classes)


def test_the_kind_can_be_said():
    assert read_target([1.0, 2.0, 1.0], 3, "classes").positions.tolist() == [0, 1, 0]
    assert read_target([3, 1, 2], 3, "numbers").numbers.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("y", "kind", "error", "said"),
    [
        (None, "auto", InputError, "requires y to be passed, but the target y is None"),
        ([1.0, 2.0], "auto", InputError, r"y has shape \(2,\), expected \(4,\): one entry for each of the 4"),
        ([1.0, np.nan, 2.0, np.nan], "auto", InputError, "missing in 2 of 4 rows, first in row 1"),
        (["a", None, "b", "a"], "auto", InputError, "missing in 1 of 4 rows, first in row 1"),
        ([1.0, 2.0, np.inf, 3.0], "auto", InputError, "infinite in row 2"),
        (["a"] * 4, "auto", InputError, "1 different class in 4 rows; expected 2 to 1024"),
        (["a", "b", "c", "d"], "auto", InputError, "4 different classes in 4 rows"),
        (["a", "b", "c", "d"], "numbers", InputError, "no numbers, such as 'a'; for classes set target"),
        (
            np.array(["a", 1, "b", 1], object),
            "auto",
            InputError,
            r"y mixes text \(in 2 rows, first in row 0\) and numbers",
        ),
        (["1.5", "2.5", "2.5", "1.5"], "numbers", InputError, "no numbers, such as '1.5'"),
        ([1j, 2j, 3j, 4j], "auto", InputError, "Complex data not supported"),
        ([1.0] * 4, "class", ParameterError, "got 'class'. Did you mean 'classes'?"),
        ([1.0] * 4, "regression", ParameterError, "Did you mean 'numbers'?"),
    ],
)
def test_a_target_that_cannot_be_used_says_why(y, kind, error, said):
    with pytest.raises(error, match=said):
        read_target(y, 4, kind)


def test_two_rows_are_too_few():
    with pytest.raises(InputError, match="at least 3 rows; got n_samples = 2"):
        read_target([1.0, 2.0], 2)
