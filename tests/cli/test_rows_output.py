# ruff: noqa: E501 - error messages are shown whole, one a line
"""Rows written by ``diabolo encode`` and ``reconstruct``: in any format, block by block, parted as in the fit."""

import csv
import errno
import json
import shutil

import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo.data.formats.csv import CsvSink
from diabolo.data.formats.hdf5 import Hdf5Sink
from diabolo.data.sink import open_sink

SUFFIXES = [".h5", ".zarr", ".parquet", ".npz", ".csv"]


@pytest.fixture(scope="module")
def expected(wide):
    """The estimator's own codes and rows."""
    model = diabolo.load(wide.model)
    del model.feature_names_in_
    return model.transform(wide.rows), model.reconstruct(wide.rows)


def carried(source):
    return {name: source.carried[name].tolist() for name in ("age", "person")}


def opened(path):
    return diabolo.open(path, target="age", keep_columns=["person"])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_codes_in_any_format(run, wide, tmp_path, expected, suffix):
    out = tmp_path / f"codes{suffix}"
    status, said, err = run("encode", wide.model, wide.table, "-o", out)
    assert (status, err) == (0, "")
    assert said.startswith(f"40 codes of 2 numbers written to {out}, with the columns 'age', 'person'\n")
    with opened(out) as source:
        np.testing.assert_array_equal(source[:].astype(np.float32), expected[0])
        assert source.feature_names == ("autoencoder0", "autoencoder1")
        assert carried(source) == {"age": wide.age.tolist(), "person": wide.person.tolist()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rebuilt_rows_in_any_format(run, wide, tmp_path, expected, suffix):
    out = tmp_path / f"rows{suffix}"
    status, _, err = run("reconstruct", wide.model, wide.table, "--errors", "-o", out)
    assert (status, err) == (0, "")
    with opened(out) as source:
        assert source.feature_names == (*wide.names, "reconstruction_error")
        np.testing.assert_array_equal(source[:][:, :6].astype(np.float32), expected[1])
        errors = ((wide.rows.astype(np.float64) - expected[1]) ** 2).mean(axis=1)
        np.testing.assert_allclose(source[:][:, 6], errors, rtol=1e-5)
        assert carried(source)["age"] == wide.age.tolist()


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".npz"])
def test_rows_from_any_format(run, wide, tmp_path, expected, suffix):
    path = tmp_path / f"in{suffix}"
    frame = pd.DataFrame(wide.rows, columns=wide.names).assign(age=wide.age)
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        np.savez(path, X=wide.rows, age=wide.age)
    assert run("encode", wide.model, path, "--labels", "age", "-o", tmp_path / "codes.npz")[0] == 0
    # As text a number has the digits that tell it from its neighbors in float32, not those of all its bits.
    np.testing.assert_allclose(np.load(tmp_path / "codes.npz")["X"], expected[0], rtol=1e-5, atol=1e-6)


def test_blocks_make_the_same_file(run, wide, tmp_path, expected, monkeypatch):
    from diabolo.training import forward

    monkeypatch.setattr(forward, "evaluation_batch_size", lambda widest: 7)
    for suffix in (".h5", ".csv"):
        assert run("encode", wide.model, wide.table, "-o", tmp_path / f"codes{suffix}")[0] == 0
        with opened(tmp_path / f"codes{suffix}") as source:
            np.testing.assert_allclose(source[:], expected[0], atol=1e-6)


# Parted as in the fit


@pytest.mark.parametrize("suffix", [".csv", ".h5"])
def test_a_split_is_that_of_the_fit(run, wide, tmp_path, expected, suffix):
    out = tmp_path / f"codes{suffix}"
    status, said, err = run("encode", wide.model, wide.table, "--split", "-o", out)
    assert (status, err) == (0, "")
    assert not out.exists()
    training, held_out = diabolo.load(wide.model).hold_out_.split(40, wide.person)
    assert len(np.intersect1d(training, held_out)) == 0
    assert len(training) + len(held_out) == 40
    people = []
    for part, rows in (("train", training), ("held-out", held_out)):
        place = tmp_path / f"codes-{part}{suffix}"
        assert f"{len(rows)} codes of 2 numbers written to {place}, with the columns 'age', 'person'" in said
        with opened(place) as source:
            np.testing.assert_allclose(source[:], expected[0][rows], atol=1e-6)
            assert carried(source)["age"] == wide.age[rows].tolist()
            people.append(set(carried(source)["person"]))
    assert not people[0] & people[1]


