# ruff: noqa: E501 - error messages are shown whole, one a line
import random
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import open as open_table
from diabolo.data.formats import npz
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, InputError, ParameterError

TABLE = np.arange(6.0).reshape(3, 2)
CELLS = np.arange(12.0).reshape(4, 3)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=8
).filter(lambda name: name.strip() and name != ".")


def put(folder, **arrays):
    path = folder / "t.npz"
    np.savez(path, **arrays)
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
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
        ({"data": TABLE, "X": -TABLE}, {}, TABLE),
        ({"X": -TABLE, "data": TABLE, "x": -TABLE}, {}, TABLE),
        ({"x": -TABLE, "X": TABLE}, {}, TABLE),
        ({"x": TABLE, "z": -TABLE}, {}, TABLE),
        ({"z": -TABLE, "x": TABLE}, {}, TABLE),
        ({"X": TABLE, "Z": -TABLE}, {"dataset": "Z"}, -TABLE),
        ({"X": np.zeros(3), "Z": TABLE}, {}, TABLE),
        ({"data": np.array([["a"] * 2] * 3), "X": TABLE}, {}, TABLE),
    ],
)
def test_which_array_is_the_table(tmp_path, arrays, options, expected):
    np.testing.assert_array_equal(open_table(put(tmp_path, **arrays), **options)[:], expected)


def test_a_dataset_in_the_path(tmp_path):
    path = put(tmp_path, X=TABLE, Z=-TABLE)
    source = open_table(f"{path}::Z")
    np.testing.assert_array_equal(source[:], -TABLE)
    assert source.name == f"{path}::Z"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", ["first", "last"])
@pytest.mark.parametrize("resident", [2**26, 10])
def test_every_way_of_saving_and_unpacking_and_every_layout(
    tmp_path, monkeypatch, save, order, rows, resident
):
    monkeypatch.setattr(npz, "RESIDENT_BYTES", resident)
    path = tmp_path / "a.npz"
    save(
        path,
        before=np.arange(99),
        cells=np.asarray(CELLS if rows == "first" else CELLS.T, order=order),
        age=np.arange(4),
    )
    with open_table(path, target="age", rows=rows) as source:
        np.testing.assert_array_equal(source[:], CELLS)
        np.testing.assert_array_equal(source.read(slice(1, 3), slice(1, 2)), CELLS[1:3, 1:2])
        assert source.carried["age"].tolist() == [0, 1, 2, 3]
        assert source.target_name == "age"
        assert source.in_memory == (save is np.savez_compressed and resident > 10)


def test_columns_are_carried_untouched(tmp_path):
    path = put(
        tmp_path, X=TABLE, y=np.array(["cat", "dog", ""]), z=np.int8([1, 2, 3]), ids=np.array(list("uvw"))
    )
    source = open_table(path, target="y")
    assert source.target_name == "y"
    assert source.carried["y"].tolist() == ["cat", "dog", ""]
    assert source.carried["z"].dtype == np.int8
    assert source.row_names == ("u", "v", "w")
    assert set(source.carried) == {"y", "z", "ids"}
    assert open_table(path).target_name is None
    assert list(open_table(path, target="z", keep_columns=["ids"]).carried) == ["z", "ids"]
    assert open_table(path, keep_columns=[]).carried == {}


def test_names_that_are_numbers(tmp_path):
    path = put(tmp_path, **{"0": TABLE, "1": np.arange(3)})
    source = open_table(path, dataset="0", target="1")
    np.testing.assert_array_equal(source[:], TABLE)
    assert source.carried["1"].tolist() == [0, 1, 2]


def test_missing_cells_stay_as_they_are(tmp_path):
    cells = np.array([[1, 2], [np.inf, np.nan]])
    source = open_table(put(tmp_path, X=cells, feature_names=np.array(["a", "b"])))
    np.testing.assert_array_equal(source[:], cells)
    assert source.place(1, 1) == "row 1, column 1 ('b'), both counted from 0"


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
            names.filter(lambda n: n not in npz.NpzSink.taken),
            unique=True,
            min_size=n_features + 1,
            max_size=n_features + 1,
        )
    )
    *features, label = columns
    path = tmp_path_factory.mktemp("npz") / "t.npz"
    with open_sink(path, *rows.shape, column_names=features, carried={label: np.arange(n_rows)}) as sink:
        sink.write(0, rows)
    with open_table(path, target=label) as source:
        np.testing.assert_array_equal(source[:].view(np.uint32), rows.view(np.uint32))
        assert source.feature_names == tuple(features)
        assert source.carried[label].tolist() == list(range(n_rows))


