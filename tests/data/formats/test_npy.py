# ruff: noqa: E501 - error messages are shown whole, one a line
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo import open as open_table
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError

CELLS = np.arange(12.0).reshape(4, 3)
tables = hnp.arrays(
    st.sampled_from(["f4", "f8"]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
)


def put(folder, array, **options):
    path = folder / "t.npy"
    np.save(path, array, **options)
    return path


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        open_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@settings(max_examples=50, deadline=None)
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
        (np.array([["a"]]), "FILE holds values of type <U1, and rows must be real numbers: convert them to float32 first."),
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
