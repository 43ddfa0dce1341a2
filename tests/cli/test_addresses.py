"""Every verb that reads or writes, with a bucket of a store on this machine in the place of a folder."""

import json
import sys

import numpy as np
import pytest
import zarr
from pyarrow import parquet

import diabolo
from diabolo.data import object_store


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(object_store, "WAITS", (0.01, 0.02))


@pytest.fixture
def bucket(s3, files):
    """The address of a bucket with a table, and a model of it."""
    for path in (files.table, files.model, files.codes):
        s3.fs.put_file(str(path), f"{s3.bucket}/{path.name}")
    return s3.bucket


@pytest.mark.parametrize("suffix", [".parquet", ".zarr"])
def test_codes_of_a_table_there_are_those_of_the_same_table_here(s3, run, files, tmp_path, suffix):
    rows = np.random.default_rng(2).uniform(0, 1, (300, 4)).astype(np.float32)
    here = tmp_path / f"rows{suffix}"
    with diabolo.data.sink.open_sink(here, *rows.shape, column_names=list("wxyz"), chunk_rows=100) as sink:
        sink.write(0, rows)
    there = f"{s3.bucket}/rows{suffix}"
    s3.fs.put(str(here), there, recursive=True)
    model = f"{s3.bucket}/m.diabolo"
    diabolo.save(diabolo.load(files.model), model)
    expected = diabolo.load(files.model).transform(diabolo.open(here))
    np.testing.assert_array_equal(diabolo.load(model).transform(diabolo.open(there)), expected)
    written = f"{s3.bucket}/codes{suffix}"
    assert run("encode", model, there, "-o", written)[::2] == (0, "")
    with diabolo.open(written) as codes:
        assert codes[:].tobytes() == expected.tobytes()
    if suffix == ".parquet":
        with s3.fs.open(written) as handle:
            assert parquet.read_table(handle).num_rows == 300
    else:
        local = tmp_path / "copy.zarr"
        s3.fs.get(written, str(local), recursive=True)
        assert zarr.open(local)["data"].shape == (300, expected.shape[1])


def test_a_fit_there_gives_the_model_that_it_gives_here(bucket, run, files, tmp_path):
    words = ["--labels", "kind", "--hidden", "4", "--epochs", "2", "--quiet"]
    assert run("fit", f"{bucket}/table.csv", "-o", f"{bucket}/new.diabolo", *words)[::2] == (0, "")
    assert run("fit", files.table, "-o", tmp_path / "new.diabolo", *words)[::2] == (0, "")
    rows = diabolo.open(files.table, target="kind")
    there, here = (diabolo.load(f"{place}/new.diabolo").transform(rows) for place in (bucket, tmp_path))
    assert there.tobytes() == here.tobytes()
    status, said, _ = run("inspect", f"{bucket}/new.diabolo", "--json")
    assert status == 0
    assert json.loads(said)["estimator"] == "Autoencoder"


@pytest.mark.parametrize(
    ("words", "written", "begins"),
    [
        ("encode {0}/small.diabolo {0}/table.csv --labels kind", "codes.h5", b"\x89HDF"),
        ("encode {0}/small.diabolo {0}/table.csv --labels kind", "codes.csv", b"autoencoder0,"),
        ("encode {0}/small.diabolo {0}/table.csv --labels kind", "codes.npz", b"PK"),
        ("reconstruct {0}/small.diabolo {0}/table.csv --labels kind", "rows.npy", b"\x93NUMPY"),
        ("decode {0}/small.diabolo {0}/codes.csv --labels kind", "rows.feather", b"ARROW1"),
        ("report {0}/small.diabolo {0}/table.csv --labels kind", "page.html", b"<!doctype html"),
        ("plot codes {0}/small.diabolo {0}/table.csv --labels kind", "map.png", b"\x89PNG"),
        ("screen {0}/table.csv --target kind", "kept.csv", b""),
        ("rechunk {0}/table.csv --labels kind", "rows.h5", b"\x89HDF"),
        ("clean {0}/table.csv --labels kind", "clean.csv", b"w,x,y,z"),
        (
            "sweep {0}/table.csv --keep kind --components 1 --seeds 1 --epochs 1",
            "s.csv",
            b"n_features",
        ),
        ("detect fit {0}/table.csv --labels kind", "d.diabolo", b""),
    ],
)
def test_what_a_verb_writes_there(bucket, s3, run, words, written, begins):
    status, _, err = run(*words.format(bucket).split(), "-o", f"{bucket}/{written}", "--json")
    assert status == 0, err
    assert s3.fs.cat_file(f"{bucket}/{written}").lower().startswith(begins.lower())
    status, _, err = run(*words.format(bucket).split(), "-o", f"{bucket}/{written}", "--json")
    assert status == 0, err  # its own kind is replaced


