# ruff: noqa: E501 - error messages are shown whole, one a line
"""What every table that is written checks, in all formats; and that it is written whole or not at all."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyarrow import parquet

from diabolo.data.formats import WRITTEN
from diabolo.data.open_table import open_table
from diabolo.data.sink import Sink, TablePlan, bytes_of, open_sink, reserve, row_chunks, write_at
from diabolo.errors import DataFileError, InputError

CELLS = np.arange(15.0).reshape(5, 3)
NUMBERS = np.arange(15, dtype=np.float32).reshape(5, 3)
BINARY = [".npy", ".npz", ".h5", ".zarr", ".parquet", ".feather"]
NAMED = [".npz", ".h5", ".zarr", ".parquet", ".feather"]
TEXT = [".csv", ".tsv"]
COLUMNS = [".parquet", ".feather"]
words = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=5
)


class Held(Sink):
    """Keeps what is written to it."""

    compressions = {"gzip": 1, "lzf": 2}  # noqa: RUF012
    called = "a held file"
    taken = ("data",)

    def begin(self, place):
        self.blocks = []

    def _write(self, start, block):
        self.blocks.append((start, block.copy()))

    def finish(self):
        pass

    abandon = finish


class Loose(Held):
    in_order = False
    names_columns = True
    compressions = {}  # noqa: RUF012


def sink(kind=Held, **options):
    made = kind(TablePlan(Path("a.x"), 5, 3, **options))
    made.begin(Path("a.x"))
    return made


@given(
    st.lists(st.integers(1, 4), min_size=1), st.sampled_from(["f4", "f8", "i2", "?"]), st.sampled_from("CF")
)
def test_blocks_come_in_the_file_s_type_and_order(heights, dtype, order):
    held = sink(dtype=np.dtype(dtype))
    start = 0
    for height in heights:
        block = np.asarray(CELLS[start : start + height], order=order)
        held.write(start, block)
        start = min(start + height, 5)
    np.testing.assert_array_equal(
        np.concatenate([block for _, block in held.blocks]), CELLS[:start].astype(dtype)
    )
    assert all(block.dtype == dtype and block.flags.c_contiguous for _, block in held.blocks)
    if start == 5:
        held.check_whole()
    else:
        with pytest.raises(InputError) as caught:
            held.check_whole()
        assert str(caught.value) == (
            f"a.x was left unfinished: {5 - start} of its 5 rows were never written, the first is row {start}."
        )


def test_what_is_too_large_for_the_type_becomes_infinite_without_a_warning():
    held = sink()
    held.write(0, np.full((1, 3), -1e39))
    np.testing.assert_array_equal(held.blocks[0][1], np.full((1, 3), -np.inf))


@pytest.mark.parametrize(
    ("start", "block", "said"),
    [
        (0, CELLS[:, :2], "a.x: a block of 3 columns was to come; got the shape (5, 2)."),
        (0, CELLS[0], "a.x: a block of 3 columns was to come; got the shape (3,)."),
        (-1, CELLS[:1], "a.x has 5 rows; got rows -1 to -1."),
        (4, CELLS[:2], "a.x has 5 rows; got rows 4 to 5."),
        (1, CELLS[:2], "a.x is written in the order of its rows: row 0 was to come; got 1."),
    ],
)
def test_a_block_that_does_not_fit(start, block, said):
    with pytest.raises(InputError) as caught:
        sink().write(start, block)
    assert str(caught.value) == said


def test_rows_in_any_order_where_the_format_allows_it():
    loose = sink(Loose)
    for start in (3, 0):
        loose.write(start, CELLS[start : start + 2])
    with pytest.raises(
        InputError,
        match=r"^a\.x was left unfinished: 1 of its 5 rows were never written, the first is row 2\.$",
    ):
        loose.check_whole()
    loose.write(2, CELLS[2:3])
    loose.check_whole()
    assert [start for start, _ in loose.blocks] == [3, 0, 2]


@pytest.mark.parametrize(
    ("kind", "options", "error", "said"),
    [
        (Held, {"compression": "zip"}, DataFileError, "a.x cannot be written with compression='zip': of a held file it is None, 'gzip' or 'lzf'."),
        (Loose, {"compression": "gzip"}, DataFileError, "a.x cannot be compressed: leave compression='gzip' out, or write .h5."),
        (Held, {"carried": {"age": np.zeros(4)}}, InputError, "a.x cannot be written: the carried column 'age' has the shape (4,) for 5 rows."),
        (Held, {"carried": {"data": np.zeros(5)}}, DataFileError, "a.x cannot be written: the carried column 'data' has the name of a part that Diabolo writes itself; rename the column."),
        (Loose, {"column_names": ("a", "data", "b")}, DataFileError, "a.x cannot be written: the column 'data' has the name of a part that Diabolo writes itself; rename the column."),
        (Loose, {"column_names": ("a", "b", "a")}, InputError, "a.x cannot be written: two columns are named 'a'; give each its own name."),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be(kind, options, error, said):
    with pytest.raises(error) as caught:
        sink(kind, **options)
    assert type(caught.value) is error
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["", " ", ".", "a/b", "a\0b"])
def test_names_that_a_carried_column_cannot_have(name):
    with pytest.raises(
        DataFileError, match="needs a name with something in it and without a slash; rename the column"
    ):
        sink(carried={name: np.zeros(5)})


def test_columns_found_by_their_places_may_share_a_name():
    assert sink(column_names=("a", "data", "a")).plan.named_columns() == ("a", "data", "a")
    assert sink().plan.named_columns() == ("column_0", "column_1", "column_2")


@given(
    st.integers(1, 10**7),
    st.integers(1, 10**6),
    st.sampled_from(["f4", "f8", "?"]),
    st.none() | st.integers(1, 10**6),
)
def test_chunks_of_rows(n_rows, n_columns, dtype, asked):
    height, width = row_chunks((n_rows, n_columns), np.dtype(dtype), asked)
    assert 1 <= height <= n_rows
    assert width <= min(n_columns, 2**18)
    assert -(-n_columns // width) == -(-n_columns // 2**18)
    if asked is not None:
        assert height == min(asked, n_rows)
    elif height > 1:
        assert height * width * np.dtype(dtype).itemsize <= 2**20


@pytest.mark.parametrize("without", [None, "pwrite"])
def test_bytes_are_written_at_their_place_however_little_the_system_takes_at_once(
    tmp_path, monkeypatch, without
):
    path = tmp_path / "a"
    path.write_bytes(b"0123456789" * 13)
    descriptor = os.open(path, os.O_RDWR)
    if without:
        monkeypatch.delattr(os, without)
    name = "write" if without else "pwrite"
    whole = getattr(os, name)
    monkeypatch.setattr(os, name, lambda to, part, *place: whole(to, part[:7], *place))
    write_at(descriptor, 10, CELLS)
    os.close(descriptor)
    assert path.read_bytes() == b"0123456789" + CELLS.tobytes()
    assert bytes_of(CELLS).tobytes() == CELLS.tobytes()


def test_room_is_reserved_where_the_system_can(tmp_path, monkeypatch):
    descriptor = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    reserve(descriptor, 0)
    reserve(descriptor, 1000)
    assert os.fstat(descriptor).st_size in (0, 1000)

    def refuse(problem):
        def fallocate(*_):
            raise OSError(problem, os.strerror(problem))

        return fallocate

    for harmless in (errno.EINVAL, errno.EOPNOTSUPP):
        monkeypatch.setattr(os, "posix_fallocate", refuse(harmless), raising=False)
        reserve(descriptor, 1000)
    monkeypatch.setattr(os, "posix_fallocate", refuse(errno.ENOSPC), raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        reserve(descriptor, 1000)
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    reserve(descriptor, 1000)
    os.close(descriptor)


def listing(folder):
    return sorted(each.name for each in folder.iterdir())


def write(path, cells, *, step=2, **options):
    with open_sink(path, *cells.shape, **options) as sink:
        for start in range(0, len(cells), step):
            sink.write(start, cells[start : start + step])
    return path


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("suffix", NAMED)
def test_what_is_written_comes_back(tmp_path_factory, suffix, data):
    cells = data.draw(hnp.arrays(
        data.draw(st.sampled_from(["f4", "f8", "f2", "i4", "?"] if suffix not in COLUMNS else ["f4", "f8", "i4"])),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=7),
    ))  # fmt: skip
    n_rows, n_columns = cells.shape
    names = data.draw(st.lists(words, min_size=n_columns, max_size=n_columns, unique=True))
    labels = data.draw(st.lists(words, min_size=n_rows, max_size=n_rows))
    path = write(
        tmp_path_factory.mktemp("sinks") / f"a{suffix}",
        cells,
        dtype=cells.dtype,
        step=data.draw(st.integers(1, 4)),
        chunk_rows=data.draw(st.none() | st.integers(1, 4)),
        column_names=[f"c{name}" for name in names],
        row_names=labels[::-1],
        carried={"the age": np.arange(n_rows) / 2, "person": np.arange(n_rows), "note": labels},
    )
    with open_table(path) as source:
        assert source.dtype == cells.dtype
        np.testing.assert_array_equal(source[:], cells)
        assert source.feature_names == tuple(f"c{name}" for name in names)
        assert source.row_names == tuple(labels[::-1])
        assert set(source.carried) == {"the age", "person", "note"}
        np.testing.assert_array_equal(source.carried["the age"], np.arange(n_rows) / 2)
        assert source.carried["person"].dtype.kind == "i"
        assert source.carried["note"].tolist() == labels


@settings(max_examples=25)
@given(
    hnp.arrays(
        "f4",
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    )
)
@pytest.mark.parametrize("suffix", TEXT)
def test_text_tables_come_back(tmp_path_factory, suffix, cells):
    rows = [f"r,{i}" for i in range(len(cells))]
    notes = ['a "b"\n' for _ in cells]
    names = [f"n{i}" for i in range(cells.shape[1])]
    path = write(
        tmp_path_factory.mktemp("sinks") / f"a{suffix}", cells, column_names=names, row_names=rows,
        carried={"age": np.arange(len(cells)) + 0.5, "note": notes},
    )  # fmt: skip
    source = open_table(path, target="age", keep_columns=["note"])
    np.testing.assert_array_equal(source[:].astype(np.float32).view(np.uint32), cells.view(np.uint32))
    assert source.feature_names == tuple(names)
    assert source.row_names == tuple(rows)
    np.testing.assert_array_equal(source.carried["age"], np.arange(len(cells)) + 0.5)
    assert source.carried["note"].tolist() == notes


@pytest.mark.filterwarnings("ignore:The codec `vlen-utf8`:UserWarning")  # of Zarr 3.1.0, as it reads
def test_what_others_read(tmp_path):
    """The independent reader of each format sees the cells."""
    options = {"column_names": ["a", "b", "c"], "carried": {"label": ["x", "y", "z", "x", "ü"]}}
    paths = {suffix: write(tmp_path / f"a{suffix}", NUMBERS, **options) for suffix in NAMED}
    np.testing.assert_array_equal(np.load(write(tmp_path / "a.npy", NUMBERS)), NUMBERS)
    with np.load(paths[".npz"]) as held:
        np.testing.assert_array_equal(held["X"], NUMBERS)
        assert held["label"].tolist() == options["carried"]["label"]
    with h5py.File(paths[".h5"]) as held:
        np.testing.assert_array_equal(held["data"][:], NUMBERS)
        assert held["label"].asstr()[:].tolist() == options["carried"]["label"]
        assert held["feature_names"].asstr()[:].tolist() == ["a", "b", "c"]
    held = zarr.open_group(paths[".zarr"], mode="r")
    np.testing.assert_array_equal(held["data"][:], NUMBERS)
    assert held["label"][:].tolist() == options["carried"]["label"]
    held = parquet.read_table(paths[".parquet"])
    assert held.column_names == ["a", "b", "c", "label"]
    assert held["b"].type == pyarrow.float32()
    assert held["b"].to_pylist() == NUMBERS[:, 1].tolist()


def test_a_text_table_as_it_is_written(tmp_path):
    cells = np.float32([[0.1, np.nan], [-0.0, 3]])
    path = write(tmp_path / "a.csv", cells, row_names=["r", "s"], carried={"kind": ["x,y", "z"]})
    assert path.read_text() == 'row_names,column_0,column_1,kind\nr,0.1,,"x,y"\ns,-0.0,3.0,z\n'
    assert write(tmp_path / "b.tsv", cells).read_text() == "0.1\t\n-0.0\t3.0\n"
    assert (
        write(tmp_path / "c.csv", np.nan_to_num(cells).astype(int), dtype=int).read_text().splitlines()[1]
        == "0,3"
    )


@pytest.mark.parametrize("suffix", BINARY)
def test_missing_and_infinite_cells_go_into_binary_files(tmp_path, suffix):
    cells = np.float32([[np.nan, np.inf], [-np.inf, 1]])
    with open_table(write(tmp_path / f"a{suffix}", cells)) as source:
        np.testing.assert_array_equal(source[:], cells)


@pytest.mark.parametrize(("suffix", "compression"), [(".h5", "gzip"), (".h5", "lzf"), (".zarr", "zstd"), (".zarr", "gzip"), (".npz", "deflate"), (".parquet", "zstd")])  # fmt: skip
def test_compressed(tmp_path, suffix, compression):
    cells = np.zeros((400, 50))
    plain = write(tmp_path / f"plain{suffix}", cells, step=64)
    packed = write(tmp_path / f"packed{suffix}", cells, step=64, compression=compression)
    if packed.is_file() and suffix != ".parquet":
        assert packed.stat().st_size < plain.stat().st_size / 2
    with open_table(packed) as source:
        np.testing.assert_array_equal(source[:], cells)


@pytest.mark.parametrize("suffix", [".npy", ".h5", ".zarr"])
def test_rows_may_come_in_any_order(tmp_path, suffix):
    with open_sink(tmp_path / f"a{suffix}", 5, 3, chunk_rows=2) as sink:
        for row in (4, 0, 2, 1, 3):
            sink.write(row, NUMBERS[row : row + 1])
    with open_table(tmp_path / f"a{suffix}") as source:
        np.testing.assert_array_equal(source[:], NUMBERS)


def test_the_chunks_of_hdf5_are_rows(tmp_path):
    with h5py.File(write(tmp_path / "a.h5", np.zeros((3, 2**18 + 1)))) as file:
        assert file["data"].chunks == (1, 2**17 + 1)
    with h5py.File(write(tmp_path / "b.h5", np.zeros((1000, 1024)), step=1000)) as file:
        assert file["data"].chunks == (256, 1024)
    with h5py.File(write(tmp_path / "c.h5", NUMBERS, chunk_rows=2)) as file:
        assert file["data"].chunks == (2, 3)
    with open_table(write(tmp_path / "d.h5", np.ones((3, 2**18 + 1), "f4"), chunk_rows=2)) as source:
        assert (source[:] == 1).all()


@pytest.mark.parametrize("suffix", [*BINARY, *TEXT])
@pytest.mark.parametrize("failure", [RuntimeError("mine"), KeyboardInterrupt()])
def test_any_failure_leaves_what_stood_there_and_no_litter(tmp_path, suffix, failure):
    path = write(tmp_path / f"a{suffix}", NUMBERS)
    with pytest.raises(type(failure)), open_sink(path, 5, 3) as sink:  # noqa: PT012
        sink.write(0, NUMBERS[:2] + 1)
        raise failure
    assert listing(tmp_path) == [path.name]
    with open_table(path) as source:
        np.testing.assert_array_equal(source[:], NUMBERS)
    write(path, NUMBERS + 1)
    with open_table(path) as source:
        np.testing.assert_array_equal(source[:], NUMBERS + 1)
    assert listing(tmp_path) == [path.name]


FULL = """
import resource, signal, sys
import numpy as np
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError
path, compression = sys.argv[1], sys.argv[2] or None
cells = np.random.default_rng(0).normal(size=(500, 400)).astype(np.float32)
__import__("h5py"), __import__("zarr"), __import__("pyarrow.parquet")
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    with open_sink(path, 500, 400, chunk_rows=50, compression=compression) as sink:
        for start in range(0, 500, 50):
            sink.write(start, cells[start : start + 50])
