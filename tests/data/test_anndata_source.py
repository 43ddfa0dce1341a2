# ruff: noqa: E501 - error messages are shown whole, one a line
import numpy as np
import pandas
import pytest
import scipy.sparse

from diabolo.data.anndata_source import anndata_source
from diabolo.data.array_source import ArraySource
from diabolo.data.sparse_source import SparseSource
from diabolo.errors import InputError

CELLS = np.array([[0, 1, 0], [0, 0, 0], [2, 0, 3.0], [0, 4, 0]])
OBS = pandas.DataFrame(
    {
        "kind": pandas.Categorical(["b", None, "a", "b"]),
        "age": [30.5, 40, 50, np.nan],
        "count": pandas.array([1, None, 3, 4], dtype="Int64"),
    },
    index=[f"cell{i}" for i in range(4)],
)


class AnnData:
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


AnnData.__module__ = "anndata._core.anndata"


class OnDisk:
    """As AnnData's sparse tables of a file that is open: sliced, never a matrix."""

    shape = CELLS.shape


def error(*given, **options):
    with pytest.raises(InputError) as caught:
        anndata_source(AnnData(*given), **options)
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
    source = anndata_source(AnnData(make(CELLS)))
    assert isinstance(source, kind)
    assert source.in_memory
    np.testing.assert_array_equal(source[:], CELLS)
    np.testing.assert_array_equal(source.read([3, 0, 3], slice(1, 3)), CELLS[[3, 0, 3], 1:])
    assert source.row_names == ("cell0", "cell1", "cell2", "cell3")
    assert source.feature_names == ("gene0", "gene1", "gene2")


def test_a_matrix_is_not_copied():
    assert np.shares_memory(anndata_source(AnnData(CELLS)).peek(slice(2)), CELLS)


@pytest.mark.parametrize("dataset", ["layers/counts", "counts", "/layers/counts"])
def test_a_layer(dataset):
    adata = AnnData(CELLS, {"counts": scipy.sparse.csr_matrix(CELLS * 2)})
    np.testing.assert_array_equal(anndata_source(adata, dataset=dataset)[:], CELLS * 2)
    np.testing.assert_array_equal(anndata_source(adata, dataset="X")[:], CELLS)


def test_columns_of_obs_are_carried():
    source = anndata_source(AnnData(CELLS), target="kind")
    assert source.target_name == "kind"
    assert set(source.carried) == {"kind", "age", "count"}
    assert source.carried["kind"].tolist() == ["b", "", "a", "b"]
    np.testing.assert_array_equal(source.carried["age"], OBS["age"])
    np.testing.assert_array_equal(source.carried["count"], [1, np.nan, 3, 4])
    assert list(anndata_source(AnnData(CELLS), target="age", keep_columns=["kind"]).carried) == [
        "age",
        "kind",
    ]
    assert list(anndata_source(AnnData(CELLS), keep_columns=[]).carried) == []


def test_an_estimator_takes_the_features_alone():
    source = anndata_source(AnnData(scipy.sparse.csr_matrix(CELLS)), owner="PCA", name="Input X")
    assert (source.name, source.carried, source.row_names) == ("Input X", {}, None)
    assert source.feature_names == ("gene0", "gene1", "gene2")


def test_what_is_wrong_is_said_in_one_sentence():
    assert (
        error(CELLS, target="agee")
        == "the AnnData object has no column 'agee' in obs; it has 'kind', 'age', 'count'. Did you mean 'age'?"
    )
    assert (
        error(CELLS, keep_columns=["sex"])
        == "the AnnData object has no column 'sex' in obs; it has 'kind', 'age', 'count'."
    )
    assert (
        error(CELLS, {"counts": CELLS}, dataset="count")
        == "the AnnData object has no matrix 'count'; it has 'X', 'layers/counts'. Did you mean 'counts'?"
    )
    assert error(None, {"counts": CELLS}) == "the AnnData object has no matrix 'X'; it has 'layers/counts'."
    assert error(None) == "the AnnData object has no matrix 'X'; it has none."
    assert (
        error(OnDisk())
        == "the AnnData object keeps X on the disk, as a OnDisk: open the .h5ad file itself, or read it whole with adata.to_memory()."
    )
