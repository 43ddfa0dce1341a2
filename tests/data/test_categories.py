import numpy as np
import pandas
import pytest
import scipy.stats

from diabolo.data.array_source import ArraySource
from diabolo.data.categories import MISSING_CODE, UNKNOWN_CODE, category_table, texts_of
from diabolo.data.category_source import CategorySource
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import scale_rows
from diabolo.data.statistics import table_statistics
from diabolo.errors import InputError

NAMES = ("size", "colour", "kind", "mass")
COLOUR = ["red", "blue", "green", "red", "red"]
KIND = ["y", "x", "x", "x", ""]
NUMBERS = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0]])


def table():
    return category_table(4, NAMES, [1, 2], [COLOUR, KIND], "the table")


def source():
    texts = [KIND, COLOUR]  # of two values and of three
    codes = table().codes(texts, "the table", ignores_unknown=False)
    return CategorySource(ArraySource(NUMBERS, carried={"id": np.arange(5)}), table(), codes)


def test_columns_of_few_values_come_first_and_names_say_which():
    found = table()
    assert (found.places, found.values) == ((2, 1), (("x", "y"), ("blue", "green", "red")))
    assert found.numbers == (0, 3)
    assert found.groups == ((1, 2), (1, 3))
    assert found.cell_names == (
        "size",
        "mass",
        "kind=x",
        "kind=y",
        "colour=blue",
        "colour=green",
        "colour=red",
    )
    assert found.owners.tolist() == [0, 3, 2, 2, 1, 1, 1]
    assert (found.n_cells, [found.blocks[0], found.blocks[1]]) == (7, [slice(2, 4), slice(4, 7)])


def test_cells_are_those_of_pandas_dummies():
    frame = pandas.DataFrame({"kind": KIND, "colour": COLOUR}).replace("", None)
    expected = pandas.get_dummies(frame, dtype=float).to_numpy()
    expected[4, :2] = np.nan
    found = source()
    np.testing.assert_array_equal(found[:], np.hstack([NUMBERS, expected]))
    np.testing.assert_array_equal(found[:, [1, 3, 6]], np.hstack([NUMBERS, expected])[:, [1, 3, 6]])
    np.testing.assert_array_equal(found[[4, 0]], np.hstack([NUMBERS, expected])[[4, 0]])
    assert found.read(slice(1, 3), slice(3, 5)).tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert found.rows([3])[:].tolist() == [[4.0, 40.0, 1.0, 0.0, 0.0, 0.0, 1.0]]


def test_a_missing_category_is_named_by_its_column():
    with pytest.raises(InputError, match=r"found it first in row 4 \(counted from 0\), column 'kind'"):
        CheckedSource(source(), "Autoencoder", allows_missing=False)[:]


def test_cells_are_scaled_by_frequencies_and_entropy():
    scaler = table().scaler("standard", table_statistics(source()), fills=True)
    p = np.array([1.5, 1.5, 3.5]) / 6.5  # half a row more for each value
    np.testing.assert_allclose(scaler.offset[4:], p)
    np.testing.assert_allclose(scaler.factor[4:], 1 / np.sqrt(2 * scipy.stats.entropy(p) * p))
    np.testing.assert_allclose(scaler.offset[2:4], [3.5 / 5, 1.5 / 5])  # of the four rows that have one
    np.testing.assert_allclose(scaler.offset[:2], NUMBERS.mean(axis=0))
    np.testing.assert_allclose(scaler.factor[:2], 1 / NUMBERS.std(axis=0))
    np.testing.assert_allclose(table().entropies(scaler)[1], scipy.stats.entropy(p))
    out = np.empty((5, 7), np.float32)
    assert scale_rows(scaler, source()[:], out, allows_missing=True)
    np.testing.assert_allclose(out[4, 2:4], 0.0, atol=1e-6)  # what is missing is taken for the frequencies
    np.testing.assert_allclose(out[:, 0], scipy.stats.zscore(NUMBERS[:, 0]), rtol=1e-6)


def test_what_hardly_varies_is_not_blown_up():
    cells = ["x"] * 999 + ["y"]
    rare = category_table(1, ("kind",), [0], [cells], "the table")
    codes = rare.codes([cells], "the table", ignores_unknown=False)
    found = table_statistics(CategorySource(ArraySource(np.empty((1000, 0))), rare, codes))
    scaler = rare.scaler("standard", found, fills=False)
    np.testing.assert_allclose(scaler.offset, [999.5 / 1001, 1.5 / 1001])
    assert rare.entropies(scaler).tolist() == [0.1]  # scipy.stats.entropy has 0.011
    np.testing.assert_allclose(scaler.factor[1], 1 / np.sqrt(2 * 0.1 * 0.01))


def test_probabilities_are_the_frequencies_at_nothing():
    scaler = table().scaler("standard", table_statistics(source()), fills=True)
    found = dict(table().probabilities(scaler, np.zeros((2, 7))))
    np.testing.assert_allclose(found[1], np.tile(scaler.offset[4:], (2, 1)))


def test_columns_are_added_up_in_their_order():
    cells = np.arange(1.0, 8.0)[None]
    assert table().summed(cells).tolist() == [[1.0, 5.0 + 6 + 7, 3.0 + 4, 2.0]]
    assert table().likeliest(cells).tolist() == [[1.0, 2.0, 1.0, 2.0]]
    assert table().named(table().likeliest(cells)).tolist() == [[1.0, "red", "y", 2.0]]


def test_unknown_values_are_named():
    texts = [["x", "z", "w"], ["red", "pink", ""]]
    with pytest.raises(InputError) as caught:
        table().codes(texts, "new.csv", ignores_unknown=False)
    assert str(caught.value) == (
        "new.csv has values in the column 'kind' that no row of the fit had: 'w', 'z', in 2 rows, the first "
        "row 1 (counted from 0); known are 'x', 'y'. Mend them, or fit with handle_unknown='ignore'."
    )
    found = table().codes(texts, "new.csv", ignores_unknown=True)
    assert found.tolist() == [[0, 2], [UNKNOWN_CODE, UNKNOWN_CODE], [UNKNOWN_CODE, MISSING_CODE]]


def test_an_unknown_value_is_none_of_the_cells():
    codes = np.array([[UNKNOWN_CODE, 0]], np.int16)
    assert CategorySource(ArraySource(NUMBERS[:1]), table(), codes)[:].tolist() == [[1, 10, 0, 0, 1, 0, 0]]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            [f"p{n}" for n in range(150)] * 2,
            "has 150 different values, such as 'p0', 'p1', 'p10', 'p100', 'p101' ",
        ),
        (
            ["a", "b", "c", ""],
            "has another value in each of its 3 rows, such as 'a', 'b', 'c', so there is nothing",
        ),
        (["", ""], "is empty, and a category needs a value; leave the column out."),
    ],
)
def test_what_is_no_category(cells, words):
    with pytest.raises(InputError, match=f"the table: the column 'kind' {words}"):
        category_table(1, ("kind",), [0], [cells], "the table")


def test_the_many_values_of_an_id_are_said_to_be_so():
    with pytest.raises(InputError, match=r"That is an id or free text: drop the column\."):
        category_table(1, None, [0], [[str(n) for n in range(101)] * 2], "the table")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (np.float64(2), "2"),
        (2.5, "2.5"),
        (np.nan, ""),
        (pandas.NA, ""),
        (np.int8(3), "3"),
        (b"a ", "a"),
        (True, "True"),
    ],
)
def test_cells_as_text(cell, text):
    assert texts_of([cell]) == [text]
