# ruff: noqa: E501 - error messages are shown whole, one a line
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.data.opening import read_table, write_table
from diabolo.errors import DataFileError

tables = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
)


def put(folder, array, **options):
    path = folder / "t.npy"
    np.save(path, array, **options)
    return path


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        read_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@settings(max_examples=50, deadline=None)
@given(tables)
def test_round_trip_is_exact_to_the_bit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("npy") / "t.npy"
    write_table(path, rows, feature_names=[f"code{i}" for i in range(rows.shape[1])])
    table = read_table(path)
    np.testing.assert_array_equal(table.rows.view(np.uint32), rows.view(np.uint32))
    np.testing.assert_array_equal(np.load(path), rows)
    assert table.feature_names is None
    assert not table.header_found
    assert table.path == path


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", ">f4", "f8", "g", "<f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_real_type_becomes_float32(tmp_path, dtype, order):
    array = np.array([[0, 1, 1], [1, 0, 1]], dtype, order=order)
    rows = read_table(put(tmp_path, array)).rows
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    np.testing.assert_array_equal(rows, [[0, 1, 1], [1, 0, 1]])


@pytest.mark.parametrize(
    ("label", "left"), [(0, [[1, 2], [4, 5]]), (-1, [[0, 1], [3, 4]]), ("1", [[0, 2], [3, 5]])]
)
def test_label_column_is_taken_out_and_carried_as_numbers(tmp_path, label, left):
    array = np.arange(6).reshape(2, 3)
    table = read_table(put(tmp_path, array), label_column=label)
    np.testing.assert_array_equal(table.rows, left)
    np.testing.assert_array_equal(table.carried["label"], array[:, int(label)])
    assert table.carried["label"].dtype == array.dtype
    assert table.carried["label"].base is None  # a view would keep the whole file in memory


def test_a_label_need_not_be_finite(tmp_path):
    table = read_table(put(tmp_path, np.array([[1.0, np.nan]])), label_column=1)
    assert np.isnan(table.carried["label"]).all()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(7), "FILE has the shape (7,), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(-1, 1)."),
        (np.zeros((2, 3, 3)), "FILE has the shape (2, 3, 3), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(len(array), -1)."),
        (np.zeros((0, 3)), "FILE has the shape (0, 3), and a table needs at least one row and one column."),
        (np.zeros((3, 0)), "FILE has the shape (3, 0), and a table needs at least one row and one column."),
        (np.zeros((2, 2), complex), "FILE holds values of type complex128, and rows must be real numbers: convert them to float32 first."),
        (np.array([["a"]]), "FILE holds values of type <U1, and rows must be real numbers: convert them to float32 first."),
        (np.array([["2020-01-01"]], "M8[D]"), "FILE holds values of type datetime64[D], and rows must be real numbers: convert them to float32 first."),
        (np.array([[1, 2], [3, np.nan]]), "FILE, row 1, column 1 (both counted from 0): the value is nan; missing values are not supported here, so fill them or drop such rows."),
        (np.array([[1, 2], [-np.inf, np.nan]], np.float32), "FILE, row 1, column 0 (both counted from 0): the value is -inf, and every value must be finite."),
        (np.array([[1, 1e39]]), "FILE, row 0, column 1 (both counted from 0): 1e+39 does not fit float32, whose largest number is 3.4e38; rescale the column."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, array, message):
    assert error(put(tmp_path, array)) == message


def test_the_first_fault_beyond_the_first_block(tmp_path):
    array = np.zeros((1000, 700))
    array[900, 3] = array[901, 0] = np.nan
    assert error(put(tmp_path, array)).startswith(
        "FILE, row 900, column 3 (both counted from 0): the value is nan"
    )


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_nothing_in_a_file_is_executed(tmp_path):
    said = (
        "FILE holds pickled Python objects, and nothing in a file is ever executed here: "
        "convert the array to numbers, for example with array.astype('float32'), and save it again."
    )
    assert error(put(tmp_path, np.array([[Bomb()]], object), allow_pickle=True)) == said
    (tmp_path / "t.npy").write_bytes(pickle.dumps(Bomb()))
    assert error(tmp_path / "t.npy") == said


def test_labels_that_cannot_be(tmp_path):
    path = put(tmp_path, np.zeros((2, 3)))
    assert error(path, label_column=3) == (
        "FILE has 3 columns, numbered 0 to 2, so label_column=3 is not one of them."
    )
    assert error(path, label_column="kind").startswith(
        "FILE has no column names, so label_column='kind' names"
    )


def test_a_name_that_lies_about_the_content(tmp_path):
    path = tmp_path / "t.npy"
    path.write_text("1,2\n")
    assert error(path) == (
        "FILE is not an .npy file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."
    )
    np.savez(path.with_suffix(".npz"), X=np.zeros((2, 2)))
    path.with_suffix(".npz").replace(path)
    assert "it holds a zip archive, as .npz and .xlsx files do" in error(path)


def test_cut_short(tmp_path):
    path = put(tmp_path, np.zeros((20, 20)))
    whole = path.read_bytes()
    for length in (8, 60, 200, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert error(path).startswith("FILE is cut short or damaged (")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 127), st.integers(0, 255))
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::SyntaxWarning")
def test_a_damaged_header_is_reported_or_harmless(tmp_path_factory, place, byte):
    path = put(tmp_path_factory.mktemp("npy"), np.ones((3, 2), np.float32))
    content = bytearray(path.read_bytes())
    content[place] = byte
    path.write_bytes(content)
    try:
        table = read_table(path)
    except DataFileError:
        pass
    else:
        assert np.isfinite(table.rows).all()


def test_unreadable(tmp_path, monkeypatch):
    path = put(tmp_path, np.zeros((2, 2)))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    assert error(path) == "FILE cannot be read (Permission denied): give yourself permission to read it."


def test_carried_columns_have_no_place(tmp_path):
    path = tmp_path / "t.npy"
    with pytest.raises(DataFileError) as caught:
        write_table(path, [[1.0]], carried={"kind": ["x"]})
    assert str(caught.value) == (
        f"{path} cannot be written: an .npy file holds one array, so 'kind' cannot go with it; write .npz or .csv."
    )
    assert not path.exists()
