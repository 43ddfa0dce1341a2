# ruff: noqa: E501 - error messages are shown whole, one a line


import errno
import os
import re

import h5py
import numpy as np
import pytest
from tests.data.formats.damage import check_damage

from diabolo import open as open_table
from diabolo.data.formats.hdf5 import Hdf5Source, HeldFile
from diabolo.data.formats.hdf5_members import hdf5_array, hdf5_file
from diabolo.errors import DataFileError, ParameterError

CELLS = np.arange(24.0).reshape(6, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def put(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name.replace("__", "/")] = values
    return path


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        open_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def test_the_usual_layout_needs_no_options(path):
    source = open_table(
        put(path, data=CELLS, label=np.arange(6), person=[7] * 6, note=["é"] * 6, other=np.arange(5))
    )
    np.testing.assert_array_equal(source[:], CELLS)
    assert set(source.carried) == {"label", "person", "note"}
    assert source.carried["note"].tolist() == ["é"] * 6
    assert source.target_name is None
    source.close()


@pytest.mark.parametrize("name", ["cells", "deep__in__it"])
def test_the_only_table_is_found(path, name):
    with open_table(put(path, **{name: CELLS, "scalar": 3, "cube": np.zeros((2, 2, 2))})) as source:
        np.testing.assert_array_equal(source[:], CELLS)


def test_a_target_is_carried_under_its_own_name(path):
    put(path, data=CELLS, age=np.arange(6) + 0.5, other=np.arange(6), meta__sex=np.ones(6))
    with open_table(path, target="age") as source:
        assert source.target_name == "age"
        assert set(source.carried) == {"age", "other"}
    with open_table(path, target="meta/sex", keep_columns=[]) as source:
        assert {name: values.tolist() for name, values in source.carried.items()} == {"meta/sex": [1] * 6}


@pytest.mark.parametrize("key", ["feature_names", "features", "columns", "var_names"])
@pytest.mark.parametrize("kind", ["variable", "fixed"])
def test_names_of_features(path, key, kind):
    names = ["a", "b", "c", "d"]
    with open_table(
        put(path, data=CELLS, **{key: names if kind == "variable" else np.array(names, "S2")})
    ) as source:
        assert source.feature_names == tuple(names)


@pytest.mark.parametrize("key", ["row_names", "samples", "obs_names", "index", "ids"])
def test_names_of_rows(path, key):
    names = list("uvwxyz")
    with open_table(put(path, data=CELLS, **{key: names})) as source:
        assert source.row_names == tuple(names)
        assert set(source.carried) == (set() if key == "row_names" else {key})


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "i8", "f2", "f4", "f8", ">f4", ">i4"])
@pytest.mark.parametrize("options", [{}, {"chunks": (4, 3)}, {"chunks": (2, 4), "compression": "gzip"}])
def test_every_real_type(path, dtype, options):
    cells = (CELLS % 3).astype(dtype)
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=cells, **options)
    with open_table(path) as source:
        assert source.dtype == cells.dtype.newbyteorder("=")
        assert source.is_compressed == ("compression" in options)
        np.testing.assert_array_equal(source[:], cells)
        out = np.empty((3, 2), np.float32)
        np.testing.assert_array_equal(
            source.read(slice(2, 5), slice(1, 3), out), cells[2:5, 1:3].astype("f4")
        )


def test_the_block_is_the_chunk(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=CELLS, chunks=(2, 3))
    with open_table(path) as source:
        assert source.block == (2, 3)
    with open_table(path, rows="last") as source:
        assert source.block == (3, 2)


def test_missing_cells_stay_as_they_are(path):
    cells = CELLS.copy()
    cells[2, 1] = np.nan
    with open_table(put(path, data=cells)) as source:
        np.testing.assert_array_equal(source[:], cells)


@pytest.mark.parametrize("options", [{}, {"chunks": (2, 2)}, {"compression": "gzip"}])
def test_cells_never_written_are_the_fill_value(path, options):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (6, 4), "f4", fillvalue=7, **options)[2:4, :2] = 1
    with open_table(path) as source, h5py.File(path) as file:
        np.testing.assert_array_equal(source[:], file["data"][:])
        assert source[0].tolist() == [7] * 4


