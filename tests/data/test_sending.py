"""Files that are written to an address: whole or not at all, over nothing that they may not replace."""

import errno
import tempfile

import numpy as np
import pytest
import s3fs
import zarr
from tests.conftest import absent

import diabolo
from diabolo.data import object_store
from diabolo.data.atomic import atomic_path, atomic_write
from diabolo.data.destination import HTML, MODEL, TEXT
from diabolo.data.rechunk import rechunk
from diabolo.data.remote_file import RemoteFile
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, ModelFileError

ROWS = np.arange(60, dtype=np.float32).reshape(20, 3)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(object_store, "WAITS", (0.01, 0.02))


def write(path, rows=ROWS, **more):
    with open_sink(path, *rows.shape, **more) as sink:
        sink.write(0, rows)


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz", ".h5", ".parquet", ".feather", ".zarr"])
def test_every_format_is_written_there_and_replaces_its_own_kind(s3, suffix):
    address = f"{s3.bucket}/rows{suffix}"
    for rows in (ROWS, ROWS[:5] + 1):
        write(address, rows)
        with diabolo.open(address) as source:
            np.testing.assert_array_equal(source[:], rows)
    fault = (
        "it is a folder" if suffix == ".zarr" else "stands there, and a page replaces none of another kind"
    )
    with pytest.raises(DataFileError, match=fault):
        spoil(address, HTML, None)


def spoil(address, kind, problem):
    """Write a part of a file, and then meet something."""
    with atomic_write(address, kind, "t") as handle:
        handle.write("1,2\n")
        handle.flush()
        assert not RemoteFile(address).exists()
        raise problem


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), ValueError("mine")])
def test_what_is_not_finished_is_not_there(s3, problem):
    address = f"{s3.bucket}/a.csv"
    with pytest.raises(type(problem)):
        spoil(address, TEXT, problem)
    assert not s3.fs.exists(address)


def test_a_full_disk_is_told(s3):
    with pytest.raises(DataFileError) as caught, atomic_path(f"{s3.bucket}/a.csv", TEXT):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == (
        f"{s3.bucket}/a.csv cannot be written: it is prepared in a temporary file in "
        f"{tempfile.gettempdir()}, which cannot be written (No space left on device); set "
        "TMPDIR to a folder on a larger disk."
    )


def test_a_cut_while_it_is_sent_is_tried_again_and_then_told(s3):
    address = f"{s3.bucket}/a.csv"
    s3.cut(2, at="PUT")
    write(address)
    assert s3.n_cuts == 0
    with diabolo.open(address) as source:
        np.testing.assert_array_equal(source[:], ROWS)
    s3.cut(-1, at="PUT")
    with pytest.raises(DataFileError) as caught:
        write(address, ROWS + 1)
    assert str(caught.value).startswith(f"{address} cannot be written: the connection was cut (")
    assert str(caught.value).endswith("); look at the network, and try again (tried 3 times).")


def test_of_parts_that_cannot_all_be_sent_none_stays(s3, monkeypatch):
    if not hasattr(s3fs.core, "calculate_chunksize"):
        absent(f"the parts of s3fs {s3fs.__version__} have one size, of 50 MiB")
    monkeypatch.setattr(s3fs.core, "calculate_chunksize", lambda *given, **named: 5 * 2**20)
    address = f"{s3.bucket}/large.npy"
    # One after the other: moto cannot give up what parts are still being added to.
    monkeypatch.setattr(s3.fs, "max_concurrency", 1)
    rows = np.zeros((2**20, 3), np.float32)  # 12 MiB, three parts
    write(address, rows)
    assert any("uploadId=" in each for each in s3.asked)
    s3.fs.rm(address)
    s3.reset()
    s3.cut(-1, at="partNumber=3")
    with pytest.raises(DataFileError, match="the connection was cut"):
        write(address, rows)
    s3.reset()
    assert not s3.fs.exists(address)
    begun = s3.fs.call_s3("list_multipart_uploads", Bucket=s3.bucket.removeprefix("s3://"))
    assert not begun.get("Uploads")


