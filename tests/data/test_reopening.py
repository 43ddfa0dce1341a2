"""Tables in another process: what is sent, when it is opened, and what is said of a file that changed."""

import os
import pickle
import re
import subprocess
import sys

import fsspec
import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.categories import CategoryTable
from diabolo.data.category_source import CategorySource
from diabolo.data.checked_source import CheckedSource
from diabolo.data.formats.numpy import open_npy
from diabolo.errors import DataFileError, InputError

CELLS = np.random.default_rng(2).normal(size=(300, 8))


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["data"], file["age"] = CELLS, np.arange(300)
    return tmp_path / "rows.h5"


def sent(source):
    return pickle.loads(pickle.dumps(source))


def test_another_folder_finds_the_file_that_was_named_from_here(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    dumped = pickle.dumps(diabolo.open("rows.h5", target="age").rows([3, 1]))
    monkeypatch.chdir("/")
    found = pickle.loads(dumped)
    assert found.name == "rows.h5::data"
    np.testing.assert_array_equal(found[:], CELLS[[3, 1]])
    assert found.carried["age"].tolist() == [3, 1]


READ_ELSEWHERE = """
import pickle, sys
table = pickle.loads(sys.stdin.buffer.read())
assert "h5py" not in sys.modules
print(table.shape, table[0, 0].item(), "h5py" in sys.modules, "jax" in sys.modules)
"""


def test_a_fresh_process_opens_the_file_when_it_reads(path):
    dumped = pickle.dumps(diabolo.open(path))
    command = [sys.executable, "-c", READ_ELSEWHERE]
    done = subprocess.run(command, input=dumped, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().split("\n")[0] == f"(300, 8) {CELLS[0, 0]!s} True False"


def test_options_go_along(path):
    with h5py.File(path, "a") as file:
        file["other"] = CELLS.T
    found = sent(diabolo.open(path, dataset="other", rows="last", keep_columns=["age"], drop_columns=[0]))
    np.testing.assert_array_equal(found[:], CELLS[:, 1:])
    assert (found.name, list(found.carried)) == (f"{path}::other", ["age"])


def test_what_a_table_was_given_after_it_was_opened_goes_along(path):
    source = diabolo.open(path, target="age")
    source.target_name, source.feature_names = None, tuple("abcdefgh")
    source.carried = {"first": source[:, 0], **source.carried}
    found = sent(source)
    assert (found.target_name, found.feature_names) == (None, tuple("abcdefgh"))
    assert list(found.carried) == ["first", "age"]
    np.testing.assert_array_equal(found.carried["first"], CELLS[:, 0])


def test_a_file_that_was_changed_is_refused_when_it_is_read(path):
    found = sent(diabolo.open(path))
    with h5py.File(path, "a") as file:
        file["more"] = CELLS
    said = (
        rf"^{re.escape(str(path))} was changed since it was opened \(.* bytes of .* then, .* now\), so this "
    )
    with pytest.raises(DataFileError, match=said + "would be of other rows: open it again and start anew.$"):
        found.shape  # noqa: B018 - which opens it


def test_a_file_of_the_same_size_written_later_is_refused(path):
    found, status = sent(diabolo.open(path)), path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**6))
    with pytest.raises(DataFileError, match="was changed since it was opened"):
        len(found)


def test_a_file_that_another_machine_does_not_have_is_told(path):
    found = sent(diabolo.open(path))
    path.rename(path.with_name("moved.h5"))
    with pytest.raises(
        DataFileError,
        match=r"is not there for this process, which was sent the path: keep the file where all workers find "
        r"it under one path\.$",
    ):
        found[0]


def test_a_store_that_is_a_folder_is_looked_at_as_it_is_sent(tmp_path):
    import zarr

    array = zarr.create_array(tmp_path / "a.zarr", data=CELLS, chunks=(10, 8))
    found = sent(diabolo.open(tmp_path / "a.zarr"))
    array[0, 0] = 7.0
    with pytest.raises(DataFileError, match=r"a\.zarr was changed since it was opened"):
        found.read()


