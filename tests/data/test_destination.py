"""No file is written over one that is read, whatever it is called, nor over one of another kind."""

import gc
import os

import h5py
import numpy as np
import pytest

import diabolo
from diabolo.data.atomic import atomic_path
from diabolo.data.destination import DOWNLOAD, MODEL, PICTURES, SWEEP, TEXT, files_of, is_over, place_of
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError

CELLS = np.arange(6.0).reshape(3, 2)


@pytest.fixture
def named(tmp_path):
    """One file under four names."""
    real = tmp_path / "real"
    real.mkdir()
    path = real / "a.npy"
    np.save(path, CELLS)
    (tmp_path / "soft.npy").symlink_to("real/a.npy")
    (tmp_path / "hard.npy").hardlink_to(path)
    (tmp_path / "folder").symlink_to("real")
    return [path, tmp_path / "soft.npy", tmp_path / "hard.npy", tmp_path / "folder" / "a.npy"]


def test_one_file_is_known_under_all_its_names(named):
    for one in named:
        for other in named:
            assert place_of(one) == place_of(other)
            assert is_over(one, other)
        assert not is_over(one.with_name("b.npy"), one)


def test_a_file_that_is_not_there_yet_is_known_by_its_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling.csv").symlink_to("real/new.csv")
    new = place_of(tmp_path / "real" / "new.csv")
    assert place_of(tmp_path / "link" / "new.csv") == new
    assert place_of(tmp_path / "dangling.csv") == new
    assert place_of(tmp_path / "real" / "other.csv") != new
    assert place_of(tmp_path / "no" / "new.csv") == place_of(tmp_path / "real" / ".." / "no" / "new.csv")


def test_a_folder_that_is_read_is_not_written_into_nor_replaced_from_above(tmp_path):
    store = tmp_path / "a.zarr"
    (store / "data").mkdir(parents=True)
    assert is_over(store / "codes.csv", store)
    assert is_over(store, store / "data" / "0")
    assert not is_over(tmp_path / "codes.csv", store)


def test_what_an_address_stands_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("part-2.npy", "part-1.npy", "odd::name.npy", "star*.npy"):
        np.save(name, CELLS)
    assert files_of("part-*.npy") == ["part-1.npy", "part-2.npy"]
    assert files_of("star*.npy") == ["star*.npy"]
    assert files_of("odd::name.npy") == ["odd::name.npy"]
    assert files_of("a.h5::x/y") == ["a.h5"]
    assert files_of("none-*.npy") == files_of("-") == []


def write(path):
    with open_sink(path, 3, 2) as sink:
        sink.write(0, CELLS)


def test_a_source_that_is_open_is_not_written_over(named):
    before = named[0].read_bytes()
    with diabolo.open(named[0]) as source:
        for path in named:
            with pytest.raises(DataFileError) as caught:
                write(path)
            said = f"{path} cannot be written: it is open for reading; choose another name."
            assert str(caught.value) == said
        np.testing.assert_array_equal(source[:], CELLS)
    assert named[0].read_bytes() == before
    write(named[0])  # closed, it is a file as any other
    assert diabolo.open(named[0])[:].dtype == np.float32


def test_an_address_of_the_disk_is_the_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with (
        diabolo.open(f"file://{path}"),
        pytest.raises(DataFileError, match="it is open for reading"),
        open_sink(path, 3, 2) as sink,
    ):
        sink.write(0, CELLS)
    assert path.read_text() == "a,b\n1,2\n3,4\n"


def test_what_replaces_a_private_file_is_never_open_to_others(tmp_path):
    path = tmp_path / "a.csv"
    path.touch()
    path.chmod(0o600)
    with atomic_path(path, TEXT) as temporary:
        assert temporary.stat().st_mode & 0o077 == 0
        temporary.write_text("a\n")


def test_a_source_that_nobody_holds_is_no_reason(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, CELLS)
    diabolo.open(path)
    gc.collect()
    write(path)


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz", ".h5", ".zarr", ".parquet", ".feather"])
def test_every_format_is_noted_and_so_are_its_views_and_parts(tmp_path, suffix):
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    write(first)
    write(second)
    source = diabolo.open(str(tmp_path / f"*{suffix}")).columns([1])
    for path in (first, second):
        with pytest.raises(DataFileError, match="it is open for reading"):
            write(path)
    source.close()
    write(first)
    write(second)


