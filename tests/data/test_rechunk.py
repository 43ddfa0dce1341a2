# ruff: noqa: E501 - error messages are shown whole, one a line
import h5py
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data.formats.hdf5 import Hdf5Source
from diabolo.data.open_table import open_table
from diabolo.data.rechunk import advice, amplification, rechunk
from diabolo.data.source import Source
from diabolo.errors import DataFileError, ParameterError

CELLS = np.random.default_rng(0).normal(size=(23, 17)).astype("f4")


@settings(max_examples=30)
@given(st.data())
@pytest.mark.parametrize("suffix", [".h5", ".zarr"])
def test_the_table_is_the_same_by_rows(tmp_path_factory, suffix, data):
    folder = tmp_path_factory.mktemp("rechunk")
    rows = data.draw(st.sampled_from(["first", "last"]))
    stored = CELLS if rows == "first" else CELLS.T
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset(
            "data",
            data=stored,
            chunks=data.draw(st.sampled_from([None, (len(stored), 1), (3, 4)])),
            compression=data.draw(st.sampled_from([None, "gzip"])),
        )
        file["age"], file["feature_names"] = np.arange(23), [f"f{i}" for i in range(17)]
    chunk = data.draw(st.none() | st.integers(1, 30))
    out = rechunk(
        folder / "a.h5",
        folder / f"b{suffix}",
        rows=rows,
        rows_per_chunk=chunk,
        max_memory=data.draw(st.integers(17 * 4, 2000)),
    )
    with open_table(out) as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.block == (min(chunk or 23, 23), 17)
        assert source.feature_names == tuple(f"f{i}" for i in range(17))
        assert source.carried["age"].tolist() == list(range(23))


def test_no_more_is_held_than_allowed_and_every_row_read_once(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=CELLS, chunks=(23, 1))
    sizes = []
    read = Hdf5Source._read

    def watched(self, rows, columns, out):
        sizes.append(rows.stop - rows.start)
        read(self, rows, columns, out)

    monkeypatch.setattr(Hdf5Source, "_read", watched)
    rechunk(tmp_path / "a.h5", tmp_path / "b.h5", rows_per_chunk=4, max_memory=10 * 17 * 4)
    assert sizes == [8, 8, 7]


@pytest.mark.parametrize("suffix", [".npy", ".zarr", ".parquet", ".csv"])
def test_any_table_can_be_rewritten(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".zarr":
        zarr.create_array(path, data=CELLS, chunks=(23, 1))
    elif suffix == ".npy":
        np.save(path, np.asfortranarray(CELLS))
    else:
        from diabolo.data.sink import open_sink

        with open_sink(path, *CELLS.shape) as sink:
            sink.write(0, CELLS)
    with h5py.File(rechunk(path, tmp_path / "b.h5", compression="gzip")) as file:
        # A text table has no type of its own, and is read as float64.
        assert file["data"].dtype == ("f8" if suffix == ".csv" else "f4")
        np.testing.assert_array_equal(file["data"][:].astype("f4"), CELLS)


def test_a_file_does_not_replace_itself(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=CELLS.astype(">f8"), chunks=(23, 1))
        file["other"] = np.eye(3)
    before = path.read_bytes()
    (tmp_path / "b.h5").hardlink_to(path)
    for out in (path, tmp_path / "b.h5"):
        with pytest.raises(DataFileError) as caught:
            rechunk(path, out, rows_per_chunk=5)
        assert str(caught.value) == f"{out} cannot be written: it is open for reading; choose another name."
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.h5", "b.h5"]


def test_the_type_of_cells_stays_and_their_order_of_bytes_is_the_machines(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=CELLS.astype(">f8"), chunks=(23, 1))
    with h5py.File(rechunk(tmp_path / "a.h5", tmp_path / "b.h5", rows_per_chunk=5)) as file:
        assert file["data"].chunks == (5, 17)
        assert file["data"].dtype == "f8"
        np.testing.assert_array_equal(file["data"][:], CELLS)


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, CELLS)
    with pytest.raises(ParameterError) as caught:
        rechunk(path, tmp_path / "b.npy")
    assert (
        str(caught.value)
        == f"{tmp_path}/b.npy cannot be chunked by rows: name a file that has chunks, one of .h5, .hdf5, .zarr."
    )
    with pytest.raises(ParameterError) as caught:
        rechunk(path, tmp_path / "b.h5", max_memory=60)
    assert (
        str(caught.value)
        == f"max_memory=60 holds no row of {path}: a row has 68 bytes, so give that many at least."
    )
    with pytest.raises(DataFileError, match="does not exist"):
        rechunk(tmp_path / "c.npy", tmp_path / "b.h5")
    assert [each.name for each in tmp_path.iterdir()] == ["a.npy"]


class Stored(Source):
    """A table of a shape and of blocks, without cells."""

    def __init__(self, shape, block, *, compressed=False, transposed=False):
        super().__init__("big.h5::data", shape, np.float32, block=block)
        self.is_compressed, self.is_transposed = compressed, transposed

    def _read(self, rows, columns, out):
        raise AssertionError


# Of 485,512 columns four rows are read at once.
@pytest.mark.parametrize(
    ("stored", "times"),
    [
        (Stored((2000, 485_512), (1, 242_756)), 1),
        (Stored((2000, 485_512), (2000, 1), compressed=True), 500),
        (Stored((2000, 485_512), (2000, 1)), 256),
        (Stored((2000, 485_512), (2000, 8), transposed=True), 256),
        (Stored((2000, 485_512), (64, 1000)), 1),
        (Stored((2000, 485_512), (64, 1000), compressed=True), 16),
        (Stored((2000, 100), (2000, 1), compressed=True), 1),
    ],
)
def test_how_many_times_the_bytes_wanted_are_read(stored, times):
    assert amplification(stored) == pytest.approx(times)


def test_the_sentence_names_the_command():
    assert advice(Stored((2000, 485_512), (2000, 1), compressed=True), "this") == (
        "big.h5::data is stored in blocks of 2,000 rows x 1 columns, so reading some rows at a time reads "
        "about 500 times what is wanted; to rewrite it by rows once, type: this"
    )
    assert advice(Stored((2000, 485_512), (2000, 1), compressed=True).rows([1, 2]), "this") is not None
    assert advice(Stored((2000, 485_512), (1, 485_512)), "this") is None