except DataFileError as problem:
    print(problem)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="the system limits no file's size")
@pytest.mark.parametrize(("suffix", "compression"), [*((suffix, "") for suffix in [*BINARY, *TEXT]), (".h5", "gzip"), (".npz", "deflate")])  # fmt: skip
def test_a_disk_that_fills_up(tmp_path, suffix, compression):
    path = tmp_path / f"a{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), compression], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith(f"{path} cannot be written (")
    assert "File too large" in done.stdout or "could not write" in done.stdout
    assert done.stdout.endswith("; nothing under that name was made or changed.\n")
    assert done.stdout.count("\n") == 1
    assert listing(tmp_path) == []


def error(path, shape=(5, 3), blocks=(), **options):
    with pytest.raises((DataFileError, InputError)) as caught, open_sink(path, *shape, **options) as sink:  # noqa: PT012
        for start, block in blocks:
            sink.write(start, block)
    assert "\n" not in str(caught.value)
    assert listing(path.parent) == []
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.h6", {}, f"FILE has the suffix '.h6', and the format is chosen by the suffix: it must be one of {', '.join(WRITTEN)}. Did you mean '.h5'?"),
        ("a.h5", {"shape": (0, 3)}, "FILE cannot be written: a table needs at least one row and one column; got 0 and 3."),
        ("a.csv", {"shape": (5, 0)}, "FILE cannot be written: a table needs at least one row and one column; got 5 and 0."),
        ("a.h5", {"shape": (5, 0), "carried": {"age": [1] * 5}}, "FILE cannot be written: a table needs at least one row and one column; got 5 and 0; columns of text alone go into .csv or .parquet."),
        ("a.h5", {"chunk_rows": 0}, "FILE cannot be written: chunk_rows must be at least 1; got 0."),
        ("a.h5", {"dtype": complex}, "FILE cannot be written: dtype must be a real number's; got complex128."),
        ("a.h5", {"column_names": ["a"]}, "FILE cannot be written: expected 3 column names, one for each column; got 1."),
        ("a.h5", {"row_names": ["a"]}, "FILE cannot be written: expected 5 row names, one for each row; got 1."),
        ("a.h5", {"carried": {"age": [1]}}, "FILE cannot be written: the carried column 'age' has the shape (1,) for 5 rows."),
        ("a.h5", {"carried": {"data": range(5)}}, "FILE cannot be written: the carried column 'data' has the name of a part that Diabolo writes itself; rename the column."),
        ("a.zarr", {"carried": {"a/b": range(5)}}, "FILE cannot be written: the carried column 'a/b' needs a name with something in it and without a slash; rename the column."),
        ("a.npy", {"carried": {"age": range(5)}}, "FILE cannot be written: an .npy file holds one array, so 'age' cannot go with it; write .npz or .h5."),
        ("a.csv", {"column_names": list("aba")}, "FILE cannot be written: two columns are named 'a'; give each its own name."),
        ("a.csv", {"column_names": ["a", "row_names", "c"]}, "FILE cannot be written: the column 'row_names' has the name of a part that Diabolo writes itself; rename the column."),
        ("a.parquet", {"column_names": ["a", "row_names", "c"]}, "FILE cannot be written: the column 'row_names' has the name of a part that Diabolo writes itself; rename the column."),
        ("a.csv", {"column_names": ["a", "b", " "]}, "FILE cannot be written: column 2 (counted from 0) has the name ' ', and a text table needs one with something in it; rename the column."),
        ("a.csv", {"column_names": list("abc"), "carried": {"b": range(5)}}, "FILE cannot be written: two columns are named 'b'; give each its own name."),
        ("a.parquet", {"column_names": list("abc"), "carried": {"b": range(5)}}, "FILE cannot be written: two columns are named 'b'; give each its own name."),
        ("a.csv", {"carried": {" ": range(5)}}, "FILE cannot be written: the carried column ' ' needs a name with something in it and without a slash; rename the column."),
        ("a.tsv", {"dtype": str}, "FILE cannot be written: dtype must be a real number's; got <U0."),
        ("a.npy", {"compression": "gzip"}, "FILE cannot be compressed: leave compression='gzip' out, or write .h5."),
        ("a.csv", {"compression": "gzip"}, "FILE cannot be compressed: leave compression='gzip' out, or write .h5."),
        ("a.h5", {"compression": "zip"}, "FILE cannot be written with compression='zip': of an HDF5 file it is None, 'gzip' or 'lzf'."),
        ("a.npz", {"compression": "zip"}, "FILE cannot be written with compression='zip': of an .npz file it is None or 'deflate'."),
        ("a.zarr", {"compression": "zip"}, "FILE cannot be written with compression='zip': of a Zarr store it is None, 'zstd' or 'gzip'."),
        ("a.parquet", {"compression": "zip"}, "FILE cannot be written with compression='zip': of a Parquet file it is None, 'snappy', 'gzip', 'zstd', 'lz4' or 'brotli'."),
        ("a.h5", {"blocks": [(0, NUMBERS[:2])]}, "FILE was left unfinished: 3 of its 5 rows were never written, the first is row 2."),
        ("a.h5", {"blocks": [(0, NUMBERS[:, :2])]}, "FILE: a block of 3 columns was to come; got the shape (5, 2)."),
        ("a.h5", {"blocks": [(3, NUMBERS)]}, "FILE has 5 rows; got rows 3 to 7."),
        ("a.npz", {"blocks": [(2, NUMBERS[2:])]}, "FILE is written in the order of its rows: row 0 was to come; got 2."),
        ("a.csv", {"blocks": [(0, np.where(NUMBERS == 7, np.inf, NUMBERS))]}, "FILE cannot be written: row 2, column 1 (both counted from 0) is inf, which a text table cannot hold."),
    ],
)  # fmt: skip
def test_what_cannot_be_written(tmp_path, name, options, said):
    assert error(tmp_path / name, **options) == said


