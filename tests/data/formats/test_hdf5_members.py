"""Groups and datasets of an HDF5 file, found without leaving it."""

# ruff: noqa: E501 - error messages are shown whole, one a line
import h5py
import numpy as np
import pytest

import diabolo
from diabolo.data.formats.hdf5_members import arrays_in, member
from diabolo.errors import DataFileError

CELLS = np.arange(12.0).reshape(4, 3)


def refused(path, **options):
    with pytest.raises(DataFileError) as caught:
        diabolo.open(path, **options)
    return str(caught.value).replace(str(path), "FILE")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def test_links_inside_of_the_file_are_followed(path):
    with h5py.File(path, "w") as file:
        file["a/b/data"] = CELLS
        file["soft"], file["a/near"] = h5py.SoftLink("/a"), h5py.SoftLink("b")
        assert member(file, "soft/near/data", path).name == "/a/b/data"
        assert member(file["a"], "/a/b", path).name == "/a/b"
        assert member(file, "a/c", path) is None
        assert member(file, "a/b/data/c", path) is None
    with diabolo.open(f"{path}::soft/near/data") as source:
        assert source.shape == (4, 3)


def test_groups_in_a_circle_are_gone_through_once(path):
    with h5py.File(path, "w") as file:
        file["a/data"] = CELLS
        file["a/again"], file["a/top"] = file["a"], file["/"]
        assert list(arrays_in(file, path)) == ["a/data"]


def test_links_in_a_circle(path):
    with h5py.File(path, "w") as file:
        file["one"], file["other"] = h5py.SoftLink("/other"), h5py.SoftLink("/one")
        file["data"] = CELLS
    assert (
        refused(path, dataset="one")
        == "FILE has links that lead in a circle at 'one': name the dataset itself."
    )


def test_groups_too_deep(path):
    with h5py.File(path, "w") as file:
        file["/".join(["g"] * 150) + "/data"] = CELLS
    assert (
        refused(path)
        == "FILE has groups in groups, more than 100 deep: name a dataset with dataset, or write the file anew."
    )


def test_cells_in_other_files_are_read_where_it_is_said(path, tmp_path):
    outside = tmp_path / "cells"
    CELLS.tofile(outside)
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (4, 3), "f8", external=[(str(outside), 0, 96)])
    assert (
        refused(path)
        == f"FILE: the dataset '/data' has its cells in '{outside}', and other files are read only where that is asked for: name that file itself, or say follow_links=True if you trust who made this one."
    )
    with diabolo.open(path, follow_links=True) as source:
        np.testing.assert_array_equal(source[:], CELLS)


def test_a_virtual_dataset_made_of_itself(path):
    with h5py.File(path, "w") as file:
        layout = h5py.VirtualLayout((4, 3), "f8")
        layout[:] = h5py.VirtualSource("a.h5", "data", (4, 3))
        file.create_virtual_dataset("data", layout)
    assert refused(path) == "FILE: the dataset '/data' is made of itself: write the file anew."


def test_a_virtual_dataset_of_its_own_file(path):
    with h5py.File(path, "w") as file:
        file["cells"] = CELLS
        layout = h5py.VirtualLayout((4, 3), "f8")
        layout[:] = h5py.VirtualSource(".", "cells", (4, 3))
        file.create_virtual_dataset("data", layout)
    with diabolo.open(path) as source:
        np.testing.assert_array_equal(source[:], CELLS)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda file: file.create_dataset("label", (4,), "S100000000", chunks=(1,)),
            "FILE is damaged, or packed beyond all measure: the dataset '/label' would take 2.00 GB of memory, and the file has",
        ),
        (
            lambda file: file.create_dataset("feature_names", (3,), "S100000000", chunks=(1,)),
            "FILE is damaged, or packed beyond all measure: the dataset '/feature_names' would take 1.50 GB of memory, and",
        ),
        (
            lambda file: file.create_dataset("data", (2, 2**33), "f4", chunks=(2, 64)),
            "FILE is damaged, or packed beyond all measure: a block of 1 x 8,589,934,592 cells would take 34.36 GB",
        ),
        (
            lambda file: file.create_dataset(
                "data", (2**14, 2**14), "f4", chunks=(2**14, 2**14), compression="gzip"
            ),
            "FILE is damaged, or packed beyond all measure: a block of 16,384 x 16,384 cells would take 1.07 GB of memory",
        ),
    ],
)
def test_what_a_file_cannot_hold_is_not_set_aside(path, make, said):
    with h5py.File(path, "w") as file:
        if make(file).name != "/data":
            file["data"] = CELLS
    assert refused(path).startswith(said)


def test_columns_that_are_none(path):
    with h5py.File(path, "w") as file:
        file["data"] = CELLS
        file.create_dataset("kind", (4,), h5py.string_dtype())
        file["kind"].id.get_type()
        kind = file["kind"]
        kind[:] = list("abcd")
    held = bytearray(path.read_bytes())
    place = held.find(b"\x19\x01\x01\x00\x10\x00\x00\x00")
    assert place > 0
    held[place + 1] = 2  # neither a sequence nor a text
    path.write_bytes(held)
    assert (
        refused(path, target="kind")
        == "FILE, dataset 'kind' holds values of type object, and a target must be of numbers or of text: convert it first."
    )
