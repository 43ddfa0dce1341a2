# ruff: noqa: E501 - error messages are shown whole, one a line
import re

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from tests.data.formats.damage import check_damage

from diabolo import open as open_table
from diabolo.data import sparse_source
from diabolo.errors import DataFileError


def put(path, cells, *, kind="csr_matrix", place="X"):
    """Write as AnnData's specification says."""
    with h5py.File(path, "w") as file:
        if kind is None:
            file[place] = cells
        else:
            group = file.create_group(place)
            group.attrs["encoding-type"], group.attrs["shape"] = kind, cells.shape
            row, column = np.nonzero(cells)
            group["data"], group["indices"] = cells[row, column], column.astype("i4")
            group["indptr"] = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(cells)))]).astype(
                "i4"
            )
        obs, var = file.create_group("obs"), file.create_group("var")
        obs.attrs["_index"], var.attrs["_index"] = "cell", "_index"
        obs["cell"] = [f"cell{i}" for i in range(len(cells))]
        var["_index"] = [f"gene{i}" for i in range(cells.shape[1])]
        obs["age"] = np.arange(len(cells)) + 0.5
    return path


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        open_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


CELLS = np.array([[0, 1, 0], [0, 0, 0], [2, 0, 3.0]])


@settings(max_examples=40)
@given(
    hnp.arrays(
        "f4",
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=hnp.from_dtype(np.dtype("i1")).map(lambda x: max(x, 0)),
    )
)
@pytest.mark.parametrize("buffer", [1, 5, 10**6])
def test_sparse_rows_are_filled(tmp_path_factory, buffer, cells):
    path = put(tmp_path_factory.mktemp("h5ad") / "a.h5ad", cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_source, "_BUFFER_CELLS", buffer)
        with open_table(path) as source:
            np.testing.assert_array_equal(source[:], cells)
            np.testing.assert_array_equal(source.read(slice(1, None), slice(1, 4)), cells[1:, 1:4])


def test_another_layer(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS, place="layers/counts")
    with open_table(path, dataset="layers/counts") as source:
        np.testing.assert_array_equal(source[:], CELLS)
    assert error(path) == "FILE has no 'X', which an AnnData file is read by; it has 'layers', 'obs', 'var'."


def test_columns_of_every_kind(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS, kind=None)
    with h5py.File(path, "a") as file:
        obs = file["obs"]
        for name, categories in {"kind": ["a", "b"], "year": [1990, 2000]}.items():
            group = obs.create_group(name)
            group["categories"], group["codes"] = categories, np.array([1, -1, 0], "i1")
        counted = obs.create_group("count")
        counted["values"], counted["mask"] = [1, 2, 3], [False, True, False]
        obs.create_group("unknown")
    with open_table(path, target="kind") as source:
        carried = {name: values.tolist() for name, values in source.carried.items()}
        assert set(carried) == {"age", "kind", "year", "count"}
        assert carried["kind"] == ["b", "", "a"]
        np.testing.assert_array_equal(carried["year"], [2000, np.nan, 1990])
        np.testing.assert_array_equal(carried["count"], [1, np.nan, 3])
        assert source.target_name == "kind"
        assert source.row_names == ("cell0", "cell1", "cell2")
        assert source.feature_names == ("gene0", "gene1", "gene2")
    with open_table(path, target="age", keep_columns=["year"]) as source:
        assert list(source.carried) == ["age", "year"]


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS, kind="csc_matrix")
    assert (
        error(path)
        == "FILE, 'X' is stored as csc_matrix, and a table is read by its rows: convert it with adata.X = adata.X.tocsr() and write it anew."
    )
    path = put(tmp_path / "a.h5ad", CELLS)
    assert error(path, target="aged") == "FILE has no column 'aged' in obs; it has 'age'. Did you mean 'age'?"
    assert error(path, keep_columns=["sex"]) == "FILE has no column 'sex' in obs; it has 'age'."
    with h5py.File(path, "a") as file:
        del file["var/_index"]
        file["var/_index"] = ["g"]
    assert (
        error(path)
        == "FILE, dataset 'X' has the shape (3, 3), and obs and var have 3 and 1 entries: row counts that differ; write the file anew."
    )


@pytest.mark.parametrize("kind", [None, "csr_matrix"])
def test_damage_to_any_structure_of_the_file_is_reported_or_harmless(tmp_path, kind):
    path = put(tmp_path / "a.h5ad", CELLS, kind=kind)
    whole = path.read_bytes()
    spoilt = [whole[:length] for length in range(9, len(whole), 97)]
    for mark in (b"\x89HDF", b"TREE", b"HEAP", b"SNOD", b"GCOL", b"csr_matrix", b"encoding-type", b"_index"):
        found = [each.start() for each in re.finditer(re.escape(mark), whole)]
        spoilt += [whole[:place] + b"none" + whole[place + 4 :] for place in found]
    check_damage(path, spoilt)