def test_a_model_a_picture_and_a_list_are_not_written_over_the_table_that_is_read(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"], file["other"] = np.random.default_rng(0).random((20, 3)), CELLS
    before = path.read_bytes()
    with diabolo.open(path, dataset="data") as source:
        model = diabolo.Autoencoder(n_components=1, hidden_layer_sizes=(), max_epochs=1).fit(source)
        with pytest.raises(diabolo.errors.ModelFileError, match="it is open for reading"):
            diabolo.save(model, path)
        screened = diabolo.screen(source, np.arange(20.0), target="numbers")
        with pytest.raises(DataFileError, match="it is open for reading"):
            screened.to_csv(path)
    with pytest.raises(diabolo.errors.ModelFileError) as caught:
        diabolo.save(model, path)
    assert str(caught.value) == (
        f"{path} cannot be written: a file that holds HDF5, as .h5 files do stands there, and a model "
        "replaces none of another kind; choose another name, or remove it first."
    )
    with pytest.raises(DataFileError, match="an HDF5 file with 'other' stands there"):
        diabolo.datasets.make_methylation(path, 5, 100)
    assert path.read_bytes() == before


def test_a_model_replaces_a_model_even_a_damaged_one(tmp_path):
    path = tmp_path / "m.diabolo"
    model = diabolo.Autoencoder(n_components=1, hidden_layer_sizes=(), max_epochs=1).fit(np.eye(3))
    diabolo.save(model, path)
    path.write_bytes(path.read_bytes()[:-10])
    diabolo.save(model, path)
    assert diabolo.load(path).n_features_in_ == 3
    path.write_text('{"__metadata__": "diabolo":')
    with pytest.raises(
        diabolo.errors.ModelFileError, match="a file that holds text stands there, and a model"
    ):
        diabolo.save(model, path)
    from safetensors.numpy import save_file

    save_file({"w": CELLS}, path)
    with pytest.raises(diabolo.errors.ModelFileError, match="stands there, and a model replaces none"):
        diabolo.save(model, path)


@pytest.mark.parametrize("suffix", list(PICTURES))
def test_pictures_replace_pictures_of_their_own_format(tmp_path, suffix):
    import matplotlib.pyplot as plt

    figure = plt.figure()
    for name in PICTURES:
        figure.savefig(tmp_path / f"p{name}")
        found = PICTURES[suffix].other(tmp_path / f"p{name}")
        is_same = name == suffix or {name, suffix} == {".jpg", ".jpeg"}
        assert (found is None) is is_same
        assert TEXT.other(tmp_path / f"p{name}") is None or name != ".svg"
    plt.close(figure)


def test_other_kinds(tmp_path):
    path = tmp_path / "a"
    path.write_text('{"format": "diabolo sweep 1", "settings": {}}\n')
    assert SWEEP.other(path) is None
    assert MODEL.other(path) == DOWNLOAD.other(path) == "a file that holds text"
    path.write_text("{}")
    assert SWEEP.other(path) == "a file that holds text"
    path.write_bytes(b"\x1f\x8b\x08\0")
    assert DOWNLOAD.other(path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_replaced_file_keeps_its_owner(tmp_path):
    path = tmp_path / "a.csv"
    path.touch()
    os.chown(path, 1234, 4321)
    path.chmod(0o640)
    with atomic_path(path, TEXT) as temporary:
        temporary.write_text("a\n")
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 4321, 0o640)


def test_an_owner_that_may_not_be_given_is_no_reason_to_fail(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.touch()
    path.chmod(0o606)

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    real = type(path).stat

    def stat(self, **more):  # as a file of another owner
        found = list(real(self, **more))
        if self.name == "a.csv":
            found[4] += 1
        return os.stat_result(found)

    monkeypatch.setattr(type(path), "stat", stat)
    with atomic_path(path, TEXT) as temporary:
        temporary.write_text("a\n")
    assert path.read_text() == "a\n"
    assert path.stat().st_mode & 0o777 == 0o606