@pytest.mark.parametrize("options", [{"userblock_size": 512}, {"libver": "latest"}])
def test_other_layouts_of_the_file(path, options):
    with h5py.File(path, "w", **options) as file:
        file.create_dataset("data", data=CELLS, chunks=(2, 2))
        file["flat"] = CELLS
    for name in ("data", "flat"):
        with open_table(path, dataset=name) as source:
            np.testing.assert_array_equal(source[:], CELLS)


def test_a_virtual_dataset_and_a_link(path, tmp_path):
    put(tmp_path / "b.h5", data=CELLS)
    with h5py.File(path, "w") as file:
        layout = h5py.VirtualLayout(shape=CELLS.shape, dtype="f8")
        layout[:] = h5py.VirtualSource(tmp_path / "b.h5", "data", shape=CELLS.shape)
        file.create_virtual_dataset("data", layout)
        file["linked"] = h5py.ExternalLink("b.h5", "data")
    for name in ("data", "linked"):
        with open_table(path, dataset=name, follow_links=True) as source:
            np.testing.assert_array_equal(source[:], CELLS)
    assert (
        error(path)
        == f"FILE: the dataset '/data' has its cells in '{tmp_path / 'b.h5'}', and other files are read only where that is asked for: name that file itself, or say follow_links=True if you trust who made this one."
    )
    assert (
        error(path, dataset="linked")
        == "FILE: 'linked' is a link that leads to 'b.h5', and other files are read only where that is asked for: name that file itself, or say follow_links=True if you trust who made this one."
    )


def test_cut_short(path):
    put(path, data=CELLS)
    path.write_bytes(path.read_bytes()[:-50])
    said = error(path)
    assert said.startswith("FILE is cut short or damaged (Unable to")
    assert said.endswith("): make or copy it anew.")


def test_damaged_inside(path):
    put(path, data=CELLS)
    held = bytearray(path.read_bytes())
    held[96:800] = b"\0" * 704
    path.write_bytes(held)
    assert error(path).startswith(("FILE is cut short or damaged (", "FILE has no dataset"))


def test_damaged_cells_that_were_compressed(path):
    with h5py.File(path, "w") as file:
        table = file.create_dataset("data", data=CELLS, chunks=(6, 4), compression="gzip")
        place = table.id.get_chunk_info(0)
    held = bytearray(path.read_bytes())
    held[place.byte_offset : place.byte_offset + place.size] = b"\xff" * place.size
    path.write_bytes(held)
    with open_table(path) as source, pytest.raises(DataFileError, match="is cut short or damaged"):
        source[:]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "FILE is not an HDF5 file, it holds text: give it the name that fits (a text table is named .csv or .tsv)."),
        (b"\x93NUMPY" + bytes(90), "FILE is not an HDF5 file, it holds a NumPy array, as .npy files do: give it the name that fits."),
    ],
)  # fmt: skip
def test_not_hdf5(path, content, said):
    path.write_bytes(content)
    assert error(path) == said


