"""Files at addresses of fsspec, read by the formats whose libraries take a file object."""

import gzip
import io

import fsspec
import h5py
import numpy as np
import pyarrow
import pytest
import zarr
from pyarrow import feather, parquet

import diabolo
from diabolo.cli import main
from diabolo.errors import DataFileError, DiaboloError

CELLS = np.random.default_rng(1).normal(size=(20, 3))
FIT = {"hidden_layer_sizes": (4,), "max_epochs": 2, "random_state": 0, "scale": "standard"}


def text():
    return ("a,b,c\n" + "\n".join(",".join(map(repr, row)) for row in CELLS.tolist())).encode()


def arrow():
    return pyarrow.table({name: CELLS[:, n] for n, name in enumerate("abc")})


def held(write):
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def hdf5(stream):
    with h5py.File(stream, "w") as file:
        file["data"], file["feature_names"] = CELLS, list("abc")
        file.create_dataset("packed", data=CELLS, compression="gzip", chunks=(7, 2))


def h5ad(stream):
    with h5py.File(stream, "w") as file:
        file["X"] = CELLS
        obs, var = file.create_group("obs"), file.create_group("var")
        obs.attrs["_index"] = var.attrs["_index"] = "_index"
        obs["_index"], var["_index"] = [f"r{n}" for n in range(20)], list("abc")


FILES = {
    "a.csv": text,
    "a.csv.gz": lambda: gzip.compress(text()),
    "a.tsv": lambda: text().replace(b",", b"\t"),
    "a.h5": lambda: held(hdf5),
    "a.h5ad": lambda: held(h5ad),
    "a.parquet": lambda: held(lambda stream: parquet.write_table(arrow(), stream, row_group_size=9)),
    "a.npy": lambda: held(lambda stream: np.save(stream, CELLS)),
    "a.npz": lambda: held(lambda stream: np.savez(stream, X=CELLS, feature_names=list("abc"))),
    "packed.npz": lambda: held(
        lambda stream: np.savez_compressed(stream, X=CELLS, feature_names=list("abc"))
    ),
    "a.feather": lambda: held(lambda stream: feather.write_feather(arrow(), stream, chunksize=9)),
}


@pytest.fixture
def bucket(tmp_path):
    """A folder in fsspec's memory, emptied afterwards."""
    system = fsspec.filesystem("memory")
    yield "memory://tables"
    system.rm("/tables", recursive=True) if system.exists("/tables") else None


def put(bucket, name):
    with fsspec.open(f"{bucket}/{name}", "wb") as handle:
        handle.write(FILES[name]())
    return f"{bucket}/{name}"


@pytest.mark.parametrize("name", FILES)
def test_a_remote_file_is_read_and_trained_on_as_its_array(bucket, name):
    address = put(bucket, name)
    with diabolo.open(address) as source:
        assert source.name.startswith(address)
        assert source.feature_names == (None if name == "a.npy" else ("a", "b", "c"))
        np.testing.assert_array_equal(source[:], CELLS)
        np.testing.assert_array_equal(source.read([17, 3, 3], slice(1, 3)), CELLS[[17, 3, 3], 1:])
        fitted = diabolo.Autoencoder(**FIT).fit(source)
        codes = fitted.transform(source)
    expected = diabolo.Autoencoder(**FIT).fit(CELLS)
    np.testing.assert_array_equal(codes, expected.transform(CELLS))


def test_a_dataset_is_named_in_the_address(bucket):
    with diabolo.open(f"{put(bucket, 'a.h5')}::packed") as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.is_compressed


def test_a_remote_store(bucket):
    group = zarr.open_group(f"{bucket}/a.zarr", mode="w")
    group.create_array("data", data=CELLS, chunks=(7, 2))
    with diabolo.open(f"{bucket}/a.zarr") as source:
        np.testing.assert_array_equal(source[:], CELLS)


def test_the_command_line_takes_addresses(bucket, tmp_path):
    address = put(bucket, "a.csv.gz")
    model, codes = tmp_path / "m.diabolo", tmp_path / "codes.npy"
    words = ["--hidden", "4", "--epochs", "2", "--scale", "standard", "--quiet"]
    main(["fit", address, "-o", str(model), *words])
    main(["encode", str(model), address, "-o", str(codes)])
    expected = diabolo.Autoencoder(**FIT).fit(CELLS).transform(CELLS)
    np.testing.assert_array_equal(np.load(codes), expected)


def said(address, kind=DiaboloError):
    with pytest.raises(kind) as caught:
        diabolo.open(address)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "suffix", [".csv", ".h5", ".parquet", ".feather", ".h5ad", ".npy", ".npz", ".xlsx", ".zarr"]
)
def test_a_file_that_is_not_there(bucket, suffix):
    address = f"{bucket}/none{suffix}"
    assert said(address, DataFileError) == f"{address} does not exist."


def test_a_damaged_remote_file(bucket):
    for name in ("a.h5", "a.parquet", "a.feather", "a.csv.gz"):
        address = put(bucket, name)
        with fsspec.open(address, "rb") as handle:
            whole = handle.read()
        with fsspec.open(address, "wb") as handle:
            handle.write(whole[: len(whole) // 2])
        assert f"{address} is cut short or damaged" in said(address, DataFileError)


def test_an_address_of_no_known_kind():
    assert said("nonsense://a/b.csv", DataFileError).startswith("nonsense://a/b.csv cannot be read (")