def test_a_folder_that_is_not_there(tmp_path):
    with (
        pytest.raises(DataFileError, match=r"the folder .*none does not exist; make it first"),
        open_sink(tmp_path / "none/a.h5", 1, 1),
    ):
        pass
    (tmp_path / "a.zarr").write_text("")
    with (
        pytest.raises(DataFileError, match=r"a\.zarr cannot be written: it is a file; choose another name"),
        open_sink(tmp_path / "a.zarr", 1, 1),
    ):
        pass


def test_long_texts_and_empty_ones_come_back_from_hdf5(tmp_path):
    notes = ["", "ü" * 500, "a", "b", "c"]
    with open_table(write(tmp_path / "a.h5", NUMBERS, carried={"note": notes, "none": [""] * 5})) as source:
        assert source.carried["note"].tolist() == notes
        assert source.carried["none"].tolist() == [""] * 5


@pytest.mark.parametrize("suffix", sorted(set(WRITTEN) - {".zarr"}))
def test_a_disk_that_is_full_at_the_end_leaves_the_old_file(tmp_path, monkeypatch, suffix):
    path = write(tmp_path / f"a{suffix}", NUMBERS)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataFileError) as caught:
        write(path, NUMBERS + 1)
    assert str(caught.value) == (
        f"{path} cannot be written (No space left on device); nothing under that name was made or changed."
    )
    assert path.read_bytes() == before
    assert listing(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".csv", ".h5", ".zarr", *COLUMNS])
