# ruff: noqa: E501 - error messages are shown whole, one a line
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data.opening import read_table, write_table
from diabolo.errors import DataFileError, ParameterError

TABLE = np.arange(6.0).reshape(3, 2)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip)


def put(folder, **arrays):
    path = folder / "t.npz"
    np.savez(path, **arrays)
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        read_table(path, **options)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("arrays", "options", "expected"),
    [
        ({"rows": TABLE}, {}, TABLE),
        ({"rows": TABLE, "y": np.arange(3)}, {}, TABLE),
        ({"X": TABLE, "Z": -TABLE}, {}, TABLE),
        ({"a": -TABLE, "data": TABLE}, {}, TABLE),
        ({"data": -TABLE, "X": TABLE}, {}, TABLE),
        ({"X": TABLE, "Z": -TABLE}, {"array": "Z"}, -TABLE),
        ({"X": np.zeros(3), "Z": TABLE}, {}, TABLE),
    ],
)
def test_which_array_is_the_table(tmp_path, arrays, options, expected):
    np.testing.assert_array_equal(read_table(put(tmp_path, **arrays), **options).rows, expected)


def test_compressed(tmp_path):
    np.savez_compressed(tmp_path / "t.npz", X=TABLE)
    np.testing.assert_array_equal(read_table(tmp_path / "t.npz").rows, TABLE)


def test_the_label_column_is_carried_untouched(tmp_path):
    path = put(tmp_path, X=TABLE, y=np.array(["cat", "dog", ""]), z=np.int8([1, 2, 3]))
    assert read_table(path, label_column="y").carried["y"].tolist() == ["cat", "dog", ""]
    assert read_table(path, label_column="z").carried["z"].dtype == np.int8
    assert read_table(path).carried == {}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_round_trip_is_exact_to_the_bit(tmp_path_factory, data):
    n_rows, n_features = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    bits = data.draw(
        st.lists(st.integers(0, 0x7F7FFFFF), min_size=n_rows * n_features, max_size=n_rows * n_features)
    )
    rows = np.array(bits, np.uint32).view(np.float32).reshape(n_rows, n_features)
    columns = data.draw(
        st.lists(
            names.filter(lambda n: n not in ("X", "feature_names")),
            unique=True,
            min_size=n_features + 1,
            max_size=n_features + 1,
        )
    )
    *features, label = columns
    path = tmp_path_factory.mktemp("npz") / "t.npz"
    write_table(path, rows, feature_names=features, carried={label: np.arange(n_rows)})
    table = read_table(path, label_column=label)
    np.testing.assert_array_equal(table.rows.view(np.uint32), rows.view(np.uint32))
    assert table.feature_names == tuple(features)
    assert table.carried[label].tolist() == list(range(n_rows))


def test_numpy_reads_what_is_written(tmp_path):
    path = tmp_path / "t.npz"
    objects = np.array(["a", 1], object)
    write_table(
        path, [[1, 2], [3, 4]], feature_names=["p", "q"], carried={"file": ["x", "yy"], "odd": objects}
    )
    with np.load(path, allow_pickle=False) as archive:
        assert sorted(archive.files) == ["X", "feature_names", "file", "odd"]
        assert archive["X"].dtype == np.float32
        assert archive["feature_names"].tolist() == ["p", "q"]
        assert archive["file"].tolist() == ["x", "yy"]
        assert archive["odd"].tolist() == ["a", "1"]


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"a": TABLE, "b": TABLE}, {}, "FILE has 2 arrays of two axes: pick one with array=, for example array='a'; it has 'a' of shape (3, 2), 'b' of shape (3, 2)."),
        ({"a": np.zeros(3), "b": np.zeros((2, 2, 2))}, {}, "FILE has no array of two axes: pick one with array=, for example array='a'; it has 'a' of shape (3,), 'b' of shape (2, 2, 2)."),
        ({"images": np.zeros((2, 2, 2))}, {}, "FILE, array 'images' has the shape (2, 2, 2), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(len(array), -1)."),
        ({"train": TABLE}, {"array": "trian"}, "FILE has no array named 'trian'; it has 'train' of shape (3, 2). Did you mean 'train'?"),
        ({"X": TABLE, "y": np.zeros(3)}, {"label_column": "z"}, "FILE has no array named 'z' for a label column; it has 'X' of shape (3, 2), 'y' of shape (3,)."),
        ({"X": TABLE, "y": np.zeros(4)}, {"label_column": "y"}, "FILE, array 'y': a label column must have one axis of 3 entries, one for each row; got the shape (4,)."),
        ({"X": TABLE, "y": np.zeros((3, 1))}, {"label_column": "y", "array": "X"}, "FILE, array 'y': a label column must have one axis of 3 entries, one for each row; got the shape (3, 1)."),
        ({"X": TABLE, "feature_names": np.array(["a"])}, {}, "FILE, array 'feature_names': expected one name for each of the 2 columns of 'X', got the shape (1,); correct it or leave it out."),
        ({"X": np.array([[1, 2], [3, np.nan]])}, {}, "FILE, array 'X', row 1, column 1 (both counted from 0): the value is nan; missing values are not supported here, so fill them or drop such rows."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, arrays, options, message):
    assert error(put(tmp_path, **arrays), **options) == message


def test_a_label_column_is_named(tmp_path):
    assert error(put(tmp_path, X=TABLE), ParameterError, label_column=0) == (
        "label_column must name another array of an .npz file, so FILE cannot be read with 0."
    )


def test_many_arrays_are_not_all_listed(tmp_path):
    path = put(tmp_path, **{f"a{i:02}": TABLE for i in range(12)})
    assert error(path).endswith("'a09' of shape (3, 2) and 2 more.")


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_nothing_in_a_file_is_executed(tmp_path):
    bombs = np.array([Bomb(), Bomb(), Bomb()], object)
    said = "holds pickled Python objects, and nothing in a file is ever executed here"
    path = put(tmp_path, X=TABLE, y=bombs, Z=bombs.reshape(3, 1))
    assert error(path, array="Z").startswith(f"FILE, array 'Z' {said}")
    assert error(path, label_column="y").startswith(f"FILE, array 'y' {said}")
    np.testing.assert_array_equal(read_table(path).rows, TABLE)


def test_archives_that_are_none(tmp_path):
    path = tmp_path / "t.npz"
    path.write_text("1,2\n")
    assert error(path) == "FILE is not an .npz file, it holds text: give it the name that fits."
    for held in (["sheet.xml"], []):
        with zipfile.ZipFile(path, "w") as archive:
            for name in held:
                archive.writestr(name, "<x/>")
        assert error(path) == "FILE is a zip archive without a NumPy array in it, so it is not an .npz file."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", "1,2\n")
    assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_cut_short_or_damaged(tmp_path, save):
    path = tmp_path / "t.npz"
    save(path, X=np.random.default_rng(0).normal(size=(40, 20)))
    whole = path.read_bytes()
    for length in (10, 500, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert error(path).startswith("FILE is cut short or damaged (")
    flipped = bytearray(whole)
    flipped[1000] ^= 0xFF  # among the numbers: only the checksum or the decompressor can tell
    path.write_bytes(flipped)
    assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.parametrize("name", ["X", "feature_names"])
def test_a_carried_column_may_not_take_the_place_of_another_array(tmp_path, name):
    path = tmp_path / "t.npz"
    with pytest.raises(DataFileError, match=f"the carried column '{name}' has the name of an array"):
        write_table(path, [[1.0]], carried={name: [1]})
    assert list(tmp_path.iterdir()) == []
