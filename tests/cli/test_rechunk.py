# ruff: noqa: E501 - error messages are shown whole, one a line
"""``diabolo rechunk``."""

import json

import h5py
import numpy as np
import pytest

import diabolo

CELLS = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)


@pytest.fixture
def columns(tmp_path):
    with h5py.File(tmp_path / "columns.h5", "w") as file:
        file.create_dataset("data", data=CELLS, chunks=(50, 1), compression="gzip")
        file.create_dataset("flipped", data=CELLS.T + 1)
        file["age"], file["feature_names"] = np.arange(50.0), [f"f{n}" for n in range(40)]
    return tmp_path / "columns.h5"


@pytest.mark.parametrize("suffix", [".h5", ".zarr"])
def test_the_table_is_the_same_by_rows(run, columns, tmp_path, suffix):
    out = tmp_path / f"rows{suffix}"
    status, said, err = run("rechunk", columns, "-o", out, "--rows-per-chunk", "8", "--max-memory", "2KB")
    assert (status, err) == (0, "")
    assert said.startswith(f"50 rows of 40 numbers (0.0 MB) written to {out} in ")
    assert said.endswith(" s, in chunks of 8 x 40, with the column 'age'\n")
    with diabolo.open(out) as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.block == (8, 40)
        assert source.feature_names[3] == "f3"
        np.testing.assert_array_equal(source.carried["age"], np.arange(50.0))


def test_json(run, columns, tmp_path):
    record = json.loads(run("rechunk", columns, "-o", tmp_path / "rows.h5", "--json")[1])
    assert record["verb"] == "rechunk"
    assert (record["rows"], record["features"], record["chunk"]) == (50, 40, [50, 40])
    assert record["output"] == str(tmp_path / "rows.h5")
    assert record["seconds"] >= 0


@pytest.mark.parametrize("named", ["option", "address"])
def test_another_dataset_features_first(run, columns, tmp_path, named):
    words = ["--dataset", "flipped"] if named == "option" else []
    path = columns if words else f"{columns}::flipped"
    assert run("rechunk", path, *words, "--transposed", "-o", tmp_path / "rows.h5")[0] == 0
    with diabolo.open(tmp_path / "rows.h5") as source:
        np.testing.assert_array_equal(source[:], CELLS + 1)


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_compressed(run, columns, tmp_path, compression):
    assert run("rechunk", columns, "-o", tmp_path / "rows.h5", "--compression", compression)[0] == 0
    with h5py.File(tmp_path / "rows.h5") as file:
        assert file["data"].compression == compression
        np.testing.assert_array_equal(file["data"][:], CELLS)


def test_a_file_does_not_take_its_own_place(run, columns):
    before = columns.read_bytes()
    for given in (columns, f"{columns}::data"):
        status, _, err = run("rechunk", given, "-o", columns)
        assert (status, err) == (2, f"diabolo: -o {columns} is the file that is read; choose another name.\n")
    assert columns.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "out", "status", "said"),
    [
        (["--max-memory", "lots"], "rows.h5", 2, "--max-memory 'lots' is not possible; give bytes, or such as 2GB."),
        (["--max-memory", "0"], "rows.h5", 2, "0"),
        (["--max-memory", "100"], "rows.h5", 2, "--max-memory 100 holds no row"),
        (["--rows-per-chunk", "0"], "rows.h5", 2, "--rows-per-chunk 0 is not possible; expected a whole number, 1 or more."),
        ([], "rows.npy", 2, "rows.npy cannot be chunked by rows: name a file that has chunks, one of .h5, .hdf5, .zarr."),
        (["--dataset", "beta"], "rows.h5", 1, "'beta'"),
        (["--compression", "zip"], "rows.h5", 1, "it is None, 'gzip' or 'lzf'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(run, columns, tmp_path, typed, out, status, said):
    found, told, err = run("rechunk", columns, *typed, "-o", tmp_path / out)
    assert (found, told) == (status, "")
    assert said in " ".join(err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["columns.h5"]


def test_a_file_that_is_not_there(run, tmp_path):
    status, _, err = run("rechunk", tmp_path / "none.h5", "-o", tmp_path / "rows.h5")
    assert status == 1
    assert "none.h5" in err
    assert list(tmp_path.iterdir()) == []