def test_a_file_elsewhere_is_told_by_what_its_store_says():
    system = fsspec.filesystem("memory")
    for cells in ("a,b\n1,2\n3,4\n", "a,b\n1,2\n3,45\n"):
        with system.open("/diabolo/rows.csv", "w") as file:
            file.write(cells)
        if cells.endswith("3,4\n"):
            found = [sent(diabolo.open("memory://diabolo/rows.csv")) for _ in range(2)]
            np.testing.assert_array_equal(found[0][:], [[1, 2], [3, 4]])
    with pytest.raises(DataFileError, match=r"^memory://diabolo/rows\.csv was changed since it was opened"):
        found[1][:]


def test_standard_input_stays_here(monkeypatch):
    class Given:
        import io

        buffer = io.BytesIO(b"a,b\n1,2\n3,4\n")

    monkeypatch.setattr(sys, "stdin", Given)
    with pytest.raises(InputError, match="standard input cannot be read by another process: write it to a f"):
        pickle.dumps(diabolo.open("-"))


def test_a_table_that_a_reader_gave_says_how_to_open_it(tmp_path):
    np.save(tmp_path / "rows.npy", CELLS)
    with pytest.raises(
        InputError, match=r"cannot go to another process: open it by diabolo\.open, which not"
    ):
        pickle.dumps(open_npy(tmp_path / "rows.npy"))


@given(st.slices(300), st.slices(8), st.sampled_from(["C", "F"]))
def test_cells_that_are_mapped_are_mapped_again(rows, columns, order):
    path = mapped_file(order)
    mapped = np.load(path, mmap_mode="r")[rows, columns]
    dumped = pickle.dumps(ArraySource(mapped))
    if mapped.size and min(mapped.strides) > 0:
        assert len(dumped) < 700
        found = pickle.loads(dumped)
        assert isinstance(found, ArraySource)
        root = found.array
        while root.base is not None and not isinstance(root, np.memmap):
            root = root.base
        assert isinstance(root, np.memmap)
    np.testing.assert_array_equal(pickle.loads(dumped)[:], CELLS[rows, columns])


def mapped_file(order, made={}):  # noqa: B006 - kept over the examples
    import tempfile

    if order not in made:
        made[order] = f"{tempfile.mkdtemp()}/rows.npy"
        np.save(made[order], np.asarray(CELLS, order=order))
    return made[order]


def test_cells_that_were_mapped_to_be_written_go_as_they_are(tmp_path):
    np.save(tmp_path / "rows.npy", CELLS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="c")
    mapped[0, 0] = 5.0
    assert sent(ArraySource(mapped))[0, 0] == 5.0


def test_windows_of_a_series_go_as_its_path(path):
    windows = diabolo.sliding_windows(diabolo.open(path), 5)
    dumped = pickle.dumps(windows)
    assert len(dumped) < 4000  # where they begin, and no cells: of these there are 94,720 bytes
    found = pickle.loads(dumped)
    assert isinstance(found, type(windows))
    np.testing.assert_array_equal(found[:], windows[:])
    np.testing.assert_array_equal(found.to_points(np.arange(296)), windows.to_points(np.arange(296)))
    some = sent(windows.rows([9, 2]))
    assert some.windows.starts.tolist() == [9, 2]


def test_categories_go_with_what_they_may_be(path):
    table = CategoryTable(9, None, (8,), (("blue", "red"),))
    codes = np.arange(300, dtype=np.int16)[:, None] % 3 - 1
    source = CategorySource(diabolo.open(path), table, codes)
    found = sent(source)
    assert isinstance(found, CategorySource)
    np.testing.assert_array_equal(found[:], source[:])
    assert found.texts() == source.texts()


def test_a_look_at_cells_is_taken_there_too(path):
    found = sent(CheckedSource(diabolo.open(path), "fit", False))
    np.testing.assert_array_equal(found[:], CELLS)
    with pytest.raises(InputError, match=r"contains NaN: fit found it first in row 0, column 0"):
        sent(CheckedSource(ArraySource(np.array([[np.nan]])), "fit", False))[:]


def test_a_table_in_memory_says_its_size():
    assert sys.getsizeof(ArraySource(CELLS)) > CELLS.nbytes > sys.getsizeof(object())


def test_closing_a_table_that_was_sent_leaves_the_one_here_open(path):
    source = diabolo.open(path)
    with sent(source) as found:
        np.testing.assert_array_equal(found[:2], CELLS[:2])
    with pytest.raises(InputError, match="was closed"):
        found[:2]
    np.testing.assert_array_equal(source[:2], CELLS[:2])