def test_a_detector_there_scores_there(bucket, s3, run):
    detector = f"{bucket}/d.diabolo"
    assert run("detect", "fit", f"{bucket}/table.csv", "--labels", "kind", "-o", detector, "-q")[0] == 0
    scores = f"{bucket}/scores.csv"
    assert run("detect", "score", detector, f"{bucket}/table.csv", "--labels", "kind", "-o", scores)[0] == 0
    assert s3.fs.cat_file(scores).count(b"\n") == 31
    status, _, err = run("detect", "threshold", detector, "--set", "1.5")
    assert status == 0, err
    assert diabolo.load(detector).threshold_ == 1.5


def test_no_output_is_written_over_an_input_or_another_kind(bucket, s3, run):
    before = s3.fs.cat_file(f"{bucket}/table.csv")
    words = ["encode", f"{bucket}/small.diabolo", f"{bucket}/table.csv", "--labels", "kind"]
    for same in (f"{bucket}/table.csv", bucket.replace("s3://", "s3a://") + "/table.csv"):
        status, _, err = run(*words, "-o", same)
        assert (status, err) == (2, f"diabolo: -o {same} is the file that is read; choose another name.\n")
    status, _, err = run(
        "encode", f"{bucket}/small.diabolo", f"{bucket}/tab*.csv", "-o", f"{bucket}/table.csv"
    )
    assert (status, "is the file that is read" in err) == (2, True)
    s3.fs.pipe_file(f"{bucket}/other.png", before)
    status, _, err = run("plot", "codes", *words[1:], "-o", f"{bucket}/other.png")
    assert (status, err) == (
        1,
        f"diabolo: {bucket}/other.png cannot be written: a file that holds text stands there, and a .png "
        "picture replaces none of another kind; choose another name, or remove it first.\n",
    )
    assert s3.fs.cat_file(f"{bucket}/other.png") == s3.fs.cat_file(f"{bucket}/table.csv") == before


def test_where_nothing_can_be_written_it_is_said_before_the_work(bucket, run, files, monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    words = ["encode", files.model, files.table, "--labels", "kind", "-o"]
    for place, status, said in (
        (
            "https://example.org/codes.csv",
            2,
            "-o {0} is an address of the web, which is read from alone; name a file or a bucket.",
        ),
        (
            "s3://no-such-bucket-here/codes.csv",
            1,
            "{0} cannot be written: there is no bucket 'no-such-bucket-here'; correct its name, or "
            "make it first.",
        ),
        (
            "gs://bucket/codes.csv",
            2,
            '{0} is written by the package gcsfs, which is not installed: pip install "diabolo[gcs]".',
        ),
        ("floppy://a/codes.csv", 1, "{0} cannot be written (Protocol not known: floppy)."),
    ):
        assert run(*words, place) == (status, "", f"diabolo: {said.format(place)}\n")
    assert run("demo", "--out", f"{bucket}/demo") == (
        2,
        "",
        f"diabolo: --out {bucket}/demo is an address, and these files are for a disk; name a folder.\n",
    )
    status, _, err = run(
        *[
            "fit",
            files.table,
            "--labels",
            "kind",
            "-o",
            f"{bucket}/c.diabolo",
            "--checkpoint",
            f"{bucket}/kept",
        ]
    )
    assert (status, err) == (
        2,
        f"diabolo: {bucket}/kept cannot keep checkpoints: they lie on a disk, where a fit has their folder "
        "for itself; name a folder here, and copy it there where it should outlive this machine.\n",
    )
