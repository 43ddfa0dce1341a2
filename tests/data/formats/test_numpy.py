# ruff: noqa: E501 - error messages are shown whole, one a line


import pickle
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo import open as open_table
from diabolo.data.formats import numpy as numpy_format
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, InputError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)
tables = hnp.arrays(
    st.sampled_from(["f4", "f8"]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
)
TABLE = np.arange(6.0).reshape(3, 2)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=8
).filter(lambda name: name.strip() and name != ".")


def put(folder, array, **options):
    path = folder / "t.npy"
    np.save(path, array, **options)
    return path


@settings(max_examples=50)
@given(tables)
def test_round_trip_is_exact_to_the_bit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("npy") / "t.npy"
    with open_sink(path, *rows.shape, dtype=rows.dtype, column_names=map(str, range(rows.shape[1]))) as sink:
        sink.write(0, rows)
    assert np.load(path).tobytes() == rows.tobytes()
    with open_table(path) as source:
        assert source[:].tobytes() == rows.tobytes()
        assert source.dtype == rows.dtype
        assert source.feature_names is None
        assert not source.header_found
        assert (source.name, source.path) == (str(path), path)


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "f4", ">f4", "<f4", "f8", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_real_type_and_order(tmp_path, dtype, order):
    cells = (CELLS % 2).astype(dtype, order=order)
    with open_table(put(tmp_path, cells)) as source:
        assert source.dtype == cells.dtype.newbyteorder("=")
        assert source.is_transposed == (order == "F")
        np.testing.assert_array_equal(source[:], cells)
        np.testing.assert_array_equal(source.read(out=np.empty((4, 3), np.float32)), cells.astype("f4"))


@pytest.mark.parametrize("order", ["C", "F"])
def test_features_along_the_first_axis(tmp_path, order):
    with open_table(put(tmp_path, np.asarray(CELLS, order=order)), rows="last") as source:
        np.testing.assert_array_equal(source[:], CELLS.T)
        assert source.is_transposed == (order == "C")


@pytest.mark.parametrize(
    ("target", "left"), [(0, [[1, 2], [4, 5]]), (-1, [[0, 1], [3, 4]]), ("1", [[0, 2], [3, 5]])]
)
def test_a_target_is_taken_out_and_carried_as_numbers(tmp_path, target, left):
    array = np.arange(6).reshape(2, 3)
    source = open_table(put(tmp_path, array), target=target)
    np.testing.assert_array_equal(source[:], left)
    assert source.target_name == "label"
    np.testing.assert_array_equal(source.carried["label"], array[:, int(target)])
    assert source.carried["label"].dtype == array.dtype


def test_further_columns_are_carried(tmp_path):
    source = open_table(put(tmp_path, np.arange(8.0).reshape(2, 4)), target=-1, keep_columns=[0])
    assert source[:].tolist() == [[1, 2], [5, 6]]
    assert {name: column.tolist() for name, column in source.carried.items()} == {
        "label": [3, 7],
        "column_0": [0, 4],
    }


def test_cells_and_targets_come_as_they_lie_there(tmp_path):
    """Estimators refuse what they cannot use, with the row and the column."""
    array = np.array([[1, np.nan, 1e39], [-np.inf, 2, np.nan]])
    source = open_table(put(tmp_path, array), target=2)
    np.testing.assert_array_equal(source[:], array[:, :2])
    np.testing.assert_array_equal(source.carried["label"], [1e39, np.nan])
    assert source.place(1, 0) == "row 1, column 0, both counted from 0"


def test_a_place_is_a_column_of_the_file_when_others_are_carried(tmp_path):
    source = open_table(put(tmp_path, CELLS), target=0)
    assert source.rows([3]).place(0, 1) == "row 3, column 2, both counted from 0"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(7), "FILE has the shape (7,), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(-1, 1)."),
        (np.zeros((2, 3, 3)), "FILE has the shape (2, 3, 3), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(len(array), -1)."),
        (np.zeros((0, 3)), "FILE has the shape (0, 3), and a table needs at least one row and one column."),
        (np.zeros((3, 0)), "FILE has the shape (3, 0), and a table needs at least one row and one column."),
        (np.zeros((2, 2), complex), "FILE holds values of type complex128, and rows must be real numbers: convert them to float32 first."),
        (np.array([["a"]]), "FILE holds text, and rows must be real numbers: convert them to float32 first."),
        (np.array([["2020-01-01"]], "M8[D]"), "FILE holds values of type datetime64[D], and rows must be real numbers: convert them to float32 first."),
    ],
)  # fmt: skip
def test_error_messages(tmp_path, array, message):
    assert error(put(tmp_path, array)) == message


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


