import sys
import tracemalloc

import h5py
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.data import sparse_source as module
from diabolo.data.sparse_source import SparseSource, sparse_source
from diabolo.errors import DataFileError, InputError

FORMATS = ["csr", "csc", "coo", "bsr", "lil", "dok", "dia"]
TABLES = hnp.arrays(
    "i1",
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.sampled_from([0, 0, 0, 1, 3]),
)
TYPES = st.sampled_from(["f8", "f4", "i8", "i1", "u2", "?"])


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=30)
@given(TABLES, TYPES, st.sampled_from([1, 3, 10**6]), st.data())
def test_against_scipy(kind, cells, dtype, buffer, data):
    cells = cells.astype(dtype)
    source = sparse_source(scipy.sparse.coo_array(cells).asformat(kind))
    rows = np.array(data.draw(st.lists(st.integers(0, len(cells) - 1))), int)
    top, left = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BUFFER_CELLS", buffer)
        found = source[:]
        np.testing.assert_array_equal(found, cells)
        np.testing.assert_array_equal(source.read(slice(top, None), slice(left, 5)), cells[top:, left:5])
        np.testing.assert_array_equal(source.read(rows, slice(left, 7)), cells[rows, left:7])
        out = np.empty((len(rows), cells.shape[1]), np.float32)
        np.testing.assert_array_equal(source.read(rows, out=out), cells[rows])
    assert (source.in_memory, found.dtype) == (True, cells.dtype)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.sampled_from([0.0, 1.0, -2.0]))),
    st.sampled_from(["f8", "i2"]),
)
def test_cells_stored_in_parts_in_any_order_and_zeros_too(entries, dtype):
    """scipy's own dense table adds up what is stored of a cell, and so does the source."""
    rows, columns, values = (
        (np.array(each) for each in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(np.array(rows, int), minlength=5))])
    stored = (np.array(values, dtype)[order], np.array(columns, int)[order], starts)
    matrix = scipy.sparse.csr_matrix(stored, shape=(5, 7))
    expected = matrix.toarray()
    source = sparse_source(matrix)
    np.testing.assert_array_equal(source[:], expected)
    np.testing.assert_array_equal(source[[4, 0, 4]], expected[[4, 0, 4]])
    np.testing.assert_array_equal(matrix.data, stored[0])  # the user's own is left as it was


@pytest.mark.parametrize("buffer", [1, 5, 10**6])
def test_from_a_file(tmp_path, monkeypatch, buffer):
    monkeypatch.setattr(module, "_BUFFER_CELLS", buffer)
    cells = np.where(np.random.default_rng(0).random((20, 6)) < 0.3, 2.5, 0)
    matrix, released = scipy.sparse.csr_array(cells), []
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["indices"], file["data"] = matrix.indices, matrix.data
        source = SparseSource(
            matrix.indptr,
            file["indices"],
            file["data"],
            6,
            "a.h5",
            release=lambda: released.append(True),
            block=(4, 6),
            path="a.h5",
        )
        np.testing.assert_array_equal(source[:], cells)
        np.testing.assert_array_equal(source[[9, 2, 2, 19]], cells[[9, 2, 2, 19]])
        assert (source.in_memory, source.is_compressed, source.block) == (False, True, (4, 6))
    with pytest.raises(DataFileError, match=r"^a\.h5 is cut short or damaged"):
        source[:]
    source.close()
    assert released == [True]


def test_it_never_becomes_dense_as_a_whole():
    matrix = scipy.sparse.random_array(
        (100_000, 500), density=0.001, random_state=np.random.default_rng(0), format="csr"
    )
    rows = np.random.default_rng(0).permutation(100_000)[:2000]
    out = np.empty((2000, 500))
    tracemalloc.start()
    source = sparse_source(matrix)
    source.read(rows, out=out)
    np.testing.assert_array_equal(out, matrix[rows].toarray())
    for start in range(0, 100_000, 2000):
        source.read(slice(start, start + 2000), out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(out, matrix[98_000:].toarray())
    assert peak < source.nbytes / 10


def test_scipy_is_not_imported(monkeypatch):
    matrix = scipy.sparse.csr_array(np.eye(3))
    for name in [name for name in sys.modules if name.partition(".")[0] == "scipy"]:
        monkeypatch.setitem(sys.modules, name, None)
    np.testing.assert_array_equal(sparse_source(matrix)[:], np.eye(3))


def test_what_is_no_table_of_real_numbers():
    complex_ = scipy.sparse.csr_array(np.eye(2) * 1j)
    with pytest.raises(
        InputError, match=r"^Complex data not supported: PCA got X of dtype complex128\. Pass"
    ):
        sparse_source(complex_, owner="PCA")
    with pytest.raises(
        InputError, match=r"^the sparse table holds values of type complex128, and rows must be real"
    ):
        sparse_source(complex_)
    with pytest.raises(InputError, match=r"^Input X has the shape \(3,\), and a table has two axes"):
        sparse_source(scipy.sparse.coo_array(np.ones(3)), name="Input X")