def test_the_two_files_are_ready_for_another_tool(run, wide, tmp_path):
    """A regression on the training codes, tried on the others, by column names alone."""
    from sklearn.linear_model import LinearRegression

    run("encode", wide.model, wide.table, "--split", "-o", tmp_path / "c.csv")
    train, test = (pd.read_csv(tmp_path / f"c-{part}.csv") for part in ("train", "held-out"))
    assert list(train) == list(test) == ["autoencoder0", "autoencoder1", "age", "person"]
    model = LinearRegression().fit(train[["autoencoder0", "autoencoder1"]], train["age"])
    assert np.isfinite(model.score(test[["autoencoder0", "autoencoder1"]], test["age"]))


def test_json_names_both(run, wide, tmp_path):
    words = ["encode", wide.model, wide.table, "--split", "-o", tmp_path / "c.csv", "--json"]
    record = json.loads(run(*words)[1])
    assert record["output"] == [str(tmp_path / "c-train.csv"), str(tmp_path / "c-held-out.csv")]
    assert (record["rows"], record["carried"]) == (40, ["age", "person"])


def test_the_next_command(run, wide, tmp_path):
    _, said, _ = run("encode", wide.model, wide.table, "--split", "-o", tmp_path / "c.csv")
    assert f"diabolo plot codes {tmp_path / 'c-train.csv'} --labels age" in said.splitlines()[-1]


def test_a_model_without_held_out_rows_cannot_split(run, files, tmp_path):
    words = ["encode", files.model, files.table, "--labels", "kind", "--split", "-o", tmp_path / "c.csv"]
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert f"but {files.model} was fitted without --hold-out; fit it with --hold-out 0.2, or leave" in err
    assert list(tmp_path.iterdir()) == []


def test_a_split_does_not_write_over_what_is_read(run, wide, tmp_path):
    table = tmp_path / "c-train.h5"
    shutil.copy(wide.table, table)
    status, _, err = run("encode", wide.model, table, "--split", "-o", tmp_path / "c.h5")
    assert status == 2
    assert "is the file that is read" in err
    assert table.read_bytes() == wide.table.read_bytes()


# What goes wrong


@pytest.mark.parametrize("verb", ["encode", "reconstruct"])
@pytest.mark.parametrize(("suffix", "sink"), [(".h5", Hdf5Sink), (".csv", CsvSink)])
def test_a_disk_that_fills_up(run, wide, tmp_path, monkeypatch, verb, suffix, sink):
    from diabolo.training import forward

    monkeypatch.setattr(forward, "evaluation_batch_size", lambda widest: 7)
    write, out = sink._write, tmp_path / f"out{suffix}"
    stood = b"what,stood,there\n"
    if suffix == ".h5":
        with open_sink(out, 1, 1) as made:
            made.write(0, np.ones((1, 1)))
        stood = out.read_bytes()
    out.write_bytes(stood)

    def full(self, start, block):
        if start >= 14:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, start, block)

    monkeypatch.setattr(sink, "_write", full)
    status, said, err = run(verb, wide.model, wide.table, "-o", out)
    assert (status, said) == (1, "")
    assert err.startswith(f"diabolo: {out} cannot be written (No space left on device)")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_bytes() == stood