@pytest.mark.parametrize(
    ("datasets", "options", "said"),
    [
        ({"data": CELLS, "beta": CELLS.T, "label": np.ones(6)}, {"dataset": "betta"}, "FILE has no dataset 'betta'; of two axes it has 'beta' of shape (4, 6), 'data' of shape (6, 4). Did you mean 'beta'?"),
        ({"u": CELLS, "v": CELLS}, {}, "FILE has 2 datasets of two axes: name one with dataset=, or as FILE::u; it has 'u' of shape (6, 4), 'v' of shape (6, 4)."),
        ({"u": np.ones(3), "v": np.ones(3)}, {}, "FILE has no dataset of numbers of two axes; it has 'u' of shape (3,), 'v' of shape (3,)."),
        ({"data": np.ones((2, 3, 4))}, {}, "FILE, dataset 'data' has the shape (2, 3, 4), and a table has two axes, rows and columns: reshape it first, for example with array.reshape(len(array), -1)."),
        ({"data": CELLS.astype(complex)}, {"dataset": "data"}, "FILE, dataset 'data' holds values of type complex128, and rows must be real numbers: convert them to float32 first."),
        ({"data": np.ones((0, 3))}, {}, "FILE, dataset 'data' has the shape (0, 3), and a table needs at least one row and one column."),
        ({"data": CELLS, "label": np.ones(5)}, {}, "FILE, dataset 'data': row counts that differ: it has 6 rows and the dataset 'label' has 5 entries; give one entry for each row."),
        ({"data": CELLS, "label": np.ones(4)}, {}, "FILE, dataset 'data': row counts that differ: it has 6 rows and the dataset 'label' has 4 entries; its other axis has as many, so read it with rows='last'."),
        ({"data": CELLS, "age": np.ones(5)}, {"target": "age"}, "FILE, dataset 'data': row counts that differ: it has 6 rows and the dataset 'age' has 5 entries; give one entry for each row."),
        ({"data": CELLS, "age": np.ones(6)}, {"target": "agee"}, "FILE has no dataset 'agee' for a target; it has 'age' of shape (6,). Did you mean 'age'?"),
        ({"data": CELLS, "age": np.ones(6, complex)}, {"target": "age"}, "FILE, dataset 'age' holds values of type complex128, and a target must be of numbers or of text: convert it first."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(path, datasets, options, said):
    assert error(put(path, **datasets), **options) == said


def test_opening_leaves_nothing_open_after_an_error(path):
    put(path, data=CELLS)
    error(path, dataset="none")
    with h5py.File(path, "a") as file:  # HDF5 refuses it while a reader is open
        file["more"] = 1


def test_names_that_are_numbers(path):
    put(path, **{"0": CELLS, "1": np.arange(6)})
    with open_table(f"{path}::0", target="1") as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.carried["1"].tolist() == list(range(6))


def test_a_column_number_is_no_dataset_of_a_target(path):
    put(path, data=CELLS, age=np.ones(6))
    assert error(path, target="-1") == "FILE has no dataset '-1' for a target; it has 'age' of shape (6,)."
    with pytest.raises(ParameterError) as caught:
        open_table(path, target=-1)
    assert str(caught.value) == f"{path}: target names columns of such a file by text; got -1."


# A bit flipped anywhere is no test: HDF5 1.14 itself never returns from some heaps that are damaged.
@pytest.mark.parametrize("save", [{}, {"chunks": (2, 2)}, {"chunks": (4, 3), "compression": "gzip"}])
def test_damage_to_any_structure_of_the_file_is_reported_or_harmless(path, save):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=CELLS, **save)
        file["age"], file["feature_names"] = np.arange(6), list("abcd")
    whole = path.read_bytes()
    spoilt = [whole[:length] for length in range(9, len(whole), 97)]
    for mark in (b"\x89HDF", b"TREE", b"HEAP", b"SNOD", b"GCOL"):
        found = [each.start() for each in re.finditer(re.escape(mark), whole)]
        spoilt += [whole[:place] + b"none" + whole[place + 4 :] for place in found]
    check_damage(path, spoilt)


def test_a_dataset_of_an_odd_type_beside_the_table_is_left_aside(path):
    with h5py.File(path, "w") as file:
        file["data"], file["age"] = CELLS, np.arange(6)
        file["pair"] = np.zeros(6, [("a", "f4"), ("b", "i4")])
        file["nothing"] = h5py.Empty("f4")
        file["kind"] = h5py.h5t.special_dtype(enum=("i1", {"a": 0}))
        time = h5py.h5t.UNIX_D32LE.copy()
        h5py.h5d.create(file.id, b"time", time, h5py.h5s.create_simple((6,)))
    with open_table(path) as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert list(source.carried) == ["age"]


def test_what_the_library_says_while_cells_are_read_becomes_one_sentence(path, monkeypatch):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=CELLS, chunks=(2, 2), compression="gzip")

    def odd(*_):
        raise RuntimeError("odd\n  filter 32001.")

    with open_table(path) as source:
        monkeypatch.setattr(Hdf5Source, "_load", odd)
        monkeypatch.setattr(h5py.Dataset, "read_direct", odd)
        for out in (None, np.empty((6, 4), np.float32)):
            with pytest.raises(DataFileError) as caught:
                source.read(out=out)
            assert str(caught.value) == (
                f"{path} is cut short or damaged (odd filter 32001): make or copy it anew."
            )


def test_a_file_with_a_block_of_the_user_s_own_in_front(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["a"] = 1
    with path.open("r+b") as handle:
        handle.write(b"a,b\n1,2\n")
    with hdf5_file(path) as file:
        assert file["a"][()] == 1


def test_a_file_that_may_not_be_read(path, monkeypatch):
    with h5py.File(path, "w"):
        pass

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(h5py, "File", refuse)
    assert error(path) == "FILE cannot be read (Permission denied): give yourself permission to read it."


@pytest.mark.parametrize("length", [9, 40, 300, 790])
def test_cut_short_at_any_length(path, length):
    with h5py.File(path, "w") as file:
        file["a"] = np.zeros(4)
    path.write_bytes(path.read_bytes()[:length])
    assert error(path).startswith("FILE is cut short or damaged (")


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "é", ""], h5py.string_dtype("utf-8"), ["a", "é", ""]),
        ([b"a", "é".encode(), b""], h5py.string_dtype("utf-8", 4), ["a", "é", ""]),
        (["a", "b", ""], h5py.string_dtype("ascii"), ["a", "b", ""]),
        ([b"a", b"\xe9"], h5py.string_dtype("utf-8"), ["a", "\ufffd"]),
        ([b"a", b"\xe9"], h5py.string_dtype("utf-8", 2), ["a", "\ufffd"]),
        (np.array([b"a", b"b"]), None, ["a", "b"]),
    ],
)
def test_text_of_any_kind(path, values, kind, expected):
    with h5py.File(path, "w") as file:
        array = hdf5_array(file.create_dataset("a", data=values, dtype=kind), path)
        assert array.is_text
        assert array.is_column
        loaded = array.load()
        assert loaded.dtype.kind == "U"
        assert loaded.tolist() == expected