def test_a_layer_is_named_as_of_an_object(tmp_path):
    path = tmp_path / "a.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = np.zeros((2, 3))
        file["layers/counts"] = np.arange(6.0).reshape(2, 3)
        for name, length in (("obs", 2), ("var", 3)):
            file[f"{name}/_index"] = [f"{name}{i}" for i in range(length)]
    for dataset in ("counts", "layers/counts"):
        with open_table(path, dataset=dataset) as source:
            np.testing.assert_array_equal(source[:], np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("indptr", lambda a: a * -1, "indptr goes from 0 to -4, and 4 cells are stored"),
        ("indptr", lambda a: a[[0, 2, 1, 3]], "indptr falls after its entry 1"),
        ("indptr", lambda a: a[:-1], "indptr has 3 entries for 3 rows, and should have one more"),
        ("indptr", lambda a: a * np.nan, "indptr holds float64 and no whole numbers"),
        ("indptr", lambda a: a[::-1].copy(), "indptr goes from 4 to 0, and 4 cells are stored"),
        ("indptr", lambda a: a * 0 + [0, 0, 0, 4], "row 2 has 4 cells in 3 columns"),
        ("indptr", lambda a: a.reshape(2, 2), "indptr is no array of one axis"),
        ("indptr", lambda a: np.array([0, 0, 0, 2**64 - 1], "u8"), "indptr goes to 18446744073709551615"),
        ("indices", lambda a: a.astype("f8"), "indices holds float64 and no whole numbers"),
        ("data", lambda a: a[:-1], "indices has 4 entries and data 3"),
        ("indices", lambda a: a[:-1], "indices has 3 entries and data 4"),
    ],
)
def test_sparse_rows_that_contradict_themselves(tmp_path, name, change, said):
    cells = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0], [4.0, 0.0, 0.0]], np.float32)
    path = put(tmp_path / "a.h5ad", cells, kind="csr_matrix")
    with h5py.File(path, "a") as file:
        values = change(file[f"X/{name}"][:])
        del file[f"X/{name}"]
        file[f"X/{name}"] = values
    assert (
        error(path)
        == f"FILE, 'X' is damaged: {said}, so where its rows begin and end cannot be told; write the file anew."
    )


@pytest.mark.parametrize("column", [-1, 3, 2**40])
def test_a_stored_cell_of_a_column_that_there_is_not(tmp_path, column):
    path = put(tmp_path / "a.h5ad", CELLS, kind="csr_matrix")
    with h5py.File(path, "a") as file:
        indices = file["X/indices"][:].astype("i8")
        indices[0] = column
        del file["X/indices"]
        file["X/indices"] = indices
    with open_table(path) as source, pytest.raises(DataFileError) as caught:
        source[:]
    assert (
        str(caught.value)
        == f"{path}::X is damaged: it stores a cell of column {column}, and has columns 0 to 2; make it anew."
    )


def test_a_matrix_whose_shape_is_not_said(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS, kind="csr_matrix")
    with h5py.File(path, "a") as file:
        file["X"].attrs["shape"] = "many"
    assert (
        error(path)
        == "FILE, 'X' is stored as a group, and its attribute 'shape' does not say how many rows and columns it has: write the file anew."
    )


def test_categories_numbered_beyond_their_list(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS)
    with h5py.File(path, "a") as file:
        file["obs/kind/codes"], file["obs/kind/categories"] = np.array([0, 1, 2], "i1"), ["x", "y"]
        file["obs"].attrs["column-order"] = ["age", "kind"]
    assert (
        error(path)
        == "FILE: the column 'kind' of obs or var has categories numbered otherwise than 0 to 1, or -1 for none: write the file anew."
    )


def test_categories_that_a_file_cannot_hold(tmp_path):
    path = put(tmp_path / "a.h5ad", CELLS)
    with h5py.File(path, "a") as file:
        file["obs/kind/codes"] = np.array([0, 1, 2], "i1")
        file.create_dataset("obs/kind/categories", (10**6,), "f8", chunks=(64,))
        file["obs"].attrs["column-order"] = ["age", "kind"]
    said = "FILE is damaged, or packed beyond all measure: the dataset '/obs/kind/categories' would take 200.0 MB of"
    assert error(path).startswith(said)
