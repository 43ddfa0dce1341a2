# ruff: noqa: E501 - error messages are shown whole, one a line


import decimal

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.array_source import ArraySource
from diabolo.data.in_memory import anndata_source, in_memory_table, kind_of, set_aside
from diabolo.data.sparse_source import SparseSource
from diabolo.errors import DiaboloError, InputError, InputTypeError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)
NAMES = ["a", "b", "c"]
COUNTS = np.array([[0, 1, 0], [0, 0, 0], [2, 0, 3.0], [0, 4, 0]])
OBS = pandas.DataFrame(
    {
        "kind": pandas.Categorical(["b", None, "a", "b"]),
        "age": [30.5, 40, 50, np.nan],
        "count": pandas.array([1, None, 3, 4], dtype="Int64"),
    },
    index=[f"cell{i}" for i in range(4)],
)


class Wrapped:
    def __array__(self, dtype=None, copy=None):
        return CELLS


class AnnData:
    X, layers, obs = CELLS, {"counts": CELLS * 2}, pandas.DataFrame({"age": [1, 2, 3, 4]})
    obs_names, var_names = obs.index, NAMES


AnnData.__module__ = "anndata"


def read_only():
    array = CELLS.copy()
    array.flags.writeable = False
    return array


def on_disk(folder):
    array = np.memmap(folder / "a.bin", np.float64, "w+", shape=CELLS.shape)
    array[:] = CELLS
    return array


TABLES = {
    "C": CELLS,
    "Fortran": np.asfortranarray(CELLS),
    "big-endian": CELLS.astype(">f8"),
    "half": CELLS.astype("f2"),
    "whole": CELLS.astype("u1"),
    "read-only": read_only(),
    "every other": np.repeat(CELLS, 2, 1)[:, ::2],
    "lists": CELLS.tolist(),
    "lists of whole numbers": CELLS.astype(int).tolist(),
    "objects": CELLS.astype(object),
    "decimals": [[decimal.Decimal(int(cell)) for cell in row] for row in CELLS],
    "wrapped": Wrapped(),
    "pandas": pandas.DataFrame(CELLS, columns=NAMES),
    "polars": polars.DataFrame(CELLS, schema=NAMES),
    "Arrow": pyarrow.table(dict(zip(NAMES, CELLS.T, strict=True))),
    "sparse": scipy.sparse.csr_array(CELLS),
    "sparse columns": scipy.sparse.csc_matrix(CELLS),
    "AnnData": AnnData(),
}


def error(given, kind=DiaboloError, **options):
    with pytest.raises(kind) as caught:
        in_memory_table(given, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("owner", [None, "PCA"])
@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table(kind, owner):
    source = in_memory_table(TABLES[kind], owner=owner)
    np.testing.assert_array_equal(source[:], CELLS)
    np.testing.assert_array_equal(source[[3, 0, 0]], CELLS[[3, 0, 0]])
    assert source.in_memory
    assert (source.name == "Input X") == (owner is not None)


class OwnFrame(pandas.DataFrame):
    pass


class OwnAnnData(AnnData):
    pass


class Stream:
    def __arrow_c_stream__(self, requested_schema=None):
        raise AssertionError


Stranger = type("AnnData", (), {"__module__": "elsewhere"})


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (AnnData(), "AnnData"),
        (OwnAnnData(), "AnnData"),
        (Stranger(), None),
        (pandas.DataFrame(), "frame"),
        (polars.DataFrame(), "frame"),
        (OwnFrame(), "frame"),
        (pandas.Series([1]), None),
        (polars.Series([1]), None),
        (polars.LazyFrame(), None),
        (pyarrow.table({"a": [1]}), "Arrow"),
        (pyarrow.table({"a": [1]}).to_batches()[0], "Arrow"),
        (Stream(), "Arrow"),
        *((scipy.sparse.eye_array(3, format=each), "sparse") for each in ("csr", "csc", "coo", "dia", "lil")),
        (scipy.sparse.csr_matrix((2, 2)), "sparse"),
        (np.zeros((2, 2)), None),
        ([1], None),
    ],
)
def test_kinds_are_known_without_importing_their_libraries(thing, kind):
    assert kind_of(thing) == kind


def test_a_file_mapped_to_memory(tmp_path):
    array = on_disk(tmp_path)
    source = in_memory_table(array)
    np.testing.assert_array_equal(source[:], CELLS)
    assert np.shares_memory(source.peek(slice(2)), array)


@pytest.mark.parametrize("kind", ["C", "Fortran", "big-endian", "half", "read-only", "every other", "pandas"])
def test_nothing_is_copied(kind):
    given = TABLES[kind]
    array = given.to_numpy() if kind == "pandas" else given
    assert np.shares_memory(in_memory_table(given).peek(slice(0, 2)), array)


@pytest.mark.parametrize("kind", ["C", "Fortran", "lists", "sparse", "sparse columns"])
def test_the_other_axis_along_the_rows(kind):
    np.testing.assert_array_equal(in_memory_table(TABLES[kind], rows="last")[:], CELLS.T)