def test_text_that_is_not_unicode_is_not_written(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(
        DataFileError, match=r"cannot be written \(.*\); nothing under that name was made or changed"
    ):
        write(path, NUMBERS, carried={"kind": ["\ud800", "b", "c", "d", "e"]})
    assert listing(tmp_path) == []


@pytest.mark.parametrize("suffix", [*NAMED, *TEXT])
def test_a_table_of_one_cell(tmp_path, suffix):
    for cell in (1.5, np.nan):
        for names in ({}, {"column_names": ["a"]}, {"row_names": ["r"]}, {"carried": {"k": ["x"]}}):
            path = write(tmp_path / f"a{suffix}", np.array([[cell]]), dtype=np.float64, **names)
            header = {"header": bool(names)} if suffix in TEXT else {}
            with open_table(path, keep_columns=["k"] if "carried" in names else None, **header) as source:
                np.testing.assert_array_equal(source[:], [[cell]])
                assert source.row_names == (("r",) if "row_names" in names else None)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_a_slash_in_a_name_is_no_path_where_names_are_of_columns(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    with open_sink(path, 2, 1, carried={"km/h": np.array([50, 80])}) as sink:
        sink.write(0, np.zeros((2, 1)))
    assert open_table(path, target="km/h").carried["km/h"].tolist() == [50, 80]


def test_columns_without_names_keep_clear_of_those_carried(tmp_path):
    """A table of five columns of which two were carried by their numbers is as it was, but for their places."""
    path = tmp_path / "t.csv"
    carried = {"column_0": np.array(["a"]), "column_3": np.array(["b"])}
    with open_sink(path, 1, 3, carried=carried) as sink:
        sink.write(0, np.array([[1, 2, 4]], np.float32))
    assert path.read_text() == "column_1,column_2,column_4,column_0,column_3\n1.0,2.0,4.0,a,b\n"


@pytest.mark.parametrize("suffix", [*TEXT, *COLUMNS])
def test_columns_stand_in_the_order_asked_for(tmp_path, suffix):
    path, order = tmp_path / f"t{suffix}", ("kind", "b", "c", "a")
    carried = {"more": np.arange(5), "kind": np.array(list("vwxyz"))}
    more = {"column_names": ["a", "b", "c"], "row_names": list("12345"), "carried": carried}
    with open_sink(path, 5, 3, column_order=order, **more) as sink:
        sink.write(0, CELLS)
    found = open_table(path, keep_columns=["more", "kind"])
    assert [name for name in found.column_order if name != "row_names"] == [*order, "more"]
    assert found.feature_names == ("b", "c", "a")
    assert found[:].tolist() == CELLS[:, [1, 2, 0]].tolist()
    assert found.carried["kind"].tolist() == list("vwxyz")
    assert found.row_names == tuple("12345")
