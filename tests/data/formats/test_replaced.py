"""What a table may replace, made by the libraries that own the formats."""

import os
import stat

import h5py
import numpy as np
import pytest
import zarr

from diabolo.data.formats import WRITTEN, format_of
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError

CELLS = np.arange(6.0).reshape(3, 2)


def write(path, **more):
    with open_sink(path, 3, 2, **more) as sink:
        sink.write(0, CELLS)


def state(path):
    if path.is_file():
        return path.read_bytes()
    return {each.relative_to(path): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def refused(path):
    """Write over a path; return what is said of what stands there, which is still there."""
    before = state(path)
    with pytest.raises(DataFileError) as caught:
        write(path)
    assert state(path) == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    said, kind = str(caught.value), format_of(path).kind().called
    start = f"{path} cannot be written: "
    end = f" stands there, and {kind} replaces none of another kind; choose another name, or remove it first."
    assert said.startswith(start)
    assert said.endswith(end)
    return said.removeprefix(start).removesuffix(end)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_table_replaces_one_that_was_written_before_and_an_empty_file(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".zarr":
        path.mkdir()
    else:
        path.touch()
    more = {} if suffix == ".npy" else {"carried": {"kind": ["a", "b", "c"]}, "column_names": ["v", "w"]}
    for _ in range(3):
        write(path, **more)
    write(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_new_file_has_the_mode_of_the_umask_and_a_replaced_one_its_own(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    whole = 0o777 if suffix == ".zarr" else 0o666
    before = os.umask(0o027)
    try:
        write(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == whole & ~0o027
    path.chmod(0o705)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o705


@pytest.mark.parametrize("suffix", [suffix for suffix in WRITTEN if suffix not in (".csv", ".tsv", ".zarr")])
def test_text_is_replaced_by_text_alone(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_text("notes on a year's work\n")
    assert refused(path) == "a file that holds text"


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_text_in_any_encoding_is_a_text_table(tmp_path, suffix):
    for encoding in ("utf-8", "latin-1", "utf-16", "cp1252"):
        path = tmp_path / f"{encoding}{suffix}"
        path.write_text("größe,a\n1,2\n" * 100, encoding=encoding)
        write(path)
        assert path.read_text().splitlines()[-1].split("," if suffix == ".csv" else "\t") == ["4.0", "5.0"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "a file that holds a PNG picture"),
        (b"%PDF-1.4\n%\xac\xdc \xab\xba", "a file that holds a PDF document"),
        (b"SQLite format 3\0\x10\0", "a file that holds bytes of an unknown kind"),
        (b"\x1f\x8b\x08\0", "a file that holds gzip-compressed bytes"),
        (b"\x93NUMPY\x01\0", "a file that holds a NumPy array, as .npy files do"),
    ],
)
def test_what_is_no_text_is_not_replaced_by_a_text_table(tmp_path, head, said):
    path = tmp_path / "a.csv"
    path.write_bytes(head + bytes(range(256)))
    assert refused(path) == said


def test_other_datasets_of_an_hdf5_file_are_never_lost(tmp_path):
    path = tmp_path / "a.h5"
    for content, said in [
        ({"data": CELLS, "second": CELLS}, "'second'"),
        ({"beta": CELLS}, "'beta'"),
        ({"data": CELLS, "group/inner": CELLS}, "'group'"),
        ({"data": CELLS, "other_rows": np.zeros(7)}, "'other_rows'"),
        ({"data": np.zeros(3)}, "'data'"),
        ({"data": CELLS, "link": h5py.ExternalLink("b.h5", "x")}, "'link'"),
        ({"data": CELLS, "soft": h5py.SoftLink("/data")}, "'soft'"),
        (dict.fromkeys("abcde", CELLS), "'a', 'b', 'c' and 2 more"),
    ]:
        with h5py.File(path, "w") as file:
            for name, values in content.items():
                file[name] = values
        assert refused(path) == f"an HDF5 file with {said}"
    with h5py.File(path, "w") as file:
        file["data"], file["age"], file["names"] = CELLS, np.zeros(3), ["a", "b"]
    write(path)
    with h5py.File(path) as file:
        assert list(file) == ["data"]


def test_other_arrays_of_an_archive_are_never_lost(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, weights=CELLS, bias=np.zeros(2))
    assert refused(path) == "an .npz file with 'weights', 'bias'"
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thesis.docx", b"x")
    assert refused(path) == "a zip archive with 'thesis.docx'"
    np.savez(path, X=CELLS, y=np.zeros(3))
    write(path)


def test_a_folder_that_is_no_store_of_one_table_stays(tmp_path):
    path = tmp_path / "a.zarr"
    path.mkdir()
    (path / "notes.txt").write_text("mine")
    assert refused(path) == "a folder that is no Zarr store"
    (path / "notes.txt").unlink()
    group = zarr.open_group(path, mode="w")
    group.create_array("raw", data=CELLS)
    assert refused(path) == "a Zarr store with 'raw'"
    group = zarr.open_group(path, mode="w")
    group.create_array("data", data=CELLS)
    (path / "notes.txt").write_text("mine")
    assert refused(path) == "a Zarr store with 'notes.txt'"
    (path / "notes.txt").unlink()
    write(path)


def test_a_file_that_is_damaged_stays(tmp_path):
    path = tmp_path / "a.h5"
    write(path)
    path.write_bytes(path.read_bytes()[:600])
    assert refused(path) == "a file that holds HDF5, as .h5 files do"
    path = tmp_path / "b" / "a.npz"
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    assert refused(path) == "a file that holds a zip archive, as .npz and .xlsx files do"