@given(st.lists(st.integers(-5, 4), unique_by=lambda i: i % 5, min_size=1, max_size=4), st.booleans())
def test_columns_are_taken_out_by_their_numbers(numbers, sparse):
    cells = np.arange(30).reshape(6, 5)
    target, *kept = numbers
    source = in_memory_table(
        scipy.sparse.csr_array(cells) if sparse else cells, target=target, keep_columns=kept
    )
    np.testing.assert_array_equal(source[:], np.delete(cells, numbers, axis=1))
    np.testing.assert_array_equal(source.carried["label"], cells[:, target])
    assert source.target_name == "label"
    for number in kept:
        np.testing.assert_array_equal(source.carried[f"column_{number % 5}"], cells[:, number])


def test_a_table_that_keeps_its_columns_passes_as_it_is():
    source = ArraySource(CELLS)
    assert set_aside(source, None, None) is source


@pytest.mark.parametrize("kind", ["pandas", "polars", "Arrow"])
def test_columns_are_taken_out_by_their_names(kind):
    source = in_memory_table(TABLES[kind], target="b", keep_columns=["a"])
    np.testing.assert_array_equal(source[:], CELLS[:, 2:])
    assert source.target_name == "b"
    assert source.carried["b"].tolist() == CELLS[:, 1].tolist()


def test_a_layer_and_a_column_of_an_anndata_object():
    source = in_memory_table(AnnData(), dataset="counts", target="age")
    np.testing.assert_array_equal(source[:], CELLS * 2)
    assert source.carried["age"].tolist() == [1, 2, 3, 4]


def test_missing_objects():
    np.testing.assert_array_equal(in_memory_table([[1, None], [2.5, 3]])[:], [[1, np.nan], [2.5, 3]])


def test_text_that_reads_as_numbers_is_numbers():
    for table in ([["1", "2.5"]], np.array([["1", "2.5"]]), np.array([["1", 2.5]], object)):
        for owner in (None, "PCA"):
            np.testing.assert_array_equal(in_memory_table(table, owner=owner)[:], [[1, 2.5]])


def test_columns_of_an_array_of_objects_are_carried():
    table = np.array([["x", 1, "2.5", "7"], ["y", 3, None, "8"]], object)
    source = in_memory_table(table, target=-1, keep_columns=[0])
    np.testing.assert_array_equal(source[:], [[1, 2.5], [3, np.nan]])
    assert source.carried["label"].tolist() == [7, 8]
    assert source.carried["column_0"].tolist() == ["x", "y"]
    assert source.target_name == "label"


ADVICE = "PCA needs numbers: drop that column, turn it to numbers, or carry it beside the features: diabolo.open(X, keep_columns"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([["1", "2"], ["x", "3"]], f"X holds text in column 0 ('x' in row 1). {ADVICE}=[0])."),
        (np.array([["a", "b"]]), "X holds text in columns 0 ('a' in row 0) and 1 ('b' in row 0). PCA needs numbers: "),
        (pandas.DataFrame({"a": [1], "b": ["x"]}), f"X holds text in column 1 ('b', 'x' in row 0). {ADVICE}=['b'])."),
        (np.array([["2020"]], "M8[D]"), f"X holds dates in column 0. {ADVICE}=[0])."),
        (CELLS * 1j, "Complex data not supported: PCA got X of dtype complex128. Pass the real and imaginary parts as separate columns."),
        (CELLS[0], "Input X has the shape (3,); a table has two axes, rows and columns."),
    ],
)  # fmt: skip
def test_what_an_estimator_refuses(given, said):
    assert error(given, InputError, owner="PCA").startswith(said)


@pytest.mark.parametrize("given", [object(), [[1], [2, 3]], {1: 2}, CELLS * 1j, ["a"]])
def test_what_is_no_table(given):
    said = error(given, InputTypeError)
    assert said == f"a {type(given).__name__} is no table: give a path, an array or a data frame."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([["a"]], "the array holds text in column 0 ('a' in row 0). Features are numbers: carry that column"),
        ([[1, object()]], "the array holds cells of type object in column 1"),
        (
            np.array([["2020"]], "M8[D]"),
            "the array holds dates in column 0. Features are numbers: carry that",
        ),
    ],
)
def test_columns_that_are_no_numbers(given, said):
    assert error(given, InputError).startswith(said)


def test_masked_cells():
    np.testing.assert_array_equal(in_memory_table(np.ma.masked_equal(CELLS, 5))[1], [3, 4, np.nan])
    np.testing.assert_array_equal(in_memory_table(np.ma.masked_equal(CELLS, -1))[:], CELLS)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("C", {"dataset": "x"}, "dataset='x' means nothing to an array: leave it out."),
        ("sparse", {"dataset": "x"}, "dataset='x' means nothing to a sparse table: leave it out."),
        ("pandas", {"rows": "last"}, "rows='last' means nothing to a data frame: leave it out."),
        ("polars", {"dataset": "x"}, "dataset='x' means nothing to a data frame: leave it out."),
        ("Arrow", {"rows": "last"}, "rows='last' means nothing to an Arrow table: leave it out."),
        ("AnnData", {"rows": "last"}, "rows='last' means nothing to an AnnData object: leave it out."),
    ],
)
def test_options_that_mean_nothing(kind, options, said):
    assert error(TABLES[kind], ParameterError, **options) == said