def test_numpy_reads_what_is_written(tmp_path):
    path = tmp_path / "t.npz"
    objects = np.array(["a", 1], object)
    carried = {"file": ["x", "yy"], "odd": objects}
    with open_sink(path, 2, 2, column_names=["p", "q"], carried=carried) as sink:
        sink.write(0, np.array([[1, 2], [3, 4]]))
    with np.load(path, allow_pickle=False) as archive:
        assert sorted(archive.files) == ["X", "feature_names", "file", "odd"]
        assert archive["X"].dtype == np.float32
        assert archive["feature_names"].tolist() == ["p", "q"]
        assert archive["file"].tolist() == ["x", "yy"]
        assert archive["odd"].tolist() == ["a", "1"]


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"a": TABLE, "b": TABLE}, {}, "FILE has 2 datasets of two axes: name one with dataset=, or as FILE::a; it has 'a' of shape (3, 2), 'b' of shape (3, 2)."),
        ({"a": np.zeros(3), "b": np.zeros((2, 2, 2))}, {}, "FILE has no dataset of numbers of two axes; it has 'a' of shape (3,), 'b' of shape (2, 2, 2)."),
        ({"images": np.zeros((2, 2, 2))}, {}, "FILE, dataset 'images' has the shape (2, 2, 2), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(len(array), -1)."),
        ({"train": TABLE}, {"dataset": "trian"}, "FILE has no dataset 'trian'; of two axes it has 'train' of shape (3, 2). Did you mean 'train'?"),
        ({"X": TABLE, "y": np.zeros(3)}, {"target": "z"}, "FILE has no dataset 'z' for a target; it has 'y' of shape (3,)."),
        ({"X": TABLE, "y": np.zeros(3)}, {"target": "-1"}, "FILE has no dataset '-1' for a target; it has 'y' of shape (3,)."),
        ({"X": TABLE, "y": np.zeros(4)}, {"target": "y"}, "FILE, dataset 'X': row counts that differ: it has 3 rows and the dataset 'y' has 4 entries; give one entry for each row."),
        ({"X": TABLE, "y": np.zeros((3, 1))}, {"target": "y", "dataset": "X"}, "FILE, dataset 'X': row counts that differ: it has 3 rows and the dataset 'y' has the shape (3, 1); give one entry for each row."),
        ({"X": TABLE, "y": np.zeros(3)}, {"keep_columns": ["x"]}, "FILE has no dataset 'x' for a column to keep; it has 'y' of shape (3,)."),
        ({"X": np.zeros((2, 2), complex)}, {"dataset": "X"}, "FILE, dataset 'X' holds values of type complex128, and rows must be real numbers: convert them to float32 first."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, arrays, options, message):
    assert error(put(tmp_path, **arrays), **options) == message


def test_a_target_is_named(tmp_path):
    path = put(tmp_path, X=TABLE)
    assert error(path, ParameterError, target=0) == (
        "FILE: target names columns of such a file by text; got 0."
    )
    assert error(path, ParameterError, keep_columns=["y", -1]) == (
        "FILE: keep_columns names columns of such a file by text; got -1."
    )


def test_many_arrays_are_not_all_listed(tmp_path):
    path = put(tmp_path, **{f"a{i:02}": TABLE for i in range(12)})
    assert error(path).endswith("'a09' of shape (3, 2) and 2 more.")


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_nothing_in_a_file_is_executed(tmp_path):
    bombs = np.array([Bomb(), Bomb(), Bomb()], object)
    path = put(tmp_path, X=TABLE, y=bombs, Z=bombs.reshape(3, 1))
    assert error(path, dataset="Z") == (
        "FILE, dataset 'Z' holds values of type object, and rows must be real numbers: convert them to float32 first."
    )
    assert error(path, target="y") == (
        "FILE, dataset 'y' holds values of type object, and a target must be of numbers or of text: convert it first."
    )
    source = open_table(path)
    np.testing.assert_array_equal(source[:], TABLE)
    assert source.carried == {}


def test_archives_that_are_none(tmp_path):
    path = tmp_path / "t.npz"
    path.write_text("1,2\n")
    assert error(path) == (
        "FILE is not an .npz file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."
    )
    for held in (["sheet.xml"], []):
        with zipfile.ZipFile(path, "w") as archive:
            for name in held:
                archive.writestr(name, "<x/>")
        assert error(path) == "FILE is a zip archive without a NumPy array in it, so it is not an .npz file."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", "1,2\n")
    assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.parametrize("resident", [2**26, 10])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_cut_short_or_damaged(tmp_path, monkeypatch, save, resident):
    monkeypatch.setattr(npz, "RESIDENT_BYTES", resident)
    path = tmp_path / "t.npz"
    cells = np.random.default_rng(0).normal(size=(40, 20))
    save(path, X=cells, y=np.arange(40))
    whole = path.read_bytes()
    for length in (10, 500, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert error(path).startswith("FILE is cut short or damaged (")
    if save is np.savez_compressed:
        flipped = bytearray(whole)
        flipped[1000] ^= 0xFF  # among the numbers: only the checksum or the decompressor can tell
        path.write_bytes(flipped)
        assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damage_anywhere_is_reported_or_harmless(tmp_path, save):
    path = tmp_path / "t.npz"
    save(path, X=TABLE, y=np.arange(3))
    whole = path.read_bytes()
    chance = random.Random(1)
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        said = ""
        try:
            with open_table(path) as source:
                assert source[:].size in (2, 3, 4, 5, 6)
        except DataFileError as problem:
            said = str(problem)
        assert "\n" not in said


@pytest.mark.parametrize("name", ["X", "feature_names", "row_names"])
def test_a_carried_column_may_not_take_the_place_of_another_array(tmp_path, name):
    path = tmp_path / "t.npz"
    with (
        pytest.raises(
            InputError, match=f"the carried column '{name}' has the name of a part that Diabolo writes"
        ),
        open_sink(path, 1, 1, carried={name: [1]}),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_text_as_bytes_is_utf8(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, X=np.eye(2), label=np.array(["Zürich".encode(), b"Bern"]))
    assert open_table(path).carried["label"].tolist() == ["Zürich", "Bern"]