def test_targets_that_cannot_be(tmp_path):
    path = put(tmp_path, np.zeros((2, 3)))
    assert error(path, target=3) == "FILE has 3 columns, numbered 0 to 2, so target=3 is not one of them."
    assert error(path, target="kind").startswith("FILE has no column names, so target='kind' names")
    assert error(path, keep_columns=[0, 1, 2]) == (
        "FILE has 3 columns, and none is left beside those carried along."
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


def test_a_later_version_of_the_format(tmp_path):
    for version in [(2, 0), (3, 0)]:
        with (tmp_path / "a.npy").open("wb") as handle:
            np.lib.format.write_array(handle, CELLS, version=version)
        np.testing.assert_array_equal(open_table(tmp_path / "a.npy")[:], CELLS)


def test_cut_short(tmp_path):
    path = put(tmp_path, CELLS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    assert (
        error(path)
        == "FILE is cut short or damaged (96 bytes of cells were to come and there are 88): make or copy it anew."
    )
    for length in (8, 40, 60, 128, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert error(path).startswith("FILE is cut short or damaged (")


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    path = put(tmp_path, CELLS)
    source = open_table(path)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(
        DataFileError, match=r"is cut short or damaged \(it ends at byte 150, where 74 more were to come\)"
    ):
        source[:]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::SyntaxWarning")
def test_a_damaged_header_is_reported_or_harmless(tmp_path):
    path = put(tmp_path, np.ones((3, 2), np.float32))
    whole = path.read_bytes()
    said = set()
    for place in range(128):
        for byte in {*b" -0123456789(),'\"{}xL\n\xff", whole[place] ^ 1, whole[place] ^ 0x80}:
            path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                with open_table(path) as source:
                    assert source[:].size in (2, 3, 4, 6)
                    assert min(source.shape) > 0
            except DataFileError as problem:
                said.add(str(problem))
    assert len(said) > 3
    assert not any("\n" in each for each in said)


def test_a_header_of_negative_lengths(tmp_path):
    path = put(tmp_path, np.ones((3, 2), np.float32))
    whole = path.read_bytes()
    for wrong, shape in ((b"(3,-2)", "(3, -2)"), (b"(-3,2)", "(-3, 2)")):
        path.write_bytes(whole.replace(b"(3, 2)", wrong))
        assert error(path) == f"FILE is cut short or damaged (its shape is {shape}): make or copy it anew."


def test_unreadable(tmp_path, monkeypatch):
    path = put(tmp_path, np.zeros((2, 2)))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    assert error(path) == "FILE cannot be read (Permission denied): give yourself permission to read it."


def test_carried_columns_have_no_place(tmp_path):
    path = tmp_path / "t.npy"
    with pytest.raises(DataFileError) as caught, open_sink(path, 1, 1, carried={"kind": ["x"]}):
        pass
    assert str(caught.value) == (
        f"{path} cannot be written: an .npy file holds one array, so 'kind' cannot go with it; write .npz or .h5."
    )
    assert not path.exists()


MEMORY = """
import sys
import numpy as np
from diabolo.data.open_table import open_table
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
with open_table(sys.argv[1]) as source:
    before = peak()
    total = sum(float(values[:, 0].sum()) for _, values in source.blocks(2**18))
print(total, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say")
@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_does_not_grow_with_the_file(tmp_path, order):
    """Of a file of 128 MiB, blocks of 1 MiB are read."""
    np.save(tmp_path / "a.npy", np.ones((2**13, 2**12), np.float32, order=order))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "a.npy")], capture_output=True, text=True, check=True
    )
    total, kib = done.stdout.split()
    assert float(total) == 2**13
    assert int(kib) < 20 * 1024


def put_archive(folder, **arrays):
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
    np.testing.assert_array_equal(open_table(put_archive(tmp_path, **arrays), **options)[:], expected)


def test_a_dataset_in_the_path(tmp_path):
    path = put_archive(tmp_path, X=TABLE, Z=-TABLE)
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
    monkeypatch.setattr(numpy_format, "RESIDENT_BYTES", resident)
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
    path = put_archive(
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
    path = put_archive(tmp_path, **{"0": TABLE, "1": np.arange(3)})
    source = open_table(path, dataset="0", target="1")
    np.testing.assert_array_equal(source[:], TABLE)
    assert source.carried["1"].tolist() == [0, 1, 2]


def test_missing_cells_stay_as_they_are(tmp_path):
    cells = np.array([[1, 2], [np.inf, np.nan]])
    source = open_table(put_archive(tmp_path, X=cells, feature_names=np.array(["a", "b"])))
    np.testing.assert_array_equal(source[:], cells)
    assert source.place(1, 1) == "row 1, column 1 ('b'), both counted from 0"


@settings(max_examples=50)
@given(st.data())
def test_round_trip_of_an_archive_is_exact_to_the_bit(tmp_path_factory, data):
    n_rows, n_features = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    bits = data.draw(
        st.lists(st.integers(0, 0x7F7FFFFF), min_size=n_rows * n_features, max_size=n_rows * n_features)
    )
    rows = np.array(bits, np.uint32).view(np.float32).reshape(n_rows, n_features)
    columns = data.draw(
        st.lists(
            names.filter(lambda n: n not in numpy_format.NpzSink.taken),
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
def test_error_messages_of_archives(tmp_path, arrays, options, message):
    assert error(put_archive(tmp_path, **arrays), **options) == message


def test_a_target_is_named(tmp_path):
    path = put_archive(tmp_path, X=TABLE)
    assert error(path, ParameterError, target=0) == (
        "FILE: target names columns of such a file by text; got 0."
    )
    assert error(path, ParameterError, keep_columns=["y", -1]) == (
        "FILE: keep_columns names columns of such a file by text; got -1."
    )


def test_many_arrays_are_not_all_listed(tmp_path):
    path = put_archive(tmp_path, **{f"a{i:02}": TABLE for i in range(12)})
    assert error(path).endswith("'a09' of shape (3, 2) and 2 more.")


def test_nothing_in_an_archive_is_executed(tmp_path):
    bombs = np.array([Bomb(), Bomb(), Bomb()], object)
    path = put_archive(tmp_path, X=TABLE, y=bombs, Z=bombs.reshape(3, 1))
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
    monkeypatch.setattr(numpy_format, "RESIDENT_BYTES", resident)
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


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"(" * 5000, "its header is no description of an array"),
        (b"[" * 3000 + b"]" * 3000, "its header is no description of an array"),
        (b"__import__('os')", "its header is no description of an array"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (True, 2), }", "its shape is (True, 2)"),
        (b" " * 20_000, "its header has 20,000 bytes"),
    ],
)
def test_headers_that_describe_no_array(tmp_path, header, said):
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(80))
    with pytest.raises(DataFileError) as caught:
        open_table(path)
    assert str(caught.value) == f"{path} is cut short or damaged ({said}): make or copy it anew."


def test_a_header_as_python_2_wrote_it(tmp_path):
    path, header = tmp_path / "a.npy", b"{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }"
    path.write_bytes(
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + np.arange(6.0).tobytes()
    )
    with open_table(path) as source:
        assert source[:].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_member_that_says_it_is_larger_than_it_is(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, data=np.eye(3), label=np.arange(3))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        kind = archive.infolist()[0].compress_type
    parts["label.npy"] = parts["label.npy"].replace(b"(3,), }    ", b"(3333,), } ")
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(DataFileError, match=r"damaged \(label.npy has \d+ bytes for an array of 26,664\)"):
        open_table(path)