def test_columns_that_are_not_there():
    assert (
        error(CELLS, target=3) == "the array has 3 columns, numbered 0 to 2, so target=3 is not one of them."
    )
    assert error(CELLS, target="age").startswith(
        "the array has no column names, so target='age' names nothing: give the column's number, 0 to 2"
    )
    assert error(TABLES["pandas"], target="d").startswith(
        "the data frame has no column named 'd'; it has 'a', 'b', 'c'."
    )


class SingleCells:
    """Stands in for the package's class, of which the source uses these attributes alone."""

    def __init__(self, X, layers=(), obs=OBS):
        self.X, self.layers, self.obs = X, dict(layers), obs
        self.var = pandas.DataFrame(index=[f"gene{i}" for i in range(3)])

    @property
    def obs_names(self):
        return self.obs.index

    @property
    def var_names(self):
        return self.var.index


SingleCells.__module__, SingleCells.__name__ = "anndata._core.anndata", "AnnData"


class OnDisk:
    """As AnnData's sparse tables of a file that is open: sliced, never a matrix."""

    shape = COUNTS.shape


def anndata_error(*given, **options):
    with pytest.raises(InputError) as caught:
        anndata_source(SingleCells(*given), **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (np.asarray, ArraySource),
        (np.asfortranarray, ArraySource),
        (scipy.sparse.csr_matrix, SparseSource),
        (scipy.sparse.csc_matrix, SparseSource),
        (scipy.sparse.csr_array, SparseSource),
    ],
)
def test_matrices_of_every_kind(make, kind):
    source = anndata_source(SingleCells(make(COUNTS)))
    assert isinstance(source, kind)
    assert source.in_memory
    np.testing.assert_array_equal(source[:], COUNTS)
    np.testing.assert_array_equal(source.read([3, 0, 3], slice(1, 3)), COUNTS[[3, 0, 3], 1:])
    assert source.row_names == ("cell0", "cell1", "cell2", "cell3")
    assert source.feature_names == ("gene0", "gene1", "gene2")


def test_a_matrix_is_not_copied():
    assert np.shares_memory(anndata_source(SingleCells(COUNTS)).peek(slice(2)), COUNTS)


@pytest.mark.parametrize("dataset", ["layers/counts", "counts", "/layers/counts"])
def test_a_layer(dataset):
    adata = SingleCells(COUNTS, {"counts": scipy.sparse.csr_matrix(COUNTS * 2)})
    np.testing.assert_array_equal(anndata_source(adata, dataset=dataset)[:], COUNTS * 2)
    np.testing.assert_array_equal(anndata_source(adata, dataset="X")[:], COUNTS)


def test_columns_of_obs_are_carried():
    source = anndata_source(SingleCells(COUNTS), target="kind")
    assert source.target_name == "kind"
    assert set(source.carried) == {"kind", "age", "count"}
    assert source.carried["kind"].tolist() == ["b", "", "a", "b"]
    np.testing.assert_array_equal(source.carried["age"], OBS["age"])
    np.testing.assert_array_equal(source.carried["count"], [1, np.nan, 3, 4])
    assert list(anndata_source(SingleCells(COUNTS), target="age", keep_columns=["kind"]).carried) == [
        "age",
        "kind",
    ]
    assert list(anndata_source(SingleCells(COUNTS), keep_columns=[]).carried) == []


def test_an_estimator_takes_the_features_alone():
    source = anndata_source(SingleCells(scipy.sparse.csr_matrix(COUNTS)), owner="PCA", name="Input X")
    assert (source.name, source.carried, source.row_names) == ("Input X", {}, None)
    assert source.feature_names == ("gene0", "gene1", "gene2")


def test_what_is_wrong_is_said_in_one_sentence():
    assert (
        anndata_error(COUNTS, target="agee")
        == "the AnnData object has no column 'agee' in obs; it has 'kind', 'age', 'count'. Did you mean 'age'?"
    )
    assert (
        anndata_error(COUNTS, keep_columns=["sex"])
        == "the AnnData object has no column 'sex' in obs; it has 'kind', 'age', 'count'."
    )
    assert (
        anndata_error(COUNTS, {"counts": COUNTS}, dataset="count")
        == "the AnnData object has no matrix 'count'; it has 'X', 'layers/counts'. Did you mean 'counts'?"
    )
    assert (
        anndata_error(None, {"counts": COUNTS})
        == "the AnnData object has no matrix 'X'; it has 'layers/counts'."
    )
    assert anndata_error(None) == "the AnnData object has no matrix 'X'; it has none."
    assert (
        anndata_error(OnDisk())
        == "the AnnData object keeps X on the disk, as a OnDisk: open the .h5ad file itself, or read it whole with adata.to_memory()."
    )