@pytest.mark.parametrize("verb", ["encode", "reconstruct"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": np.full((3, 6), np.nan)}, "contains NaN: Autoencoder found it first in row 0, column 0 ('site0')"),
        ({"data": np.zeros((3, 5)), "feature_names": None}, "has 5 columns and the model was trained on 6"),
        ({"data": None, "beta": np.zeros((3, 6)), "m": np.zeros((3, 6))}, "has 2 datasets of two axes: name one with"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit(run, wide, tmp_path, verb, change, said):
    table = wide.written(tmp_path / "t.h5", age=None, person=None, **change)
    status, out, err = run(verb, wide.model, table, "-o", tmp_path / "out.h5")
    assert (status, out) == (1, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["t.h5"]


def test_carried_text_with_commas_and_quotes(run, wide, tmp_path):
    notes = [f'{n}, "so"' for n in range(40)]
    table = wide.written(tmp_path / "t.h5", person=notes)
    assert run("encode", wide.model, table, "-o", tmp_path / "c.csv")[0] == 0
    with (tmp_path / "c.csv").open(newline="") as handle:
        assert [row[-1] for row in csv.reader(handle)][1:] == notes


@pytest.fixture(scope="module")
def float64_table(tmp_path_factory):
    """A table whose cells float32 cannot hold, with names of rows and columns, a target and a person."""
    import h5py

    random = np.random.default_rng(4)
    path = tmp_path_factory.mktemp("f8") / "table.h5"
    cells = random.normal(size=(30, 5)) + 1.7e9
    with h5py.File(path, "w") as file:
        file["data"], file["age"] = cells, cells[:, 1] - 1.7e9
        file["person"] = [f"p{n // 2}" for n in range(30)]
        file["row_names"], file["feature_names"] = [f"r{n}" for n in range(30)], list("abcde")
    return path, cells


@pytest.mark.parametrize("suffix", [".h5", ".zarr", ".parquet", ".feather", ".npz", ".csv"])
def test_names_columns_and_types_survive_screening(run, float64_table, tmp_path, suffix):
    path, cells = float64_table
    out = tmp_path / f"kept{suffix}"
    assert run("screen", path, "--target", "age", "--top", "2", "-o", out)[0] == 0
    with diabolo.open(path) as whole, diabolo.open(out, target="age", keep_columns=["person"]) as kept:
        assert kept.dtype == np.float64
        assert kept.row_names == whole.row_names == tuple(f"r{n}" for n in range(30))
        assert "b" in kept.feature_names
        places = [whole.feature_names.index(name) for name in kept.feature_names]
        np.testing.assert_array_equal(kept[:], cells[:, places])
        for name in ("age", "person"):
            assert kept.carried[name].tolist() == whole.carried[name].tolist()


@pytest.mark.parametrize("suffix", [".h5", ".zarr"])
def test_names_columns_and_types_survive_rechunking(run, float64_table, tmp_path, suffix):
    path, cells = float64_table
    assert run("rechunk", path, "-o", tmp_path / f"rows{suffix}")[0] == 0
    with diabolo.open(path) as whole, diabolo.open(tmp_path / f"rows{suffix}") as again:
        np.testing.assert_array_equal(again[:], cells)
        assert (again.dtype, again.row_names, again.feature_names) == (
            whole.dtype,
            whole.row_names,
            whole.feature_names,
        )
        assert {name: values.tolist() for name, values in again.carried.items()} == {
            name: values.tolist() for name, values in whole.carried.items()
        }


@pytest.mark.parametrize("verb", ["encode", "reconstruct", "detect score"])
def test_names_of_rows_go_with_what_is_made_of_them(run, float64_table, tmp_path, verb):
    path, _ = float64_table
    words = ["--hidden", "3", "-e", "1", "--scale", "standard", "--quiet"] if "detect" not in verb else ["-q"]
    kind = ["detect", "fit"] if "detect" in verb else ["fit"]
    assert run(*kind, path, "-o", tmp_path / "m.diabolo", *words)[0] == 0
    assert run(*verb.split(), tmp_path / "m.diabolo", path, "-o", tmp_path / "out.csv")[0] == 0
    with (tmp_path / "out.csv").open(newline="") as handle:
        lines = list(csv.DictReader(handle))
    assert [line["row_names"] for line in lines] == [f"r{n}" for n in range(30)]
    assert [line["person"] for line in lines] == [f"p{n // 2}" for n in range(30)]
    assert (
        run(*verb.split(), tmp_path / "m.diabolo", path, "-o", tmp_path / "out.npy")[2].count("'row_names'")
        == 1
    )