def test_of_a_zarr_store_what_makes_it_one_is_there_last(s3):
    address = f"{s3.bucket}/rows.zarr"
    write(address, chunk_rows=5)
    puts = [each.split()[1] for each in s3.asked if each.startswith("PUT") and "rows.zarr" in each]
    assert puts[-1].partition("?")[0].endswith("rows.zarr/zarr.json")
    s3.reset()
    s3.cut(-1, at="PUT [^ ]*rows.zarr/data/c/1")
    with pytest.raises(DataFileError) as caught:
        write(address, ROWS + 1, chunk_rows=5)
    assert str(caught.value).endswith("(tried 3 times). What stood there is gone.")
    s3.reset()
    assert not s3.fs.exists(address)  # a half of the new one, or both together, would be read as a whole
    write(address, ROWS + 2, chunk_rows=10)
    assert len(s3.fs.find(f"{address}/data/c")) == 2
    with diabolo.open(address) as source:
        np.testing.assert_array_equal(source[:], ROWS + 2)


def test_what_holds_more_than_a_table_is_not_replaced(s3, tmp_path):
    group = zarr.open_group(tmp_path / "two.zarr", mode="w")
    for name in ("data", "mine"):
        group.create_array(name, data=ROWS)
    s3.fs.put(str(tmp_path / "two.zarr"), f"{s3.bucket}/two.zarr", recursive=True)
    np.savez(tmp_path / "two.npz", X=ROWS, mine=np.eye(7))
    s3.fs.put(str(tmp_path / "two.npz"), f"{s3.bucket}/two.npz")
    for suffix, called in ((".zarr", "a Zarr store"), (".npz", "an .npz file")):
        address = f"{s3.bucket}/two{suffix}"
        with pytest.raises(DataFileError) as caught:
            write(address)
        assert str(caught.value) == (
            f"{address} cannot be written: {called} with 'mine' stands there, and {called} replaces none of "
            "another kind; choose another name, or remove it first."
        )


def test_places_that_cannot_be_written_to(s3):
    s3.fs.pipe_file(f"{s3.bucket}/folder/a.csv", b"1,2\n3,4\n")
    for address, said in (
        (f"{s3.bucket}/folder", "it is a folder; name a file in it."),
        (s3.bucket, "it is a bucket; name a file in it."),
        ("https://example.org/a", "a server of the web is read from alone; name a file or a bucket."),
        (
            "s3://no-such-bucket-here/a",
            "there is no bucket 'no-such-bucket-here'; correct its name, or make it first.",
        ),
    ):
        with pytest.raises(ModelFileError) as caught, atomic_write(address, MODEL, error=ModelFileError):
            pass
        assert str(caught.value) == f"{address} cannot be written: {said}"
    with diabolo.open(f"{s3.bucket}/folder/a.csv"), pytest.raises(DataFileError) as caught:
        write(f"{s3.bucket}/folder/a.csv")
    assert str(caught.value) == (
        f"{s3.bucket}/folder/a.csv cannot be written: it is open for reading; choose another name."
    )


def test_a_model_goes_there_and_comes_back(s3, rows):
    fitted = diabolo.Autoencoder(hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(rows)
    address = f"{s3.bucket}/m.diabolo"
    diabolo.save(fitted, address)
    assert diabolo.load(address).transform(rows).tobytes() == fitted.transform(rows).tobytes()
    assert diabolo.persistence.describe(address)["estimator"] == "Autoencoder"
    s3.fs.pipe_file(f"{s3.bucket}/cut.diabolo", s3.fs.cat_file(address)[:100])
    with pytest.raises(ModelFileError, match=r"cut\.diabolo is not a model that can be loaded: "):
        diabolo.load(f"{s3.bucket}/cut.diabolo")
    s3.cut(-1)
    with pytest.raises(
        ModelFileError, match=r"cannot be read: the connection was cut .* \(tried 3 times\)\.$"
    ):
        diabolo.load(address)


def test_a_report_and_results_go_there(s3, rows):
    fitted = diabolo.Autoencoder(hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(rows)
    diabolo.report(fitted, rows, path=f"{s3.bucket}/page.html")
    assert s3.fs.cat_file(f"{s3.bucket}/page.html").lower().startswith(b"<!doctype html")
    diabolo.screening.screen(rows, np.arange(60)).to_csv(f"{s3.bucket}/kept.csv")
    assert s3.fs.cat_file(f"{s3.bucket}/kept.csv").startswith(b"feature,")
    write(f"{s3.bucket}/rows.npy", rows)
    rechunk(f"{s3.bucket}/rows.npy", f"{s3.bucket}/rows.h5")
    with diabolo.open(f"{s3.bucket}/rows.h5") as source:
        np.testing.assert_array_equal(source[:], rows)