def test_numbers_and_what_is_neither(path):
    with h5py.File(path, "w") as file:
        file["numbers"], file["scalar"], file["empty"] = np.arange(3, dtype=">i2"), 3.5, h5py.Empty("f4")
        file["pairs"] = np.zeros(3, [("a", "f4"), ("b", "i4")])
        numbers, scalar, empty, pairs = (
            hdf5_array(file[name], path) for name in ("numbers", "scalar", "empty", "pairs")
        )
        assert (numbers.shape, numbers.dtype, numbers.is_text) == ((3,), np.dtype(">i2"), False)
        assert numbers.load().tolist() == [0, 1, 2]
        assert (scalar.shape, empty.shape) == ((), ())
        assert [each.is_column for each in (numbers, scalar, empty, pairs)] == [True, False, False, False]


@pytest.fixture
def descriptor(path):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def test_hdf5_writes_through_a_held_file(path, descriptor):
    held = HeldFile(descriptor)
    cells = np.random.default_rng(0).normal(size=(50, 30))
    with h5py.File(held, "w") as file:
        file.create_dataset("a", data=cells, chunks=(7, 30), compression="gzip")
        file["words"] = ["x"] * 100
    held.check()
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["a"][:], cells)
        assert file["words"].asstr()[3] == "x"


def test_the_first_failure_is_kept_and_what_comes_after_it_thrown_away(descriptor, monkeypatch):
    held = HeldFile(descriptor)
    assert held.write(b"abc") == 3
    held.check()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        assert held.write(b"def") == 3
    assert held.write(b"ghi") == 3
    assert held.tell() == 9
    assert held.truncate(2) == 2
    assert os.fstat(descriptor).st_size == 3
    for _ in range(2):
        with pytest.raises(OSError, match="No space left on device"):
            held.check()


def test_places_in_a_held_file(descriptor):
    held = HeldFile(descriptor)
    held.write(b"abcdef")
    assert held.seek(2) == 2
    assert held.read(2) == b"cd"
    assert held.seek(-1, os.SEEK_CUR) == 3
    assert held.seek(-1, os.SEEK_END) == 5
    assert held.read(3) == b"f\0\0"  # zeros where nothing is
    held.seek(4)
    assert held.truncate() == 4
    held.flush()
    assert os.fstat(descriptor).st_size == 4
